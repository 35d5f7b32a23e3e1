/* What a record's text alone tells: findings of the catalogue of checks that need no
 * DNS. */
#ifndef CHECK_LINT_H
#define CHECK_LINT_H

#include "language/language.h"
#include "outcome.h"

struct check_lint_finding {
    const char *id;              /* of the catalogue: "dmarc.pct" */
    enum check_outcome severity; /* info, warning or problem */
    size_t offset;               /* octets into the record: where the cause begins */
    struct sceau_slice text;     /* one sentence; text of the record is escaped */
};

#define CHECK_LINT_FINDINGS_MAX 64 /* of one record; what comes after is left out */

struct check_lint {
    bool is_valid; /* receivers read it as its author means it */
    bool is_cut;   /* there is more to say than CHECK_LINT_FINDINGS_MAX */
    const struct check_lint_finding *findings; /* in the order of the record, roughly */
    size_t count;
};

/* Lint the text of one DMARC record (RFC 9989 sections 4.7 and 4.8).
 *
 * arena     owns the findings
 * language  of the sentences
 * record    the TXT strings, joined with nothing between
 *
 * Returns SCEAU_OK, also for what is no record, or SCEAU_E_LIMIT when the arena is
 * full. */
enum sceau_status check_lint_dmarc(struct sceau_arena *arena, enum language language,
                                   struct sceau_slice record, struct check_lint *lint);

/* The English keyword that this value translates ("rejet": "reject"), or NULL. */
const char *check_lint_english(struct sceau_arena *arena, struct sceau_slice value);

/* The same for one SPF record (RFC 7208). Its own terms only: what it includes costs
 * lookups too, which needs DNS. */
enum sceau_status check_lint_spf(struct sceau_arena *arena, enum language language,
                                 struct sceau_slice record, struct check_lint *lint);

#endif
