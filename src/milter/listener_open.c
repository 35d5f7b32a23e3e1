/* Opening and closing of listening sockets. */
#include "core/ip_socket.h"
#include "core/text.h"
#include "milter/listener.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    BACKLOG = 1024,
    SOCKET_MODE = 0660
};

#define ERROR_SIZE 256

static bool
say(char *error, const char *what, const char *where)
{
    snprintf(error, ERROR_SIZE, "%s: %s: %s", where, what, strerror(errno));
    return false;
}

static struct sockaddr_un
unix_address(const struct milter_listener *l)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, l->path, strlen(l->path) + 1);
    return address;
}

/* A socket file that nobody answers on is left over from a crash. */
static bool
remove_stale(const struct milter_listener *l, char *error)
{
    struct sockaddr_un address = unix_address(l);
    struct stat info;
    if (lstat(l->path, &info) != 0)
        return errno == ENOENT || say(error, "cannot be looked at", l->path);
    if (!S_ISSOCK(info.st_mode)) {
        snprintf(error, ERROR_SIZE, "%s: something that is no socket stands there",
                 l->path);
        return false;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool is_alive =
        fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0)
        close(fd);
    if (is_alive) {
        snprintf(error, ERROR_SIZE, "%s: another program listens there", l->path);
        return false;
    }
    return unlink(l->path) == 0 ||
           say(error, "a stale socket cannot be removed", l->path);
}

static bool
set_owner_and_mode(const struct milter_listener *l, char *error)
{
    const struct passwd *owner = l->owner[0] != '\0' ? getpwnam(l->owner) : NULL;
    const struct group *group = l->group[0] != '\0' ? getgrnam(l->group) : NULL;
    if (l->group[0] != '\0' && group == NULL) {
        snprintf(error, ERROR_SIZE, "%s: there is no group %s", l->path, l->group);
        return false;
    }
    if (l->owner[0] != '\0' && owner == NULL) {
        snprintf(error, ERROR_SIZE, "%s: there is no user %s", l->path, l->owner);
        return false;
    }
    if (group != NULL && chown(l->path, (uid_t)-1, group->gr_gid) != 0)
        return say(error, "its group cannot be set", l->path);
    if (owner != NULL && chown(l->path, owner->pw_uid, (gid_t)-1) != 0)
        return say(error, "its owner cannot be set", l->path);
    if (chmod(l->path, l->mode != 0 ? l->mode : SOCKET_MODE) != 0)
        return say(error, "its mode cannot be set", l->path);
    return true;
}

static bool
open_unix(struct milter_listener *l, char *error)
{
    struct sockaddr_un address = unix_address(l);
    if (!remove_stale(l, error))
        return false;
    l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* Nobody may connect between bind and chmod. */
    mode_t mask = umask(0177);
    int bound =
        l->fd < 0 ? -1 : bind(l->fd, (struct sockaddr *)&address, sizeof address);
    umask(mask);
    l->is_ours = bound == 0;
    if (bound != 0)
        return say(error, "cannot listen", l->path);
    return set_owner_and_mode(l, error);
}

static bool
open_tcp(struct milter_listener *l, char *error)
{
    char where[SCEAU_IP_TEXT];
    int one = 1;
    struct sockaddr_storage address;
    socklen_t len = ip_to_socket(&l->address, l->port, &address);
    sceau_ip_format(&l->address, where);
    l->fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (l->fd < 0)
        return say(error, "cannot listen", where);
    setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    return bind(l->fd, (struct sockaddr *)&address, len) == 0 ||
           say(error, "cannot listen", where);
}

bool
milter_listener_open(struct milter_listener *l, char error[ERROR_SIZE])
{
    bool is_open = l->is_unix ? open_unix(l, error) : open_tcp(l, error);
    if (is_open && listen(l->fd, BACKLOG) == 0)
        return true;
    if (is_open)
        say(error, "cannot listen", l->is_unix ? l->path : "TCP");
    milter_listener_close(l);
    return false;
}

void
milter_listener_close(struct milter_listener *l)
{
    if (l->fd < 0)
        return;
    close(l->fd);
    l->fd = -1;
    if (l->is_ours)
        unlink(l->path);
    l->is_ours = false;
}

int
milter_listener_reach(const struct milter_listener *l, char error[ERROR_SIZE])
{
    struct sockaddr_storage address = {0};
    struct sockaddr_un path = unix_address(l);
    socklen_t len = sizeof path;
    char where[SCEAU_IP_TEXT];
    if (l->is_unix)
        memcpy(&address, &path, sizeof path);
    else
        len = ip_to_socket(&l->address, l->port, &address);
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, len) == 0)
        return fd;
    sceau_ip_format(&l->address, where);
    say(error, N_("no milter answers there"), l->is_unix ? l->path : where);
    if (fd >= 0)
        close(fd);
    return -1;
}
