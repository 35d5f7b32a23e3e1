/* Three states: up; suspect, after too many time-outs in a row, while questions still travel;
 * down, after a probe has failed too. A lock guards the state and is never held while a
 * question is under way. */
#include "guard.h"

#include "core/domain.h"
#include "core/monotonic.h"
#include "core/text.h"
#include "rrset.h"
#include "wait.h"

#include <stdlib.h>

#define PROBE_MEMORY ((size_t)128 * 1024)

enum guard_state {
    GUARD_UP,
    GUARD_SUSPECT,
    GUARD_DOWN,
};

struct dns_guard {
    struct sceau_resolver resolver;
    struct sceau_resolver *upstream;
    struct dns_guard_options options;

    pthread_mutex_t lock;
    enum guard_state state;
    unsigned row;            /* time-outs since the last answer */
    int64_t down_since;      /* ms */
    char spared[DOMAIN_MAX]; /* the last question that was not put while it was down */
    size_t spared_len;
    uint16_t spared_type;
    struct dns_guard_stats stats;

    pthread_cond_t wake; /* the thread has something to do */
    pthread_t thread;
    bool has_thread;
    bool must_stop;
};

/* -- what is learnt from answers; the lock is held -- */

static void
note_answer(struct dns_guard *g)
{
    g->row = 0;
    g->state = GUARD_UP;
}

static void
note_timeout(struct dns_guard *g)
{
    g->stats.timeouts++;
    if (g->row < g->options.down_after)
        g->row++;
    if (g->state == GUARD_UP && g->row >= g->options.down_after) {
        g->state = GUARD_SUSPECT;
        pthread_cond_signal(&g->wake);
    }
}

static void
note_silence(struct dns_guard *g)
{
    if (g->state != GUARD_SUSPECT)
        return; /* down already, or an answer came meanwhile */
    g->state = GUARD_DOWN;
    g->down_since = g->options.now_ms(g->options.clock);
    g->stats.times_down++;
}

/* What an answer says of the resolver. Libunbound says SERVFAIL for a server that said so and
 * for servers that never spoke (live.c), the latter at once when it has given them up: alone it
 * proves neither. */
enum hint {
    HINT_SPOKE,
    HINT_SILENT,
    HINT_NOTHING,
};

static enum hint
hint_of(const struct sceau_dns_answer *answer, uint32_t timeout_ms)
{
    switch (answer->status) {
    case SCEAU_DNS_TIMEOUT:
        return timeout_ms >= DNS_GUARD_PATIENCE_MS ? HINT_SILENT : HINT_NOTHING;
    case SCEAU_DNS_SERVFAIL:
        return answer->elapsed_ms >= DNS_GUARD_PATIENCE_MS ? HINT_SILENT : HINT_NOTHING;
    case SCEAU_DNS_INVALID: return HINT_NOTHING; /* never asked */
    case SCEAU_DNS_OK:
    case SCEAU_DNS_NODATA:
    case SCEAU_DNS_NXDOMAIN:
    case SCEAU_DNS_REFUSED:
    case SCEAU_DNS_BOGUS:
    case SCEAU_DNS_LIMIT: break;
    }
    return HINT_SPOKE;
}

/* -- the resolver -- */

static bool
is_spared(struct dns_guard *g, struct sceau_slice name, uint16_t type)
{
    pthread_mutex_lock(&g->lock);
    bool is_down = g->state == GUARD_DOWN;
    g->stats.spared += is_down;
    if (is_down && name.len <= sizeof g->spared) {
        memcpy(g->spared, name.ptr, name.len);
        g->spared_len = name.len;
        g->spared_type = type;
    }
    pthread_mutex_unlock(&g->lock);
    return is_down;
}

static void
guard_lookup(struct sceau_resolver *self, struct sceau_arena *arena,
             struct sceau_slice name, uint16_t type, uint32_t timeout_ms,
             struct sceau_dns_answer *answer)
{
    struct dns_guard *g = (struct dns_guard *)self;
    if (is_spared(g, name, type)) {
        dns_answer_without(answer, SCEAU_DNS_TIMEOUT, 0,
                           "the DNS resolver does not answer at present");
        return;
    }
    g->upstream->lookup(g->upstream, arena, name, type, timeout_ms, answer);
    pthread_mutex_lock(&g->lock);
    switch (hint_of(answer, timeout_ms)) {
    case HINT_SPOKE: note_answer(g); break;
    case HINT_SILENT: note_timeout(g); break;
    case HINT_NOTHING: break;
    }
    pthread_mutex_unlock(&g->lock);
}

static void
guard_prefetch(struct sceau_resolver *self, struct sceau_slice name, uint16_t type)
{
    struct dns_guard *g = (struct dns_guard *)self;
    pthread_mutex_lock(&g->lock);
    bool is_down = g->state == GUARD_DOWN;
    pthread_mutex_unlock(&g->lock);
    if (!is_down && g->upstream->prefetch != NULL)
        g->upstream->prefetch(g->upstream, name, type);
}

/* -- probes -- */

/* Every other probe is the last question that was spared: a resolver that serves only some
 * zones may refuse the rest, which libunbound calls SERVFAIL too. In between a name that
 * nobody has asked before, so that no cache can answer and no stranger's dead zone keeps
 * the resolver down; not below "invalid" or "test", for which libunbound answers itself
 * (RFC 6761). */
static uint16_t
put_question(struct dns_guard *g, uint64_t number, struct text *name)
{
    pthread_mutex_lock(&g->lock);
    uint16_t type = number % 2 == 1 && g->spared_len > 0 ? g->spared_type : 0;
    if (type != 0)
        text_slice(name, (struct sceau_slice){g->spared, g->spared_len});
    pthread_mutex_unlock(&g->lock);
    if (type != 0)
        return type;
    text_format(name, "sceau-%llx-%llx.example.com",
                (unsigned long long)g->options.now_ms(g->options.clock),
                (unsigned long long)number);
    return SCEAU_DNS_A;
}

/* NXDOMAIN is an answer; a resolver that can only fail is of no more use than one that is
 * silent. */
static bool
is_answering(struct dns_guard *g, uint64_t number)
{
    struct sceau_arena *arena = sceau_arena_new(PROBE_MEMORY);
    struct sceau_dns_answer answer = {.status = SCEAU_DNS_TIMEOUT};
    if (arena == NULL)
        return true; /* nothing is known: do not take it down */
    struct text name = text_new(arena, SIZE_MAX);
    uint16_t type = put_question(g, number, &name);
    g->upstream->lookup(g->upstream, arena, text_so_far(&name), type,
                        g->options.probe_ms, &answer);
    sceau_arena_free(arena);
    return answer.status != SCEAU_DNS_TIMEOUT && answer.status != SCEAU_DNS_SERVFAIL;
}

void
dns_guard_probe(struct dns_guard *g)
{
    pthread_mutex_lock(&g->lock);
    bool is_needed = g->state != GUARD_UP;
    uint64_t number = g->stats.probes;
    g->stats.probes += is_needed;
    pthread_mutex_unlock(&g->lock);
    if (!is_needed)
        return;
    bool has_answered = is_answering(g, number);
    pthread_mutex_lock(&g->lock);
    if (has_answered)
        note_answer(g);
    else
        note_silence(g);
    pthread_mutex_unlock(&g->lock);
}

/* Sleeps while all is well. */
static void *
guard_thread(void *argument)
{
    struct dns_guard *g = argument;
    pthread_mutex_lock(&g->lock);
    while (!g->must_stop) {
        int64_t next_ms = monotonic_ms() + g->options.probe_every_ms;
        if (g->state == GUARD_UP)
            pthread_cond_wait(&g->wake, &g->lock);
        else if (g->state == GUARD_DOWN)
            wait_until(&g->wake, &g->lock, next_ms);
        if (g->must_stop)
            break;
        pthread_mutex_unlock(&g->lock);
        dns_guard_probe(g);
        pthread_mutex_lock(&g->lock);
    }
    pthread_mutex_unlock(&g->lock);
    return NULL;
}

/* -- its life -- */

struct dns_guard *
dns_guard_new(struct sceau_resolver *upstream, const struct dns_guard_options *options)
{
    struct dns_guard *g = calloc(1, sizeof *g);
    if (g == NULL)
        return NULL;
    g->resolver = (struct sceau_resolver){guard_lookup, guard_prefetch};
    g->upstream = upstream;
    g->options = *options;
    if (g->options.down_after == 0)
        g->options.down_after = DNS_GUARD_DOWN_AFTER;
    if (g->options.probe_every_ms == 0)
        g->options.probe_every_ms = DNS_GUARD_PROBE_EVERY_MS;
    if (g->options.probe_ms == 0)
        g->options.probe_ms = DNS_GUARD_PROBE_MS;
    pthread_mutex_init(&g->lock, NULL);
    wait_condition_init(&g->wake);
    return g;
}

bool
dns_guard_start(struct dns_guard *g)
{
    g->has_thread = pthread_create(&g->thread, NULL, guard_thread, g) == 0;
    return g->has_thread;
}

void
dns_guard_free(struct dns_guard *g)
{
    if (g == NULL)
        return;
    if (g->has_thread) {
        pthread_mutex_lock(&g->lock);
        g->must_stop = true;
        pthread_cond_signal(&g->wake);
        pthread_mutex_unlock(&g->lock);
        pthread_join(g->thread, NULL);
    }
    pthread_cond_destroy(&g->wake);
    pthread_mutex_destroy(&g->lock);
    free(g);
}

struct sceau_resolver *
dns_guard_resolver(struct dns_guard *g)
{
    return &g->resolver;
}

void
dns_guard_stats(struct dns_guard *g, struct dns_guard_stats *stats)
{
    pthread_mutex_lock(&g->lock);
    *stats = g->stats;
    stats->is_down = g->state == GUARD_DOWN;
    if (stats->is_down)
        stats->down_ms = g->options.now_ms(g->options.clock) - g->down_since;
    pthread_mutex_unlock(&g->lock);
}
