#include "document.h"

#include "sceau/dmarc.h"

#include "core/ip.h"
#include "store/observation.h"

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
}

static struct report_aggregate
head_of(const struct outbox_document *d, struct sceau_arena *arena)
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
    fill_policy(&head.policy, arena,
                outbox_policy_record(d->db, arena, d->policy_hash));
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

static struct sceau_ip
address_of(struct sceau_slice octets)
{
    struct sceau_ip ip = {.version = octets.len == 4 ? 4 : octets.len == 16 ? 6 : 0};
    if (ip.version != 0)
        memcpy(ip.octets, octets.ptr, octets.len);
    return ip;
}

static bool
read_row(struct statement *row, const struct outbox_settings *settings,
         struct report_record *record)
{
    record->ip = address_of(column_blob(row, 0));
    record->header_from = column_text(row, 1);
    record->envelope_from = column_text(row, 2);
    record->envelope_to = SLICE_NONE;
    record->count = (uint64_t)column_int(row, 4);
    if (settings->is_hiding_reserved)
        outbox_hide_reserved(&record->ip);
    return observation_read(column_blob(row, 3), record);
}

static void
note_row(struct outbox_document *d, struct sceau_slice hash)
{
    d->last_len = hash.len < sizeof d->last ? hash.len : sizeof d->last;
    memcpy(d->last, hash.ptr, d->last_len);
}

static bool
write_rows(struct outbox_document *d, struct aggregate_writer *writer)
{
    static _Thread_local struct report_record record; /* 20 KB: not on the stack */
    int step;
    struct statement *rows = database_prepare(
        d->db,
        "SELECT ip, header_from, envelope_from, row, count, row_hash FROM observation WHERE "
        "policy_domain = ?1 AND day = ?2 AND policy_hash = ?3 ORDER BY row_hash LIMIT "
        "?4");
    const uint32_t most = d->settings->records;
    bind_text(rows, 1, d->policy_domain);
    bind_int(rows, 2, d->day);
    bind_blob(rows, 3, d->policy_hash);
    bind_int(rows, 4, most > 0 ? most : OUTBOX_RECORDS);
    while ((step = statement_step(rows)) == 1) {
        note_row(d, column_blob(rows, 5));
        if (read_row(rows, d->settings, &record) &&
            aggregate_write_record(writer, &record))
            d->messages += record.count;
    }
    return step == 0;
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
