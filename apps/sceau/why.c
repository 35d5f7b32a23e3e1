/* Why a message has its verdict, in one sentence. The evidence that decided comes first,
 * then what the domain owner asks. Steps in full are the trace's (`--explain`). */
#include "why.h"

#include "core/text.h"

#include <stdio.h>

enum {
    SIGNATURES_SHOWN = 3
};

/* One name is the other, or lies under it. */
static bool
are_kin(struct sceau_slice a, struct sceau_slice b)
{
    struct sceau_slice upper = a.len < b.len ? a : b, lower = a.len < b.len ? b : a;
    return slice_ends_ci(lower, upper) &&
           (lower.len == upper.len || lower.ptr[lower.len - upper.len - 1] == '.');
}

/* A sentence under construction. */
struct why {
    struct text text;
    enum language language;
    const struct sceau_verdict *v;
};

/* Add a text, its holes filled. */
static void
add(struct why *w, const char *english, const struct language_word *words, size_t count)
{
    struct sceau_slice sentence =
        language_sentence(w->text.arena, w->language, english, words, count);
    text_slice(&w->text, sentence);
    w->text.has_failed |= sentence.ptr == NULL;
}

static void
add_plain(struct why *w, const char *english)
{
    add(w, english, NULL, 0);
}

/* Add a text with one hole for the words of others. */
static void
add_theirs(struct why *w, const char *english, const char *hole,
           struct sceau_slice theirs)
{
    const struct language_word word = LANGUAGE_THEIRS(hole, theirs);
    add(w, english, &word, 1);
}

/* Add a text with one hole for words of ours, translated. */
static void
add_ours(struct why *w, const char *english, const char *hole, const char *ours)
{
    const struct language_word word =
        LANGUAGE_OURS(hole, sceau_slice_from(language_text(w->language, ours)));
    add(w, english, &word, 1);
}

/* Why a pass did not count. Without a policy nobody asked DNS which names are one
 * organization, so then it is said of names that have nothing in common only. */
static void
say_unaligned(struct why *w, struct sceau_slice domain, bool is_strict,
              const char *strict_tag)
{
    const struct sceau_verdict *v = w->v;
    bool is_kin = are_kin(domain, v->author.domain);
    if (v->dmarc.result != SCEAU_DMARC_FAIL && is_kin)
        return;
    add_theirs(w, N_(", not aligned with {domain}"), "domain", v->author.domain);
    if (is_kin && is_strict)
        add_ours(w, N_(" ({tag}=s: it must be the same name)"), "tag", strict_tag);
}

/* What a reason of the library means on the way a mail takes. */
static const char *
meaning_of(const char *reason)
{
    static const struct {
        const char *reason, *meaning;
    } meanings[] = {
        {N_("body hash mismatch"), N_("the body was changed after signing")},
        {N_("signature mismatch"),
         N_("a signed field was changed, or the key is another")           },
    };
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (strcmp(meanings[i].reason, reason) == 0)
            return meanings[i].meaning;
    }
    return NULL;
}

static void
say_signature(struct why *w, const struct sceau_dkim_outcome *d)
{
    const struct sceau_dmarc_record *record = w->v->dmarc.record;
    text_string(&w->text, "DKIM ");
    if (d->domain.len > 0)
        text_escaped(&w->text, d->domain);
    else
        add_plain(w, N_("(no domain)"));
    text_format(&w->text, " %s", sceau_dkim_result_name(d->result));
    if (d->result == SCEAU_DKIM_PASS)
        say_unaligned(w, d->domain,
                      record != NULL && record->adkim == SCEAU_DMARC_STRICT, "adkim");
    if (d->reason == NULL)
        return;
    add_ours(w, " ({reason}", "reason", d->reason);
    if (meaning_of(d->reason) != NULL)
        add_ours(w, N_(": {meaning}"), "meaning", meaning_of(d->reason));
    if (d->bits == 0 && d->selector.len > 0) /* no key was had: where it was sought */
        add_theirs(w, N_(", selector {selector}"), "selector", d->selector);
    text_octet(&w->text, ')');
}

static void
say_spf(struct why *w)
{
    const struct sceau_spf_outcome *s = &w->v->spf_mail_from;
    text_format(&w->text, "SPF %s", sceau_spf_result_name(s->result));
    if (s->domain.len > 0)
        add_theirs(w, N_(" for {domain}"), "domain", s->domain);
    if (s->mechanism.len > 0)
        add_theirs(w, N_(" by {mechanism}"), "mechanism", s->mechanism);
    else if (s->reason != NULL)
        add_ours(w, " ({reason})", "reason", s->reason);
}

static void
say_signed(struct why *w, const struct sceau_dkim_outcome *d)
{
    char bits[16];
    snprintf(bits, sizeof bits, "%u", d->bits);
    const struct language_word words[] = {
        LANGUAGE_THEIRS("domain", d->domain),
        LANGUAGE_THEIRS("selector", d->selector),
        LANGUAGE_OURS("algorithm",
                      sceau_slice_from(sceau_dkim_algorithm_name(d->algorithm))),
        LANGUAGE_OURS("bits", sceau_slice_from(bits)),
    };
    add(w,
        N_("signed by {domain} (selector {selector}, {algorithm}, {bits} bits), "
           "aligned"),
        words, sizeof words / sizeof *words);
}

static void
say_aligned(struct why *w)
{
    const struct sceau_dmarc_outcome *d = &w->v->dmarc;
    if (d->dkim_aligned)
        say_signed(w, &w->v->dkim[d->dkim_aligned_index]);
    if (d->spf_aligned) {
        if (d->dkim_aligned)
            add_plain(w, N_("; "));
        say_spf(w);
        add_plain(w, N_(", aligned"));
    }
}

/* The same words were said of an earlier signature: a list that signs twice. */
static bool
is_repeated(const struct sceau_verdict *v, size_t index)
{
    const struct sceau_dkim_outcome *d = &v->dkim[index];
    for (size_t i = 0; i < index; i++) {
        const struct sceau_dkim_outcome *e = &v->dkim[i];
        if (e->result == d->result && e->reason == d->reason &&
            slice_eq(e->domain, d->domain) && (e->bits > 0) == (d->bits > 0) &&
            (d->bits > 0 || slice_eq(e->selector, d->selector)))
            return true;
    }
    return false;
}

/* All that was tried: none of it is an aligned pass. */
static void
say_tried(struct why *w)
{
    const struct sceau_verdict *v = w->v;
    const struct sceau_dmarc_record *record = v->dmarc.record;
    size_t count = 0;
    if (v->has_spf)
        say_spf(w);
    else
        add_plain(w, N_("SPF not checked (no client address)"));
    if (v->has_spf && v->spf_mail_from.result == SCEAU_SPF_PASS)
        say_unaligned(w, v->spf_mail_from.domain,
                      record != NULL && record->aspf == SCEAU_DMARC_STRICT, "aspf");
    for (size_t i = 0; i < v->dkim_count; i++) {
        if (is_repeated(v, i) || count++ >= SIGNATURES_SHOWN)
            continue;
        add_plain(w, N_("; "));
        say_signature(w, &v->dkim[i]);
    }
    if (count > SIGNATURES_SHOWN) {
        char more[24];
        snprintf(more, sizeof more, "%zu", count - SIGNATURES_SHOWN);
        add_ours(w, N_("; {count} more"), "count", more);
    }
    if (v->dkim_count == 0)
        add_plain(w, N_("; no DKIM signature"));
}

static void
say_policy(struct why *w)
{
    const struct sceau_dmarc_outcome *d = &w->v->dmarc;
    const struct language_word words[] = {
        LANGUAGE_THEIRS("domain", d->policy_domain),
        LANGUAGE_OURS("tag", sceau_slice_from(sceau_dmarc_tag_name(d->applied_tag))),
        LANGUAGE_OURS("policy", sceau_slice_from(sceau_dmarc_policy_name(d->policy))),
    };
    add(w, N_("; {domain} publishes {tag}={policy}"), words, 3);
    if (d->record != NULL && d->record->is_testing)
        add_ours(w, N_(" in test mode (t=y), so {policy}"), "policy",
                 sceau_dmarc_policy_name(d->disposition));
}

/* Of a syntax error the reason says what should stand there. */
static void
say_no_author(struct why *w)
{
    const struct sceau_author *author = &w->v->author;
    const char *reason = author->reason != NULL ? author->reason : N_("unknown");
    add_ours(w,
             author->status == SCEAU_AUTHOR_SYNTAX
                 ? N_("no single author domain: From is malformed: expected {reason}")
                 : N_("no single author domain: {reason}"),
             "reason", reason);
}

static void
say_result(struct why *w)
{
    const struct sceau_dmarc_outcome *d = &w->v->dmarc;
    switch (d->result) {
    case SCEAU_DMARC_PASS: say_aligned(w); break;
    case SCEAU_DMARC_FAIL:
        add_plain(w, N_("nothing aligned passes: "));
        say_tried(w);
        break;
    case SCEAU_DMARC_NONE:
        add_theirs(w, N_("{domain} has no DMARC policy"), "domain",
                   w->v->author.domain);
        add_ours(w, N_(" ({reason}); "), "reason",
                 d->reason != NULL ? d->reason : N_("no usable record"));
        say_tried(w);
        break;
    case SCEAU_DMARC_TEMPERROR:
    case SCEAU_DMARC_PERMERROR:
        add_ours(w, N_("{reason}; "), "reason",
                 d->reason != NULL ? d->reason : N_("DMARC cannot be judged"));
        say_tried(w);
        break;
    }
}

struct sceau_slice
verdict_why(struct sceau_arena *arena, enum language language,
            const struct sceau_verdict *v)
{
    const struct sceau_dmarc_outcome *d = &v->dmarc;
    struct why w = {text_new(arena, SIZE_MAX), language, v};
    if (v->author.status != SCEAU_AUTHOR_ONE) {
        say_no_author(&w);
        return text_done(&w.text);
    }
    say_result(&w);
    if (d->record != NULL &&
        (d->result == SCEAU_DMARC_PASS || d->result == SCEAU_DMARC_FAIL))
        say_policy(&w);
    if (d->result == SCEAU_DMARC_FAIL && v->arc.result == SCEAU_ARC_PASS)
        add_plain(
            &w, N_("; an ARC chain is intact, but counts only from a trusted sealer"));
    return text_done(&w.text);
}
