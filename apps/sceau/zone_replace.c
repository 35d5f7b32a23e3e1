/* Made beside the file, fsynced, compared once more, renamed: whoever reads the file sees
 * the old text or the new one, also after a crash or on a full disk. */
#include "zone_replace.h"

#include "environment.h"
#include "zone_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BACKUPS_MAX 100 /* of one serial */

static bool
write_all(int fd, struct sceau_slice text)
{
    while (text.len > 0) {
        ssize_t n = write(fd, text.ptr, text.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n == 0 ? ENOSPC : errno;
            return false;
        }
        text = slice_skip(text, (size_t)n);
    }
    return true;
}

/* Owner before mode: changing the owner takes set-user-id away, never the other way. */
static bool
fill(int fd, const struct stat *info, struct sceau_slice text)
{
    struct stat made;
    if (fstat(fd, &made) != 0)
        return false;
    if ((made.st_uid != info->st_uid || made.st_gid != info->st_gid) &&
        fchown(fd, info->st_uid, info->st_gid) != 0)
        return false;
    return fchmod(fd, info->st_mode & 07777) == 0 && write_all(fd, text) &&
           fsync(fd) == 0;
}

static bool
find_paths(struct zone_replace *r, const char *path)
{
    if (realpath(path, r->path) == NULL || stat(r->path, &r->info) != 0)
        return false;
    memcpy(r->folder, r->path, sizeof r->folder);
    char *name = strrchr(r->folder, '/');
    *name = '\0';
    int len = snprintf(r->made, sizeof r->made, "%s/.%s.sceau-%ld", r->folder, name + 1,
                       (long)getpid());
    errno = ENAMETOOLONG;
    return len > 0 && (size_t)len < sizeof r->made - 16;
}

bool
zone_replace_write(struct zone_replace *r, const char *path, struct sceau_slice text)
{
    *r = (struct zone_replace){.made = ""};
    if (!find_paths(r, path)) {
        complain("%s: %s", path, strerror(errno));
        r->made[0] = '\0';
        return false;
    }
    int fd = open(r->made, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool is_written = fd >= 0 && fill(fd, &r->info, text);
    int reason = errno;
    if (fd >= 0 && close(fd) != 0 && is_written) {
        reason = errno;
        is_written = false;
    }
    if (is_written)
        return true;
    complain("%s: %s; the file is as it was", r->made, strerror(reason));
    if (fd >= 0)
        unlink(r->made);
    r->made[0] = '\0';
    return false;
}

void
zone_replace_drop(struct zone_replace *r)
{
    if (r->made[0] != '\0')
        unlink(r->made);
    r->made[0] = '\0';
}

/* A copy, where the file system has no links. */
static bool
copy_old(const struct zone_replace *r, struct sceau_slice old)
{
    int fd =
        open(r->backup, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return false;
    bool is_written = fill(fd, &r->info, old);
    int reason = errno;
    close(fd);
    if (!is_written)
        unlink(r->backup);
    errno = reason;
    return is_written;
}

/* The old file under a second name: it takes no room, and nothing can go wrong half way. */
static bool
keep_old(struct zone_replace *r, struct sceau_slice old, uint32_t serial)
{
    for (unsigned i = 0; i < BACKUPS_MAX; i++) {
        char end[32] = "";
        if (i > 0)
            snprintf(end, sizeof end, ".%u", i);
        int len =
            snprintf(r->backup, sizeof r->backup, "%s.bak-%u%s", r->path, serial, end);
        errno = ENAMETOOLONG;
        if (len < 0 || (size_t)len >= sizeof r->backup)
            return false;
        if (link(r->path, r->backup) == 0)
            return true;
        if (errno != EEXIST && copy_old(r, old))
            return true;
        if (errno != EEXIST)
            return false;
    }
    return false;
}

static void
sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd); /* the name is in place in either case */
    close(fd);
}

bool
zone_replace_commit(struct zone_replace *r, struct sceau_arena *arena,
                    struct sceau_slice old, uint32_t serial)
{
    struct sceau_slice now;
    bool is_read = zone_source_read(arena, r->path, &now);
    if (!is_read || !slice_eq(now, old)) {
        complain("%s: somebody else changed it meanwhile; it was left alone: run the "
                 "command again",
                 r->path);
        zone_replace_drop(r);
        return false;
    }
    if (!keep_old(r, old, serial)) {
        complain("%s: %s; the file is as it was", r->backup, strerror(errno));
        zone_replace_drop(r);
        return false;
    }
    if (rename(r->made, r->path) != 0) {
        complain("%s: %s; the file is as it was", r->path, strerror(errno));
        unlink(r->backup);
        zone_replace_drop(r);
        return false;
    }
    r->made[0] = '\0';
    sync_folder(r->folder);
    return true;
}
