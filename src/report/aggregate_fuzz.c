/* Any octets as an aggregate report: in whatever chunks they come the same is heard, sums
 * are those of the records, and the parts of each sum add up. What is read past expat is what
 * expat reads, and what the judge of our own reports takes says the same to expat. */
#include "aggregate.h"

#include "../../tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What one reading came to. */
struct outcome {
    struct report_sink sink;
    uint64_t records, messages, repairs,
        told;        /* as heard; `told` is a sum over places */
    uint64_t values; /* a sum over what the records say */
    bool is_whole, is_rfc9990;
    struct report_totals totals;
    unsigned reports, refusals;
    enum report_refusal_kind refusal;
};

static uint64_t
sum_of(struct sceau_slice s)
{
    uint64_t sum = s.len;
    for (size_t i = 0; i < s.len; i++)
        sum = sum * 31 + (unsigned char)s.ptr[i];
    return sum;
}

static void
on_record(struct report_sink *self, const struct report_record *r)
{
    struct outcome *o = (struct outcome *)self;
    CHECK(r->count <= REPORT_COUNT_MAX);
    CHECK(r->dkim_count <= REPORT_DKIM_MAX && r->spf_count <= REPORT_SPF_MAX);
    CHECK(r->header_from.len <= REPORT_TEXT_MAX && slice_is_utf8(r->header_from));
    CHECK(r->ip.version == 0 || r->ip.version == 4 || r->ip.version == 6);
    o->records++;
    o->messages += r->count;
    o->values += sum_of(r->header_from) + sum_of(r->envelope_from) +
                 sum_of(r->envelope_to) + sum_of(r->source) + r->disposition;
    for (size_t i = 0; i < r->dkim_count; i++)
        o->values += sum_of(r->dkim_results[i].domain) * 3 +
                     sum_of(r->dkim_results[i].human_result) * 5;
    for (size_t i = 0; i < r->reason_count; i++)
        o->values += sum_of(r->reasons[i].comment) * 7;
}

static void
on_repair(struct report_sink *self, const struct report_repair *r)
{
    struct outcome *o = (struct outcome *)self;
    CHECK(r->line > 0 && report_repair_text(r->kind) != NULL);
    o->repairs++;
    o->told += r->line * (r->kind + 1u) + r->found.len;
}

static void
on_aggregate(struct report_sink *self, const struct report_aggregate *a)
{
    struct outcome *o = (struct outcome *)self;
    const struct report_totals *t = &a->totals;
    uint64_t applied = 0;
    for (size_t i = 0; i < REPORT_DISPOSITIONS; i++)
        applied += t->dispositions[i];
    CHECK(t->records == o->records && t->messages == o->messages);
    CHECK(t->both + t->dkim_only + t->spf_only + t->neither + t->unknown ==
          t->messages);
    CHECK(applied == t->messages);
    CHECK(a->repairs >= o->repairs);
    CHECK(t->records > 0 || a->policy.domain.len > 0);
    o->totals = *t;
    o->is_whole = a->is_whole;
    o->is_rfc9990 = a->is_rfc9990;
    o->values += sum_of(a->org_name) + sum_of(a->extra_contact_info) + sum_of(a->error);
    o->reports++;
}

static void
on_refused(struct report_sink *self, const struct report_refusal *r)
{
    struct outcome *o = (struct outcome *)self;
    CHECK(report_refusal_text(r->kind) != NULL);
    o->refusal = r->kind;
    o->refusals++;
}

static struct outcome
read_in_chunks(struct sceau_slice xml, size_t chunk,
               struct aggregate_reader *make(struct report_sink *))
{
    struct outcome o = {
        .sink = {.record = on_record,
                 .repair = on_repair,
                 .aggregate = on_aggregate,
                 .refused = on_refused}
    };
    struct aggregate_reader *reader = make(&o.sink);
    for (bool wants_more = reader != NULL; wants_more && xml.len > 0;) {
        size_t len = xml.len < chunk ? xml.len : chunk;
        wants_more = aggregate_feed(reader, slice_sub(xml, 0, len));
        xml = slice_skip(xml, len);
    }
    if (reader != NULL)
        aggregate_end(reader);
    aggregate_free(reader);
    CHECK(reader == NULL || o.reports + o.refusals == 1);
    return o;
}

static void
compare(const struct outcome *one, const struct outcome *other)
{
    CHECK(one->records == other->records && one->messages == other->messages);
    CHECK(one->reports == other->reports && one->refusal == other->refusal);
    CHECK(one->repairs == other->repairs && one->told == other->told);
    CHECK(one->values == other->values);
    CHECK(memcmp(&one->totals, &other->totals, sizeof one->totals) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice xml = {(const char *)data, size};
    struct outcome whole = read_in_chunks(xml, SIZE_MAX, aggregate_new),
                   pieces = read_in_chunks(xml, 13, aggregate_new),
                   by_expat = read_in_chunks(xml, SIZE_MAX, aggregate_new_by_expat),
                   strict = read_in_chunks(xml, SIZE_MAX, aggregate_new_strict),
                   parts = read_in_chunks(xml, 13, aggregate_new_strict);
    compare(&whole, &pieces);
    compare(&whole, &by_expat);
    compare(&strict, &parts);
    if (strict.is_whole && strict.repairs == 0) {
        compare(&strict, &whole);
        CHECK(whole.is_whole && whole.is_rfc9990 == strict.is_rfc9990);
    }
    return 0;
}
