/* Made beside the file, fsynced, compared once more, renamed: whoever reads the file sees
 * the old text or the new one, also after a crash or on a full disk. */
#include "zone_replace.h"

#include "environment.h"
#include "file/file.h"
#include "zone_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BACKUPS_MAX 100 /* of one serial */

static struct file_owner
owner_of(const struct zone_replace *r)
{
    return (struct file_owner){r->info.st_mode & 07777, r->info.st_uid, r->info.st_gid};
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

static void
complain_unchanged(const struct zone_replace *r, const char *path)
{
    const char *why = language_strerror(r->language, errno);
    COMPLAIN(r->language, "{path}: {why}; the file is as it was",
             LANGUAGE_THEIRS("path", sceau_slice_from(path)),
             LANGUAGE_OURS("why", sceau_slice_from(why)));
}

bool
zone_replace_write(struct zone_replace *r, enum language language, const char *path,
                   struct sceau_slice text)
{
    *r = (struct zone_replace){.language = language, .made = ""};
    if (!find_paths(r, path)) {
        complain_errno(r->language, path, errno);
        r->made[0] = '\0';
        return false;
    }
    const struct file_owner owner = owner_of(r);
    if (file_make(AT_FDCWD, r->made, text, &owner))
        return true;
    complain_unchanged(r, r->made);
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

/* The old file under a second name: it takes no room, and nothing can go wrong half way. */
static bool
keep_old(struct zone_replace *r, struct sceau_slice old, uint32_t serial)
{
    const struct file_owner owner = owner_of(r);
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
        /* a copy, where the file system has no links */
        if (errno != EEXIST && file_make(AT_FDCWD, r->backup, old, &owner))
            return true;
        if (errno != EEXIST)
            return false;
    }
    return false;
}

bool
zone_replace_commit(struct zone_replace *r, struct sceau_arena *arena,
                    struct sceau_slice old, uint32_t serial)
{
    struct sceau_slice now;
    bool is_read = zone_source_read(arena, r->path, &now);
    if (!is_read || !slice_eq(now, old)) {
        COMPLAIN(
            r->language,
            "{path}: somebody else changed it meanwhile; it was left alone: run the "
            "command again",
            LANGUAGE_THEIRS("path", sceau_slice_from(r->path)));
        zone_replace_drop(r);
        return false;
    }
    if (!keep_old(r, old, serial)) {
        complain_unchanged(r, r->backup);
        zone_replace_drop(r);
        return false;
    }
    bool is_replaced = file_take_place(AT_FDCWD, r->made, r->path);
    r->made[0] = '\0'; /* in place, or gone */
    if (is_replaced)
        return true;
    complain_unchanged(r, r->path);
    unlink(r->backup);
    return false;
}
