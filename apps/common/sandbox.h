/* What the milter gives up once it listens: its user, the files it has no business with,
 * the system calls it never makes. A hole in a parser then opens on very little. */
#ifndef APP_SANDBOX_H
#define APP_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <ucontext.h>

#define SANDBOX_ERROR 256 /* room for a sentence to people */

/* Is there such a user? */
bool sandbox_find_user(const char *user, uid_t *uid, gid_t *gid);

/* Become that user with its groups, for good. False with a sentence in `error`. */
bool sandbox_become(const char *user, char error[SANDBOX_ERROR]);

enum sandbox_right {
    SANDBOX_READ,   /* the file, or all below the folder */
    SANDBOX_WRITE,  /* and make, change and remove files below the folder */
    SANDBOX_MAKE,   /* the same, but read none of them: private keys lie below */
    SANDBOX_REMOVE, /* only remove files from the folder: our sockets */
};

struct sandbox_path {
    const char *path; /* one that is not there is left out */
    enum sandbox_right right;
};

/* From now on this thread, and those it starts, reach these files and no others
 * (Landlock). Call it before there are threads. False with a sentence in `error` where
 * the kernel cannot do it: the caller goes on without. */
bool sandbox_confine_files(const struct sandbox_path *paths, size_t count,
                           char error[SANDBOX_ERROR]);

/* Whose calls. */
enum sandbox_program {
    SANDBOX_MILTER,
    SANDBOX_GUARD,  /* of the signer: forks it and waits for it */
    SANDBOX_SIGNER, /* reads keys, answers requests */
    SANDBOX_READER, /* reads reports: one file, one pipe */
    SANDBOX_WEB,    /* answers browsers on a socket that is open; reads the store */
    SANDBOX_WEB_OF_SERVER, /* the same, of a store that a server keeps: it has to reach it */
};

/* From now on all threads make only the system calls that program needs (seccomp); any
 * other fails with EPERM, and the first of each kind is told on standard error. Nothing is
 * killed. False as above; where the build leaves it out (sanitizers need calls of their
 * own) it says so. */
bool sandbox_confine_calls(enum sandbox_program program, char error[SANDBOX_ERROR]);

/* Of seccomp.c: what the interrupted system call returns; call_result_*.c. */
void call_result_set(ucontext_t *context, int result);

#endif
