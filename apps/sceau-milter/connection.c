/* One milter connection, straight-line and blocking: read, feed the session, write what it
 * answers. A message is logged and journaled before its answer leaves. */
#include "connection.h"

#include "core/text.h"
#include "daemon.h"
#include "remember.h"
#include "store/record.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    READ_SIZE = 16 * 1024 /* Postfix sends bodies in chunks of 64 KiB; a copy in L1 is
                           * cheaper than memory for each of a thousand connections */
};

#define RECORD_MEMORY ((size_t)128 * 1024)

struct connection {
    struct milter_owner owner;
    struct daemon *daemon;
    int fd;
    bool is_broken; /* the MTA does not take what we write */
};

static void
send_all(struct milter_owner *owner, struct sceau_slice packets)
{
    struct connection *c = (struct connection *)owner;
    while (packets.len > 0 && !c->is_broken) {
        ssize_t n = send(c->fd, packets.ptr, packets.len, MSG_NOSIGNAL);
        if (n > 0)
            packets = slice_skip(packets, (size_t)n);
        else if (n < 0 && errno != EINTR)
            c->is_broken = true;
    }
}

/* One write a line, so that lines of different threads do not mix. */
static void
log_line(struct sceau_slice line)
{
    char out[8192];
    size_t len = line.len < sizeof out - 1 ? line.len : sizeof out - 1;
    memcpy(out, line.ptr, len);
    out[len] = '\n';
    ssize_t written = write(STDERR_FILENO, out, len + 1);
    (void)written; /* nowhere to say it */
}

static void
journal_message(struct daemon *d, const struct milter_message *message)
{
    static _Thread_local struct record_message record; /* large for a thread's stack */
    struct sceau_arena *arena = sceau_arena_new(RECORD_MEMORY);
    if (arena == NULL) {
        atomic_fetch_add(&d->journal_lost, 1);
        return;
    }
    struct text payload = text_new(arena, SIZE_MAX);
    remember_message(message, &record);
    record.time_us = daemon_now_us(d);
    record.host = d->host;
    record.boot = d->boot;
    record.sequence = atomic_fetch_add(&d->sequence, 1);
    if (!record_write(&payload, &record) ||
        !journal_append(d->journal, text_so_far(&payload))) {
        int why = errno;
        atomic_fetch_add(&d->journal_lost, 1);
        complain("the journal cannot be written: %s; one record is lost",
                 strerror(why));
    }
    sceau_arena_free(arena);
}

static void
on_message(struct milter_owner *owner, const struct milter_message *message)
{
    struct connection *c = (struct connection *)owner;
    log_line(message->decision->log);
    if (message->verdict != NULL && c->daemon->journal != NULL)
        journal_message(c->daemon, message);
}

void
connection_serve(void *self, int fd, const struct milter_listener *listener)
{
    struct daemon *d = self;
    struct connection c = {
        .owner = {.send = send_all, .message = on_message},
          .daemon = d, .fd = fd
    };
    struct milter_session_options options = {.policy = &d->env.policy,
                                             .verify = &d->verify,
                                             .role = listener->role};
    struct milter_session *session =
        milter_session_new(&options, d->env.resolver, &c.owner);
    char buffer[READ_SIZE];
    enum milter_next next = session != NULL ? MILTER_MORE : MILTER_CLOSE;
    while (next == MILTER_MORE && !c.is_broken) {
        ssize_t n = read(fd, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        next = milter_session_feed(session, (int64_t)(daemon_now_us(d) / 1000000),
                                   (struct sceau_slice){buffer, (size_t)n});
    }
    if (session != NULL && milter_session_error(session) != NULL)
        complain("an MTA broke the milter protocol: %s", milter_session_error(session));
    milter_session_free(session);
}
