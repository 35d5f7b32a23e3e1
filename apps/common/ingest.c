/* What is done with a file: look whether it is a mail, ask who sent it, have it read. */
#include "ingest.h"

#include "file/file.h"
#include "input.h"
#include "mail_proof.h"
#include "outbox_incoming.h"
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAIL_MEMORY   ((size_t)8 * 1024 * 1024) /* of a mail's verdict */
#define BATCH_FILES   250
#define BATCH_RECORDS 100000
#define HEAD          512

struct expected {
    const char *path;
    int fd;
    struct stat info; /* when it was opened */
};

struct ingest {
    struct environment *env;
    struct database *db;
    struct report_writer *writer;
    struct reader *reader;
    struct expected expected[READER_AHEAD];
    size_t expected_count;
    bool is_filling;           /* there is room for more */
    bool is_handed;            /* the reader has the file at hand */
    struct sceau_arena *arena; /* of one mail */
    struct ingest_options options;
    bool is_open; /* a transaction */
    unsigned files;
    unsigned alone;               /* files that are still to be taken each by itself */
    bool is_kept;                 /* such a one was, and is on the disk */
    struct report_written before; /* the transaction */
    char error[DATABASE_ERROR_MAX];
};

struct ingest *
ingest_new(struct environment *env, struct database *db,
           const struct ingest_options *options)
{
    struct ingest *in = calloc(1, sizeof *in);
    struct report_writer_options writing = {.psl = env->psl,
                                            .spool_folder = options->spool_folder};
    if (in == NULL)
        return NULL;
    *in = (struct ingest){.env = env, .db = db, .options = *options};
    in->writer = report_writer_new(db, &writing);
    in->reader = reader_new();
    in->arena = sceau_arena_new(MAIL_MEMORY);
    if (in->writer != NULL && in->reader != NULL && in->arena != NULL)
        return in;
    ingest_free(in);
    return NULL;
}

void
ingest_expect_none(struct ingest *in)
{
    if (in->reader != NULL)
        reader_forget(in->reader);
    for (size_t i = 0; i < in->expected_count; i++)
        close(in->expected[i].fd);
    in->expected_count = 0;
    in->is_handed = false;
}

void
ingest_free(struct ingest *in)
{
    if (in == NULL)
        return;
    if (in->is_open)
        database_rollback(in->db);
    report_writer_free(in->writer);
    ingest_expect_none(in);
    reader_free(in->reader);
    sceau_arena_free(in->arena);
    free(in);
}

struct report_writer *
ingest_writer(struct ingest *in)
{
    return in->writer;
}

const char *
ingest_error(const struct ingest *in)
{
    return in->error;
}

/* ---- the transaction ---- */

static enum ingest_outcome
take_back(struct ingest *in, const char *why)
{
    snprintf(in->error, sizeof in->error, "%.*s", (int)sizeof in->error - 1, why);
    database_rollback(in->db);
    if (in->is_open)
        report_writer_forget(in->writer, &in->before);
    in->is_open = false;
    in->files = in->alone = 0;
    ingest_expect_none(in); /* all is taken from the start once more */
    return INGEST_FAILED;
}

/* The store said no. Of one statement of many, perhaps: which file's is not known. */
static enum ingest_outcome
take_back_for_store(struct ingest *in, const char *why)
{
    bool is_unfit = database_failure(in->db) == DATABASE_UNFIT;
    unsigned alone = is_unfit ? in->files + 1 : 0;
    take_back(in, why);
    in->alone = alone;
    return INGEST_FAILED;
}

static bool
is_begun(struct ingest *in)
{
    if (in->is_open)
        return true;
    database_forget_failure(in->db);
    if (!database_begin_durable(in->db)) {
        take_back_for_store(in, database_error(in->db));
        return false;
    }
    in->is_open = true;
    in->files = 0;
    in->before = *report_writer_written(in->writer);
    return true;
}

bool
ingest_is_full(const struct ingest *in)
{
    uint64_t records = report_writer_written(in->writer)->records;
    return in->is_kept ||
           (in->is_open && (in->files >= BATCH_FILES ||
                            records - in->before.records >= BATCH_RECORDS));
}

bool
ingest_commit(struct ingest *in)
{
    in->is_kept = false;
    const char *error;
    if (!in->is_open)
        return true;
    if (!report_writer_flush(in->writer, &error)) {
        take_back_for_store(in, error);
        return false;
    }
    if (!database_commit(in->db)) {
        take_back_for_store(in, database_error(in->db));
        return false;
    }
    in->is_open = false;
    in->files = 0;
    return true;
}

/* ---- what it is ---- */

static struct sceau_slice
head_of(int fd, char *octets)
{
    ssize_t n = pread(fd, octets, HEAD, 0);
    struct sceau_slice head = {octets, n > 0 ? (size_t)n : 0};
    if (head.len >= 3 && memcmp(head.ptr, "\xef\xbb\xbf", 3) == 0)
        head = slice_skip(head, 3);
    while (head.len > 0 && ascii_is_fws(head.ptr[0]))
        head = slice_skip(head, 1);
    return head;
}

/* "Name:" at the start, as src/report tells it. */
static bool
is_mail(struct sceau_slice head)
{
    size_t colon = slice_find(head, ':');
    for (size_t i = 0; i < colon; i++)
        if (head.ptr[i] <= ' ' || head.ptr[i] > '~')
            return false;
    return colon > 0 && colon < head.len && head.ptr[0] != '<' && head.ptr[0] != '{';
}

static bool
is_mbox(struct sceau_slice head)
{
    return head.len >= 5 && memcmp(head.ptr, "From ", 5) == 0;
}

/* Who sent it. False: DNS cannot tell at the moment, and it may wait. */
static bool
prove(struct ingest *in, int fd, const struct ingest_source *source,
      struct report_origin *origin)
{
    struct mail_proof proof;
    origin->authenticated = REPORT_UNAUTHENTICATED;
    origin->dmarc = SCEAU_DMARC_TEMPERROR;
    sceau_arena_clear(in->arena);
    if (in->env->resolver == NULL && environment_connect(in->env) != 0)
        return false;
    if (!mail_proof_of(in->env, in->arena, fd, origin->now_us / 1000000, &proof))
        return true;
    if (proof.result == SCEAU_DMARC_TEMPERROR && source->waits)
        return false;
    origin->dmarc = proof.result;
    origin->sender = proof.domain;
    if (proof.is_proven)
        origin->authenticated = REPORT_AUTHENTICATED;
    else if (in->options.counts_all) {
        origin->authenticated = REPORT_BY_HAND;
        origin->sender = SLICE_NONE;
    }
    return true;
}

static int64_t
now_us(const struct ingest *in)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (t.tv_sec + in->options.clock_offset) * 1000000 + t.tv_nsec / 1000;
}

static uint64_t
useful(const struct report_written *w)
{
    return w->outcomes[REPORT_ACCEPTED] + w->outcomes[REPORT_REPAIRED] +
           w->outcomes[REPORT_DUPLICATE] + w->outcomes[REPORT_APART];
}

/* A bounce or the self-test of reports that we send (outbox_incoming.h). False: it is something
 * else, and *outcome is not set. */
static bool
is_about_outbox(struct ingest *in, int fd, const struct ingest_source *source,
                enum ingest_outcome *outcome)
{
    struct outbox_mail_back mail;
    enum outbox_taken taken;
    *outcome = INGEST_TAKEN;
    sceau_arena_clear(in->arena);
    if (!in->is_open)
        database_forget_failure(in->db);
    if (!outbox_incoming_look(in->db, in->arena, fd, &mail)) {
        *outcome = take_back_for_store(in, database_error(in->db));
        return true;
    }
    if (mail.what == INCOMING_OTHER)
        return false;
    if (in->env->resolver == NULL && environment_connect(in->env) != 0) {
        *outcome = INGEST_LATER;
        return true;
    }
    if (!is_begun(in))
        *outcome = INGEST_FAILED;
    else if (!outbox_incoming_take(in->env, in->db, in->arena, fd, now_us(in) / 1000000,
                                   source->waits, &mail, &taken))
        *outcome = take_back_for_store(in, database_error(in->db));
    else if (taken == OUTBOX_TAKEN_LATER)
        *outcome = INGEST_LATER;
    else {
        in->files++;
        if (in->options.tell_back != NULL)
            in->options.tell_back(&mail, taken);
    }
    return true;
}

static struct report_origin
origin_of(const struct ingest *in, int fd, const struct ingest_source *source)
{
    struct stat info;
    struct report_origin origin = {.place = source->place,
                                   .name = source->name,
                                   .now_us = now_us(in),
                                   .fd = fd};
    if (fstat(fd, &info) == 0 && info.st_size > 0)
        origin.octets = (uint64_t)info.st_size;
    return origin;
}

static enum ingest_outcome
take_file(struct ingest *in, int fd, const struct ingest_source *source)
{
    char octets[HEAD];
    const char *error;
    struct report_origin origin = origin_of(in, fd, source);
    if (is_mail(head_of(fd, octets))) {
        enum ingest_outcome outcome;
        if (is_about_outbox(in, fd, source, &outcome))
            return outcome;
        if (!prove(in, fd, source, &origin))
            return INGEST_LATER;
    }
    if (!is_begun(in))
        return INGEST_FAILED;
    uint64_t before = useful(report_writer_written(in->writer));
    report_writer_from(in->writer, &origin);
    if (!in->is_handed)
        lseek(fd, 0, SEEK_SET);
    in->is_handed = false;
    if (!reader_read(in->reader, fd, source->name, report_writer_sink(in->writer)))
        return take_back(in, strerror(errno));
    if (report_writer_failed(in->writer, &error))
        return take_back_for_store(in, error);
    in->files++;
    return useful(report_writer_written(in->writer)) > before ? INGEST_TAKEN
                                                              : INGEST_REFUSED;
}

/* ---- one that is unfit ---- */

/* A line in the log says so, with the store's words. */
static enum ingest_outcome
refuse(struct ingest *in, int fd, const struct ingest_source *source)
{
    struct report_sink *sink = report_writer_sink(in->writer);
    struct report_origin origin = origin_of(in, fd, source);
    const char *error;
    char why[DATABASE_ERROR_MAX];
    snprintf(why, sizeof why, "%s", in->error);
    struct report_refusal refusal = {.kind = REPORT_REFUSAL_STORE,
                                     .detail = sceau_slice_from(why)};
    if (!is_begun(in))
        return INGEST_FAILED;
    report_writer_from(in->writer, &origin);
    sink->begin(sink, source->name);
    sink->refused(sink, &refusal);
    if (report_writer_failed(in->writer, &error))
        return take_back_for_store(in, error);
    in->files++;
    return ingest_commit(in) ? INGEST_REFUSED : INGEST_FAILED;
}

static enum ingest_outcome
take_alone(struct ingest *in, int fd, const struct ingest_source *source)
{
    const unsigned alone = in->alone;
    enum ingest_outcome outcome = take_file(in, fd, source);
    if (outcome != INGEST_FAILED && !ingest_commit(in))
        outcome = INGEST_FAILED;
    if (outcome == INGEST_FAILED && in->alone > 0)
        outcome = refuse(in, fd, source);
    in->is_kept = outcome != INGEST_FAILED;
    /* When not even that could be written, nobody tries for ever. */
    in->alone = outcome == INGEST_FAILED ? 0 : alone;
    return outcome;
}

static enum ingest_outcome
take_one(struct ingest *in, int fd, const struct ingest_source *source)
{
    return in->alone > 0 ? take_alone(in, fd, source) : take_file(in, fd, source);
}

/* All mails of an mbox go alone when it does: it is read from its first on. */
static enum ingest_outcome
count_down(struct ingest *in, bool was_alone, enum ingest_outcome outcome)
{
    if (was_alone && in->alone > 0 && outcome != INGEST_LATER)
        in->alone--;
    return outcome;
}

bool
ingest_again(const struct ingest *in)
{
    return in->alone > 0;
}

enum ingest_outcome
ingest_file(struct ingest *in, int fd, const struct ingest_source *source)
{
    bool was_alone = in->alone > 0;
    return count_down(in, was_alone, take_one(in, fd, source));
}

/* ---- copies ---- */

int
ingest_copy(struct ingest *in, int fd)
{
    char piece[64 * 1024];
    int copy = file_open_unnamed(in->options.spool_folder);
    ssize_t n = 1;
    while (copy >= 0 && n != 0) {
        n = read(fd, piece, sizeof piece);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || !file_write_all(copy, (struct sceau_slice){piece, (size_t)n})) {
            int why = errno;
            close(copy);
            errno = why;
            return -1;
        }
    }
    return copy;
}

/* ---- an mbox ---- */

static enum ingest_outcome
worse(enum ingest_outcome a, enum ingest_outcome b)
{
    static const int rank[] = {[INGEST_REFUSED] = 0,
                               [INGEST_TAKEN] = 1,
                               [INGEST_LATER] = 2,
                               [INGEST_FAILED] = 3,
                               [INGEST_UNREADABLE] = 0};
    return rank[a] > rank[b] ? a : b;
}

static enum ingest_outcome
take_message(struct ingest *in, struct mail_input *mails,
             const struct ingest_source *source)
{
    struct sceau_slice chunk;
    int fd = file_open_unnamed(in->options.spool_folder);
    bool is_copied = fd >= 0;
    while (is_copied && mail_input_read(mails, &chunk))
        is_copied = file_write_all(fd, chunk);
    enum ingest_outcome outcome =
        is_copied ? take_one(in, fd, source) : take_back(in, strerror(errno));
    if (fd >= 0)
        close(fd);
    return outcome;
}

static enum ingest_outcome
take_mbox(struct ingest *in, const char *path, const struct ingest_source *source)
{
    struct problem problem = {0};
    struct mail_input mails = {0};
    enum ingest_outcome outcome = INGEST_REFUSED;
    if (!mail_input_open(&mails, path, &problem))
        return take_back(in, problem.text);
    while (outcome != INGEST_FAILED &&
           mail_input_next(&mails, &problem) == MAIL_INPUT_MESSAGE)
        outcome = worse(outcome, take_message(in, &mails, source));
    mail_input_close(&mails);
    return outcome;
}

/* ---- files that come next ---- */

/* -1, and errno: 0 when it is no regular file. */
static int
open_file(const char *path, struct stat *info)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || (fstat(fd, info) == 0 && S_ISREG(info->st_mode)))
        return fd;
    close(fd);
    errno = 0;
    return -1;
}

/* Several one after the other: each that is handed over by itself wakes the process that reads. */
static bool
has_room(struct ingest *in)
{
    if (in->expected_count <= READER_AHEAD / 2)
        in->is_filling = true;
    else if (in->expected_count == READER_AHEAD)
        in->is_filling = false;
    return in->is_filling;
}

bool
ingest_expect(struct ingest *in, const char *path, struct sceau_slice name)
{
    char octets[HEAD];
    struct expected file = {.path = path};
    if (!has_room(in) || in->alone > 0)
        return false;
    file.fd = open_file(path, &file.info);
    if (file.fd >= 0 && !is_mbox(head_of(file.fd, octets)) &&
        reader_ahead(in->reader, file.fd, name)) {
        in->expected[in->expected_count++] = file;
        return true;
    }
    if (file.fd >= 0)
        close(file.fd);
    return false;
}

bool
ingest_expects(const struct ingest *in)
{
    return in->expected_count > 0;
}

/* Who may write a file sets its time as well, but not that of its last change of anything. */
static bool
is_unchanged(const struct expected *file)
{
    struct stat now;
    return stat(file->path, &now) == 0 && now.st_dev == file->info.st_dev &&
           now.st_ino == file->info.st_ino && now.st_size == file->info.st_size &&
           now.st_mtim.tv_sec == file->info.st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == file->info.st_mtim.tv_nsec &&
           now.st_ctim.tv_sec == file->info.st_ctim.tv_sec &&
           now.st_ctim.tv_nsec == file->info.st_ctim.tv_nsec;
}

/* The first of those that were expected, if it is this one; -1: it has to be opened. */
static int
take_expected(struct ingest *in, const char *path)
{
    if (in->expected_count == 0)
        return -1;
    struct expected first = in->expected[0];
    if (strcmp(first.path, path) != 0 || !is_unchanged(&first)) {
        ingest_expect_none(in);
        return -1;
    }
    memmove(in->expected, in->expected + 1,
            --in->expected_count * sizeof *in->expected);
    in->is_handed = true;
    return first.fd;
}

enum ingest_outcome
ingest_path(struct ingest *in, const char *path, const struct ingest_source *source)
{
    char octets[HEAD];
    bool was_alone = in->alone > 0;
    int fd = take_expected(in, path);
    struct stat info;
    if (fd < 0 && (fd = open_file(path, &info)) < 0)
        return count_down(in, was_alone, INGEST_UNREADABLE);
    enum ingest_outcome outcome = !in->is_handed && is_mbox(head_of(fd, octets))
                                      ? take_mbox(in, path, source)
                                      : take_one(in, fd, source);
    if (in->is_handed)
        reader_read(in->reader, fd, source->name, NULL);
    in->is_handed = false;
    close(fd);
    return count_down(in, was_alone, outcome);
}
