/* A daemon that was started: its process, its words on standard error, and whether it
 * said that it is ready. */
#ifndef APP_CHILD_H
#define APP_CHILD_H

#include "language/language.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CHILD_ARGUMENTS 512

struct child {
    enum language language; /* of what is said about it here */
    const char *name;       /* "sceau-milter" */
    const char *arguments[CHILD_ARGUMENTS];
    size_t argument_count;
    pid_t pid; /* 0: not running */
    int words; /* what it says on standard error; -1: closed */
    bool is_ready;
    int status; /* how it ended: an exit status, or 128 + signal */
    char line[64];
    size_t line_len;
    bool is_long; /* the line at hand is longer than that: it is not "ready" */
};

void child_argument(struct child *child, const char *word);

/* The program is sought beside this one: where it was built, where it is installed. False
 * with a message on standard error. */
bool child_start(struct child *child);

/* Pass on what it said, but for the line "ready", which sets is_ready. Call when `words`
 * can be read. */
void child_hear(struct child *child);

/* Which of them ended, if any: sets pid to 0 and status. Does not wait. */
struct child *child_reap(struct child *children, size_t count);

#endif
