#include "packed.h"

#include "file/file.h"
#include "report/aggregate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define BUFFER ((size_t)32 * 1024)
#define LEVEL  6
#define GZIP   (15 + 16) /* window bits, and a gzip header without a time */

/* What the strict reader heard of the file at hand. */
struct judge {
    struct report_sink sink; /* first: the sink gets a pointer to it */
    struct aggregate_reader *reader;
    z_stream inflate; /* made once */
    uint64_t records, messages, faults;
    bool is_at_end; /* of the gzip member */
    bool is_whole;
    bool is_rfc9990;
    char octets[BUFFER];
};

struct packed {
    struct aggregate_writer writer; /* first: put gets a pointer to it */
    int folder, fd;
    bool has_deflate, has_inflate;
    z_stream deflate; /* made once: 300 KB to wipe */
    uint64_t written;
    int why; /* errno of writing */
    struct judge judge;
    unsigned char buffer[BUFFER]; /* what zlib made and is not written yet */
};

/* ---- the strict reader ---- */

static void
ignore_begin(struct report_sink *self, struct sceau_slice name)
{
    (void)self, (void)name;
}

static void
count_record(struct report_sink *self, const struct report_record *record)
{
    struct judge *j = (struct judge *)self;
    j->records++;
    j->messages += record->count;
}

static void
count_repair(struct report_sink *self, const struct report_repair *repair)
{
    (void)repair;
    ((struct judge *)self)->faults++;
}

static void
see_end(struct report_sink *self, const struct report_aggregate *report)
{
    struct judge *j = (struct judge *)self;
    j->is_whole = report->is_whole;
    j->is_rfc9990 = report->is_rfc9990;
    j->faults += report->repairs;
}

static void
see_refusal(struct report_sink *self, const struct report_refusal *refusal)
{
    (void)refusal;
    ((struct judge *)self)->faults++;
}

static bool
judge_begin(struct judge *j)
{
    j->sink = (struct report_sink){.begin = ignore_begin,
                                   .record = count_record,
                                   .repair = count_repair,
                                   .aggregate = see_end,
                                   .refused = see_refusal};
    j->records = j->messages = j->faults = 0;
    j->is_at_end = j->is_whole = j->is_rfc9990 = false;
    inflateReset(&j->inflate);
    aggregate_free(j->reader);
    j->reader = aggregate_new_strict(&j->sink);
    return j->reader != NULL;
}

/* The next octets of the file. What it does not understand is a fault, and no more is looked
 * at. */
static void
judge_feed(struct judge *j, struct sceau_slice packed)
{
    z_stream *z = &j->inflate;
    z->next_in = (unsigned char *)(uintptr_t)packed.ptr;
    z->avail_in = (unsigned)packed.len;
    int status = Z_OK;
    while (j->faults == 0 && !j->is_at_end && status == Z_OK) {
        z->next_out = (unsigned char *)j->octets;
        z->avail_out = BUFFER;
        status = inflate(z, Z_NO_FLUSH);
        j->is_at_end = status == Z_STREAM_END;
        struct sceau_slice out = {j->octets, BUFFER - z->avail_out};
        j->faults += !aggregate_feed(j->reader, out);
    }
    /* Z_BUF_ERROR: there is no more of it, and nothing else is wrong. */
    j->faults += (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) ||
                 z->avail_in > 0;
}

static void
judge_end(struct judge *j)
{
    j->faults += !j->is_at_end;
    aggregate_end(j->reader);
    aggregate_free(j->reader);
    j->reader = NULL;
}

bool
packed_is_valid(const struct packed *p, uint64_t records, uint64_t messages)
{
    const struct judge *j = &p->judge;
    return j->is_whole && j->faults == 0 && j->records == records &&
           j->messages == messages &&
           j->is_rfc9990 == (p->writer.flavour == AGGREGATE_RFC9990);
}

/* ---- writing ---- */

struct name {
    char text[PACKED_NAME + 16];
};

static struct name
new_name(const char *id)
{
    struct name name;
    snprintf(name.text, sizeof name.text, ".%.*s.new", PACKED_NAME - 1, id);
    return name;
}

static void
begin_buffer(struct packed *p)
{
    p->deflate.next_out = p->buffer;
    p->deflate.avail_out = BUFFER;
}

struct aggregate_writer *
packed_open(struct packed *p, const char *id)
{
    struct name name = new_name(id);
    p->fd = openat(p->folder, name.text,
                   O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
    p->written = 0;
    p->why = 0;
    if (p->fd < 0 || !file_give_away(p->folder, p->fd))
        return NULL;
    errno = ENOMEM;
    deflateReset(&p->deflate);
    begin_buffer(p);
    return judge_begin(&p->judge) ? &p->writer : NULL;
}

static bool
write_out(struct packed *p)
{
    size_t len = BUFFER - p->deflate.avail_out;
    struct sceau_slice octets = {(const char *)p->buffer, len};
    begin_buffer(p);
    if (p->why == 0 && !file_write_all(p->fd, octets))
        p->why = errno;
    if (p->why == 0)
        judge_feed(&p->judge, octets);
    p->written += len;
    return p->why == 0;
}

/* Z_FINISH: all that zlib still keeps. Most reports are written with one call. */
static bool
pack(struct packed *p, struct sceau_slice octets, int flush)
{
    z_stream *z = &p->deflate;
    z->next_in = (unsigned char *)(uintptr_t)octets.ptr;
    z->avail_in = (unsigned)octets.len;
    bool is_full;
    do {
        deflate(z, flush); /* never fails with a good stream */
        is_full = z->avail_out == 0;
        if ((is_full || flush == Z_FINISH) && !write_out(p))
            return false;
    } while (is_full);
    return true;
}

bool
packed_put(struct aggregate_writer *writer, struct sceau_slice octets)
{
    return pack((struct packed *)writer, octets, Z_NO_FLUSH);
}

void
packed_drop(struct packed *p, const char *id)
{
    struct name name = new_name(id);
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
    unlinkat(p->folder, name.text, 0);
}

bool
packed_close(struct packed *p, uint64_t *octets)
{
    bool is_good = pack(p, SCEAU_SLICE(""), Z_FINISH);
    judge_end(&p->judge);
    *octets = p->written;
    if (close(p->fd) != 0 && p->why == 0)
        p->why = errno;
    p->fd = -1;
    errno = p->why;
    return is_good && p->why == 0;
}

int
packed_reopen(struct packed *p, const char *id)
{
    struct name name = new_name(id);
    return openat(p->folder, name.text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

bool
packed_sync(struct packed *p)
{
    return syncfs(p->folder) == 0;
}

bool
packed_publish(struct packed *p, const char *id)
{
    char named[PACKED_NAME + 16];
    struct name name = new_name(id);
    snprintf(named, sizeof named, "%.*s.xml.gz", PACKED_NAME - 1, id);
    return renameat(p->folder, name.text, p->folder, named) == 0;
}

bool
packed_settle(struct packed *p)
{
    return fsync(p->folder) == 0;
}

/* ---- its life ---- */

/* One process at a time makes files here: they have the same names. */
static bool
lock(int folder)
{
    while (flock(folder, LOCK_EX) != 0)
        if (errno != EINTR)
            return false;
    return true;
}

struct packed *
packed_new(const char *folder)
{
    struct packed *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->fd = -1;
    p->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_locked = p->folder >= 0 && lock(p->folder);
    int why = errno;
    if (is_locked) {
        p->has_deflate = deflateInit2(&p->deflate, LEVEL, Z_DEFLATED, GZIP, 8,
                                      Z_DEFAULT_STRATEGY) == Z_OK;
        p->has_inflate = inflateInit2(&p->judge.inflate, GZIP) == Z_OK;
        why = ENOMEM;
    }
    if (p->has_deflate && p->has_inflate)
        return p;
    packed_free(p);
    errno = why;
    return NULL;
}

void
packed_free(struct packed *p)
{
    if (p == NULL)
        return;
    aggregate_free(p->judge.reader);
    if (p->has_deflate)
        deflateEnd(&p->deflate);
    if (p->has_inflate)
        inflateEnd(&p->judge.inflate);
    if (p->fd >= 0)
        close(p->fd);
    if (p->folder >= 0)
        close(p->folder);
    free(p);
}
