#include "packed.h"

#include "file/file.h"
#include "identity.h"
#include "report/aggregate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define BUFFER ((size_t)32 * 1024)
#define LEVEL  6
#define GZIP   (15 + 16) /* window bits, and a gzip header without a time */

struct packed {
    struct aggregate_writer writer; /* first: put gets a pointer to it */
    int folder, fd;
    bool has_deflate, has_inflate;
    z_stream deflate, inflate; /* made once: 300 KB to wipe */
    uint64_t written;
    int why; /* errno of writing */
    unsigned char buffer[BUFFER];
};

struct packed *
packed_new(const char *folder)
{
    struct packed *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->fd = -1;
    p->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int why = errno;
    if (p->folder >= 0) {
        p->has_deflate = deflateInit2(&p->deflate, LEVEL, Z_DEFLATED, GZIP, 8,
                                      Z_DEFAULT_STRATEGY) == Z_OK;
        p->has_inflate = inflateInit2(&p->inflate, GZIP) == Z_OK;
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
    if (p->has_deflate)
        deflateEnd(&p->deflate);
    if (p->has_inflate)
        inflateEnd(&p->inflate);
    if (p->fd >= 0)
        close(p->fd);
    if (p->folder >= 0)
        close(p->folder);
    free(p);
}

/* ---- writing ---- */

struct name {
    char text[OUTBOX_ID_SIZE + 16];
};

static struct name
new_name(const char *id)
{
    struct name name;
    snprintf(name.text, sizeof name.text, ".%.*s.new", OUTBOX_ID_SIZE - 1, id);
    return name;
}

struct aggregate_writer *
packed_open(struct packed *p, const char *id)
{
    struct name name = new_name(id);
    p->fd = openat(p->folder, name.text,
                   O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
    p->written = 0;
    p->why = 0;
    deflateReset(&p->deflate);
    return p->fd >= 0 ? &p->writer : NULL;
}

static bool
write_out(struct packed *p, size_t len)
{
    struct sceau_slice octets = {(const char *)p->buffer, len};
    if (p->why == 0 && !file_write_all(p->fd, octets))
        p->why = errno;
    p->written += len;
    return p->why == 0;
}

/* Z_FINISH: all that zlib still keeps. */
static bool
pack(struct packed *p, struct sceau_slice octets, int flush)
{
    z_stream *z = &p->deflate;
    z->next_in = (unsigned char *)(uintptr_t)octets.ptr;
    z->avail_in = (unsigned)octets.len;
    do {
        z->next_out = p->buffer;
        z->avail_out = BUFFER;
        deflate(z, flush); /* never fails with a good stream */
        if (!write_out(p, BUFFER - z->avail_out))
            return false;
    } while (z->avail_out == 0);
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
    *octets = p->written;
    errno = p->why;
    return is_good;
}

bool
packed_sync(struct packed *p)
{
    return syncfs(p->folder) == 0;
}

bool
packed_publish(struct packed *p, const char *id)
{
    char named[OUTBOX_ID_SIZE + 16];
    struct name name = new_name(id);
    snprintf(named, sizeof named, "%.*s.xml.gz", OUTBOX_ID_SIZE - 1, id);
    return renameat(p->folder, name.text, p->folder, named) == 0;
}

bool
packed_settle(struct packed *p)
{
    return fsync(p->folder) == 0;
}

/* ---- the strict reader ---- */

struct counting {
    struct report_sink sink;
    uint64_t records, messages, faults;
    bool is_whole;
};

static void
ignore_begin(struct report_sink *self, struct sceau_slice name)
{
    (void)self, (void)name;
}

static void
count_record(struct report_sink *self, const struct report_record *record)
{
    struct counting *c = (struct counting *)self;
    c->records++;
    c->messages += record->count;
}

static void
count_repair(struct report_sink *self, const struct report_repair *repair)
{
    (void)repair;
    ((struct counting *)self)->faults++;
}

static void
see_end(struct report_sink *self, const struct report_aggregate *report)
{
    struct counting *c = (struct counting *)self;
    c->is_whole = report->is_whole && report->is_rfc9990;
    c->faults += report->repairs;
}

static void
see_refusal(struct report_sink *self, const struct report_refusal *refusal)
{
    (void)refusal;
    ((struct counting *)self)->faults++;
}

/* All of the file, and of it only one gzip member. */
static bool
feed(struct packed *p, struct aggregate_reader *reader)
{
    char octets[BUFFER];
    z_stream *z = &p->inflate;
    int status = Z_OK;
    inflateReset(z);
    lseek(p->fd, 0, SEEK_SET);
    while (status != Z_STREAM_END) {
        ssize_t n = read(p->fd, p->buffer, BUFFER);
        if (n <= 0)
            return false;
        z->next_in = p->buffer;
        z->avail_in = (unsigned)n;
        do {
            z->next_out = (unsigned char *)octets;
            z->avail_out = sizeof octets;
            status = inflate(z, Z_NO_FLUSH);
            struct sceau_slice out = {octets, sizeof octets - z->avail_out};
            if ((status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) ||
                !aggregate_feed(reader, out))
                return false;
        } while (z->avail_out == 0 && status != Z_STREAM_END);
    }
    return z->avail_in == 0 && read(p->fd, p->buffer, 1) == 0;
}

bool
packed_is_valid(struct packed *p, uint64_t records, uint64_t messages)
{
    struct counting c = {
        .sink = {.begin = ignore_begin,
                 .record = count_record,
                 .repair = count_repair,
                 .aggregate = see_end,
                 .refused = see_refusal}
    };
    struct aggregate_reader *reader = aggregate_new(&c.sink);
    bool is_read = reader != NULL && feed(p, reader);
    if (reader != NULL)
        aggregate_end(reader);
    aggregate_free(reader);
    close(p->fd);
    p->fd = -1;
    return is_read && c.is_whole && c.faults == 0 && c.records == records &&
           c.messages == messages;
}
