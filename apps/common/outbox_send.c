#include "outbox_send.h"

#include "core/text.h"
#include "outbox/secret.h"
#include "outbox_selftest.h"

#include <string.h>
#include <time.h>

/* The longest smtp_patience that the configuration takes. */
#define SMTP_PATIENCE_MAX 600
_Static_assert(SMTP_PATIENCE_MAX < OUTBOX_LEASE - CLAIM_RENEW, "OUTBOX_LEASE");

static bool
may_go(void *self, bool is_end)
{
    struct smtp_sender *s = self;
    s->is_called_off =
        s->sender.may_go != NULL && !s->sender.may_go(s->sender.may_go_self, is_end);
    return !s->is_called_off;
}

static enum outbox_answer
send_over_smtp(struct outbox_sender *self, const char *from, const char *to,
               struct sceau_slice octets, char reply[OUTBOX_REPLY])
{
    struct smtp_sender *s = (struct smtp_sender *)self;
    const struct smtp_mail mail = {.from = from,
                                   .to = &to,
                                   .to_count = 1,
                                   .octets = octets,
                                   .may_go = may_go,
                                   .may_go_self = s};
    struct problem problem = {0};
    s->is_called_off = false;
    enum sending sending = smtp_send(&s->options, &mail, &problem);
    snprintf(reply, OUTBOX_REPLY, "%.*s", OUTBOX_REPLY - 1, problem.text);
    if (s->is_called_off)
        return OUTBOX_CALLED_OFF;
    switch (sending) {
    case SENDING_DONE: return OUTBOX_TAKEN;
    case SENDING_REFUSED: return OUTBOX_REFUSED;
    case SENDING_UNKNOWN: return OUTBOX_UNKNOWN;
    case SENDING_NOBODY: return OUTBOX_DOWN;
    case SENDING_LATER: break;
    }
    return OUTBOX_LATER;
}

static const char *
terminated(struct environment *env, struct sceau_slice s)
{
    struct text t = text_new(env->arena, SIZE_MAX);
    text_slice(&t, s);
    return text_done(&t).ptr;
}

struct smtp_sender
outbox_smtp_sender(struct environment *env, const struct outbox_settings *settings)
{
    const struct config_report *c = &env->config.report;
    return (struct smtp_sender){
        .sender = {send_over_smtp                        },
        .options = { .url = terminated(env, c->smtp),
                   .security = (enum smtp_security)c->smtp_security,
                   .user = terminated(env, c->smtp_user),
                   .password_file = terminated(env, c->smtp_password_file),
                   .trust_file = terminated(env, c->trust_file),
                   .helo = terminated(env, settings->receiver),
                   .patience = (unsigned)c->smtp_patience},
    };
}

static int64_t
now_of(void *self)
{
    const struct outbox_sending *s = self;
    return (int64_t)time(NULL) + s->clock_offset;
}

static bool
is_stopping(const struct outbox_sending *s)
{
    return s->is_stopping != NULL && s->is_stopping(s->stopping_self);
}

static bool
plan(struct outbox_sending *s, struct outbox_sent *sent)
{
    int64_t now = now_of(s);
    if (now % 86400 < OUTBOX_PLAN_AFTER)
        now -= OUTBOX_PLAN_AFTER; /* yesterday's journals are still being folded */
    if (outbox_plan(s->db, s->settings, now, &sent->planned, s->is_stopping,
                    s->stopping_self))
        return true;
    snprintf(s->problem, sizeof s->problem, "%s", database_error(s->db));
    return false;
}

static bool
build(struct outbox_sending *s, struct outbox_sent *sent)
{
    struct outbox_report report;
    while (!is_stopping(s)) {
        char problem[OUTBOX_PROBLEM];
        enum outbox_built built =
            outbox_build(s->db, s->settings, now_of(s), SIZE_MAX, &report, problem);
        if (built == BUILT_NONE)
            return true;
        if (built != BUILT_SOME)
            memcpy(s->problem, problem, sizeof problem);
        if (built == BUILT_FAILED)
            return false;
        sent->has_put_off = sent->has_put_off || built == BUILT_PUT_OFF;
        sent->built += report.count;
    }
    return true;
}

bool
outbox_hand_over(struct outbox_sending *s, struct outbox_sent *sent)
{
    struct smtp_sender sender = outbox_smtp_sender(s->env, s->settings);
    struct outbox_delivering d = {
        .db = s->db,
        .settings = s->settings,
        .resolver = s->env->resolver,
        .psl = s->env->psl,
        .sender = &sender.sender,
        .return_path = outbox_bounces_to(s->env),
        .is_bulk = s->env->config.report.bulk,
        .clock = now_of,
        .clock_self = s,
        .is_stopping = s->is_stopping,
        .stopping_self = s->stopping_self,
        .tell = s->tell,
        .tell_self = s->tell_self,
        .memory = s->memory,
    };
    if (!s->env->config.report.send)
        return true;
    if (!outbox_secret(s->db, d.secret)) {
        snprintf(s->problem, sizeof s->problem, "%s", database_error(s->db));
        return false;
    }
    if (!outbox_selftest_go(s, &sender.sender, d.secret, now_of(s), false, &sent->test))
        return false;
    sent->is_untested = !selftest_has_passed(&sent->test);
    if (sent->is_untested)
        return true;
    return outbox_deliver(&d, &sent->delivered, s->problem);
}

/* Reports lie scattered over the tables that they are made of and noted in. */
bool
outbox_make(struct outbox_sending *s, struct outbox_sent *sent)
{
    *sent = (struct outbox_sent){0};
    database_keep(s->db, DATABASE_MEMORY_LARGE);
    bool is_good = plan(s, sent) && build(s, sent);
    database_keep(s->db, DATABASE_MEMORY);
    return is_good;
}

bool
outbox_send(struct outbox_sending *s, struct outbox_sent *sent)
{
    char problem[OUTBOX_PROBLEM];
    bool is_built = outbox_make(s, sent);
    if (is_built && !sent->has_put_off)
        return outbox_hand_over(s, sent);
    /* What is built need not wait for what cannot be. */
    memcpy(problem, s->problem, sizeof problem);
    if (!outbox_hand_over(s, sent))
        return false;
    memcpy(s->problem, problem, sizeof problem);
    return is_built;
}
