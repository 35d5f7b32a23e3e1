/* A whole file or none, written so often that it is not worth the disk's time: it is not
 * flushed (file/file.h), and after a crash of the host there may be none. */
#include "files.h"

#include "file/file.h"

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
    bool is_written = file_write_all(fd, content);
    int why = errno;
    close(fd);
    if (is_written && rename(beside, path) == 0)
        return true;
    why = is_written ? errno : why;
    unlink(beside);
    errno = why;
    return false;
}
