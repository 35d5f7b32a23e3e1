/* Which report is it: what tells one from another, and finds it again when it comes twice. */
#ifndef STORE_REPORT_KEY_H
#define STORE_REPORT_KEY_H

#include "core/text.h"
#include "report/report.h"

/* How far the sender of a report is known. Kept in the store: numbers stay. */
enum report_authenticated {
    REPORT_BY_HAND,         /* a file that was given to us by somebody who may */
    REPORT_AUTHENTICATED,   /* its mail's own DMARC passes */
    REPORT_UNAUTHENTICATED, /* it does not */
};

struct report_identity {
    enum report_format format;
    enum report_authenticated authenticated;
    struct sceau_slice sender; /* author's domain of the mail; empty by hand */
    struct sceau_slice org_name, report_id, policy_domain;
    int64_t begin, end;
};

/* Octets of what a reporter writes and an index holds: a row of an index has room for 2,704 on
 * PostgreSQL. Policy domains have DOMAIN_MAX. */
#define REPORT_ORG_NAME_MAX 255
#define REPORT_ID_MAX       512
#define REPORT_KEY_MAX      1000 /* of the text below */

/* The text of all that; its SHA-256, in hexadecimal, where it is longer than REPORT_KEY_MAX. The
 * sender is in it, with a mark when he is not authenticated, so that a forged report never stands
 * in the way of a real one (DESIGN.md section 11). Empty when the arena is full. */
struct sceau_slice report_key_text(struct sceau_arena *arena,
                                   const struct report_identity *identity);

/* The first 63 bits of its SHA-256. */
int64_t report_key_id(struct sceau_slice key_text);

#endif
