/* Messages from where people keep them: a file, standard input, an mbox, a Maildir, a
 * folder of files. One message after the other, each as a stream of octets. */
#ifndef APP_INPUT_H
#define APP_INPUT_H

#include "file_list.h"
#include "language/problem.h"

#include <stdio.h>

struct mail_input {
    const char *path; /* of the file at hand, for messages to people */
    unsigned message; /* in this file, from 1 */
    size_t line;      /* lines read of this file */
    bool is_mbox;
    /* the rest is input.c's own */
    FILE *file;
    char *buffer; /* one piece of a line */
    size_t len;
    bool has_piece;      /* the buffer holds a piece */
    bool is_given;       /* and it was given out */
    bool has_lf_lines;   /* the file ends its lines with LF: they are made CRLF */
    bool starts_line;    /* the piece begins a line */
    bool is_after_empty; /* the line before it was empty: it may be a separator */
    struct file_list files;
};

/* Take a path of the command line: "-" is standard input; of a folder its regular files
 * (of a Maildir those in new/ and cur/), in the order of their names. False when it
 * cannot be read, and the problem is told. Close in either case. */
bool mail_input_open(struct mail_input *in, const char *path, struct problem *problem);

enum mail_input_step {
    MAIL_INPUT_MESSAGE, /* a message begins: read it */
    MAIL_INPUT_END,     /* no more */
    MAIL_INPUT_BROKEN,  /* this file cannot be read; go on with the next step */
};

/* Step to the next message, skipping what was not read of the last. */
enum mail_input_step mail_input_next(struct mail_input *in, struct problem *problem);

/* The next octets of the message, CRLF line ends, valid until the next call; false at
 * its end. */
bool mail_input_read(struct mail_input *in, struct sceau_slice *chunk);

void mail_input_close(struct mail_input *in);

#endif
