/* The journal's folder: which segments are complete, which were folded long ago. */
#include "core/text.h"
#include "fold.h"
#include "journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEGMENT_READ_MAX (4 * JOURNAL_SEGMENT_MAX) /* larger is none of ours */
#define BEING_MADE       10 /* seconds that an empty segment may wait for its writer */

struct looking {
    struct fold *fold;
    const char *folder;
    int64_t now, keep;
    struct fold_look *look;
    bool is_removing;
    bool has_failed;
};

static void
note(struct looking *l, const char *name, const char *why)
{
    if (l->look->problem[0] == '\0')
        snprintf(l->look->problem, sizeof l->look->problem, "%s/%s: %s", l->folder,
                 name, why);
}

/* All octets of a file of `size`; NULL, and errno. The caller frees. */
static char *
read_all(int fd, size_t size)
{
    char *octets = malloc(size > 0 ? size : 1);
    size_t len = 0;
    while (octets != NULL && len < size) {
        ssize_t n = read(fd, octets + len, size - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n == 0 ? EIO : errno; /* it has become shorter */
            free(octets);
            return NULL;
        }
        len += (size_t)n;
    }
    return octets;
}

/* Its writer holds a lock while it lives. One that is empty may have been made just now,
 * and not been locked yet. */
static bool
is_being_written(const struct looking *l, int fd, const struct stat *info)
{
    return flock(fd, LOCK_SH | LOCK_NB) != 0 ||
           (info->st_size == 0 && info->st_mtime + BEING_MADE > l->now);
}

static void
fold_open_file(struct looking *l, int fd, const char *name)
{
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) ||
        (uint64_t)info.st_size > SEGMENT_READ_MAX) {
        note(l, name, N_("no segment of a journal"));
        return;
    }
    if (is_being_written(l, fd, &info)) {
        l->look->open++;
        return;
    }
    char *octets = read_all(fd, (size_t)info.st_size);
    if (octets == NULL) {
        note(l, name, strerror(errno));
        return;
    }
    l->has_failed = fold_segment(l->fold, sceau_slice_from(name),
                                 (struct sceau_slice){octets, (size_t)info.st_size},
                                 l->now, &l->look->counts) == FOLD_FAILED;
    free(octets);
}

static void
remove_old(struct looking *l, int folder, const char *name)
{
    struct stat info;
    if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
        info.st_mtime > l->now - l->keep)
        return;
    if (unlinkat(folder, name, 0) == 0)
        l->look->removed++;
    else
        note(l, name, strerror(errno));
}

static void
fold_name(struct looking *l, int folder, const char *name)
{
    bool is_folded = false;
    if (!fold_is_folded(l->fold, sceau_slice_from(name), &is_folded)) {
        l->has_failed = true;
        return;
    }
    if (is_folded) {
        if (l->is_removing)
            remove_old(l, folder, name);
        return;
    }
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        note(l, name, strerror(errno));
        return;
    }
    fold_open_file(l, fd, name);
    close(fd);
}

bool
fold_folder(struct fold *f, const char *folder, int64_t now, int64_t keep,
            struct fold_look *look)
{
    struct looking l = {f, folder, now, keep, look, fold_is_removing(f, now), false};
    struct dirent **entries;
    *look = (struct fold_look){0};
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int count = fd >= 0 ? journal_segments(fd, ".", &entries) : -1;
    if (count < 0)
        note(&l, "", strerror(errno));
    for (int i = 0; i < count; i++) {
        if (!l.has_failed)
            fold_name(&l, fd, entries[i]->d_name);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    if (fd >= 0)
        close(fd);
    return !l.has_failed;
}
