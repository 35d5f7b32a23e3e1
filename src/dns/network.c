/* The cache over the live resolver, with a key from the kernel and a clock. */
#include "network.h"

#include "wait.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

struct dns_network {
    struct sceau_resolver *live;
    struct dns_cache *cache;
};

static uint64_t
read_clock(void *unused)
{
    (void)unused;
    return wait_now_ms();
}

static struct dns_cache *
make_cache(struct sceau_resolver *live, size_t cache_size,
           char problem[DNS_LIVE_PROBLEM])
{
    struct dns_cache_options options = {.ceiling = cache_size, .now_ms = read_clock};
    struct dns_cache *cache = NULL;
    if (getrandom(&options.key, sizeof options.key, 0) == sizeof options.key)
        cache = dns_cache_new(live, &options);
    if (cache == NULL)
        snprintf(problem, DNS_LIVE_PROBLEM,
                 "no memory, or no randomness, for the cache");
    return cache;
}

struct dns_network *
dns_network_new(const struct dns_live_options *options, size_t cache_size,
                char problem[DNS_LIVE_PROBLEM])
{
    struct dns_network *network = calloc(1, sizeof *network);
    if (network == NULL) {
        snprintf(problem, DNS_LIVE_PROBLEM, "memory is exhausted");
        return NULL;
    }
    network->live = dns_live_new(options, problem);
    if (network->live != NULL)
        network->cache = make_cache(network->live, cache_size, problem);
    if (network->cache != NULL)
        return network;
    dns_network_free(network);
    return NULL;
}

void
dns_network_free(struct dns_network *network)
{
    if (network == NULL)
        return;
    dns_cache_free(network->cache);
    dns_live_free(network->live);
    free(network);
}

struct sceau_resolver *
dns_network_resolver(struct dns_network *network)
{
    return dns_cache_resolver(network->cache);
}

struct dns_cache *
dns_network_cache(struct dns_network *network)
{
    return network->cache;
}

size_t
dns_network_flush(struct dns_network *network, struct sceau_slice name)
{
    dns_live_flush(
        network->live); /* first: the cache must not be filled from it again */
    return dns_cache_flush(network->cache, name);
}
