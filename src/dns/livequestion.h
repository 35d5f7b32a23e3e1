/* Questions on their way between the threads that ask and the resolver's. All functions but
 * live_question_new are called with the resolver's lock held. */
#ifndef DNS_LIVEQUESTION_H
#define DNS_LIVEQUESTION_H

#include "core/slice.h"
#include "name.h"

#include <pthread.h>

struct live;
struct engine;

/* What libunbound's callback said. */
struct live_reply {
    int rcode;
    int security;
    char *packet; /* owned; NULL when there is none */
    size_t packet_len;
};

/* One question. It lives as long as one of its users: the thread that waits for it, unless
 * it is a prefetch, and the resolver's thread. */
struct live_question {
    char name[DNS_NAME_TEXT_MAX]; /* presentation form: what libunbound reads */
    uint16_t type;
    struct live *live;
    struct engine *engine; /* of the resolver's thread, once it is asked */
    /* From here on under the lock of `live`. */
    unsigned users;
    bool is_awaited;
    bool is_done;
    pthread_cond_t done;
    struct live_reply reply;
    struct live_question *previous, *next; /* in the list it stands in */
};

struct live_questions {
    struct live_question *first, *last;
    unsigned count;
};

/* Put it at the end. */
void live_questions_append(struct live_questions *list, struct live_question *question);

void live_questions_remove(struct live_questions *list, struct live_question *question);

/* NULL when memory is exhausted or the name is none. */
struct live_question *live_question_new(struct live *live, struct sceau_slice name,
                                        uint16_t type, bool is_awaited);

/* One user less. */
void live_question_release(struct live_question *question);

/* The resolver's thread is done with it: wake who waits. */
void live_question_finish(struct live_question *question, struct live_reply reply);

#endif
