/* DNS for a whole program: libunbound, the guard that speaks for it when it is silent, and a
 * cache in front, put together once in main. */
#ifndef DNS_NETWORK_H
#define DNS_NETWORK_H

#include "cache.h"
#include "guard.h"
#include "live.h"

struct dns_network;

/* cache_size in octets, 0 for DNS_CACHE_SIZE; down_after as in dns_guard_options.
 * NULL: `problem` says why, for a person. */
struct dns_network *dns_network_new(const struct dns_live_options *options,
                                    size_t cache_size, unsigned down_after,
                                    struct problem *problem);

/* As dns_guard_free and dns_live_free. NULL is fine. */
void dns_network_free(struct dns_network *network);

/* Where questions go; for any number of threads. */
struct sceau_resolver *dns_network_resolver(struct dns_network *network);

/* For `sceau cache list` and statistics. NULL of NULL. */
struct dns_cache *dns_network_cache(struct dns_network *network);

/* For statistics. NULL of NULL. */
struct dns_guard *dns_network_guard(struct dns_network *network);

/* As dns_cache_flush, and what libunbound remembers goes with it, whatever the name. */
size_t dns_network_flush(struct dns_network *network, struct sceau_slice name);

#endif
