/* Large read buffers that all connections share. A connection waits with a small one of its
 * own; it takes a large one when more octets are there already, and gives it back when they
 * are read. So a thousand connections cost a thousand small ones. */
#ifndef APP_BUFFERS_H
#define APP_BUFFERS_H

#include <pthread.h>
#include <stddef.h>

#define BUFFER_SIZE ((size_t)64 * 1024) /* as Postfix and Sendmail cut bodies */
#define BUFFERS_MAX 32                  /* more than can be at work at a time */

struct buffers {
    pthread_mutex_t lock;
    char *idle[BUFFERS_MAX];
    size_t idle_count;
    size_t made;
};

void buffers_open(struct buffers *buffers);

/* A buffer of BUFFER_SIZE octets; NULL when all are in use, or memory is. */
char *buffers_take(struct buffers *buffers);

/* NULL is fine. */
void buffers_give(struct buffers *buffers, char *buffer);

/* All were given back. */
void buffers_close(struct buffers *buffers);

#endif
