/* The text of a refusal: one line, printable ASCII, under 512 octets (RFC 5321 section
 * 4.5.3.1.5). RFC 9989 section 7.2 leaves open how much to tell; an honest sender's
 * postmaster needs domain and reason, and a forger learns nothing that DNS does not say. */
#include "words.h"

/* The line, and the administrator's URL when both fit. */
static struct sceau_slice
with_url(struct sceau_arena *arena, struct text *line, struct sceau_slice url)
{
    if (url.len == 0 || line->has_failed)
        return text_done(line);
    struct text longer = text_new(arena, POLICY_REPLY_MAX);
    text_slice(&longer, text_so_far(line));
    text_string(&longer, "; see ");
    text_escaped(&longer, url);
    return longer.has_failed ? text_done(line) : text_done(&longer);
}

/* What became of the signatures, for the sender's postmaster. */
static const char *
dkim_word(const struct sceau_verdict *v)
{
    const char *word =
        v->dkim_count == 0 ? "no DKIM signature" : "no valid DKIM signature";
    for (size_t i = 0; i < v->dkim_count; i++) {
        if (v->dkim[i].result == SCEAU_DKIM_PASS)
            word = "DKIM signatures of other domains only";
    }
    return word;
}

struct sceau_slice
policy_reply_failed(struct sceau_arena *arena, const struct policy_config *config,
                    const struct sceau_verdict *v)
{
    struct text line = text_new(arena, POLICY_REPLY_MAX);
    text_string(&line, "550 5.7.1 ");
    text_escaped(&line, v->author.domain);
    text_format(&line,
                " asks to reject mail that fails DMARC, and this message does: "
                "SPF %s, %s",
                sceau_spf_result_name(v->spf_mail_from.result), dkim_word(v));
    return with_url(arena, &line, config->url);
}

struct sceau_slice
policy_reply_refused(struct sceau_arena *arena, const struct policy_config *config,
                     const char *what, const char *reason)
{
    struct text line = text_new(arena, POLICY_REPLY_MAX);
    text_format(&line, "550 5.7.1 %s", what);
    if (reason != NULL)
        text_format(&line, ": %s", reason);
    return with_url(arena, &line, config->url);
}

/* The line, and what the domain says to those it does not let send, when both fit. It is said
 * whose words these are (RFC 7208 section 6.2). */
static void
add_explanation(struct sceau_arena *arena, struct text *line,
                struct sceau_slice explanation)
{
    struct text longer = text_new(arena, POLICY_REPLY_MAX);
    if (explanation.len == 0 || line->has_failed)
        return;
    text_slice(&longer, text_so_far(line));
    text_string(&longer, "; that domain says: ");
    text_escaped(&longer, explanation);
    if (!longer.has_failed)
        *line = longer;
}

struct sceau_slice
policy_reply_spf(struct sceau_arena *arena, const struct policy_config *config,
                 const struct sceau_verdict *v)
{
    struct text line = text_new(arena, POLICY_REPLY_MAX);
    text_string(&line, "550 5.7.23 ");
    text_escaped(&line, v->spf_mail_from.domain);
    text_string(&line, " does not let this client send for it (SPF fail)");
    add_explanation(arena, &line, v->spf_mail_from.explanation);
    return with_url(arena, &line, config->url);
}

struct sceau_slice
policy_reply_own_domain(struct sceau_arena *arena, const struct policy_config *config,
                        const struct sceau_verdict *v)
{
    struct text line = text_new(arena, POLICY_REPLY_MAX);
    text_string(&line, "550 5.7.1 ");
    text_escaped(&line, v->author.domain);
    text_format(&line,
                " is a domain of this host, and nothing proves that this message is of "
                "its users: no login, SPF %s, %s",
                sceau_spf_result_name(v->spf_mail_from.result), dkim_word(v));
    return with_url(arena, &line, config->url);
}

struct sceau_slice
policy_reply_list(struct sceau_arena *arena, const struct policy_config *config,
                  const struct policy_list *list, const struct sceau_verdict *v)
{
    struct text line = text_new(arena, POLICY_REPLY_MAX);
    text_string(&line, "550 5.7.1 ");
    text_escaped(&line, list->address);
    text_string(&line, " takes no posts from ");
    text_escaped(&line, v->author.domain);
    text_format(&line,
                ", whose DMARC policy is %s: its subscribers would refuse them; post "
                "from an address of another domain",
                sceau_dmarc_policy_name(v->dmarc.policy));
    return with_url(arena, &line, config->url);
}

struct sceau_slice
policy_reply_later(struct sceau_arena *arena, const struct policy_config *config,
                   struct sceau_slice domain, const char *what)
{
    struct text line = text_new(arena, POLICY_REPLY_MAX);
    text_string(&line, "451 4.7.1 ");
    if (domain.len > 0) {
        text_escaped(&line, domain);
        text_string(&line, ": ");
    }
    text_string(&line, what);
    text_string(&line, ", try again later");
    return with_url(arena, &line, config->url);
}
