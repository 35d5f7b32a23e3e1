/* A file replaced by a new text, all or nothing: owner, group and mode stay, the old one is
 * kept beside it. */
#ifndef APP_ZONE_REPLACE_H
#define APP_ZONE_REPLACE_H

#include "sceau/core.h"

#include "language/language.h"

#include <limits.h>
#include <sys/stat.h>

struct zone_replace {
    enum language language; /* of what is said of it */
    char path[PATH_MAX];    /* where links lead */
    char folder[PATH_MAX];  /* of it */
    char made[PATH_MAX];    /* the new file; empty: none */
    char backup[PATH_MAX];  /* after zone_replace_commit */
    struct stat info;       /* of the old file */
};

/* Write the text beside the file, whole and on disk. False with a message: nothing is left.
 * Drop or commit it. */
bool zone_replace_write(struct zone_replace *r, enum language language,
                        const char *path, struct sceau_slice text);

/* Put it in place. `old` is what the file held when it was read: when it holds something
 * else by now, nothing happens. The old file is kept as PATH.bak-SERIAL. False with a
 * message, and the old file in place. */
bool zone_replace_commit(struct zone_replace *r, struct sceau_arena *arena,
                         struct sceau_slice old, uint32_t serial);

void zone_replace_drop(struct zone_replace *r);

#endif
