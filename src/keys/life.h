/* The life of a key: what is due, from what was seen of its record and of its use.
 *
 *     next      -> active    every name server serves the record, and has for as long as an
 *                            answer without it may be kept; the active key of its type
 *                            retires in the same step
 *     active                 looked at once a day: a record that is gone or different is told
 *     retiring  -> revoked   its time of grace is over, and so long nothing used it
 *
 * Pure: who asks DNS, reads the journal and writes the state is apps/sceau/key_rotate.c.
 * A step that was done is not due again: whoever is killed begins anew. */
#ifndef KEYS_LIFE_H
#define KEYS_LIFE_H

#include "keys/state.h"

#define KEYS_RECHECK_SECONDS ((int64_t)86400)

/* The record on the name servers. */
enum keys_sight {
    KEYS_SIGHT_NOT_ASKED,
    KEYS_SIGHT_EVERYWHERE, /* right, on every one */
    KEYS_SIGHT_WRONG,      /* one of them at least has none, or another */
    KEYS_SIGHT_UNKNOWN,    /* not wrong on any, but not all answered */
};

struct keys_observation {
    enum keys_sight sight;
    int64_t
        wait; /* seconds that an answer without the record, or with an older one, may
                   * be kept by resolvers */
};

/* What the journal tells of a key's use. */
struct keys_use {
    int64_t since;   /* the journal has everything from then on; 0: it tells nothing */
    int64_t last;    /* use seen; 0: none */
    bool is_partial; /* some of it could not be read: there may have been uses */
};

struct keys_rules {
    int64_t now;
    int64_t grace;    /* seconds */
    int64_t lifetime; /* seconds; 0: for ever */
    bool wants_evidence;
};

enum keys_step {
    KEYS_STEP_NONE,
    KEYS_STEP_MISSING,    /* next: the record is not there yet, or wrong */
    KEYS_STEP_PUBLISHED,  /* next: seen everywhere for the first time; then it waits */
    KEYS_STEP_LOST,       /* next: it was there, and is not now: the wait begins anew */
    KEYS_STEP_WAITING,    /* next: until `until` */
    KEYS_STEP_ACTIVATED,  /* it signs from now on */
    KEYS_STEP_CONFIRMED,  /* active: the record is right */
    KEYS_STEP_ALARM,      /* active or retiring: the record is gone or different */
    KEYS_STEP_UNKNOWN,    /* DNS could not tell */
    KEYS_STEP_GRACE,      /* retiring: until `until` */
    KEYS_STEP_USED,       /* retiring: used since; until `until` at least */
    KEYS_STEP_UNPROVEN,   /* retiring: the journal does not reach back far enough */
    KEYS_STEP_UNREADABLE, /* retiring: not all of the journal could be read */
    KEYS_STEP_REVOKED,    /* the record may go now */
};

struct keys_outcome {
    enum keys_step step;
    int64_t until;   /* when to look again, where the step says so; else 0 */
    bool is_changed; /* the domain's state is another one: commit it */
};

/* "missing", "published", ... for JSON. Static text. */
const char *keys_step_name(enum keys_step step);

/* Is it time to ask for the key's record? */
bool keys_wants_sight(const struct keys_key *key, int64_t now);

/* Does the use of the key decide? */
bool keys_wants_use(const struct keys_key *key, const struct keys_rules *rules);

/* Is a new key to be begun beside this one? */
bool keys_is_worn(const struct keys_domain *domain, const struct keys_key *key,
                  const struct keys_rules *rules);

/* Do what is due with one key of the domain. */
struct keys_outcome keys_live(struct keys_domain *domain, struct keys_key *key,
                              const struct keys_observation *seen,
                              const struct keys_use *use,
                              const struct keys_rules *rules);

/* NULL when the text of a TXT record is the key's record as a receiver reads it; else what
 * is wrong with it: static text, N_(). Further tags may stand there. */
const char *keys_record_differs(struct sceau_arena *arena, const struct keys_key *key,
                                struct sceau_slice text);

#endif
