/* A zone file (or standard input) and the files that it includes, which lie in its own
 * folder. */
#ifndef APP_ZONE_FILE_H
#define APP_ZONE_FILE_H

#include "language/language.h"
#include "zone/document.h"

#define ZONE_MEMORY ((size_t)1024 * 1024 * 1024) /* of a file and all it includes */

struct zone_source {
    struct zone_loader loader;
    struct sceau_arena *arena;
    char *folder; /* included files lie in it; ends in no slash; NULL: standard input */
};

/* Read the file ("-": standard input) into the arena. False with a message. Close it in
 * either case. */
bool zone_source_open(struct zone_source *source, enum language language,
                      struct sceau_arena *arena, const char *path,
                      struct sceau_slice *text);
void zone_source_close(struct zone_source *source);

/* For zone_document_read; NULL when nothing can be included. */
struct zone_loader *zone_source_loader(struct zone_source *source);

/* A regular file as it is. False with errno; EFBIG when it is too large. */
bool zone_source_read(struct sceau_arena *arena, const char *path,
                      struct sceau_slice *text);

#endif
