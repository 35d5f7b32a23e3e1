/* The resolver over libunbound against small servers on loopback that misbehave. Every trap
 * of libunbound that DESIGN.md section 4 names is here or in nsd_test.c. */
#include "dns/network.h"
#include "live_testing.h"

#include <dirent.h>

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
    int64_t from_ms = monotonic_ms();
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "r%d.test", i);
        answer = ask(resolver, name, 1, 200);
        if (answer.status == SCEAU_DNS_OK)
            break;
        sleep_ms(50);
    }
    assert_int_equal(answer.status, SCEAU_DNS_OK);
    printf("recovered after %u ms\n", (unsigned)(monotonic_ms() - from_ms));
    assert_true(monotonic_ms() - from_ms < 8000);
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
    int64_t from_ms = monotonic_ms();
    dns_live_free(resolver);
    for (int i = 0; i < 20; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(waiters[i].status, SCEAU_DNS_SERVFAIL);
    }
    assert_true(monotonic_ms() - from_ms < 2000);
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
        struct problem problem = {0};
        assert_null(dns_live_new(&refused[i], &problem));
        assert_true(problem.text[0] != '\0');
    }
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        struct problem problem = {0};
        struct sceau_resolver *resolver = dns_live_new(&accepted[i], &problem);
        assert_non_null(resolver);
        dns_live_free(resolver);
    }
}

/* As the programs have it: session, cache, libunbound, server. */
static void
works_as_a_whole(void **state)
{
    (void)state;
    struct server server;
    server_start(&server, SERVER_ANSWERS);
    struct problem problem = {0};
    struct dns_live_options options = {
        .mode = DNS_LIVE_FORWARD,
        .servers = {server.address},
        .server_count = 1,
    };
    struct dns_network *network = dns_network_new(&options, 0, 0, &problem);
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
    assert_null(dns_network_new(&options, 0, 0, &problem));
    assert_true(problem.text[0] != '\0');
    server_stop(&server);
}

int
main(void)
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
        cmocka_unit_test(works_as_a_whole),
    };
    return cmocka_run_group_tests_name("dns/live", tests, NULL, NULL);
}
