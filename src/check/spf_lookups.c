/* What an SPF record asks of DNS, and whom it lets in (RFC 7208 section 4.6.4). */
#include "core/domain.h"
#include "factstate.h"
#include "spf_rules.h"

enum {
    LOOKUPS_NEAR = 9,    /* one include more is too many */
    HELO_HOSTS_MAX = 16, /* mail hosts whose HELO is looked at */
};

const struct spftree *
spf_own_tree(struct check_subject *s)
{
    struct check_facts *facts = check_facts(s);
    if (spf_own_record(s) == NULL)
        return NULL;
    if (facts->spf_tree != NULL)
        return facts->spf_tree;
    struct spftree *tree = check_alloc(s, sizeof *tree);
    if (tree == NULL || spftree_read(s->context, s->name, tree) != SCEAU_OK ||
        tree->root->state != SPFTREE_OK) {
        s->has_failed = true;
        return NULL;
    }
    facts->spf_tree = tree;
    return tree;
}

/* "12 of 10: include:a.example 5, mx 1, …": the bill by the terms of the record. */
static struct sceau_slice
bill(struct check_subject *s, const struct spftree *tree)
{
    const struct spftree_record *root = tree->root;
    struct text t = text_new(s->context->arena, SIZE_MAX);
    for (size_t i = 0; i < root->parsed->count; i++) {
        if (root->terms[i].cost == 0)
            continue;
        text_string(&t, t.len > 0 ? ", " : "");
        text_escaped(&t, root->terms[i].term->text);
        text_format(&t, " %u", root->terms[i].cost);
    }
    return CHECK_SAY(s, N_("{cost} of 10 lookups: {terms}"),
                     LANGUAGE_OURS("cost", check_format(s, "%u", root->cost)),
                     LANGUAGE_OURS("terms", text_done(&t)));
}

struct sceau_slice
spf_some_unread(struct check_subject *s)
{
    return check_tell(s, N_("some of what it includes could not be read"));
}

void
spf_lookups(struct check_subject *s)
{
    const struct spftree *tree = spf_own_tree(s);
    if (tree == NULL)
        return;
    unsigned cost = tree->root->cost;
    if (cost >= LOOKUPS_NEAR) {
        const struct spftree_term *dearest = spftree_dearest(tree);
        struct check_finding *f =
            check_report_as(s,
                            cost > SCEAU_SPF_TERMS_MAX ? CHECK_PROBLEM : CHECK_WARNING,
                            bill(s, tree));
        f->fix =
            CHECK_SAY(s, s->rule->fix, LANGUAGE_THEIRS("branch", dearest->term->text),
                      LANGUAGE_OURS("cost", check_format(s, "%u", dearest->cost)),
                      LANGUAGE_THEIRS("name", s->name));
        check_locate(s, f, s->name, SCEAU_DNS_TXT, check_spf(s)->texts->rrs[0]->rdata);
    } else if (tree->has_trouble || tree->is_cut)
        check_unknown_because(s, spf_some_unread(s));
    else if (cost > 0)
        check_ok(s, bill(s, tree));
}

void
spf_void_lookups(struct check_subject *s)
{
    const struct spftree *tree = spf_own_tree(s);
    if (tree == NULL)
        return;
    const struct spftree_record *record = tree->root;
    struct spftree_walk walk = spftree_walk_from(record);
    const struct spftree_term *t;
    bool is_over = record->voids > SCEAU_SPF_VOID_MAX;
    while ((t = spftree_walk_next(&walk, &record)) != NULL) {
        if (!t->is_void || t->is_unreached)
            continue;
        struct check_finding *f = check_report_as(
            s, is_over ? CHECK_PROBLEM : CHECK_INFO,
            CHECK_SAY(s,
                      N_("{term} in the record of {domain} finds nothing ({status})"),
                      LANGUAGE_THEIRS("term", t->term->text),
                      LANGUAGE_THEIRS("domain", record->domain),
                      LANGUAGE_OURS("status", sceau_slice_from(sceau_dns_status_name(
                                                  t->record != NULL ? t->record->status
                                                                    : t->status)))));
        f->fix = CHECK_SAY(s, s->rule->fix, LANGUAGE_THEIRS("term", t->term->text),
                           LANGUAGE_THEIRS("target", t->target));
    }
    if (s->reported == 0 && tree->has_trouble)
        check_unknown_because(s, spf_some_unread(s));
}

/* What is wrong with the record an include leads to; NULL when nothing is. */
static const char *
broken_sentence(enum spftree_state state)
{
    switch (state) {
    case SPFTREE_ABSENT: return N_("{term}: {domain} has no SPF record");
    case SPFTREE_MULTIPLE: return N_("{term}: {domain} has more than one SPF record");
    case SPFTREE_SYNTAX: return N_("{term}: the SPF record of {domain} does not parse");
    case SPFTREE_LOOP: return N_("{term}: {domain} leads back to itself");
    case SPFTREE_OK:
    case SPFTREE_TROUBLE:
    case SPFTREE_MESSAGE:
    case SPFTREE_CUT: break;
    }
    return NULL;
}

void
spf_include_valid(struct check_subject *s)
{
    const struct spftree *tree = spf_own_tree(s);
    if (tree == NULL)
        return;
    for (const struct spftree_record *r = tree->root->next; r != NULL; r = r->next) {
        const char *sentence = broken_sentence(r->state);
        if (sentence != NULL) {
            struct check_finding *f =
                check_report(s, CHECK_SAY(s, sentence,
                                          LANGUAGE_THEIRS("term", r->by->term->text),
                                          LANGUAGE_THEIRS("domain", r->domain)));
            f->fix =
                CHECK_SAY(s, s->rule->fix, LANGUAGE_THEIRS("term", r->by->term->text));
            check_locate(s, f, s->name, SCEAU_DNS_TXT,
                         check_spf(s)->texts->rrs[0]->rdata);
        } else if (r->state == SPFTREE_TROUBLE) {
            struct sceau_dns_answer answer = {.status = r->status};
            check_unknown(s, r->domain, SCEAU_DNS_TXT, &answer);
        }
    }
    if (tree->record_count == 1)
        check_skip(s, N_("the record includes nothing"));
}

/* ---- who passes ---------------------------------------------------------------------- */

static enum sceau_spf_result
evaluate(struct check_subject *s, enum sceau_spf_identity identity,
         struct sceau_slice name, const struct sceau_ip *ip)
{
    struct sceau_spf_outcome outcome;
    struct sceau_spf_query query = {
        .ip = *ip,
        .helo = name,
        .sender = identity == SCEAU_SPF_HELO
                      ? SLICE_NONE
                      : check_format(s, "postmaster@%.*s", SLICE_ARG(name)),
        .identity = identity,
    };
    sceau_spf_check(s->context, &query, &outcome);
    return outcome.result;
}

static struct sceau_slice
address_term(struct check_subject *s, const struct sceau_ip *ip)
{
    char address[SCEAU_IP_TEXT];
    sceau_ip_format(ip, address);
    return check_format(s, "%s:%s", ip->version == 4 ? "ip4" : "ip6", address);
}

void
spf_covers_senders(struct check_subject *s)
{
    const struct spf_record *record = spf_own_record(s);
    if (record == NULL)
        return;
    if (s->options->sender_count == 0) {
        check_skip(s, N_("no sending address is named: --sender ADDRESS"));
        return;
    }
    for (size_t i = 0; i < s->options->sender_count; i++) {
        const struct sceau_ip *ip = &s->options->senders[i];
        enum sceau_spf_result result = evaluate(s, SCEAU_SPF_MAIL_FROM, s->name, ip);
        struct sceau_slice term = address_term(s, ip);
        if (result == SCEAU_SPF_PASS)
            continue;
        if (result == SCEAU_SPF_TEMPERROR) {
            check_unknown_because(s, spf_some_unread(s));
            continue;
        }
        struct check_finding *f = check_report(
            s, CHECK_SAY(s, N_("{term} gets {result}"), LANGUAGE_OURS("term", term),
                         LANGUAGE_OURS("result", sceau_slice_from(
                                                     sceau_spf_result_name(result)))));
        f->fix = CHECK_SAY(s, s->rule->fix, LANGUAGE_OURS("term", term));
        f->zone_line = spf_line(s, spf_with_term(s, record, term));
    }
}

/* A mail host of the owner's own: others' hosts are not his to mend. */
static bool
is_own_host(struct check_subject *s, struct sceau_slice host)
{
    struct sceau_slice organization = check_dmarc(s)->organizational_domain;
    return domain_is_within(host, organization.len > 0 ? organization : s->name);
}

/* The record that lets the host in: the one it has with the terms it lacks, or a first
 * one. Empty where a second record would stand beside one, or any beside an alias. */
static struct sceau_slice
helo_line(struct check_subject *s, const struct check_host *host,
          const struct check_texts *texts, struct sceau_slice missing)
{
    const struct spf_record *record;
    struct sceau_diag diag;
    if (host->cname.count > 0)
        return SLICE_NONE;
    if (texts->count == 0)
        return check_txt_line(s, host->name, SPF_TTL, SCEAU_SLICE("v=spf1 a -all"));
    if (texts->count > 1 || spf_record_parse(s->context->arena, texts->rrs[0]->text,
                                             &record, &diag) != SCEAU_OK)
        return SLICE_NONE;
    return check_txt_line(s, host->name, texts->rrs[0]->ttl,
                          spf_with_term(s, record, missing));
}

static const char *
helo_fix(const struct check_subject *s, const struct check_host *host,
         const struct check_texts *texts, enum sceau_spf_result result)
{
    if (host->cname.count > 0)
        return N_("{host} is an alias, so no record can stand beside it: let the MX "
                  "name the host itself.");
    if (texts->count > 0 && result == SCEAU_SPF_PERMERROR)
        return N_("Mend the SPF record that {host} has: it is in error.");
    return texts->count > 0 ? N_("Add {term} to the SPF record that {host} has.")
                            : s->rule->fix;
}

/* What the addresses of a host come to when it says its name. */
struct helo {
    const struct sceau_ip *first; /* of those that do not pass */
    enum sceau_spf_result result; /* of it */
    struct sceau_slice missing;   /* "ip4:192.0.2.1 ip6:2001:db8::1": all of them */
    bool is_unsure;               /* DNS could not tell for one */
};

static struct helo
try_helo(struct check_subject *s, const struct check_host *host)
{
    struct helo helo = {.result = SCEAU_SPF_PASS};
    struct text missing = text_new(s->context->arena, SIZE_MAX);
    for (size_t i = 0; i < host->address_count; i++) {
        const struct sceau_ip *ip = &host->addresses[i];
        enum sceau_spf_result result = evaluate(s, SCEAU_SPF_HELO, host->name, ip);
        if (result == SCEAU_SPF_TEMPERROR)
            helo.is_unsure = true;
        if (result == SCEAU_SPF_TEMPERROR || result == SCEAU_SPF_PASS)
            continue;
        if (helo.first == NULL) {
            helo.first = ip;
            helo.result = result;
        }
        text_string(&missing, missing.len > 0 ? " " : "");
        text_slice(&missing, address_term(s, ip));
    }
    helo.missing = text_done(&missing);
    return helo;
}

static void
tell_helo(struct check_subject *s, const struct check_host *host)
{
    const struct check_texts *texts = check_spf_texts(s, host->name);
    if (sceau_dns_is_trouble(texts->answer.status)) {
        check_unknown(s, host->name, SCEAU_DNS_TXT, &texts->answer);
        return;
    }
    struct helo helo = try_helo(s, host);
    if (helo.is_unsure)
        check_unknown_because(s, spf_some_unread(s));
    if (helo.first == NULL)
        return;
    struct check_finding *f =
        check_report(s, CHECK_SAY(s, N_("{address} as {host}: SPF {result}"),
                                  LANGUAGE_OURS("address", address_term(s, helo.first)),
                                  LANGUAGE_THEIRS("host", host->name),
                                  LANGUAGE_OURS("result",
                                                sceau_slice_from(sceau_spf_result_name(
                                                    helo.result)))));
    f->fix = CHECK_SAY(s, helo_fix(s, host, texts, helo.result),
                       LANGUAGE_THEIRS("host", host->name),
                       LANGUAGE_OURS("term", helo.missing));
    if (texts->count == 0 || helo.result != SCEAU_SPF_PERMERROR)
        f->zone_line = helo_line(s, host, texts, helo.missing);
    check_locate(s, f, host->name,
                 helo.first->version == 4 ? SCEAU_DNS_A : SCEAU_DNS_AAAA, SLICE_NONE);
}

void
spf_helo(struct check_subject *s)
{
    const struct check_mx *mx = check_mx(s);
    size_t looked_at = 0;
    if (!check_has_mail_hosts(s, mx))
        return;
    for (size_t i = 0; i < mx->count && looked_at < HELO_HOSTS_MAX; i++) {
        const struct check_host *host = mx->hosts[i].host;
        if (host == NULL || !is_own_host(s, host->name))
            continue;
        looked_at++;
        tell_helo(s, host);
    }
    if (looked_at == 0)
        check_skip(s, N_("the mail hosts belong to others"));
}
