/* `sceau sign`: a message from standard input or a file, the same message with signatures
 * on top. Lines that end in LF are signed as the CRLF they will be on the wire, and come
 * out as they went in. The message is held in memory: the signature stands in front of the
 * octets it was made over. */
#include "sign.h"

#include "sceau/arc.h"

#include "arc/results.h"
#include "core/domain.h"
#include "core/text.h"
#include "environment.h"
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    PAIRS_MAX = 8,
    KEY_FILE_MAX = 64 * 1024,
    MEMORY = 16 * 1024 * 1024, /* header block, its copies, signatures */
};

struct sign_run {
    const struct sign_options *options;
    struct environment env;
    struct sceau_context context;
    struct sceau_signer *signers[PAIRS_MAX];
    struct sceau_dkim_signing_options dkim[PAIRS_MAX];
    struct sceau_dkim_signing *signings[PAIRS_MAX];
    struct sceau_arc_sealing_options arc_options;
    struct sceau_slice authserv_id;
    struct spool spool; /* the message */
    struct sceau_message_reader reader;
    struct sceau_header leaving; /* the header as it will leave */
    struct sceau_body_hashes *hashes;
    struct sceau_arc *arc;
    struct sceau_arc_sealing *sealing;
    struct text fields; /* what is put on top, CRLF */
};

/* ---- keys and options ------------------------------------------------------------------ */

static struct sceau_signer *
read_key(enum language language, const char *path)
{
    struct spool file;
    const char *reason = "";
    struct stat info;
    if (!spool_read(&file, language, path, KEY_FILE_MAX)) {
        complain_of(&file.problem);
        return NULL;
    }
    if (stat(path, &info) == 0 && (info.st_mode & 077) != 0)
        COMPLAIN(language, "{path}: others may read this key: chmod 600 {path}",
                 LANGUAGE_THEIRS("path", sceau_slice_from(path)));
    struct sceau_signer *signer = sceau_private_key_parse(file.octets, &reason);
    spool_wipe(&file);
    if (signer == NULL)
        COMPLAIN(language, "{path}: {why}",
                 LANGUAGE_THEIRS("path", sceau_slice_from(path)),
                 LANGUAGE_OURS("why",
                               sceau_slice_from(language_text(language, reason))));
    return signer;
}

/* "from:to:subject" as names; NULL when it holds none, or DKIM lacks From. */
static const struct sceau_slice *
split_headers(struct sign_run *run, size_t *count)
{
    struct sceau_slice rest = sceau_slice_from(run->options->headers);
    struct sceau_slice *names =
        sceau_arena_alloc(run->env.arena, (rest.len + 1) * sizeof *names);
    bool has_from = false;
    *count = 0;
    while (names != NULL && slice_next(&rest, ':', &names[*count])) {
        names[*count] = slice_trim(names[*count]);
        has_from |= slice_eq_ci(names[*count], SCEAU_SLICE("from"));
        if (names[*count].len > 0)
            ++*count;
    }
    if (has_from && *count <= SCEAU_DKIM_H_MAX)
        return names;
    COMPLAIN(run->env.language, "--headers {names}: {why}",
             LANGUAGE_THEIRS("names", sceau_slice_from(run->options->headers)),
             LANGUAGE_OURS(
                 "why",
                 sceau_slice_from(language_text(
                     run->env.language,
                     has_from
                         ? N_("more names than a signature may hold")
                         : N_("From is missing, which every signature covers (RFC 6376 "
                              "section 5.4)")))));
    return NULL;
}

/* "relaxed/simple"; a body that is not named is simple (RFC 6376 section 3.5, c=). */
static bool
read_canonicalization(enum language language, const char *text,
                      struct sceau_dkim_signing_options *options)
{
    static const char *const names[] = {
        [SCEAU_SIMPLE] = "simple", [SCEAU_RELAXED] = "relaxed"};
    struct sceau_slice header, body = sceau_slice_from(text);
    bool has_header = false, has_body = false;
    slice_next(&body, '/', &header);
    if (body.ptr == NULL)
        body = SCEAU_SLICE("simple");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (slice_eq_ci(header, sceau_slice_from(names[i]))) {
            options->header_canonicalization = (enum sceau_canonicalization)i;
            has_header = true;
        }
        if (slice_eq_ci(body, sceau_slice_from(names[i]))) {
            options->body_canonicalization = (enum sceau_canonicalization)i;
            has_body = true;
        }
    }
    if (!has_header || !has_body)
        COMPLAIN(
            language,
            "--canonicalization {value}: relaxed or simple for the header, a slash, "
            "the same for the body",
            LANGUAGE_THEIRS("value", sceau_slice_from(text)));
    return has_header && has_body;
}

static int
read_pairs(struct sign_run *run)
{
    const struct sign_options *o = run->options;
    struct sceau_dkim_signing_options common = {
        .timestamp = run->context.now,
        .expiration = -1,
    };
    if (!domain_normal(run->env.arena, sceau_slice_from(o->domain), &common.domain)) {
        COMPLAIN(run->env.language, "--domain {value} is no domain name",
                 LANGUAGE_THEIRS("value", sceau_slice_from(o->domain)));
        return CLI_EXIT_USAGE;
    }
    if (!read_canonicalization(run->env.language, o->canonicalization, &common))
        return CLI_EXIT_USAGE;
    if (o->headers != NULL &&
        (common.names = split_headers(run, &common.name_count)) == NULL)
        return CLI_EXIT_USAGE;
    for (size_t i = 0; i < o->keys.count; i++) {
        run->dkim[i] = common;
        if (!domain_normal(run->env.arena, sceau_slice_from(o->selectors.items[i]),
                           &run->dkim[i].selector)) {
            COMPLAIN(run->env.language, "--selector {value} cannot stand in a DNS name",
                     LANGUAGE_THEIRS("value", sceau_slice_from(o->selectors.items[i])));
            return CLI_EXIT_USAGE;
        }
        run->signers[i] = read_key(run->env.language, o->keys.items[i]);
        if (run->signers[i] == NULL)
            return CLI_EXIT_INPUT;
    }
    run->arc_options = (struct sceau_arc_sealing_options){
        .domain = common.domain,
        .selector = run->dkim[0].selector,
        .names = common.names,
        .name_count = common.name_count,
        .timestamp = common.timestamp,
    };
    return 0;
}

static int
check_options(enum language language, const struct sign_options *o)
{
    const char *problem = NULL;
    if (o->keys.count == 0 || o->keys.count != o->selectors.count)
        problem = N_("sign needs pairs: --key FILE --selector NAME, one or more");
    else if (o->keys.count > PAIRS_MAX)
        problem = N_("sign takes eight keys at most");
    else if (o->domain == NULL)
        problem = N_("sign needs --domain");
    else if (o->arc && o->authserv_id == NULL)
        problem =
            N_("--arc needs --authserv-id: whose Authentication-Results are sealed");
    if (problem != NULL)
        complain_text(language, problem);
    return problem == NULL ? 0 : CLI_EXIT_USAGE;
}

/* ---- the message ------------------------------------------------------------------------ */

/* Who wrote it must be plain, or a signature would vouch for a riddle. */
static int
check_header(const struct sign_run *run)
{
    struct sceau_author author;
    sceau_author_find(run->context.arena, &run->reader.header, &author);
    if ((run->reader.header.defects & SCEAU_HEADER_LIMIT) != 0)
        complain_text(run->env.language, "the header is over its limits: not signed");
    else if (author.status == SCEAU_AUTHOR_NO_FROM ||
             author.status == SCEAU_AUTHOR_SEVERAL_FROM)
        COMPLAIN(run->env.language, "not signed: {why}",
                 LANGUAGE_OURS("why", sceau_slice_from(language_text(run->env.language,
                                                                     author.reason))));
    else
        return 0;
    return CLI_EXIT_INPUT;
}

/* Hash the body for all signatures at once. */
static int
hash_message(struct sign_run *run)
{
    const struct sign_options *o = run->options;
    struct sceau_slice body = {NULL, 0}, rest = {NULL, 0};
    bool has_room = true;
    sceau_message_reader_init(&run->reader, run->context.arena);
    sceau_message_reader_feed(&run->reader, run->spool.octets, &body);
    sceau_message_reader_end(&run->reader, &rest);
    run->leaving = run->reader.header;
    run->hashes = sceau_body_hashes_new(run->context.arena);
    int status = check_header(run);
    if (status != 0)
        return status;
    for (size_t i = 0; run->hashes != NULL && i < o->keys.count; i++) {
        run->signings[i] =
            sceau_dkim_signing_start(&run->context, run->hashes, &run->dkim[i]);
        has_room = has_room && run->signings[i] != NULL;
    }
    if (o->arc && run->hashes != NULL) {
        run->arc =
            sceau_arc_start(&run->context, &run->reader.header, run->hashes, NULL);
        run->sealing =
            sceau_arc_sealing_start(&run->context, run->hashes, &run->arc_options);
        has_room = has_room && run->arc != NULL && run->sealing != NULL;
    }
    if (run->hashes == NULL || !has_room)
        return CLI_EXIT_BUG;
    sceau_body_hashes_update(run->hashes, body);
    sceau_body_hashes_update(run->hashes, rest);
    sceau_body_hashes_finish(run->hashes);
    return 0;
}

/* One field above all that stands there. */
static bool
put_on_top(struct sign_run *run, const char *name, struct sceau_slice value)
{
    struct sceau_header with;
    struct text t = text_new(run->context.arena, SIZE_MAX);
    text_format(&t, "%s: ", name);
    text_slice(&t, value);
    text_string(&t, "\r\n");
    text_slice(&t, text_so_far(&run->fields));
    run->fields = t;
    if (sceau_header_with_on_top(run->context.arena, &run->leaving,
                                 sceau_slice_from(name), value, &with) != SCEAU_OK)
        return false;
    run->leaving = with;
    return true;
}

static int
sign_message(struct sign_run *run)
{
    for (size_t i = 0; i < run->options->keys.count; i++) {
        struct sceau_slice value;
        enum sceau_status status =
            sceau_dkim_signing_finish(&run->context, run->signings[i], &run->leaving,
                                      run->signers[i], &value);
        if (status != SCEAU_OK) {
            complain_text(run->env.language, status == SCEAU_E_LIMIT
                                                 ? N_("not signed: too many fields")
                                                 : N_("OpenSSL gave no signature"));
            return status == SCEAU_E_LIMIT ? CLI_EXIT_INPUT : CLI_EXIT_BUG;
        }
        if (!put_on_top(run, "DKIM-Signature", value))
            return CLI_EXIT_BUG;
    }
    return 0;
}

/* The chain is judged over the message as it came; the set is made over it as it leaves. */
static int
seal_message(struct sign_run *run)
{
    struct sceau_arc_outcome outcome;
    struct sceau_arc_sealed sealed;
    struct sceau_slice results =
        arc_results_of(run->context.arena, &run->leaving, run->authserv_id);
    if (results.ptr == NULL) {
        COMPLAIN(run->env.language,
                 "not sealed: the message has no Authentication-Results of {host}",
                 LANGUAGE_THEIRS("host", run->authserv_id));
        return CLI_EXIT_INPUT;
    }
    sceau_arc_finish(&run->context, run->arc, &outcome);
    if (sceau_arc_sealing_finish(&run->context, run->sealing, &run->leaving, run->arc,
                                 &outcome, results, run->signers[0],
                                 &sealed) != SCEAU_OK)
        return CLI_EXIT_BUG;
    if (sealed.instance == 0) {
        COMPLAIN(run->env.language, "not sealed: {why}",
                 LANGUAGE_OURS("why", sceau_slice_from(language_text(run->env.language,
                                                                     sealed.reason))));
        return outcome.result == SCEAU_ARC_TEMPERROR ? CLI_EXIT_UNKNOWN : 0;
    }
    return put_on_top(run, "ARC-Authentication-Results", sealed.results) &&
                   put_on_top(run, "ARC-Message-Signature", sealed.signature) &&
                   put_on_top(run, "ARC-Seal", sealed.seal)
               ? 0
               : CLI_EXIT_BUG;
}

static int
write_message(struct sign_run *run)
{
    struct sceau_slice fields = text_done(&run->fields);
    for (size_t i = 0; i < fields.len; i++) {
        if (!run->spool.has_lf_lines || fields.ptr[i] != '\r')
            putchar_unlocked(fields.ptr[i]);
    }
    fwrite(run->spool.original.ptr, 1, run->spool.original.len, stdout);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    complain_errno(run->env.language,
                   language_text(run->env.language, N_("standard output")), errno);
    return CLI_EXIT_TEMPORARY;
}

static int
process(struct sign_run *run, const struct cli_call *call)
{
    const char *path = call->operands.count > 0 ? call->operands.items[0] : "-";
    int status = read_pairs(run);
    if (status == 0 && !spool_read_mail(&run->spool, run->env.language, path)) {
        complain_of(&run->spool.problem);
        status = CLI_EXIT_INPUT;
    }
    if (status == 0)
        status = hash_message(run);
    if (status == 0)
        status = sign_message(run);
    int sealed = status == 0 && run->options->arc ? seal_message(run) : 0;
    if (status == 0 && (sealed == 0 || sealed == CLI_EXIT_UNKNOWN))
        status = write_message(run);
    if (status == CLI_EXIT_BUG || sealed == CLI_EXIT_BUG)
        complain_text(run->env.language, "out of memory");
    return status != 0 ? status : sealed;
}

int
sign_run(const struct cli_call *call)
{
    struct sign_run run = {.options = call->options};
    if (run.options->explain)
        return sign_explain(call);
    enum language language = environment_language(call);
    uint64_t now = (uint64_t)time(NULL);
    int status = check_options(language, run.options);
    if (status == 0 && run.options->now != NULL &&
        !slice_decimal(sceau_slice_from(run.options->now), INT64_MAX, &now)) {
        COMPLAIN(language, "--now {value}: seconds since 1970-01-01 UTC, as 1667930000",
                 LANGUAGE_THEIRS("value", sceau_slice_from(run.options->now)));
        status = CLI_EXIT_USAGE;
    }
    if (status != 0)
        return status;
    status = run.options->arc ? environment_open(&run.env, call)
                              : environment_load(&run.env, call);
    run.context = (struct sceau_context){.arena = sceau_arena_new(MEMORY),
                                         .resolver = run.env.resolver,
                                         .now = (int64_t)now};
    run.authserv_id = sceau_slice_from(run.options->authserv_id);
    run.fields = text_new(run.context.arena, SIZE_MAX);
    if (status == 0)
        status = run.context.arena == NULL ? CLI_EXIT_BUG : process(&run, call);
    sceau_body_hashes_free(run.hashes);
    for (size_t i = 0; i < PAIRS_MAX; i++)
        sceau_private_key_free(run.signers[i]);
    spool_free(&run.spool);
    sceau_arena_free(run.context.arena);
    environment_close(&run.env);
    return status;
}
