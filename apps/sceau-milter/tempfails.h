/* The tempfails given for trouble with DNS, shared by all connections and kept in the state
 * directory: a restart must not begin to count anew (V6). */
#ifndef APP_TEMPFAILS_H
#define APP_TEMPFAILS_H

#include "milter/session.h"
#include "policy/tempfail.h"

#include <pthread.h>

struct tempfails {
    pthread_mutex_t lock;
    struct tempfail_table *table;
    bool is_dirty; /* not saved yet */
};

/* Read DIR/tempfail, or begin anew where there is none or a damaged one. dir "": nothing is
 * kept. False when memory is exhausted. */
bool tempfails_open(struct tempfails *tempfails, const char *dir, int64_t now);

/* What tempfails_so_far asks for. From any thread. */
unsigned tempfails_count(struct tempfails *tempfails, const struct policy_facts *facts,
                         const struct sceau_verdict *verdict);

/* A message was answered: counted when it was sent away for DNS. From any thread. */
void tempfails_message(struct tempfails *tempfails,
                       const struct milter_message *message);

/* Write DIR/tempfail when there is news: a whole file or none. False, and errno. */
bool tempfails_save(struct tempfails *tempfails, const char *dir, int64_t now);

/* No connection is left. Also after tempfails_open said false. */
void tempfails_close(struct tempfails *tempfails);

#endif
