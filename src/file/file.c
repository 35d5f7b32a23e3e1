/* write, fsync, rename, fsync of the folder: in that order, each looked at. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool
file_write_all(int fd, struct sceau_slice octets)
{
    while (octets.len > 0) {
        ssize_t n = write(fd, octets.ptr, octets.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n == 0 ? ENOSPC : errno;
            return false;
        }
        octets = slice_skip(octets, (size_t)n);
    }
    return true;
}

/* Owner before mode: a change of owner takes set-user-id away. What is ours already needs
 * no right to give it away. */
static bool
give(int fd, const struct file_owner *owner)
{
    struct stat made;
    if (owner == NULL)
        return true;
    if (fstat(fd, &made) != 0)
        return false;
    if ((made.st_uid != owner->uid || made.st_gid != owner->gid) &&
        fchown(fd, owner->uid, owner->gid) != 0)
        return false;
    return fchmod(fd, owner->mode & 07777) == 0;
}

bool
file_make(int folder, const char *name, struct sceau_slice octets,
          const struct file_owner *owner)
{
    int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    0600);
    if (fd < 0)
        return false;
    bool is_good = give(fd, owner) && file_write_all(fd, octets) && fsync(fd) == 0;
    int why = errno;
    if (close(fd) != 0 && is_good) {
        is_good = false;
        why = errno;
    }
    if (!is_good)
        unlinkat(folder, name, 0);
    errno = why;
    return is_good;
}

/* The new name is in place whatever comes of it. */
static void
flush_folder(int folder, const char *name)
{
    char above[PATH_MAX];
    const char *slash = strrchr(name, '/');
    size_t len = slash != NULL ? (size_t)(slash - name) + 1 : 0;
    if (len >= sizeof above)
        return;
    memcpy(above, name, len);
    above[len] = '\0';
    int fd = openat(folder, len > 0 ? above : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

bool
file_take_place(int folder, const char *aside, const char *name)
{
    if (renameat(folder, aside, folder, name) != 0) {
        int why = errno;
        unlinkat(folder, aside, 0);
        errno = why;
        return false;
    }
    flush_folder(folder, name);
    return true;
}

bool
file_give_away(int folder, int fd)
{
    struct stat owner, made;
    if (geteuid() != 0)
        return true;
    if (fstat(folder, &owner) != 0 || fstat(fd, &made) != 0)
        return false;
    return made.st_uid != 0 || owner.st_uid == 0 ||
           fchown(fd, owner.st_uid, owner.st_gid) == 0;
}

int
file_open_unnamed(const char *folder)
{
    char path[PATH_MAX];
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    /* Not every file system has such files. */
    int len = snprintf(path, sizeof path, "%s/.unnamed-XXXXXX", folder);
    if (len < 0 || (size_t)len >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}
