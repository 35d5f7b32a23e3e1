/* One thread, one client at a time, one request each; a client that is slow is dropped. An
 * answer is made whole before it is sent: no lock of the cache waits for a client. */
#include "control.h"

#include "control/control.h"
#include "core/domain.h"
#include "dns/network.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_MEMORY ((size_t)256 * 1024 * 1024) /* a ceiling, taken as needed */
#define PATIENCE_S    5                           /* with a client */

/* ---- answers ---- */

struct listing {
    struct text out;
    struct sceau_slice below; /* this name, and what is below it */
    uint64_t count;
};

static void
list_item(void *self, const struct dns_cache_item *item)
{
    struct listing *l = self;
    char type[16];
    if (l->below.len > 0 && !domain_is_within(item->name, l->below))
        return;
    const struct control_item line = {
        .name = item->name,
        .type = sceau_slice_from(sceau_dns_type_name(item->type, type)),
        .status = sceau_slice_from(sceau_dns_status_name(item->status)),
        .records = item->count,
        .secure = item->secure,
        .left_s = item->left_s,
        .octets = item->octets,
    };
    control_item_format(&l->out, &line);
    l->count++;
}

static struct sceau_slice
answer(struct sceau_arena *arena, struct setup_holder *setups,
       const struct control_request *request)
{
    struct setup *setup = setup_take(setups);
    struct listing l = {.out = text_new(arena, SIZE_MAX), .below = request->name};
    struct dns_network *network = setup->dns->network;
    text_string(&l.out, "ok\n");
    if (network == NULL) {
        setup_give(setups, setup);
        return SCEAU_SLICE("error DNS comes from a zone file here (--dns): there is no "
                           "cache\n");
    }
    switch (request->verb) {
    case CONTROL_CACHE_LIST:
        dns_cache_list(dns_network_cache(network), list_item, &l);
        break;
    case CONTROL_CACHE_FLUSH:
        l.count = dns_network_flush(network, request->name);
        break;
    }
    setup_give(setups, setup);
    text_format(&l.out, "end %llu\n", (unsigned long long)l.count);
    struct sceau_slice done = text_done(&l.out);
    return done.ptr != NULL ? done : SCEAU_SLICE("error the list is too long\n");
}

/* ---- clients ---- */

static bool
wait_readable(const struct control *c, int fd, int timeout_ms)
{
    struct pollfd ready[] = {
        {.fd = c->stop, .events = POLLIN},
        {.fd = fd,      .events = POLLIN},
    };
    while (poll(ready, 2, timeout_ms) < 0 && errno == EINTR)
        ;
    return ready[0].revents == 0 && ready[1].revents != 0;
}

/* A line; false when none came in time, or it is longer than a request may be. */
static bool
read_line(const struct control *c, int fd, char line[CONTROL_REQUEST_MAX], size_t *len)
{
    const char *end = NULL;
    *len = 0;
    while (end == NULL && *len < CONTROL_REQUEST_MAX &&
           wait_readable(c, fd, PATIENCE_S * 1000)) {
        ssize_t n = recv(fd, line + *len, CONTROL_REQUEST_MAX - *len, MSG_DONTWAIT);
        if (n <= 0)
            return false;
        end = memchr(line + *len, '\n', (size_t)n);
        *len += (size_t)n;
    }
    if (end != NULL)
        *len = (size_t)(end - line);
    return end != NULL;
}

static void
send_all(int fd, struct sceau_slice rest)
{
    while (rest.len > 0) {
        ssize_t n = send(fd, rest.ptr, rest.len, MSG_NOSIGNAL);
        if (n > 0)
            rest = slice_skip(rest, (size_t)n);
        else if (errno != EINTR)
            return; /* gone, or slow */
    }
}

static void
serve_client(struct control *c, int fd)
{
    char line[CONTROL_REQUEST_MAX];
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    struct control_request request;
    struct sceau_diag diag = {.expected = "a short line"};
    size_t len;
    struct sceau_arena *arena = sceau_arena_new(ANSWER_MEMORY);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (arena == NULL || !read_line(c, fd, line, &len)) {
        sceau_arena_free(arena);
        return;
    }
    if (control_request_parse(arena, (struct sceau_slice){line, len}, &request,
                              &diag) == SCEAU_OK) {
        send_all(fd, answer(arena, c->setups, &request));
    } else {
        struct text out = text_new(arena, SIZE_MAX);
        text_format(&out, "error expected %s at octet %zu\n", diag.expected,
                    diag.offset + 1);
        send_all(fd, text_so_far(&out));
    }
    sceau_arena_free(arena);
}

static void *
control_main(void *argument)
{
    struct control *c = argument;
    while (wait_readable(c, c->listener.fd, -1)) {
        int fd = accept4(c->listener.fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0) {
            poll(NULL, 0, errno == EMFILE || errno == ENFILE ? 100 : 0);
            continue;
        }
        serve_client(c, fd);
        close(fd);
    }
    return NULL;
}

/* ---- beginning and end ---- */

void
control_open(struct control *c, const char *state)
{
    char error[256];
    *c = (struct control){
        .listener = {.is_unix = true, .mode = 0600, .fd = -1},
          .stop = -1
    };
    int len = snprintf(c->listener.path, sizeof c->listener.path, "%s/%s", state,
                       CONTROL_SOCKET);
    if (len < 0 || (size_t)len >= sizeof c->listener.path)
        complain("%s: too long for a socket: sceau cache cannot reach this milter",
                 state);
    else if (!milter_listener_open(&c->listener, error))
        complain("sceau cache cannot reach this milter: %s", error);
}

void
control_start(struct control *c, struct setup_holder *setups)
{
    c->setups = setups;
    if (c->listener.fd < 0)
        return;
    c->stop = eventfd(0, EFD_CLOEXEC);
    c->is_running =
        c->stop >= 0 && pthread_create(&c->thread, NULL, control_main, c) == 0;
    if (!c->is_running)
        complain("sceau cache cannot reach this milter: no thread can be started");
}

void
control_close(struct control *c)
{
    if (c->is_running) {
        ssize_t written = write(c->stop, &(uint64_t){1}, sizeof(uint64_t));
        (void)written; /* an eventfd at 0 takes it */
        pthread_join(c->thread, NULL);
    }
    if (c->stop >= 0)
        close(c->stop);
    milter_listener_close(&c->listener);
    c->is_running = false;
}
