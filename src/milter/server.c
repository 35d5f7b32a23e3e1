/* The pool: every idle thread waits for a connection itself, so none is handed over.
 *
 * They wait in one epoll set, which wakes the thread that came last, whose memory is warm;
 * those behind it sleep until they have been idle for long enough to end. A connection that
 * arrives wakes one of them (EPOLLET). Whoever has taken one arms the listener anew, so
 * that another that was there already wakes somebody too. Whoever leaves nobody idle
 * starts another thread first. At the limit none is: clients then wait in the listen
 * queue until a thread is free.
 *
 * One lock guards the counts and the list; it is taken twice a connection, never for a
 * packet. */
#include "milter/server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* A connection being served; it lives on its thread's stack. */
struct connection {
    struct connection *next, **link;
    int fd;
};

struct milter_server {
    struct milter_server_options options;
    const struct milter_listener *listeners;
    size_t count;
    int ready; /* epoll: the listeners, and `stop` */
    int stop;  /* eventfd, readable for good once milter_server_stop was called */

    pthread_mutex_t lock;
    pthread_cond_t has_ended; /* a thread has, while the server stops */
    struct connection *serving;
    unsigned connections;
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

static void
list_remove(struct connection *c)
{
    *c->link = c->next;
    if (c->next != NULL)
        c->next->link = c->link;
}

/* Watch a listener, or `stop`, which stands behind the last of them. */
static bool
watch(struct milter_server *s, int operation, size_t i)
{
    bool is_stop = i == s->count;
    struct epoll_event event = {.events = EPOLLIN | (is_stop ? 0u : EPOLLET),
                                .data.u64 = i};
    return epoll_ctl(s->ready, operation, is_stop ? s->stop : s->listeners[i].fd,
                     &event) == 0;
}

static bool
open_descriptors(struct milter_server *s)
{
    s->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    s->ready = epoll_create1(EPOLL_CLOEXEC);
    bool is_open = s->stop >= 0 && s->ready >= 0;
    for (size_t i = 0; i <= s->count && is_open; i++)
        is_open = watch(s, EPOLL_CTL_ADD, i);
    return is_open;
}

static void
close_descriptors(struct milter_server *s)
{
    if (s->stop >= 0)
        close(s->stop);
    if (s->ready >= 0)
        close(s->ready);
}

struct milter_server *
milter_server_new(const struct milter_server_options *options,
                  const struct milter_listener *listeners, size_t count)
{
    struct milter_server *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->options = *options;
    s->listeners = listeners;
    s->count = count;
    if (!open_descriptors(s)) {
        close_descriptors(s);
        free(s);
        return NULL;
    }
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->has_ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return s;
}

/* ---- threads ---- */

static void *thread_main(void *argument);

/* One more idle thread. The lock is held. */
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
    s->idle_threads += is_started;
    return is_started;
}

/* Take the connection that woke us at listener i. -1: it is gone, or there are no
 * descriptors left: then after a pause, so that connections end meanwhile. */
static int
accept_from(struct milter_server *s, size_t i)
{
    int fd = accept4(s->listeners[i].fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    watch(s, EPOLL_CTL_MOD, i);
    return fd;
}

/* Wait for a connection. -1: none came for MILTER_IDLE_SECONDS, or the server stops. */
static int
next_connection(struct milter_server *s, const struct milter_listener **listener)
{
    struct epoll_event event;
    int fd = -1;
    while (fd < 0) {
        int n = epoll_wait(s->ready, &event, 1, MILTER_IDLE_SECONDS * 1000);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0 || event.data.u64 == s->count)
            return -1;
        *listener = &s->listeners[event.data.u64];
        fd = accept_from(s, event.data.u64);
    }
    return fd;
}

static void
serve_connection(struct milter_server *s, int fd,
                 const struct milter_listener *listener)
{
    struct connection c = {.fd = fd};
    pthread_mutex_lock(&s->lock);
    list_add(&s->serving, &c);
    s->connections++;
    s->accepted++;
    s->idle_threads--;
    if (s->is_stopping)
        shutdown(fd, SHUT_RD); /* it came too late to be told by the drain */
    else if (s->idle_threads == 0 && s->threads < s->options.connections_max)
        start_thread(s); /* or the next connection waits until one is free */
    pthread_mutex_unlock(&s->lock);
    s->options.serve(s->options.self, fd, listener);
    pthread_mutex_lock(&s->lock);
    list_remove(&c);
    s->connections--;
    s->idle_threads++;
    pthread_mutex_unlock(&s->lock);
    close(fd); /* off the list: the drain cannot mean another one's number */
}

/* May this thread, which found nothing to do, end? One stays and waits. */
static bool
retire(struct milter_server *s)
{
    pthread_mutex_lock(&s->lock);
    bool is_over = s->is_stopping || s->idle_threads > 1;
    s->threads -= is_over;
    s->idle_threads -= is_over;
    if (is_over && s->is_stopping)
        pthread_cond_signal(&s->has_ended);
    pthread_mutex_unlock(&s->lock);
    return is_over;
}

static void *
thread_main(void *argument)
{
    struct milter_server *s = argument;
    const struct milter_listener *listener;
    do {
        int fd;
        while ((fd = next_connection(s, &listener)) >= 0)
            serve_connection(s, fd, listener);
    } while (!retire(s));
    return NULL;
}

void
milter_server_run(struct milter_server *s)
{
    struct pollfd stop = {.fd = s->stop, .events = POLLIN};
    bool has_thread;
    do {
        pthread_mutex_lock(&s->lock);
        has_thread = s->threads > 0 || start_thread(s);
        pthread_mutex_unlock(&s->lock);
    } while (poll(&stop, 1, has_thread ? -1 : 1000) <= 0);
    for (size_t i = 0; i < s->count; i++)
        watch(s, EPOLL_CTL_DEL, i); /* clients wait in the queue for who comes next */
    pthread_mutex_lock(&s->lock);
    s->is_stopping = true;
    pthread_mutex_unlock(&s->lock);
}

void
milter_server_stop(struct milter_server *s)
{
    int saved = errno;
    ssize_t written = write(s->stop, &(uint64_t){1}, sizeof(uint64_t));
    (void)
        written; /* only a counter that is full refuses it, and that one says it too */
    errno = saved;
}

void
milter_server_limit(struct milter_server *s, unsigned connections_max)
{
    pthread_mutex_lock(&s->lock);
    s->options.connections_max = connections_max;
    /* Clients may be waiting for the room that there is now. */
    if (!s->is_stopping && s->idle_threads == 0 && s->threads < connections_max)
        start_thread(s);
    pthread_mutex_unlock(&s->lock);
}

/* ---- the end ---- */

static struct timespec
in_seconds(unsigned seconds)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += seconds;
    return t;
}

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
    shut_down(s, SHUT_RD);
    int waited = 0;
    while (s->threads > 0) {
        if (waited == 0)
            waited = pthread_cond_timedwait(&s->has_ended, &s->lock, &until);
        else {
            shut_down(s, SHUT_RDWR);
            pthread_cond_wait(&s->has_ended, &s->lock);
        }
    }
    pthread_mutex_unlock(&s->lock);
}

void
milter_server_free(struct milter_server *s)
{
    if (s == NULL)
        return;
    close_descriptors(s);
    pthread_cond_destroy(&s->has_ended);
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
