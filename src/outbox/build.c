#include "build.h"

#include "sceau/dmarc.h"

#include "core/text.h"
#include "destinations.h"
#include "dmarc/uri.h"
#include "document.h"
#include "packed.h"
#include "schedule.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUILD_ARENA   ((size_t)512 * 1024)
#define NAMES_ARENA   ((size_t)1024 * 1024)
#define BATCH_REPORTS 1000 /* of one transaction: pages of the store are written once */
#define BATCH_SHARED \
 200 /* where other hosts fold meanwhile: more spare a server nothing */
#define BATCH_FILES   (2 * BATCH_REPORTS)
#define BATCH_RECORDS 50000 /* a second's work: others want to write too */

struct due {
    char id[OUTBOX_ID_SIZE];
    struct sceau_slice policy_domain, policy_hash;
    int64_t day;
};

struct building {
    struct database *db;
    const struct outbox_settings *settings;
    struct sceau_arena *arena; /* of one report */
    int64_t now;
    struct outbox_report *report;
    char *problem; /* OUTBOX_PROBLEM octets */
    struct due due[BATCH_REPORTS];
    size_t due_count;
    struct sceau_arena *names; /* of those that are due */
    struct sceau_slice policy_domain, policy_hash;
    int64_t day;
    char place[OUTBOX_FOLDER_NAME]; /* outbox_spool_place */
    struct packed *files;
    uint64_t records;   /* of the batch */
    size_t ready_count; /* files that have no name yet */
    char ready[BATCH_FILES][PACKED_NAME];
    char faulty[OUTBOX_ID_SIZE]; /* the report that is not valid; "": none is known */
    struct outbox_document document; /* the last that was written */
};

static bool
fail(struct building *b, const char *what, const char *why)
{
    struct text t = text_in(b->problem, OUTBOX_PROBLEM);
    text_format(&t, "%s: %s", what, why); /* a text that is full says no more */
    text_done(&t);
    return false;
}

static bool
database_failed(struct building *b)
{
    return fail(b, N_("the store"), database_error(b->db));
}

/* ---- the steps, in their order ---- */

/* All of a batch at once: what was built in this transaction, and what is due at the same second,
 * would be passed over again for each report. False when the database failed. */
static bool
find_due(struct building *b, size_t most)
{
    struct statement *s = database_prepare(
        b->db,
        "SELECT id, policy_domain, day, policy_hash FROM outgoing WHERE state = 0 "
        "AND due <= ?1 ORDER BY due, id LIMIT ?2");
    int step;
    bind_int(s, 1, b->now);
    bind_int(s, 2, (int64_t)most);
    b->due_count = 0;
    sceau_arena_clear(b->names);
    while ((step = statement_step(s)) == 1) {
        struct due *due = &b->due[b->due_count++];
        snprintf(due->id, sizeof due->id, "%.*s", SLICE_ARG(column_text(s, 0)));
        due->policy_domain = slice_copy(b->names, column_text(s, 1));
        due->day = column_int(s, 2);
        due->policy_hash = slice_copy(b->names, column_blob(s, 3));
    }
    return step == 0;
}

static void
choose(struct building *b, const struct due *due)
{
    memcpy(b->report->id, due->id, sizeof due->id);
    b->policy_domain = due->policy_domain;
    b->policy_hash = due->policy_hash;
    b->day = due->day;
}

static bool
file_failed(struct building *b, const char *name, int why)
{
    packed_drop(b->files, name);
    return fail(b, b->settings->folder, strerror(why));
}

#define NOT_VALID N_("the report that was written is not valid: please tell us")

/* Only those before it count. */
static bool
not_valid(struct building *b)
{
    snprintf(b->faulty, sizeof b->faulty, "%s", b->report->id);
    return fail(b, b->report->id, NOT_VALID);
}

/* Written and read back; no file when no row makes a record: nothing to send. */
static bool
write_file(struct building *b, enum aggregate_flavour flavour, const char *name)
{
    struct outbox_document *document = &b->document;
    *document = (struct outbox_document){
        .db = b->db,
        .settings = b->settings,
        .flavour = flavour,
        .policy_domain = b->policy_domain,
        .policy_hash = b->policy_hash,
        .day = b->day,
        .id = b->report->id,
    };
    struct aggregate_writer *writer = packed_open(b->files, name);
    if (writer == NULL)
        return file_failed(b, name, errno);
    bool is_written = outbox_document_write(document, b->arena, writer, packed_put);
    b->report->records = document->records;
    b->report->messages = document->messages;
    if (document->records == 0 && !writer->has_failed) {
        packed_drop(b->files, name);
        return true;
    }
    if (!is_written && !writer->has_failed) {
        packed_drop(b->files, name);
        return database_failed(b);
    }
    if (!packed_close(b->files, &b->report->octets))
        return file_failed(b, name, errno);
    snprintf(b->ready[b->ready_count++], PACKED_NAME, "%s", name);
    return packed_is_valid(b->files, document->records, document->messages) ||
           not_valid(b);
}

/* Does anybody who gets it read the older standard only? */
static bool
wants_rfc7489(struct building *b)
{
    struct sceau_dmarc_record record;
    struct outbox_names names = b->settings->rfc7489;
    if (names.count == 0)
        return false;
    if (outbox_names_have(names, b->policy_domain))
        return true;
    struct sceau_slice text = outbox_policy_record(b->db, b->arena, b->policy_hash);
    if (sceau_dmarc_record_parse(b->arena, text, &record, NULL) != SCEAU_OK)
        return false;
    for (size_t i = 0; i < record.rua_count; i++) {
        struct dmarc_uri uri;
        if (dmarc_uri_parse(b->arena, record.rua[i], &uri) == SCEAU_OK &&
            uri.mailbox.len > 0 && outbox_names_have(names, uri.mailbox))
            return true;
    }
    return false;
}

static bool
write_files(struct building *b)
{
    char name[PACKED_NAME];
    snprintf(name, sizeof name, "%s" OUTBOX_RFC7489_SUFFIX, b->report->id);
    return (!wants_rfc7489(b) || write_file(b, AGGREGATE_RFC7489, name)) &&
           write_file(b, AGGREGATE_RFC9990, b->report->id);
}

static bool
take_rows(struct building *b)
{
    struct statement *s = database_prepare(
        b->db, "DELETE FROM observation WHERE policy_domain = ?1 AND day = ?2 AND "
               "policy_hash = ?3 AND row_hash <= ?4");
    bind_text(s, 1, b->policy_domain);
    bind_int(s, 2, b->day);
    bind_blob(s, 3, b->policy_hash);
    bind_blob(s, 4, (struct sceau_slice){b->document.last, b->document.last_len});
    return statement_step(s) == 0 || database_failed(b);
}

static bool
say_finished(struct building *b)
{
    struct statement *s =
        database_prepare(b->db,
                         "UPDATE outgoing SET state = ?2, finished = ?3 WHERE id = ?1");
    bind_text(s, 1, sceau_slice_from(b->report->id));
    bind_int(s, 2, OUTBOX_FINISHED);
    bind_int(s, 3, b->now);
    return statement_step(s) == 0 || database_failed(b);
}

static bool
say_built(struct building *b)
{
    struct statement *s = database_prepare(
        b->db,
        "UPDATE outgoing SET state = ?2, records = ?3, messages = ?4, octets = ?5, "
        "built = ?6, finished = ?7, problem = '', lease_host = ?8 WHERE id = ?1");
    bool has_file = b->report->records > 0;
    bind_text(s, 1, sceau_slice_from(b->report->id));
    bind_int(s, 2, has_file ? OUTBOX_BUILT : OUTBOX_FINISHED);
    bind_int(s, 3, (int64_t)b->report->records);
    bind_int(s, 4, (int64_t)b->report->messages);
    bind_int(s, 5, (int64_t)b->report->octets);
    bind_int(s, 6, b->now);
    bind_int(s, 7, has_file ? 0 : b->now);
    bind_text(s, 8, sceau_slice_from(b->place));
    return statement_step(s) == 0 || database_failed(b);
}

/* When no URI is of use the report is at its end. */
static bool
add_deliveries(struct building *b)
{
    struct sceau_dmarc_record record;
    struct sceau_slice own[2];
    size_t used;
    if (sceau_dmarc_record_parse(b->arena, b->document.record, &record, NULL) !=
        SCEAU_OK)
        return true;
    if (!outbox_add_deliveries(b->db, b->arena, sceau_slice_from(b->report->id),
                               record.rua, record.rua_count,
                               outbox_own_names(b->settings, own), b->now, &used))
        return database_failed(b);
    return used > 0 || say_finished(b);
}

/* Rows become files that have no name yet. */
static bool
build(struct building *b)
{
    if (!write_files(b))
        return false;
    bool has_file = b->report->records > 0;
    b->records += b->report->records;
    return take_rows(b) && say_built(b) && (!has_file || add_deliveries(b));
}

/* ---- many in one transaction ---- */

static int64_t
tries_of(struct building *b)
{
    struct statement *s =
        database_prepare(b->db, "SELECT tries FROM outgoing WHERE id = ?1");
    bind_text(s, 1, sceau_slice_from(b->faulty));
    int64_t tries = statement_step(s) == 1 ? column_int(s, 0) : 0;
    statement_reset(s);
    return tries;
}

/* It would be the first for ever, and nothing else would be built. */
static bool
put_off(struct building *b)
{
    if (!database_begin_durable(b->db))
        return database_failed(b);
    int64_t tries = tries_of(b) + 1;
    unsigned so_many =
        (unsigned)(tries < OUTBOX_TRIES_MAX ? tries : OUTBOX_TRIES_MAX - 1);
    struct statement *s = database_prepare(
        b->db, "UPDATE outgoing SET due = ?2, tries = ?3, problem = ?4 WHERE id = ?1 "
               "AND state = 0");
    bind_text(s, 1, sceau_slice_from(b->faulty));
    bind_int(s, 2, b->now + outbox_retry(so_many, 0));
    bind_int(s, 3, tries);
    bind_text(s, 4, SCEAU_SLICE(NOT_VALID));
    if (statement_step(s) == 0 && database_commit(b->db))
        return true;
    database_failed(b);
    database_rollback(b->db);
    return false;
}

/* The files before the commit: one too many is overwritten, one too few is a report lost. */
static bool
name_files(struct building *b)
{
    bool is_good = packed_sync(b->files);
    for (size_t i = 0; i < b->ready_count && is_good; i++)
        is_good = packed_publish(b->files, b->ready[i]);
    return (is_good && packed_settle(b->files)) ||
           fail(b, b->settings->folder, strerror(errno));
}

/* Each host has a disk of its own: they go into the store with all else. */
static bool
store_files(struct building *b)
{
    for (size_t i = 0; i < b->ready_count; i++) {
        char id[OUTBOX_ID_SIZE];
        snprintf(id, sizeof id, "%.*s", (int)sizeof id - 1, b->ready[i]);
        enum spool_form form =
            strcmp(id, b->ready[i]) == 0 ? SPOOL_AGGREGATE : SPOOL_RFC7489;
        int fd = packed_reopen(b->files, b->ready[i]);
        bool is_put = fd >= 0 && outbox_spool_put_file(b->db, id, form, fd);
        int why = errno;
        if (fd >= 0)
            close(fd);
        if (!is_put)
            return why != 0 ? fail(b, b->settings->folder, strerror(why))
                            : database_failed(b);
        packed_drop(b->files, b->ready[i]);
    }
    return true;
}

static bool
publish(struct building *b)
{
    if (b->ready_count == 0)
        return true;
    return database_is_shared(b->db) ? store_files(b) : name_files(b);
}

static void
drop_all(struct building *b)
{
    for (size_t i = 0; i < b->ready_count; i++)
        packed_drop(b->files, b->ready[i]);
}

/* False where it stopped for a failure; b->report->count are those before it. */
static bool
build_some(struct building *b, size_t most)
{
    bool is_good = true;
    b->report->count = 0;
    if (!find_due(b, most))
        return database_failed(b);
    for (size_t i = 0; is_good && i < b->due_count && b->records < BATCH_RECORDS; i++) {
        sceau_arena_clear(b->arena);
        choose(b, &b->due[i]);
        is_good = build(b);
        b->report->count += is_good;
    }
    return is_good;
}

static enum outbox_built
build_due(struct building *b, size_t most)
{
    b->ready_count = 0;
    b->records = 0;
    if (!database_begin_durable(b->db)) {
        database_failed(b);
        return BUILT_FAILED;
    }
    bool is_good = build_some(b, most);
    if (is_good && b->report->count == 0) {
        database_rollback(b->db);
        return BUILT_NONE;
    }
    if (is_good && publish(b)) {
        if (database_commit(b->db))
            return BUILT_SOME;
        database_failed(b);
    }
    database_rollback(b->db);
    drop_all(b);
    return BUILT_FAILED;
}

static enum outbox_built
build_batch(struct building *b, size_t most)
{
    bool is_there = outbox_spool_place(b->db, b->settings->folder, b->place);
    b->files = is_there ? packed_new(b->settings->folder) : NULL;
    if (b->files == NULL) {
        fail(b, b->settings->folder, strerror(errno));
        return BUILT_FAILED;
    }
    size_t batch = database_is_shared(b->db) ? BATCH_SHARED : BATCH_REPORTS;
    enum outbox_built built = build_due(b, most < batch ? most : batch);
    packed_free(b->files);
    return built;
}

enum outbox_built
outbox_build(struct database *db, const struct outbox_settings *settings, int64_t now,
             size_t most, struct outbox_report *report, char problem[OUTBOX_PROBLEM])
{
    struct building *b = calloc(1, sizeof *b);
    enum outbox_built built = BUILT_FAILED;
    snprintf(problem, OUTBOX_PROBLEM, "%s", N_("out of memory"));
    if (b == NULL)
        return built;
    *b = (struct building){.db = db,
                           .settings = settings,
                           .arena = sceau_arena_new(BUILD_ARENA),
                           .names = sceau_arena_new(NAMES_ARENA),
                           .now = now,
                           .report = report,
                           .problem = problem};
    *report = (struct outbox_report){0};
    if (b->arena != NULL && b->names != NULL)
        built = build_batch(b, most);
    /* One that cannot be built must not keep those before it. */
    if (built == BUILT_FAILED && report->count > 0)
        built = build_batch(b, report->count);
    if (b->faulty[0] != '\0' && (built == BUILT_SOME || report->count == 0))
        built = put_off(b) ? BUILT_PUT_OFF : BUILT_FAILED;
    sceau_arena_free(b->names);
    sceau_arena_free(b->arena);
    free(b);
    return built;
}
