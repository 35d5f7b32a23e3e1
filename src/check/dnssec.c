/* dnssec.valid: the answers about a name's mail, validated here (RFC 4033 section 5); a flag
 * of the resolver is not believed. */
#include "core/domain.h"
#include "smtp_facts.h"

enum {
    TYPE_RRSIG = 46,
    TYPE_TLSA = 52,
    EXPIRATION_AT = 8, /* of RRSIG rdata, RFC 4034 section 3.1 */
};

#define DAY       ((int64_t)86400)
#define DAYS_LEFT 3
#define UNSEEN    INT64_MAX

/* ---- asking ---- */

bool
check_secure_try(struct check_subject *s, struct sceau_slice owner, uint16_t type,
                 struct sceau_dns_answer *answer)
{
    struct sceau_context context = *s->context;
    context.resolver = s->options->secure;
    if (context.resolver == NULL)
        return false;
    sceau_dns_lookup(&context, owner, type, answer);
    return true;
}

/* Why nothing here validates. An anchor that was given and is of no use is to be mended: it
 * is told as unknown; a machine without one is as it is. */
static void
tell_no_validator(struct check_subject *s)
{
    static const struct {
        const char *text, *fix;
    } reasons[] = {
        [CHECK_TRUST_NONE] =
            {N_("nothing here validates DNSSEC: it takes a resolver that passes it on, "
                "and check.trust_anchor"),
                                NULL                                         },
        [CHECK_TRUST_STRIPPED] =
            {N_("nothing here validates DNSSEC: the resolver does not pass it on"),
                                NULL                                         },
        [CHECK_TRUST_SILENT] =
            {N_("the resolver gives no usable answer about the keys of \"{owner}\""),
                                N_("See what `dig +dnssec DNSKEY {owner}` says, or ask another resolver "
                "(--resolver).")                                             },
        [CHECK_TRUST_UNREADABLE] =
            {N_("the trust anchor {file} cannot be read: {reason}"),
                                N_("Set check.trust_anchor to a file that can be read, or install "
                "dns-root-data.")                                            },
        [CHECK_TRUST_NO_KEY] =
            {N_("{file} has no trust anchor: no DS or DNSKEY record of a zone file"),
                                N_("Set check.trust_anchor to the root's (Debian: dns-root-data has "
                "/usr/share/dns/root.key), or to the DS of your zone.")      },
        [CHECK_TRUST_FAILS] =
            {N_("the keys of \"{owner}\" do not validate by the trust anchor {file}"),
                                N_("The anchor is mistyped or out of date: compare it with `dig DNSKEY "
                "{owner}`; the root's comes with the package dns-root-data.")},
    };
    const struct check_trust *trust = &s->options->trust;
    if (reasons[trust->state].fix == NULL) {
        check_skip(s, reasons[trust->state].text);
        return;
    }
    struct sceau_slice owner = trust->owner.len > 0 ? trust->owner : SCEAU_SLICE(".");
    struct check_finding *f =
        check_report_as(s, CHECK_UNKNOWN,
                        CHECK_SAY(s, reasons[trust->state].text,
                                  LANGUAGE_THEIRS("file", trust->file),
                                  LANGUAGE_THEIRS("owner", owner),
                                  OURS("reason", language_strerror(s->options->language,
                                                                   trust->error))));
    f->fix = CHECK_SAY(s, reasons[trust->state].fix, LANGUAGE_THEIRS("owner", owner));
}

bool
check_secure_ask(struct check_subject *s, struct sceau_slice owner, uint16_t type,
                 struct sceau_dns_answer *answer)
{
    if (!check_secure_try(s, owner, type, answer))
        tell_no_validator(s);
    else if (sceau_dns_is_trouble(answer->status) && answer->status != SCEAU_DNS_BOGUS)
        check_unknown(s, owner, type, answer);
    else
        return true;
    return false;
}

/* ---- signatures ---- */

/* Seconds that the signatures over this type have left, at least; UNSEEN when they cannot
 * be seen: many servers do not give them. */
static int64_t
seconds_left(const struct check_subject *s, const struct sceau_dns_answer *answer,
             uint16_t type)
{
    uint32_t now = (uint32_t)s->context->now;
    int64_t least = UNSEEN;
    if (answer->status != SCEAU_DNS_OK)
        return least;
    for (size_t i = 0; i < answer->count; i++) {
        const uint8_t *o = (const uint8_t *)answer->rrs[i].rdata.ptr;
        if (answer->rrs[i].rdata.len < EXPIRATION_AT + 4 || (o[0] << 8 | o[1]) != type)
            continue;
        o += EXPIRATION_AT;
        uint32_t end =
            (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3];
        int64_t left = (int32_t)(end - now); /* RFC 1982 */
        least = left < least ? left : least;
    }
    return least;
}

/* What is known of all answers so far. */
struct validation {
    int64_t least; /* seconds that a good signature has left */
    struct sceau_slice least_owner;
};

static struct sceau_slice
hours(struct check_subject *s, int64_t seconds)
{
    return check_format(s, "%lld", (long long)(seconds / 3600));
}

static void
tell_bogus(struct check_subject *s, struct sceau_slice owner, uint16_t type)
{
    char buffer[16];
    struct sceau_dns_answer signatures = check_ask(s, owner, TYPE_RRSIG);
    int64_t left = seconds_left(s, &signatures, type);
    struct sceau_slice type_name =
        slice_copy(s->context->arena,
                   sceau_slice_from(sceau_dns_type_name(type, buffer)));
    bool has_expired = left < 0;
    struct check_finding *f = check_report(
        s, has_expired
               ? CHECK_SAY(s,
                           N_("{name} {type} does not validate (bogus): its signature "
                              "ended {hours} hours ago"),
                           LANGUAGE_THEIRS("name", owner),
                           LANGUAGE_OURS("type", type_name),
                           LANGUAGE_OURS("hours", hours(s, -left)))
               : CHECK_SAY(s, N_("{name} {type} does not validate (bogus)"),
                           LANGUAGE_THEIRS("name", owner),
                           LANGUAGE_OURS("type", type_name)));
    f->fix = check_tell(
        s,
        has_expired ? N_("Sign the zone again; see why the signer has stopped.")
        : type == SCEAU_DNS_SOA
            ? s->rule->fix
            : N_("Sign the zone again: the record was changed after it was signed, or "
                 "its signature is not that of the zone's key."));
}

/* False when the zone is not one to go on with: unsigned, bogus, or nobody can tell. */
static bool
validate(struct check_subject *s, struct validation *v, struct sceau_slice owner,
         uint16_t type)
{
    struct sceau_dns_answer answer, signatures;
    if (owner.ptr == NULL || !check_secure_ask(s, owner, type, &answer))
        return false;
    if (answer.status == SCEAU_DNS_BOGUS) {
        tell_bogus(s, owner, type);
        return false;
    }
    if (answer.secure && answer.status == SCEAU_DNS_OK &&
        check_secure_try(s, owner, TYPE_RRSIG, &signatures)) {
        int64_t left = seconds_left(s, &signatures, type);
        if (left < v->least)
            *v = (struct validation){left, owner};
    }
    return answer.secure;
}

/* Some validators forgive an end that has just passed, as libunbound does for a tenth of the
 * signature's life. */
static void
tell_expiry(struct check_subject *s, const struct validation *v)
{
    if (v->least >= DAYS_LEFT * DAY)
        return;
    bool has_ended = v->least < 0;
    struct check_finding *f = check_report(
        s,
        CHECK_SAY(s,
                  has_ended ? N_("the signatures of {name} ended {hours} hours ago; "
                                 "not every receiver forgives that")
                            : N_("the signatures of {name} end in {hours} hours"),
                  LANGUAGE_THEIRS("name", v->least_owner),
                  LANGUAGE_OURS("hours", hours(s, has_ended ? -v->least : v->least))));
    f->fix = check_tell(s, N_("Sign the zone again; see why the signer has stopped."));
}

/* ---- the rule ---- */

/* Records of mail below the name, or beside it. */
static void
validate_records(struct check_subject *s, struct validation *v)
{
    static const struct {
        const char *prefix;
        uint16_t type;
    } records[] = {
        {"",           SCEAU_DNS_MX },
        {"",           SCEAU_DNS_TXT}, /* SPF */
        {"_dmarc",     SCEAU_DNS_TXT},
        {"_mta-sts",   SCEAU_DNS_TXT},
        {"_smtp._tls", SCEAU_DNS_TXT},
    };
    const struct check_keys *keys = check_keys(s);
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        struct sceau_slice prefix = sceau_slice_from(records[i].prefix);
        validate(s, v,
                 prefix.len == 0 ? s->name
                                 : domain_join(s->context->arena, prefix, s->name),
                 records[i].type);
    }
    for (size_t i = 0; i < keys->count; i++)
        validate(s, v, keys->items[i].owner, SCEAU_DNS_TXT);
}

static void
validate_hosts(struct check_subject *s, struct validation *v)
{
    const struct check_mx *mx = check_mx(s);
    for (size_t i = 0; i < mx->count; i++) {
        const struct check_host *host = mx->hosts[i].host;
        if (host == NULL || !validate(s, v, host->name, SCEAU_DNS_A))
            continue; /* another zone, which may be unsigned */
        validate(s, v, host->name, SCEAU_DNS_AAAA);
        validate(s, v,
                 domain_join(s->context->arena, SCEAU_SLICE("_25._tcp"), host->name),
                 TYPE_TLSA);
    }
}

static void
dnssec_valid(struct check_subject *s)
{
    struct validation v = {.least = UNSEEN};
    if (validate(s, &v, s->name, SCEAU_DNS_SOA)) {
        validate_records(s, &v);
        validate_hosts(s, &v);
        tell_expiry(s, &v);
    } else if (s->reported == 0) {
        struct check_finding *f =
            check_report_as(s, CHECK_INFO,
                            CHECK_SAY(s, N_("{name} is not signed"),
                                      LANGUAGE_THEIRS("name", s->name)));
        f->fix =
            check_tell(s, N_("Sign the zone (BIND: `dnssec-policy default;`) and give "
                             "the DS to your registrar."));
    }
}

static const struct check_rule rules[] = {
    {"dnssec.valid", N_("DNSSEC chain is sound"), CHECK_DNS, 0, CHECK_PROBLEM,
     N_("Every record of mail of a signed zone validates (MX, SPF, _dmarc, DKIM keys, "
        "MTA-STS, TLS-RPT, MX hosts), its signatures have 3 days to spare; an unsigned "
        "zone is info."),
     N_("To receivers that validate, a bogus answer is temperror for all your mail."),
     N_("Compare the DS at your registrar with the zone's DNSKEY."), dnssec_valid},
};

const struct check_family check_dnssec_family = CHECK_FAMILY(rules);
