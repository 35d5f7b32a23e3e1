/* fork and exec: its process group is its own, so that what it starts goes with it; no
 * descriptor but 0, 1 and 2 is left to it; SIGPIPE is as programs expect it. */
#include "command.h"

#include "core/monotonic.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_MAX_OCTETS 4096

/* ---- words ---- */

size_t
command_words(struct sceau_slice line, char *memory, size_t size,
              char *words[COMMAND_WORDS + 1], struct problem *problem)
{
    size_t count = 0, used = 0;
    bool is_open = false, is_quoted = false;
    if (line.len + 1 > size || slice_find(line, '\0') < line.len) {
        problem_tell_text(problem, N_("the command is too long"));
        return 0;
    }
    for (size_t i = 0; i < line.len; i++) {
        char c = line.ptr[i];
        if (!is_quoted && ascii_is_fws(c)) {
            if (is_open)
                memory[used++] = '\0';
            is_open = false;
            continue;
        }
        if (!is_open && count == COMMAND_WORDS) {
            PROBLEM(problem, "the command has more than {count} words",
                    LANGUAGE_OURS("count", DECIMAL(COMMAND_WORDS)));
            return 0;
        }
        if (!is_open)
            words[count++] = memory + used;
        is_open = true;
        if (c == '"')
            is_quoted = !is_quoted;
        else
            memory[used++] = c;
    }
    memory[used] = '\0';
    words[count] = NULL;
    if (!is_quoted && count > 0 && words[0][0] == '/')
        return count;
    problem_tell_text(problem,
                      is_quoted
                          ? N_("a quote of the command stays open")
                          : N_("the command has to begin with a path from the root, as "
                               "/usr/local/bin/program: no shell looks for it"));
    return 0;
}

/* ---- one run ---- */

struct run {
    const struct command *command;
    pid_t pid;
    int in, out; /* our ends; -1: closed */
    size_t sent, len;
    bool is_too_long, is_late;
    int64_t deadline; /* ms */
};

static void __attribute__((noreturn))
become(char *const *words, int in, int out, int report)
{
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
        execv(words[0], words);
    int why = errno;
    ssize_t told = write(report, &why, sizeof why);
    _exit(told > 0 ? 127 : 126);
}

/* Ends 0 and 1 of three pipes: its input, its output, why exec failed. All are closed by
 * exec, but for those that dup2 made. */
static bool
start(struct run *run, char *const *words, struct problem *problem)
{
    int ends[3][2] =
        {
            {-1, -1},
            {-1, -1},
            {-1, -1}
    },
        why = 0;
    bool has_pipes = true;
    for (size_t i = 0; i < 3; i++)
        has_pipes = has_pipes && pipe2(ends[i], O_CLOEXEC) == 0;
    run->pid = has_pipes ? fork() : -1;
    if (run->pid == 0)
        become(words, ends[0][0], ends[1][1], ends[2][1]);
    if (run->pid < 0)
        why = errno;
    if (ends[2][1] >= 0)
        close(ends[2][1]);
    if (run->pid > 0 && read(ends[2][0], &why, sizeof why) != sizeof why)
        why = 0;
    for (size_t i = 0; i < 3; i++) {
        int unused = ends[i][i == 0 ? 0 : i == 1 ? 1 : 0];
        if (unused >= 0)
            close(unused);
    }
    run->in = ends[0][1];
    run->out = ends[1][0];
    if (why != 0)
        problem_tell_errno(problem, words[0], why);
    return why == 0;
}

static void
close_end(int *end)
{
    if (*end >= 0)
        close(*end);
    *end = -1;
}

static void
send_input(struct run *run)
{
    struct sceau_slice left = slice_skip(run->command->input, run->sent);
    ssize_t n = left.len > 0 ? write(run->in, left.ptr, left.len) : 0;
    if (n > 0)
        run->sent += (size_t)n;
    if (run->sent == run->command->input.len ||
        (n < 0 && errno != EINTR && errno != EAGAIN))
        close_end(&run->in); /* it need not read what it does not want */
}

static void
take_output(struct run *run)
{
    char part[4096];
    ssize_t n = read(run->out, part, sizeof part);
    if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) {
        close_end(&run->out);
        return;
    }
    size_t room = run->command->output_max - run->len;
    if (n > 0 && run->command->output != NULL) {
        run->is_too_long = (size_t)n > room;
        if (!run->is_too_long) {
            memcpy(run->command->output + run->len, part, (size_t)n);
            run->len += (size_t)n;
        }
    }
    explicit_bzero(part, sizeof part); /* it may be a token */
}

/* Feed it and listen until its output ends, or its time. */
static void
converse(struct run *run)
{
    while (run->out >= 0 && !run->is_too_long) {
        int64_t left = run->deadline - monotonic_ms();
        struct pollfd polls[2] = {
            {.fd = run->out, .events = POLLIN },
            {.fd = run->in,  .events = POLLOUT}
        };
        run->is_late = left <= 0;
        if (run->is_late)
            return;
        if (poll(polls, 2, (int)left) < 0 && errno != EINTR)
            return;
        if (polls[1].revents != 0 && run->in >= 0)
            send_input(run);
        if (polls[0].revents != 0)
            take_output(run);
    }
}

/* Its status; it is killed when it does not end in time. */
static int
finish(struct run *run)
{
    int status = 0;
    bool is_killed = run->is_late || run->is_too_long;
    while (!is_killed) {
        pid_t ended = waitpid(run->pid, &status, WNOHANG);
        if (ended == run->pid || (ended < 0 && errno != EINTR))
            break;
        if (monotonic_ms() >= run->deadline) {
            run->is_late = is_killed = true;
            break;
        }
        poll(NULL, 0, 5);
    }
    kill(-run->pid, SIGKILL); /* and whatever it left behind */
    if (is_killed)
        while (waitpid(run->pid, &status, 0) < 0 && errno == EINTR)
            continue;
    return status;
}

static bool
judge(const struct run *run, int status, const char *name, struct problem *problem)
{
    if (run->is_late)
        PROBLEM(problem, "{program} did not end within {count} seconds",
                THEIRS("program", name),
                LANGUAGE_OURS("count", DECIMAL(run->command->timeout_ms / 1000)));
    else if (run->is_too_long)
        PROBLEM(problem, "{program} said more than {count} octets",
                THEIRS("program", name),
                LANGUAGE_OURS("count", DECIMAL(run->command->output_max)));
    else if (WIFSIGNALED(status))
        PROBLEM(problem, "{program} was ended by signal {number}",
                THEIRS("program", name),
                LANGUAGE_OURS("number", DECIMAL(WTERMSIG(status))));
    else if (WEXITSTATUS(status) != 0)
        PROBLEM(problem, "{program} ended with status {number}",
                THEIRS("program", name),
                LANGUAGE_OURS("number", DECIMAL(WEXITSTATUS(status))));
    else
        return true;
    return false;
}

bool
command_run(const struct command *command, size_t *len, struct problem *problem)
{
    char memory[LINE_MAX_OCTETS], *words[COMMAND_WORDS + 1];
    struct run run = {.command = command, .in = -1, .out = -1};
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    *len = 0;
    if (command_words(command->line, memory, sizeof memory, words, problem) == 0)
        return false;
    sigaction(SIGPIPE, &ignore, &before); /* it may end before it read all */
    bool is_fine = start(&run, words, problem);
    if (is_fine) {
        run.deadline = monotonic_ms() + (int64_t)command->timeout_ms;
        fcntl(run.in, F_SETFL, O_NONBLOCK);
        fcntl(run.out, F_SETFL, O_NONBLOCK);
        converse(&run);
        is_fine = judge(&run, finish(&run), words[0], problem);
    } else if (run.pid > 0) {
        waitpid(run.pid, NULL, 0);
    }
    close_end(&run.in);
    close_end(&run.out);
    sigaction(SIGPIPE, &before, NULL);
    *len = is_fine ? run.len : 0;
    return is_fine;
}
