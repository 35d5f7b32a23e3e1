#include "store/journal_waiting.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK  ".folded" /* with a dot: no segment */
#define AHEAD 60        /* seconds; later ones were written by a clock that was wrong */
#define PAUSE 10        /* seconds from one look to the next, */
#define LONG  60        /* and when there are more files than */
#define MANY  2000

bool
journal_is_before(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

static void
look_at(int folder, const char *name, const struct timespec *folded,
        struct journal_waiting *w)
{
    struct stat info;
    if (name[0] == '.' || fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(info.st_mode) || journal_is_before(&info.st_mtim, folded) ||
        info.st_mtim.tv_sec > time(NULL) + AHEAD)
        return;
    w->octets += (uint64_t)info.st_size;
    if (w->segments++ == 0 || journal_is_before(&info.st_mtim, &w->oldest))
        w->oldest = info.st_mtim;
}

bool
journal_waiting(const char *folder, struct journal_waiting *w)
{
    struct stat mark;
    struct timespec folded = {0};
    const struct dirent *entry;
    *w = (struct journal_waiting){0};
    DIR *all = opendir(folder);
    if (all == NULL)
        return false;
    w->has_mark = fstatat(dirfd(all), MARK, &mark, AT_SYMLINK_NOFOLLOW) == 0 &&
                  S_ISREG(mark.st_mode);
    if (w->has_mark)
        folded = mark.st_mtim;
    while ((entry = readdir(all)) != NULL) {
        look_at(dirfd(all), entry->d_name, &folded, w);
        w->files++;
    }
    closedir(all);
    return true;
}

unsigned
journal_waiting_pause(const struct journal_waiting *w, uint64_t octets, uint64_t limit)
{
    return w->files <= MANY || (limit > 0 && octets > limit / 2) ? PAUSE : LONG;
}

uint64_t
journal_waiting_age(const struct journal_waiting *w, int64_t now)
{
    return w->segments > 0 && now > w->oldest.tv_sec
               ? (uint64_t)(now - w->oldest.tv_sec)
               : 0;
}

static bool
set_mark(int folder, const struct timespec *until)
{
    const struct timespec times[2] = {*until, *until};
    int fd = openat(folder, MARK, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (fd < 0)
        return false;
    bool is_marked = futimens(fd, times) == 0;
    int why = errno;
    close(fd);
    errno = why;
    return is_marked;
}

/* One that stays as it is holds all mail that comes from now on. */
bool
journal_mark_folded(int folder, const struct timespec *until)
{
    if (set_mark(folder, until))
        return true;
    int why = errno;
    bool is_gone = unlinkat(folder, MARK, 0) == 0;
    if (is_gone && set_mark(folder, until))
        return true;
    errno = is_gone ? errno : why;
    return false;
}

bool
journal_move_mark(int folder, const struct timespec *until)
{
    struct stat mark;
    return fstatat(folder, MARK, &mark, AT_SYMLINK_NOFOLLOW) != 0 ||
           !journal_is_before(&mark.st_mtim, until) ||
           journal_mark_folded(folder, until);
}
