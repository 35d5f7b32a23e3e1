/* The server around the milter sessions: a pool of threads that grows and shrinks, each of
 * which accepts a connection and serves it. A milter connection is one SMTP session: there
 * are hundreds of them, so blocking code is the plain way. */
#ifndef MILTER_SERVER_H
#define MILTER_SERVER_H

#include "milter/listener.h"

#define MILTER_CONNECTIONS_MAX 4096
#define MILTER_THREAD_STACK    ((size_t)256 * 1024)
#define MILTER_IDLE_SECONDS    30 /* an idle thread ends after that */

struct milter_server;

struct milter_server_options {
    unsigned connections_max; /* served at a time; more wait in the listen queue */
    /* Serve one connection and return; the server closes `fd`. Runs in a thread of the
     * pool. `listener` is the one that accepted. */
    void (*serve)(void *self, int fd, const struct milter_listener *listener);
    void *self;
};

/** A server over open listeners, which live longer. NULL when memory is exhausted. */
struct milter_server *milter_server_new(const struct milter_server_options *options,
                                        const struct milter_listener *listeners,
                                        size_t count);

/** Serve until milter_server_stop. Blocks. */
void milter_server_run(struct milter_server *server);

/** Another connections_max from now on; connections above a lower one are served to their end. */
void milter_server_limit(struct milter_server *server, unsigned connections_max);

/** Stop accepting; from a signal handler too. */
void milter_server_stop(struct milter_server *server);

/** Wait for the connections at work: no more is read from any of them, a message at its
 * end is answered. After `seconds` the rest are cut off. No thread is left. NULL is fine. */
void milter_server_drain(struct milter_server *server, unsigned seconds);

/** After it was drained. NULL is fine. */
void milter_server_free(struct milter_server *server);

/** Connections being served, threads alive. */
struct milter_server_counts {
    unsigned connections;
    unsigned threads;
    uint64_t accepted;
};
struct milter_server_counts milter_server_counts(struct milter_server *server);

#endif
