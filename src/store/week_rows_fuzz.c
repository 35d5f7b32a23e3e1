/* Octets as a packed week: rows lie inside, and what can be read is written and read back to
 * the same, but for a domain that is none (cut.h). */
#include "store/week_rows.h"

#include "core/domain.h"
#include "store/cut.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
is_same(const struct analysis_week *a, const struct analysis_week *b)
{
    return memcmp(&a->row.ip, &b->row.ip, sizeof a->row.ip) == 0 &&
           slice_eq(cut_text(a->row.domain, DOMAIN_MAX), b->row.domain) &&
           a->row.dkim == b->row.dkim && a->row.spf == b->row.spf &&
           a->row.disposition == b->row.disposition && a->row.cause == b->row.cause &&
           a->row.flags == b->row.flags &&
           memcmp(a->counts, b->counts, sizeof a->counts) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char octets[WEEK_ROW_MAX];
    struct sceau_slice all = {(const char *)data, size};
    struct week_reader r = week_reader_over(all);
    struct analysis_week week, again;
    while (week_reader_next(&r, &week)) {
        struct week_writer w;
        assert(week.row.domain.len == 0 ||
               (week.row.domain.ptr >= all.ptr &&
                week.row.domain.ptr + week.row.domain.len <= all.ptr + all.len));
        week_writer_begin(&w, octets, sizeof octets);
        assert(week_writer_add(&w, &week));
        if (w.len == 0)
            continue;
        struct week_reader back = week_reader_over((struct sceau_slice){octets, w.len});
        assert(week_reader_next(&back, &again) && is_same(&week, &again));
    }
    return 0;
}
