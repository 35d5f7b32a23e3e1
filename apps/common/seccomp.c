/* The system calls that are left. The list is what the program, OpenSSL, libunbound and the
 * C library were seen to make, and their near relatives: lists go stale, so a call that is
 * not on it fails as if it were not permitted, and is told, and nobody is killed. */
#include "sandbox.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <seccomp.h>

static const char *const milter_calls[] = {
    /* files */
    "read",
    "write",
    "readv",
    "writev",
    "pread64",
    "pwrite64",
    "open",
    "openat",
    "close",
    "fstat",
    "stat",
    "lstat",
    "newfstatat",
    "statx",
    "access",
    "faccessat",
    "faccessat2",
    "lseek",
    "fcntl",
    "flock",
    "fsync",
    "fdatasync",
    "ftruncate",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "mkdir",
    "mkdirat",
    "getdents64",
    "readlink",
    "readlinkat",
    "umask",
    "dup",
    "dup3",
    "statfs",
    "fstatfs",
    "getcwd",
    "fadvise64",
    /* sockets; socket itself below */
    "accept",
    "accept4",
    "bind",
    "connect",
    "listen",
    "getsockname",
    "getpeername",
    "getsockopt",
    "setsockopt",
    "sendto",
    "sendmsg",
    "sendmmsg",
    "recvfrom",
    "recvmsg",
    "recvmmsg",
    "shutdown",
    "socketpair",
    "poll",
    "ppoll",
    "select",
    "pselect6",
    "pipe2",
    "eventfd2",
    "epoll_create1",
    "epoll_ctl",
    "epoll_wait",
    "epoll_pwait",
    "epoll_pwait2",
    "timerfd_create",
    "timerfd_settime",
    /* memory and threads; clone below */
    "mmap",
    "munmap",
    "mremap",
    "mprotect",
    "madvise",
    "brk",
    "futex",
    "futex_waitv",
    "set_robust_list",
    "get_robust_list",
    "rseq",
    "set_tid_address",
    "membarrier",
    "sched_yield",
    "sched_getaffinity",
    "exit",
    "exit_group",
    "gettid",
    "getpid",
    "tgkill",
    "wait4", /* for the signer, at the end */
    /* time and signals */
    "clock_gettime",
    "clock_getres",
    "gettimeofday",
    "time",
    "nanosleep",
    "clock_nanosleep",
    "restart_syscall",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "rt_sigtimedwait",
    "sigaltstack",
    /* the rest */
    "getrandom",
    "uname",
    "sysinfo",
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "getppid",
    "prlimit64",
    "getrlimit",
    "getrusage",
    "getcpu",
    "prctl",
    "arch_prctl",
};

/* A signer opens key files, reads them, and answers on sockets that it was given. */
static const char *const signer_calls[] = {
    "read",
    "write",
    "writev",
    "open",
    "openat",
    "close",
    "fstat",
    "stat",
    "newfstatat",
    "statx",
    "lseek",
    "fcntl",
    "sendto",
    "recvfrom",
    "mmap",
    "munmap",
    "mremap",
    "mprotect",
    "madvise",
    "brk",
    "futex",
    "set_robust_list",
    "rseq",
    "set_tid_address",
    "membarrier",
    "sched_yield",
    "sched_getaffinity",
    "exit",
    "exit_group",
    "gettid",
    "getpid",
    "getppid",
    "tgkill",
    "clock_gettime",
    "gettimeofday",
    "nanosleep",
    "clock_nanosleep",
    "restart_syscall",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sigaltstack",
    "getrandom",
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "prctl",
};

/* The guard has a signer's calls, which the signer it forks gets from it, and these. */
static const char *const guard_calls[] = {
    "clone", "fork", "wait4", "waitid", "seccomp",
};

/* A reader of reports has its file and its pipe, and asks for memory. */
static const char *const reader_calls[] = {
    "recvmsg", /* the next file */
    "read",
    "write",
    "close",
    "lseek",
    "fstat",
    "newfstatat",
    "mmap",
    "munmap",
    "mremap",
    "mprotect",
    "madvise",
    "brk",
    "futex",
    "set_robust_list",
    "rseq",
    "sched_yield",
    "sched_getaffinity",
    "exit",
    "exit_group",
    "gettid",
    "getpid",
    "tgkill",
    "clock_gettime",
    "gettimeofday",
    "restart_syscall",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "getrandom",
    "sysinfo",
    "prlimit64",
};

#define CALLS_TOLD 1024 /* numbers above are not told twice either: they share a bit */

/* Tell the first of each kind. Runs in a signal handler: no memory, no locks. */
static void
tell_once(int number)
{
    static atomic_uint told[CALLS_TOLD / 32];
    unsigned bit = (unsigned)number % CALLS_TOLD;
    if (atomic_fetch_or(&told[bit / 32], 1u << bit % 32) >> bit % 32 & 1)
        return;
    char line[96], digits[16];
    size_t len = 0, n = 0;
    for (unsigned rest = (unsigned)number; n == 0 || rest > 0; rest /= 10)
        digits[n++] = (char)('0' + rest % 10);
    static const char before[] = "sceau: system call ",
                      after[] = " is refused (seccomp)\n";
    memcpy(line, before, sizeof before - 1);
    len = sizeof before - 1;
    while (n > 0)
        line[len++] = digits[--n];
    memcpy(line + len, after, sizeof after - 1);
    ssize_t written = write(STDERR_FILENO, line, len + sizeof after - 1);
    (void)written; /* nowhere to say it */
}

static void
on_refused(int signal, siginfo_t *info, void *context)
{
    int saved = errno;
    (void)signal;
    tell_once(info->si_syscall);
    call_result_set(context, -EPERM);
    errno = saved;
}

/* The dashboard does what the milter does, less the network unless a server keeps the store,
 * and SQLite writes in its way. */
static const char *const web_calls[] = {
    "fallocate", "fchmod", "fchown", "sendfile", "utimensat",
};

/* socket: of the families that mail and DNS use. Terminals: TIOCSTI types for the person at
 * the keyboard; FIONBIO and FIONREAD are what libraries ask sockets. */
static bool
add_conditions(scmp_filter_ctx filter, size_t family_count)
{
    static const unsigned families[] = {AF_UNIX, AF_INET, AF_INET6};
    static const unsigned long requests[] = {0x5401 /* TCGETS */, 0x5421 /* FIONBIO */,
                                             0x541B /* FIONREAD */};
    bool is_added = true;
    for (size_t i = 0; i < family_count && is_added; i++)
        is_added = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
                                    SCMP_A0(SCMP_CMP_EQ, families[i])) == 0;
    for (size_t i = 0; i < sizeof requests / sizeof *requests && is_added; i++)
        is_added = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
                                    SCMP_A1(SCMP_CMP_EQ, requests[i])) == 0;
    return is_added;
}

/* clone: threads only; clone3 hides its flags in memory, so the C library is sent to
 * clone. */
static bool
add_threads(scmp_filter_ctx filter, bool may_fork)
{
    if (seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) != 0)
        return false;
    return may_fork || seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                                        SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD,
                                                CLONE_THREAD)) == 0;
}

static bool
add_allowed(scmp_filter_ctx filter, const char *const *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int number = seccomp_syscall_resolve_name(calls[i]);
        /* Not every machine has every call. */
        if (number >= 0 && seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0) != 0)
            return false;
    }
    return true;
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* Libraries look for files (character sets) and do without: no word about that. Nor about
 * threads: the C library blocks all signals while it makes one, and a call that is told by
 * a signal would end the process there. */
static bool
add_reader(scmp_filter_ctx filter)
{
    static const struct expected {
        const char *name;
        int error;
    } expected[] = {
        {"open",       EACCES},
        {"openat",     EACCES},
        {"access",     EACCES},
        {"faccessat2", EACCES},
        {"readlink",   EACCES},
        {"clone",      EAGAIN},
        {"clone3",     EAGAIN},
        {"fork",       EAGAIN},
        {"vfork",      EAGAIN},
    };
    for (size_t i = 0; i < COUNT(expected); i++) {
        int number = seccomp_syscall_resolve_name(expected[i].name);
        uint32_t answer = SCMP_ACT_ERRNO((uint32_t)expected[i].error);
        if (number >= 0 && seccomp_rule_add(filter, answer, number, 0) != 0)
            return false;
    }
    return add_allowed(filter, reader_calls, COUNT(reader_calls));
}

static bool
add_program(scmp_filter_ctx filter, enum sandbox_program program)
{
    bool is_guard = program == SANDBOX_GUARD;
    if (program == SANDBOX_READER)
        return add_reader(filter);
    if (!add_threads(filter, is_guard))
        return false;
    if (program == SANDBOX_MILTER)
        return add_conditions(filter, 3) &&
               add_allowed(filter, milter_calls, COUNT(milter_calls));
    if (program == SANDBOX_WEB || program == SANDBOX_WEB_OF_SERVER)
        /* AF_UNIX alone: the service manager */
        return add_conditions(filter, program == SANDBOX_WEB ? 1 : 3) &&
               add_allowed(filter, milter_calls, COUNT(milter_calls)) &&
               add_allowed(filter, web_calls, COUNT(web_calls));
    return add_allowed(filter, signer_calls, COUNT(signer_calls)) &&
           (!is_guard || add_allowed(filter, guard_calls, COUNT(guard_calls)));
}

bool
sandbox_confine_calls(enum sandbox_program program, char error[SANDBOX_ERROR])
{
    struct sigaction action = {.sa_sigaction = on_refused, .sa_flags = SA_SIGINFO};
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
    sigfillset(&action.sa_mask);
    bool is_done = filter != NULL && sigaction(SIGSYS, &action, NULL) == 0 &&
                   seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
                   add_program(filter, program) && seccomp_load(filter) == 0;
    seccomp_release(filter);
    if (!is_done)
        snprintf(error, SANDBOX_ERROR, "this kernel takes no seccomp filter");
    return is_done;
}
