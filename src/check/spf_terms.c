/* What stands in an SPF record: its end, what is never reached, what is too wide (RFC 7208
 * sections 5 and 6). */
#include "core/ip.h"
#include "spf_rules.h"
#include "spfflat.h"

enum {
    IP4_WIDE = 20, /* bits of a network that few own */
    IP6_WIDE = 48,
};

/* Does it let everybody in? */
static bool
is_permissive(const struct spf_term *term)
{
    switch ((enum spf_term_kind)term->kind) {
    case SPF_ALL: return term->qualifier == SCEAU_SPF_PASS;
    case SPF_IP4: return term->ip4_prefix == 0;
    case SPF_IP6: return term->ip6_prefix == 0;
    case SPF_A:
    case SPF_MX: return term->ip4_prefix == 0 || term->ip6_prefix == 0;
    case SPF_INCLUDE:
    case SPF_PTR:
    case SPF_EXISTS:
    case SPF_REDIRECT:
    case SPF_EXP:
    case SPF_UNKNOWN_MODIFIER: break;
    }
    return false;
}

/* Does a mended record keep this term? */
typedef bool term_choice(const struct spf_record *record, const struct spf_term *term);

/* The terms that are kept, with a blank behind each. */
static void
put_terms(struct text *t, const struct spf_record *record, term_choice *is_kept)
{
    for (size_t i = 0; i < record->count; i++) {
        if (!is_kept(record, &record->terms[i]))
            continue;
        text_slice(t, record->terms[i].text);
        text_octet(t, ' ');
    }
}

/* "v=spf1", those terms, "~all". */
static struct sceau_slice
ended_softly(struct check_subject *s, const struct spf_record *record,
             term_choice *is_kept)
{
    struct text t = text_new(s->context->arena, SIZE_MAX);
    text_string(&t, "v=spf1 ");
    put_terms(&t, record, is_kept);
    text_string(&t, "~all");
    return text_done(&t);
}

static bool
is_no_all(const struct spf_record *record, const struct spf_term *term)
{
    return term != record->all;
}

static bool
is_restrictive(const struct spf_record *record, const struct spf_term *term)
{
    (void)record;
    return term->kind != SPF_ALL && !is_permissive(term);
}

void
spf_all_permissive(struct check_subject *s)
{
    const struct spftree *tree = spf_own_tree(s);
    if (tree == NULL)
        return;
    const struct spftree_record *record = tree->root;
    struct spftree_walk walk = spftree_walk_from(record);
    const struct spftree_term *t;
    while ((t = spftree_walk_next(&walk, &record)) != NULL) {
        if (t->is_unreached || !is_permissive(t->term))
            continue;
        if (record == tree->root) {
            struct check_finding *f = spf_report(s, CHECK_PROBLEM);
            f->fix = check_tell(s, s->rule->fix);
            f->zone_line = spf_line(s, ended_softly(s, record->parsed, is_restrictive));
            continue;
        }
        struct check_finding *f = check_report(
            s, CHECK_SAY(s, N_("{domain}, which your record includes, has {term}"),
                         LANGUAGE_THEIRS("domain", record->domain),
                         LANGUAGE_THEIRS("term", t->term->text)));
        f->fix = CHECK_SAY(s,
                           N_("Remove the include of {domain}, or have its owner "
                              "correct it."),
                           LANGUAGE_THEIRS("domain", record->domain));
    }
    if (s->reported == 0 && tree->has_trouble)
        check_unknown_because(s, spf_some_unread(s));
}

void
spf_terminator(struct check_subject *s)
{
    const struct spf_record *record = spf_own_record(s);
    if (record == NULL || record->redirect != NULL ||
        (record->all != NULL && record->all->qualifier != SCEAU_SPF_NEUTRAL))
        return;
    struct check_finding *f = spf_report(s, CHECK_WARNING);
    f->fix = check_tell(s, s->rule->fix);
    f->zone_line = spf_line(s, ended_softly(s, record, is_no_all));
}

/* Is this term void for what stands beside it? */
static bool
is_behind_all(const struct spf_record *record, const struct spf_term *term)
{
    if (record->all == NULL || term->kind == SPF_ALL)
        return false;
    return term->kind == SPF_REDIRECT ||
           (term > record->all && !spf_term_is_modifier(term->kind));
}

static bool
is_before_all(const struct spf_record *record, const struct spf_term *term)
{
    return term->kind != SPF_ALL && !is_behind_all(record, term);
}

void
spf_after_all(struct check_subject *s)
{
    const struct spf_record *record = spf_own_record(s);
    if (record == NULL)
        return;
    struct text behind = text_new(s->context->arena, SIZE_MAX);
    struct text mended = text_new(s->context->arena, SIZE_MAX);
    put_terms(&behind, record, is_behind_all);
    if (behind.len == 0)
        return;
    bool is_redirect = record->redirect != NULL;
    struct check_finding *f = spf_report(s, CHECK_WARNING);
    text_string(&mended, "v=spf1 ");
    put_terms(&mended, record, is_before_all);
    if (!is_redirect)
        put_terms(&mended, record, is_behind_all);
    text_slice(&mended, record->all->text);
    f->fix = is_redirect
                 ? CHECK_SAY(s,
                             N_("Delete {terms} or {all}: beside all a redirect is "
                                "ignored."),
                             LANGUAGE_THEIRS("terms", slice_trim(text_done(&behind))),
                             LANGUAGE_THEIRS("all", record->all->text))
                 : CHECK_SAY(s, s->rule->fix,
                             LANGUAGE_THEIRS("terms", slice_trim(text_done(&behind))),
                             LANGUAGE_THEIRS("all", record->all->text));
    f->zone_line = spf_line(s, text_done(&mended));
}

void
spf_ptr(struct check_subject *s)
{
    const struct spf_record *record = spf_own_record(s);
    for (size_t i = 0; record != NULL && i < record->count; i++) {
        if (record->terms[i].kind != SPF_PTR)
            continue;
        struct check_finding *f = spf_report(s, CHECK_WARNING);
        f->fix = check_tell(s, s->rule->fix);
    }
}

/* "256", "2^64": how many addresses a prefix leaves. */
static struct sceau_slice
address_count(struct check_subject *s, const struct ip_network *network)
{
    unsigned bits = (network->address.version == 4 ? 32 : 128) - network->prefix;
    return bits <= 32 ? check_format(s, "%llu", 1ULL << bits)
                      : check_format(s, "2^%u", bits);
}

static struct ip_network
without_host_bits(struct ip_network network)
{
    size_t octets = network.address.version == 4 ? 4 : 16;
    for (size_t i = network.prefix / 8; i < octets; i++) {
        unsigned kept = i == network.prefix / 8 ? 0xffU << (8 - network.prefix % 8) : 0;
        network.address.octets[i] &= (uint8_t)kept;
    }
    return network;
}

static void
tell_network(struct check_subject *s, const struct spf_record *record,
             const struct spf_term *term)
{
    bool is_v4 = term->kind == SPF_IP4;
    struct ip_network written = {term->network,
                                 is_v4 ? term->ip4_prefix : term->ip6_prefix};
    struct ip_network network = without_host_bits(written);
    struct ip_network host = {term->network, is_v4 ? 32 : 128};
    bool has_host_bits = !ip_equal(&network.address, &written.address);
    bool is_wide = written.prefix < (is_v4 ? IP4_WIDE : IP6_WIDE);
    if (written.prefix == 0 || (!has_host_bits && !is_wide))
        return; /* /0 is spf.all_permissive's */
    struct sceau_slice host_text = spfflat_network_text(s->context->arena, &host);
    struct check_finding *f = spf_report(s, CHECK_INFO);
    struct language_word words[] = {
        LANGUAGE_THEIRS("term", term->text),
        LANGUAGE_OURS("count", address_count(s, &written)),
        LANGUAGE_OURS("host", host_text),
        LANGUAGE_OURS("network", spfflat_network_text(s->context->arena, &network)),
    };
    f->fix =
        has_host_bits
            ? check_say(s, s->rule->fix, words, 4)
            : check_say(s, N_("{term} allows {count} addresses: is all of it yours?"),
                        words, 2);
    if (!has_host_bits)
        return;
    struct text t = text_new(s->context->arena, SIZE_MAX);
    text_string(&t, "v=spf1");
    for (size_t i = 0; i < record->count; i++) {
        text_octet(&t, ' ');
        text_slice(&t, &record->terms[i] == term ? host_text : record->terms[i].text);
    }
    f->zone_line = spf_line(s, text_done(&t));
}

void
spf_prefix(struct check_subject *s)
{
    const struct spf_record *record = spf_own_record(s);
    for (size_t i = 0; record != NULL && i < record->count; i++) {
        if (record->terms[i].kind == SPF_IP4 || record->terms[i].kind == SPF_IP6)
            tell_network(s, record, &record->terms[i]);
    }
}
