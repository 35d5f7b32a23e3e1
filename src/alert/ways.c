/* Settings are texts that libcurl and exec take; addresses and URLs are looked at where
 * they are used. */
#include "ways.h"

#include "remote/command.h"

#include <stdio.h>
#include <unistd.h>

#define MAIL_PATIENCE    60
#define WEBHOOK_PATIENCE 15
#define DASHBOARD        "http://127.0.0.1:8460"

/* ---- settings ---- */

static const char *
c_text(struct sceau_arena *arena, struct sceau_slice s, bool *is_fine)
{
    char *copy = sceau_arena_alloc(arena, s.len + 1);
    *is_fine = *is_fine && copy != NULL;
    if (copy != NULL && s.len > 0)
        memcpy(copy, s.ptr, s.len);
    return copy != NULL ? copy : "";
}

/* Words of findings into a set. */
static bool
read_rules(const struct config_words *words, const char *key,
           bool rules[ANALYSIS_FINDING_RULES], struct problem *problem)
{
    for (size_t i = 0; i < words->count; i++) {
        enum analysis_finding_rule rule;
        struct sceau_slice word = words->items[i];
        if (!analysis_finding_read(word, &rule)) {
            PROBLEM(problem,
                    "{key}: {word} is no kind of finding (they are {first}, {second}, "
                    "{third}, ...)",
                    OURS("key", key), LANGUAGE_THEIRS("word", word),
                    OURS("first", analysis_finding_word(ANALYSIS_FINDING_STARTS)),
                    OURS("second", analysis_finding_word(ANALYSIS_FINDING_NEW)),
                    OURS("third", analysis_finding_word(ANALYSIS_FINDING_RECORD)));
            return false;
        }
        rules[rule] = true;
    }
    return true;
}

/* sceau@ and this host's name, when none is configured. */
static const char *
sender(const struct config_alert *alert, struct sceau_arena *arena, const char **helo,
       bool *is_fine)
{
    char host[256] = "";
    if (gethostname(host, sizeof host - 1) != 0 || host[0] == '\0')
        snprintf(host, sizeof host, "localhost");
    *helo = c_text(arena, sceau_slice_from(host), is_fine);
    if (alert->mail_from.len > 0)
        return c_text(arena, alert->mail_from, is_fine);
    struct text t = text_new(arena, SIZE_MAX);
    text_format(&t, "sceau@%s", host);
    struct sceau_slice from = text_done(&t);
    *is_fine = *is_fine && from.ptr != NULL;
    return from.ptr != NULL ? from.ptr : "";
}

static void
make_mail(const struct config_alert *alert, struct sceau_arena *arena,
          struct alert_settings *s, bool *is_fine)
{
    const char **to = sceau_arena_alloc(arena, (alert->mail_to.count + 1) * sizeof *to);
    *is_fine = *is_fine && to != NULL;
    for (size_t i = 0; to != NULL && i < alert->mail_to.count; i++)
        to[i] = c_text(arena, alert->mail_to.items[i], is_fine);
    s->to = to;
    s->to_count = to != NULL ? alert->mail_to.count : 0;
    s->from = sender(alert, arena, &s->smtp.helo, is_fine);
    s->smtp.url = c_text(arena, alert->smtp, is_fine);
    s->smtp.security = (enum smtp_security)alert->smtp_security;
    s->smtp.user = c_text(arena, alert->smtp_user, is_fine);
    s->smtp.password_file = c_text(arena, alert->smtp_password_file, is_fine);
    s->smtp.trust_file = c_text(arena, alert->trust_file, is_fine);
    s->smtp.patience = MAIL_PATIENCE;
}

bool
alert_settings_make(const struct sceau_config *config, struct sceau_arena *arena,
                    struct alert_settings *s, struct problem *problem)
{
    const struct config_alert *alert = &config->alert;
    bool is_fine = true;
    *s = (struct alert_settings){
        .language = alert->language == CONFIG_LANGUAGE_FR ? LANGUAGE_FR : LANGUAGE_EN,
        .digest = (enum alert_digest)alert->digest,
        .digest_hour = (unsigned)alert->digest_hour,
        .url = config->web.url.len > 0 ? config->web.url : SCEAU_SLICE(DASHBOARD),
        .command = alert->command,
        .command_timeout = (unsigned)alert->command_timeout,
    };
    while (s->url.len > 0 && s->url.ptr[s->url.len - 1] == '/')
        s->url.len--;
    if (!slice_starts_ci(s->url, SCEAU_SLICE("https://")) &&
        !slice_starts_ci(s->url, SCEAU_SLICE("http://"))) {
        problem_tell_text(problem, N_("web.url: expected https://HOST or http://HOST"));
        return false;
    }
    make_mail(alert, arena, s, &is_fine);
    s->webhook = (struct webhook_options){
        .url = c_text(arena, alert->webhook, &is_fine),
        .token_file = c_text(arena, alert->webhook_token_file, &is_fine),
        .trust_file = s->smtp.trust_file,
        .allow_private = alert->webhook_private,
        .patience = WEBHOOK_PATIENCE,
    };
    problem_tell_text(problem, N_("out of memory"));
    return is_fine &&
           read_rules(&alert->at_once, "alert.at_once", s->at_once, problem) &&
           read_rules(&alert->without, "alert.without", s->is_left_out, problem);
}

/* ---- ways ---- */

static bool
wants_mail(const struct alert_settings *s)
{
    return s->to_count > 0;
}

enum sending
alert_mail_to(const struct alert_settings *s, struct sceau_arena *arena,
              const struct letter *letter, const char *const *to, size_t to_count,
              struct problem *problem)
{
    bool is_clean = smtp_address_is_clean(s->from);
    for (size_t i = 0; i < to_count; i++)
        is_clean = is_clean && smtp_address_is_clean(to[i]);
    if (!is_clean) {
        problem_tell_text(
            problem,
            N_("alert.mail_from or a recipient is no address of the form name@domain"));
        return SENDING_REFUSED;
    }
    struct smtp_mail mail = {
        .from = s->from,
        .to = to,
        .to_count = to_count,
        .octets = letter_mail(arena, letter, s->from, to, to_count),
    };
    if (mail.octets.ptr != NULL)
        return smtp_send(&s->smtp, &mail, problem);
    problem_tell_text(problem, N_("out of memory"));
    return SENDING_LATER;
}

static enum sending
send_mail(const struct alert_settings *s, struct sceau_arena *arena,
          const struct letter *letter, struct problem *problem)
{
    return alert_mail_to(s, arena, letter, s->to, s->to_count, problem);
}

static bool
wants_webhook(const struct alert_settings *s)
{
    return s->webhook.url[0] != '\0';
}

static enum sending
send_webhook(const struct alert_settings *s, struct sceau_arena *arena,
             const struct letter *letter, struct problem *problem)
{
    struct sceau_slice json = letter_json(arena, letter);
    if (json.ptr != NULL)
        return webhook_post(&s->webhook, json, problem);
    problem_tell_text(problem, N_("out of memory"));
    return SENDING_LATER;
}

static bool
wants_command(const struct alert_settings *s)
{
    return s->command.len > 0;
}

/* What ends with anything but 0 did not take it. */
static enum sending
send_command(const struct alert_settings *s, struct sceau_arena *arena,
             const struct letter *letter, struct problem *problem)
{
    struct command command = {
        .line = s->command,
        .input = letter_json(arena, letter),
        .timeout_ms = s->command_timeout * 1000,
    };
    size_t len;
    if (command.input.ptr == NULL) {
        problem_tell_text(problem, N_("out of memory"));
        return SENDING_LATER;
    }
    return command_run(&command, &len, problem) ? SENDING_DONE : SENDING_LATER;
}

const struct alert_way alert_ways[ALERT_WAYS] = {
    {"mail",    wants_mail,    send_mail   },
    {"webhook", wants_webhook, send_webhook},
    {"command", wants_command, send_command},
};
