/* A password in a file of its own: the first line, and nobody else may read it. */
#ifndef REMOTE_SECRET_H
#define REMOTE_SECRET_H

#include "language/problem.h"

#define SECRET_MAX 1024 /* octets of the line */

/* The first line, NUL-terminated, in `out`, which is to be wiped. False with a problem that
 * names the file and what to do. */
bool secret_read(const char *path, char out[SECRET_MAX], struct problem *problem);

#endif
