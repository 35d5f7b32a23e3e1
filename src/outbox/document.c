#include "document.h"

#include "sceau/dmarc.h"

#include "core/ip.h"
#include "record_error.h"
#include "store/observation.h"

#include <stdlib.h>

#define DAY 86400

struct sceau_slice
outbox_policy_record(struct database *db, struct sceau_arena *arena,
                     struct sceau_slice policy_hash)
{
    struct statement *s =
        database_prepare(db, "SELECT record FROM policy WHERE hash = ?1");
    bind_blob(s, 1, policy_hash);
    struct sceau_slice record =
        statement_step(s) == 1 ? slice_copy(arena, column_text(s, 0)) : SLICE_NONE;
    statement_reset(s);
    return record;
}

/* ---- the policy, as this host read it ---- */

static enum report_disposition
disposition_of(enum sceau_dmarc_policy policy)
{
    switch (policy) {
    case SCEAU_DMARC_POLICY_NONE: return REPORT_DISPOSITION_NONE;
    case SCEAU_DMARC_POLICY_QUARANTINE: return REPORT_DISPOSITION_QUARANTINE;
    case SCEAU_DMARC_POLICY_REJECT: return REPORT_DISPOSITION_REJECT;
    }
    return REPORT_DISPOSITION_UNKNOWN;
}

static enum report_mode
mode_of(enum sceau_dmarc_alignment alignment)
{
    return alignment == SCEAU_DMARC_STRICT ? REPORT_MODE_STRICT : REPORT_MODE_RELAXED;
}

/* "The elements from p and onwards contain the discovered or default value" (RFC 9990
 * section 3.1.1.5). */
static void
fill_policy(struct report_policy *policy, struct sceau_arena *arena,
            struct sceau_slice text)
{
    struct sceau_dmarc_record record;
    if (sceau_dmarc_record_parse(arena, text, &record, NULL) != SCEAU_OK)
        return;
    policy->p = disposition_of(record.p);
    policy->sp = disposition_of(record.sp);
    policy->np = disposition_of(record.np);
    policy->adkim = mode_of(record.adkim);
    policy->aspf = mode_of(record.aspf);
    policy->testing = record.is_testing ? REPORT_TESTING_YES : REPORT_TESTING_NO;
    policy->fo = record.fo_text;
    policy->pct = outbox_record_pct(text);
}

static struct report_aggregate
head_of(struct outbox_document *d, struct sceau_arena *arena)
{
    struct report_aggregate head = {
        .org_name = d->settings->organization,
        .email = d->settings->from,
        .extra_contact_info = d->settings->contact,
        .report_id = sceau_slice_from(d->id),
        .begin = d->day * DAY,
        .end = (d->day + 1) * DAY - 1,
        .generator = SCEAU_SLICE("sceau " SCEAU_VERSION),
        .policy = {.domain = d->policy_domain, .discovery = d->settings->discovery},
    };
    d->record = outbox_policy_record(d->db, arena, d->policy_hash);
    head.error = outbox_record_error(arena, d->record);
    fill_policy(&head.policy, arena, d->record);
    return head;
}

/* ---- rows ---- */

static const struct ip_network private_networks[] = {
    {{4, {10}},         8  },
    {{4, {172, 16}},    12 },
    {{4, {192, 168}},   16 },
    {{4, {127}},        8  },
    {{4, {169, 254}},   16 },
    {{4, {100, 64}},    10 },
    {{6, {0xfc}},       7  },
    {{6, {0xfe, 0x80}}, 10 },
    {{6, {[15] = 1}},   128},
};

void
outbox_hide_reserved(struct sceau_ip *ip)
{
    for (size_t i = 0; i < sizeof private_networks / sizeof *private_networks; i++) {
        const struct ip_network *n = &private_networks[i];
        if (ip_in_network(ip, &n->address, n->prefix)) {
            memset(ip->octets, 0, sizeof ip->octets);
            return;
        }
    }
}

/* A row of `observation` without its share: the sum is known when the next one comes. */
struct held_row {
    struct sceau_slice ip, header_from, envelope_from, row, hash; /* in `octets` */
    char *octets;
    size_t size;
    int64_t count, share; /* the last share that was added */
    bool is_there;
};

static struct sceau_slice
keep(struct sceau_slice from, char **end)
{
    struct sceau_slice kept = {*end, from.len};
    if (from.len > 0)
        memcpy(*end, from.ptr, from.len);
    *end += from.len;
    return kept;
}

static bool
hold(struct held_row *held, struct statement *row)
{
    const struct sceau_slice parts[] = {column_blob(row, 0), column_text(row, 1),
                                        column_text(row, 2), column_blob(row, 3),
                                        column_blob(row, 5)};
    size_t len = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        len += parts[i].len;
    if (len > held->size) {
        char *octets = realloc(held->octets, 2 * len);
        if (octets == NULL)
            return false;
        held->octets = octets;
        held->size = 2 * len;
    }
    char *end = held->octets;
    held->ip = keep(parts[0], &end);
    held->header_from = keep(parts[1], &end);
    held->envelope_from = keep(parts[2], &end);
    held->row = keep(parts[3], &end);
    held->hash = keep(parts[4], &end);
    held->count = 0;
    held->is_there = true;
    return true;
}

static void
add_share(struct held_row *held, int64_t count)
{
    if (__builtin_add_overflow(held->count, count, &held->count))
        held->count = INT64_MAX;
}

static bool
read_row(const struct held_row *held, const struct outbox_settings *settings,
         struct report_record *record)
{
    record->ip = ip_of_octets(held->ip);
    record->header_from = held->header_from;
    record->envelope_from = held->envelope_from;
    record->envelope_to = SLICE_NONE;
    record->count = (uint64_t)held->count;
    if (settings->is_hiding_reserved)
        outbox_hide_reserved(&record->ip);
    return observation_read(held->row, record);
}

static void
note_row(struct outbox_document *d, struct sceau_slice hash)
{
    d->last_len = hash.len < sizeof d->last ? hash.len : sizeof d->last;
    memcpy(d->last, hash.ptr, d->last_len);
}

static void
write_row(struct outbox_document *d, struct aggregate_writer *writer,
          struct held_row *held)
{
    static _Thread_local struct report_record record; /* 20 KB: not on the stack */
    if (!held->is_there)
        return;
    held->is_there = false;
    note_row(d, held->hash);
    if (read_row(held, d->settings, &record) && aggregate_write_record(writer, &record))
        d->messages += record.count;
}

/* The limit may have cut the last row's shares in two. */
static bool
add_rest(struct outbox_document *d, struct held_row *held)
{
    struct statement *s = database_prepare(
        d->db,
        "SELECT count FROM observation WHERE policy_domain = ?1 AND day = ?2 AND "
        "policy_hash = ?3 AND row_hash = ?4 AND share > ?5");
    int step;
    bind_text(s, 1, d->policy_domain);
    bind_int(s, 2, d->day);
    bind_blob(s, 3, d->policy_hash);
    bind_blob(s, 4, held->hash);
    bind_int(s, 5, held->share);
    while ((step = statement_step(s)) == 1)
        add_share(held, column_int(s, 0));
    return step == 0;
}

static bool
write_rows(struct outbox_document *d, struct aggregate_writer *writer)
{
    struct held_row held = {.is_there = false};
    const uint32_t most =
        d->settings->records > 0 ? d->settings->records : OUTBOX_RECORDS;
    uint32_t read = 0;
    int step;
    bool is_good = true;
    struct statement *rows = database_prepare(
        d->db,
        "SELECT ip, header_from, envelope_from, row, count, row_hash, share FROM "
        "observation WHERE policy_domain = ?1 AND day = ?2 AND policy_hash = ?3 ORDER BY "
        "row_hash, share LIMIT ?4");
    bind_text(rows, 1, d->policy_domain);
    bind_int(rows, 2, d->day);
    bind_blob(rows, 3, d->policy_hash);
    bind_int(rows, 4, most);
    while (is_good && (step = statement_step(rows)) == 1) {
        read++;
        if (!held.is_there || !slice_eq(held.hash, column_blob(rows, 5))) {
            write_row(d, writer, &held);
            is_good = hold(&held, rows);
        }
        add_share(&held, column_int(rows, 4));
        held.share = column_int(rows, 6);
    }
    is_good = is_good && step == 0;
    if (is_good && read == most)
        is_good = add_rest(d, &held);
    if (is_good)
        write_row(d, writer, &held);
    free(held.octets);
    return is_good;
}

bool
outbox_document_write(struct outbox_document *document, struct sceau_arena *arena,
                      struct aggregate_writer *writer,
                      bool (*put)(struct aggregate_writer *, struct sceau_slice))
{
    struct report_aggregate head = head_of(document, arena);
    document->records = document->messages = 0;
    document->last_len = 0;
    aggregate_write_begin(writer, document->flavour, put, &head);
    bool is_read = write_rows(document, writer);
    document->records = writer->records;
    return aggregate_write_end(writer) && is_read;
}
