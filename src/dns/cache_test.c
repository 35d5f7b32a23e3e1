/* The cache: what is kept how long by an injected clock, who asks when many want the same,
 * what goes when it is full, and what a list and a flush see. */
#include "cache.h"

#include "../../tests/unit.h"
#include "core/slice.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

/* ---- an upstream and a clock -------------------------------------------------------------- */

/* Answers with records "x<lookups>" or a status, after a while. */
struct upstream {
    struct sceau_resolver resolver;
    atomic_uint lookups, prefetches;
    enum sceau_dns_status status;
    uint32_t ttl;
    bool secure;
    size_t octets;     /* of text; 0: a short one */
    unsigned takes_ms; /* of real time */
    atomic_uint allowed_ms;
};

static void
upstream_lookup(struct sceau_resolver *self, struct sceau_arena *arena,
                struct sceau_slice name, uint16_t type, uint32_t timeout_ms,
                struct sceau_dns_answer *answer)
{
    struct upstream *up = (struct upstream *)self;
    unsigned number = atomic_fetch_add(&up->lookups, 1);
    (void)name, (void)type;
    up->allowed_ms = timeout_ms;
    nanosleep(&(struct timespec){.tv_nsec = (long)up->takes_ms * 1000000}, NULL);
    *answer = (struct sceau_dns_answer){
        .status = up->status,
        .ttl = up->ttl,
        .secure = up->secure,
        .elapsed_ms = 7,
    };
    if (up->status != SCEAU_DNS_OK)
        return;
    size_t len = up->octets > 0 ? up->octets : 2;
    char *rdata = sceau_arena_alloc(arena, len + 1);
    struct sceau_dns_rr *rr = sceau_arena_alloc(arena, sizeof *rr);
    assert_true(rdata != NULL && rr != NULL);
    rdata[0] = (char)(len - 1 > 255 ? 255 : len - 1);
    for (size_t at = 256; at < len; at += 256) /* strings of 255 */
        rdata[at] = (char)(len - at - 1 > 255 ? 255 : len - at - 1);
    rdata[1] = (char)('a' + number % 26);
    rr->rdata = (struct sceau_slice){rdata, len};
    answer->rrs = rr;
    answer->count = 1;
}

static void
upstream_prefetch(struct sceau_resolver *self, struct sceau_slice name, uint16_t type)
{
    (void)name, (void)type;
    atomic_fetch_add(&((struct upstream *)self)->prefetches, 1);
}

static int64_t
read_clock(void *clock)
{
    return *(const int64_t *)clock;
}

struct fixture {
    struct upstream up;
    int64_t now_ms;
    struct dns_cache *cache;
    struct sceau_arena *arena;
};

static void
fixture_open(struct fixture *f, size_t ceiling)
{
    *f = (struct fixture){
        .up = {.resolver = {upstream_lookup, upstream_prefetch}, .ttl = 60},
        .now_ms = 1000000,
        .arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY),
    };
    struct dns_cache_options options = {
        .ceiling = ceiling,
        .key = {1, 2},
        .now_ms = read_clock,
        .clock = &f->now_ms,
    };
    f->cache = dns_cache_new(&f->up.resolver, &options);
    assert_non_null(f->cache);
}

static void
fixture_close(struct fixture *f)
{
    dns_cache_free(f->cache);
    sceau_arena_free(f->arena);
}

static struct sceau_dns_answer
ask_within(struct fixture *f, const char *name, uint32_t timeout_ms)
{
    struct sceau_dns_answer answer;
    struct sceau_resolver *resolver = dns_cache_resolver(f->cache);
    resolver->lookup(resolver, f->arena, sceau_slice_from(name), SCEAU_DNS_TXT,
                     timeout_ms, &answer);
    return answer;
}

static struct sceau_dns_answer
ask(struct fixture *f, const char *name)
{
    return ask_within(f, name, SCEAU_DNS_QUERY_MS);
}

/* ---- how long ------------------------------------------------------------------------------- */

static const struct {
    enum sceau_dns_status status;
    uint32_t ttl;
    uint32_t kept_s;
    const char *why;
} lives[] = {
    {SCEAU_DNS_OK,       60,         60,                       "its TTL"                     },
    {SCEAU_DNS_OK,       0,          DNS_CACHE_MIN_S,          "the floor"                   },
    {SCEAU_DNS_OK,       2147483647, DNS_CACHE_MAX_S,          "the cap"                     },
    {SCEAU_DNS_NODATA,   60,         60,                       "RFC 2308 section 5"          },
    {SCEAU_DNS_NXDOMAIN, 90,         90,                       "RFC 2308 section 5"          },
    {SCEAU_DNS_NXDOMAIN, 0,          DNS_CACHE_MIN_S,          "no SOA: the floor"           },
    {SCEAU_DNS_NODATA,   999999,     DNS_CACHE_NEGATIVE_MAX_S, "a cap of its own"            },
    {SCEAU_DNS_SERVFAIL, 999,        DNS_CACHE_TROUBLE_S,      "trouble is kept some seconds"},
    {SCEAU_DNS_REFUSED,  999,        DNS_CACHE_TROUBLE_S,      "trouble"                     },
    {SCEAU_DNS_TIMEOUT,  999,        DNS_CACHE_TROUBLE_S,      "trouble"                     },
    {SCEAU_DNS_BOGUS,    999,        DNS_CACHE_TROUBLE_S,      "trouble"                     },
    {SCEAU_DNS_LIMIT,    999,        DNS_CACHE_TROUBLE_S,      "the answer's own fault"      },
};

static void
keeps_each_kind_its_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lives / sizeof *lives; i++) {
        struct fixture f;
        UNIT_CASE(lives[i].why);
        fixture_open(&f, 0);
        f.up.status = lives[i].status;
        f.up.ttl = lives[i].ttl;
        assert_int_equal(ask(&f, "a.test").elapsed_ms, 7); /* the asker waited */
        f.now_ms += (int64_t)lives[i].kept_s * 1000 - 1;
        struct sceau_dns_answer answer = ask(&f, "A.TEST");
        assert_int_equal(f.up.lookups, 1);
        assert_int_equal(answer.status, lives[i].status);
        assert_int_equal(answer.elapsed_ms, 0);
        f.now_ms += 1;
        ask(&f, "a.test");
        assert_int_equal(f.up.lookups, 2);
        fixture_close(&f);
    }
}

static void
counts_ttls_down(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, 0);
    f.up.secure = true;
    assert_int_equal(ask(&f, "a.test").ttl, 60);
    f.now_ms += 12999;
    struct sceau_dns_answer answer = ask(&f, "a.test");
    assert_int_equal(answer.ttl, 48);
    assert_int_equal(answer.rrs[0].ttl, 48);
    assert_slice(answer.rrs[0].text, "a");
    assert_true(answer.secure);
    f.up.ttl = 2; /* below the floor: kept, but never said to be younger */
    ask(&f, "b.test");
    f.now_ms += 4000;
    assert_int_equal(ask(&f, "b.test").ttl, 0);
    assert_int_equal(f.up.lookups, 2);
    fixture_close(&f);
}

static void
keeps_no_timeout_of_a_short_budget(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, 0);
    f.up.status = SCEAU_DNS_TIMEOUT;
    ask_within(&f, "a.test", SCEAU_DNS_QUERY_MS - 1);
    assert_int_equal(f.up.allowed_ms, SCEAU_DNS_QUERY_MS - 1);
    ask(&f, "a.test");
    assert_int_equal(f.up.lookups, 2);
    ask(&f, "a.test");
    assert_int_equal(f.up.lookups, 2);
    fixture_close(&f);
}

/* ---- how much ------------------------------------------------------------------------------- */

static void
keeps_to_its_ceiling(void **state)
{
    (void)state;
    struct fixture f;
    struct dns_cache_stats stats;
    char name[32];
    fixture_open(&f, 64 * 1024);
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "h%d.test", i);
        ask(&f, name);
        if (i % 3 == 0)
            ask(&f, "hot.test"); /* always among the recently used */
        sceau_arena_clear(f.arena);
    }
    dns_cache_stats(f.cache, &stats);
    assert_true(stats.octets <= 64 * 1024 && stats.octets > 32 * 1024);
    assert_true(stats.entries > 100);
    assert_int_equal(stats.entries + stats.evicted, 5001);
    assert_int_equal(stats.misses, 5001);
    assert_int_equal(f.up.lookups, 5001);
    fixture_close(&f);
}

static void
gives_out_what_is_too_large_to_keep(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, 64 * 1024); /* 4 KiB a shard */
    f.up.octets = 60000;
    struct sceau_dns_answer answer = ask(&f, "big.test");
    assert_int_equal(answer.status, SCEAU_DNS_OK);
    assert_int_equal(answer.rrs[0].rdata.len, 60000);
    ask(&f, "big.test");
    assert_int_equal(f.up.lookups, 2);
    fixture_close(&f);
    fixture_open(&f, 0);
    f.up.octets = 60000;
    ask(&f, "big.test");
    sceau_arena_free(f.arena);
    f.arena = sceau_arena_new(1000); /* one full message is not the other's matter */
    assert_int_equal(ask(&f, "big.test").status, SCEAU_DNS_LIMIT);
    sceau_arena_free(f.arena);
    f.arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    assert_int_equal(ask(&f, "big.test").status, SCEAU_DNS_OK);
    assert_int_equal(f.up.lookups, 1);
    fixture_close(&f);
}

/* ---- list, flush, prefetch ------------------------------------------------------------------ */

struct listing {
    size_t items;
    size_t octets;
    uint32_t left_s;
};

static void
listen(void *listener, const struct dns_cache_item *item)
{
    struct listing *listing = listener;
    listing->items++;
    listing->octets += item->octets;
    listing->left_s = item->left_s;
    assert_true(slice_ends_ci(item->name, SCEAU_SLICE(".test")));
    assert_int_equal(item->type, SCEAU_DNS_TXT);
    assert_int_equal(item->count, 1);
}

static void
lists_and_flushes(void **state)
{
    (void)state;
    static const char *const names[] = {"a.test", "b.a.test", "ba.test", "c.test"};
    struct fixture f;
    struct listing listing = {0};
    struct dns_cache_stats stats;
    fixture_open(&f, 0);
    for (size_t i = 0; i < 4; i++)
        ask(&f, names[i]);
    f.now_ms += 10000;
    dns_cache_list(f.cache, listen, &listing);
    dns_cache_stats(f.cache, &stats);
    assert_int_equal(listing.items, 4);
    assert_int_equal(listing.left_s, 50);
    assert_int_equal(listing.octets, stats.octets);
    assert_int_equal(dns_cache_flush(f.cache, SCEAU_SLICE("A.test")), 2);
    ask(&f, "ba.test"); /* no label of a.test */
    assert_int_equal(f.up.lookups, 4);
    ask(&f, "b.a.test");
    assert_int_equal(f.up.lookups, 5);
    assert_int_equal(dns_cache_flush(f.cache, SLICE_NONE), 3);
    dns_cache_stats(f.cache, &stats);
    assert_int_equal(stats.entries, 0);
    assert_int_equal(stats.octets, 0);
    ask(&f, "a.test");
    f.now_ms += 60000;
    listing.items = 0;
    dns_cache_list(f.cache, listen, &listing); /* expired: not listed */
    assert_int_equal(listing.items, 0);
    fixture_close(&f);
}

static void
prefetches_what_it_does_not_know(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, 0);
    struct sceau_resolver *resolver = dns_cache_resolver(f.cache);
    resolver->prefetch(resolver, SCEAU_SLICE("a.test"), SCEAU_DNS_TXT);
    assert_int_equal(f.up.prefetches, 1);
    ask(&f, "a.test");
    resolver->prefetch(resolver, SCEAU_SLICE("A.test"), SCEAU_DNS_TXT);
    assert_int_equal(f.up.prefetches, 1);
    f.now_ms += 60000;
    resolver->prefetch(resolver, SCEAU_SLICE("a.test"), SCEAU_DNS_TXT);
    assert_int_equal(f.up.prefetches, 2);
    fixture_close(&f);
    struct upstream plain = {
        .resolver = {upstream_lookup, NULL}
    };
    struct dns_cache_options options = {.now_ms = read_clock, .clock = &f.now_ms};
    struct dns_cache *cache = dns_cache_new(&plain.resolver, &options);
    assert_null(dns_cache_resolver(cache)->prefetch);
    dns_cache_free(cache);
}

/* ---- threads -------------------------------------------------------------------------------- */

enum {
    THREADS = 32
};

struct asker {
    struct fixture *f;
    pthread_barrier_t *barrier;
    uint32_t timeout_ms;
    struct sceau_dns_answer answer;
    char text[8];
};

static void *
ask_in_thread(void *argument)
{
    struct asker *asker = argument;
    struct sceau_arena *arena = sceau_arena_new(1 << 20);
    struct sceau_resolver *resolver = dns_cache_resolver(asker->f->cache);
    pthread_barrier_wait(asker->barrier);
    resolver->lookup(resolver, arena, SCEAU_SLICE("cold.test"), SCEAU_DNS_TXT,
                     asker->timeout_ms, &asker->answer);
    if (asker->answer.count > 0)
        snprintf(asker->text, sizeof asker->text, "%.*s",
                 SLICE_ARG(asker->answer.rrs[0].text));
    sceau_arena_free(arena);
    return NULL;
}

/* Run one thread for each asker, together. */
static void
run(struct fixture *f, struct asker *askers, size_t count)
{
    pthread_t threads[THREADS];
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, (unsigned)count);
    for (size_t i = 0; i < count; i++) {
        askers[i].f = f;
        askers[i].barrier = &barrier;
        assert_int_equal(pthread_create(&threads[i], NULL, ask_in_thread, &askers[i]),
                         0);
    }
    for (size_t i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&barrier);
}

static void
asks_once_for_all_threads(void **state)
{
    (void)state;
    struct fixture f;
    struct asker askers[THREADS];
    struct dns_cache_stats stats;
    fixture_open(&f, 0);
    f.up.takes_ms = 100;
    for (size_t i = 0; i < THREADS; i++)
        askers[i] = (struct asker){.timeout_ms = SCEAU_DNS_QUERY_MS};
    run(&f, askers, THREADS);
    assert_int_equal(f.up.lookups, 1);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(askers[i].answer.status, SCEAU_DNS_OK);
        assert_string_equal(askers[i].text, "a");
    }
    dns_cache_stats(f.cache, &stats);
    assert_int_equal(stats.hits + stats.joined + stats.misses, THREADS);
    fixture_close(&f);
}

/* A message with little time left neither waits long nor spoils the others' answer. */
static void
waits_no_longer_than_it_may(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, 0);
    f.up.takes_ms = 300;
    struct asker askers[2] = {{.timeout_ms = SCEAU_DNS_QUERY_MS}, {.timeout_ms = 20}};
    run(&f, askers, 2);
    assert_int_equal(askers[0].answer.status, SCEAU_DNS_OK);
    assert_true(f.up.lookups <= 2);
    if (f.up.lookups == 1) { /* it came second, and joined */
        assert_int_equal(askers[1].answer.status, SCEAU_DNS_TIMEOUT);
        assert_true(askers[1].answer.elapsed_ms < 250);
    }
    fixture_close(&f);
}

struct hammer {
    struct fixture *f;
    unsigned seed;
};

/* Many names in a small cache: evictions, hits, flights and flushes at once. */
static void *
hammer_in_thread(void *argument)
{
    struct hammer *hammer = argument;
    struct sceau_arena *arena = sceau_arena_new(1 << 20);
    struct sceau_resolver *resolver = dns_cache_resolver(hammer->f->cache);
    for (int i = 0; i < 3000; i++) {
        struct sceau_dns_answer answer;
        struct listing listing = {0};
        char name[32];
        snprintf(name, sizeof name, "h%d.test", rand_r(&hammer->seed) % 400);
        resolver->lookup(resolver, arena, sceau_slice_from(name), SCEAU_DNS_TXT, 5000,
                         &answer);
        assert_int_equal(answer.status, SCEAU_DNS_OK);
        assert_int_equal(answer.rrs[0].text.len, 1);
        sceau_arena_clear(arena);
        if (i % 500 == 0)
            dns_cache_flush(hammer->f->cache, SLICE_NONE);
        if (i % 500 == 250)
            dns_cache_list(hammer->f->cache, listen, &listing);
    }
    sceau_arena_free(arena);
    return NULL;
}

static void
survives_threads(void **state)
{
    (void)state;
    struct fixture f;
    pthread_t threads[8];
    struct hammer hammers[8];
    struct dns_cache_stats stats;
    fixture_open(&f, 32 * 1024);
    for (unsigned i = 0; i < 8; i++) {
        hammers[i] = (struct hammer){&f, i};
        assert_int_equal(pthread_create(&threads[i], NULL, hammer_in_thread,
                                        &hammers[i]),
                         0);
    }
    for (unsigned i = 0; i < 8; i++)
        pthread_join(threads[i], NULL);
    dns_cache_stats(f.cache, &stats);
    assert_int_equal(stats.hits + stats.joined + stats.misses, 8 * 3000);
    assert_int_equal(stats.misses, f.up.lookups);
    assert_true(stats.octets <= 32 * 1024);
    fixture_close(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_each_kind_its_time),
        cmocka_unit_test(counts_ttls_down),
        cmocka_unit_test(keeps_no_timeout_of_a_short_budget),
        cmocka_unit_test(keeps_to_its_ceiling),
        cmocka_unit_test(gives_out_what_is_too_large_to_keep),
        cmocka_unit_test(lists_and_flushes),
        cmocka_unit_test(prefetches_what_it_does_not_know),
        cmocka_unit_test(asks_once_for_all_threads),
        cmocka_unit_test(waits_no_longer_than_it_may),
        cmocka_unit_test(survives_threads),
    };
    return cmocka_run_group_tests_name("dns/cache", tests, NULL, NULL);
}
