/* Octets as rows of a report: texts lie inside, and what can be read is written and read back to the
 * same, texts that are none mended. */
#include "store/report_rows.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
lies_in(struct sceau_slice text, struct sceau_slice all)
{
    assert(text.len == 0 ||
           (text.ptr >= all.ptr && text.ptr + text.len <= all.ptr + all.len));
}

static void
is_same(struct sceau_slice text, struct sceau_slice again)
{
    char *mended = malloc(3 * text.len + 1);
    assert(mended != NULL);
    assert(slice_eq(again, (struct sceau_slice){mended, slice_mend(text, mended)}));
    free(mended);
}

static void
are_same(const struct reported_row *a, const struct reported_row *b)
{
    const struct report_record *x = &a->record, *y = &b->record;
    assert(memcmp(&x->ip, &y->ip, sizeof x->ip) == 0 && x->count == y->count &&
           x->disposition == y->disposition && x->dkim == y->dkim && x->spf == y->spf &&
           a->judgement.flags == b->judgement.flags &&
           a->judgement.cause == b->judgement.cause &&
           x->reason_count == y->reason_count && x->dkim_count == y->dkim_count &&
           x->spf_count == y->spf_count);
    is_same(a->domain, b->domain);
    is_same(x->source, y->source);
    is_same(x->header_from, y->header_from);
    is_same(x->envelope_from, y->envelope_from);
    is_same(x->envelope_to, y->envelope_to);
    for (size_t i = 0; i < x->reason_count; i++) {
        assert(x->reasons[i].type == y->reasons[i].type);
        is_same(x->reasons[i].comment, y->reasons[i].comment);
    }
    for (size_t i = 0; i < x->dkim_count; i++) {
        assert(x->dkim_results[i].result == y->dkim_results[i].result);
        is_same(x->dkim_results[i].domain, y->dkim_results[i].domain);
        is_same(x->dkim_results[i].selector, y->dkim_results[i].selector);
    }
    for (size_t i = 0; i < x->spf_count; i++) {
        assert(x->spf_results[i].result == y->spf_results[i].result &&
               x->spf_results[i].scope == y->spf_results[i].scope);
        is_same(x->spf_results[i].domain, y->spf_results[i].domain);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct report_rows_writer w;
    static struct report_rows_reader r, back;
    static struct reported_row row, again;
    struct sceau_slice all = {(const char *)data, size};
    uint64_t written = 0;
    report_rows_begin(&w, SCEAU_SLICE("policy.test"));
    report_rows_over(&r, all);
    while (report_rows_next(&r, &row)) {
        lies_in(row.domain, all);
        lies_in(row.record.source, all);
        if (!report_rows_add(&w, row.domain, &row.record, &row.judgement))
            break;
        written++;
    }
    report_rows_over(&r, all);
    report_rows_over(&back, (struct sceau_slice){w.octets, w.len});
    for (uint64_t i = 0; i < written; i++) {
        assert(report_rows_next(&r, &row) && report_rows_next(&back, &again));
        are_same(&row, &again);
    }
    assert(!report_rows_next(&back, &again) && !back.in.is_broken);
    return 0;
}
