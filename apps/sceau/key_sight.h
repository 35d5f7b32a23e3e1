/* What every name server of its zone says of a key's record. */
#ifndef APP_KEY_SIGHT_H
#define APP_KEY_SIGHT_H

#include "environment.h"
#include "keys/life.h"

struct key_sight {
    struct keys_observation seen;
    struct sceau_slice name;   /* of the record, S._domainkey.D */
    struct sceau_slice server; /* that is wrong, or did not tell: "ns1.example.org
                                  [192.0.2.1]"; empty: DNS itself could not tell */
    const char *reason;        /* N_(); NULL when all is right */
};

/* Ask each server of the zone that the record is in. Answers from a file (--dns) stand for
 * one server. Blocks for a few seconds when servers are silent. */
void key_sight(struct environment *env, struct sceau_slice domain,
               const struct keys_key *key, struct key_sight *sight);

#endif
