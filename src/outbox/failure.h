/* Samples of failed messages become failure reports (RFC 9991): each is counted, and one of a
 * kind in an hour becomes a file and its deliveries, in the transaction that says the sample was
 * taken, so that no sample makes two reports and none is forgotten, wherever a crash comes.
 *
 * Anybody can send mail that fails; so nothing of it says how often or to whom a report goes
 * (RFC 9991 section 8.1). To whom is asked of DNS before each delivery, as for aggregate
 * reports (deliver.h). */
#ifndef OUTBOX_FAILURE_H
#define OUTBOX_FAILURE_H

#include "build.h"

#define FAILURE_INTERVAL 3600 /* seconds between two reports of one domain and cause */
#define FAILURE_DOMAIN_HOUR \
 10 /* reports of one policy domain an hour, whatever the cause */
#define FAILURE_HOST_HOUR 60          /* to one host an hour, whoever's they are */
#define FAILURE_HOUR      600         /* in all */
#define FAILURE_STALE     (3 * 86400) /* an older sample is no news */

struct outbox_failure_counts {
    uint64_t reported, counted, dropped;
};

struct outbox_failures {
    struct database *db;
    const struct outbox_settings *settings;
    int64_t now;
    struct outbox_failure_counts counts, kept; /* kept: before this transaction */
    char problem[OUTBOX_PROBLEM]; /* the last trouble; "" when all went well */
};

/* One record of type 2 of the journal. In the caller's transaction. False when the database
 * failed. A sample that makes no report because of the disk is counted, with a problem. */
bool outbox_failure_take(struct outbox_failures *f, struct sceau_slice payload);

/* The caller's transaction is over: what was counted in one that was undone is not. */
void outbox_failure_end(struct outbox_failures *f, bool is_kept);

/* Forget failure reports that were finished before `before`, or built then and sent to nobody
 * since, and their files. False when the database failed. */
bool outbox_failure_forget(struct database *db, const char *folder, int64_t before);

/* Messages that were counted for a report, and none came after them to tell: since the store was
 * made. */
bool outbox_failure_untold(struct database *db, int64_t *messages);

#endif
