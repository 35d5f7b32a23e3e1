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
has_messages(const struct analysis_week *week)
{
    for (unsigned n = 0; n < ANALYSIS_WEEK; n++)
        if (week->counts[n] > 0)
            return true;
    return false;
}

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
    static char octets[WEEK_ROW_MAX], many[8 * WEEK_ROW_MAX];
    struct sceau_slice all = {(const char *)data, size};
    struct week_reader r = week_reader_over(all);
    struct analysis_week week, again;
    struct week_writer whole; /* rows that share names with the one before */
    week_writer_begin(&whole, many, sizeof many);
    bool has_room = true;
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
        has_room = has_room && week_writer_add(&whole, &week);
    }
    r = week_reader_over(all);
    struct week_reader back = week_reader_over((struct sceau_slice){many, whole.len});
    while (week_reader_next(&back, &again)) {
        do
            assert(week_reader_next(&r, &week));
        while (!has_messages(&week));
        assert(is_same(&week, &again));
    }
    assert(!back.in.is_broken);
    return 0;
}
