/* MTA-STS of one name: its record, and its policy as fetched. */
#ifndef CHECK_MTASTS_FACTS_H
#define CHECK_MTASTS_FACTS_H

#include "https.h"
#include "mtasts.h"

struct check_mtasts {
    struct sceau_slice owner, url;
    struct sceau_dns_answer answer; /* TXT at the owner */
    const struct sceau_dns_rr *rr;  /* the record; the last one of several */
    size_t record_count;
    struct https_answer page;
    bool has_policy;             /* fetched and valid: a sender has it, with a record */
    struct mtasts_policy policy; /* only then */
    struct sceau_diag diag;      /* what is wrong with it, else */
    struct mtasts_policy left;   /* one that was there, and that senders may keep */
    int64_t left_until;          /* until then, seconds since the epoch; 0: none */
};

/* Never NULL. Connects when the probe is allowed, the policy's host has an address, and no
 * answer of it was kept. */
const struct check_mtasts *check_mtasts(struct check_subject *s);

/* The policy that senders have: as fetched, or one of before that they may keep (section 3.3:
 * it is valid for max_age, whatever becomes of record and file). NULL: none. */
const struct mtasts_policy *check_mtasts_policy(const struct check_mtasts *m);

/* The next mail host that this policy does not name, at or behind the *at-th of check_mx; NULL:
 * there is none. *at is then behind it. A policy of mode none names nobody. */
const struct check_host *check_mtasts_uncovered(struct check_subject *s, size_t *at);

/* Does a record stand at _mta-sts? Asks DNS alone; trouble is no. */
bool check_has_mtasts_record(struct check_subject *s);

/* Will senders refuse to deliver to this host when its certificate is not valid? */
bool check_mtasts_enforces(struct check_subject *s, struct sceau_slice host);

extern const struct check_family check_mtasts_family;

#endif
