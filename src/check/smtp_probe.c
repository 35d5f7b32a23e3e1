/* Many SMTP conversations in one thread: who is ready is advanced, whose time is over is
 * ended, and the next target takes its place. */
#include "smtp_probe.h"

#include "core/monotonic.h"
#include "language/language.h"
#include "smtp_connection.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>

static const char *const sentences[] = {
    [SMTP_FINE] = N_("fine"),
    [SMTP_NOT_PUBLIC] = N_("the address is not public"),
    [SMTP_REFUSED] = N_("the connection was refused"),
    [SMTP_UNREACHABLE] = N_("there is no way to it from here"),
    [SMTP_TIMEOUT] = N_("it did not answer in time"),
    [SMTP_CLOSED] = N_("it hung up"),
    [SMTP_BROKEN] = N_("what it said is no SMTP"),
    [SMTP_NEGATIVE] = N_("it said no"),
    [SMTP_NO_TLS] = N_("the TLS handshake failed"),
    [SMTP_SYSTEM] = N_("this host could not ask"),
};

const char *
smtp_failure_sentence(enum smtp_failure failure)
{
    return sentences[failure];
}

struct probe {
    struct smtp_world world;
    const struct smtp_target *targets;
    struct smtp_outcome *outcomes;
    size_t count, next; /* targets, and the first not yet begun */
    struct smtp_connection *slots[SMTP_PROBE_PARALLEL];
    size_t slot_count; /* slots that have a conversation */
};

/* Begin conversations while there are targets and slots. A target that is done at once (no
 * route, not public) leaves its slot to the next. False when memory is exhausted. */
static bool
fill_slots(struct probe *p)
{
    while (p->next < p->count && p->slot_count < SMTP_PROBE_PARALLEL) {
        struct smtp_connection *c = p->slots[p->slot_count];
        if (c == NULL)
            c = p->slots[p->slot_count] = malloc(sizeof *c);
        if (c == NULL)
            return false;
        memset(c, 0, offsetof(struct smtp_connection, in));
        c->world = &p->world;
        c->target = &p->targets[p->next];
        c->outcome = &p->outcomes[p->next++];
        c->fd = -1;
        smtp_connection_open(c, monotonic_ms());
        p->slot_count += !smtp_connection_is_done(c);
    }
    return true;
}

/* How long to wait for anybody: until the first deadline. */
static int
patience(const struct probe *p, int64_t now)
{
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < p->slot_count; i++) {
        if (p->slots[i]->deadline_ms < first)
            first = p->slots[i]->deadline_ms;
    }
    return first <= now ? 0 : (int)(first - now);
}

/* Keep the conversations that go on at the front; the others' memory is used again. */
static void
drop_done(struct probe *p)
{
    for (size_t i = 0; i < p->slot_count;) {
        struct smtp_connection *c = p->slots[i];
        if (!smtp_connection_is_done(c)) {
            i++;
            continue;
        }
        p->slots[i] = p->slots[--p->slot_count];
        p->slots[p->slot_count] = c;
    }
}

static void
turn(struct probe *p)
{
    struct pollfd fds[SMTP_PROBE_PARALLEL];
    for (size_t i = 0; i < p->slot_count; i++)
        fds[i] = (struct pollfd){.fd = p->slots[i]->fd, .events = p->slots[i]->events};
    (void)poll(fds, (nfds_t)p->slot_count, patience(p, monotonic_ms()));
    int64_t now = monotonic_ms();
    for (size_t i = 0; i < p->slot_count; i++) {
        struct smtp_connection *c = p->slots[i];
        if (fds[i].revents != 0)
            smtp_connection_advance(c, now);
        if (!smtp_connection_is_done(c) && c->deadline_ms <= now)
            smtp_connection_expire(c, now);
    }
    drop_done(p);
}

static bool
run(struct probe *p)
{
    bool has_memory = true;
    while (has_memory && (p->next < p->count || p->slot_count > 0)) {
        has_memory = fill_slots(p);
        if (p->slot_count > 0)
            turn(p);
    }
    for (size_t i = 0; i < p->slot_count; i++)
        smtp_connection_expire(p->slots[i], monotonic_ms());
    for (size_t i = 0; i < SMTP_PROBE_PARALLEL; i++)
        free(p->slots[i]);
    return has_memory;
}

/* OpenSSL writes without MSG_NOSIGNAL: a server that hangs up would end the program. */
static bool
run_without_sigpipe(struct probe *p)
{
    static const struct timespec at_once = {0, 0};
    sigset_t pipe, before, pending;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    sigpending(&pending);
    bool was_pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe, &before);
    bool has_memory = run(p);
    sigpending(&pending);
    if (!was_pending && sigismember(&pending, SIGPIPE) == 1)
        (void)sigtimedwait(&pipe, NULL, &at_once);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return has_memory;
}

enum sceau_status
smtp_probe(struct sceau_arena *arena, const struct smtp_probe_options *options,
           const struct smtp_target *targets, size_t count,
           struct smtp_outcome *outcomes)
{
    struct probe p = {
        .world = {.arena = arena, .options = options},
        .targets = targets,
        .outcomes = outcomes,
        .count = count
    };
    if (count > 0)
        memset(outcomes, 0, count * sizeof *outcomes);
    bool is_done = smtp_tls_init(&p.world) && run_without_sigpipe(&p);
    smtp_tls_clear(&p.world);
    if (!is_done)
        return SCEAU_E_SYSTEM;
    return p.world.is_full ? SCEAU_E_LIMIT : SCEAU_OK;
}
