/* Uses of keys, for whoever is to revoke one: those in the milter's journal, read once for
 * all domains, at the first question, and no further back than it matters; and those that
 * reporters saw, when there is a store. */
#ifndef APP_KEY_EVIDENCE_H
#define APP_KEY_EVIDENCE_H

#include "keys/life.h"
#include "selectors_seen.h"
#include "store/database.h"

struct key_evidence {
    struct sceau_arena *arena; /* has the uses; limits how many there may be */
    struct sceau_slice state;  /* the state directory */
    int64_t age;               /* seconds that matter */
    struct key_evidence_domain {
        struct sceau_slice domain;
        struct key_evidence_use *uses; /* a list */
    } * domains;                       /* sorted */
    size_t domain_count;
    bool is_read;
    struct selectors_journal journal; /* its problem may be the store's */
    struct database *store;           /* NULL: there is none */
    int64_t now;
};

/* For keys of these domains, and no others. False when memory is exhausted. */
bool key_evidence_init(struct key_evidence *evidence, struct sceau_arena *arena,
                       struct sceau_slice state, int64_t age,
                       const struct sceau_slice *domains, size_t count,
                       enum language language);

/* Ask the store as well, which is open to be read; it stays the caller's. `problem`: why
 * there is none though there should be; empty: none. */
void key_evidence_store(struct key_evidence *evidence, struct database *store,
                        const char *problem, int64_t now);

/* What journal and store tell of a key. evidence->journal.problem says why it is partial. */
struct keys_use key_evidence_of(struct key_evidence *evidence,
                                struct sceau_slice domain, struct sceau_slice selector);

#endif
