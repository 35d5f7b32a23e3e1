/* Which reports there are to send: one for each policy domain, policy configuration and day
 * that is over (RFC 9990 section 3.1), for domains that ask for reports. */
#ifndef OUTBOX_PLAN_H
#define OUTBOX_PLAN_H

#include "destinations.h"
#include "identity.h"
#include "report/report.h"
#include "store/database.h"

enum outbox_state {
    OUTBOX_PLANNED,  /* its rows are in `observation` */
    OUTBOX_BUILT,    /* its file is in the folder, its deliveries have begun */
    OUTBOX_FINISHED, /* every delivery has come to its end */
};

/* Anybody makes rows of a domain of his own. So many are some MB of a mail, which servers take,
 * and far from what the strict reader refuses (REPORT_RECORDS_MAX). */
#define OUTBOX_RECORDS 100000

/* What is sent. */
enum outbox_kind {
    OUTBOX_AGGREGATE, /* RFC 9990 */
    OUTBOX_FAILURE,   /* RFC 9991 (failure.h) */
};

struct outbox_settings {
    struct sceau_slice organization; /* org_name */
    struct sceau_slice from;         /* email: local@domain */
    struct sceau_slice contact;      /* extra_contact_info; may be empty */
    struct sceau_slice receiver;     /* who reports: a domain name */
    const char *folder;              /* of built reports */
    uint32_t spread;                 /* seconds, OUTBOX_SPREAD; 0: pacing is off */
    enum report_discovery discovery; /* how this host finds policies */
    bool is_hiding_reserved; /* addresses of no public network become 0.0.0.0 or :: */
    struct sceau_slice return_path; /* where bounces go; may be empty */
    struct outbox_names never; /* destinations and policy domains that get no report */
    struct outbox_names accepting; /* destinations that need not say that they accept */
    struct outbox_names
        rfc7489; /* destinations and policy domains that read no RFC 9990 */
    uint32_t
        host_reports; /* to one host an hour, with pacing; 0: OUTBOX_HOST_REPORTS */
    uint32_t records; /* of one report, the rest is a further part; 0: OUTBOX_RECORDS */
};

struct outbox_planned {
    uint64_t planned;  /* new ones */
    uint64_t unwanted; /* domains and days whose owner asks for no report: forgotten */
    uint64_t looped;   /* that had mail of loops alone: forgotten as well */
};

/* A report about nothing but reports would be answered by another one, for ever (FEATURES G5).
 * Mail that passes DMARC counts as such when its envelope sender is null (bounces, answers of
 * machines), when it is our own (the domain of `from`), or as far as reports of this sender
 * were taken in that day. Forged mail never does: its owner is to know. */

/* Configurations of one transaction. On a server each is four journeys. In a file ids are random, so
 * any number of them changes most pages of `outgoing` and its indexes: they are written once for many,
 * a fifth of a second's work. */
#define OUTBOX_PLAN_BATCH  4000
#define OUTBOX_PLAN_SHARED 100 /* where other hosts write meanwhile */

/* Rows that one transaction on a file takes away, of configurations that nobody wants to hear of: half
 * a second's work, while no other process writes. One more configuration may come on top. */
#define OUTBOX_PLAN_ROWS 50000

/* Plan what is not planned yet, of all days before `now`'s. What was folded after a report
 * was built is planned as a further part of it. Between two
 * transactions is_stopping (NULL: never) is asked, and the next call goes on where that was. False when the
 * database failed; what was planned before stays so. About 10 us for each report. */
bool outbox_plan(struct database *db, const struct outbox_settings *settings,
                 int64_t now, struct outbox_planned *planned,
                 bool (*is_stopping)(void *self), void *self);

/* The addresses that no report goes to, in `own`. */
struct outbox_names outbox_own_names(const struct outbox_settings *settings,
                                     struct sceau_slice own[2]);

/* The number that the store has for ever: random, in `meta`, made by outbox_plan. "": there is
 * none yet. False when the database failed. */
bool outbox_store_name(struct database *db, char name[OUTBOX_ID_SIZE]);

/* The identity of a report about this day; `part` counts from 0. The buffer keeps what the
 * identity points to. */
#define OUTBOX_CONFIGURATION 40 /* octets: a hash and the part */
struct outbox_identity outbox_identity_of(const struct outbox_settings *settings,
                                          const char *store,
                                          struct sceau_slice policy_domain, int64_t day,
                                          struct sceau_slice policy_hash, int64_t part,
                                          char configuration[OUTBOX_CONFIGURATION]);

#endif
