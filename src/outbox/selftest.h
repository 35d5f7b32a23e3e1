/* Before the first report leaves (FEATURES G1): does mail of ours come back, does it pass
 * DMARC, has the host that it leaves from a name? A mail goes to the return path through the
 * same mail server and with the same author as a report; when it has come back, to the intake
 * or by hand, our own engine looks at it. What is known lies in `meta`, for each set of
 * settings: when these change, or are another host's, the test begins anew. */
#ifndef OUTBOX_SELFTEST_H
#define OUTBOX_SELFTEST_H

#include "sceau/dns.h"

#include "store/database.h"

#define SELFTEST_HASH    33 /* octets of a hash with its NUL */
#define SELFTEST_PROBLEM 256
#define SELFTEST_AGAIN   86400 /* seconds until another mail is sent by itself */
#define SELFTEST_RETRY   3600  /* the same when the mail server did not take it */

/* What came back proves something for so long. Where the intake saw it the next mail goes in time
 * for another day or two to come back; who confirmed it by hand is reminded after a while. */
#define SELFTEST_VALID  (30 * 86400)
#define SELFTEST_RENEW  (27 * 86400)
#define SELFTEST_REMIND (INT64_C(90) * 86400)

/* What decides whether reports arrive. */
struct selftest_settings {
    struct sceau_slice organization, from, return_path;
    struct sceau_slice receiver; /* who reports */
    struct sceau_slice server;   /* report.smtp, and who logs in there */
    struct sceau_slice user;
    struct sceau_slice host; /* that mail leaves from */
};

struct selftest {
    char settings[SELFTEST_HASH];
    uint64_t nonce;                 /* in the token of the mail on its way; 0: none */
    int64_t sent;                   /* taken by the mail server; times; 0: not yet */
    int64_t again;                  /* when another mail may go */
    int64_t arrived;                /* and passed DMARC, aligned */
    bool is_by_hand;                /* a person said that it came back */
    int64_t named;                  /* the host's names and addresses match */
    char problem[SELFTEST_PROBLEM]; /* of the mail, a sentence; "": none is known */
    char host_problem[SELFTEST_PROBLEM]; /* of the host */
};

/* The hash of all but the organisation's name. */
void selftest_hash(const struct selftest_settings *settings, char hash[SELFTEST_HASH]);

/* What is known with these settings. False when the database fails; so below. */
bool selftest_read(struct database *db, const char *hash, struct selftest *test);

/* What is known of the mail with this number, with whatever settings, another host's as well:
 * test->nonce is 0 when there is none. */
bool selftest_find(struct database *db, uint64_t nonce, struct selftest *test);

/* Of all settings, those which something was last heard of: for the dashboard. */
bool selftest_read_latest(struct database *db, struct selftest *test);

/* In a transaction of the caller. */
bool selftest_write(struct database *db, const struct selftest *test);

/* `test` takes the place of `before`, on the disk. Where another process was faster, as when several
 * hosts with the same settings start at once, *is_ours is false, and `test` what that one wrote:
 * its mail is on the way, and would come back to nobody. */
bool selftest_change(struct database *db, const struct selftest *before,
                     struct selftest *test, bool *is_ours);

/* A mail that came back too long ago has not come back. */
void selftest_expire(struct selftest *test, int64_t now);

/* Is another mail to go, though it has passed? */
bool selftest_is_old(const struct selftest *test, int64_t now);

bool selftest_has_passed(const struct selftest *test);

/* What is missing, a sentence, and what helps, another one. NULL: nothing. */
const char *selftest_missing(const struct selftest *test);
const char *selftest_remedy(const struct selftest *test);

/* A new nonce; what came back `is_kept` until the new mail does. False when there is no random number. */
bool selftest_begin(struct selftest *test, bool is_kept);

/* The mail, to the address with the nonce's token. {NULL, 0}: the arena is full. */
struct sceau_slice selftest_mail(struct sceau_arena *arena,
                                 const struct selftest_settings *settings,
                                 struct sceau_slice to, uint64_t nonce, int64_t now);

/* Has each address of the host a name, one of which leads back to it? Sets `named` or
 * `host_problem`. */
void selftest_look_at_host(struct selftest *test, struct sceau_context *context,
                           struct sceau_slice host);

#endif
