/* The resolver over libunbound against real servers on loopback: small ones that
 * misbehave, and nsd. Every trap of libunbound that DESIGN.md section 4 names is here. */
#include "dns/live.h"

#include "../unit.h"
#include "core/slice.h"
#include "dns/network.h"
#include "server.h"

#include <dirent.h>
#include <pthread.h>
#include <time.h>

static const char *zones_dir; /* argv[1] */

/* ---- helpers ----------------------------------------------------------------------------------- */

static uint64_t
now_ms(void *unused)
{
    struct timespec now;
    (void)unused;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void
sleep_ms(unsigned ms)
{
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

static struct sceau_resolver *
resolver_to(const char *address, const char *trust_anchor_file)
{
    char problem[DNS_LIVE_PROBLEM] = "";
    struct dns_live_options options = {
        .mode = DNS_LIVE_FORWARD,
        .servers = {address},
        .server_count = 1,
        .trust_anchor_file = trust_anchor_file,
    };
    struct sceau_resolver *resolver = dns_live_new(&options, problem);
    if (resolver == NULL)
        fail_msg("%s", problem);
    return resolver;
}

/* Ask, wait, forget the records. */
static struct sceau_dns_answer
ask(struct sceau_resolver *resolver, const char *name, uint16_t type,
    uint32_t timeout_ms)
{
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct sceau_dns_answer answer;
    resolver->lookup(resolver, arena, sceau_slice_from(name), type, timeout_ms,
                     &answer);
    sceau_arena_free(arena);
    answer.rrs = NULL;
    return answer;
}

static size_t
entries_of(const char *path)
{
    DIR *dir = opendir(path);
    size_t count = 0;
    assert_non_null(dir);
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count;
}

/* ---- servers that misbehave --------------------------------------------------------------------- */

static void
keeps_the_names_of_trouble(void **state)
{
    (void)state;
    static const struct {
        enum server_mode mode;
        enum sceau_dns_status status;
        const char *why;
    } cases[] = {
        {SERVER_ANSWERS,  SCEAU_DNS_OK,       "the server itself works"},
        {SERVER_SERVFAIL, SCEAU_DNS_SERVFAIL, "and at once: no TIMEOUT"},
        {SERVER_REFUSED,  SCEAU_DNS_SERVFAIL,
         "libunbound asks on and then says SERVFAIL"                   },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct server server;
        server_start(&server, cases[i].mode);
        struct sceau_resolver *resolver = resolver_to(server.address, NULL);
        UNIT_CASE(cases[i].why);
        for (int again = 0; again < 2;
             again++) { /* from its cache it comes otherwise */
            struct sceau_dns_answer answer = ask(resolver, "a.test", 1, 5000);
            assert_int_equal(answer.status, cases[i].status);
            assert_true(answer.elapsed_ms < 2000);
        }
        dns_live_free(resolver);
        server_stop(&server);
    }
}

static void
times_out_by_our_deadline(void **state)
{
    (void)state;
    struct server server;
    server_start(&server, SERVER_SILENT);
    struct sceau_resolver *resolver = resolver_to(server.address, NULL);
    struct sceau_dns_answer answer = ask(resolver, "a.test", 1, 300);
    assert_int_equal(answer.status, SCEAU_DNS_TIMEOUT);
    assert_non_null(answer.reason);
    assert_in_range(answer.elapsed_ms, 295, 1500);
    assert_int_equal(ask(resolver, "b.test", 1, 0).status, SCEAU_DNS_TIMEOUT);
    dns_live_free(resolver); /* libunbound still has questions under way */
    server_stop(&server);
}

/* A domain whose own servers are silent must not make the forwarder look down: else each
 * mail from such a domain would stop DNS for all other mail. */
static void
keeps_asking_after_a_silent_name(void **state)
{
    (void)state;
    struct server server;
    server_start(&server, SERVER_PICKY);
    struct sceau_resolver *resolver = resolver_to(server.address, NULL);
    assert_int_equal(ask(resolver, "warm.test", 1, 5000).status, SCEAU_DNS_OK);
    assert_int_equal(ask(resolver, "black.a.test", 1, 4500).status, SCEAU_DNS_TIMEOUT);
    struct sceau_dns_answer answer = ask(resolver, "good.test", 1, 5000);
    assert_int_equal(answer.status, SCEAU_DNS_OK);
    assert_true(answer.elapsed_ms < 1000);
    dns_live_free(resolver);
    server_stop(&server);
}

/* One datagram in a hundred is lost on a bad line: the question goes out again as soon as the
 * server's usual time has passed, not after a third of a second. */
static void
asks_again_soon(void **state)
{
    (void)state;
    struct server server;
    uint32_t least_ms = UINT32_MAX;
    char name[32];
    server_start(&server, SERVER_ANSWERS);
    struct sceau_resolver *resolver = resolver_to(server.address, NULL);
    for (int i = 0; i < 20; i++) { /* its usual time becomes known */
        snprintf(name, sizeof name, "w%d.test", i);
        assert_int_equal(ask(resolver, name, 1, 5000).status, SCEAU_DNS_OK);
    }
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "l%d.test", i);
        atomic_store(&server.losses, 1);
        struct sceau_dns_answer answer = ask(resolver, name, 1, 5000);
        assert_int_equal(answer.status, SCEAU_DNS_OK);
        least_ms = answer.elapsed_ms < least_ms ? answer.elapsed_ms : least_ms;
    }
    assert_true(least_ms < 200); /* the least: this machine may be busy */
    dns_live_free(resolver);
    server_stop(&server);
}

/* What libunbound learnt of a server in an outage must not outlive it by much. */
static void
recovers_from_an_outage(void **state)
{
    (void)state;
    struct server server;
    struct sceau_dns_answer answer;
    char name[32];
    server_start(&server, SERVER_SILENT);
    struct sceau_resolver *resolver = resolver_to(server.address, NULL);
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "h%d.test", i);
        answer = ask(resolver, name, 1, 200);
        assert_true(sceau_dns_is_trouble(answer.status));
    }
    atomic_store(&server.mode, SERVER_ANSWERS);
    uint64_t from_ms = now_ms(NULL);
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "r%d.test", i);
        answer = ask(resolver, name, 1, 200);
        if (answer.status == SCEAU_DNS_OK)
            break;
        sleep_ms(50);
    }
    assert_int_equal(answer.status, SCEAU_DNS_OK);
    printf("recovered after %u ms\n", (unsigned)(now_ms(NULL) - from_ms));
    assert_true(now_ms(NULL) - from_ms < 8000);
    dns_live_free(resolver);
    server_stop(&server);
}

static void
prefetches_for_real(void **state)
{
    (void)state;
    struct server server;
    server_start(&server, SERVER_ANSWERS);
    atomic_store(&server.delay_ms, 200);
    struct sceau_resolver *resolver = resolver_to(server.address, NULL);
    resolver->prefetch(resolver, SCEAU_SLICE("a.test"), SCEAU_DNS_A);
    sleep_ms(100);
    struct sceau_dns_answer answer = ask(resolver, "a.test", SCEAU_DNS_A, 5000);
    assert_int_equal(answer.status, SCEAU_DNS_OK);
    assert_in_range(answer.elapsed_ms, 1, 190); /* it joined what was under way */
    assert_int_equal(server.questions, 1);
    resolver->prefetch(resolver, SCEAU_SLICE("b.test"), SCEAU_DNS_A);
    sleep_ms(400);
    answer = ask(resolver, "b.test", SCEAU_DNS_A, 5000);
    assert_int_equal(answer.status, SCEAU_DNS_OK);
    assert_in_range(answer.elapsed_ms, 0, 100); /* it was here already */
    assert_int_equal(server.questions, 2);
    resolver->prefetch(resolver, SCEAU_SLICE("c.test"), SCEAU_DNS_A);
    dns_live_free(resolver); /* nobody ever asks for it */
    server_stop(&server);
}

/* A flush takes effect at once; what is under way comes to its end. */
static void
flushes(void **state)
{
    (void)state;
    struct server server;
    server_start(&server, SERVER_ANSWERS);
    struct sceau_resolver *resolver = resolver_to(server.address, NULL);
    size_t files = 0;
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(ask(resolver, "a.test", 1, 5000).status, SCEAU_DNS_OK);
        assert_int_equal(ask(resolver, "a.test", 1, 5000).status, SCEAU_DNS_OK);
        assert_int_equal(server.questions, i + 1);
        dns_live_flush(resolver);
    }
    atomic_store(&server.delay_ms, 200);
    files = entries_of("/proc/self/fd");
    for (int i = 0; i < 10; i++) {
        resolver->prefetch(resolver, SCEAU_SLICE("b.test"), SCEAU_DNS_A);
        dns_live_flush(resolver);
    }
    assert_int_equal(ask(resolver, "c.test", 1, 5000).status, SCEAU_DNS_OK);
    for (int i = 0; i < 100 && entries_of("/proc/self/fd") > files; i++)
        sleep_ms(50);
    assert_in_range(entries_of("/proc/self/fd"), 0,
                    files); /* the old engines are gone */
    dns_live_free(resolver);
    server_stop(&server);
}

/* ---- its end -------------------------------------------------------------------------------------- */

struct waiter {
    struct sceau_resolver *resolver;
    enum sceau_dns_status status;
    atomic_bool *is_asking;
};

static void *
wait_in_thread(void *argument)
{
    struct waiter *waiter = argument;
    atomic_store(waiter->is_asking, true);
    waiter->status = ask(waiter->resolver, "a.test", 1, 5000).status;
    return NULL;
}

static void
ends_lookups_when_it_stops(void **state)
{
    (void)state;
    struct server server;
    pthread_t threads[20];
    struct waiter waiters[20];
    atomic_bool is_asking[20] = {0};
    server_start(&server, SERVER_SILENT);
    struct sceau_resolver *resolver = resolver_to(server.address, NULL);
    for (int i = 0; i < 20; i++) {
        waiters[i] = (struct waiter){.resolver = resolver, .is_asking = &is_asking[i]};
        assert_int_equal(pthread_create(&threads[i], NULL, wait_in_thread, &waiters[i]),
                         0);
    }
    for (int i = 0; i < 20; i++) {
        while (!atomic_load(&is_asking[i]))
            sleep_ms(1);
    }
    sleep_ms(300);
    uint64_t from_ms = now_ms(NULL);
    dns_live_free(resolver);
    for (int i = 0; i < 20; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(waiters[i].status, SCEAU_DNS_SERVFAIL);
    }
    assert_true(now_ms(NULL) - from_ms < 2000);
    server_stop(&server);
}

static void
leaves_nothing_behind(void **state)
{
    (void)state;
    struct server server;
    server_start(&server, SERVER_ANSWERS);
    dns_live_free(
        resolver_to(server.address, NULL)); /* libraries open what they keep */
    size_t threads = entries_of("/proc/self/task"), files = entries_of("/proc/self/fd");
    for (int i = 0; i < 5; i++) {
        struct sceau_resolver *resolver = resolver_to(server.address, NULL);
        assert_int_equal(entries_of("/proc/self/task"), threads + 1);
        assert_int_equal(ask(resolver, "a.test", 1, 5000).status, SCEAU_DNS_OK);
        dns_live_free(resolver);
    }
    assert_int_equal(entries_of("/proc/self/task"), threads);
    assert_int_equal(entries_of("/proc/self/fd"), files);
    dns_live_free(NULL);
    server_stop(&server);
}

static void
says_what_is_wrong_with_its_options(void **state)
{
    (void)state;
    static const struct dns_live_options refused[] = {
        {.mode = DNS_LIVE_FORWARD       },
        {                               .mode = DNS_LIVE_FORWARD,   .servers = {"resolver.test"}, .server_count = 1},
        {              .mode = DNS_LIVE_FORWARD,        .servers = {"127.0.0.1@"}, .server_count = 1},
        {.mode = DNS_LIVE_FORWARD,                               .servers = {"127.0.0.1@0"}, .server_count = 1},
        {                                              .mode = DNS_LIVE_FORWARD,              .servers = {"127.0.0.1@65536"}, .server_count = 1},
        {                                            .mode = DNS_LIVE_FORWARD,.servers = {"127.0.0.1:53"}, .server_count = 1},
        { .mode = DNS_LIVE_SYSTEM,        .resolv_conf = "/nonexistent/resolv.conf"},
    };
    static const struct dns_live_options accepted[] = {
        {.mode = DNS_LIVE_FORWARD, .servers = {"127.0.0.1"}, .server_count = 1},
        {.mode = DNS_LIVE_FORWARD,
         .servers = {"::1@5353", "192.0.2.1"},
         .server_count = 2},
        {.mode = DNS_LIVE_RECURSIVE},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char problem[DNS_LIVE_PROBLEM] = "";
        assert_null(dns_live_new(&refused[i], problem));
        assert_true(problem[0] != '\0');
    }
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        char problem[DNS_LIVE_PROBLEM] = "";
        struct sceau_resolver *resolver = dns_live_new(&accepted[i], problem);
        assert_non_null(resolver);
        dns_live_free(resolver);
    }
}

/* ---- nsd ---------------------------------------------------------------------------------------- */

static struct nsd nsd;
static bool has_nsd;

static void
needs_nsd(void)
{
    if (!has_nsd)
        skip();
}

static const struct {
    const char *name;
    uint16_t type;
    enum sceau_dns_status status;
    size_t count;
    uint32_t ttl;
    const char *why;
} cases[] = {
    {"mail.live.test",                 SCEAU_DNS_A,     SCEAU_DNS_OK,       3, 300, ".test is answered"          },
    {"MAIL.Live.Test",                 SCEAU_DNS_AAAA,  SCEAU_DNS_OK,       1, 300, "in any letter case"         },
    {"live.test",                      SCEAU_DNS_MX,    SCEAU_DNS_OK,       2, 300, "names in rdata"             },
    {"live.test",                      SCEAU_DNS_TXT,   SCEAU_DNS_OK,       2, 300, "strings"                    },
    {"live.test",                      SCEAU_DNS_SOA,   SCEAU_DNS_OK,       1, 300, "two names and numbers"      },
    {"mail.live.test",                 SCEAU_DNS_TXT,   SCEAU_DNS_NODATA,   0, 60,
     "NODATA; TTL from the SOA"                                                                                  },
    {"b.live.test",                    SCEAU_DNS_A,     SCEAU_DNS_NODATA,   0, 60,  "an empty non-terminal"      },
    {"nowhere.live.test",              SCEAU_DNS_A,     SCEAU_DNS_NXDOMAIN, 0, 60,
     "NXDOMAIN, callback's rcode 0"                                                                              },
    {"nowhere.live.test",              SCEAU_DNS_A,     SCEAU_DNS_NXDOMAIN, 0, 60,
     "the same from its cache"                                                                                   },
    {"c1.live.test",                   SCEAU_DNS_A,     SCEAU_DNS_OK,       3, 60,  "three links; the lowest TTL"},
    {"c1.live.test",                   SCEAU_DNS_TXT,   SCEAU_DNS_NODATA,   0, 60,  "links to NODATA"            },
    {"c1.live.test",                   SCEAU_DNS_CNAME, SCEAU_DNS_OK,       1, 60,  "a link asked for itself"    },
    {"dangling.live.test",             SCEAU_DNS_A,     SCEAU_DNS_NXDOMAIN, 0, 60,  "links to NXDOMAIN"          },
    {"loop1.live.test",                SCEAU_DNS_A,     SCEAU_DNS_SERVFAIL, 0, 0,   "a loop of links"            },
    {"l1.live.test",                   SCEAU_DNS_A,     SCEAU_DNS_OK,       3, 300, "eight links"                },
    {"l0.live.test",                   SCEAU_DNS_A,     SCEAU_DNS_SERVFAIL, 0, 0,   "nine are one too many"      },
    {"odd (b;c.live.test",             SCEAU_DNS_TXT,   SCEAU_DNS_OK,       1, 300,
     "octets that a zone escapes"                                                                                },
    {"odd\\032\\040b\\059c.live.test", SCEAU_DNS_TXT,   SCEAU_DNS_NXDOMAIN, 0, 60,
     "a backslash is an octet"                                                                                   },
    {"null.live.test",                 SCEAU_DNS_MX,    SCEAU_DNS_OK,       1, 300, "the root as a name"         },
    {"1.2.0.192.in-addr.arpa",         SCEAU_DNS_PTR,   SCEAU_DNS_OK,       1, 300,
     "reverse zone of documentation"                                                                             },
    {"1.0.0.10.in-addr.arpa",          SCEAU_DNS_PTR,   SCEAU_DNS_OK,       1, 300,
     "of a private network"                                                                                      },
    {"x.elsewhere.test",               SCEAU_DNS_A,     SCEAU_DNS_SERVFAIL, 0, 0,
     "nsd refuses other zones"                                                                                   },
};

static void
answers_what_nsd_serves(void **state)
{
    (void)state;
    needs_nsd();
    struct sceau_resolver *resolver = resolver_to(nsd.address, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_CASE(cases[i].why);
        struct sceau_dns_answer answer =
            ask(resolver, cases[i].name, cases[i].type, 5000);
        if (answer.status != cases[i].status)
            fail_msg("%s: %s %s", cases[i].why, sceau_dns_status_name(answer.status),
                     answer.reason != NULL ? answer.reason : "");
        assert_int_equal(answer.count, cases[i].count);
        assert_in_range(answer.ttl, cases[i].ttl > 3 ? cases[i].ttl - 3 : 0,
                        cases[i].ttl);
        assert_false(answer.secure);
    }
    dns_live_free(resolver);
}

static void
decodes_what_nsd_serves(void **state)
{
    (void)state;
    needs_nsd();
    struct sceau_context context = {
        .arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY),
        .resolver = resolver_to(nsd.address, NULL),
    };
    struct sceau_dns_answer answer;
    for (int i = 0; i < 10; i++) { /* the zone's order is kept, not rotated */
        sceau_dns_lookup(&context, SCEAU_SLICE("live.test."), SCEAU_DNS_MX, &answer);
        assert_slice(answer.rrs[0].name, "mail.live.test");
        assert_int_equal(answer.rrs[1].preference, 20);
    }
    sceau_dns_lookup(&context, SCEAU_SLICE("live.test"), SCEAU_DNS_TXT, &answer);
    assert_slice(answer.rrs[0].text, "v=spf1 mx -all");
    sceau_dns_lookup(&context, SCEAU_SLICE("null.live.test"), SCEAU_DNS_MX, &answer);
    assert_slice(answer.rrs[0].name, ".");
    sceau_dns_lookup(&context, SCEAU_SLICE("not..a.name"), SCEAU_DNS_MX, &answer);
    assert_int_equal(answer.status, SCEAU_DNS_INVALID);
    dns_live_free(context.resolver);
    sceau_arena_free(context.arena);
}

/* ---- many threads ---------------------------------------------------------------------------------- */

struct crowd {
    struct sceau_resolver *resolver;
    const char *name; /* with %d for the number, or without */
    uint16_t type;
    enum sceau_dns_status status;
    size_t octets; /* of each record's text, when it is TXT */
    int rounds;
    int number;
};

static void *
crowd_in_thread(void *argument)
{
    struct crowd *crowd = argument;
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    for (int i = 0; i < crowd->rounds; i++) {
        struct sceau_dns_answer answer;
        char name[64];
        snprintf(name, sizeof name, "h%d.%s", crowd->number * crowd->rounds + i,
                 crowd->name);
        struct sceau_slice asked =
            sceau_slice_from(crowd->status == SCEAU_DNS_OK ? crowd->name : name);
        crowd->resolver->lookup(crowd->resolver, arena, asked, crowd->type, 5000,
                                &answer);
        if (answer.status != crowd->status)
            fail_msg("%s: %s", name, sceau_dns_status_name(answer.status));
        if (answer.count > 0 && crowd->type == SCEAU_DNS_TXT)
            assert_int_equal(answer.rrs[0].text.len, crowd->octets);
        sceau_arena_clear(arena);
    }
    sceau_arena_free(arena);
    return NULL;
}

static void
run_crowd(struct crowd crowd, int count)
{
    pthread_t *threads = calloc((size_t)count, sizeof *threads);
    struct crowd *members = calloc((size_t)count, sizeof *members);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, (size_t)256 * 1024);
    for (int i = 0; i < count; i++) {
        members[i] = crowd;
        members[i].number = i;
        assert_int_equal(pthread_create(&threads[i], &attributes, crowd_in_thread,
                                        &members[i]),
                         0);
    }
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    pthread_attr_destroy(&attributes);
    free(members);
    free(threads);
}

/* UDP cannot carry it: libunbound asks again over TCP. */
static void
gets_60_kib_over_tcp(void **state)
{
    (void)state;
    needs_nsd();
    struct crowd crowd = {
        .resolver = resolver_to(nsd.address, NULL),
        .name = "big.live.test",
        .type = SCEAU_DNS_TXT,
        .status = SCEAU_DNS_OK,
        .octets = 30000,
        .rounds = 4,
    };
    run_crowd(crowd, 50);
    dns_live_free(crowd.resolver);
}

static void
serves_hundreds_of_threads(void **state)
{
    (void)state;
    needs_nsd();
    struct crowd crowd = {
        .resolver = resolver_to(nsd.address, NULL),
        .name = "cold.live.test",
        .type = SCEAU_DNS_A,
        .status = SCEAU_DNS_NXDOMAIN,
        .rounds = 10,
    };
    run_crowd(crowd, 400); /* 4,000 names, none asked twice */
    dns_live_free(crowd.resolver);
}

/* As the programs have it: session, cache, libunbound, server. */
static void
works_as_a_whole(void **state)
{
    (void)state;
    struct server server;
    server_start(&server, SERVER_ANSWERS);
    char problem[DNS_LIVE_PROBLEM] = "";
    struct dns_live_options options = {
        .mode = DNS_LIVE_FORWARD,
        .servers = {server.address},
        .server_count = 1,
    };
    struct dns_network *network = dns_network_new(&options, 0, 0, problem);
    assert_non_null(network);
    struct crowd crowd = {
        .resolver = dns_network_resolver(network),
        .name = "a.test",
        .type = SCEAU_DNS_A,
        .status = SCEAU_DNS_OK,
        .rounds = 100,
    };
    run_crowd(crowd, 50);
    assert_int_equal(server.questions, 1);
    struct sceau_dns_session session;
    struct sceau_context context = {.arena = sceau_arena_new(1 << 20),
                                    .resolver = &session.resolver};
    struct sceau_dns_answer answer;
    sceau_dns_session_init(&session, dns_network_resolver(network), context.arena,
                           SCEAU_DNS_MESSAGE_MS);
    sceau_dns_prefetch(&context, SCEAU_SLICE("b.test"), SCEAU_DNS_A);
    sceau_dns_lookup(&context, SCEAU_SLICE("b.test"), SCEAU_DNS_A, &answer);
    assert_int_equal(answer.status, SCEAU_DNS_OK);
    assert_int_equal(session.question_count, 1);
    assert_int_equal(server.questions, 2);
    assert_int_equal(dns_network_flush(network, SCEAU_SLICE("a.test")), 1);
    assert_int_equal(ask(crowd.resolver, "b.test", 1, 5000).status, SCEAU_DNS_OK);
    assert_int_equal(server.questions, 2); /* b.test is kept */
    assert_int_equal(ask(crowd.resolver, "a.test", 1, 5000).status, SCEAU_DNS_OK);
    assert_int_equal(server.questions, 3); /* libunbound does not remember it either */
    struct dns_cache_stats stats;
    dns_cache_stats(dns_network_cache(network), &stats);
    assert_int_equal(stats.entries, 2);
    sceau_arena_free(context.arena);
    dns_network_free(network);
    options.servers[0] = "no address";
    assert_null(dns_network_new(&options, 0, 0, problem));
    assert_true(problem[0] != '\0');
    server_stop(&server);
}

/* ---- DNSSEC ---------------------------------------------------------------------------------------- */

static void
validates(void **state)
{
    (void)state;
    needs_nsd();
    static const struct {
        const char *name;
        enum sceau_dns_status status;
        bool secure;
        const char *why;
    } questions[] = {
        {"good.signed.test",    SCEAU_DNS_OK,       true,  "a valid signature"         },
        {"bad.signed.test",     SCEAU_DNS_BOGUS,    false, "text changed after signing"},
        {"bad.signed.test",     SCEAU_DNS_BOGUS,    false, "and again from its cache"  },
        {"ns.signed.test",      SCEAU_DNS_NODATA,   true,  "NODATA is proven"          },
        {"nowhere.signed.test", SCEAU_DNS_NXDOMAIN, true,  "so is NXDOMAIN"            },
        {"live.test",           SCEAU_DNS_OK,       false, "no anchor: insecure"       },
    };
    char anchor[4096];
    snprintf(anchor, sizeof anchor, "%s/signed.test.anchor", zones_dir);
    struct sceau_resolver *resolver = resolver_to(nsd.address, anchor);
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        struct sceau_dns_answer answer = ask(resolver, questions[i].name, 16, 5000);
        if (answer.status != questions[i].status)
            fail_msg("%s: %s", questions[i].why, sceau_dns_status_name(answer.status));
        assert_int_equal(answer.secure, questions[i].secure);
    }
    dns_live_free(resolver);
}

static int
start_nsd(void **state)
{
    (void)state;
    has_nsd = nsd_start(&nsd, zones_dir);
    return 0;
}

static int
stop_nsd(void **state)
{
    (void)state;
    if (has_nsd)
        nsd_stop(&nsd);
    return 0;
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_names_of_trouble),
        cmocka_unit_test(times_out_by_our_deadline),
        cmocka_unit_test(keeps_asking_after_a_silent_name),
        cmocka_unit_test(asks_again_soon),
        cmocka_unit_test(recovers_from_an_outage),
        cmocka_unit_test(prefetches_for_real),
        cmocka_unit_test(flushes),
        cmocka_unit_test(ends_lookups_when_it_stops),
        cmocka_unit_test(leaves_nothing_behind),
        cmocka_unit_test(says_what_is_wrong_with_its_options),
        cmocka_unit_test(answers_what_nsd_serves),
        cmocka_unit_test(decodes_what_nsd_serves),
        cmocka_unit_test(gets_60_kib_over_tcp),
        cmocka_unit_test(serves_hundreds_of_threads),
        cmocka_unit_test(works_as_a_whole),
        cmocka_unit_test(validates),
    };
    if (argc != 2) {
        fprintf(stderr, "usage: %s ZONES-DIR\n", argv[0]);
        return 64;
    }
    zones_dir = argv[1];
    return cmocka_run_group_tests_name("dns/live", tests, start_nsd, stop_nsd);
}
