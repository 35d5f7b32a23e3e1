/* A stack of buffers behind a lock: the one that was used last is still in the cache. */
#include "buffers.h"

#include <stdlib.h>

void
buffers_open(struct buffers *b)
{
    pthread_mutex_init(&b->lock, NULL);
    b->idle_count = b->made = 0;
}

char *
buffers_take(struct buffers *b)
{
    char *buffer = NULL;
    pthread_mutex_lock(&b->lock);
    if (b->idle_count > 0)
        buffer = b->idle[--b->idle_count];
    else if (b->made < BUFFERS_MAX && (buffer = malloc(BUFFER_SIZE)) != NULL)
        b->made++;
    pthread_mutex_unlock(&b->lock);
    return buffer;
}

void
buffers_give(struct buffers *b, char *buffer)
{
    if (buffer == NULL)
        return;
    pthread_mutex_lock(&b->lock);
    b->idle[b->idle_count++] = buffer;
    pthread_mutex_unlock(&b->lock);
}

void
buffers_close(struct buffers *b)
{
    while (b->idle_count > 0)
        free(b->idle[--b->idle_count]);
    pthread_mutex_destroy(&b->lock);
}
