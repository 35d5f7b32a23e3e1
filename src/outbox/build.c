#include "build.h"

#include "sceau/dmarc.h"

#include "core/text.h"
#include "destinations.h"
#include "document.h"
#include "packed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUILD_ARENA ((size_t)512 * 1024)

struct building {
    struct database *db;
    const struct outbox_settings *settings;
    struct sceau_arena *arena;
    int64_t now;
    struct outbox_report *report;
    char *problem; /* OUTBOX_PROBLEM octets */
    struct sceau_slice policy_domain, policy_hash;
    int64_t day;
    struct packed_file file;
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

/* 1: there is one; 0: there is none; -1: the database failed. */
static int
find_due(struct building *b)
{
    struct statement *s = database_prepare(
        b->db,
        "SELECT id, policy_domain, day, policy_hash FROM outgoing WHERE state = 0 "
        "AND due <= ?1 ORDER BY due, id LIMIT 1");
    bind_int(s, 1, b->now);
    int step = statement_step(s);
    if (step == 1) {
        struct sceau_slice id = column_text(s, 0);
        snprintf(b->report->id, sizeof b->report->id, "%.*s", SLICE_ARG(id));
        b->policy_domain = slice_copy(b->arena, column_text(s, 1));
        b->day = column_int(s, 2);
        b->policy_hash = slice_copy(b->arena, column_blob(s, 3));
    }
    statement_reset(s);
    return step;
}

static bool
write_file(struct building *b)
{
    struct outbox_document document = {
        .db = b->db,
        .settings = b->settings,
        .policy_domain = b->policy_domain,
        .policy_hash = b->policy_hash,
        .day = b->day,
        .id = b->report->id,
    };
    if (!packed_open(&b->file, b->settings->folder, b->report->id))
        return fail(b, b->file.new_name, strerror(errno));
    bool is_written =
        outbox_document_write(&document, b->arena, &b->file.writer, packed_put);
    b->report->records = document.records;
    b->report->messages = document.messages;
    if (document.records == 0 && !b->file.writer.has_failed) {
        packed_drop(&b->file);
        return true; /* no row makes a record: nothing to send */
    }
    if (!is_written) {
        packed_drop(&b->file);
        return fail(b, b->file.new_name,
                    b->file.writer.has_failed ? strerror(ENOSPC)
                                              : database_error(b->db));
    }
    if (!packed_close(&b->file, &b->report->octets))
        return fail(b, b->file.new_name, strerror(errno));
    if (packed_is_valid(&b->file, document.records, document.messages))
        return true;
    packed_drop(&b->file);
    return fail(b, b->report->id,
                N_("the report that was written is not valid: please tell us"));
}

static bool
take_rows(struct building *b)
{
    struct statement *s = database_prepare(
        b->db, "DELETE FROM observation WHERE policy_domain = ?1 AND day = ?2 AND "
               "policy_hash = ?3");
    bind_text(s, 1, b->policy_domain);
    bind_int(s, 2, b->day);
    bind_blob(s, 3, b->policy_hash);
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
        "built = ?6, finished = ?7 WHERE id = ?1");
    bool has_file = b->report->records > 0;
    bind_text(s, 1, sceau_slice_from(b->report->id));
    bind_int(s, 2, has_file ? OUTBOX_BUILT : OUTBOX_FINISHED);
    bind_int(s, 3, (int64_t)b->report->records);
    bind_int(s, 4, (int64_t)b->report->messages);
    bind_int(s, 5, (int64_t)b->report->octets);
    bind_int(s, 6, b->now);
    bind_int(s, 7, has_file ? 0 : b->now);
    return statement_step(s) == 0 || database_failed(b);
}

/* When no URI is of use the report is at its end. */
static bool
add_deliveries(struct building *b)
{
    struct sceau_dmarc_record record;
    struct sceau_slice text = outbox_policy_record(b->db, b->arena, b->policy_hash);
    size_t used;
    if (sceau_dmarc_record_parse(b->arena, text, &record, NULL) != SCEAU_OK)
        return true;
    if (!outbox_add_deliveries(b->db, b->arena, sceau_slice_from(b->report->id),
                               record.rua, record.rua_count, b->now, &used))
        return database_failed(b);
    return used > 0 || say_finished(b);
}

static bool
build(struct building *b)
{
    if (!write_file(b))
        return false;
    bool has_file = b->report->records > 0;
    bool is_good = take_rows(b) && say_built(b) && (!has_file || add_deliveries(b));
    /* The file before the commit: one too many is overwritten, one too few is a report lost. */
    if (is_good && has_file && !packed_publish(&b->file, b->settings->folder))
        is_good = fail(b, b->file.name, strerror(errno));
    if (!is_good && has_file)
        packed_drop(&b->file);
    return is_good;
}

static enum outbox_built
build_due(struct building *b)
{
    if (!database_begin_durable(b->db)) {
        database_failed(b);
        return BUILT_FAILED;
    }
    int due = find_due(b);
    if (due < 0)
        database_failed(b);
    if (due != 1 || !build(b)) {
        database_rollback(b->db);
        return due == 0 ? BUILT_NONE : BUILT_FAILED;
    }
    if (database_commit(b->db))
        return BUILT_ONE;
    database_failed(b);
    return BUILT_FAILED;
}

enum outbox_built
outbox_build(struct database *db, const struct outbox_settings *settings, int64_t now,
             struct outbox_report *report, char problem[OUTBOX_PROBLEM])
{
    struct building *b = calloc(1, sizeof *b);
    enum outbox_built built = BUILT_FAILED;
    snprintf(problem, OUTBOX_PROBLEM, "%s", N_("out of memory"));
    if (b == NULL)
        return built;
    *b = (struct building){.db = db,
                           .settings = settings,
                           .arena = sceau_arena_new(BUILD_ARENA),
                           .now = now,
                           .report = report,
                           .problem = problem};
    *report = (struct outbox_report){0};
    if (b->arena != NULL)
        built = build_due(b);
    sceau_arena_free(b->arena);
    free(b);
    return built;
}
