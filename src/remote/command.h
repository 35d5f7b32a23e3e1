/* A program that the administrator names, run without a shell: words in, octets to its
 * standard input, octets from its standard output, and an end to its time. */
#ifndef REMOTE_COMMAND_H
#define REMOTE_COMMAND_H

#include "core/slice.h"
#include "secret.h"

#define COMMAND_WORDS 32

struct command {
    struct sceau_slice line;  /* "/path/program word "quoted word"" */
    struct sceau_slice input; /* its standard input */
    char *output;             /* its standard output; NULL: nobody wants it */
    size_t output_max;        /* octets; more is an error */
    unsigned timeout_ms;      /* then it and its process group are killed */
};

/* Split `line` into words at blanks; double quotes hold blanks together, nothing else has a
 * meaning. The program is a path from the root. Words are NUL-terminated in `memory`.
 * Returns how many, 0 with a problem when it cannot be run. */
size_t command_words(struct sceau_slice line, char *memory, size_t size,
                     char *words[COMMAND_WORDS + 1], struct problem *problem);

/* Run it to its end. True when it ended with 0: *len octets are in `output`. Else the
 * problem tells. Its standard error is ours. */
bool command_run(const struct command *command, size_t *len, struct problem *problem);

#endif
