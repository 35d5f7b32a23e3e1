/* The log line of a message. A reader that splits it at spaces, and one that looks for
 * "dmarc=pass" with a grep, must both not be fooled by what a peer wrote: values are quoted,
 * quotes and backslashes in them escaped, other octets written as \xHH. */
#include "signing.h"
#include "words.h"

/* key=word, both words of this program. The key brings its space and its equals sign. */
static void
put_word(struct text *line, const char *key, const char *word)
{
    text_string(line, key);
    text_string(line, word);
}

static void
put_number(struct text *line, const char *key, uint64_t number)
{
    text_string(line, key);
    text_decimal(line, number);
}

/* "…": escaped, long values cut where "..." stands. */
static void
put_quoted(struct text *line, struct sceau_slice value)
{
    bool is_cut = value.len > POLICY_VALUE_MAX;
    struct sceau_slice rest = is_cut ? slice_sub(value, 0, POLICY_VALUE_MAX) : value;
    struct sceau_slice part;
    bool is_first = true;
    text_octet(line, '"');
    while (slice_next(&rest, '"', &part)) {
        if (!is_first)
            text_string(line, "\\\"");
        text_escaped(line, part);
        is_first = false;
    }
    text_string(line, is_cut ? "...\"" : "\"");
}

void
policy_put_value(struct text *line, const char *key, struct sceau_slice value)
{
    if (value.len == 0)
        return;
    text_octet(line, ' ');
    text_string(line, key);
    text_octet(line, '=');
    put_quoted(line, value);
}

static bool
is_word_octet(char c)
{
    return ascii_is_alnum(c) || c == '-' || c == '_' || c == '.';
}

/* The MTA's id as it is, so that a grep finds it; anything else in quotes. */
void
policy_put_queue_id(struct text *line, struct sceau_slice id)
{
    size_t i = 0;
    while (i < id.len && is_word_octet(id.ptr[i]))
        i++;
    if (id.len == 0)
        text_octet(line, '-');
    else if (i == id.len && id.len <= POLICY_VALUE_MAX)
        text_slice(line, id);
    else
        put_quoted(line, id);
    text_octet(line, ':');
}

static void
put_spf(struct text *line, const char *key, const struct sceau_spf_outcome *spf)
{
    put_word(line, key, sceau_spf_result_name(spf->result));
    if (spf->domain.len > 0) {
        text_octet(line, '/');
        put_quoted(line, spf->domain);
    }
}

#define LOGGED_SIGNATURES \
 8 /* SCEAU_DKIM_LOOKED_UP_MAX: more were not verified either */

static void
put_signature(struct text *line, const struct sceau_dkim_outcome *dkim)
{
    put_word(line, " dkim=", sceau_dkim_result_name(dkim->result));
    if (dkim->domain.len > 0) {
        text_octet(line, '/');
        put_quoted(line, dkim->domain);
    }
    if (dkim->result != SCEAU_DKIM_PASS && dkim->reason != NULL) {
        text_octet(line, '/');
        put_quoted(line, sceau_slice_from(dkim->reason));
    }
}

static void
put_signatures(struct text *line, const struct sceau_verdict *v)
{
    size_t shown =
        v->dkim_count < LOGGED_SIGNATURES ? v->dkim_count : LOGGED_SIGNATURES;
    for (size_t i = 0; i < shown; i++)
        put_signature(line, &v->dkim[i]);
    if (v->dkim_count == 0)
        text_string(line, " dkim=none");
    if (v->dkim_count > shown)
        put_number(line, " dkim_more=", v->dkim_count - shown);
}

static void
put_dmarc(struct text *line, const struct sceau_verdict *v)
{
    put_word(line, " dmarc=", sceau_dmarc_result_name(v->dmarc.result));
    if (v->author.domain.len > 0) { /* A-labels: nothing in it can end the value */
        text_string(line, " from=");
        text_escaped(line, v->author.domain);
    }
    if (v->dmarc.record != NULL)
        put_word(line, " policy=", sceau_dmarc_policy_name(v->dmarc.policy));
    if (v->dmarc.result == SCEAU_DMARC_FAIL) /* after t= */
        put_word(line, " asks=", sceau_dmarc_policy_name(v->dmarc.disposition));
    policy_put_value(line, "policy_domain", v->dmarc.policy_domain);
}

static void
put_verdict(struct text *line, const struct sceau_verdict *v)
{
    put_dmarc(line, v);
    put_spf(line, " spf=", &v->spf_mail_from);
    put_spf(line, " helo=", &v->spf_helo);
    put_signatures(line, v);
    put_word(line, " arc=", sceau_arc_result_name(v->arc.result));
    if (v->author.status != SCEAU_AUTHOR_ONE && v->author.reason != NULL)
        policy_put_value(line, "author", sceau_slice_from(v->author.reason));
}

struct sceau_slice
policy_log_line(struct sceau_arena *arena, const struct policy_facts *facts,
                const struct sceau_verdict *verdict,
                const struct policy_decision *decision)
{
    struct text line = text_new(arena, SIZE_MAX);
    char client[SCEAU_IP_TEXT];
    sceau_ip_format(&facts->client, client);
    policy_put_queue_id(&line, facts->queue_id);
    put_word(&line, decision->is_shadow ? " would=" : " action=",
             policy_action_name(decision->action));
    if (decision->hold)
        text_string(&line, " hold=yes");
    if (decision->is_list_mail)
        text_string(&line, " list=yes");
    if (decision->claims_own_domain)
        text_string(&line, " own_domain=claimed");
    policy_put_value(&line, "reason", sceau_slice_from(decision->reason));
    if (verdict != NULL)
        put_verdict(&line, verdict);
    if (decision->override.type != POLICY_OVERRIDE_NONE) {
        put_word(&line, " override=", policy_override_name(decision->override.type));
        policy_put_value(&line, "comment", decision->override.comment);
    }
    put_word(&line, " client=", facts->is_local_socket ? "local" : client);
    put_number(&line, " rcpts=", facts->recipient_count);
    if (decision->list != NULL)
        policy_put_value(&line,
                         decision->changed.name.len > 0 ? "rewritten_for"
                                                        : "refused_for",
                         decision->list->address);
    if (decision->munged != NULL) {
        policy_put_value(&line, "warning", SCEAU_SLICE(POLICY_MUNGED_WARNING));
        policy_put_value(&line, "munged_for", decision->munged->address);
    }
    policy_put_value(&line, "login", facts->login);
    if (decision->removed_count > 0)
        put_number(&line, " removed=", decision->removed_count);
    return text_done(&line);
}

/* One value: selectors are LDH, so a comma stands between them only. */
static void
put_selectors(struct text *line, const struct policy_signing_words *w)
{
    for (size_t i = 0; i < w->count; i++) {
        text_string(line, i == 0 ? " s=" : ",");
        text_escaped(line, w->selectors[i]);
    }
}

struct sceau_slice
policy_log_signing(struct sceau_arena *arena, struct sceau_slice line,
                   const struct policy_signing_words *w)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_slice(&t, line);
    put_word(&t, " signed=", w->count > 0 ? "yes" : "no");
    put_word(&t, " sign_rule=", policy_signing_rule_name(w->rule));
    if (w->domain.len > 0) { /* A-labels */
        text_string(&t, w->count > 0 ? " d=" : " sign_domain=");
        text_escaped(&t, w->domain);
    }
    put_selectors(&t, w);
    if (w->refolded > 0)
        put_number(&t, " refolded=", w->refolded);
    if (w->has_long_lines)
        text_string(&t, " long_lines=yes");
    if (w->sealed > 0)
        put_number(&t, " sealed=", w->sealed);
    if (w->unsealed != NULL)
        policy_put_value(&t, "unsealed", sceau_slice_from(w->unsealed));
    struct sceau_slice whole = text_done(&t);
    return whole.ptr != NULL ? whole : line;
}
