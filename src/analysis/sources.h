/* Rows become sources, and sources get their class: the first of six rules that holds.
 * A mark by the administrator comes before all of them. */
#ifndef ANALYSIS_SOURCES_H
#define ANALYSIS_SOURCES_H

#include "analysis.h"
#include "core/hash.h"

/* A line of the store's roll-up. */
struct analysis_row {
    int day;
    struct sceau_ip ip; /* version 0: the reporter wrote no address */
    enum report_aligned dkim, spf;
    enum report_disposition disposition;
    enum analysis_cause cause;
    unsigned flags;
    uint64_t count, reports;
    struct sceau_slice domain; /* of From; empty: not told */
    uint64_t ip_hash;          /* analysis_ip_hash; 0: found when it is needed */
};

/* Nothing is aligned. */
static inline bool
analysis_row_fails(const struct analysis_row *row)
{
    return row->dkim != REPORT_ALIGNED_PASS && row->spf != REPORT_ALIGNED_PASS;
}

/* Seven lines that differ in their day alone. */
struct analysis_week {
    struct analysis_row row; /* of the first day; count and reports are not read */
    uint64_t counts[ANALYSIS_WEEK], reports[ANALYSIS_WEEK];
};

struct analysis_mark {
    struct sceau_slice domain; /* empty: all */
    struct sceau_slice source; /* a key */
    enum analysis_class class;
    struct sceau_slice note, author;
    int64_t until; /* 0: for good */
};

/* Who knows addresses. */
struct analysis_describer {
    /* Fill in what is known of address->ip besides the rows: names, network, country, and
     * first_seen (0: not known). Texts live as long as the arena. */
    void (*describe)(struct analysis_describer *self, struct analysis_address *address);
};

/* Where the borders between the classes lie. */
#define ANALYSIS_WELL_SHARE      980 /* thousandths compliant */
#define ANALYSIS_WELL_MESSAGES   10
#define ANALYSIS_SURVIVES_SHARE  800 /* aligned by DKIM */
#define ANALYSIS_SURVIVES_SPF    200 /* and at most so many by SPF */
#define ANALYSIS_OVERRIDE_SHARE  100 /* messages with a reason of forwarders */
#define ANALYSIS_BROKEN_SHARE    500 /* whose own signature is broken */
#define ANALYSIS_STEADY_SHARE    900 /* signed validly by another domain */
#define ANALYSIS_STEADY_MESSAGES 50
#define ANALYSIS_STEADY_DAYS     3
#define ANALYSIS_SWING_DAYS      2    /* of each kind */
#define ANALYSIS_ADDRESSES_MAX   8000 /* further ones are one source, "unknown" */
#define ANALYSIS_FORGED_MAX      3000 /* of those that begin with a failure */
#define ANALYSIS_FOREIGN_REPORTS 2
#define ANALYSIS_FAILS_MAX       30000 /* struct analysis_fails of all sources */

struct analysis_question {
    struct sceau_arena *arena;
    struct hash_key key;       /* random: strangers choose addresses and names */
    struct sceau_slice domain; /* empty: all together */
    int from_day, to_day, today;
    int known_since; /* the first day with a report on the domain; 0: not known */
    int64_t now;
    const struct analysis_ours *ours;
    const struct analysis_mark *marks;
    size_t mark_count;
    struct analysis_describer *describer;
};

struct analysis_sources;

/* NULL when the arena is full. What the question points to is borrowed; the describer, until
 * the sources are done. */
struct analysis_sources *analysis_sources_new(const struct analysis_question *question);

/* Key, name and kind of the source that an address belongs to: ours, else a service (by the
 * host's name, its AS, who else signs), else the organisation of the host's name, else who else
 * signs, else the AS, else the network. `domain` is who is asked about, or empty; `own` may be
 * NULL; the key is NULL when the arena is full. Texts may be those of the address. */
void analysis_source_name(struct sceau_arena *arena, const struct analysis_address *a,
                          struct sceau_slice domain, const struct analysis_own *own,
                          struct analysis_source *source);

/* Of an address, in all sources whose questions have that key. */
uint64_t analysis_ip_hash(const struct hash_key *key, const struct sceau_ip *ip);

/* One row more, in any order; rows outside the days are left out. False when the arena is
 * full: what comes out then is wrong. Constant time but for a new address. */
bool analysis_sources_add(struct analysis_sources *s, const struct analysis_row *row);
bool analysis_sources_add_week(struct analysis_sources *s,
                               const struct analysis_week *week);

/* Would the week's row have the describer asked for its address, were `pending` others added
 * before it? */
bool analysis_sources_wants(struct analysis_sources *s,
                            const struct analysis_week *week, size_t pending);

/* Are all failures before the spark in its source's fails_before? Not of thousands of sources
 * that fail for years. */
bool analysis_sources_have_fails(const struct analysis_sources *s);

/* The source of an address that was in a row; NULL: it was in none. */
struct analysis_source *analysis_source_of_ip(struct analysis_sources *s,
                                              const struct sceau_ip *ip);

/* The address itself, as it was described. */
const struct analysis_address *analysis_address_of_ip(struct analysis_sources *s,
                                                      const struct sceau_ip *ip);

/* Classes are decided and all is put into order: by class as enumerated, the largest
 * first, equal ones by key. NULL with *count 0 when there is none or the arena is full. */
struct analysis_source *const *analysis_sources_done(struct analysis_sources *s,
                                                     size_t *count);

/* Of some of the rows; the classes are those that `whole`, which had all
 * of them and is done, came to. */
struct analysis_source *const *analysis_sources_done_as(struct analysis_sources *s,
                                                        struct analysis_sources *whole,
                                                        size_t *count);

void analysis_counts_add(struct analysis_counts *c, const struct analysis_row *row);
void analysis_counts_join(struct analysis_counts *c,
                          const struct analysis_counts *more);

#endif
