/* What stands in an SPF record: its end, what is never reached, what is too wide (RFC 7208
 * sections 5 and 6). */
#include "core/ip.h"
#include "spf_rules.h"
#include "spfflat.h"

enum {
    IP4_WIDE = 20, /* bits of a network that few own */
    IP6_WIDE = 48,
};

/* Each term of the record and of all it includes that lets everybody in. */
static bool
is_permissive(const struct spftree_term *t)
{
    switch ((enum spf_term_kind)t->term->kind) {
    case SPF_ALL: return t->term->qualifier == SCEAU_SPF_PASS;
    case SPF_IP4: return t->term->ip4_prefix == 0;
    case SPF_IP6: return t->term->ip6_prefix == 0;
    case SPF_A:
    case SPF_MX: return t->term->ip4_prefix == 0 || t->term->ip6_prefix == 0;
    case SPF_INCLUDE:
    case SPF_PTR:
    case SPF_EXISTS:
    case SPF_REDIRECT:
    case SPF_EXP:
    case SPF_UNKNOWN_MODIFIER: break;
    }
    return false;
}

/* The record without its permissive terms, ended by ~all. */
static struct sceau_slice
restricted(struct check_subject *s, const struct spftree_record *record)
{
    struct text t = text_new(s->context->arena, SIZE_MAX);
    text_string(&t, "v=spf1 ");
    for (size_t i = 0; i < record->parsed->count; i++) {
        if (record->terms[i].term->kind == SPF_ALL || is_permissive(&record->terms[i]))
            continue;
        text_slice(&t, record->terms[i].term->text);
        text_octet(&t, ' ');
    }
    text_string(&t, "~all");
    return text_done(&t);
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
        if (t->is_unreached || !is_permissive(t))
            continue;
        if (record == tree->root) {
            struct check_finding *f = spf_report(s, CHECK_PROBLEM);
            f->fix = check_tell(s, s->rule->fix);
            f->zone_line = spf_line(s, restricted(s, record));
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
    struct text t = text_new(s->context->arena, SIZE_MAX);
    text_string(&t, "v=spf1 ");
    for (size_t i = 0; i < record->count; i++) {
        if (&record->terms[i] == record->all)
            continue;
        text_slice(&t, record->terms[i].text);
        text_octet(&t, ' ');
    }
    text_string(&t, "~all");
    f->fix = check_tell(s, s->rule->fix);
    f->zone_line = spf_line(s, text_done(&t));
}

/* Is this term void for what stands beside it? */
static bool
is_behind_all(const struct spf_record *record, const struct spf_term *term)
{
    if (record->all == NULL)
        return false;
    return term->kind == SPF_REDIRECT ||
           (term > record->all && !spf_term_is_modifier(term->kind));
}

/* Put the terms that are behind all, or those that are not, one after the other. */
static void
put_terms(struct text *t, const struct spf_record *record, bool is_behind)
{
    for (size_t i = 0; i < record->count; i++) {
        const struct spf_term *term = &record->terms[i];
        if (term == record->all || term->kind == SPF_ALL ||
            is_behind_all(record, term) != is_behind)
            continue;
        text_slice(t, term->text);
        text_octet(t, ' ');
    }
}

void
spf_after_all(struct check_subject *s)
{
    const struct spf_record *record = spf_own_record(s);
    if (record == NULL)
        return;
    struct text behind = text_new(s->context->arena, SIZE_MAX);
    struct text mended = text_new(s->context->arena, SIZE_MAX);
    put_terms(&behind, record, true);
    if (behind.len == 0)
        return;
    bool is_redirect = record->redirect != NULL;
    struct check_finding *f = spf_report(s, CHECK_WARNING);
    text_string(&mended, "v=spf1 ");
    put_terms(&mended, record, false);
    if (!is_redirect)
        put_terms(&mended, record, true);
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
