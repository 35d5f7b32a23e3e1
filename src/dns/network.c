/* The cache over the guard over the live resolver, with a key from the kernel and a clock. */
#include "network.h"

#include "core/monotonic.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

struct dns_network {
    struct sceau_resolver *live;
    struct dns_guard *guard;
    struct dns_cache *cache;
};

static int64_t
read_clock(void *unused)
{
    (void)unused;
    return monotonic_ms();
}

static struct dns_guard *
make_guard(struct sceau_resolver *live, unsigned down_after, struct problem *problem)
{
    const struct dns_guard_options options = {.down_after = down_after,
                                              .now_ms = read_clock};
    struct dns_guard *guard = dns_guard_new(live, &options);
    if (guard != NULL && dns_guard_start(guard))
        return guard;
    dns_guard_free(guard);
    problem_tell_text(problem, N_("no memory, or no thread, to watch the resolver"));
    return NULL;
}

static struct dns_cache *
make_cache(struct sceau_resolver *upstream, size_t cache_size, struct problem *problem)
{
    struct dns_cache_options options = {.ceiling = cache_size, .now_ms = read_clock};
    struct dns_cache *cache = NULL;
    if (getrandom(&options.key, sizeof options.key, 0) == sizeof options.key)
        cache = dns_cache_new(upstream, &options);
    if (cache == NULL)
        problem_tell_text(problem, N_("no memory, or no randomness, for the cache"));
    return cache;
}

struct dns_network *
dns_network_new(const struct dns_live_options *options, size_t cache_size,
                unsigned down_after, struct problem *problem)
{
    struct dns_network *network = calloc(1, sizeof *network);
    if (network == NULL) {
        problem_tell_text(problem, N_("memory is exhausted"));
        return NULL;
    }
    network->live = dns_live_new(options, problem);
    if (network->live != NULL)
        network->guard = make_guard(network->live, down_after, problem);
    if (network->guard != NULL)
        network->cache =
            make_cache(dns_guard_resolver(network->guard), cache_size, problem);
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
    dns_guard_free(network->guard);
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
    return network != NULL ? network->cache : NULL;
}

struct dns_guard *
dns_network_guard(struct dns_network *network)
{
    return network != NULL ? network->guard : NULL;
}

size_t
dns_network_flush(struct dns_network *network, struct sceau_slice name)
{
    dns_live_flush(
        network->live); /* first: the cache must not be filled from it again */
    return dns_cache_flush(network->cache, name);
}
