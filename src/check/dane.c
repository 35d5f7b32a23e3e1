/* DNSSEC of the names that mail needs, and TLSA against what the mail hosts show
 * (RFC 4033, RFC 6698, RFC 7672). Answers are validated here: a flag is not believed. */
#include "core/domain.h"
#include "smtp_facts.h"
#include "tlsa.h"

enum {
    TYPE_RRSIG = 46,
    TYPE_TLSA = 52,
    EXPIRATION_AT = 8, /* of RRSIG rdata, RFC 4034 section 3.1 */
    TLSA_RECORDS_MAX = 16,
};

#define DAY       ((int64_t)86400)
#define DAYS_LEFT 3

/* Without a word when nothing can validate. */
static bool
ask_secure(struct check_subject *s, struct sceau_slice owner, uint16_t type,
           struct sceau_dns_answer *answer)
{
    struct sceau_context context = *s->context;
    context.resolver = s->options->secure;
    if (context.resolver == NULL)
        return false;
    sceau_dns_lookup(&context, owner, type, answer);
    return true;
}

bool
check_secure_ask(struct check_subject *s, struct sceau_slice owner, uint16_t type,
                 struct sceau_dns_answer *answer)
{
    if (!ask_secure(s, owner, type, answer))
        check_skip(
            s,
            N_("nothing here validates DNSSEC: it takes a resolver that passes it on, "
               "and check.trust_anchor"));
    else if (sceau_dns_is_trouble(answer->status) && answer->status != SCEAU_DNS_BOGUS)
        check_unknown(s, owner, type, answer);
    else
        return true;
    return false;
}

/* ---- dnssec.valid ---- */

/* Signatures of this name that end soon. */
static void
tell_expiry(struct check_subject *s, struct sceau_slice owner)
{
    struct sceau_dns_answer answer;
    uint32_t now = (uint32_t)s->context->now, least = UINT32_MAX;
    if (!ask_secure(s, owner, TYPE_RRSIG, &answer) || answer.status != SCEAU_DNS_OK)
        return; /* many servers do not give them */
    for (size_t i = 0; i < answer.count; i++) {
        const uint8_t *o = (const uint8_t *)answer.rrs[i].rdata.ptr + EXPIRATION_AT;
        if (answer.rrs[i].rdata.len < EXPIRATION_AT + 4)
            continue;
        uint32_t end =
            (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3];
        uint32_t left = (int32_t)(end - now) > 0 ? end - now : 0; /* RFC 1982 */
        least = left < least ? left : least;
    }
    if (least < DAYS_LEFT * DAY) {
        struct check_finding *f = check_report(
            s, CHECK_SAY(s, N_("the signatures of {name} end in {hours} hours"),
                         LANGUAGE_THEIRS("name", owner),
                         LANGUAGE_OURS("hours", check_format(s, "%u", least / 3600))));
        f->fix =
            check_tell(s, N_("Sign the zone again; see why the signer has stopped."));
    }
}

/* True when the name is proved to be unsigned. */
static bool
tell_state(struct check_subject *s, struct sceau_slice owner, uint16_t type)
{
    struct sceau_dns_answer answer;
    if (!check_secure_ask(s, owner, type, &answer))
        return false;
    if (answer.status == SCEAU_DNS_BOGUS) {
        struct check_finding *f = check_report(
            s, CHECK_SAY(s, N_("the answer for {name} does not validate (bogus)"),
                         LANGUAGE_THEIRS("name", owner)));
        f->fix = check_tell(s, s->rule->fix);
    } else if (answer.secure) {
        tell_expiry(s, owner);
    }
    return !answer.secure && answer.status != SCEAU_DNS_BOGUS;
}

static void
dnssec_valid(struct check_subject *s)
{
    const struct check_mx *mx = check_mx(s);
    struct sceau_arena *arena = s->context->arena;
    if (s->options->secure == NULL) {
        struct sceau_dns_answer answer;
        check_secure_ask(s, s->name, SCEAU_DNS_SOA, &answer);
        return;
    }
    if (tell_state(s, s->name, SCEAU_DNS_SOA)) {
        struct check_finding *f =
            check_report_as(s, CHECK_INFO,
                            CHECK_SAY(s, N_("{name} is not signed"),
                                      LANGUAGE_THEIRS("name", s->name)));
        f->fix =
            check_tell(s, N_("Sign the zone (BIND: `dnssec-policy default;`) and give "
                             "the DS to your registrar."));
        return;
    }
    tell_state(s, domain_join(arena, SCEAU_SLICE("_dmarc"), s->name), SCEAU_DNS_TXT);
    for (size_t i = 0; i < mx->count; i++) {
        if (mx->hosts[i].host != NULL)
            tell_state(s, mx->hosts[i].host->name, SCEAU_DNS_A);
    }
}

/* ---- dane.match ---- */

static struct sceau_slice
tlsa_owner(struct check_subject *s, struct sceau_slice host)
{
    return domain_join(s->context->arena, SCEAU_SLICE("_25._tcp"), host);
}

static struct tlsa_chain
chain_of(const struct check_smtp_item *item)
{
    return (struct tlsa_chain){item->outcome->certificates,
                               item->outcome->certificate_count};
}

/* The best that the records come to. */
static enum tlsa_match
judge(struct check_subject *s, const struct check_smtp_item *item,
      const struct sceau_dns_answer *answer, bool is_ee_only)
{
    enum tlsa_match best = TLSA_UNUSABLE;
    struct tlsa_chain chain = chain_of(item);
    struct sceau_slice names[] = {item->host->name, s->name};
    for (size_t i = 0; i < answer->count && i < TLSA_RECORDS_MAX; i++) {
        struct tlsa record;
        struct sceau_diag diag;
        if (tlsa_parse(answer->rrs[i].rdata, &record, &diag) != SCEAU_OK ||
            (is_ee_only && record.usage != 3))
            continue;
        enum tlsa_match match = tlsa_judge(&record, &chain, names, 2, s->context->now);
        if (match == TLSA_MATCHES)
            return match;
        if (match != TLSA_UNUSABLE)
            best = match;
    }
    return best;
}

bool
check_dane_ee_fits(struct check_subject *s, const struct check_smtp_item *item)
{
    struct sceau_dns_answer answer;
    return ask_secure(s, tlsa_owner(s, item->host->name), TYPE_TLSA, &answer) &&
           answer.status == SCEAU_DNS_OK && answer.secure &&
           judge(s, item, &answer, true) == TLSA_MATCHES;
}

/* What to publish for the certificate that is shown. */
static struct sceau_slice
fitting_line(struct check_subject *s, const struct check_smtp_item *item)
{
    uint8_t digest[TLSA_DIGEST];
    struct tlsa record;
    struct text t = text_new(s->context->arena, SIZE_MAX);
    if (item->outcome->certificate_count == 0 ||
        !tlsa_for(item->outcome->certificates[0], digest, &record))
        return SCEAU_SLICE("");
    text_slice(&t, tlsa_owner(s, item->host->name));
    text_string(&t, ". 3600 IN TLSA ");
    tlsa_present(&t, &record);
    return text_done(&t);
}

static void
tell_match(struct check_subject *s, const struct check_smtp_item *item,
           const struct sceau_dns_answer *answer)
{
    if (!item->outcome->has_tls) {
        check_unknown_because(s,
                              CHECK_SAY(s,
                                        N_("{host} [{address}] showed no certificate"),
                                        LANGUAGE_THEIRS("host", item->host->name),
                                        LANGUAGE_THEIRS("address", item->address)));
        return;
    }
    enum tlsa_match match = judge(s, item, answer, false);
    if (match == TLSA_MATCHES && answer->secure)
        return;
    struct check_finding *f = check_report(
        s,
        match == TLSA_MATCHES
            ? CHECK_SAY(s,
                        N_("the TLSA of {host} is in an unsigned zone: nobody uses it"),
                        LANGUAGE_THEIRS("host", item->host->name))
            : CHECK_SAY(s, N_("{host} [{address}]: the TLSA {sentence}"),
                        LANGUAGE_THEIRS("host", item->host->name),
                        LANGUAGE_THEIRS("address", item->address),
                        LANGUAGE_OURS("sentence",
                                      check_tell(s, tlsa_match_sentence(match)))));
    f->fix = check_tell(s, s->rule->fix);
    f->zone_line = fitting_line(s, item);
}

static void
dane_match(struct check_subject *s)
{
    if (!check_has_mail_hosts(s, check_mx(s)))
        return;
    const struct check_smtp *smtp = check_smtp(s);
    size_t told = s->reported, with_tlsa = 0;
    for (size_t i = 0; i < smtp->count; i++) {
        struct sceau_dns_answer answer;
        struct sceau_slice owner = tlsa_owner(s, smtp->items[i].host->name);
        if (!check_secure_ask(s, owner, TYPE_TLSA, &answer))
            return;
        if (answer.status == SCEAU_DNS_BOGUS)
            check_unknown(s, owner, TYPE_TLSA, &answer);
        if (answer.status != SCEAU_DNS_OK)
            continue;
        with_tlsa++;
        tell_match(s, &smtp->items[i], &answer);
    }
    if (with_tlsa == 0 && s->reported == told)
        check_skip(s, N_("no mail host has a TLSA record"));
}

static const struct check_rule dnssec_rules[] = {
    {"dnssec.valid", N_("DNSSEC chain is sound"), CHECK_DNS, 0, CHECK_PROBLEM,
     N_("A signed zone validates for apex, MX hosts and _dmarc, its signatures have 3 days to "
        "spare; an unsigned zone is info."),
     N_("To receivers that validate, a bogus answer is temperror for all your mail."),
     N_("Compare the DS at your registrar with the zone's DNSKEY."), dnssec_valid},
};

static const struct check_rule dane_rules[] = {
    {"dane.match", N_("TLSA records fit the certificates"), CHECK_DNS | CHECK_SMTP, 0,
     CHECK_PROBLEM, N_("Each MX with TLSA is in a signed zone and one record fits the chain that it shows (3 1 "
        "1 or 2 1 1); usages 0 and 1 are flagged."),
     N_("Senders that use DANE stop delivering when no record fits."),
     N_("Publish this record before the certificate is installed, and remove the old one "
        "after."),
     dane_match},
};

const struct check_family check_dnssec_family = CHECK_FAMILY(dnssec_rules);
const struct check_family check_dane_family = CHECK_FAMILY(dane_rules);
