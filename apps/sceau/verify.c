/* `sceau verify`: messages in, verdicts out.
 *
 * Each message goes through the library once, as the milter would take it, then through
 * the policy of this host's configuration. What is known of the connection comes from the
 * command line, or from the Received field that --border names. */
#include "verify.h"

#include "sceau/verify.h"

#include "core/domain.h"
#include "core/text.h"
#include "environment.h"
#include "input.h"
#include "lookup.h"
#include "message/received.h"
#include "verify_json.h"
#include "why.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#define OUTPUT_MEMORY ((size_t)16 * 1024 * 1024) /* of one message's JSON line */

enum {
    WHY_COLUMNS = 74
};

struct verify_run {
    struct environment env;
    const struct verify_options *options;
    int64_t now;
    bool has_ip;
    struct sceau_ip ip;
    struct sceau_slice authserv_id;
    struct sceau_arena *arena;  /* of the message at hand */
    struct sceau_arena *output; /* of its text */
    size_t shown;               /* rows of the table so far */
    bool border_was_missed;     /* and said */
    int worst;                  /* exit status */
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
        complain("%.*s: no Received field that %s wrote names a client address: SPF is "
                 "not checked (said once)",
                 SLICE_ARG(escaped(run->output, path)), o->border);
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
};

static void
print_step(struct sceau_trace *self, unsigned depth, struct sceau_slice text)
{
    struct printed_trace *p = (struct printed_trace *)self;
    fprintf(p->out, "  %*s%.*s\n", (int)(2 * depth), "", SLICE_ARG(text));
}

/* A line in the midst of the header that is no field: the verdict says that there is one,
 * this says which. The reader stops there, and lines come one by one. */
static void
warn_of_break(struct verify_run *run, const struct mail_input *in,
              const struct sceau_header *header)
{
    if (header->count > 0 && (header->defects & SCEAU_HEADER_NO_COLON) != 0)
        complain(
            "%.*s:%zu:1: this line is no header field (\"Name: text\"): it and all "
            "that follows is taken as the body",
            SLICE_ARG(escaped(run->output, in->path)), in->line);
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
            warn_of_break(run, in, &reader->header);
            is_header_fed = true;
        }
        if (is_header_fed)
            sceau_verify_body(v, body);
    }
}

/* The best of the signatures: what a reader of a table wants to know. */
static const char *
dkim_word(const struct sceau_verdict *v)
{
    if (v->dkim_count == 0)
        return "none";
    for (size_t i = 0; i < v->dkim_count; i++) {
        if (v->dkim[i].result == SCEAU_DKIM_PASS)
            return "pass";
    }
    return sceau_dkim_result_name(v->dkim[0].result);
}

/* Indented under the row, cut at blanks. */
static void
print_wrapped(struct sceau_slice text)
{
    size_t column = 0;
    struct sceau_slice word;
    while (slice_next(&text, ' ', &word)) {
        bool is_first = column == 0;
        bool fits = column + 1 + word.len <= WHY_COLUMNS;
        printf("%s%.*s", is_first ? "     " : fits ? " " : "\n     ", SLICE_ARG(word));
        column = !is_first && fits ? column + 1 + word.len : word.len;
    }
    putchar('\n');
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
show_heading(struct verify_run *run)
{
    enum language language = run->env.language;
    struct text t = text_new(run->output, SIZE_MAX);
    text_string(&t, "  #  ");
    language_cell(&t, sceau_slice_from(language_text(language, "author domain")), 28);
    text_string(&t, " SPF       DKIM      ARC   DMARC      ");
    text_string(&t, language_text(language, "action"));
    print_line(stdout, text_done(&t));
}

static void
show_row(struct verify_run *run, const struct mail_input *in,
         const struct verified *verified)
{
    const struct sceau_verdict *v = verified->verdict;
    const char *dmarc = sceau_dmarc_result_name(v->dmarc.result);
    struct text domain = text_new(run->output, SIZE_MAX);
    text_escaped(&domain,
                 v->author.domain.len > 0 ? v->author.domain : SCEAU_SLICE("?"));
    if (run->shown++ == 0)
        show_heading(run);
    show_path(run, in);
    printf("%3zu  %-28.*s %-9s %-9s %-5s %s%-9s%s  %s\n", run->shown,
           SLICE_ARG(text_done(&domain)),
           v->has_spf ? sceau_spf_result_name(v->spf_mail_from.result) : "-",
           dkim_word(v), sceau_arc_result_name(v->arc.result),
           color_of(&run->env, dmarc), dmarc, color_end(&run->env), verified->action);
    print_wrapped(verdict_why(run->output, v));
}

static void
show_error(struct verify_run *run, const char *file, size_t line, const char *text)
{
    if (run->env.call->globals.json)
        print_line(stdout, verify_json_error(run->output, file, line, 1, text));
    else if (line > 0)
        complain("%.*s:%zu:1: %s", SLICE_ARG(escaped(run->output, file)), line, text);
    else
        complain("%.*s", SLICE_ARG(escaped(run->output, text)));
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
    if (run->env.call->globals.json)
        print_line(stdout, verify_json(run->output, &verified));
    else if (!run->env.call->globals.quiet)
        show_row(run, in, &verified);
    note_status(run, status_of(v));
}

static void
verify_message(struct verify_run *run, struct mail_input *in)
{
    struct printed_trace printed = {.trace = {print_step}, .out = stdout};
    struct sceau_context context = {
        .arena = run->arena,
        .resolver = run->env.resolver,
        .now = run->now,
        .trace = run->options->explain ? &printed.trace : NULL,
    };
    struct sceau_verify_options options = {
        .discovery = run->env.config.dmarc.discovery,
        .psl = run->env.psl,
        .keys = run->env.keys,
        .receiver = run->authserv_id,
        .want_explanation = true,
        .want_iprev = true,
    };
    struct sceau_message_reader reader;
    size_t first_line = in->line;
    sceau_arena_clear(run->arena);
    sceau_arena_clear(run->output);
    sceau_message_reader_init(&reader, run->arena);
    struct sceau_verify *v = sceau_verify_new(&context, &options);
    if (v == NULL) {
        show_error(run, in->path, 0, "out of memory");
        return;
    }
    if (run->options->explain)
        printf("%.*s, message %u\n", SLICE_ARG(escaped(run->output, in->path)),
               in->message);
    feed(run, in, v, &reader);
    if (reader.header.count == 0)
        show_error(run, in->path, first_line > 0 ? first_line : 1,
                   "no header field stands here: a message begins with lines as "
                   "\"From: ann@example.org\"");
    else
        show(run, in, sceau_verify_finish(v));
    sceau_verify_free(v);
    fflush(stdout);
}

/* ---- the command ---- */

static void
verify_path(struct verify_run *run, const char *path)
{
    struct mail_input in;
    char error[MAIL_INPUT_ERROR];
    enum mail_input_step step = MAIL_INPUT_BROKEN;
    if (!mail_input_open(&in, path, error)) {
        show_error(run, path, 0, error);
    } else {
        while ((step = mail_input_next(&in, error)) != MAIL_INPUT_END) {
            if (step == MAIL_INPUT_BROKEN)
                show_error(run, in.path, 0, error);
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
    complain("%s is a domain: `sceau lookup dmarc %s` shows its policy", domain,
             domain);
    lookup.options = &options;
    lookup.operands = (struct cli_list){operands, 2};
    return lookup_run(&lookup);
}

static int
read_options(struct verify_run *run, const struct cli_call *call)
{
    const struct verify_options *o = run->options;
    uint64_t now;
    run->now = (int64_t)time(NULL);
    if (o->now != NULL) {
        if (!slice_decimal(sceau_slice_from(o->now), INT64_MAX, &now)) {
            complain("--now %s: seconds since 1970-01-01 UTC, as 1667930000", o->now);
            return CLI_EXIT_USAGE;
        }
        run->now = (int64_t)now;
    }
    if (o->ip != NULL && !sceau_ip_parse(sceau_slice_from(o->ip), &run->ip)) {
        complain("--ip %s: not an IPv4 or IPv6 address", o->ip);
        return CLI_EXIT_USAGE;
    }
    run->has_ip = o->ip != NULL;
    bool has_name = o->mail_from != NULL || o->helo != NULL;
    if (o->border == NULL && has_name && !run->has_ip)
        complain("--mail-from and --helo are of no use without --ip: SPF asks whether "
                 "that client may send for them");
    if (o->border == NULL && !has_name && run->has_ip)
        complain("--ip alone gives SPF nothing to check: add --mail-from, or --helo");
    int status = environment_open(&run->env, call);
    run->authserv_id = o->authserv_id != NULL ? sceau_slice_from(o->authserv_id)
                                              : environment_authserv_id(&run->env);
    return status;
}

int
verify_run(const struct cli_call *call)
{
    struct verify_run run = {.options = call->options};
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
