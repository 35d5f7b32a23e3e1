/* Reports on standard output: as they would be built, and as they were; the document alone, or the
 * whole mail that leaves. */
#include "sceau/dmarc.h"

#include "core/date.h"
#include "core/text.h"
#include "outbox/delivery_mail.h"
#include "outbox/document.h"
#include "outbox/queue.h"
#include "outbox_command.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define DAY 86400

/* ---- output ---- */

/* A report on standard output: its octets, or with --json one object with them as a text. */
struct output {
    struct aggregate_writer writer; /* first: put gets a pointer to it */
    FILE *file;
    char *octets; /* with --json */
    size_t len;
};

static bool
output_open(struct outbox *o, struct output *out)
{
    *out = (struct output){.file = stdout};
    if (o->call->globals.json)
        out->file = open_memstream(&out->octets, &out->len);
    return out->file != NULL;
}

/* Lines of valid UTF-8 each, as our writer makes them. */
static void
output_close(struct outbox *o, struct output *out, const char *id)
{
    struct sceau_slice rest;
    if (!o->call->globals.json)
        return;
    fclose(out->file);
    rest = (struct sceau_slice){out->octets, out->len};
    printf("{\"type\":\"report\",\"id\":\"%s\",\"text\":\"", id);
    while (rest.len > 0) {
        struct text t = text_new(o->scratch, SIZE_MAX);
        size_t end = slice_find(rest, '\n');
        text_json(&t, slice_sub(rest, 0, end));
        struct sceau_slice quoted = text_done(&t);
        if (quoted.len >= 2)
            fwrite(quoted.ptr + 1, 1, quoted.len - 2, stdout);
        fputs(end < rest.len ? "\\n" : "", stdout);
        rest = slice_skip(rest, end < rest.len ? end + 1 : end);
        sceau_arena_clear(o->scratch);
    }
    puts("\"}");
    free(out->octets);
}

static bool
put_out(struct aggregate_writer *self, struct sceau_slice octets)
{
    struct output *out = (struct output *)self;
    return fwrite(octets.ptr, 1, octets.len, out->file) == octets.len;
}

/* ---- whole mails ---- */

/* Two arenas that a mail is composed in; without them, and with a message, false. */
static bool
begin_mail(
    struct outbox *o, struct delivery_mail *mail,
    char *problem) /* NOLINT(readability-non-const-parameter): it is written to */
{
    *mail = (struct delivery_mail){.db = o->db,
                                   .settings = &o->settings,
                                   .is_bulk = o->env.config.report.bulk,
                                   .arena = o->scratch,
                                   .mail_arena = sceau_arena_new(DELIVERY_MAIL_ARENA),
                                   .problem = problem};
    if (mail->mail_arena == NULL)
        complain_text(o->env.language, "out of memory");
    return mail->mail_arena != NULL;
}

static int
print_mail(struct outbox *o, const struct delivery_mail *composing,
           const struct outbox_next *next)
{
    static struct output out; /* large */
    struct sceau_slice mail = delivery_mail_compose(composing, next);
    if (mail.ptr == NULL) {
        complain_problem(o->env.language, composing->problem);
        return CLI_EXIT_INPUT;
    }
    if (!output_open(o, &out))
        return CLI_EXIT_TEMPORARY;
    fwrite(mail.ptr, 1, mail.len, out.file);
    output_close(o, &out, next->report);
    return CLI_EXIT_OK;
}

/* What was built, to one of its mailboxes. */
static int
print_delivery(struct outbox *o, const char *id, const char *to)
{
    char problem[OUTBOX_PROBLEM];
    struct delivery_mail composing;
    struct outbox_next next;
    int step = delivery_of(o->db, o->env.arena, id, sceau_slice_from(to), &next);
    if (step < 0)
        return outbox_database_failed(o);
    if (step == 0) {
        COMPLAIN(o->env.language, "{id}: this report goes to no such mailbox",
                 LANGUAGE_THEIRS("id", sceau_slice_from(id)));
        return CLI_EXIT_WARNING;
    }
    if (!begin_mail(o, &composing, problem))
        return CLI_EXIT_TEMPORARY;
    int status = print_mail(o, &composing, &next);
    sceau_arena_free(composing.mail_arena);
    return status;
}

/* ---- preview ---- */

/* As packed.h packs it; {NULL, 0} when memory is exhausted. */
static struct sceau_slice
gzip(struct sceau_arena *arena, const char *octets, size_t len)
{
    z_stream z = {0};
    if (len > UINT_MAX ||
        deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return SLICE_NONE;
    size_t room = deflateBound(&z, len);
    unsigned char *packed = room <= UINT_MAX ? sceau_arena_alloc(arena, room) : NULL;
    z.next_in = (unsigned char *)(uintptr_t)octets;
    z.avail_in = (unsigned)len;
    z.next_out = packed;
    z.avail_out = packed != NULL ? (unsigned)room : 0;
    bool is_done = packed != NULL && deflate(&z, Z_FINISH) == Z_STREAM_END;
    struct sceau_slice all = {(const char *)packed, z.total_out};
    deflateEnd(&z);
    return is_done ? all : SLICE_NONE;
}

/* The mailboxes that the policy names; how many. */
static size_t
addressees(struct outbox *o, struct sceau_slice policy_hash,
           struct sceau_slice mailboxes[OUTBOX_URIS_USED])
{
    struct sceau_dmarc_record record;
    struct sceau_slice own[2];
    struct sceau_slice text = outbox_policy_record(o->db, o->env.arena, policy_hash);
    if (sceau_dmarc_record_parse(o->env.arena, text, &record, NULL) != SCEAU_OK)
        return 0;
    return outbox_mailboxes(o->env.arena, record.rua, record.rua_count,
                            outbox_own_names(&o->settings, own), mailboxes);
}

static struct outbox_document
document_of(struct outbox *o, const struct outbox_identity *identity, const char *id,
            struct sceau_slice policy_hash)
{
    return (struct outbox_document){
        .db = o->db,
        .settings = &o->settings,
        .policy_domain = identity->policy_domain,
        .policy_hash = policy_hash,
        .day = identity->begin / DAY,
        .id = id,
    };
}

static int
preview_document(struct outbox *o, struct outbox_document *document)
{
    static struct output out; /* large */
    if (!output_open(o, &out))
        return CLI_EXIT_TEMPORARY;
    bool is_written =
        outbox_document_write(document, o->env.arena, &out.writer, put_out);
    output_close(o, &out, document->id);
    return is_written ? CLI_EXIT_OK : outbox_database_failed(o);
}

static int
preview_packed(struct outbox *o, struct outbox_document *document,
               struct sceau_slice mailbox, struct delivery_mail *composing)
{
    static struct output aside; /* large */
    aside = (struct output){.file = open_memstream(&aside.octets, &aside.len)};
    if (aside.file == NULL)
        return CLI_EXIT_TEMPORARY;
    bool is_written =
        outbox_document_write(document, o->env.arena, &aside.writer, put_out);
    is_written = fclose(aside.file) == 0 && is_written;
    if (is_written)
        composing->unbuilt = gzip(composing->mail_arena, aside.octets, aside.len);
    free(aside.octets);
    if (!is_written)
        return outbox_database_failed(o);
    struct outbox_next next = {.mailbox = mailbox,
                               .policy_domain = document->policy_domain,
                               .kind = OUTBOX_AGGREGATE,
                               .day = document->day,
                               .built = o->now,
                               .messages = document->messages};
    snprintf(next.report, sizeof next.report, "%s", document->id);
    return composing->unbuilt.ptr != NULL ? print_mail(o, composing, &next)
                                          : CLI_EXIT_TEMPORARY;
}

/* In the standard that this mailbox gets. */
static int
preview_mail(struct outbox *o, struct outbox_document *document,
             struct sceau_slice mailbox)
{
    char problem[OUTBOX_PROBLEM];
    struct delivery_mail composing;
    const struct outbox_names old = o->settings.rfc7489;
    bool is_old = outbox_names_have(old, mailbox) ||
                  outbox_names_have(old, document->policy_domain);
    document->flavour = is_old ? AGGREGATE_RFC7489 : AGGREGATE_RFC9990;
    if (!begin_mail(o, &composing, problem))
        return CLI_EXIT_TEMPORARY;
    int status = preview_packed(o, document, mailbox, &composing);
    sceau_arena_free(composing.mail_arena);
    return status;
}

/* One to each mailbox, as they would leave; with --to one alone. */
static int
preview_mails(struct outbox *o, struct outbox_document *document)
{
    struct sceau_slice mailboxes[OUTBOX_URIS_USED];
    const char *to = o->options->to;
    size_t count = addressees(o, document->policy_hash, mailboxes);
    int status = CLI_EXIT_INPUT;
    if (count == 0) {
        COMPLAIN(o->env.language, "{domain}: its policy names no mailbox for reports",
                 LANGUAGE_THEIRS("domain", document->policy_domain));
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        if (to != NULL && !slice_eq_ci(mailboxes[i], sceau_slice_from(to)))
            continue;
        status = preview_mail(o, document, mailboxes[i]);
        if (status != CLI_EXIT_OK)
            return status;
    }
    if (status == CLI_EXIT_INPUT)
        COMPLAIN(o->env.language, "{id}: this report goes to no such mailbox",
                 LANGUAGE_THEIRS("id", sceau_slice_from(document->id)));
    return status;
}

static int
preview_one(struct outbox *o, struct sceau_slice domain, int64_t day,
            struct sceau_slice policy_hash)
{
    char id[OUTBOX_ID_SIZE], configuration[OUTBOX_CONFIGURATION], store[OUTBOX_ID_SIZE];
    if (!outbox_store_name(o->db, store))
        return outbox_database_failed(o);
    struct outbox_identity identity =
        outbox_identity_of(&o->settings, store, domain, day, policy_hash, 0,
                           configuration);
    outbox_id(&identity, id);
    struct outbox_document document = document_of(o, &identity, id, policy_hash);
    return o->options->mail || o->options->to != NULL ? preview_mails(o, &document)
                                                      : preview_document(o, &document);
}

/* One report for each configuration that the domain had on that day; one that names no such
 * mailbox lets the others be shown. */
static int
preview_all(struct outbox *o, struct sceau_slice domain, int64_t day)
{
    int status = CLI_EXIT_WARNING;
    struct statement *s = queue_configurations(o->db, domain, day);
    while (statement_step(s) == 1) {
        int one =
            preview_one(o, domain, day, slice_copy(o->env.arena, column_blob(s, 0)));
        if (one != CLI_EXIT_OK && one != CLI_EXIT_INPUT)
            return one;
        status = status == CLI_EXIT_OK ? status : one;
    }
    return status;
}

/* Failure reports are built as soon as a sample is read; those that have not left wait. */
static int
preview_failures(struct outbox *o, struct sceau_slice domain)
{
    struct outbox_entry e;
    int step = 0, status = CLI_EXIT_WARNING;
    char id[OUTBOX_ID_SIZE], before[OUTBOX_ID_SIZE] = "";
    struct statement *entries = queue_entries(o->db, false);
    while (status <= CLI_EXIT_WARNING && (step = queue_next(entries, &e)) == 1) {
        snprintf(id, sizeof id, "%.*s", SLICE_ARG(e.id));
        if (e.kind != OUTBOX_FAILURE || !slice_eq_ci(e.policy_domain, domain) ||
            strcmp(id, before) == 0)
            continue;
        memcpy(before, id, sizeof id);
        status = print_delivery(o, id, "");
    }
    return step < 0 ? outbox_database_failed(o) : status;
}

int
outbox_preview_run(const struct cli_call *call)
{
    struct outbox o;
    int status = outbox_begin(&o, call, DATABASE_READ);
    int64_t seconds = o.now;
    if (status != 0)
        return outbox_end(&o, status);
    if (o.options->day != NULL &&
        !date_parse(sceau_slice_from(o.options->day), &seconds)) {
        COMPLAIN(o.env.language, "--day {day}: a day as 2026-11-28",
                 LANGUAGE_THEIRS("day", sceau_slice_from(o.options->day)));
        return outbox_end(&o, CLI_EXIT_USAGE);
    }
    struct sceau_slice domain =
        slice_copy_lower(o.env.arena, sceau_slice_from(call->operands.items[0]));
    if (o.options->failures)
        status = preview_failures(&o, domain);
    else
        status = preview_all(&o, domain, seconds / DAY);
    if (status == CLI_EXIT_WARNING && o.options->failures)
        COMPLAIN(o.env.language, "{domain}: no failure report about it waits",
                 LANGUAGE_THEIRS("domain", domain));
    else if (status == CLI_EXIT_WARNING)
        COMPLAIN(
            o.env.language,
            "{domain}: nothing was seen that day that its policy asks to report, or "
            "the report is built (sceau outbox list --all)",
            LANGUAGE_THEIRS("domain", domain));
    return outbox_end(&o, status);
}

/* ---- show ---- */

static void
put_aside(void *self, struct sceau_slice octets)
{
    fwrite(octets.ptr, 1, octets.len, self);
}

/* gzread gives octets that are not packed as they are. */
static void
print_unpacked(int fd, FILE *out)
{
    char octets[16 * 1024];
    int n;
    gzFile in = gzdopen(dup(fd), "rb");
    while (in != NULL && (n = gzread(in, octets, sizeof octets)) > 0)
        fwrite(octets, 1, (size_t)n, out);
    if (in != NULL)
        gzclose_r(in);
}

static int
print_spooled(struct outbox *o, const char *id, enum outbox_kind kind)
{
    static struct output out; /* large */
    enum spool_form form = kind == OUTBOX_FAILURE ? SPOOL_FAILURE : SPOOL_AGGREGATE;
    FILE *aside = tmpfile();
    if (aside == NULL)
        return CLI_EXIT_TEMPORARY;
    enum spool_found found =
        outbox_spool_read(o->db, o->settings.folder, id, form, put_aside, aside);
    int why = errno, status = CLI_EXIT_OK;
    switch (found) {
    case SPOOL_FAILED: status = outbox_database_failed(o); break;
    case SPOOL_ABSENT:
        complain_errno(o->env.language, id, why);
        status = CLI_EXIT_INPUT;
        break;
    case SPOOL_FOUND:
        if (fflush(aside) != 0 || fseek(aside, 0, SEEK_SET) != 0 ||
            !output_open(o, &out)) {
            status = CLI_EXIT_TEMPORARY;
            break;
        }
        print_unpacked(fileno(aside), out.file);
        output_close(o, &out, id);
    }
    fclose(aside);
    return status;
}

int
outbox_show_run(const struct cli_call *call)
{
    struct outbox o;
    int status = outbox_begin(&o, call, DATABASE_READ);
    if (status != 0)
        return outbox_end(&o, status);
    bool has = false;
    enum outbox_kind kind;
    struct sceau_slice asked = sceau_slice_from(call->operands.items[0]);
    if (!queue_has(o.db, asked, &has, &kind))
        return outbox_end(&o, outbox_database_failed(&o));
    if (!has) {
        COMPLAIN(o.env.language, "there is no report {id}",
                 LANGUAGE_THEIRS("id", asked));
        return outbox_end(&o, CLI_EXIT_WARNING);
    }
    const char *to = o.options->to != NULL ? o.options->to : "";
    if (o.options->mail || o.options->to != NULL)
        return outbox_end(&o, print_delivery(&o, call->operands.items[0], to));
    return outbox_end(&o, print_spooled(&o, call->operands.items[0], kind));
}
