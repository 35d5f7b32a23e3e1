/* The journal's writer. One lock, held for one write(2); a thread of its own flushes to
 * the disk, so that no message waits for that. */
#include "store/journal.h"

#include "core/monotonic.h"
#include "store/frame.h"
#include "store/journal_waiting.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct journal {
    char *folder;
    char host[256];
    uint64_t boot;
    size_t segment_max;
    struct sceau_arena *scratch; /* of one frame */

    pthread_mutex_t lock;
    pthread_cond_t stop;
    pthread_t flusher;
    int fd;            /* of the open segment; -1: none */
    uint64_t sequence; /* of the next segment */
    size_t size;       /* of the open one */
    int64_t opened;    /* monotonic seconds */
    bool is_dirty;     /* written to since the last flush */
    bool is_stopping;

    uint64_t limit;                 /* octets; 0: none */
    struct journal_waiting waiting; /* at the last look */
    uint64_t since;                 /* octets written since then */
    int64_t looked;                 /* monotonic seconds */
};

/* ---- segments; the lock is held ---- */

static void
close_segment(struct journal *j)
{
    if (j->fd < 0)
        return;
    if (j->is_dirty)
        fdatasync(j->fd);
    close(j->fd); /* gives up the flock: the segment is complete */
    j->fd = -1;
    j->is_dirty = false;
}

static bool
open_segment(struct journal *j)
{
    char path[4096 + JOURNAL_NAME_MAX];
    int len = snprintf(path, sizeof path, "%s/%s-%llu-%llu", j->folder, j->host,
                       (unsigned long long)j->boot, (unsigned long long)j->sequence);
    if (len < 0 || (size_t)len >= sizeof path) {
        errno = ENAMETOOLONG;
        return false;
    }
    j->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (j->fd < 0)
        return false;
    while (flock(j->fd, LOCK_EX) != 0 && errno == EINTR)
        ; /* new: at most a reader has it for a moment, and sees that it is empty */
    j->sequence++;
    j->size = 0;
    j->opened = monotonic_seconds();
    return true;
}

/* One write of the whole frame; anything less is taken back. */
static bool
write_frame(struct journal *j, struct sceau_slice frame)
{
    ssize_t written = write(j->fd, frame.ptr, frame.len);
    if (written == (ssize_t)frame.len) {
        j->size += frame.len;
        j->since += frame.len;
        j->is_dirty = true;
        return true;
    }
    int why = written < 0 ? errno : ENOSPC;
    if (written > 0 && ftruncate(j->fd, (off_t)j->size) != 0)
        why = errno; /* the reader skips what is left of it */
    close_segment(j);
    errno = why;
    return false;
}

static bool
is_worn(const struct journal *j)
{
    return j->fd >= 0 && (j->size >= j->segment_max ||
                          monotonic_seconds() - j->opened >= JOURNAL_SEGMENT_SECONDS);
}

/* ---- the flusher ---- */

/* Flush outside the lock, on a descriptor of its own: appends go on meanwhile. */
static void
flush(struct journal *j)
{
    int fd = j->is_dirty ? fcntl(j->fd, F_DUPFD_CLOEXEC, 0) : -1;
    j->is_dirty = j->is_dirty && fd < 0;
    pthread_mutex_unlock(&j->lock);
    if (fd >= 0) {
        fdatasync(fd);
        close(fd);
    }
    pthread_mutex_lock(&j->lock);
}

/* Outside the lock as well: a folder holds thousands of segments. What is written meanwhile is
 * counted twice until the next look. */
static void
look(struct journal *j)
{
    struct journal_waiting waiting;
    uint64_t before = j->since;
    if (j->looked != 0 &&
        monotonic_seconds() - j->looked <
            journal_waiting_pause(&j->waiting, j->waiting.octets + j->since, j->limit))
        return;
    pthread_mutex_unlock(&j->lock);
    bool is_seen = journal_waiting(j->folder, &waiting);
    pthread_mutex_lock(&j->lock);
    j->looked = monotonic_seconds();
    if (is_seen) {
        j->waiting = waiting;
        j->since -= before;
    } else {
        j->waiting.has_mark =
            false; /* what was seen before is no reason to lose records */
    }
}

static void *
flusher_main(void *argument)
{
    struct journal *j = argument;
    pthread_mutex_lock(&j->lock);
    look(j);
    while (!j->is_stopping) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += 1;
        pthread_cond_timedwait(&j->stop, &j->lock, &until);
        flush(j);
        if (is_worn(j))
            close_segment(j); /* quiet hosts: what stands is folded all the same */
        look(j);
    }
    pthread_mutex_unlock(&j->lock);
    return NULL;
}

/* Who folds leaves a mark. Without one it is not known what waits: all that was ever kept
 * would count, for ever where nobody folds. */
static bool
is_full(const struct journal *j, size_t len)
{
    return j->limit > 0 && j->waiting.has_mark &&
           j->waiting.octets + j->since + len > j->limit;
}

/* ---- the interface ---- */

static void
set_host(struct journal *j, struct sceau_slice host)
{
    size_t n = 0;
    for (; n < host.len && n < sizeof j->host - 1; n++) {
        char c = host.ptr[n];
        j->host[n] = ascii_is_alnum(c) || c == '.' || c == '-' ? c : '_';
    }
    j->host[n] = '\0';
}

static void
journal_free(struct journal *j)
{
    sceau_arena_free(j->scratch);
    free(j->folder);
    free(j);
}

struct journal *
journal_open(const struct journal_options *options, char error[256])
{
    if (access(options->folder, W_OK | X_OK) != 0) {
        snprintf(error, 256, "%s: %s", options->folder, strerror(errno));
        return NULL;
    }
    struct journal *j = calloc(1, sizeof *j);
    if (j == NULL) {
        snprintf(error, 256, "out of memory");
        return NULL;
    }
    j->folder = strdup(options->folder);
    j->scratch = sceau_arena_new(2 * FRAME_MAX + 4096);
    j->boot = options->boot;
    j->segment_max =
        options->segment_max > 0 ? options->segment_max : JOURNAL_SEGMENT_MAX;
    j->fd = -1;
    j->limit = options->limit;
    set_host(j, options->host);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&j->lock, NULL);
    pthread_cond_init(&j->stop, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (j->folder == NULL || j->scratch == NULL ||
        pthread_create(&j->flusher, NULL, flusher_main, j) != 0) {
        snprintf(error, 256, "the journal cannot be started: out of memory or threads");
        journal_free(j);
        return NULL;
    }
    return j;
}

bool
journal_append(struct journal *j, struct sceau_slice payload)
{
    bool is_written = false;
    pthread_mutex_lock(&j->lock);
    sceau_arena_clear(j->scratch);
    struct text frame = text_new(j->scratch, SIZE_MAX);
    if (is_worn(j))
        close_segment(j);
    if (!frame_write(&frame, payload))
        errno = EMSGSIZE;
    else if (is_full(j, frame.len))
        errno = EDQUOT;
    else if (j->fd >= 0 || open_segment(j))
        is_written = write_frame(j, text_so_far(&frame));
    int why = errno;
    pthread_mutex_unlock(&j->lock);
    errno = why;
    return is_written;
}

void
journal_set_limit(struct journal *j, uint64_t limit)
{
    pthread_mutex_lock(&j->lock);
    j->limit = limit;
    pthread_mutex_unlock(&j->lock);
}

struct journal_waiting
journal_seen_waiting(struct journal *j)
{
    pthread_mutex_lock(&j->lock);
    struct journal_waiting waiting = j->waiting;
    waiting.octets += j->since;
    pthread_mutex_unlock(&j->lock);
    return waiting;
}

void
journal_close(struct journal *j)
{
    if (j == NULL)
        return;
    pthread_mutex_lock(&j->lock);
    j->is_stopping = true;
    pthread_cond_signal(&j->stop);
    pthread_mutex_unlock(&j->lock);
    pthread_join(j->flusher, NULL);
    close_segment(j);
    pthread_cond_destroy(&j->stop);
    pthread_mutex_destroy(&j->lock);
    journal_free(j);
}

/* ---- who reads them ---- */

static int
is_segment_name(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* HOST-BOOT-SEQUENCE, numbers by their value. */
static int
by_version(const struct dirent **a, const struct dirent **b)
{
    return strverscmp((*a)->d_name, (*b)->d_name);
}

int
journal_segments(int at, const char *folder, struct dirent ***entries)
{
    return scandirat(at, folder, entries, is_segment_name, by_version);
}
