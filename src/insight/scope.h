/* A question put to the store: which policy domains it concerns, and rows on their way to
 * sources. For the files of this folder alone. */
#ifndef INSIGHT_SCOPE_H
#define INSIGHT_SCOPE_H

#include "analysis/sources.h"
#include "insight.h"

struct scope {
    struct insight *in;
    const struct filter *f;
    struct sceau_slice policy_domain; /* empty: all */
    struct sceau_slice author;        /* that From domain alone; empty: all below */
    const struct sceau_slice
        *policies; /* the policy domains to read, one after another */
    size_t policy_count;
    int from_day, to_day;
    bool is_whole;                  /* conditions on rows are left out: for classes */
    bool only_fails;                /* of the rows */
    struct analysis_sources *whole; /* has described the addresses; NULL: not yet */
    struct scope *part;    /* of some of the rows: gathered with those of this one */
    struct scope *reading; /* of which this is the part: it has looked addresses up */
    struct analysis_sources
        *gathered;            /* of a part, while all is read; NULL: not read */
    struct insight_day *days; /* of the range; NULL unless wanted: days_want() */
    bool days_of_whole; /* no second reading follows: the first has the range's rows */
    bool wants_recent;  /* readiness is asked next: kept.h keeps its sources as well */
    struct expected *expected; /* addresses.h */
    struct analysis_describer describer;
    struct analysis_question question;
};

/* Resolve the filter's domain: a policy domain stands for all that was reported under it,
 * any other for mail that is From it. False: the store, or the arena. */
bool scope_open(struct scope *s, struct insight *in, const struct filter *f);

/* Another range of days. */
void scope_days(struct scope *s, int from_day, int to_day);

/* Each row of the roll-up that the filter admits (source and class aside), with the days that
 * are asked. The row's texts live until the next one. */
struct row_reader {
    bool (*row)(struct row_reader *self,
                const struct analysis_week *week); /* false: stop */
    /* Will the row's address be described? Then the store is asked for it before, with
     * others; `pending` of them wait. NULL: none will. */
    bool (*wants)(struct row_reader *self, const struct analysis_week *week,
                  size_t pending);
};
bool scope_rows(struct scope *s, struct row_reader *reader);

/* Is such a row asked for, the days aside? Its reporter and selector are not looked at. */
bool scope_asks(const struct scope *s, const struct analysis_row *row);

/* All rows as sources, with classes decided by what the sources sent altogether, in 28 days
 * at least, whatever else the filter asks of rows. NULL: an error. */
struct analysis_sources *scope_sources(struct scope *s,
                                       struct analysis_source *const **list,
                                       size_t *count);

/* ---- small things ---- */

/* Note the error and give false. */
bool scope_fail(struct insight *in);
bool scope_full(struct insight *in);
bool scope_broken_report(struct insight *in); /* octets that nobody wrote as its rows */

struct sceau_slice scope_text(struct insight *in, struct statement *s, int column);
struct sceau_ip scope_ip(struct statement *s, int column);

/* In small letters, as part of a pattern of LIKE ... ESCAPE '!'. */
void scope_like(struct text *t, struct sceau_slice part);

/* As texts lie in an index: by their octets; below 0, 0, above. */
int scope_order(struct sceau_slice a, struct sceau_slice b);

/* Note a fact under a name in the table meta, in place of what was there. */
bool scope_note(struct insight *in, struct sceau_slice name, struct sceau_slice value);

/* A list that grows in the arena: elements of one size. */
struct growing {
    struct sceau_arena *arena;
    size_t size; /* of an element */
    void *items;
    size_t count, capacity;
    bool is_full;
};
/* A new element at the end, zeroed; NULL when the arena is full. */
void *growing_add(struct growing *g);

/* Every policy domain of the store, by name. */
bool scope_policy_domains(struct insight *in, const struct sceau_slice **domains,
                          size_t *count);

/* Does the filter ask for that source: of its class, by its key, new in the range? */
bool scope_wants_source(const struct filter *f, const struct analysis_source *s);

#endif
