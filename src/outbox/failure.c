#include "failure.h"

#include "sceau/dmarc.h"

#include "core/text.h"
#include "destinations.h"
#include "dmarc/uri.h"
#include "document.h"
#include "failure_entity.h"
#include "file/file.h"
#include "store/meta.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define DAY            86400
#define HOUR           3600
#define SAMPLE_ARENA   ((size_t)8 * 1024 * 1024) /* of one report, several times over */
#define FORGET_AT_ONCE 1000
#define UNTOLD         SCEAU_SLICE("outbox.untold") /* in `meta` */

struct taking {
    struct outbox_failures *f;
    struct sceau_arena *arena;
    struct store_sample sample;
    struct sceau_dmarc_record record;
    char id[OUTBOX_ID_SIZE];
    int64_t time;     /* of the message */
    uint64_t more;    /* counted since the last report, this one not included */
    bool is_known;    /* there was a report, or a count */
    int64_t reported; /* time of that message */
    char place[OUTBOX_FOLDER_NAME]; /* outbox_spool_place */
};

static void
trouble(struct taking *t, const char *what, const char *why)
{
    struct text out = text_in(t->f->problem, sizeof t->f->problem);
    text_format(&out, "%s: %s", what, why);
    text_done(&out);
}

/* ---- counting ---- */

static bool
read_limit(struct taking *t)
{
    struct statement *s = database_prepare(
        t->f->db,
        "SELECT reported, more FROM failure_limit WHERE policy_domain = ?1 AND "
        "cause = ?2");
    bind_text(s, 1, t->sample.policy_domain);
    bind_int(s, 2, t->sample.cause);
    int step = statement_step(s);
    t->is_known = step == 1;
    t->reported = t->is_known ? column_int(s, 0) : 0;
    t->more = t->is_known ? (uint64_t)column_int(s, 1) : 0;
    statement_reset(s);
    return step >= 0;
}

static bool
write_limit(struct taking *t, int64_t reported, uint64_t more)
{
    struct statement *s = database_prepare(
        t->f->db,
        "INSERT INTO failure_limit (policy_domain, cause, reported, more) VALUES (?1, ?2, "
        "?3, ?4) ON CONFLICT (policy_domain, cause) DO UPDATE SET reported = "
        "excluded.reported, more = excluded.more");
    bind_text(s, 1, t->sample.policy_domain);
    bind_int(s, 2, t->sample.cause);
    bind_int(s, 3, reported);
    bind_int(s, 4, (int64_t)more);
    return statement_step(s) == 0;
}

static bool
count_only(struct taking *t)
{
    t->f->counts.counted++;
    return write_limit(t, t->reported, t->more + 1);
}

static bool
counted_since(struct statement *s, int64_t limit, bool *is_full)
{
    int step = statement_step(s);
    *is_full = *is_full || (step == 1 && column_int(s, 0) >= limit);
    statement_reset(s);
    return step == 1;
}

/* Reports to this host since `since`. */
static bool
host_is_full(struct taking *t, struct sceau_slice uri, bool *is_full)
{
    struct dmarc_uri parsed;
    if (dmarc_uri_parse(t->arena, uri, &parsed) != SCEAU_OK || !parsed.is_mailto)
        return true;
    struct sceau_slice host = outbox_host_of(parsed.mailbox);
    struct text pattern = text_new(t->arena, SIZE_MAX);
    text_octet(&pattern, '@');
    text_lower(&pattern, host);
    struct statement *s = database_prepare(
        t->f->db,
        "SELECT count(*) FROM outgoing o JOIN delivery d ON d.report = o.id WHERE o.kind = "
        "1 AND o.built > ?1 AND lower(substr(d.mailbox, length(d.mailbox) - length(?2) + "
        "1)) = ?2");
    bind_int(s, 1, t->f->now - HOUR);
    bind_text(s, 2, text_so_far(&pattern));
    return !pattern.has_failed && counted_since(s, FAILURE_HOST_HOUR, is_full);
}

/* Is one of the ceilings reached? */
static bool
is_too_much(struct taking *t, bool *is_full)
{
    struct database *db = t->f->db;
    struct statement *all =
        database_prepare(db,
                         "SELECT count(*) FROM outgoing WHERE kind = 1 AND built > ?1");
    *is_full = false;
    bind_int(all, 1, t->f->now - HOUR);
    if (!counted_since(all, FAILURE_HOUR, is_full))
        return false;
    struct statement *domain = database_prepare(
        db, "SELECT count(*) FROM outgoing WHERE kind = 1 AND built > ?1 AND "
            "policy_domain = ?2");
    bind_int(domain, 1, t->f->now - HOUR);
    bind_text(domain, 2, t->sample.policy_domain);
    if (!counted_since(domain, FAILURE_DOMAIN_HOUR, is_full))
        return false;
    for (size_t i = 0; i < t->record.ruf_count && i < OUTBOX_URIS_USED; i++)
        if (!host_is_full(t, t->record.ruf[i], is_full))
            return false;
    return true;
}

/* ---- the report ---- */

/* It follows from which message it is about, so that a sample that is taken again after a
 * crash makes the same report. */
static void
set_id(struct taking *t)
{
    char of_message[512];
    struct text text = text_in(of_message, sizeof of_message);
    text_format(&text, "%u %u %.*s", t->sample.kind, t->sample.cause,
                SLICE_ARG(t->sample.host));
    const struct outbox_identity identity = {
        .receiver = t->f->settings->receiver,
        .policy_domain = t->sample.policy_domain,
        .begin = (int64_t)t->sample.boot,
        .end = (int64_t)t->sample.sequence,
        .policy_hash = text_so_far(&text),
    };
    outbox_id(&identity, t->id);
}

static bool
write_file(struct taking *t, struct sceau_slice octets)
{
    char name[OUTBOX_ID_SIZE + 8], aside[OUTBOX_ID_SIZE + 16];
    struct file_owner owner = {.mode = 0640, .uid = geteuid(), .gid = getegid()};
    struct stat info;
    int folder = open(t->f->settings->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0 && owner.uid == 0 && fstat(folder, &info) == 0)
        owner = (struct file_owner){0640, info.st_uid, info.st_gid};
    snprintf(name, sizeof name, "%s" OUTBOX_FAILURE_SUFFIX, t->id);
    snprintf(aside, sizeof aside, "%s.new", name);
    if (folder >= 0)
        unlinkat(folder, aside, 0); /* of a run that was killed */
    bool is_written = folder >= 0 &&
                      outbox_spool_place(t->f->db, t->f->settings->folder, t->place) &&
                      file_make(folder, aside, octets, &owner) &&
                      file_take_place(folder, aside, name);
    if (!is_written)
        trouble(t, t->f->settings->folder, strerror(errno));
    if (folder >= 0)
        close(folder);
    return is_written;
}

static bool
insert_report(struct taking *t, size_t octets)
{
    struct statement *s = database_prepare(
        t->f->db,
        "INSERT INTO outgoing (id, policy_domain, day, policy_hash, part, state, due, "
        "records, messages, octets, built, finished, lease_host, lease_until, kind) VALUES "
        "(?1, ?2, ?3, ?4, 0, ?5, ?6, 1, ?7, ?8, ?6, ?9, ?10, 0, 1)");
    size_t used;
    struct sceau_slice own[2];
    struct sceau_slice id = sceau_slice_from(t->id);
    if (!outbox_add_deliveries(t->f->db, t->arena, id, t->record.ruf,
                               t->record.ruf_count,
                               outbox_own_names(t->f->settings, own), t->f->now, &used))
        return false;
    bind_text(s, 1, id);
    bind_text(s, 2, t->sample.policy_domain);
    bind_int(s, 3, t->time / DAY);
    bind_blob(s, 4, id); /* of no configuration: a report of its own */
    bind_int(s, 5, used > 0 ? OUTBOX_BUILT : OUTBOX_FINISHED);
    bind_int(s, 6, t->f->now);
    bind_int(s, 7, (int64_t)t->more + 1);
    bind_int(s, 8, (int64_t)octets);
    bind_int(s, 9, used > 0 ? 0 : t->f->now);
    bind_text(s, 10, sceau_slice_from(t->place));
    return statement_step(s) == 0;
}

static bool
report(struct taking *t)
{
    const char *why;
    set_id(t);
    if (t->f->settings->is_hiding_reserved)
        outbox_hide_reserved(&t->sample.client);
    const struct failure_entity entity = {.sample = &t->sample,
                                          .id = t->id,
                                          .incidents =
                                              t->more < UINT32_MAX /* RFC 5965 */
                                                  ? t->more + 1
                                                  : UINT32_MAX};
    struct sceau_slice octets = failure_entity_write(t->arena, &entity, &why);
    if (octets.ptr == NULL) {
        trouble(t, t->id, why);
        return count_only(t);
    }
    /* The file before the commit: one too many is overwritten, one too few is a report lost. */
    if (database_is_shared(t->f->db)) {
        if (!outbox_spool_put(t->f->db, t->id, SPOOL_FAILURE, octets))
            return false;
    } else if (!write_file(t, octets))
        return count_only(t);
    t->f->counts.reported++;
    return insert_report(t, octets.len) && write_limit(t, t->time, 0);
}

/* The record says once more what the milter read in it: the journal may be older than a rule. A
 * sample that only counts brings none. */
static bool
is_wanted(struct taking *t)
{
    if (t->sample.policy_domain.len == 0 || t->time <= t->f->now - FAILURE_STALE)
        return false;
    if (t->sample.header.len == 0)
        return true;
    return sceau_dmarc_record_parse(t->arena, t->sample.record, &t->record, NULL) ==
               SCEAU_OK &&
           t->record.ruf_count > 0 && t->record.psd != SCEAU_DMARC_PSD_Y;
}

static bool
take(struct taking *t)
{
    bool is_full = false;
    t->time = (int64_t)(t->sample.time_us / 1000000);
    if (!is_wanted(t)) {
        t->f->counts.dropped++;
        return true;
    }
    if (!read_limit(t))
        return false;
    if (t->sample.header.len == 0 ||
        (t->is_known && t->reported > 0 && t->time < t->reported + FAILURE_INTERVAL))
        return count_only(t);
    if (!is_too_much(t, &is_full))
        return false;
    return is_full ? count_only(t) : report(t);
}

bool
outbox_failure_take(struct outbox_failures *f, struct sceau_slice payload)
{
    struct taking t = {.f = f, .arena = sceau_arena_new(SAMPLE_ARENA)};
    if (t.arena == NULL || sample_read(payload, &t.sample) != SCEAU_OK) {
        f->counts.dropped++;
        sceau_arena_free(t.arena);
        return true;
    }
    bool is_good = take(&t);
    sceau_arena_free(t.arena);
    return is_good;
}

void
outbox_failure_end(struct outbox_failures *f, bool is_kept)
{
    if (is_kept)
        f->kept = f->counts;
    else
        f->counts = f->kept;
}

/* ---- what is over ---- */

static bool
forget_one(struct database *db, const char *folder, struct sceau_slice id)
{
    char name[OUTBOX_ID_SIZE];
    struct statement *deliveries =
        database_prepare(db, "DELETE FROM delivery WHERE report = ?1");
    struct statement *outgoing =
        database_prepare(db, "DELETE FROM outgoing WHERE id = ?1");
    snprintf(name, sizeof name, "%.*s", SLICE_ARG(id));
    bind_text(deliveries, 1, id);
    bind_text(outgoing, 1, id);
    return statement_step(deliveries) == 0 && statement_step(outgoing) == 0 &&
           outbox_spool_forget(db, folder, name);
}

bool
outbox_failure_untold(struct database *db, int64_t *messages)
{
    *messages = 0;
    return meta_number(db, UNTOLD, messages) >= 0;
}

/* What was counted, and is told by no later report, is not lost without a word. */
static bool
forget_limits(struct database *db, int64_t before)
{
    int64_t untold;
    struct statement *sum = database_prepare(
        db, "SELECT coalesce(sum(more), 0) FROM failure_limit WHERE reported < ?1");
    struct statement *limits =
        database_prepare(db, "DELETE FROM failure_limit WHERE reported < ?1");
    bind_int(sum, 1, before);
    int64_t more = statement_step(sum) == 1 ? column_int(sum, 0) : -1;
    statement_reset(sum);
    if (more < 0 || !outbox_failure_untold(db, &untold) ||
        (more > 0 && !meta_write_number(db, UNTOLD, untold + more)))
        return false;
    bind_int(limits, 1, before);
    return statement_step(limits) == 0;
}

/* How many there were, FORGET_AT_ONCE at most; -1: the database failed. */
static int
forget_some(struct database *db, struct sceau_arena *arena, const char *folder,
            int64_t before)
{
    struct sceau_slice ids[FORGET_AT_ONCE];
    int count = 0, step = 0;
    struct statement *s = database_prepare(
        db, "SELECT id FROM outgoing WHERE kind = 1 AND built < ?1 AND (state = 1 OR "
            "finished < ?1)");
    bind_int(s, 1, before);
    while (count < FORGET_AT_ONCE && (step = statement_step(s)) == 1)
        ids[count++] = slice_copy(arena, column_text(s, 0));
    statement_reset(s);
    for (int i = 0; i < count; i++)
        if (!forget_one(db, folder, ids[i]))
            return -1;
    return step >= 0 && forget_limits(db, before) ? count : -1;
}

/* FAILURE_HOUR makes 14,400 of a day. */
bool
outbox_failure_forget(struct database *db, const char *folder, int64_t before)
{
    struct sceau_arena *arena = sceau_arena_new(SAMPLE_ARENA);
    int count = arena != NULL ? FORGET_AT_ONCE : -1;
    while (count == FORGET_AT_ONCE) {
        sceau_arena_clear(arena);
        count = database_begin(db) ? forget_some(db, arena, folder, before) : -1;
        if (count < 0)
            database_rollback(db);
        else if (!database_commit(db))
            count = -1;
    }
    sceau_arena_free(arena);
    return count >= 0;
}
