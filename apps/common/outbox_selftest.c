#include "outbox_selftest.h"

#include "core/domain.h"
#include "core/text.h"
#include "insight/key_facts.h"
#include "remote/smtp.h"

#include <stdio.h>

#define MEMORY ((size_t)512 * 1024)

/* report.sending_host; else the mail server that takes the reports, without its port; else
 * this host. */
static struct sceau_slice
host_that_sends(struct environment *env)
{
    const struct config_report *c = &env->config.report;
    struct text t = text_new(env->arena, SIZE_MAX);
    text_slice(&t, c->smtp);
    const char *url = text_done(&t).ptr;
    if (c->sending_host.len > 0)
        return c->sending_host;
    if (url == NULL || smtp_is_local(url))
        return environment_host(env);
    struct sceau_slice host = transfer_host(url);
    return slice_sub(host, 0, slice_find_last(host, ':'));
}

struct selftest_settings
outbox_selftest_settings(struct environment *env,
                         const struct outbox_settings *settings)
{
    const struct config_report *c = &env->config.report;
    return (struct selftest_settings){
        .organization = c->organisation,
        .from = c->from,
        .return_path = outbox_bounces_to(env),
        .receiver = settings->receiver,
        .server = c->smtp,
        .user = c->smtp_user,
        .host = host_that_sends(env),
    };
}

bool
outbox_selftest_known(struct environment *env, struct database *db,
                      const struct outbox_settings *settings, int64_t now,
                      struct selftest *test)
{
    char hash[SELFTEST_HASH];
    struct selftest_settings wanted = outbox_selftest_settings(env, settings);
    selftest_hash(&wanted, hash);
    bool is_read = selftest_read(db, hash, test);
    selftest_expire(test, now);
    return is_read;
}

/* Of a store that several hosts begin at once one sends the mail. */
static bool
change_test(struct outbox_sending *s, const struct selftest *before,
            struct selftest *test, bool *is_ours)
{
    if (selftest_change(s->db, before, test, is_ours))
        return true;
    snprintf(s->problem, sizeof s->problem, "%s", database_error(s->db));
    return false;
}

static const char *
terminated(struct sceau_arena *arena, struct sceau_slice s)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_slice(&t, s);
    return text_done(&t).ptr;
}

/* The nonce is on the disk before the mail leaves: it may come back at once. */
static bool
send_mail(struct outbox_sending *s, struct outbox_sender *sender,
          const uint8_t secret[OUTBOX_SECRET], struct sceau_arena *arena, int64_t now,
          bool is_kept, struct selftest *test)
{
    char words[OUTBOX_REPLY] = "";
    struct selftest_settings settings = outbox_selftest_settings(s->env, s->settings);
    struct selftest before = *test;
    bool is_ours;
    if (!selftest_begin(test, is_kept))
        return true;
    struct sceau_slice path =
        outbox_return_path(arena, secret, settings.return_path, test->nonce);
    struct sceau_slice mail = selftest_mail(arena, &settings, path, test->nonce, now);
    const char *address = terminated(arena, path);
    test->sent = now;
    test->again = now + SELFTEST_AGAIN;
    if (address == NULL || mail.ptr == NULL)
        snprintf(test->problem, sizeof test->problem, "%s",
                 N_("report.return_path is no address"));
    if (!change_test(s, &before, test, &is_ours))
        return false;
    if (!is_ours || address == NULL || mail.ptr == NULL)
        return true;
    enum outbox_answer answer = sender->send(sender, address, address, mail, words);
    if (answer == OUTBOX_TAKEN || answer == OUTBOX_UNKNOWN)
        return true;
    before = *test;
    test->sent = 0;
    test->again = now + SELFTEST_RETRY;
    snprintf(test->problem, sizeof test->problem, "%.*s", SELFTEST_PROBLEM - 1,
             words[0] != '\0' ? words
                              : N_("the mail server did not take the test mail"));
    return change_test(s, &before, test, &is_ours);
}

/* Since when the newest key is in use that may sign for the domain of report.from; 0: none is
 * known. */
static bool
read_key_change(struct outbox_sending *s, struct sceau_arena *arena, int64_t *since)
{
    struct growing all = {.arena = arena, .size = sizeof(struct analysis_own_key)};
    struct sceau_slice from = s->env->config.report.from;
    struct sceau_slice domain = slice_skip(from, slice_find_last(from, '@') + 1);
    *since = 0;
    if (!key_facts_read(arena, s->db, &all))
        return false;
    const struct analysis_own_key *keys = all.items;
    for (size_t i = 0; i < all.count; i++)
        if (domain_is_within(domain, keys[i].domain) && keys[i].active > *since)
            *since = keys[i].active;
    return true;
}

static bool
go(struct outbox_sending *s, struct outbox_sender *sender,
   const uint8_t secret[OUTBOX_SECRET], struct sceau_arena *arena, int64_t now,
   bool is_asked, bool has_new_key, struct selftest *test)
{
    struct sceau_context context = {.arena = arena,
                                    .resolver = s->env->resolver,
                                    .now = now};
    bool is_ours = true;
    if (is_asked || test->named == 0) {
        const struct selftest before = *test;
        selftest_look_at_host(test, &context, host_that_sends(s->env));
        if (!change_test(s, &before, test, &is_ours))
            return false;
    }
    if (!is_ours) /* another host begins it */
        return true;
    bool is_old = test->arrived == 0 || selftest_is_old(test, now);
    if (is_asked || has_new_key || (is_old && test->again <= now))
        return send_mail(s, sender, secret, arena, now, !is_asked, test);
    return true;
}

bool
outbox_selftest_go(struct outbox_sending *s, struct outbox_sender *sender,
                   const uint8_t secret[OUTBOX_SECRET], int64_t now, bool is_asked,
                   struct selftest *test)
{
    if (!outbox_selftest_known(s->env, s->db, s->settings, now, test)) {
        snprintf(s->problem, sizeof s->problem, "%s", database_error(s->db));
        return false;
    }
    struct sceau_arena *arena = sceau_arena_new(MEMORY);
    int64_t since;
    bool is_good = arena != NULL && read_key_change(s, arena, &since);
    /* What came back before, or left before, was signed by another key. */
    bool has_new_key = is_good && !test->is_by_hand && test->arrived > 0 &&
                       since > test->arrived && since > test->sent && since <= now;
    if (is_good && (!selftest_has_passed(test) || selftest_is_old(test, now) ||
                    is_asked || has_new_key))
        is_good = go(s, sender, secret, arena, now, is_asked, has_new_key, test);
    sceau_arena_free(arena);
    return is_good;
}
