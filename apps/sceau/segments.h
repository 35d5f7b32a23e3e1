/* Journal segments as the commands read them: whole records, oldest first. Read only; a
 * segment that is being written, or that a crash cut short, is read up to its last whole
 * record. */
#ifndef APP_SEGMENTS_H
#define APP_SEGMENTS_H

#include "sceau/core.h"

#include "language/problem.h"

/* Call `each` with the payload of every record of a segment, or of all segments in a
 * folder. Returns 0, or an exit status when something could not be read; standard error
 * says what, in this language. */
int segments_read(enum language language, const char *path,
                  void (*each)(void *self, struct sceau_slice payload), void *self);

/* A look at what was written lately. */
struct segments_look {
    int64_t
        age; /* seconds: segments that nobody has written to for longer are left out,
                  * by this host's clock; 0: none is */
    bool has_older;         /* some were */
    struct problem problem; /* why not all of it could be read; "" when it could */
};

/* The same for the segments of a folder, and nothing is said: look->problem has it. Octets
 * that are no record are a problem unless a segment ends in them. */
int segments_look(const char *folder, struct segments_look *look,
                  void (*each)(void *self, struct sceau_slice payload), void *self);

#endif
