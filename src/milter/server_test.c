/* A pool that serves everybody, no more at a time than its limit, and stops. */
#include "milter/server.h"

#include "../../tests/unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    LISTENERS = 2,
    CLIENTS = 8,
    CALLS = 200
};

static struct fixture {
    char folder[32];
    struct milter_listener listeners[LISTENERS];
    struct milter_server *server;
    pthread_t thread;
} fixture;

static atomic_uint now_served, most_served;

static void
echo(void *self, int fd, const struct milter_listener *listener)
{
    char c;
    unsigned now = atomic_fetch_add(&now_served, 1) + 1,
             most = atomic_load(&most_served);
    while (now > most && !atomic_compare_exchange_weak(&most_served, &most, now))
        continue;
    assert_ptr_equal(self, &fixture);
    assert_true(listener >= fixture.listeners &&
                listener < fixture.listeners + LISTENERS);
    while (read(fd, &c, 1) == 1) {
        if (write(fd, &c, 1) != 1)
            break;
    }
    atomic_fetch_sub(&now_served, 1);
}

static void *
run(void *server)
{
    milter_server_run(server);
    return NULL;
}

static void
start_server(unsigned connections_max)
{
    char text[64], error[256] = "";
    struct milter_server_options options = {.connections_max = connections_max,
                                            .serve = echo,
                                            .self = &fixture};
    snprintf(fixture.folder, sizeof fixture.folder, "/tmp/sceau-test-XXXXXX");
    assert_non_null(mkdtemp(fixture.folder));
    for (size_t i = 0; i < LISTENERS; i++) {
        snprintf(text, sizeof text, "unix:%s/%zu", fixture.folder, i);
        assert_true(milter_listener_parse(sceau_slice_from(text), &fixture.listeners[i],
                                          error));
        assert_true(milter_listener_open(&fixture.listeners[i], error));
    }
    atomic_store(&most_served, 0);
    fixture.server = milter_server_new(&options, fixture.listeners, LISTENERS);
    assert_non_null(fixture.server);
    pthread_create(&fixture.thread, NULL, run, fixture.server);
}

static void
stop_server(void)
{
    milter_server_stop(fixture.server);
    pthread_join(fixture.thread, NULL);
    milter_server_drain(fixture.server, 5);
    assert_int_equal(milter_server_counts(fixture.server).threads, 0);
    assert_int_equal(atomic_load(&now_served), 0);
    milter_server_free(fixture.server);
    for (size_t i = 0; i < LISTENERS; i++)
        milter_listener_close(&fixture.listeners[i]);
    rmdir(fixture.folder);
}

static int
connect_to(size_t listener)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval patience = {.tv_sec = 20}; /* then a connection was forgotten */
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    snprintf(address.sun_path, sizeof address.sun_path, "%s",
             fixture.listeners[listener].path);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static bool
is_echoed(int fd)
{
    char c = 0;
    return send(fd, "x", 1, MSG_NOSIGNAL) == 1 && read(fd, &c, 1) == 1 && c == 'x';
}

static void
keeps_its_limit_and_ends_what_is_open(void **state)
{
    (void)state;
    int fds[100];
    start_server(50);
    for (size_t i = 0; i < 100; i++) /* twice the limit: the second half waits */
        fds[i] = connect_to(0);
    for (size_t i = 0; i < 50; i++)
        assert_true(is_echoed(fds[i]));
    assert_int_equal(milter_server_counts(fixture.server).connections, 50);
    for (size_t i = 0; i < 50; i++)
        close(fds[i]);
    for (size_t i = 50; i < 100; i++)
        assert_true(is_echoed(fds[i]));
    assert_int_equal(milter_server_counts(fixture.server).accepted, 100);
    assert_true(milter_server_counts(fixture.server).threads <= 50);
    assert_int_equal(atomic_load(&most_served), 50);
    stop_server(); /* fifty are open */
    for (size_t i = 50; i < 100; i++) {
        assert_false(is_echoed(fds[i]));
        close(fds[i]);
    }
}

static void *
call_often(void *failures)
{
    for (size_t i = 0; i < CALLS; i++) {
        int fd = connect_to(i % LISTENERS);
        if (!is_echoed(fd))
            atomic_fetch_add((atomic_uint *)failures, 1);
        close(fd);
    }
    return NULL;
}

/* Arrivals that meet: one wake-up must not stand for two connections. */
static void
forgets_nobody(void **state)
{
    static const unsigned limits[] = {1, 3, 100};
    (void)state;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        pthread_t clients[CLIENTS];
        atomic_uint failures = 0;
        start_server(limits[i]);
        for (size_t k = 0; k < CLIENTS; k++)
            pthread_create(&clients[k], NULL, call_often, &failures);
        for (size_t k = 0; k < CLIENTS; k++)
            pthread_join(clients[k], NULL);
        assert_int_equal(failures, 0);
        assert_int_equal(milter_server_counts(fixture.server).accepted,
                         CLIENTS * CALLS);
        assert_true(atomic_load(&most_served) <= limits[i]);
        stop_server();
    }
}

/* What arrives after the stop waits in the queue: for the next process, when the service
 * manager holds the socket. */
static void
takes_nobody_after_the_stop(void **state)
{
    (void)state;
    start_server(10);
    int open = connect_to(0);
    assert_true(is_echoed(open));
    milter_server_stop(fixture.server);
    pthread_join(fixture.thread, NULL);
    int late = connect_to(0);
    milter_server_drain(fixture.server, 5);
    assert_int_equal(milter_server_counts(fixture.server).accepted, 1);
    close(open);
    close(late);
    stop_server();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_its_limit_and_ends_what_is_open),
        cmocka_unit_test(forgets_nobody),
        cmocka_unit_test(takes_nobody_after_the_stop),
    };
    return cmocka_run_group_tests_name("milter/server", tests, NULL, NULL);
}
