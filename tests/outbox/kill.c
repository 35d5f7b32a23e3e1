/* Loaded before libc (LD_PRELOAD): kills the process at its KILL_AT-th step on the way to the disk or to the
 * network, before the step is done. Without KILL_AT it writes how many there were to KILL_COUNT. Not of its
 * children: the reader of reports has a sandbox of its own. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static long kill_at, steps;
static pid_t self;

static void
step(void)
{
    if (getpid() == self && __sync_add_and_fetch(&steps, 1) == kill_at)
        kill(self, SIGKILL);
}

__attribute__((constructor)) static void
begin(void)
{
    const char *at = getenv("KILL_AT");
    kill_at = at != NULL ? atol(at) : -1;
    self = getpid();
}

__attribute__((destructor)) static void
end(void)
{
    const char *name = getenv("KILL_COUNT");
    FILE *file = name != NULL && getpid() == self ? fopen(name, "w") : NULL;
    if (file == NULL)
        return;
    fprintf(file, "%ld\n", steps);
    fclose(file);
}

#define STEP(result, name, parameters, arguments)        \
 result name parameters                                  \
 {                                                       \
  static result(*next) parameters;                       \
  if (next == NULL)                                      \
   next = (result(*) parameters)dlsym(RTLD_NEXT, #name); \
  step();                                                \
  return next arguments;                                 \
 }

STEP(int, rename, (const char *from, const char *to), (from, to))
STEP(int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
STEP(int, unlink, (const char *path), (path))
STEP(int, fsync, (int fd), (fd))
STEP(int, fdatasync, (int fd), (fd))
STEP(int, syncfs, (int fd), (fd))
STEP(int, ftruncate64, (int fd, off64_t len), (fd, len))
STEP(ssize_t, pwrite64, (int fd, const void *p, size_t n, off64_t at), (fd, p, n, at))
STEP(int, connect, (int fd, const struct sockaddr *to, socklen_t len), (fd, to, len))
STEP(ssize_t, send, (int fd, const void *p, size_t n, int flags), (fd, p, n, flags))
