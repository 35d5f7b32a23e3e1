/* Words to the service manager, and sockets from it. */
#include "notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define FIRST_FD 3 /* SD_LISTEN_FDS_START */

void
notify_say(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    size_t len = path != NULL ? strlen(path) : 0;
    if (len < 2 || len >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@'))
        return;
    memcpy(to.sun_path, path, len);
    if (path[0] == '@') /* an abstract name */
        to.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    ssize_t sent =
        sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to, size);
    (void)sent; /* a manager that is gone needs no news */
    close(fd);
}

void
notify_reloading(void)
{
    char text[64];
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld",
             (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000);
    notify_say(text);
}

/* A number of the environment that is meant for this process: PID_NAME is ours, or absent
 * and need not be there. */
static uint64_t
our_number(const char *name, const char *pid_name, bool needs_pid)
{
    const char *text = getenv(name), *pid_text = getenv(pid_name);
    uint64_t number, pid;
    if (text == NULL || !slice_decimal(sceau_slice_from(text), INT64_MAX, &number))
        return 0;
    if (pid_text == NULL)
        return needs_pid ? 0 : number;
    bool is_ours = slice_decimal(sceau_slice_from(pid_text), INT64_MAX, &pid) &&
                   pid == (uint64_t)getpid();
    return is_ours ? number : 0;
}

uint64_t
notify_watchdog_us(void)
{
    return our_number("WATCHDOG_USEC", "WATCHDOG_PID", false);
}

static bool
take_listener(int fd, struct sceau_slice name, struct milter_listener *l)
{
    int is_listening = 0, flags = fcntl(fd, F_GETFL);
    struct sockaddr_storage at = {0};
    socklen_t len = sizeof is_listening, at_len = sizeof at;
    if (flags < 0 ||
        getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &len) != 0 ||
        !is_listening || getsockname(fd, (struct sockaddr *)&at, &at_len) != 0)
        return false;
    *l = (struct milter_listener){.fd = fd, .is_unix = at.ss_family == AF_UNIX};
    milter_role_parse(name, &l->role); /* another name: verify */
    return fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
           fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

int
notify_listeners(struct milter_listener *listeners, size_t max, char error[256])
{
    uint64_t count = our_number("LISTEN_FDS", "LISTEN_PID", true);
    const char *text = getenv("LISTEN_FDNAMES");
    struct sceau_slice names = text != NULL ? sceau_slice_from(text) : SLICE_NONE;
    if (count > max) {
        snprintf(error, 256, "more than %zu sockets were passed", max);
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        struct sceau_slice name = SLICE_NONE;
        slice_next(&names, ':', &name);
        if (!take_listener(FIRST_FD + (int)i, name, &listeners[i])) {
            snprintf(error, 256, "descriptor %d that was passed is no listening socket",
                     FIRST_FD + (int)i);
            return -1;
        }
    }
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_PID");
    unsetenv("LISTEN_FDNAMES");
    return (int)count;
}
