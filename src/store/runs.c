/* An entry is the length of its key (32 bits), two values, the key: for this process alone,
 * so in its own byte order. When there are too many runs, those that were not merged yet
 * become one: an entry is written three times at most, whatever their number. */
#include "runs.h"

#include "file/file.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define HEAD (sizeof(uint32_t) + TALLY_VALUES * sizeof(int64_t))
static_assert(RUNS_WINDOW >= HEAD + TALLY_KEY_MAX, "a window holds any entry");

void
runs_init(struct runs *r)
{
    *r = (struct runs){.fd = -1};
}

void
runs_clear(struct runs *r)
{
    if (r->fd >= 0)
        close(r->fd);
    runs_init(r);
}

/* ---- writing ---- */

struct run_writer {
    struct runs *runs;
    char *room; /* RUNS_WINDOW octets */
    size_t len;
    uint64_t from;
};

static bool
write_out(struct run_writer *w)
{
    struct sceau_slice rest = {w->room, w->len};
    while (rest.len > 0) {
        ssize_t n = pwrite(w->runs->fd, rest.ptr, rest.len, (off_t)w->runs->written);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n == 0 ? ENOSPC : errno;
            return false;
        }
        rest = slice_skip(rest, (size_t)n);
        w->runs->written += (uint64_t)n;
    }
    w->len = 0;
    return true;
}

static bool
write_entry(struct run_writer *w, struct sceau_slice key,
            const int64_t values[TALLY_VALUES])
{
    uint32_t len = (uint32_t)key.len;
    if (RUNS_WINDOW - w->len < HEAD + key.len && !write_out(w))
        return false;
    char *at = w->room + w->len;
    memcpy(at, &len, sizeof len);
    memcpy(at + sizeof len, values, HEAD - sizeof len);
    memcpy(at + HEAD, key.ptr, key.len);
    w->len += HEAD + key.len;
    return true;
}

/* ---- reading ---- */

struct run_reader {
    const struct run *run;
    uint64_t at; /* of the file: what is not in the window yet */
    char *room;  /* RUNS_WINDOW octets */
    size_t pos, len;
    struct sceau_slice key; /* of the entry at hand */
    int64_t values[TALLY_VALUES];
    bool has_ended;
};

static bool
fill(struct run_reader *r, int fd)
{
    memmove(r->room, r->room + r->pos, r->len - r->pos);
    r->len -= r->pos;
    r->pos = 0;
    while (r->at < r->run->end && r->len < RUNS_WINDOW) {
        size_t room = RUNS_WINDOW - r->len;
        uint64_t left = r->run->end - r->at;
        ssize_t n = pread(fd, r->room + r->len, left < room ? (size_t)left : room,
                          (off_t)r->at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n == 0 ? EIO : errno;
            return false;
        }
        r->len += (size_t)n;
        r->at += (uint64_t)n;
    }
    return true;
}

/* Step to the next entry, or to the end. */
static bool
step(struct run_reader *r, int fd)
{
    uint32_t len = 0;
    if (r->len - r->pos < HEAD + TALLY_KEY_MAX && r->at < r->run->end && !fill(r, fd))
        return false;
    r->has_ended = r->len - r->pos < HEAD;
    if (r->has_ended)
        return true;
    memcpy(&len, r->room + r->pos, sizeof len);
    memcpy(r->values, r->room + r->pos + sizeof len, sizeof r->values);
    r->key = (struct sceau_slice){r->room + r->pos + HEAD, len};
    r->pos += HEAD + len;
    return true;
}

/* ---- merging ---- */

struct merge {
    struct run_reader readers[RUNS_MAX];
    size_t count;
    int fd;
    char key_octets[TALLY_KEY_MAX];
};

static bool
open_runs(
    struct merge *m, const struct runs *runs, size_t from,
    char *
        room) /* NOLINT(readability-non-const-parameter): the windows are read into it */
{
    m->count = runs->count - from;
    m->fd = runs->fd;
    for (size_t i = 0; i < m->count; i++) {
        struct run_reader *r = &m->readers[i];
        *r = (struct run_reader){.run = &runs->items[from + i],
                                 .at = runs->items[from + i].from,
                                 .room = room + i * RUNS_WINDOW};
        if (!step(r, m->fd))
            return false;
    }
    return true;
}

static struct run_reader *
least(struct merge *m)
{
    struct run_reader *least = NULL;
    for (size_t i = 0; i < m->count; i++)
        if (!m->readers[i].has_ended &&
            (least == NULL || tally_compare(m->readers[i].key, least->key) < 0))
            least = &m->readers[i];
    return least;
}

/* The next key with all that was added to it, in the order of time, which is that of the runs;
 * *is_there is false behind the last. */
static bool
next_key(struct merge *m, const struct tally *tally, struct sceau_slice *key,
         int64_t values[TALLY_VALUES], bool *is_there)
{
    struct run_reader *r = least(m);
    *is_there = r != NULL;
    if (r == NULL)
        return true;
    memcpy(m->key_octets, r->key.ptr, r->key.len);
    *key = (struct sceau_slice){m->key_octets, r->key.len};
    memcpy(values, r->values, sizeof r->values);
    if (!step(r, m->fd))
        return false;
    for (size_t i = 0; i < m->count; i++) {
        struct run_reader *other = &m->readers[i];
        if (other->has_ended || !slice_eq(other->key, *key))
            continue;
        tally_merge(tally, values, other->values);
        if (!step(other, m->fd))
            return false;
    }
    return true;
}

/* The runs from number `from` on become one, behind them in the file. */
static bool
merge_runs(struct runs *runs, const struct tally *tally, size_t from, char *room)
{
    struct merge *m = malloc(sizeof *m);
    struct run_writer w = {runs, room + RUNS_MAX * RUNS_WINDOW, 0, runs->written};
    struct sceau_slice key;
    int64_t values[TALLY_VALUES];
    bool is_there = true;
    if (m == NULL)
        return false;
    bool is_good = open_runs(m, runs, from, room);
    while (is_good && is_there) {
        is_good = next_key(m, tally, &key, values, &is_there);
        if (is_good && is_there)
            is_good = write_entry(&w, key, values);
    }
    is_good = is_good && write_out(&w);
    free(m);
    if (!is_good)
        return false;
    runs->count = from;
    runs->items[runs->count++] = (struct run){w.from, runs->written, true};
    return true;
}

static size_t
first_unmerged(const struct runs *runs)
{
    size_t i = 0;
    while (i < runs->count && runs->items[i].is_merged)
        i++;
    return i + 1 < runs->count ? i : 0; /* one alone becomes nothing else */
}

bool
runs_add(struct runs *runs, const struct tally *tally, char *room)
{
    if (runs->fd < 0 && (runs->fd = file_open_unnamed(tally->folder)) < 0)
        return false;
    if (runs->count == RUNS_MAX && !merge_runs(runs, tally, first_unmerged(runs), room))
        return false;
    struct run_writer w = {runs, room, 0, runs->written};
    for (size_t i = 0; i < tally->count; i++)
        if (!write_entry(&w, tally_key_of(tally, &tally->entries[i]),
                         tally->entries[i].values))
            return false;
    if (!write_out(&w))
        return false;
    runs->items[runs->count++] = (struct run){w.from, runs->written, false};
    return true;
}

bool
runs_take(struct runs *runs, const struct tally *tally, char *room, int *why)
{
    struct merge *m = malloc(sizeof *m);
    struct sceau_slice key;
    int64_t values[TALLY_VALUES];
    bool is_there = true, is_good = true;
    *why = ENOMEM;
    if (m == NULL)
        return false;
    *why = open_runs(m, runs, 0, room) ? 0 : errno;
    while (*why == 0 && is_good && is_there) {
        if (!next_key(m, tally, &key, values, &is_there))
            *why = errno;
        else if (is_there)
            is_good = tally->take(tally->self, key, values);
    }
    free(m);
    return *why == 0 && is_good;
}
