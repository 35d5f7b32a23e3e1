#include "folder.h"

#include "file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <openssl/rand.h>

#define FILE_NAME ".name"

bool
outbox_random_name(char *name, size_t size)
{
    unsigned char octet;
    for (size_t i = 0; i + 2 < size; i += 2) {
        if (RAND_bytes(&octet, 1) != 1)
            return false;
        snprintf(name + i, 3, "%02x", octet);
    }
    return true;
}

static bool
read_name(int folder, char name[OUTBOX_FOLDER_NAME])
{
    int fd = openat(folder, FILE_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t len = fd >= 0 ? read(fd, name, OUTBOX_FOLDER_NAME - 1) : -1;
    int why = errno;
    if (fd >= 0)
        close(fd);
    name[len > 0 ? len : 0] = '\0';
    errno = len >= 0 ? EIO : why;
    return len == OUTBOX_FOLDER_NAME - 1 &&
           strspn(name, "0123456789abcdef") == (size_t)len;
}

/* Another process may be faster: what is there then is the name. */
static bool
make_name(int folder)
{
    char name[OUTBOX_FOLDER_NAME], aside[32];
    struct stat info;
    if (!outbox_random_name(name, sizeof name) || fstat(folder, &info) != 0)
        return false;
    const struct file_owner owner = {.mode = 0640,
                                     .uid = geteuid() == 0 ? info.st_uid : geteuid(),
                                     .gid = geteuid() == 0 ? info.st_gid : getegid()};
    snprintf(aside, sizeof aside, FILE_NAME ".%ld", (long)getpid());
    unlinkat(folder, aside, 0); /* of one that was killed */
    bool is_made =
        file_make(folder, aside, sceau_slice_from(name), &owner) &&
        (linkat(folder, aside, folder, FILE_NAME, 0) == 0 || errno == EEXIST);
    int why = errno;
    unlinkat(folder, aside, 0);
    errno = why;
    return is_made;
}

bool
outbox_folder_name(const char *path, char name[OUTBOX_FOLDER_NAME])
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return false;
    bool is_read = read_name(folder, name) ||
                   (errno == ENOENT && make_name(folder) && read_name(folder, name));
    int why = errno;
    close(folder);
    errno = why;
    return is_read;
}
