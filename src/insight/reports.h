/* P7 and P10: the reports one by one, and what became of all that came in. */
#ifndef INSIGHT_REPORTS_H
#define INSIGHT_REPORTS_H

#include "insight.h"

#define INSIGHT_REPORTS_MAX 10000 /* of one list */
#define INSIGHT_INTAKE_MAX  10000
#define INSIGHT_RECORDS_MAX 2000 /* of one report, on its page */

/* A page of a list: so many rows behind so many; of what was asked for behind the last row, the
 * last page. `total` is told. */
struct insight_part {
    uint64_t from, most, total;
};
/* Of so many rows. */
void insight_part_of(struct insight_part *part, uint64_t total);

/* The latest first, of the filter's domain, range and reporter. */
struct insight_reports {
    struct table table;
    const int64_t *ids; /* of each row */
};
bool insight_reports(struct insight *in, const struct filter *f,
                     struct insight_part *part, struct insight_reports *reports);

/* One in full. */
struct insight_report {
    bool is_known; /* false: there is no such one */
    int64_t id;
    struct sceau_slice org_name, email, contact, report_id, policy_domain, reporter,
        generator, error, origin, container, pct;
    int64_t begin, end, received;
    unsigned format, authenticated;
    enum report_disposition p, sp, np;
    enum report_mode adkim, aspf;
    bool is_rfc9990, is_whole, is_counted, has_raw;
    uint64_t records, messages, both, dkim_only, spf_only, neither, contradictions;
    struct table rows;    /* at most INSIGHT_RECORDS_MAX, the failing ones first */
    struct table repairs; /* what was read otherwise than it stands there */
};
bool insight_report(struct insight *in, int64_t id, struct insight_report *report);

/* The file as it came; is_known false when it is not kept any more. */
struct insight_raw {
    bool is_known;
    struct sceau_slice name, octets, policy_domain;
};
bool insight_report_raw(struct insight *in, int64_t id, struct insight_raw *raw);

/* Ids as pages have them: 16 hexadecimal digits. */
struct sceau_slice insight_report_name(struct sceau_arena *arena, int64_t id);
bool insight_report_read(struct sceau_slice name, int64_t *id);

/* What came in, within the filter's range: places, sums by outcome, lines: what was not simply
 * accepted first, the latest of it first. */
struct insight_intake {
    struct table places, outcomes, lines;
    const int64_t *line_reports; /* 0: none */
};
bool insight_intake(struct insight *in, const struct filter *f,
                    struct insight_part *part, struct insight_intake *intake);

/* Why, for people: the cell "detail" of a line, which lies in the store in English. What
 * stands behind its colon is of others: escaped for a terminal, or for who escapes himself as
 * it is. In the arena. */
struct sceau_slice insight_intake_why(struct sceau_arena *arena, enum language language,
                                      struct sceau_slice detail, bool is_for_terminal);

#endif
