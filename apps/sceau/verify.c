/* `sceau verify`: messages in, verdicts out.
 *
 * Each message goes through the library once, as the milter would take it, then through
 * the policy of this host's configuration. What is known of the connection comes from the
 * command line, or from the Received field that --border names. */
#include "verify.h"

#include "sceau/verify.h"

#include "authres/authres.h"
#include "core/domain.h"
#include "core/text.h"
#include "environment.h"
#include "input.h"
#include "lookup.h"
#include "message/received.h"
#include "mta_client.h"
#include "trace_words.h"
#include "verify_table.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#define OUTPUT_MEMORY ((size_t)16 * 1024 * 1024) /* of one message's JSON line */

struct verify_run {
    struct environment env;
    const struct verify_options *options;
    int64_t now;
    bool has_ip;
    struct sceau_ip ip;
    struct sceau_slice authserv_id;
    struct sceau_arena *arena;     /* of the message at hand */
    struct sceau_arena *output;    /* of its text */
    size_t shown;                  /* rows of the table so far */
    bool border_was_missed;        /* and said */
    struct milter_listener milter; /* --milter */
    struct mta_client mta;         /* of the message at hand */
    size_t handed_over;            /* messages so far */
    int worst;                     /* exit status */
};

/* ---- exit status: the worst of all messages ---- */

static int
badness(int status)
{
    static const int order[] = {CLI_EXIT_OK, CLI_EXIT_WARNING, CLI_EXIT_UNKNOWN,
                                CLI_EXIT_INPUT, CLI_EXIT_BUG};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (order[i] == status)
            return (int)i;
    }
    return 0;
}

static void
note_status(struct verify_run *run, int status)
{
    if (badness(status) > badness(run->worst))
        run->worst = status;
}

static int
status_of(const struct sceau_verdict *v)
{
    switch (v->dmarc.result) {
    case SCEAU_DMARC_NONE:
    case SCEAU_DMARC_PASS: return CLI_EXIT_OK;
    case SCEAU_DMARC_FAIL:
    case SCEAU_DMARC_PERMERROR: return CLI_EXIT_WARNING;
    case SCEAU_DMARC_TEMPERROR: return CLI_EXIT_UNKNOWN;
    }
    return CLI_EXIT_BUG;
}

/* ---- words of others on the terminal ---- */

static struct sceau_slice
escaped(struct sceau_arena *arena, const char *text)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_escaped(&t, sceau_slice_from(text));
    return text_done(&t);
}

/* ---- the envelope ---- */

/* What a stored message tells of the hop into `border`: the Received field it wrote, and
 * the Return-Path of delivery. */
static void
envelope_from_header(const struct sceau_header *header, const char *border,
                     struct sceau_envelope *envelope)
{
    const struct sceau_field *field;
    for (size_t n = 0;
         (field = sceau_header_find(header, SCEAU_SLICE("Received"), n)) != NULL; n++) {
        struct received hop;
        if (received_parse(field->body, &hop) && hop.ip.version != 0 &&
            slice_eq_ci(hop.by, sceau_slice_from(border))) {
            envelope->ip = hop.ip;
            envelope->helo = hop.helo;
            break;
        }
    }
    field = sceau_header_find(header, SCEAU_SLICE("Return-Path"), 0);
    if (field != NULL)
        envelope->mail_from = slice_trim(field->body);
}

static struct sceau_envelope
envelope_of(struct verify_run *run, const char *path, const struct sceau_header *header)
{
    const struct verify_options *o = run->options;
    struct sceau_envelope envelope = {.mail_from = SCEAU_SLICE("<>")};
    if (o->border != NULL)
        envelope_from_header(header, o->border, &envelope);
    if (run->has_ip)
        envelope.ip = run->ip;
    if (o->border != NULL && envelope.ip.version == 0 && !run->border_was_missed) {
        COMPLAIN(
            run->env.language,
            "{path}: no Received field that {host} wrote names a client address: SPF "
            "is not checked (said once)",
            LANGUAGE_THEIRS("path", escaped(run->output, path)),
            LANGUAGE_THEIRS("host", sceau_slice_from(o->border)));
        run->border_was_missed = true;
    }
    if (o->helo != NULL)
        envelope.helo = sceau_slice_from(o->helo);
    if (o->mail_from != NULL)
        envelope.mail_from = sceau_slice_from(o->mail_from);
    envelope.has_mail_from = envelope.ip.version != 0;
    return envelope;
}

/* ---- one message ---- */

struct printed_trace {
    struct sceau_trace trace;
    FILE *out;
    enum language language;
};

static void
print_english(struct sceau_trace *self, unsigned depth, struct sceau_slice text)
{
    struct printed_trace *p = (struct printed_trace *)self;
    fprintf(p->out, "  %*s%.*s\n", (int)(2 * depth), "", SLICE_ARG(text));
}

static void
print_step(struct sceau_trace *self, unsigned depth, const char *sentence,
           const struct sceau_trace_word *words, size_t count)
{
    struct printed_trace *p = (struct printed_trace *)self;
    char line[TRACE_STEP_SIZE];
    struct text t = text_in(line, sizeof line);
    trace_retell(&t, p->language, sentence, words, count);
    print_english(self, depth, text_done(&t));
}

/* A line in the midst of the header that is no field: the verdict says that there is one,
 * this says which. The reader stops there, and lines come one by one. */
static void
warn_of_break(struct verify_run *run, const struct mail_input *in,
              const struct sceau_header *header)
{
    if (header->count > 0 && (header->defects & SCEAU_HEADER_NO_COLON) != 0)
        COMPLAIN(
            run->env.language,
            "{path}:{line}:1: this line is no header field (\"Name: text\"): it and "
            "all that follows is taken as the body",
            LANGUAGE_THEIRS("path", escaped(run->output, in->path)),
            LANGUAGE_OURS("line", DECIMAL(in->line)));
}

/* The milter gets the message as this command reads it, a connection for each. */
static void
hand_over_header(struct verify_run *run, const struct sceau_envelope *envelope,
                 const struct sceau_header *header)
{
    struct text id = text_new(run->output, SIZE_MAX);
    text_format(&id, "VERIFY%zu", ++run->handed_over);
    if (mta_client_open(&run->mta, &run->milter))
        mta_client_header(&run->mta, run->authserv_id, text_done(&id), envelope,
                          header);
}

/* Read the header, then the body. `v` is told each field, so that the envelope can be
 * found in the header before the questions start. */
static void
feed(struct verify_run *run, struct mail_input *in, struct sceau_verify *v,
     struct sceau_message_reader *reader)
{
    struct sceau_slice chunk, body = SLICE_NONE;
    bool is_header_fed = false;
    bool has_more = true;
    while (has_more) {
        has_more = mail_input_read(in, &chunk);
        if (has_more)
            sceau_message_reader_feed(reader, chunk, &body);
        else
            sceau_message_reader_end(reader, &body);
        if (!is_header_fed && (reader->header_done || !has_more)) {
            struct sceau_envelope envelope =
                envelope_of(run, in->path, &reader->header);
            sceau_verify_envelope(v, &envelope);
            sceau_verify_header(v, &reader->header);
            if (run->options->milter != NULL)
                hand_over_header(run, &envelope, &reader->header);
            warn_of_break(run, in, &reader->header);
            is_header_fed = true;
        }
        if (is_header_fed)
            sceau_verify_body(v, body);
        if (is_header_fed && run->options->milter != NULL)
            mta_client_body(&run->mta, body);
    }
}

/* The file's name before its first row, where there are several files. */
static void
show_path(struct verify_run *run, const struct mail_input *in)
{
    bool are_several = in->files.count > 1 || run->env.call->operands.count > 1;
    if (are_several && in->message == 1 && !run->options->explain)
        print_escaped(stdout, run->output, sceau_slice_from(in->path));
}

static void
show_row(struct verify_run *run, const struct mail_input *in,
         const struct verified *verified)
{
    if (run->shown++ == 0)
        verify_table_heading(&run->env, run->output);
    show_path(run, in);
    verify_table_row(&run->env, run->output, run->shown, verified);
}

static void
say_error(struct verify_run *run, const char *file, size_t line, const char *text)
{
    if (run->env.call->globals.json)
        print_line(stdout, verify_json_error(run->output, file, line, 1, text));
    else if (line > 0)
        complain("%.*s:%zu:1: %s", SLICE_ARG(escaped(run->output, file)), line,
                 language_text(run->env.language, text));
    else
        complain_problem(run->env.language, text);
}

static void
show_error(struct verify_run *run, const char *file, size_t line, const char *text)
{
    say_error(run, file, line, text);
    note_status(run, CLI_EXIT_INPUT);
}

/* The field as one line: what --json shows. */
static struct sceau_slice
unfolded(struct sceau_arena *arena, struct sceau_slice field)
{
    struct text t = text_new(arena, SIZE_MAX);
    for (size_t i = 0; i < field.len; i++) {
        if (field.ptr[i] == '\t' && i > 0 && field.ptr[i - 1] == '\n')
            text_octet(&t, ' ');
        else if (field.ptr[i] != '\r' && field.ptr[i] != '\n')
            text_octet(&t, field.ptr[i]);
    }
    return text_done(&t);
}

/* What this host would do with the message, by its configuration. */
static const char *
action_of(struct verify_run *run, const struct sceau_verdict *v)
{
    struct policy_facts facts = {
        .client = v->envelope.ip,
        .recipient_count = 1,
        .now = run->now,
    };
    struct policy_decision decision;
    policy_decide(run->arena, &run->env.policy, &facts, v, &decision);
    return policy_action_name(decision.action);
}

/* Do two field bodies tell the same results? Comments, as of a policy that overrides, are
 * left aside. */
static bool
tell_the_same(struct sceau_arena *arena, struct sceau_slice a, struct sceau_slice b)
{
    struct authres x, y;
    struct sceau_diag diag;
    if (authres_parse(arena, a, &x, &diag) != SCEAU_OK ||
        authres_parse(arena, b, &y, &diag) != SCEAU_OK ||
        x.result_count != y.result_count)
        return false;
    for (size_t i = 0; i < x.result_count; i++) {
        const struct authres_result_read *r = &x.results[i], *s = &y.results[i];
        if (!slice_eq(r->method, s->method) || !slice_eq(r->result, s->result) ||
            !slice_eq(r->reason, s->reason))
            return false;
    }
    return true;
}

/* With --milter: what it did, and what it wrote. False when it gave no answer. */
static bool
take_outcome(struct verify_run *run, struct verified *verified)
{
    const struct mta_outcome *outcome = mta_client_end(&run->mta);
    if (outcome == NULL)
        return false;
    verified->is_of_milter = true;
    verified->action = mta_outcome_action(outcome, run->env.policy.fail_field);
    if (outcome->end == MILTER_REPLY_CODE) { /* no field travels with a refusal */
        verified->reply = outcome->code;
        return true;
    }
    struct sceau_slice written =
        unfolded(run->output,
                 mta_outcome_field(outcome, SCEAU_SLICE("Authentication-Results")));
    verified->has_other_results =
        !tell_the_same(run->output, written, verified->authentication_results);
    verified->authentication_results = written;
    return true;
}

static void
show(struct verify_run *run, const struct mail_input *in, const struct sceau_verdict *v)
{
    struct sceau_slice results =
        sceau_verdict_authentication_results(run->output, v, run->authserv_id);
    struct verified verified = {
        .file = in->path,
        .message = in->message,
        .verdict = v,
        .action = action_of(run, v),
        .authentication_results = unfolded(run->output, results),
    };
    if (run->options->milter != NULL && !take_outcome(run, &verified)) {
        say_error(run, in->path, 0, run->mta.error);
        note_status(run, CLI_EXIT_UNKNOWN);
        return;
    }
    if (run->env.call->globals.json)
        print_line(stdout, verify_json(run->output, &verified));
    else if (!run->env.call->globals.quiet)
        show_row(run, in, &verified);
    note_status(run, status_of(v));
}

static void
verify_message(struct verify_run *run, struct mail_input *in)
{
    enum language language = run->env.language;
    struct printed_trace printed = {
        .trace = {print_english, language != LANGUAGE_EN ? print_step : NULL},
        .out = stdout,
        .language = language
    };
    struct sceau_context context = {
        .arena = run->arena,
        .resolver = run->env.resolver,
        .now = run->now,
        .trace = run->options->explain ? &printed.trace : NULL,
    };
    const struct config_verify *verify = &run->env.config.verify;
    struct sceau_verify_options options = {
        .discovery = run->env.config.dmarc.discovery,
        .psl = run->env.psl,
        .keys = run->env.keys,
        .receiver = verify->receiver.len > 0 ? verify->receiver : run->authserv_id,
        .want_explanation = true,
        .want_iprev = verify->iprev,
    };
    struct sceau_message_reader reader;
    size_t first_line = in->line;
    sceau_arena_clear(run->arena);
    sceau_arena_clear(run->output);
    sceau_message_reader_init(&reader, run->arena);
    struct sceau_verify *v = sceau_verify_new(&context, &options);
    if (v == NULL) {
        show_error(run, in->path, 0, N_("out of memory"));
        return;
    }
    if (run->options->explain)
        printf("%.*s, %s %u\n", SLICE_ARG(escaped(run->output, in->path)),
               language_text(run->env.language, N_("message")), in->message);
    feed(run, in, v, &reader);
    if (reader.header.count == 0)
        show_error(run, in->path, first_line > 0 ? first_line : 1,
                   N_("no header field stands here: a message begins with lines as "
                      "\"From: ann@example.org\""));
    else
        show(run, in, sceau_verify_finish(v));
    mta_client_close(&run->mta);
    sceau_verify_free(v);
    fflush(stdout);
}

/* ---- the command ---- */

static void
verify_path(struct verify_run *run, const char *path)
{
    struct mail_input in;
    struct problem problem = {.language = LANGUAGE_EN}; /* say_error() translates */
    enum mail_input_step step = MAIL_INPUT_BROKEN;
    if (!mail_input_open(&in, path, &problem)) {
        show_error(run, path, 0, problem.text);
    } else {
        while ((step = mail_input_next(&in, &problem)) != MAIL_INPUT_END) {
            if (step == MAIL_INPUT_BROKEN)
                show_error(run, in.path, 0, problem.text);
            else
                verify_message(run, &in);
        }
    }
    mail_input_close(&in);
}

/* `verify example.org` means `lookup dmarc example.org`: do it and say the right verb. */
static bool
is_domain_operand(const char *word)
{
    struct stat info;
    return strcmp(word, "-") != 0 && stat(word, &info) != 0 &&
           strchr(word, '.') != NULL && strchr(word, '/') == NULL &&
           domain_is_ldh(sceau_slice_from(word)) &&
           !slice_ends_ci(sceau_slice_from(word), SCEAU_SLICE(".eml"));
}

static int
verify_domain(const struct cli_call *call, const char *domain)
{
    const char *const operands[] = {"dmarc", domain};
    struct lookup_options options = {0};
    struct cli_call lookup = *call;
    COMPLAIN(environment_language(call),
             "{domain} is a domain: `sceau lookup dmarc {domain}` shows its policy",
             LANGUAGE_THEIRS("domain", sceau_slice_from(domain)));
    lookup.options = &options;
    lookup.operands = (struct cli_list){operands, 2};
    return lookup_run(&lookup);
}

/* A milter that is not there is said once, before anything is read. */
static int
reach_milter(struct verify_run *run)
{
    char error[256];
    if (run->options->milter == NULL)
        return 0;
    if (!milter_listener_parse(sceau_slice_from(run->options->milter), &run->milter,
                               error)) {
        COMPLAIN(run->env.language, "--milter {listener}: {why}",
                 LANGUAGE_THEIRS("listener", sceau_slice_from(run->options->milter)),
                 LANGUAGE_OURS("why", sceau_slice_from(
                                          language_text(run->env.language, error))));
        return CLI_EXIT_USAGE;
    }
    bool is_there = mta_client_open(&run->mta, &run->milter);
    if (!is_there)
        complain_problem(run->env.language, run->mta.error);
    mta_client_close(&run->mta);
    return is_there ? 0 : CLI_EXIT_TEMPORARY;
}

static int
read_options(struct verify_run *run, const struct cli_call *call)
{
    const struct verify_options *o = run->options;
    uint64_t now;
    run->now = (int64_t)time(NULL);
    if (o->now != NULL) {
        if (!slice_decimal(sceau_slice_from(o->now), INT64_MAX, &now)) {
            COMPLAIN(environment_language(call),
                     "--now {value}: seconds since 1970-01-01 UTC, as 1667930000",
                     LANGUAGE_THEIRS("value", sceau_slice_from(o->now)));
            return CLI_EXIT_USAGE;
        }
        run->now = (int64_t)now;
    }
    if (o->ip != NULL && !sceau_ip_parse(sceau_slice_from(o->ip), &run->ip)) {
        COMPLAIN(environment_language(call),
                 "--ip {value}: not an IPv4 or IPv6 address",
                 LANGUAGE_THEIRS("value", sceau_slice_from(o->ip)));
        return CLI_EXIT_USAGE;
    }
    run->has_ip = o->ip != NULL;
    bool has_name = o->mail_from != NULL || o->helo != NULL;
    if (o->border == NULL && has_name && !run->has_ip)
        complain_text(
            environment_language(call),
            "--mail-from and --helo are of no use without --ip: SPF asks whether that "
            "client may send for them");
    if (o->border == NULL && !has_name && run->has_ip)
        complain_text(
            environment_language(call),
            "--ip alone gives SPF nothing to check: add --mail-from, or --helo");
    int status = environment_open(&run->env, call);
    run->authserv_id = o->authserv_id != NULL ? sceau_slice_from(o->authserv_id)
                                              : environment_authserv_id(&run->env);
    return status != 0 ? status : reach_milter(run);
}

int
verify_run(const struct cli_call *call)
{
    struct verify_run run = {.options = call->options, .mta.fd = -1};
    run.arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    run.output = sceau_arena_new(OUTPUT_MEMORY);
    int status = run.arena == NULL || run.output == NULL ? CLI_EXIT_BUG
                                                         : read_options(&run, call);
    for (size_t i = 0; status == 0 && i < call->operands.count; i++) {
        if (is_domain_operand(call->operands.items[i]))
            note_status(&run, verify_domain(call, call->operands.items[i]));
        else
            verify_path(&run, call->operands.items[i]);
    }
    environment_close(&run.env);
    sceau_arena_free(run.arena);
    sceau_arena_free(run.output);
    return status != 0 ? status : run.worst;
}
