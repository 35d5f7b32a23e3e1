/* The file is opened once and looked at through its descriptor: not a symbolic link, a
 * regular file, no right for group and others. */
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
is_private(int fd, const char *path, char problem[REMOTE_PROBLEM])
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        snprintf(problem, REMOTE_PROBLEM, "%.150s is no file", path);
        return false;
    }
    if ((st.st_mode & 077) == 0)
        return true;
    snprintf(problem, REMOTE_PROBLEM,
             "%.100s has mode %04o, so that others may use it: chmod 0600 %.100s", path,
             (unsigned)st.st_mode & 07777, path);
    return false;
}

static bool
read_line(int fd, const char *path, char out[SECRET_MAX], char problem[REMOTE_PROBLEM])
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
        snprintf(problem, REMOTE_PROBLEM,
                 "%.150s holds no password: its first line is the password, at most %d "
                 "octets",
                 path, SECRET_MAX - 1);
    return is_fine;
}

bool
secret_read(const char *path, char out[SECRET_MAX], char problem[REMOTE_PROBLEM])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    out[0] = '\0';
    if (fd < 0) {
        snprintf(problem, REMOTE_PROBLEM, "%.150s: %s", path, strerror(errno));
        return false;
    }
    bool is_fine = is_private(fd, path, problem) && read_line(fd, path, out, problem);
    close(fd);
    if (!is_fine)
        explicit_bzero(out, SECRET_MAX);
    return is_fine;
}
