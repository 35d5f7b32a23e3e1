/* A whole file or none. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

bool
files_replace(const char *dir, const char *name, mode_t mode,
              struct sceau_slice content)
{
    char path[4096], beside[4096];
    int len = snprintf(path, sizeof path, "%s/%s", dir, name);
    if (len < 0 || (size_t)len + 4 >= sizeof path) {
        errno = ENAMETOOLONG;
        return false;
    }
    snprintf(beside, sizeof beside, "%.*s.new", (int)(sizeof beside - 5), path);
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    if (fd < 0)
        return false;
    ssize_t written = write(fd, content.ptr, content.len);
    int why = written < 0 ? errno : ENOSPC;
    close(fd);
    if (written == (ssize_t)content.len && rename(beside, path) == 0)
        return true;
    unlink(beside);
    errno = why;
    return false;
}
