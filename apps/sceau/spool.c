/* Files read whole. */
#include "spool.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static bool
refuse(struct spool *spool, const char *path, int error)
{
    problem_tell_errno(&spool->problem, path, error);
    return false;
}

/* Read to the end; NULL with errno set (EFBIG: more than `most`). */
static char *
read_all(int fd, size_t most, size_t *len)
{
    size_t capacity = 0;
    char *octets = NULL;
    *len = 0;
    for (;;) {
        if (*len == capacity) {
            size_t wanted = capacity == 0 ? (size_t)64 * 1024 : capacity * 2;
            char *grown = realloc(octets, wanted);
            if (grown == NULL)
                break;
            octets = grown;
            capacity = wanted;
        }
        ssize_t got = read(fd, octets + *len, capacity - *len);
        if (got == 0)
            return octets;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            break;
        *len += (size_t)got;
        if (*len > most) {
            errno = EFBIG;
            break;
        }
    }
    free(octets);
    return NULL;
}

bool
spool_read(struct spool *spool, enum language language, const char *path, size_t most)
{
    *spool = (struct spool){.problem.language = language};
    bool is_standard_input = strcmp(path, "-") == 0;
    int fd = is_standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    size_t len = 0;
    char *octets = fd < 0 ? NULL : read_all(fd, most, &len);
    int why = errno;
    if (fd >= 0 && !is_standard_input)
        close(fd);
    if (octets == NULL)
        return refuse(spool, path, why);
    spool->original = spool->octets = (struct sceau_slice){octets, len};
    return true;
}

bool
spool_read_mail(struct spool *spool, enum language language, const char *path)
{
    if (!spool_read(spool, language, path, SPOOL_MAIL_MAX))
        return false;
    struct sceau_slice in = spool->original;
    size_t first = slice_find(in, '\n'), lines = 0, len = 0;
    spool->has_lf_lines = first < in.len && (first == 0 || in.ptr[first - 1] != '\r');
    if (!spool->has_lf_lines)
        return true;
    for (size_t i = 0; i < in.len; i++)
        lines += in.ptr[i] == '\n';
    assert(in.len > 0); /* there is a line end */
    char *out = malloc(in.len + lines);
    if (out == NULL)
        return refuse(spool, path, errno);
    for (size_t i = 0; i < in.len; i++) {
        if (in.ptr[i] == '\n' && (i == 0 || in.ptr[i - 1] != '\r'))
            out[len++] = '\r';
        out[len++] = in.ptr[i];
    }
    spool->octets = (struct sceau_slice){out, len};
    return true;
}

void
spool_free(struct spool *spool)
{
    if (spool->octets.ptr != spool->original.ptr)
        free((void *)(uintptr_t)spool->octets.ptr);
    free((void *)(uintptr_t)spool->original.ptr);
    *spool = (struct spool){0};
}

void
spool_wipe(struct spool *spool)
{
    if (spool->original.len > 0)
        explicit_bzero((void *)(uintptr_t)spool->original.ptr, spool->original.len);
    spool_free(spool);
}
