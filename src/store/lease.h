/* Work that one of several hosts does for all. A lease is a row with a number that its holder
 * counts up; who sees the same number for LEASE_SECONDS of his own monotonic clock takes it,
 * by an update that names the number that he saw. So no two clocks are compared: they may
 * differ as they like, as long as each runs at about the speed of the others.
 *
 * A holder who was frozen believes for LEASE_VALID seconds of his own clock at most that he
 * holds it, and asks the row itself before each commit (lease_confirm): what another one has
 * taken over meanwhile is undone. What goes out of the house is guarded by itself (claims). */
#ifndef STORE_LEASE_H
#define STORE_LEASE_H

#include "database.h"

#define LEASE_SECONDS 120
#define LEASE_VALID   90
#define LEASE_HOLDER  128 /* octets of a name, with its NUL */

struct lease_row {
    bool is_there;
    char holder[LEASE_HOLDER]; /* "": nobody */
    int64_t beat;
};

struct lease {
    const char *name;
    const char *self;      /* who we are: no other process has this name, ever */
    struct lease_row seen; /* and last changed */
    int64_t seen_at;       /* monotonic seconds, when we first saw it so */
    int64_t asked;         /* when we began to take or renew it */
    bool is_ours;
};

/* What to do about a row that was read, asked for at `at`. */
enum lease_wish {
    LEASE_LEAVE,
    LEASE_INSERT, /* ours with beat 1, if there still is none */
    LEASE_UPDATE, /* ours with the next beat, if holder and beat are still those seen */
};
enum lease_wish lease_look(struct lease *l, const struct lease_row *row, int64_t at);

/* What came of it. */
void lease_told(struct lease *l, enum lease_wish wish, bool is_done);

/* May we work? `at` is now. */
bool lease_is_held(const struct lease *l, int64_t at);

/* Seconds of running time, for `at`: it goes on while the machine sleeps. */
int64_t lease_clock(void);

/* Which start of the machine lease_clock counts from, for what is kept longer than a process.
 * False where the system does not say, as in the sandbox of our units. */
#define LEASE_BOOT 40 /* octets, with the NUL */
bool lease_boot(char boot[LEASE_BOOT]);

/* The three of them, with the store: take it if it is free, renew it if it is ours. False:
 * the store failed, and the lease is as it was. `at` is now. */
bool lease_take(struct database *db, struct lease *l, int64_t at);

/* For database_guard, within a transaction of what the lease is for: is it still ours? 1, 0; -1:
 * the store failed. The row says as well that we go on, and is locked until the end: who has seen
 * it stand still takes it before this or not at all. */
int lease_confirm(struct database *db, const struct lease *l);

/* At an orderly end: nobody has to wait. */
bool lease_give(struct database *db, struct lease *l);

/* All that a process had which is known to have ended. */
bool lease_give_of(struct database *db, struct sceau_slice holder);

#endif
