#include "packed.h"

#include "file/file.h"
#include "report/aggregate.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define BUFFER ((size_t)32 * 1024)
#define LEVEL  6
#define GZIP   (15 + 16) /* window bits, and a gzip header without a time */

struct check {
    char id[PACKED_NAME];
    enum aggregate_flavour flavour;
    uint64_t records, messages;
};

/* What is to be read, and who reads it. */
struct checker {
    pthread_t thread;
    bool has_thread;
    int folder;
    z_stream inflate;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t more;
    struct check checks[PACKED_MAX];
    size_t count, done;
    bool is_ending;        /* no more will come */
    const char *not_valid; /* the first; NULL: there is none */
    char octets[BUFFER];
    unsigned char packed[BUFFER];
};

struct packed {
    struct aggregate_writer writer; /* first: put gets a pointer to it */
    int folder, fd;
    bool has_deflate;
    z_stream deflate; /* made once: 300 KB to wipe */
    uint64_t written;
    int why; /* errno of writing */
    struct checker *checker;
    unsigned char buffer[BUFFER];
};

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

struct aggregate_writer *
packed_open(struct packed *p, const char *id)
{
    struct name name = new_name(id);
    p->fd = openat(p->folder, name.text,
                   O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
    p->written = 0;
    p->why = 0;
    deflateReset(&p->deflate);
    return p->fd >= 0 && file_give_away(p->folder, p->fd) ? &p->writer : NULL;
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
    if (close(p->fd) != 0 && p->why == 0)
        p->why = errno;
    p->fd = -1;
    errno = p->why;
    return is_good && p->why == 0;
}

static int
open_to_read(int folder, const char *id)
{
    struct name name = new_name(id);
    return openat(folder, name.text, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

int
packed_reopen(struct packed *p, const char *id)
{
    return open_to_read(p->folder, id);
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

/* ---- the strict reader ---- */

struct counting {
    struct report_sink sink;
    enum aggregate_flavour flavour; /* that it was written in */
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
    c->is_whole =
        report->is_whole && report->is_rfc9990 == (c->flavour == AGGREGATE_RFC9990);
    c->faults += report->repairs;
}

static void
see_refusal(struct report_sink *self, const struct report_refusal *refusal)
{
    (void)refusal;
    ((struct counting *)self)->faults++;
}

/* All of the file, which is one gzip member. */
static bool
feed(struct checker *c, int fd, struct aggregate_reader *reader)
{
    z_stream *z = &c->inflate;
    int status = Z_OK;
    inflateReset(z);
    while (status != Z_STREAM_END) {
        ssize_t n = read(fd, c->packed, BUFFER);
        if (n <= 0)
            return false;
        z->next_in = c->packed;
        z->avail_in = (unsigned)n;
        do {
            z->next_out = (unsigned char *)c->octets;
            z->avail_out = BUFFER;
            status = inflate(z, Z_NO_FLUSH);
            struct sceau_slice out = {c->octets, BUFFER - z->avail_out};
            if ((status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) ||
                !aggregate_feed(reader, out))
                return false;
        } while (z->avail_out == 0 && status != Z_STREAM_END);
    }
    return z->avail_in == 0 && read(fd, c->packed, 1) == 0;
}

static bool
is_valid(struct checker *c, const struct check *check)
{
    struct counting counting = {
        .sink = {.begin = ignore_begin,
                 .record = count_record,
                 .repair = count_repair,
                 .aggregate = see_end,
                 .refused = see_refusal},
        .flavour = check->flavour,
    };
    int fd = open_to_read(c->folder, check->id);
    struct aggregate_reader *reader = fd >= 0 ? aggregate_new(&counting.sink) : NULL;
    bool is_read = reader != NULL && feed(c, fd, reader);
    if (reader != NULL)
        aggregate_end(reader);
    aggregate_free(reader);
    if (fd >= 0)
        close(fd);
    return is_read && counting.is_whole && counting.faults == 0 &&
           counting.records == check->records && counting.messages == check->messages;
}

/* ---- aside ---- */

/* The next to be read; NULL behind the last. Holds the lock. */
static const struct check *
next_check(struct checker *c)
{
    while (c->done == c->count && !c->is_ending)
        pthread_cond_wait(&c->more, &c->lock);
    return c->done < c->count ? &c->checks[c->done] : NULL;
}

static void *
check_all(void *self)
{
    struct checker *c = self;
    const struct check *check;
    pthread_mutex_lock(&c->lock);
    while ((check = next_check(c)) != NULL) {
        pthread_mutex_unlock(&c->lock);
        bool is_good = is_valid(c, check);
        pthread_mutex_lock(&c->lock);
        c->done++;
        if (!is_good && c->not_valid == NULL)
            c->not_valid = check->id;
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

void
packed_check(struct packed *p, const char *id, uint64_t records, uint64_t messages)
{
    struct checker *c = p->checker;
    pthread_mutex_lock(&c->lock);
    assert(c->count < PACKED_MAX);
    struct check *check = &c->checks[c->count++];
    snprintf(check->id, sizeof check->id, "%s", id);
    check->flavour = p->writer.flavour;
    check->records = records;
    check->messages = messages;
    pthread_cond_signal(&c->more);
    pthread_mutex_unlock(&c->lock);
}

static void
end_checks(struct checker *c)
{
    pthread_mutex_lock(&c->lock);
    c->is_ending = true;
    pthread_cond_signal(&c->more);
    pthread_mutex_unlock(&c->lock);
    if (c->has_thread)
        pthread_join(c->thread, NULL);
    else
        check_all(c); /* there was no thread to be had */
    c->has_thread = false;
}

bool
packed_checked(struct packed *p, const char **id)
{
    end_checks(p->checker);
    *id = p->checker->not_valid;
    return *id == NULL;
}

/* Signals are the caller's. */
static void
start_checks(struct checker *c)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    c->has_thread = pthread_create(&c->thread, NULL, check_all, c) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static struct checker *
checker_new(int folder)
{
    struct checker *c = calloc(1, sizeof *c);
    if (c == NULL || inflateInit2(&c->inflate, GZIP) != Z_OK) {
        free(c);
        return NULL;
    }
    c->folder = folder;
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->more, NULL);
    start_checks(c);
    return c;
}

static void
checker_free(struct checker *c)
{
    if (c == NULL)
        return;
    pthread_mutex_lock(&c->lock);
    c->count = c->done; /* what was not begun is not wanted */
    pthread_mutex_unlock(&c->lock);
    end_checks(c);
    inflateEnd(&c->inflate);
    pthread_cond_destroy(&c->more);
    pthread_mutex_destroy(&c->lock);
    free(c);
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
        p->checker = checker_new(p->folder);
        why = ENOMEM;
    }
    if (p->has_deflate && p->checker != NULL)
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
    checker_free(p->checker);
    if (p->has_deflate)
        deflateEnd(&p->deflate);
    if (p->fd >= 0)
        close(p->fd);
    if (p->folder >= 0)
        close(p->folder);
    free(p);
}
