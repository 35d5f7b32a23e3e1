/* Files of the key store: never through a symbolic link, never one that others may touch. */
#include "files.h"

#include "core/domain.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

bool
keys_path(const struct keys_place *place, struct sceau_slice domain, const char *file,
          char path[KEYS_PATH_MAX], struct problem *problem)
{
    if (!domain_is_ldh(domain)) {
        problem_tell_text(problem, N_("not a domain"));
        return false;
    }
    int len = snprintf(path, KEYS_PATH_MAX, "%s/%.*s/%s", place->folder,
                       SLICE_ARG(domain), file);
    if (len < 0 || len >= KEYS_PATH_MAX)
        problem_tell_file(problem, place->folder, N_("the path is too long"));
    return len >= 0 && len < KEYS_PATH_MAX;
}

/* Is it a file, and one's own? Told when not. */
static bool
is_trusted(int fd, const char *path, enum keys_mode too_many, struct problem *problem)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        PROBLEM(problem, "{path} is no file", THEIRS("path", path));
        return false;
    }
    if ((st.st_mode & (mode_t)too_many) == 0)
        return true;
    char mode[8];
    snprintf(mode, sizeof mode, "%04o", (unsigned)st.st_mode & 07777);
    PROBLEM(problem,
            too_many == KEYS_MODE_WRITE
                ? N_("{path} has mode {mode}, so that others may change it: chmod 0600 "
                     "{path}")
                : N_("{path} has mode {mode}, so that others may use it: chmod 0600 "
                     "{path}"),
            THEIRS("path", path), OURS("mode", mode));
    return false;
}

/* The descriptor of a trusted file; -1, told, with errno. */
static int
open_trusted(const char *path, enum keys_mode too_many, struct problem *problem)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) {
        int why = errno;
        PROBLEM(problem,
                why == EACCES ? N_("{path}: {why} (run it as root, or as the user of "
                                   "sceau-milter)")
                              : N_("{path}: {why}"),
                THEIRS("path", path),
                OURS("why", language_strerror(problem->language, why)));
        errno = why;
        return -1;
    }
    if (is_trusted(fd, path, too_many, problem))
        return fd;
    close(fd);
    errno = EPERM;
    return -1;
}

/* All of it into `out`; the octets read, or -1, told. */
static ssize_t
read_all(int fd, const char *path, char *out, size_t size, struct problem *problem)
{
    size_t len = 0;
    ssize_t n = 1;
    while (len < size && n > 0) {
        n = read(fd, out + len, size - len);
        if (n > 0)
            len += (size_t)n;
        else if (n < 0 && errno == EINTR)
            n = 1;
    }
    if (n < 0)
        problem_tell_errno(problem, path, errno);
    else if (len == size)
        PROBLEM(problem, "{path} has {count} octets or more", THEIRS("path", path),
                LANGUAGE_OURS("count", DECIMAL(size)));
    return n < 0 || len == size ? -1 : (ssize_t)len;
}

enum sceau_status
keys_file_read(const char *path, enum keys_mode too_many, size_t max,
               struct sceau_arena *arena, struct sceau_slice *text,
               struct problem *problem)
{
    struct stat st;
    int fd = open_trusted(path, too_many, problem);
    if (fd < 0)
        return SCEAU_E_SYSTEM;
    size_t size =
        fstat(fd, &st) == 0 && (size_t)st.st_size < max ? (size_t)st.st_size + 1 : max;
    char *octets = sceau_arena_alloc(arena, size);
    ssize_t len =
        octets != NULL ? read_all(fd, path, octets, size, problem) : (ssize_t)-1;
    int why = errno;
    close(fd);
    errno = why != ENOENT ? why : EIO;
    if (octets == NULL)
        problem_tell_file(problem, path, N_("no memory"));
    *text = (struct sceau_slice){octets, len > 0 ? (size_t)len : 0};
    return octets == NULL ? SCEAU_E_LIMIT : len < 0 ? SCEAU_E_SYSTEM : SCEAU_OK;
}

enum sceau_status
keys_file_read_secret(const char *path, char *out, size_t size,
                      struct sceau_slice *text, struct problem *problem)
{
    int fd = open_trusted(path, KEYS_MODE_ANY, problem);
    if (fd < 0)
        return SCEAU_E_SYSTEM;
    ssize_t len = read_all(fd, path, out, size, problem);
    int why = errno;
    close(fd);
    errno = why;
    *text = (struct sceau_slice){out, len > 0 ? (size_t)len : 0};
    return len < 0 ? SCEAU_E_SYSTEM : SCEAU_OK;
}
