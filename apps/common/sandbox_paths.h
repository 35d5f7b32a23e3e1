/* The files that a program keeps when it gives up all others (sandbox.h), put together. */
#ifndef APP_SANDBOX_PATHS_H
#define APP_SANDBOX_PATHS_H

#include "sceau/core.h"

#include "sandbox.h"

#define SANDBOX_PATHS_MAX 64

/* What goes beyond is left out. Paths are borrowed. */
struct sandbox_paths {
    struct sandbox_path items[SANDBOX_PATHS_MAX];
    size_t count;
};

/* NULL and "" are nothing. */
void sandbox_keep(struct sandbox_paths *k, const char *path, enum sandbox_right right);

/* "A" and "B" as one path. */
void sandbox_keep_joined(struct sandbox_paths *k, struct sceau_arena *arena,
                         const char *a, const char *b, enum sandbox_right right);

/* The folder a file is in: a file that is replaced by a new one of its name is reached. */
void sandbox_keep_folder_of(struct sandbox_paths *k, struct sceau_arena *arena,
                            struct sceau_slice path, enum sandbox_right right);

#endif
