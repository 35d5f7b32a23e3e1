/* What senders make of a name's MTA-STS, in one word and its numbers: of a table's row. */
#ifndef CHECK_MTASTS_SIGHT_H
#define CHECK_MTASTS_SIGHT_H

#include "mtasts_facts.h"

enum mtasts_state {
    MTASTS_STATE_ABSENT,    /* neither record nor policy file */
    MTASTS_STATE_UNREAD,    /* a record; nobody has asked for the file */
    MTASTS_STATE_UNKNOWN,   /* DNS or our own network could not tell */
    MTASTS_STATE_UNREACHED, /* a record, and the file's host was not reached */
    MTASTS_STATE_BROKEN,    /* one half, or one that is wrong: senders have no policy */
    MTASTS_STATE_NONE,      /* in force, of this mode */
    MTASTS_STATE_TESTING,
    MTASTS_STATE_ENFORCE,
};

/* "absent", "not read"; the modes are the policy's own words in every language. */
const char *mtasts_state_word(enum mtasts_state state);

struct mtasts_sight {
    enum mtasts_state state;
    struct sceau_slice id;              /* of the one valid record; empty: none */
    const struct mtasts_policy *policy; /* of the file, in force or not; NULL: none */
    int64_t left_until; /* it is one of before that senders may keep; 0: it is not */
    size_t mx_count, covered; /* mail hosts; those that it names */
};

/* Do senders go by its policy, or some of them still? */
bool mtasts_sight_binds(const struct mtasts_sight *sight);

/* The policy lives as long as the subject's arena; the id as the answers. */
struct mtasts_sight mtasts_sight_of(struct check_subject *s);

#endif
