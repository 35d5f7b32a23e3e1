#include "packed.h"

#include "report/aggregate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

bool
packed_open(struct packed_file *f, const char *folder, const char *id)
{
    int len = snprintf(f->name, sizeof f->name, "%s/%s.xml.gz", folder, id);
    int new_len = snprintf(f->new_name, sizeof f->new_name, "%s/.%s.new", folder, id);
    f->stream = NULL;
    if (len < 0 || (size_t)len >= sizeof f->name || new_len < 0 ||
        (size_t)new_len >= sizeof f->new_name) {
        errno = ENAMETOOLONG;
        return false;
    }
    f->fd =
        open(f->new_name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (f->fd < 0)
        return false;
    int of_zlib = fcntl(f->fd, F_DUPFD_CLOEXEC, 0); /* zlib closes its own */
    f->stream = of_zlib >= 0 ? gzdopen(of_zlib, "wb6") : NULL;
    if (f->stream != NULL)
        return true;
    if (of_zlib >= 0)
        close(of_zlib);
    packed_drop(f);
    errno = ENOMEM;
    return false;
}

bool
packed_put(struct aggregate_writer *writer, struct sceau_slice octets)
{
    struct packed_file *f = (struct packed_file *)writer;
    return gzwrite(f->stream, octets.ptr, (unsigned)octets.len) == (int)octets.len;
}

void
packed_drop(struct packed_file *f)
{
    if (f->stream != NULL)
        gzclose_w(f->stream);
    f->stream = NULL;
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
    unlink(f->new_name);
}

bool
packed_close(struct packed_file *f, uint64_t *octets)
{
    struct stat info;
    int closed = gzclose_w(f->stream);
    int why = closed == Z_ERRNO ? errno : ENOSPC;
    f->stream = NULL;
    if (closed == Z_OK && fsync(f->fd) == 0 && fstat(f->fd, &info) == 0) {
        close(f->fd);
        f->fd = -1;
        *octets = (uint64_t)info.st_size;
        return true;
    }
    why = closed == Z_OK ? errno : why;
    packed_drop(f);
    errno = why;
    return false;
}

bool
packed_publish(struct packed_file *f, const char *folder)
{
    if (rename(f->new_name, f->name) != 0)
        return false;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_on_disk = fd >= 0 && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return is_on_disk;
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

static bool
feed(gzFile in, struct aggregate_reader *reader)
{
    char octets[64 * 1024];
    int n;
    while ((n = gzread(in, octets, sizeof octets)) > 0)
        if (!aggregate_feed(reader, (struct sceau_slice){octets, (size_t)n}))
            return false;
    return n == 0;
}

bool
packed_is_valid(const struct packed_file *f, uint64_t records, uint64_t messages)
{
    struct counting c = {
        .sink = {.begin = ignore_begin,
                 .record = count_record,
                 .repair = count_repair,
                 .aggregate = see_end,
                 .refused = see_refusal}
    };
    gzFile in = gzopen(f->new_name, "rb");
    struct aggregate_reader *reader = in != NULL ? aggregate_new(&c.sink) : NULL;
    bool is_read = reader != NULL && feed(in, reader);
    if (reader != NULL)
        aggregate_end(reader);
    aggregate_free(reader);
    if (in != NULL)
        gzclose_r(in);
    return is_read && c.is_whole && c.faults == 0 && c.records == records &&
           c.messages == messages;
}
