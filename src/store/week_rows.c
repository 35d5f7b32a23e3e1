#include "week_rows.h"

#include "core/domain.h"
#include "core/ip.h"
#include "cut.h"

#include <assert.h>
#include <string.h>

enum {
    HAS_DOMAIN = 1, /* the first octet of a row */
    HAS_IP = 2,
};

static_assert(DOMAIN_MAX <= UINT8_MAX, "its length is an octet");
static_assert(1 + 1 + DOMAIN_MAX + 1 + 16 + 4 + PACKED_NUMBER_MAX + 1 +
                      (size_t)ANALYSIS_WEEK * 2 * PACKED_NUMBER_MAX <=
                  WEEK_ROW_MAX,
              "a row has room");

/* ---- writing ---- */

void
week_writer_begin(
    struct week_writer *w,
    /* NOLINTNEXTLINE(readability-non-const-parameter): written to later */
    char *octets, size_t size)
{
    *w = (struct week_writer){.octets = octets, .size = size};
}

static void
put(struct week_writer *w, unsigned octet)
{
    w->octets[w->len++] = (char)(uint8_t)octet;
}

static void
put_octets(struct week_writer *w, struct sceau_slice octets)
{
    put(w, (unsigned)octets.len);
    if (octets.len > 0)
        memcpy(w->octets + w->len, octets.ptr, octets.len);
    w->len += octets.len;
}

static void
put_number(struct week_writer *w, uint64_t number)
{
    w->len = (size_t)(packed_put_number(w->octets + w->len, number) - w->octets);
}

static void
put_names(struct week_writer *w, const struct analysis_row *row)
{
    struct sceau_slice domain = cut_text(row->domain, DOMAIN_MAX);
    bool has_domain = !w->has_row || !slice_eq(w->domain, domain);
    bool has_ip = !w->has_row || !slice_eq(ip_octets(&w->ip), ip_octets(&row->ip));
    put(w, (has_domain ? HAS_DOMAIN : 0) | (has_ip ? HAS_IP : 0));
    if (has_domain) {
        put_octets(w, domain);
        w->domain = (struct sceau_slice){w->octets + w->len - domain.len, domain.len};
    }
    if (has_ip) {
        put_octets(w, ip_octets(&row->ip));
        w->ip = row->ip;
    }
    w->has_row = true;
}

bool
week_writer_add(struct week_writer *w, const struct analysis_week *week)
{
    const struct analysis_row *row = &week->row;
    unsigned days = 0;
    for (unsigned n = 0; n < ANALYSIS_WEEK; n++)
        days |= week->counts[n] > 0 ? 1U << n : 0;
    if (days == 0)
        return true;
    if (w->size - w->len < WEEK_ROW_MAX)
        return false;
    put_names(w, row);
    put(w, row->dkim);
    put(w, row->spf);
    put(w, row->disposition);
    put(w, row->cause);
    put_number(w, row->flags);
    put(w, days);
    for (unsigned n = 0; n < ANALYSIS_WEEK; n++) {
        if (week->counts[n] == 0)
            continue;
        put_number(w, week->counts[n]);
        put_number(w, week->reports[n]);
    }
    return true;
}

/* ---- reading ---- */

struct week_reader
week_reader_over(struct sceau_slice octets)
{
    return (struct week_reader){.in = {.rest = octets}};
}

bool
week_reader_next(struct week_reader *r, struct analysis_week *week)
{
    struct packed *p = &r->in;
    if (p->rest.len == 0 || p->is_broken)
        return false;
    unsigned begins = packed_take(p);
    if (begins & HAS_DOMAIN)
        r->domain = packed_take_octets(p, packed_take(p));
    if (begins & HAS_IP)
        r->ip = ip_of_octets(packed_take_octets(p, packed_take(p)));
    *week = (struct analysis_week){
        .row = {.ip = r->ip, .domain = r->domain}
    };
    struct analysis_row *row = &week->row;
    row->dkim =
        (enum report_aligned)packed_below(packed_take(p), REPORT_ALIGNED_FAIL + 1);
    row->spf =
        (enum report_aligned)packed_below(packed_take(p), REPORT_ALIGNED_FAIL + 1);
    row->disposition =
        (enum report_disposition)packed_below(packed_take(p), REPORT_DISPOSITIONS);
    row->cause = (enum analysis_cause)packed_below(packed_take(p), ANALYSIS_CAUSES);
    row->flags = (unsigned)packed_take_number(p);
    unsigned days = packed_take(p);
    for (unsigned n = 0; n < ANALYSIS_WEEK; n++) {
        if (!(days & 1U << n))
            continue;
        week->counts[n] = packed_take_number(p);
        week->reports[n] = packed_take_number(p);
    }
    return !p->is_broken;
}
