/* A whole file or standard input in memory, under a limit. */
#ifndef APP_SPOOL_H
#define APP_SPOOL_H

#include "language/problem.h"

#define SPOOL_MAIL_MAX ((size_t)256 * 1024 * 1024)

struct spool {
    struct sceau_slice original; /* as it was read */
    struct sceau_slice octets;   /* the same; of a mail, with CRLF line ends */
    bool has_lf_lines;           /* the mail ended its lines with LF */
    struct problem problem;      /* why it could not be read */
};

/* Read a file; "-" is standard input. False with the problem told. Free in either case. */
bool spool_read(struct spool *spool, enum language language, const char *path,
                size_t most);

/* Read a mail. The first line end decides: when it is LF, each lone LF is a CRLF on the
 * wire. */
bool spool_read_mail(struct spool *spool, enum language language, const char *path);

void spool_free(struct spool *spool);

/* The same, and nothing of it stays in memory: a key. */
void spool_wipe(struct spool *spool);

#endif
