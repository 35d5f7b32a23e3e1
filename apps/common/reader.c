/* The process is forked, not started: it has this program's code and nothing of its state
 * that a report could reach. A limit of memory ends it as a crash would, and is told. */
#include "reader.h"

#include "file/file.h"
#include "report/intake.h"
#include "report/wire.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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

/* What it keeps: the file as 0, the pipe as 1, 2 for words about refused calls. */
static void
give_up_everything(int fd, int pipe_end)
{
    char error[SANDBOX_ERROR];
    int in = fcntl(fd, F_DUPFD, 3), out = fcntl(pipe_end, F_DUPFD, 3);
    if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0)
        _exit(1);
    close_range(3, ~0U, 0);
    if (READER_LIMITS_MEMORY) /* meson.build: sanitizers take terabytes for themselves */
        limit(RLIMIT_DATA, READER_MEMORY);
    limit(RLIMIT_CPU, READER_CPU);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, 0);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    /* Where the kernel or the build has no seccomp, the limits are what there is. */
    sandbox_confine_calls(SANDBOX_READER, error);
}

static _Noreturn void
become_reader(int fd, int pipe_end, struct sceau_slice name, pid_t parent)
{
    static struct pipe_writer writer; /* of this process alone */
    struct file_source source = {{file_read}, 0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    signal(SIGPIPE, SIG_IGN);
    report_intake_init();
    give_up_everything(fd, pipe_end);
    wire_writer_init(&writer.wire, pipe_write);
    writer.fd = 1;
    report_intake(&source.source, name, &writer.wire.sink);
    if (writer.wire.has_failed)
        _exit(1);
    wire_write_end(&writer.wire);
    write_out(writer.fd, writer.waiting, writer.len);
    _exit(0);
}

/* ---- in the process that listens ---- */

struct listening {
    char *octets; /* WIRE_HEAD + WIRE_FRAME_MAX at most */
    size_t len, capacity;
    bool has_ended, is_broken;
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
    l->is_broken = step == WIRE_BROKEN;
    memmove(l->octets, rest.ptr, rest.len);
    l->len = rest.len;
}

static void
listen_to(int fd, struct listening *l, struct report_sink *sink)
{
    while (!l->has_ended && !l->is_broken) {
        if (l->len == l->capacity && !listening_grow(l)) {
            l->is_broken = true;
            return;
        }
        ssize_t n = read(fd, l->octets + l->len, l->capacity - l->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        l->len += (size_t)n;
        take_frames(l, sink);
    }
}

bool
reader_run(int fd, struct sceau_slice name, struct report_sink *sink)
{
    struct listening l = {0};
    int ends[2], status;
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    pid_t child = fork();
    if (child == 0)
        become_reader(fd, ends[1], name, parent);
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return false;
    }
    listen_to(ends[0], &l, sink);
    close(ends[0]); /* whatever it still has to say, nobody listens */
    if (!l.has_ended)
        kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    if (!l.has_ended) {
        struct report_refusal refusal = {.kind = REPORT_REFUSAL_PROCESS};
        sink->refused(sink, &refusal);
    }
    free(l.octets);
    return true;
}
