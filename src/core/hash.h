/* A keyed hash for tables whose keys a stranger chooses: without the key nobody can make
 * names that collide. SipHash-2-4 (Aumasson and Bernstein, 2012). */
#ifndef CORE_HASH_H
#define CORE_HASH_H

#include "slice.h"

/* From a random source where a stranger chooses keys; any value where none does. */
struct hash_key {
    uint64_t k0, k1;
};

uint64_t hash_octets(const struct hash_key *key, struct sceau_slice octets);

#endif
