/* One milter connection, straight-line and blocking: read, feed the session, write what it
 * answers. A message is logged and journaled before its answer leaves. */
#include "connection.h"

#include "compare.h"
#include "core/ip.h"
#include "core/ip_socket.h"
#include "core/text.h"
#include "daemon.h"
#include "log.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
    SMALL_SIZE = 4 * 1024 /* of the buffer that a connection waits with: most commands,
                           * and half of all messages, are no longer */
};

#define RECORD_MEMORY ((size_t)128 * 1024)
#define LIMIT_SECONDS \
 60 /* between two complaints that the journal's limit is reached */
#define SHADOW_MEMORY \
 ((size_t)4 * 1024 * 1024) /* result fields of the other filter, read */

/* What an end of message gets when its record is lost and journal.on_error says so. */
#define TEMPFAIL SCEAU_SLICE("\0\0\0\1t")

struct sample_writer {
    struct samples_journal journal;
    struct daemon *daemon;
};

struct connection {
    struct milter_owner owner;
    struct daemon *daemon;
    const struct setup *setup; /* the same from beginning to end */
    int fd;
    uint64_t fed_us;  /* when the octets came that are looked at */
    bool is_refusing; /* the answer under way becomes a tempfail */
    bool is_over;     /* QUIT, or the MTA does not take what we write */
};

static void
send_all(struct milter_owner *owner, struct sceau_slice packets)
{
    struct connection *c = (struct connection *)owner;
    if (c->is_refusing)
        packets = TEMPFAIL;
    c->is_refusing = false;
    while (packets.len > 0 && !c->is_over) {
        ssize_t n = send(c->fd, packets.ptr, packets.len, MSG_NOSIGNAL);
        if (n > 0)
            packets = slice_skip(packets, (size_t)n);
        else if (n < 0 && errno != EINTR)
            c->is_over = true;
    }
}

/* At the limit each message would say so: once in a minute is enough. */
static void
tell_lost(struct daemon *d, int why, const char *what)
{
    uint64_t now = daemon_now_us(d) / 1000000;
    if (why != EDQUOT) {
        complain("the journal cannot be written: %s; one %s is lost", strerror(why),
                 what);
        return;
    }
    uint64_t told = atomic_load(&d->told_limit);
    if (now >= told && now - told < LIMIT_SECONDS)
        return;
    if (atomic_compare_exchange_strong(&d->told_limit, &told, now))
        complain("the journal cannot be written: what waits for sceau-reportd has "
                 "reached journal.limit; records are lost until it is folded");
}

/* False when it was lost. */
static bool
append_sample(struct samples_journal *self, struct sceau_slice payload)
{
    struct daemon *d = ((struct sample_writer *)self)->daemon;
    if (journal_append(d->journal, payload))
        return true;
    int why = errno;
    atomic_fetch_add(&d->metrics.journal_lost, 1);
    tell_lost(d, why, "sample");
    return false;
}

/* False when it was lost. */
static bool
journal_message(struct daemon *d, struct sceau_arena *arena,
                const struct record_message *record)
{
    struct text payload = text_new(arena, SIZE_MAX);
    if (record_write(&payload, record) &&
        journal_append(d->journal, text_so_far(&payload)))
        return true;
    int why = payload.has_failed ? ENOMEM : errno;
    atomic_fetch_add(&d->metrics.journal_lost, 1);
    tell_lost(d, why, "record");
    return false;
}

/* Is this message about to be delivered? Others lose a record, and nothing else. */
static bool
is_delivered(const struct milter_message *message)
{
    return !message->decision->is_shadow &&
           (message->decision->action == POLICY_ACCEPT ||
            message->decision->action == POLICY_QUARANTINE);
}

static void
remember(struct connection *c, struct sceau_arena *arena,
         const struct milter_message *message, struct record_message *record)
{
    struct daemon *d = c->daemon;
    const struct config_journal *options = &c->setup->env.config.journal;
    remember_message(arena, options->privacy, &d->key, message, record);
    if (message->decision->is_shadow)
        compare_message(arena, &c->setup->env.config, &c->setup->env.policy,
                        &d->metrics, message, record);
    record->time_us = daemon_now_us(d);
    record->host = d->setups.host;
    record->boot = d->boot;
    record->sequence = atomic_fetch_add(&d->sequence, 1);
    c->is_refusing = d->journal != NULL && !journal_message(d, arena, record) &&
                     options->on_error == CONFIG_ON_ERROR_TEMPFAIL &&
                     is_delivered(message);
    if (c->is_refusing)
        complain("its message is sent away for now (journal.on_error)");
    struct sample_writer writer = {{append_sample}, d};
    if (d->journal != NULL && !c->is_refusing)
        atomic_fetch_add(&d->metrics.samples,
                         samples_message(&d->samples, &c->setup->env.config,
                                         &c->setup->env.policy, c->setup->env.psl,
                                         &d->key, message, record, &writer.journal));
}

static unsigned
tempfails_so_far(struct milter_owner *owner, const struct policy_facts *facts,
                 const struct sceau_verdict *verdict)
{
    struct connection *c = (struct connection *)owner;
    return tempfails_count(&c->daemon->tempfails, facts, verdict);
}

static void
on_message(struct milter_owner *owner, const struct milter_message *message)
{
    struct connection *c = (struct connection *)owner;
    struct sceau_arena *arena =
        sceau_arena_new(message->decision->is_shadow ? SHADOW_MEMORY : RECORD_MEMORY);
    struct record_message *record =
        arena != NULL ? sceau_arena_alloc(arena, sizeof *record) : NULL;
    bool is_wanted = remember_wants(message);
    if (is_wanted && record != NULL)
        remember(c, arena, message, record);
    else if (is_wanted)
        atomic_fetch_add(&c->daemon->metrics.journal_lost, 1);
    log_message(record != NULL ? c->setup->env.config.log.format : CONFIG_LOG_TEXT,
                message, record);
    tempfails_message(&c->daemon->tempfails, message);
    metrics_message(&c->daemon->metrics, message, daemon_now_us(c->daemon) - c->fed_us);
    sceau_arena_free(arena);
}

/* ---- the connection ---- */

static bool
is_sign_peer(int fd, const struct config_networks *peers)
{
    struct sockaddr_storage from = {0};
    socklen_t len = sizeof from;
    if (getpeername(fd, (struct sockaddr *)&from, &len) != 0)
        return false;
    struct sceau_ip ip = ip_of_socket((struct sockaddr *)&from);
    for (size_t i = 0; i < peers->count; i++) {
        if (ip_in_network(&ip, &peers->items[i].address, peers->items[i].prefix))
            return true;
    }
    return false;
}

/* Macros come from whoever connects: over TCP only named peers get more than verified. */
static enum milter_role
role_of(int fd, const struct milter_listener *listener,
        const struct config_milter *options)
{
    bool is_believed = listener->is_unix || listener->role == MILTER_ROLE_VERIFY ||
                       is_sign_peer(fd, &options->tcp_sign_peers);
    return is_believed ? listener->role : MILTER_ROLE_VERIFY;
}

static void
set_timeout(int fd, uint64_t seconds)
{
    struct timeval t = {.tv_sec = (time_t)seconds};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t);
}

/* Read once and feed the session. Returns how many octets there were; 0 and -1 as recv. */
static ssize_t
read_and_feed(struct connection *c, struct milter_session *session, char *buffer,
              size_t size, int flags)
{
    ssize_t n = recv(c->fd, buffer, size, flags);
    if (n <= 0)
        return n;
    c->fed_us = daemon_now_us(c->daemon);
    if (milter_session_feed(session, (int64_t)(c->fed_us / 1000000),
                            (struct sceau_slice){buffer, (size_t)n}) == MILTER_CLOSE)
        c->is_over = true;
    return n;
}

/* More octets are there: they go through a large buffer, as long as they fill it. */
static void
read_the_rest(struct connection *c, struct milter_session *session)
{
    char *large = buffers_take(&c->daemon->buffers);
    ssize_t n = large != NULL ? (ssize_t)BUFFER_SIZE : 0;
    while (n == (ssize_t)BUFFER_SIZE && !c->is_over)
        n = read_and_feed(c, session, large, BUFFER_SIZE, MSG_DONTWAIT);
    buffers_give(&c->daemon->buffers, large);
}

static void
converse(struct connection *c, struct milter_session *session)
{
    char small[SMALL_SIZE];
    while (!c->is_over) {
        ssize_t n = read_and_feed(c, session, small, sizeof small, 0);
        if (n == 0 || (n < 0 && errno != EINTR))
            break; /* gone, or silent for milter.timeout */
        if (n == (ssize_t)sizeof small && !c->is_over)
            read_the_rest(c, session);
    }
    if (milter_session_error(session) != NULL)
        complain("an MTA broke the milter protocol: %s", milter_session_error(session));
}

void
connection_serve(void *self, int fd, const struct milter_listener *listener)
{
    struct daemon *d = self;
    struct setup *setup = setup_take(&d->setups);
    const struct config_milter *config = &setup->env.config.milter;
    struct connection c = {
        .owner = {send_all, on_message, tempfails_so_far},
        .daemon = d,
        .setup = setup,
        .fd = fd
    };
    struct milter_session_options options = {.policy = &setup->env.policy,
                                             .verify = &setup->verify,
                                             .role = role_of(fd, listener, config),
                                             .body_kept =
                                                 samples_body(&setup->env.config),
                                             .keyring = signer_keyring(&d->signer)};
    if (options.keyring != NULL)
        options.signing = &setup->env.signing;
    struct milter_session *session =
        milter_session_new(&options, setup->dns->resolver, &c.owner);
    set_timeout(fd, config->timeout);
    if (session != NULL)
        converse(&c, session);
    milter_session_free(session);
    setup_give(&d->setups, setup);
}
