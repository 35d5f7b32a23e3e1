/* The file is opened once and looked at through its descriptor: not a symbolic link, a
 * regular file, no right for group and others. */
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_private(int fd, const char *path, struct problem *problem)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        PROBLEM(problem, "{path} is no file", THEIRS("path", path));
        return false;
    }
    if ((st.st_mode & 077) == 0)
        return true;
    char mode[8];
    snprintf(mode, sizeof mode, "%04o", (unsigned)st.st_mode & 07777);
    PROBLEM(problem,
            "{path} has mode {mode}, so that others may use it: chmod 0600 {path}",
            THEIRS("path", path), OURS("mode", mode));
    return false;
}

static bool
read_line(int fd, const char *path, char out[SECRET_MAX], struct problem *problem)
{
    size_t len = 0;
    ssize_t n = 1;
    while (len < SECRET_MAX && n > 0) {
        n = read(fd, out + len, SECRET_MAX - len);
        len += n > 0 ? (size_t)n : 0;
        if (n < 0 && errno == EINTR)
            n = 1;
    }
    struct sceau_slice text = {out, len};
    size_t end = slice_find(text, '\n');
    if (end > 0 && end <= len && out[end - 1] == '\r')
        end--;
    bool is_fine = n >= 0 && end > 0 && end < SECRET_MAX &&
                   slice_find(slice_sub(text, 0, end), '\0') == end;
    if (is_fine)
        out[end] = '\0';
    else
        PROBLEM(problem,
                "{path} holds no password: its first line is the password, at most "
                "{count} octets",
                THEIRS("path", path), LANGUAGE_OURS("count", DECIMAL(SECRET_MAX - 1)));
    return is_fine;
}

bool
secret_read(const char *path, char out[SECRET_MAX], struct problem *problem)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    out[0] = '\0';
    if (fd < 0) {
        problem_tell_errno(problem, path, errno);
        return false;
    }
    bool is_fine = is_private(fd, path, problem) && read_line(fd, path, out, problem);
    close(fd);
    if (!is_fine)
        explicit_bzero(out, SECRET_MAX);
    return is_fine;
}
