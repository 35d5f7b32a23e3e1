/* The journal's folder: which segments are complete, which were folded long ago. */
#include "core/text.h"
#include "fold_batch.h"
#include "journal.h"
#include "journal_waiting.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SEGMENT_READ_MAX (4 * JOURNAL_SEGMENT_MAX) /* larger is none of ours */
#define BEING_MADE       10 /* seconds that an empty segment may wait for its writer */
#define STUCK            (5 * JOURNAL_SEGMENT_SECONDS) /* so old: nobody closes it */
#define MARK_SECONDS     10 /* from one mark to the next within a look */

struct looking {
    struct fold *fold;
    const char *folder;
    int64_t now, keep;
    struct fold_look *look;
    bool is_removing;
    bool is_stopping;
    /* What is not known to be folded was not, as far as that connection's server knew. */
    bool has_learned;
    unsigned learned_from;
    bool has_failed;
    char *borrowed;        /* octets of the batch's last segment; NULL: none */
    struct timespec began; /* by the clock of which files have their times */
    time_t marked;
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

/* False: its writer lives, it is folded later. */
static bool
add_open_file(struct looking *l, int fd, const char *name)
{
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) ||
        (uint64_t)info.st_size > SEGMENT_READ_MAX) {
        note(l, name, N_("no segment of a journal"));
        return true;
    }
    if (is_being_written(l, fd, &info)) {
        bool is_stuck = info.st_mtime + STUCK < l->began.tv_sec;
        l->look->open += is_stuck; /* the others are counted at the end */
        return is_stuck;
    }
    char *octets = read_all(fd, (size_t)info.st_size);
    if (octets == NULL) {
        note(l, name, strerror(errno));
        return true;
    }
    fold_batch_add(l->fold, sceau_slice_from(name),
                   (struct sceau_slice){octets, (size_t)info.st_size});
    if (fold_batch_borrows(l->fold))
        l->borrowed = octets;
    else
        free(octets);
    return false;
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

/* Who has learned them all at once does not ask for each: a journey to the server for each
 * segment. One that is folded meanwhile, by whomever, is found when the batch is written. */
static bool
is_folded(struct looking *l, const char *name)
{
    struct sceau_slice segment = sceau_slice_from(name);
    bool is_there = fold_has_seen(l->fold, segment);
    bool is_known = l->has_learned && l->learned_from == fold_connection(l->fold);
    if (!is_there && !is_known)
        l->has_failed = !fold_is_folded(l->fold, segment, &is_there);
    return is_there;
}

/* False when it is not done with: it is in the batch, or it is folded later. */
static bool
add_segment(struct looking *l, int folder, const char *name)
{
    if (is_folded(l, name)) {
        if (l->is_removing)
            remove_old(l, folder, name);
        return true;
    }
    if (l->has_failed)
        return false;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        note(l, name, strerror(errno));
        return true;
    }
    bool is_done = add_open_file(l, fd, name);
    close(fd);
    return is_done;
}

/* ---- names ---- */

/* Segments that are not known to be folded, copied. */
struct names {
    char **items;
    size_t count, size;
};

static bool
add_name(struct names *names, const char *name)
{
    if (names->count == names->size) {
        size_t size = names->size > 0 ? 2 * names->size : 64;
        char **items = realloc(names->items, size * sizeof *items);
        if (items == NULL)
            return false;
        names->items = items;
        names->size = size;
    }
    char *copy = strdup(name);
    if (copy != NULL)
        names->items[names->count++] = copy;
    return copy != NULL;
}

static void
clear_names(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
}

/* Most segments of a folder were folded before, and are kept for a month: they are passed over
 * by their name alone, and not put in order. A folder ("lost+found") is nobody's segment. */
static bool
list(struct looking *l, DIR *all, struct names *names)
{
    const struct dirent *entry;
    while ((entry = readdir(all)) != NULL) {
        if (entry->d_name[0] == '.' || entry->d_type == DT_DIR)
            continue;
        if (!fold_has_seen(l->fold, sceau_slice_from(entry->d_name))) {
            if (!add_name(names, entry->d_name))
                return false;
        } else if (l->is_removing) {
            remove_old(l, dirfd(all), entry->d_name);
        }
    }
    return true;
}

/* HOST-BOOT-SEQUENCE, numbers by their value. */
static int
by_version(const void *a, const void *b)
{
    return strverscmp(*(char *const *)a, *(char *const *)b);
}

/* The names of one host begin with "HOST-", and end before "HOST.". False: it is none of ours. */
static bool
host_of(const char *name, struct sceau_slice *from)
{
    *from = sceau_slice_from(name);
    size_t len = from->len;
    from->len = slice_find_last(*from, '-');
    from->len = slice_find_last(*from, '-') + 1;
    return from->len < JOURNAL_NAME_MAX && from->len <= len;
}

/* A process that has just started knows none: it asks for those of each host in the folder at
 * once. In order, names of one host are neighbours. */
static void
learn(struct looking *l, const struct names *names)
{
    struct sceau_slice from, last = SLICE_NONE;
    bool is_all = true;
    l->learned_from = fold_connection(l->fold);
    for (size_t i = 0; i < names->count && !l->has_failed; i++) {
        char to[JOURNAL_NAME_MAX];
        bool is_ours = host_of(names->items[i], &from);
        is_all = is_all && is_ours;
        if (!is_ours || slice_eq(from, last))
            continue;
        memcpy(to, from.ptr, from.len);
        to[from.len - 1] = '-' + 1;
        l->has_failed = !fold_learn(l->fold, from, (struct sceau_slice){to, from.len});
        last = from;
    }
    l->has_learned = is_all && !l->has_failed;
}

/* ---- the mark ---- */

/* Up to the oldest that is left, or to when this look began. What is no segment, or cannot be
 * read, does not hold it: all that was folded since would seem to wait. */
static struct timespec
folded_until(const struct looking *l, int folder, const struct names *names)
{
    struct timespec until = l->began;
    struct stat info;
    for (size_t i = 0; i < names->count; i++) {
        const char *name = names->items[i];
        if (name != NULL && !fold_has_seen(l->fold, sceau_slice_from(name)) &&
            fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
            journal_is_before(&info.st_mtim, &until))
            until = info.st_mtim;
    }
    return until;
}

/* Who has not asked for all names, or could not, does not know what is left: a mark that is
 * there moves on, and never back. */
static void
move_mark(struct looking *l, int folder, const struct names *names)
{
    struct timespec until = folded_until(l, folder, names);
    if (!journal_move_mark(folder, &until))
        note(l, ".folded", strerror(errno));
    l->marked = time(NULL);
}

static void
leave_mark(struct looking *l, int folder, const struct names *names)
{
    struct timespec until = folded_until(l, folder, names);
    if (!journal_mark_folded(folder, &until)) /* more seems to wait than does */
        note(l, ".folded", strerror(errno));
}

#define LEARN_AT 50 /* fewer are asked for one by one */

static bool
stops(struct looking *l)
{
    l->is_stopping = l->is_stopping || fold_is_stopping(l->fold);
    return l->is_stopping;
}

static void
drop_name(struct names *names, size_t i)
{
    free(names->items[i]);
    names->items[i] = NULL;
}

/* From number `at` on, until the batch is full. */
static size_t
add_segments(struct looking *l, int folder, struct names *names, size_t at)
{
    for (; at < names->count && !l->has_failed && !fold_batch_is_full(l->fold) &&
           !stops(l);
         at++)
        if (names->items[at] != NULL && add_segment(l, folder, names->items[at]))
            drop_name(names, at);
    return at;
}

static enum fold_outcome
fold_once(struct looking *l, int folder, struct names *names, size_t *at)
{
    enum fold_outcome outcome = FOLD_FAILED;
    l->has_failed = false;
    fold_batch_begin(l->fold, l->now);
    *at = add_segments(l, folder, names, *at);
    if (l->has_failed)
        fold_batch_drop(l->fold);
    else
        outcome = fold_batch_end(l->fold, &l->look->counts);
    free(l->borrowed);
    l->borrowed = NULL;
    l->has_failed = outcome == FOLD_FAILED;
    return outcome;
}

/* One transaction, from number `from` on; the number of the next. What is in another host's way
 * is read and summed again. */
static size_t
fold_batch(struct looking *l, int folder, struct names *names, size_t from)
{
    enum fold_outcome outcome;
    unsigned tries = 0;
    size_t end;
    do {
        end = from;
        outcome = fold_once(l, folder, names, &end);
    } while (outcome == FOLD_BEFORE ||
             (outcome == FOLD_FAILED && fold_tries_again(l->fold, &tries)));
    for (size_t i = from; i < end && !l->has_failed; i++)
        if (names->items[i] != NULL &&
            fold_has_seen(l->fold, sceau_slice_from(names->items[i])))
            drop_name(names, i);
    return end;
}

static void
fold_names(struct looking *l, int folder, struct names *names)
{
    for (size_t at = 0; at < names->count && !l->has_failed && !stops(l);) {
        at = fold_batch(l, folder, names, at);
        time_t now = time(NULL);
        if (now < l->marked || now - l->marked >= MARK_SECONDS)
            move_mark(l, folder, names);
    }
    for (size_t i = 0; i < names->count && !l->has_failed && !l->is_stopping; i++)
        l->look->open += names->items[i] != NULL;
}

static void
look(struct looking *l, DIR *all)
{
    struct names names = {0};
    clock_gettime(CLOCK_REALTIME_COARSE, &l->began);
    l->marked = l->began.tv_sec;
    if (!list(l, all, &names))
        note(l, "", strerror(ENOMEM));
    if (names.count > 0)
        qsort(names.items, names.count, sizeof *names.items, by_version);
    if (names.count > LEARN_AT)
        learn(l, &names);
    fold_names(l, dirfd(all), &names);
    if (l->has_failed)
        move_mark(l, dirfd(all), &names);
    else
        leave_mark(l, dirfd(all), &names);
    clear_names(&names);
}

bool
fold_folder(struct fold *f, const char *folder, int64_t now, int64_t keep,
            struct fold_look *look_at)
{
    struct looking l = {.fold = f,
                        .folder = folder,
                        .now = now,
                        .keep = keep,
                        .look = look_at,
                        .is_removing = fold_is_removing(f, now)};
    *look_at = (struct fold_look){0};
    fold_doubt(f);
    DIR *all = opendir(folder);
    if (all != NULL)
        look(&l, all);
    else
        note(&l, "", strerror(errno));
    if (all != NULL)
        closedir(all);
    return !l.has_failed;
}
