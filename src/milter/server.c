/* The accept loop and the pool of threads.
 *
 * One lock guards the pool; it is taken twice a connection, never for a packet. The accept
 * loop hands a connection to an idle thread or makes one. At the limit nothing more is
 * accepted: clients wait in the listen queue until a thread is free. */
#include "milter/server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A connection, from accept to close. On one of two lists of the server. */
struct connection {
    struct connection *next, **link;
    const struct milter_listener *listener;
    int fd;
};

struct milter_server {
    struct milter_server_options options;
    const struct milter_listener *listeners;
    size_t count;
    int stop_pipe[2]; /* written to by milter_server_stop */

    pthread_mutex_t lock;
    pthread_cond_t work;    /* a connection waits for a thread */
    pthread_cond_t is_idle; /* a connection or a thread has ended */
    struct connection *waiting;
    struct connection *serving;
    unsigned connections; /* waiting and serving */
    unsigned threads, idle_threads;
    uint64_t accepted;
    bool is_stopping;
};

static void
list_add(struct connection **list, struct connection *c)
{
    c->next = *list;
    c->link = list;
    if (c->next != NULL)
        c->next->link = &c->next;
    *list = c;
}

/* First come, first served; the list of waiting ones is short. */
static void
list_append(struct connection **list, struct connection *c)
{
    while (*list != NULL)
        list = &(*list)->next;
    list_add(list, c);
}

static void
list_remove(struct connection *c)
{
    *c->link = c->next;
    if (c->next != NULL)
        c->next->link = c->link;
}

struct milter_server *
milter_server_new(const struct milter_server_options *options,
                  const struct milter_listener *listeners, size_t count)
{
    struct milter_server *s = calloc(1, sizeof *s);
    if (s == NULL || pipe2(s->stop_pipe, O_CLOEXEC | O_NONBLOCK) != 0) {
        free(s);
        return NULL;
    }
    s->options = *options;
    s->listeners = listeners;
    s->count = count;
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->work, &monotonic);
    pthread_cond_init(&s->is_idle, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return s;
}

/* ---- threads ---- */

static struct timespec
in_seconds(unsigned seconds)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += seconds;
    return t;
}

/* The next connection; NULL when this thread should end. The lock is held. */
static struct connection *
next_connection(struct milter_server *s)
{
    struct timespec until = in_seconds(MILTER_IDLE_SECONDS);
    int waited = 0;
    s->idle_threads++;
    while (s->waiting == NULL && !s->is_stopping && waited == 0)
        waited = pthread_cond_timedwait(&s->work, &s->lock, &until);
    s->idle_threads--;
    struct connection *c = s->waiting;
    if (c != NULL) {
        list_remove(c);
        list_add(&s->serving, c);
    }
    return c;
}

static void
serve_connection(struct milter_server *s, struct connection *c)
{
    s->options.serve(s->options.self, c->fd, c->listener);
}

static void *
thread_main(void *argument)
{
    struct milter_server *s = argument;
    struct connection *c;
    pthread_mutex_lock(&s->lock);
    while ((c = next_connection(s)) != NULL) {
        pthread_mutex_unlock(&s->lock);
        serve_connection(s, c);
        pthread_mutex_lock(&s->lock);
        list_remove(c);
        close(c->fd);
        free(c);
        s->connections--;
        pthread_cond_broadcast(&s->is_idle);
    }
    s->threads--;
    pthread_cond_broadcast(&s->is_idle);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* One more thread. The lock is held. */
static bool
start_thread(struct milter_server *s)
{
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, MILTER_THREAD_STACK);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    bool is_started = pthread_create(&thread, &attributes, thread_main, s) == 0;
    pthread_attr_destroy(&attributes);
    s->threads += is_started;
    return is_started;
}

/* ---- accepting ---- */

/* Queue the connection for a thread; one is made when none is idle. When that fails, it
 * waits for the next thread that becomes free. */
static void
hand_over(struct milter_server *s, int fd, const struct milter_listener *listener)
{
    struct connection *c = malloc(sizeof *c);
    if (c == NULL) {
        close(fd); /* the MTA's default_action decides */
        return;
    }
    *c = (struct connection){.listener = listener, .fd = fd};
    pthread_mutex_lock(&s->lock);
    list_append(&s->waiting, c);
    s->connections++;
    s->accepted++;
    size_t waiting = 0;
    for (const struct connection *w = s->waiting; w != NULL; w = w->next)
        waiting++;
    bool is_served = s->idle_threads >= waiting || start_thread(s) || s->threads > 0;
    if (!is_served) {
        list_remove(c);
        s->connections--;
        close(fd);
        free(c);
    }
    pthread_cond_signal(&s->work);
    pthread_mutex_unlock(&s->lock);
}

static void
accept_one(struct milter_server *s, const struct milter_listener *listener)
{
    int fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0) {
        hand_over(s, fd, listener);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
        /* Out of descriptors: a pause, so that connections end meanwhile. */
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    }
}

/* At the limit: wait until a connection has ended, or the server stops. */
static void
wait_for_room(struct milter_server *s)
{
    pthread_mutex_lock(&s->lock);
    while (s->connections >= s->options.connections_max && !s->is_stopping) {
        struct timespec until = in_seconds(1);
        pthread_mutex_t *lock = &s->lock;
        pthread_cond_timedwait(&s->is_idle, lock, &until);
        struct pollfd stop = {.fd = s->stop_pipe[0], .events = POLLIN};
        if (poll(&stop, 1, 0) > 0)
            break;
    }
    pthread_mutex_unlock(&s->lock);
}

void
milter_server_run(struct milter_server *s)
{
    struct pollfd *fds = calloc(s->count + 1, sizeof *fds);
    if (fds == NULL)
        return;
    fds[0] = (struct pollfd){.fd = s->stop_pipe[0], .events = POLLIN};
    for (size_t i = 0; i < s->count; i++)
        fds[i + 1] = (struct pollfd){.fd = s->listeners[i].fd, .events = POLLIN};
    for (;;) {
        wait_for_room(s);
        if (poll(fds, s->count + 1, -1) < 0 && errno != EINTR)
            break;
        if (fds[0].revents != 0)
            break;
        for (size_t i = 0; i < s->count; i++) {
            if (fds[i + 1].revents != 0)
                accept_one(s, &s->listeners[i]);
        }
    }
    free(fds);
}

void
milter_server_stop(struct milter_server *s)
{
    int saved = errno;
    ssize_t written = write(s->stop_pipe[1], "", 1);
    (void)written; /* a full pipe says it already */
    errno = saved;
}

/* ---- the end ---- */

static void
shut_down(struct milter_server *s, int how)
{
    for (struct connection *c = s->serving; c != NULL; c = c->next)
        shutdown(c->fd, how);
}

void
milter_server_drain(struct milter_server *s, unsigned seconds)
{
    if (s == NULL)
        return;
    struct timespec until = in_seconds(seconds);
    pthread_mutex_lock(&s->lock);
    s->is_stopping = true;
    pthread_cond_broadcast(&s->work);
    shut_down(s, SHUT_RD);
    int waited = 0;
    while (s->threads > 0) {
        if (waited == 0)
            waited = pthread_cond_timedwait(&s->is_idle, &s->lock, &until);
        else {
            shut_down(s, SHUT_RDWR);
            pthread_cond_wait(&s->is_idle, &s->lock);
        }
    }
    pthread_mutex_unlock(&s->lock);
}

void
milter_server_free(struct milter_server *s)
{
    if (s == NULL)
        return;
    close(s->stop_pipe[0]);
    close(s->stop_pipe[1]);
    pthread_cond_destroy(&s->work);
    pthread_cond_destroy(&s->is_idle);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

struct milter_server_counts
milter_server_counts(struct milter_server *s)
{
    pthread_mutex_lock(&s->lock);
    struct milter_server_counts counts = {.connections = s->connections,
                                          .threads = s->threads,
                                          .accepted = s->accepted};
    pthread_mutex_unlock(&s->lock);
    return counts;
}
