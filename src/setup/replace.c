/* Files read and replaced whole. Somebody who reads one at any time, or after a crash, has
 * the old octets or the new ones. A symbolic link stays: what it points to is replaced. */
#include "file/file.h"
#include "touched.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool
setup_fail(struct problem *problem, const char *path, const char *why)
{
    problem_tell_file(problem, path, why);
    return false;
}

bool
setup_fail_errno(struct problem *problem, const char *path, int error)
{
    problem_tell_errno(problem, path, error);
    return false;
}

static bool
read_all(int fd, char *octets, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t got = read(fd, octets + at, len - at);
        if (got == 0)
            errno = EIO; /* it shrank */
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        if (got > 0)
            at += (size_t)got;
    }
    return true;
}

bool
setup_read(const char *path, char **octets, size_t *len, struct problem *problem)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    *octets = NULL;
    *len = 0;
    if (fd < 0 || fstat(fd, &info) != 0)
        /* NOLINTNEXTLINE(bugprone-branch-clone): in the order of what can fail */
        setup_fail_errno(problem, path, errno);
    else if (!S_ISREG(info.st_mode) || (uint64_t)info.st_size > SETUP_FILE_MAX)
        setup_fail(problem, path, N_("no file of a size that setup works with"));
    else if ((*octets = malloc((size_t)info.st_size + 1)) == NULL ||
             !read_all(fd, *octets, (size_t)info.st_size))
        setup_fail_errno(problem, path, errno);
    else {
        *len = (size_t)info.st_size;
        (*octets)[*len] = '\0';
        close(fd);
        return true;
    }
    if (fd >= 0)
        close(fd);
    free(*octets);
    *octets = NULL;
    return false;
}

bool
setup_replace(const char *path, struct sceau_slice octets, mode_t mode, uid_t uid,
              gid_t gid, struct problem *problem)
{
    char real[PATH_MAX], beside[PATH_MAX + 16];
    struct file_owner owner = {mode, uid, gid};
    if (geteuid() != 0) { /* nobody else can be given to */
        owner.uid = geteuid();
        owner.gid = getegid();
    }
    if (realpath(path, real) == NULL)
        snprintf(real, sizeof real, "%s", path);
    snprintf(beside, sizeof beside, "%s.sceau-new", real);
    unlink(beside);
    if (!file_make(AT_FDCWD, beside, octets, &owner))
        return setup_fail_errno(problem, beside, errno);
    return file_take_place(AT_FDCWD, beside, real) ||
           setup_fail_errno(problem, path, errno);
}

bool
setup_write(const char *path, struct sceau_slice octets, struct problem *problem)
{
    struct stat info;
    if (stat(path, &info) == 0)
        return setup_replace(path, octets, info.st_mode & 07777, info.st_uid,
                             info.st_gid, problem);
    return setup_replace(path, octets, 0644, geteuid(), getegid(), problem);
}
