/* Files written whole. A new file is made aside (file_make), may be looked at there, and
 * takes the place of the old one (file_take_place). Names are looked up from `folder`, a
 * descriptor, or as openat(2) does with AT_FDCWD. */
#ifndef FILE_FILE_H
#define FILE_FILE_H

#include "core/slice.h"

#include <sys/stat.h>

struct file_owner {
    mode_t mode;
    uid_t uid;
    gid_t gid;
};

/* Write all octets, however many calls that takes. False, and errno. */
bool file_write_all(int fd, struct sceau_slice octets);

/* Make a file that is not there, flushed to the disk. False, with errno and no trace, when it
 * is there (EEXIST) or cannot be written whole.
 *
 * owner  whose it is to be, and its mode; NULL: ours, 0600. Nobody has more rights to it
 *        before it is written than after. */
bool file_make(int folder, const char *name, struct sceau_slice octets,
               const struct file_owner *owner);

/* Rename `aside` to `name`, and flush the folder. False, with errno and without `aside`,
 * when that fails; what has the name is as it was. */
bool file_take_place(int folder, const char *aside, const char *name);

/* What root makes for others: `fd` gets the owner of `folder` when root made it, and the folder
 * is not root's. False, and errno. */
bool file_give_away(int folder, int fd);

/* A file of this process alone, for reading and writing, that is gone when it is closed.
 * -1, and errno. */
int file_open_unnamed(const char *folder);

#endif
