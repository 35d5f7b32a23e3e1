/* Journal segments as the commands read them: whole records, oldest first. Read only; a
 * segment that is being written, or that a crash cut short, is read up to its last whole
 * record. */
#ifndef APP_SEGMENTS_H
#define APP_SEGMENTS_H

#include "sceau/core.h"

/* Call `each` with the payload of every record of a segment, or of all segments in a
 * folder. Returns 0, or an exit status when something could not be read; standard error
 * says what. */
int segments_read(const char *path,
                  void (*each)(void *self, struct sceau_slice payload), void *self);

/* The same, and nothing is said of what cannot be read. */
int segments_look(const char *path,
                  void (*each)(void *self, struct sceau_slice payload), void *self);

#endif
