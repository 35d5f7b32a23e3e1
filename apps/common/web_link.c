/* Files of one-time links: "until EPOCH". */
#include "web_link.h"

#include "file/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 4352

bool
web_random(uint8_t octets[SESSION_SECRET])
{
    return getrandom(octets, SESSION_SECRET, 0) == SESSION_SECRET;
}

static void
path_of(char path[PATH_SIZE], const char *state, const char *name)
{
    snprintf(path, PATH_SIZE, "%.4096s/" WEB_LINK_FOLDER "/%.200s", state, name);
}

/* Written whole, then named: nobody reads half of it. */
static bool
write_file(const char *state, const char *name, const char *text)
{
    char path[PATH_SIZE], draft[PATH_SIZE], folder[PATH_SIZE];
    struct stat above = {0};
    path_of(path, state, name);
    path_of(draft, state, "draft");
    snprintf(folder, sizeof folder, "%.4096s/" WEB_LINK_FOLDER, state);
    unlink(draft);
    /* root makes the link, the daemon's user reads it. */
    bool is_given = geteuid() == 0 && stat(folder, &above) == 0;
    const struct file_owner owner = {0600, above.st_uid, above.st_gid};
    return file_make(AT_FDCWD, draft, sceau_slice_from(text),
                     is_given ? &owner : NULL) &&
           file_take_place(AT_FDCWD, draft, path);
}

static bool
read_file(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    ssize_t len = fd >= 0 ? read(fd, text, size - 1) : -1;
    if (fd >= 0)
        close(fd);
    text[len > 0 ? len : 0] = '\0';
    return len > 0;
}

/* The second until which it lasts; 0: unreadable. */
static int64_t
until_of(const char *path)
{
    char text[64];
    if (!read_file(path, text, sizeof text) || strncmp(text, "until ", 6) != 0)
        return 0;
    return strtoll(text + 6, NULL, 10);
}

bool
web_link_make(const char *state, int64_t until, char secret[SESSION_TEXT])
{
    uint8_t random[SESSION_SECRET];
    char name[SESSION_TEXT], text[64];
    if (!web_random(random))
        return false;
    session_hex(random, secret);
    session_link_name(sceau_slice_from(secret), name);
    snprintf(text, sizeof text, "until %" PRId64 "\n", until);
    return write_file(state, name, text);
}

bool
web_link_take(const char *state, struct sceau_slice secret, int64_t now)
{
    char name[SESSION_TEXT], path[PATH_SIZE];
    if (secret.len != SESSION_TEXT - 1)
        return false;
    session_link_name(secret, name);
    path_of(path, state, name);
    int64_t until = until_of(path);
    /* Of two who take it at once, one removes it. */
    return until > 0 && unlink(path) == 0 && now < until;
}

void
web_link_tidy(const char *state, int64_t now)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%.4096s/" WEB_LINK_FOLDER, state);
    DIR *folder = opendir(path);
    const struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        if (strlen(entry->d_name) != SESSION_TEXT - 1)
            continue;
        path_of(path, state, entry->d_name);
        if (until_of(path) <= now)
            unlink(path);
    }
    if (folder != NULL)
        closedir(folder);
}

bool
web_address_write(const char *state, const char *address)
{
    return write_file(state, WEB_LINK_ADDRESS, address);
}

bool
web_address_read(const char *state, char address[256])
{
    char path[PATH_SIZE];
    path_of(path, state, WEB_LINK_ADDRESS);
    return read_file(path, address, 256);
}

void
web_address_remove(const char *state)
{
    char path[PATH_SIZE];
    path_of(path, state, WEB_LINK_ADDRESS);
    unlink(path);
}
