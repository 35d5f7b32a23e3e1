/* Starting a daemon and listening to it. It gets a process group of its own, so that a
 * Ctrl-C on the terminal reaches the parent alone, which stops them in order; and it is
 * told to end when the parent is gone, however that came about. */
#include "child.h"

#include "environment.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_SIZE 4096

void
child_argument(struct child *child, const char *word)
{
    assert(child->argument_count + 1 < CHILD_ARGUMENTS);
    child->arguments[child->argument_count++] = word;
}

/* Where the program of that name lies, seen from the folder of this one. */
static bool
find_program(enum language language, const char *name, char path[PATH_SIZE])
{
    static const struct {
        const char *folder;
        bool has_own; /* the program lies in a folder of its name */
    } places[] = {
        {"..",      true }, /* build/apps/NAME/NAME */
        {"../sbin", false}, /* PREFIX/bin and PREFIX/sbin */
        {".",       false},
    };
    char here[PATH_SIZE / 2];
    ssize_t len = readlink("/proc/self/exe", here, sizeof here - 1);
    if (len <= 0)
        return false;
    here[len] = '\0';
    *strrchr(here, '/') = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        snprintf(path, PATH_SIZE, "%s/%s/%s/%s", here, places[i].folder,
                 places[i].has_own ? name : ".", name);
        if (access(path, X_OK) == 0)
            return true;
    }
    COMPLAIN(language, "{name} is not installed beside this program ({folder})",
             LANGUAGE_THEIRS("name", sceau_slice_from(name)),
             LANGUAGE_THEIRS("folder", sceau_slice_from(here)));
    return false;
}

/* In the new process. `parent` guards against its end before the signal was asked for. */
static void
become(const struct child *child, const char *path, int words, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(CLI_EXIT_TEMPORARY);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    dup2(words, STDERR_FILENO);
    execv(path, (char *const *)(uintptr_t)child->arguments);
    complain_errno(child->language, path, errno);
    _exit(CLI_EXIT_TEMPORARY);
}

bool
child_start(struct child *child)
{
    char path[PATH_SIZE];
    int ends[2];
    pid_t parent = getpid();
    if (!find_program(child->language, child->name, path))
        return false;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        complain_errno(child->language, child->name, errno);
        return false;
    }
    child->arguments[child->argument_count] = NULL;
    child->pid = fork();
    if (child->pid == 0)
        become(child, path, ends[1], parent);
    close(ends[1]);
    child->words = ends[0];
    if (child->pid > 0)
        return true;
    complain_errno(child->language, child->name, errno);
    close(ends[0]);
    child->pid = 0;
    return false;
}

/* One octet of a line; the line is passed on once it cannot be "ready" any more. */
static void
hear_octet(struct child *c, char octet)
{
    if (c->is_long) {
        fputc(octet, stderr);
    } else if (octet == '\n' && c->line_len == 5 && memcmp(c->line, "ready", 5) == 0) {
        c->is_ready = true;
        c->line_len = 0;
        return;
    } else if (octet != '\n' && c->line_len < sizeof c->line) {
        c->line[c->line_len++] = octet;
    } else {
        fwrite(c->line, 1, c->line_len, stderr);
        fputc(octet, stderr);
        c->is_long = true;
    }
    if (octet == '\n') {
        c->line_len = 0;
        c->is_long = false;
    }
}

void
child_hear(struct child *c)
{
    char part[4096];
    ssize_t n = read(c->words, part, sizeof part);
    if (n < 0 && errno == EINTR)
        return;
    for (ssize_t i = 0; i < n; i++)
        hear_octet(c, part[i]);
    if (n > 0)
        return;
    fwrite(c->line, 1, c->line_len, stderr); /* a last line without its end */
    close(c->words);
    c->words = -1;
}

struct child *
child_reap(struct child *children, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int status;
        if (children[i].pid <= 0 || waitpid(children[i].pid, &status, WNOHANG) <= 0)
            continue;
        children[i].status =
            WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        children[i].pid = 0;
        return &children[i];
    }
    return NULL;
}
