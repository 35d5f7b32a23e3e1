/* The resolver over libunbound's event interface: other threads put questions into a list
 * and wait; one thread takes them out, asks, and brings the replies back.
 *
 * What libunbound's callback means (tried with 1.17): its rcode is 0 for NXDOMAIN, so the
 * packet's header is read; when it is not 0 there is no packet to read; 2 is said for a
 * server's SERVFAIL and for servers that never answered, so TIMEOUT is what our own
 * deadline says. */
#include "live.h"

#include "answer.h"
#include "core/monotonic.h"
#include "core/slice.h"
#include "livecontext.h"
#include "livequestion.h"
#include "rrset.h"
#include "wait.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>
#include <unbound-event.h>
#include <unbound.h>

enum {
    CLASS_IN = 1,
    RCODE_REFUSED = 5,
    SECURITY_BOGUS = 1, /* as libunbound's callback says it */
    SECURITY_SECURE = 2,
};

/* A libunbound context. A flush retires it: it goes when its last question is answered. */
struct engine {
    struct ub_ctx *context;
    unsigned questions; /* that it has */
    struct engine *next;
};

struct live {
    struct sceau_resolver resolver;
    struct dns_live_options options; /* a copy; its texts are those that follow */
    char *texts[DNS_LIVE_SERVERS_MAX + 2];
    size_t text_count;
    /* Of the thread, but for their making and their end. */
    struct event_base *base;
    struct engine *engines; /* the newest is asked; behind it those retired */
    struct event *wake_event;
    int wake_fd; /* an eventfd: new questions, or the end */
    unsigned questions_max;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t all_left;
    bool is_stopping;
    bool is_flushed;               /* what libunbound remembers is to be forgotten */
    unsigned askers;               /* threads inside lookup */
    struct live_questions waiting; /* not yet asked, in order */
    struct live_questions asked;   /* libunbound has them */
};

/* ---- the resolver's thread ------------------------------------------------------------------- */

static void
wake(struct live *live)
{
    uint64_t one = 1;
    /* fails only when the counter is full: then the thread will wake all the same */
    while (write(live->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
        continue;
}

/* libunbound has an answer. Called by its event handlers, and by ub_resolve_event itself
 * when it knows the answer already; so nothing is asked from in here. */
static void
on_answer(void *argument, int rcode, void *packet, int packet_len, int security,
          char *why_bogus, /* NOLINT(readability-non-const-parameter): its type */
          int was_ratelimited)
{
    struct live_question *question = argument;
    struct live *live = question->live;
    struct live_reply reply = {.rcode = rcode, .security = security};
    (void)why_bogus, (void)was_ratelimited;
    question->engine->questions--;
    if (rcode == 0 && packet != NULL && packet_len > 0) {
        reply.packet = malloc((size_t)packet_len);
        reply.packet_len = reply.packet != NULL ? (size_t)packet_len : 0;
        if (reply.packet != NULL)
            memcpy(reply.packet, packet, reply.packet_len);
    }
    pthread_mutex_lock(&live->lock);
    live_questions_remove(&live->asked, question);
    live_question_finish(question, reply);
    bool has_waiting = live->waiting.count > 0;
    pthread_mutex_unlock(&live->lock);
    bool has_retired = live->engines != NULL && live->engines->next != NULL;
    if (has_waiting || has_retired)
        wake(live); /* a place is free; an engine may go */
}

/* Take the next question to ask; NULL when there is none, no place for it, or a flush comes
 * first. Those whose asker has left are dropped unasked. */
static struct live_question *
take_waiting(struct live *live)
{
    struct live_question *question = NULL;
    pthread_mutex_lock(&live->lock);
    while (!live->is_flushed && live->waiting.count > 0 &&
           live->asked.count < live->questions_max && question == NULL) {
        question = live->waiting.first;
        live_questions_remove(&live->waiting, question);
        if (question->is_awaited && question->users == 1) {
            live_question_release(question);
            question = NULL;
        }
    }
    if (question != NULL)
        live_questions_append(&live->asked, question);
    pthread_mutex_unlock(&live->lock);
    return question;
}

static void
ask_waiting(struct live *live)
{
    struct live_question *question;
    while ((question = take_waiting(live)) != NULL) {
        question->engine = live->engines;
        question->engine->questions++;
        int error =
            ub_resolve_event(live->engines->context, question->name, question->type,
                             CLASS_IN, question, on_answer, NULL);
        if (error != 0)
            on_answer(question, error, NULL, 0, 0, NULL, 0);
    }
}

/* A new engine in front of the others; false leaves all as it was. */
static bool
engine_add(struct live *live, struct problem *problem)
{
    struct engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL)
        return false;
    engine->context = live_context_new(live->base, &live->options, problem);
    engine->next = live->engines;
    if (engine->context == NULL) {
        free(engine);
        return false;
    }
    live->engines = engine;
    return true;
}

/* Free what stands from *link on and has no more questions, or all. */
static void
engines_free(struct engine **link, bool is_all)
{
    while (*link != NULL) {
        struct engine *engine = *link;
        if (engine->questions > 0 && !is_all) {
            link = &engine->next;
        } else {
            *link = engine->next;
            ub_ctx_delete(
                engine->context); /* when it has questions it may answer them */
            free(engine);
        }
    }
}

static void
on_wake(evutil_socket_t fd, short events, void *argument)
{
    struct live *live = argument;
    uint64_t count;
    struct problem problem = {0};
    (void)events;
    while (read(fd, &count, sizeof count) < 0 && errno == EINTR)
        continue;
    pthread_mutex_lock(&live->lock);
    bool is_stopping = live->is_stopping, is_flushed = live->is_flushed;
    live->is_flushed = false;
    pthread_mutex_unlock(&live->lock);
    if (is_stopping) {
        event_base_loopbreak(live->base);
        return;
    }
    if (is_flushed)
        engine_add(live, &problem); /* in vain: the one at hand goes on */
    engines_free(&live->engines->next, false);
    ask_waiting(live);
}

static void *
run(void *argument)
{
    struct live *live = argument;
    event_base_dispatch(live->base);
    return NULL;
}

/* ---- lookup ----------------------------------------------------------------------------------- */

static void
submit(struct live *live, struct live_question *question)
{
    live_questions_append(&live->waiting, question);
    if (live->waiting.count == 1) /* else the thread has been woken, or is full */
        wake(live);
}

/* Wait until the question is done or the deadline has passed; the lock is held. */
static void
await(struct live *live, struct live_question *question, int64_t deadline_ms)
{
    int error = 0;
    while (!question->is_done && !live->is_stopping && error == 0)
        error = wait_until(&question->done, &live->lock, deadline_ms);
}

/* The asker's part: put it, wait, take the reply. True when there is one. */
static bool
ask(struct live *live, struct live_question *question, uint32_t timeout_ms,
    struct live_reply *reply, bool *is_stopping)
{
    pthread_mutex_lock(&live->lock);
    live->askers++;
    submit(live, question);
    await(live, question, monotonic_ms() + timeout_ms);
    bool is_done = question->is_done;
    *reply = question->reply;
    *is_stopping = live->is_stopping;
    question->reply.packet = NULL; /* it is the asker's now */
    live_question_release(question);
    if (--live->askers == 0 && live->is_stopping)
        pthread_cond_signal(&live->all_left);
    pthread_mutex_unlock(&live->lock);
    return is_done;
}

static void
answer_reply(const struct live_reply *reply, struct sceau_arena *arena,
             struct sceau_slice name, uint16_t type, struct sceau_dns_answer *answer)
{
    if (reply->security == SECURITY_BOGUS) {
        dns_answer_without(answer, SCEAU_DNS_BOGUS, 0, "DNSSEC validation failed");
    } else if (reply->rcode == RCODE_REFUSED) {
        dns_answer_without(answer, SCEAU_DNS_REFUSED, 0,
                           "the server refuses to answer");
    } else if (reply->packet == NULL) {
        dns_answer_without(answer, SCEAU_DNS_SERVFAIL, 0, "no server gave an answer");
    } else {
        struct sceau_slice packet = {reply->packet, reply->packet_len};
        dns_answer_decode(arena, packet, name, type, answer);
        answer->secure =
            reply->security == SECURITY_SECURE && !sceau_dns_is_trouble(answer->status);
    }
}

static void
live_lookup(struct sceau_resolver *self, struct sceau_arena *arena,
            struct sceau_slice name, uint16_t type, uint32_t timeout_ms,
            struct sceau_dns_answer *answer)
{
    struct live *live = (struct live *)self;
    struct live_question *question = live_question_new(live, name, type, true);
    struct live_reply reply = {0};
    bool is_stopping = false;
    int64_t from_ms = monotonic_ms();
    if (question == NULL)
        dns_answer_without(answer, SCEAU_DNS_LIMIT, 0, "memory is exhausted");
    else if (ask(live, question, timeout_ms, &reply, &is_stopping))
        answer_reply(&reply, arena, name, type, answer);
    else if (is_stopping)
        dns_answer_without(answer, SCEAU_DNS_SERVFAIL, 0, "the resolver is stopping");
    else
        dns_answer_without(answer, SCEAU_DNS_TIMEOUT, 0, "our deadline passed");
    answer->elapsed_ms = (uint32_t)(monotonic_ms() - from_ms);
    free(reply.packet);
}

/* The answer is left in libunbound's cache, or the lookup joins the same question there. */
static void
live_prefetch(struct sceau_resolver *self, struct sceau_slice name, uint16_t type)
{
    struct live *live = (struct live *)self;
    struct live_question *question = live_question_new(live, name, type, false);
    if (question == NULL)
        return;
    pthread_mutex_lock(&live->lock);
    if (live->waiting.count < live->questions_max)
        submit(live, question);
    else
        live_question_release(question); /* those who wait come first */
    pthread_mutex_unlock(&live->lock);
}

/* ---- beginning and end ------------------------------------------------------------------------ */

/* Finish what is left in a list; the lock is held. */
static void
finish_all(struct live_questions *list)
{
    while (list->first != NULL) {
        struct live_question *question = list->first;
        live_questions_remove(list, question);
        live_question_finish(question, (struct live_reply){.rcode = -1});
    }
}

/* Everything but the thread. */
static void
live_destroy(struct live *live)
{
    engines_free(&live->engines, true);
    pthread_mutex_lock(&live->lock);
    finish_all(&live->asked);
    finish_all(&live->waiting);
    pthread_mutex_unlock(&live->lock);
    if (live->wake_event != NULL)
        event_free(live->wake_event);
    if (live->base != NULL)
        event_base_free(live->base);
    if (live->wake_fd >= 0)
        close(live->wake_fd);
    for (size_t i = 0; i < live->text_count; i++)
        free(live->texts[i]);
    pthread_cond_destroy(&live->all_left);
    pthread_mutex_destroy(&live->lock);
    free(live);
}

void
dns_live_flush(struct sceau_resolver *resolver)
{
    struct live *live = (struct live *)resolver;
    pthread_mutex_lock(&live->lock);
    live->is_flushed = true;
    pthread_mutex_unlock(&live->lock);
    wake(live);
}

void
dns_live_free(struct sceau_resolver *resolver)
{
    struct live *live = (struct live *)resolver;
    if (live == NULL)
        return;
    pthread_mutex_lock(&live->lock);
    live->is_stopping = true;
    for (struct live_question *q = live->asked.first; q != NULL; q = q->next)
        pthread_cond_signal(&q->done);
    for (struct live_question *q = live->waiting.first; q != NULL; q = q->next)
        pthread_cond_signal(&q->done);
    while (live->askers > 0)
        pthread_cond_wait(&live->all_left, &live->lock);
    pthread_mutex_unlock(&live->lock);
    wake(live);
    pthread_join(live->thread, NULL);
    live_destroy(live);
}

/* A copy of `text` that lives as long as the resolver; NULL for NULL. *is_whole turns false
 * when memory is exhausted. */
static const char *
keep_text(struct live *live, const char *text, bool *is_whole)
{
    char *copy = text != NULL ? strdup(text) : NULL;
    if (copy != NULL)
        live->texts[live->text_count++] = copy;
    *is_whole &= text == NULL || copy != NULL;
    return copy;
}

/* An engine made later must not look at what the caller has freed. */
static bool
keep_options(struct live *live, const struct dns_live_options *options)
{
    struct dns_live_options *copy = &live->options;
    bool is_whole = true;
    copy->mode = options->mode;
    while (copy->server_count < options->server_count &&
           copy->server_count < DNS_LIVE_SERVERS_MAX) {
        const char *server = options->servers[copy->server_count];
        copy->servers[copy->server_count++] = keep_text(live, server, &is_whole);
    }
    copy->resolv_conf = keep_text(live, options->resolv_conf, &is_whole);
    copy->trust_anchor_file = keep_text(live, options->trust_anchor_file, &is_whole);
    return is_whole;
}

static bool
live_prepare(struct live *live, const struct dns_live_options *options,
             struct problem *problem)
{
    problem_tell_text(problem, N_("no memory, or no file descriptor, is left"));
    live->questions_max = live_context_questions_max();
    live->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    live->base = event_base_new();
    if (live->wake_fd < 0 || live->base == NULL || !keep_options(live, options))
        return false;
    live->wake_event =
        event_new(live->base, live->wake_fd, EV_READ | EV_PERSIST, on_wake, live);
    return live->wake_event != NULL && event_add(live->wake_event, NULL) == 0 &&
           engine_add(live, problem);
}

/* Start the thread with all signals blocked: they are for the program's own threads. Not
 * SIGSYS: it comes from what the thread itself does, and blocked it would kill. */
static bool
live_start(struct live *live, struct problem *problem)
{
    sigset_t all, before;
    sigfillset(&all);
    sigdelset(&all, SIGSYS);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&live->thread, NULL, run, live);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0)
        problem_tell_text(problem, N_("the resolver's thread did not start"));
    return error == 0;
}

struct sceau_resolver *
dns_live_new(const struct dns_live_options *options, struct problem *problem)
{
    struct live *live = calloc(1, sizeof *live);
    if (live == NULL) {
        problem_tell_text(problem, N_("memory is exhausted"));
        return NULL;
    }
    live->resolver.lookup = live_lookup;
    live->resolver.prefetch = live_prefetch;
    pthread_mutex_init(&live->lock, NULL);
    pthread_cond_init(&live->all_left, NULL);
    if (live_prepare(live, options, problem) && live_start(live, problem))
        return &live->resolver;
    live_destroy(live);
    return NULL;
}
