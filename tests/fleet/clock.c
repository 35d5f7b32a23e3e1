/* Loaded before libc (LD_PRELOAD): the clock of a simulated host, for the program's own code and for nothing else: libpq,
 * libcurl and libunbound go on by the real one. Time is told by a file that the test writes (FLEET_CLOCK): since `origin`
 * it has run `rate` times as fast, `ahead` of that. Time on the disk is shown as it would be by that clock. The clock that
 * never goes back runs as fast with FLEET_FAST, for leases and what is due, or else as it does. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SECOND INT64_C(1000000000)
#define NAP \
 (SECOND / 20) /* a program that is always awake would be all that runs here */

/* ns, as world.py's Clock writes them. */
struct page {
    int64_t origin, simulated; /* the same moment, by the real clock and by ours */
    int64_t origin_steady;     /* and by the one that never goes back */
    int64_t rate;
    int64_t ahead;        /* all hosts jump so far at once, and each has its error */
    int64_t ahead_steady; /* of the jumps alone */
};

static const volatile struct page *page;
static bool is_fast;
static uintptr_t text_begin, text_end; /* of the program */

static int
find_program(struct dl_phdr_info *info, size_t size, void *self)
{
    (void)size;
    (void)self;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type == PT_LOAD && (p->p_flags & PF_X) != 0) {
            text_begin = info->dlpi_addr + p->p_vaddr;
            text_end = text_begin + p->p_memsz;
        }
    }
    return 1; /* the first is the program */
}

__attribute__((constructor)) static void
begin(void)
{
    const char *path = getenv("FLEET_CLOCK");
    int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *memory =
        fd >= 0 ? mmap(NULL, sizeof *page, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (fd >= 0)
        close(fd);
    if (memory == MAP_FAILED)
        return;
    page = memory;
    is_fast = getenv("FLEET_FAST") != NULL;
    dl_iterate_phdr(find_program, NULL);
}

#define IS_OURS                                                           \
 (page != NULL && (uintptr_t)__builtin_return_address(0) >= text_begin && \
  (uintptr_t)__builtin_return_address(0) < text_end)

#define NEXT(result, name, parameters) \
 static result(*next) parameters;      \
 if (next == NULL)                     \
 next = (result(*) parameters)dlsym(RTLD_NEXT, #name)

static int64_t
ns(const struct timespec *t)
{
    return t->tv_sec * SECOND + t->tv_nsec;
}

static struct timespec
timespec_of(int64_t ns)
{
    return (struct timespec){ns / SECOND, ns % SECOND};
}

static int64_t
simulated(int64_t real)
{
    return page->simulated + (real - page->origin) * page->rate + page->ahead;
}

int
clock_gettime(clockid_t clock, struct timespec *t)
{
    NEXT(int, clock_gettime, (clockid_t, struct timespec *));
    int status = next(clock, t);
    if (status != 0 || !IS_OURS)
        return status;
    if (clock == CLOCK_REALTIME)
        *t = timespec_of(simulated(ns(t)));
    else if (is_fast && (clock == CLOCK_MONOTONIC || clock == CLOCK_BOOTTIME))
        *t = timespec_of(page->origin_steady +
                         (ns(t) - page->origin_steady) * page->rate +
                         page->ahead_steady);
    return 0;
}

time_t
time(time_t *where)
{
    NEXT(int, clock_gettime, (clockid_t, struct timespec *));
    struct timespec t = {0};
    next(CLOCK_REALTIME, &t);
    if (IS_OURS)
        t = timespec_of(simulated(ns(&t)));
    if (where != NULL)
        *where = t.tv_sec;
    return t.tv_sec;
}

int
sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *patience)
{
    NEXT(int, sigtimedwait, (const sigset_t *, siginfo_t *, const struct timespec *));
    int64_t wait = patience != NULL ? ns(patience) : 0;
    if (!IS_OURS || !is_fast || wait == 0)
        return next(set, info, patience);
    int64_t shorter = wait / page->rate;
    struct timespec t = timespec_of(shorter > NAP ? shorter : wait < NAP ? wait : NAP);
    return next(set, info, &t);
}

/* What the program says is a time of its own clock. */
int
futimens(int fd, const struct timespec times[2])
{
    NEXT(int, futimens, (int, const struct timespec *));
    struct timespec real[2];
    if (times == NULL || !IS_OURS)
        return next(fd, times);
    for (int i = 0; i < 2; i++)
        real[i] =
            timespec_of(page->origin +
                        (ns(&times[i]) - page->ahead - page->simulated) / page->rate);
    return next(fd, real);
}

static int
shown(int status, struct stat64 *info, bool is_ours)
{
    if (status == 0 && is_ours)
        info->st_mtim = timespec_of(simulated(ns(&info->st_mtim)));
    return status;
}

int
stat64(const char *path, struct stat64 *info)
{
    NEXT(int, stat64, (const char *, struct stat64 *));
    return shown(next(path, info), info, IS_OURS);
}

int
lstat64(const char *path, struct stat64 *info)
{
    NEXT(int, lstat64, (const char *, struct stat64 *));
    return shown(next(path, info), info, IS_OURS);
}

int
fstat64(int fd, struct stat64 *info)
{
    NEXT(int, fstat64, (int, struct stat64 *));
    return shown(next(fd, info), info, IS_OURS);
}

int
fstatat64(int at, const char *path, struct stat64 *info, int flags)
{
    NEXT(int, fstatat64, (int, const char *, struct stat64 *, int));
    return shown(next(at, path, info, flags), info, IS_OURS);
}
