/* What is asked of the reports: one struct from a query string or from options, and back
 * again in one form, and in words: "example.org, fails, source 203.0.113.0/24, last 30
 * days". */
#ifndef INSIGHT_FILTER_H
#define INSIGHT_FILTER_H

#include "analysis/analysis.h"
#include "core/text.h"
#include "language/language.h"

#define FILTER_DAYS_DEFAULT 30
#define FILTER_DAYS_MAX     3660

enum filter_result {
    FILTER_ALL,
    FILTER_PASSES, /* something is aligned */
    FILTER_FAILS,  /* nothing is */
};

struct filter {
    struct sceau_slice domain; /* empty: all; that of From, so subdomains are others */
    int from_day, to_day;      /* both included */
    int days;  /* "the last N days" as it was asked; 0: from and to were */
    int today; /* the day of now */
    struct sceau_slice source; /* a key; empty: all */
    bool has_network;
    struct ip_network network;
    struct sceau_slice reporter;
    bool has_class, has_cause, has_disposition;
    enum analysis_class class;
    enum analysis_cause cause;
    enum report_disposition disposition;
    enum filter_result result;
    struct sceau_slice selector;
    bool is_new; /* only sources that are new in the range */
};

/* The last FILTER_DAYS_DEFAULT days of everything; days end yesterday or today, whichever
 * has reports, so they end today. */
void filter_init(struct filter *f, int64_t now);

/* One "name=value", decoded. False, with a sentence in the reader's language in `problem`
 * (in the arena, escaped), when the name or the value is not understood. Names: domain,
 * days, from, to (2026-11-29), source, ip (address or network), reporter, class, cause,
 * disposition, result (pass, fail), selector, new (1). An empty value takes the choice
 * away. */
bool filter_set(struct filter *f, struct sceau_arena *arena, enum language language,
                struct sceau_slice name, struct sceau_slice value,
                struct sceau_slice *problem);

/* A whole query string, "a=b&c=%20d", with those names and others that `ignored` knows
 * (NULL: none). */
bool filter_read(struct filter *f, struct sceau_arena *arena, enum language language,
                 struct sceau_slice query, bool (*ignored)(struct sceau_slice name),
                 struct sceau_slice *problem);

/* The query string of a filter: only what differs from filter_init, always in one order,
 * percent-encoded; empty when nothing does. `without_domain`: for paths that name it. */
void filter_query(struct text *out, const struct filter *f, bool without_domain);

/* In words, without a full stop. In the arena, escaped for a terminal. */
struct sceau_slice filter_sentence(struct sceau_arena *arena, enum language language,
                                   const struct filter *f);

/* ---- parts, for others that read URLs ---- */

/* "%2F" and "+" decoded in the arena; {NULL, 0} for a broken escape or a NUL. */
struct sceau_slice filter_decode(struct sceau_arena *arena, struct sceau_slice text);
void filter_encode(struct text *out, struct sceau_slice text);

#endif
