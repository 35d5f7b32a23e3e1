/* Who is handing a mail over. A claim is a random number in the delivery's row, a new one each
 * time that it is taken or renewed. On one host it ends at a time of its clock. Where several
 * share a store no two clocks are compared, as in store/lease.h: who has seen the same claim for
 * OUTBOX_LEASE seconds of his own running time takes it away. Its holder renews it when it is
 * CLAIM_RENEW seconds old, by his own running time, before he sends another octet; he does not
 * when it was taken away. A transfer lasts less than OUTBOX_LEASE - CLAIM_RENEW, so nobody loses
 * it while he is at work.
 *
 * Who has not looked for CLAIM_BLIND seconds, as when the store was away, begins anew: the holder
 * could not tell it what became of the mail, and gets the time for it (struct outbox_memory).
 * sceau-reportd looks every five minutes, and may take as long for its other work.
 *
 * Who ends after each look, as from cron, has what it saw kept in the store, with the start of the
 * machine that its running time counts from. Rare looks say nothing of the store in between: such
 * a one begins anew once for each claim. It would take a store that is away twice, each time when
 * it looks for longer than CLAIM_BLIND, with a holder who is alive and tells it nothing between.
 *
 * What is left: one who is stopped between his last look and the last octet, for OUTBOX_LEASE -
 * CLAIM_RENEW seconds or longer, and then goes on, has sent what another one has sent as well:
 * with the same Report-ID, as RFC 9990 section 3.5.4 asks of a report that is sent again. */
#ifndef OUTBOX_CLAIM_H
#define OUTBOX_CLAIM_H

#include "core/slice.h"
#include "core/text.h"

#define OUTBOX_LEASE 900 /* seconds that a mail may be on its way to the MTA */
#define CLAIM_RENEW  200
#define CLAIM_BLIND \
 600 /* seconds without a look, after which what was seen is forgotten */
#define CLAIM_SIZE  33 /* octets of one, with its NUL */
#define CLAIMS_SEEN 64 /* of others, at a time: each process has one */

/* What one process, or one host, has seen of others. All zeros: nothing yet. */
struct claims {
    struct claim_seen {
        char claim[CLAIM_SIZE];
        int64_t first;     /* when, in seconds of running time */
        bool has_been_new; /* it was counted anew, after a long time without a look */
        bool is_there;     /* in this look */
    } seen[CLAIMS_SEEN];
    size_t count;
    int64_t looked; /* the last time; 0: never */
};

/* A look at those that are in the store at `at`, one after the other: may this one be taken
 * away? Between _begin and _end; what was not named in between is forgotten. `has_lived`: by the
 * process that looked before, so one that has not looked for long could not. */
void claims_begin(struct claims *claims, int64_t at, bool has_lived);
bool claims_is_over(struct claims *claims, const char *claim, int64_t at);
void claims_end(struct claims *claims);

/* As text, for those who come after this process; `boot` is lease_boot. Of text that is of another
 * boot, or of nobody, comes nothing. */
#define CLAIMS_TEXT (CLAIMS_SEEN * (CLAIM_SIZE + 24) + 64)
void claims_format(struct text *t, const struct claims *claims, const char *boot);
void claims_parse(struct sceau_slice text, const char *boot, struct claims *claims);

/* Has the holder to renew it before he goes on? */
bool claim_is_old(int64_t claimed, int64_t at);

/* False when there is no random number to be had. */
bool claim_make(char claim[CLAIM_SIZE]);

#endif
