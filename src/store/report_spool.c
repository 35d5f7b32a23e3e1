/* The frames of report/wire.h, in memory up to a bound, then in a file that goes with us. */
#include "report_spool.h"

#include "file/file.h"
#include "report/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define KEPT ((size_t)256 * 1024) /* octets in memory */

struct report_spool {
    struct wire_writer wire; /* first: its callback finds the rest */
    char *octets;            /* what is not in the file yet */
    size_t len;
    int fd; /* -1: there is no file */
    uint64_t written;
    int error; /* errno of the first failure */
    char folder[4096];
};

static void
put(struct report_spool *s, const char *octets, size_t len)
{
    if (s->error == 0 && s->fd < 0 && (s->fd = file_open_unnamed(s->folder)) < 0)
        s->error = errno;
    while (s->error == 0 && len > 0) {
        ssize_t n = pwrite(s->fd, octets, len, (off_t)s->written);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            s->error = n < 0 ? errno : ENOSPC;
            return;
        }
        octets += n;
        len -= (size_t)n;
        s->written += (uint64_t)n;
    }
}

static void
keep(struct wire_writer *wire, struct sceau_slice frame)
{
    struct report_spool *s = (struct report_spool *)wire;
    if (frame.len > KEPT - s->len) {
        put(s, s->octets, s->len);
        s->len = 0;
    }
    if (frame.len > KEPT) {
        put(s, frame.ptr, frame.len);
        return;
    }
    memcpy(s->octets + s->len, frame.ptr, frame.len);
    s->len += frame.len;
}

struct report_spool *
report_spool_new(const char *folder)
{
    struct report_spool *s = calloc(1, sizeof *s);
    char *octets = malloc(KEPT);
    if (s == NULL || octets == NULL) {
        free(s);
        free(octets);
        return NULL;
    }
    wire_writer_init(&s->wire, keep);
    s->octets = octets;
    s->fd = -1;
    snprintf(s->folder, sizeof s->folder, "%s", folder);
    return s;
}

void
report_spool_free(struct report_spool *s)
{
    if (s == NULL)
        return;
    report_spool_reset(s);
    wire_writer_clear(&s->wire);
    free(s->octets);
    free(s);
}

void
report_spool_keep(struct report_spool *s, struct sceau_slice frame)
{
    keep(&s->wire, frame);
}

struct report_sink *
report_spool_sink(struct report_spool *s)
{
    return &s->wire.sink;
}

void
report_spool_reset(struct report_spool *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    s->len = 0;
    s->written = 0;
    s->error = 0;
    s->wire.has_failed = false;
}

/* Frames out of memory; *rest is what is left of them: the beginning of one. */
static bool
tell(struct sceau_slice *rest, struct report_sink *sink)
{
    enum wire_step step;
    size_t taken;
    while ((step = wire_read(*rest, &taken, sink)) == WIRE_FRAME)
        *rest = slice_skip(*rest, taken);
    if (step == WIRE_MORE)
        return true;
    errno = EIO;
    return false;
}

/* A buffer that holds the beginning of a frame, and grows when that is all it holds. */
struct window {
    char *octets;
    size_t len, capacity;
};

static bool
window_grow(struct window *w)
{
    char *octets = realloc(w->octets, 2 * w->capacity);
    if (octets == NULL)
        return false;
    w->octets = octets;
    w->capacity *= 2;
    return true;
}

static bool
tell_file(struct report_spool *s, struct window *w, struct report_sink *sink)
{
    for (uint64_t at = 0; at < s->written;) {
        if (w->len == w->capacity && !window_grow(w))
            return false;
        ssize_t n = pread(s->fd, w->octets + w->len, w->capacity - w->len, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += (uint64_t)n;
        struct sceau_slice rest = {w->octets, w->len + (size_t)n};
        if (!tell(&rest, sink))
            return false;
        memmove(w->octets, rest.ptr, rest.len);
        w->len = rest.len;
    }
    return w->len == 0;
}

bool
report_spool_replay(struct report_spool *s, struct report_sink *sink)
{
    struct sceau_slice rest = {s->octets, s->len};
    if (s->wire.has_failed)
        s->error = ENOMEM;
    if (s->fd < 0 && s->error == 0)
        return tell(&rest, sink) && rest.len == 0;
    put(s, s->octets, s->len);
    s->len = 0;
    errno = s->error;
    if (s->error != 0)
        return false;
    struct window w = {malloc(KEPT), 0, KEPT};
    bool is_told = w.octets != NULL && tell_file(s, &w, sink);
    int why = errno;
    free(w.octets);
    errno = why;
    return is_told;
}
