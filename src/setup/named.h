/* named.conf(5), as far as it says which file holds a zone. */
#ifndef SETUP_NAMED_H
#define SETUP_NAMED_H

#include "language/problem.h"

#include <limits.h>

enum named_kind {
    NAMED_NONE,      /* no zone of that name, nor one above it */
    NAMED_PRIMARY,   /* the file is the zone */
    NAMED_SECONDARY, /* the file is a copy: the primary has to be changed */
    NAMED_DYNAMIC,   /* it takes updates: the file is named's own while it runs */
};

struct named_zone {
    enum named_kind kind;
    char name[256];      /* lower case, no final dot */
    char file[PATH_MAX]; /* absolute, or as written when `directory` is not known */
};

/* The zone with the longest name that `domain` (lower case, no final dot) lies in, by the
 * configuration at `path` and what it includes. False when that cannot be read or makes no
 * sense; the problem then says why. */
bool named_find(const char *path, struct sceau_slice domain, struct named_zone *zone,
                struct problem *problem);

/* Where Debian, and others, have named.conf: the first that is there, or NULL. */
const char *named_conf_place(void);

#endif
