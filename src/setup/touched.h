/* What `sceau setup` touches, so that it can be undone. FOLDER is STATE/setup:
 *
 *     FOLDER/journal      a line a file, in the order they were touched:
 *                         NUMBER file|absent|folder MODE UID GID PATH
 *                         NUMBER wrote SHA-256
 *     FOLDER/NUMBER       what stood in the file
 *
 * A line is on the disk before its file is changed: whatever interrupts setup, undo knows
 * of every change. A file is remembered once, as it was before setup's first change. The
 * problem is a sentence when a call returns false. */
#ifndef SETUP_TOUCHED_H
#define SETUP_TOUCHED_H

#include "language/problem.h"

#include <limits.h>
#include <sys/types.h>

#define SETUP_FILE_MAX ((size_t)64 * 1024 * 1024) /* octets: a zone file may be large */

/* Remember the file at `path` (absolute, no line end in it) as it is, or that there is
 * none. A folder: remembered only when it is absent. */
bool setup_remember(const char *folder, const char *path, struct problem *problem);
bool setup_remember_folder(const char *folder, const char *path,
                           struct problem *problem);

/* What setup left there: undo keeps a copy of what somebody changed since. */
bool setup_wrote(const char *folder, const char *path, struct problem *problem);

/* One step of an undo. */
enum setup_undone {
    SETUP_RESTORED, /* as it was */
    SETUP_REMOVED,  /* it was not there */
    SETUP_KEPT, /* the same as RESTORED or REMOVED; what was changed since is in `copy` */
    SETUP_STAYS,  /* a folder that others use by now */
    SETUP_FAILED, /* problem says why */
};

/* Put everything back, the last touched first, and tell each step. The journal goes when
 * all went well; else undo may be tried again. What fails is told in that language.
 *
 * Returns how many files are not as they were; -1: nothing is remembered. */
int setup_undo(const char *folder, enum language language,
               void (*told)(void *self, enum setup_undone what, const char *path,
                            const char *detail),
               void *self);

/* ---- files (replace.c) ---- */

/* A whole file, malloc'ed; false with errno in the problem. */
bool setup_read(const char *path, char **octets, size_t *len, struct problem *problem);

/* Replace a file: a new one beside it, fsynced, renamed. `mode`, `uid` and `gid` are those
 * of the new one. */
bool setup_replace(const char *path, struct sceau_slice octets, mode_t mode, uid_t uid,
                   gid_t gid, struct problem *problem);

/* The same with mode and owner of what stands there, else 0644 and our own. */
bool setup_write(const char *path, struct sceau_slice octets, struct problem *problem);

/* What a call tells that returns false: "PATH: " and a text of ours, or the system's. */
bool setup_fail(struct problem *problem, const char *path, const char *why);
bool setup_fail_errno(struct problem *problem, const char *path, int error);

#endif
