/* The process is forked, not started: it has this program's code and nothing of its state
 * that a report could reach. A limit of memory ends it as a crash would, and is told.
 *
 * Starting one costs as much as reading dozens of mails (libraries, a filter of calls, the
 * pages they touch), so one reads several files, each handed over as an open descriptor.
 * Some are handed over before they are asked for: with one at a time, each process slept
 * while the other worked; on an idle host, waking them up was a quarter of what a small
 * mail cost. */
#include "reader.h"

#include "file/file.h"
#include "report/intake.h"
#include "report/wire.h"
#include "sandbox.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- in the process that reads ---- */

struct file_source {
    struct report_source source;
    int fd;
};

static int64_t
file_read(struct report_source *self, char *out, size_t size)
{
    ssize_t n;
    do
        n = read(((struct file_source *)self)->fd, out, size);
    while (n < 0 && errno == EINTR);
    return n;
}

#define BUFFERED ((size_t)64 * 1024)

/* Small frames together: a write for each would cost more than the reading. */
struct pipe_writer {
    struct wire_writer wire;
    int fd;
    size_t len;
    char waiting[BUFFERED];
};

static void
write_out(int fd, const char *octets, size_t len)
{
    if (!file_write_all(fd, (struct sceau_slice){octets, len}))
        _exit(1); /* nobody listens */
}

static void
pipe_write(struct wire_writer *self, struct sceau_slice frame)
{
    struct pipe_writer *w = (struct pipe_writer *)self;
    if (w->len + frame.len > sizeof w->waiting) {
        write_out(w->fd, w->waiting, w->len);
        w->len = 0;
    }
    if (frame.len > sizeof w->waiting) {
        write_out(w->fd, frame.ptr, frame.len);
        return;
    }
    memcpy(w->waiting + w->len, frame.ptr, frame.len);
    w->len += frame.len;
}

static void
limit(int resource, rlim_t value)
{
    struct rlimit limits = {value, value};
    setrlimit((__rlimit_resource_t)resource, &limits);
}

/* What it keeps: the socket that files come by as 0, the pipe as 1, 2 for words about
 * refused calls; and room for one file at a time. */
static void
give_up_everything(int socket, int pipe_end)
{
    char error[SANDBOX_ERROR];
    int in = fcntl(socket, F_DUPFD, 3), out = fcntl(pipe_end, F_DUPFD, 3);
    if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0)
        _exit(1);
    close_range(3, ~0U, 0);
    if (READER_LIMITS_MEMORY) /* meson.build: sanitizers take terabytes for themselves */
        limit(RLIMIT_DATA, READER_MEMORY);
    limit(RLIMIT_CPU, READER_CPU);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, 4);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    /* Where the kernel or the build has no seccomp, the limits are what there is. */
    sandbox_confine_calls(SANDBOX_READER, error);
}

/* The next file and its name; -1 when there is none. */
static int
receive_file(char *name, /* NOLINT(readability-non-const-parameter): recvmsg writes */
             size_t *len)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec octets = {name, READER_NAME_MAX};
    struct msghdr message = {.msg_iov = &octets,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    ssize_t n;
    do
        n = recvmsg(0, &message, 0);
    while (n < 0 && errno == EINTR);
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    int fd = -1;
    if (n <= 0 || head == NULL || head->cmsg_type != SCM_RIGHTS)
        return -1;
    memcpy(&fd, CMSG_DATA(head), sizeof fd);
    *len = (size_t)n - 1; /* one octet more: a message is never empty */
    return fd;
}

static void
read_file(struct pipe_writer *writer, int fd, struct sceau_slice name)
{
    struct file_source source = {{file_read}, fd};
    wire_writer_init(&writer->wire, pipe_write);
    report_intake(&source.source, name, &writer->wire.sink);
    if (writer->wire.has_failed)
        _exit(1);
    wire_write_end(&writer->wire);
    write_out(writer->fd, writer->waiting, writer->len);
    writer->len = 0;
    wire_writer_clear(&writer->wire);
}

static _Noreturn void
become_reader(int socket, int pipe_end, pid_t parent)
{
    static struct pipe_writer writer; /* of this process alone */
    char name[READER_NAME_MAX];
    size_t len;
    int fd;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    signal(SIGPIPE, SIG_IGN);
    report_intake_init();
    give_up_everything(socket, pipe_end);
    writer.fd = 1;
    while ((fd = receive_file(name, &len)) >= 0) {
        read_file(&writer, fd, (struct sceau_slice){name, len});
        close(fd);
    }
    _exit(0);
}

/* ---- in the process that listens ---- */

struct listening {
    char *octets; /* WIRE_HEAD + WIRE_FRAME_MAX at most */
    size_t len, capacity;
    bool has_ended, is_broken;
};

struct handed_file {
    int fd;
    struct sceau_slice name;
    bool is_ahead; /* read from its start */
};

struct reader {
    pid_t child; /* 0: there is none */
    int socket, pipe;
    unsigned files;                           /* that it was given */
    struct handed_file waiting[READER_AHEAD]; /* for their turn */
    size_t count, given;        /* the first of them are with the process */
    int silent;                 /* seconds */
    struct listening listening; /* to it, about the first */
};

static bool
listening_grow(struct listening *l)
{
    size_t capacity = l->capacity > 0 ? 2 * l->capacity : BUFFERED;
    char *octets =
        l->capacity > WIRE_HEAD + WIRE_FRAME_MAX ? NULL : realloc(l->octets, capacity);
    if (octets == NULL)
        return false;
    l->octets = octets;
    l->capacity = capacity;
    return true;
}

static void
take_frames(struct listening *l, struct report_sink *sink)
{
    struct sceau_slice rest = {l->octets, l->len};
    enum wire_step step;
    size_t taken;
    while ((step = wire_read(rest, &taken, sink)) == WIRE_FRAME)
        rest = slice_skip(rest, taken);
    l->has_ended = step == WIRE_END;
    if (l->has_ended)
        rest = slice_skip(rest, taken);
    l->is_broken = step == WIRE_BROKEN;
    memmove(l->octets, rest.ptr, rest.len);
    l->len = rest.len;
}

/* One that sleeps costs no CPU, which has a limit of its own. */
static bool
speaks(int fd, int seconds)
{
    struct pollfd pipe = {.fd = fd, .events = POLLIN};
    int n;
    do
        n = poll(&pipe, 1, seconds * 1000);
    while (n < 0 && errno == EINTR);
    return n > 0;
}

static void
listen_to(int fd, int seconds, struct listening *l, struct report_sink *sink)
{
    l->has_ended = l->is_broken = false;
    if (l->len > 0)
        take_frames(l, sink);
    while (!l->has_ended && !l->is_broken) {
        if (l->len == l->capacity && !listening_grow(l)) {
            l->is_broken = true;
            return;
        }
        if (!speaks(fd, seconds))
            return;
        ssize_t n = read(fd, l->octets + l->len, l->capacity - l->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        l->len += (size_t)n;
        take_frames(l, sink);
    }
}

static void
stop(struct reader *r)
{
    if (r->child == 0)
        return;
    close(r->socket);
    close(r->pipe); /* whatever it still has to say, nobody listens */
    kill(r->child, SIGKILL);
    while (waitpid(r->child, NULL, 0) < 0 && errno == EINTR)
        continue;
    r->child = 0;
    r->given = 0;
    r->listening.len = 0;
}

void
reader_free(struct reader *r)
{
    if (r == NULL)
        return;
    stop(r);
    free(r->listening.octets);
    free(r);
}

static bool
start(struct reader *r)
{
    int sockets[2], ends[2];
    pid_t parent = getpid();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
        return false;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        close(sockets[0]);
        close(sockets[1]);
        return false;
    }
    pid_t child = fork();
    if (child == 0)
        become_reader(sockets[1], ends[1], parent);
    int why = errno;
    close(sockets[1]);
    close(ends[1]);
    if (child < 0) {
        close(sockets[0]);
        close(ends[0]);
        errno = why;
        return false;
    }
    r->child = child;
    r->socket = sockets[0];
    r->pipe = ends[0];
    r->files = 0;
    return true;
}

struct reader *
reader_new(void)
{
    struct reader *r = calloc(1, sizeof *r);
    if (r != NULL)
        r->silent = READER_SILENT;
    if (r != NULL)
        (void)start(r); /* or with the first file, which tells why not */
    return r;
}

void
reader_silent(struct reader *r, int seconds)
{
    r->silent = seconds;
}

static bool
send_file(struct reader *r, int fd, struct sceau_slice name)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {.room = {0}};
    char end = '\0';
    struct iovec octets[] = {
        {(void *)(uintptr_t)name.ptr,
         name.len < READER_NAME_MAX ? name.len : READER_NAME_MAX - 1},
        {&end,                        1                             }
    };
    struct msghdr message = {.msg_iov = octets,
                             .msg_iovlen = 2,
                             .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(head), &fd, sizeof fd);
    ssize_t n;
    do
        n = sendmsg(r->socket, &message, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    return n > 0;
}

/* Those that wait go to the process, as many as it may read. One that is broken shows with the
 * first that it does not answer. */
static void
give_waiting(struct reader *r)
{
    while (r->given < r->count && r->files < READER_FILES) {
        const struct handed_file *file = &r->waiting[r->given];
        if (file->is_ahead)
            lseek(file->fd, 0, SEEK_SET); /* a process that is gone may have begun it */
        if (!send_file(r, file->fd, file->name))
            return;
        r->given++;
        r->files++;
    }
}

bool
reader_ahead(struct reader *r, int fd, struct sceau_slice name)
{
    if (r->count == READER_AHEAD)
        return false;
    r->waiting[r->count++] = (struct handed_file){fd, name, true};
    if (r->child != 0)
        give_waiting(r);
    return true;
}

void
reader_forget(struct reader *r)
{
    if (r->given > 0)
        stop(r);
    r->count = 0;
}

/* Hears all of it, and sees whether anything was refused. */
struct watching {
    struct report_sink sink;
    struct report_sink *behind;
    bool has_refused;
};

#define PASS_ON(name, type)                                     \
 static void pass_##name(struct report_sink *self, type value)  \
 {                                                              \
  struct report_sink *sink = ((struct watching *)self)->behind; \
  if (sink != NULL)                                             \
   sink->name(sink, value);                                     \
 }

PASS_ON(begin, struct sceau_slice)
PASS_ON(record, const struct report_record *)
PASS_ON(tls_policy, const struct report_tls_policy *)
PASS_ON(tls_failure, const struct report_tls_failure *)
PASS_ON(repair, const struct report_repair *)
PASS_ON(aggregate, const struct report_aggregate *)
PASS_ON(tls, const struct report_tls *)
PASS_ON(failure, const struct report_failure *)

PASS_ON(keep, struct sceau_slice)

static void
pass_refused(struct report_sink *self, const struct report_refusal *refusal)
{
    struct watching *w = (struct watching *)self;
    w->has_refused = true;
    if (w->behind != NULL)
        w->behind->refused(w->behind, refusal);
}

/* One that has the file at hand. Who went before it got that is not that file's fault. */
static bool
has_process(struct reader *r)
{
    for (int tries = 0; tries < 2; tries++) {
        if (r->child == 0 && !start(r))
            return false;
        give_waiting(r);
        if (r->given > 0)
            return true;
        stop(r);
    }
    errno = EIO;
    return false;
}

bool
reader_read(struct reader *r, int fd, struct sceau_slice name, struct report_sink *sink)
{
    struct watching watching = {
        {pass_begin, pass_record, pass_tls_policy, pass_tls_failure, pass_repair,
         pass_aggregate, pass_tls, pass_failure, pass_refused, NULL},
        .behind = sink
    };
    if (sink != NULL && sink->keep != NULL)
        watching.sink.keep = pass_keep;
    if (r->count == 0)
        r->waiting[r->count++] = (struct handed_file){fd, name, false};
    assert(r->waiting[0].fd == fd);
    if (r->given == 0 && r->files == READER_FILES)
        stop(r);
    bool is_there = has_process(r);
    int why = errno;
    r->listening.has_ended = false;
    if (r->given > 0) {
        listen_to(r->pipe, r->silent, &r->listening, &watching.sink);
        r->given--;
    }
    memmove(r->waiting, r->waiting + 1, --r->count * sizeof *r->waiting);
    if (is_there && !r->listening.has_ended) {
        struct report_refusal refusal = {.kind = REPORT_REFUSAL_PROCESS};
        pass_refused(&watching.sink, &refusal);
    }
    /* What tried something gets no chance to try it on the next one; nor does what speaks of
     * a file that it was not given. */
    if (watching.has_refused || (r->given == 0 && r->listening.len > 0))
        stop(r);
    errno = why;
    return is_there;
}

bool
reader_run(int fd, struct sceau_slice name, struct report_sink *sink)
{
    struct reader *r = reader_new();
    bool is_read = r != NULL && reader_read(r, fd, name, sink);
    int why = errno;
    reader_free(r);
    errno = why;
    return is_read;
}
