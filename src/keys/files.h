/* What store.c and edit.c share: paths, files read with their modes looked at. */
#ifndef KEYS_FILES_H
#define KEYS_FILES_H

#include "keys/store.h"

#define KEYS_PASS_PHRASE_MAX 1024

/* Which rights of group and others are too many. */
enum keys_mode {
    KEYS_MODE_WRITE = 022,
    KEYS_MODE_ANY = 077,
};

/* FOLDER/DOMAIN/FILE; false, told, when the domain is none or the path too long. */
bool keys_path(const struct keys_place *place, struct sceau_slice domain,
               const char *file, char path[KEYS_PATH_MAX], struct problem *problem);

/* A whole regular file in the arena. errno is kept for SCEAU_E_SYSTEM. */
enum sceau_status keys_file_read(const char *path, enum keys_mode too_many, size_t max,
                                 struct sceau_arena *arena, struct sceau_slice *text,
                                 struct problem *problem);

/* The same into memory of the caller's, who wipes it; nobody else may have a right. */
enum sceau_status keys_file_read_secret(const char *path, char *out, size_t size,
                                        struct sceau_slice *text,
                                        struct problem *problem);

/* The pass phrase, in `out`, which is to be wiped; empty without a file. */
bool keys_pass_phrase(const struct keys_place *place, char out[KEYS_PASS_PHRASE_MAX],
                      struct sceau_slice *pass_phrase, struct problem *problem);

#endif
