/* When a resolver is taken for down, and when it comes back. */
#include "guard.h"

#include "../../tests/unit.h"
#include "core/slice.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

/* Plays an upstream. */
struct upstream {
    struct sceau_resolver resolver;
    atomic_int status;
    atomic_uint lookups, prefetches;
    uint32_t elapsed_ms;
    bool is_local;  /* it serves no name below example.com */
    char last[256]; /* name */
};

static struct upstream upstream;
static int64_t clock_ms;

static void
play(struct sceau_resolver *self, struct sceau_arena *arena, struct sceau_slice name,
     uint16_t type, uint32_t timeout_ms, struct sceau_dns_answer *answer)
{
    struct upstream *u = (struct upstream *)self;
    (void)arena, (void)type, (void)timeout_ms;
    atomic_fetch_add(&u->lookups, 1);
    if (slice_ends_ci(name, SCEAU_SLICE(".example.com")))
        snprintf(u->last, sizeof u->last, "%.*s", SLICE_ARG(name));
    *answer = (struct sceau_dns_answer){.status = (enum sceau_dns_status)atomic_load(
                                            &u->status),
                                        .elapsed_ms = u->elapsed_ms};
    if (u->is_local && slice_ends_ci(name, SCEAU_SLICE(".example.com")))
        answer->status = SCEAU_DNS_SERVFAIL;
}

static void
play_prefetch(struct sceau_resolver *self, struct sceau_slice name, uint16_t type)
{
    (void)name, (void)type;
    atomic_fetch_add(&((struct upstream *)self)->prefetches, 1);
}

static int64_t
now(void *clock)
{
    return *(int64_t *)clock;
}

static struct dns_guard *
guard_of(unsigned down_after, uint32_t probe_every_ms)
{
    const struct dns_guard_options options = {.down_after = down_after,
                                              .probe_every_ms = probe_every_ms,
                                              .now_ms = now,
                                              .clock = &clock_ms};
    upstream.resolver = (struct sceau_resolver){play, play_prefetch};
    upstream.lookups = upstream.prefetches = 0;
    upstream.status = SCEAU_DNS_OK;
    clock_ms = 1000;
    struct dns_guard *guard = dns_guard_new(&upstream.resolver, &options);
    assert_non_null(guard);
    return guard;
}

static enum sceau_dns_status
ask(struct dns_guard *guard, uint32_t timeout_ms)
{
    struct sceau_resolver *resolver = dns_guard_resolver(guard);
    struct sceau_dns_answer answer;
    resolver->lookup(resolver, unit_arena, SCEAU_SLICE("a.test"), SCEAU_DNS_A,
                     timeout_ms, &answer);
    return answer.status;
}

static struct dns_guard_stats
stats_of(struct dns_guard *guard)
{
    struct dns_guard_stats stats;
    dns_guard_stats(guard, &stats);
    return stats;
}

/* One letter a step: t a time-out, s a hurried one, a an answer, n NXDOMAIN, f SERVFAIL, F the
 * same after seconds, p a probe that is not answered, P one that is. */
static const struct {
    const char *steps;
    bool is_down;
    const char *why;
} stories[] = {
    {"",         false, "nothing happened"                                      },
    {"tttp",     true,  "three in a row and an unanswered probe"                },
    {"ttt",      false, "suspect only: nobody is refused before the probe"      },
    {"ttp",      false, "two are not enough, and no probe is made"              },
    {"ttattp",   false, "an answer between begins anew"                         },
    {"ttnttp",   false, "NXDOMAIN is an answer"                                 },
    {"ttftp",    true,
     "a quick SERVFAIL proves nothing: libunbound says it of silent servers too"},
    {"ttFp",     true,  "one that took seconds is silence"                      },
    {"fffffp",   false, "and never makes a row"                                 },
    {"sssssssp", false, "questions without time prove nothing"                  },
    {"tststp",   true,  "nor do they interrupt a row"                           },
    {"tttP",     false, "dead zones: the resolver answers the probe"            },
    {"tttPttp",  false, "and the row begins anew"                               },
    {"tttPtttp", true,  "until it is full again"                                },
    {"tttap",    false, "an answer lifts the suspicion"                         },
    {"tttpp",    true,  "down stays down"                                       },
    {"tttpa",    true,  "while it is down no question travels"                  },
    {"tttppP",   false, "it comes back by itself"                               },
    {"tttpPttp", false, "with a clean slate"                                    },
};

static void
follows_stories(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof stories / sizeof *stories; i++) {
        struct dns_guard *guard = guard_of(3, 0);
        UNIT_CASE(stories[i].why);
        for (const char *step = stories[i].steps; *step != '\0'; step++) {
            upstream.status = *step == 'a' || *step == 'P'   ? SCEAU_DNS_OK
                              : *step == 'n'                 ? SCEAU_DNS_NXDOMAIN
                              : *step == 'f' || *step == 'F' ? SCEAU_DNS_SERVFAIL
                                                             : SCEAU_DNS_TIMEOUT;
            upstream.elapsed_ms = *step == 'F' ? 4000 : 0;
            if (*step == 'p' || *step == 'P')
                dns_guard_probe(guard);
            else
                (void)ask(guard, *step == 's' ? 200 : 5000);
        }
        assert_int_equal(stats_of(guard).is_down, stories[i].is_down);
        dns_guard_free(guard);
    }
}

/* Down: TIMEOUT without asking, no prefetch, and the figures of it. */
static void
spares_the_caller(void **state)
{
    (void)state;
    struct dns_guard *guard = guard_of(2, 0);
    struct sceau_resolver *resolver = dns_guard_resolver(guard);
    struct timespec from, to;
    resolver->prefetch(resolver, SCEAU_SLICE("a.test"), SCEAU_DNS_A);
    upstream.status = SCEAU_DNS_TIMEOUT;
    (void)ask(guard, 5000);
    (void)ask(guard, 5000);
    dns_guard_probe(guard);
    unsigned before = upstream.lookups;
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(ask(guard, 5000), SCEAU_DNS_TIMEOUT);
    clock_gettime(CLOCK_MONOTONIC, &to);
    resolver->prefetch(resolver, SCEAU_SLICE("a.test"), SCEAU_DNS_A);
    assert_int_equal(upstream.lookups, before);
    assert_int_equal(upstream.prefetches, 1);
    /* under 1 ms each, with room for a loaded machine */
    assert_true(to.tv_sec - from.tv_sec <= 1);
    clock_ms += 7000;
    struct dns_guard_stats stats = stats_of(guard);
    assert_int_equal(stats.down_ms, 7000);
    assert_int_equal(stats.times_down, 1);
    assert_int_equal(stats.spared, 1000);
    assert_int_equal(stats.timeouts, 2);
    assert_int_equal(stats.probes, 1);
    upstream.status = SCEAU_DNS_NXDOMAIN;
    dns_guard_probe(guard);
    assert_int_equal(stats_of(guard).down_ms, 0);
    assert_int_equal(ask(guard, 5000), SCEAU_DNS_NXDOMAIN);
    dns_guard_free(guard);
}

/* No cache on the way may answer a probe for the resolver. */
static void
probes_new_names(void **state)
{
    (void)state;
    char first[256];
    struct dns_guard *guard = guard_of(1, 0);
    upstream.status = SCEAU_DNS_TIMEOUT;
    (void)ask(guard, 5000);
    dns_guard_probe(guard);
    snprintf(first, sizeof first, "%s", upstream.last);
    dns_guard_probe(guard);
    assert_true(slice_ends_ci(sceau_slice_from(first), SCEAU_SLICE(".example.com")));
    assert_string_not_equal(first, upstream.last);
    dns_guard_free(guard);
}

/* A server of some zones only refuses the probe's name; a question it serves finds it. */
static void
probes_what_was_spared(void **state)
{
    (void)state;
    struct dns_guard *guard = guard_of(1, 0);
    upstream.is_local = true;
    upstream.status = SCEAU_DNS_TIMEOUT;
    (void)ask(guard, 5000);
    dns_guard_probe(guard);
    assert_true(stats_of(guard).is_down);
    upstream.status = SCEAU_DNS_NXDOMAIN;
    dns_guard_probe(guard);
    dns_guard_probe(guard);
    assert_true(stats_of(guard).is_down); /* nobody asked anything meanwhile */
    assert_int_equal(ask(guard, 5000), SCEAU_DNS_TIMEOUT);
    dns_guard_probe(guard);
    dns_guard_probe(guard);
    assert_false(stats_of(guard).is_down);
    upstream.is_local = false;
    dns_guard_free(guard);
}

static bool
becomes(struct dns_guard *guard, bool is_down)
{
    static const struct timespec pause = {.tv_nsec = 2000000};
    for (unsigned i = 0; i < 5000; i++) {
        if (stats_of(guard).is_down == is_down)
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

static void *
ask_on(void *guard)
{
    struct sceau_arena *arena = sceau_arena_new(4096);
    struct sceau_resolver *resolver = dns_guard_resolver(guard);
    struct sceau_dns_answer answer;
    for (unsigned i = 0; i < 2000; i++)
        resolver->lookup(resolver, arena, SCEAU_SLICE("a.test"), SCEAU_DNS_A, 5000,
                         &answer);
    sceau_arena_free(arena);
    return NULL;
}

/* With its thread, and others that ask meanwhile: down and back without anybody's help. */
static void
comes_back_by_itself(void **state)
{
    (void)state;
    struct dns_guard *guard = guard_of(8, 5);
    pthread_t threads[4];
    upstream.status = SCEAU_DNS_TIMEOUT;
    assert_true(dns_guard_start(guard));
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_on, guard), 0);
    assert_true(becomes(guard, true));
    for (size_t i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    upstream.status = SCEAU_DNS_OK;
    assert_true(becomes(guard, false));
    assert_int_equal(ask(guard, 5000), SCEAU_DNS_OK);
    dns_guard_free(guard);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_stories),
        cmocka_unit_test(spares_the_caller),
        cmocka_unit_test(probes_new_names),
        cmocka_unit_test(probes_what_was_spared),
        cmocka_unit_test(comes_back_by_itself),
    };
    return cmocka_run_group_tests_name("dns/guard", tests, unit_arena_up,
                                       unit_arena_down);
}
