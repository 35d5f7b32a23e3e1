/* An edit as a unified diff, as diff -u prints it. */
#ifndef ZONE_DIFF_H
#define ZONE_DIFF_H

#include "edit.h"

/* The lines that the splices change, with three lines around them, in hunks; without the
 * two lines of file names. Octets as they are in the file: escape for a terminal line by
 * line. {NULL, 0} when the arena is full. */
struct sceau_slice zone_diff(struct sceau_arena *arena, struct sceau_slice old,
                             const struct zone_splice *splices, size_t count);

#endif
