/* A zone file with what it includes. */
#include "zone_file.h"

#include "environment.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZONE_FILE_MAX ((size_t)64 * 1024 * 1024)

/* A regular file (or standard input) as it is. False with errno; EFBIG when it is too
 * large. */
static bool
read_all(struct sceau_arena *arena, int fd, struct sceau_slice *text)
{
    size_t capacity = (size_t)64 * 1024, len = 0;
    char *buffer = malloc(capacity);
    ssize_t got = 1;
    while (buffer != NULL && got > 0 && len <= ZONE_FILE_MAX) {
        if (len == capacity) {
            char *grown = realloc(buffer, capacity *= 2);
            if (grown == NULL)
                free(buffer);
            buffer = grown;
            continue;
        }
        got = read(fd, buffer + len, capacity - len);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            len += (size_t)got;
    }
    bool is_read = buffer != NULL && got == 0;
    int reason = buffer == NULL ? ENOMEM : got < 0 ? errno : EFBIG;
    char *copy = is_read ? sceau_arena_alloc(arena, len + 1) : NULL;
    if (copy != NULL)
        memcpy(copy, buffer, len);
    free(buffer);
    *text = (struct sceau_slice){copy, len};
    errno = is_read ? ENOMEM : reason;
    return copy != NULL;
}

bool
zone_source_read(struct sceau_arena *arena, const char *path, struct sceau_slice *text)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    bool is_read = false;
    if (fd < 0)
        return false;
    if (fstat(fd, &info) == 0 && !S_ISREG(info.st_mode))
        errno = S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
    else
        is_read = read_all(arena, fd, text);
    int reason = errno;
    close(fd);
    errno = reason;
    return is_read;
}

/* The text of an included file: one inside the folder of the zone file, wherever links
 * lead. */
static bool
load_included(struct zone_loader *self, struct sceau_slice name,
              struct sceau_slice *text, const char **problem)
{
    struct zone_source *source = (struct zone_source *)self;
    char path[PATH_MAX], real[PATH_MAX];
    bool is_absolute = name.len > 0 && name.ptr[0] == '/';
    int len = snprintf(path, sizeof path, "%s%s%.*s", is_absolute ? "" : source->folder,
                       is_absolute ? "" : "/", SLICE_ARG(name));
    size_t folder = strlen(source->folder);
    if (name.len == 0 || memchr(name.ptr, '\0', name.len) != NULL || len < 0 ||
        (size_t)len >= sizeof path || realpath(path, real) == NULL) {
        *problem = N_("the included file is not there");
        return false;
    }
    if (strncmp(real, source->folder, folder) != 0 || real[folder] != '/') {
        *problem = N_("the included file lies outside the folder of the zone file");
        return false;
    }
    if (zone_source_read(source->arena, real, text))
        return true;
    *problem = N_("the included file cannot be read");
    return false;
}

bool
zone_source_open(struct zone_source *source, enum language language,
                 struct sceau_arena *arena, const char *path, struct sceau_slice *text)
{
    *source = (struct zone_source){.loader.load = load_included, .arena = arena};
    char real[PATH_MAX];
    bool is_input = strcmp(path, "-") == 0;
    bool is_read = is_input ? read_all(source->arena, STDIN_FILENO, text)
                            : zone_source_read(source->arena, path, text);
    if (!is_read) {
        complain_errno(language, path, errno);
        return false;
    }
    if (!is_input && realpath(path, real) != NULL) {
        *strrchr(real, '/') = '\0';
        source->folder = strdup(real);
    }
    return true;
}

struct zone_loader *
zone_source_loader(struct zone_source *source)
{
    return source->folder != NULL ? &source->loader : NULL;
}

void
zone_source_close(struct zone_source *source)
{
    free(source->folder);
    source->folder = NULL;
}
