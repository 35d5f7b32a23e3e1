/* A zone file beside the DNS in service, and the zone's rules for a name without a file. */
#include "core/domain.h"
#include "facts.h"
#include "zone.h"
#include "zone/lint.h"
#include "zone/typography.h"

/* ---- the file and what is served ----------------------------------------------------------- */

static struct sceau_dns_answer
ask_live(struct check_subject *s, struct sceau_slice name, uint16_t type)
{
    struct sceau_context live = *s->context;
    struct sceau_dns_answer answer;
    live.resolver = s->live;
    sceau_dns_lookup(&live, name, type, &answer);
    return answer;
}

/* Can the two be compared here? When not, says why. */
static bool
has_both(struct check_subject *s)
{
    if (s->zone == NULL) {
        check_skip(s,
                   N_("compares a zone file with the live DNS: give it with --zone"));
        return false;
    }
    if (!check_zone_is_told(s))
        return false;
    if (s->zone->is_partial) {
        check_skip(s, N_("a script of changes has no serial and is not yet served"));
        return false;
    }
    return true;
}

/* The serial of the first SOA of an answer. */
static bool
serial_of(const struct sceau_dns_answer *answer, uint32_t *serial)
{
    if (answer->count == 0 || answer->rrs[0].rdata.len < 20)
        return false;
    struct sceau_slice rdata = answer->rrs[0].rdata;
    const unsigned char *o = (const unsigned char *)rdata.ptr + rdata.len - 20;
    *serial = (uint32_t)o[0] << 24 | (uint32_t)o[1] << 16 | (uint32_t)o[2] << 8 | o[3];
    return true;
}

static bool
has_record(const struct sceau_dns_answer *answer, struct sceau_slice rdata)
{
    for (size_t i = 0; i < answer->count; i++) {
        if (slice_eq_ci(answer->rrs[i].rdata, rdata))
            return true;
    }
    return false;
}

/* Do both give the same records for this name and type? Trouble of the live DNS counts as
 * no difference: it tells nothing. */
static bool
differs(struct check_subject *s, struct sceau_slice name, uint16_t type, bool *is_known)
{
    struct sceau_dns_answer file = check_ask(s, name, type);
    struct sceau_dns_answer live = ask_live(s, name, type);
    *is_known =
        !sceau_dns_is_trouble(file.status) && !sceau_dns_is_trouble(live.status);
    if (!*is_known)
        return false;
    for (size_t i = 0; i < file.count; i++) {
        if (!has_record(&live, file.rrs[i].rdata))
            return true;
    }
    return file.count != live.count;
}

/* The first mail record of the name at hand that the two tell differently; false when
 * there is none. */
static bool
find_difference(struct check_subject *s, struct sceau_slice *name, uint16_t *type,
                bool *is_known)
{
    struct sceau_slice prefix = SCEAU_SLICE("_dmarc");
    /* clang-format off */
    const struct {
        struct sceau_slice name;
        uint16_t type;
    } asked[] = {
        {s->name,                                          SCEAU_DNS_MX },
        {s->name,                                          SCEAU_DNS_TXT},
        {domain_join(s->context->arena, prefix, s->name), SCEAU_DNS_TXT},
    };
    /* clang-format on */
    *is_known = true;
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        bool is_certain = true;
        *name = asked[i].name;
        *type = asked[i].type;
        if (differs(s, *name, *type, &is_certain))
            return true;
        *is_known &= is_certain;
    }
    return false;
}

/* Is there such a zone out there? Trouble counts as one that could not be asked. */
static bool
is_served(struct check_subject *s)
{
    if (s->live == NULL)
        return false;
    struct sceau_dns_answer soa = ask_live(s, s->zone->origin, SCEAU_DNS_SOA);
    return soa.count > 0 || sceau_dns_is_trouble(soa.status);
}

void
check_zone_live_diff(struct check_subject *s)
{
    struct sceau_slice name;
    uint16_t type;
    bool is_known;
    char buffer[16];
    if (s->zone == NULL || s->zone->is_partial) {
        check_skip(s,
                   N_("compares a zone file with the live DNS: give it with --zone"));
    } else if (!is_served(s)) {
        check_skip(s, N_("the zone is not in the live DNS"));
    } else if (find_difference(s, &name, &type, &is_known)) {
        struct check_finding *f = check_report(
            s,
            CHECK_SAY(s, N_("{name} {type}: the file and the live DNS differ"),
                      LANGUAGE_THEIRS("name", name),
                      LANGUAGE_THEIRS("type", sceau_slice_from(
                                                  sceau_dns_type_name(type, buffer)))));
        f->fix = check_tell(s, s->rule->fix);
        check_locate(s, f, name, type, SLICE_NONE);
    } else if (!is_known) {
        check_unknown_because(s, check_tell(s, N_("the live DNS could not tell")));
    }
}

/* Is `a` greater than `b` (RFC 1982 section 3.2)? */
static bool
is_greater(uint32_t a, uint32_t b)
{
    return a != b && a - b < 0x80000000U;
}

static void
report_serial(struct check_subject *s, uint32_t file, uint32_t live)
{
    struct check_finding *f = check_report(
        s, CHECK_SAY(s, N_("the live zone has the serial {live}, the file {serial}"),
                     LANGUAGE_OURS("live", check_format(s, "%u", live)),
                     LANGUAGE_OURS("serial", check_format(s, "%u", file))));
    check_locate(s, f, s->zone->origin, SCEAU_DNS_SOA, SLICE_NONE);
    f->fix = CHECK_SAY(s, s->rule->fix,
                       LANGUAGE_OURS("next", check_format(s, "%u", live + 1)),
                       LANGUAGE_THEIRS("zone", s->zone->origin),
                       LANGUAGE_THEIRS("file", f->place.file));
}

void
check_zone_serial(struct check_subject *s)
{
    struct sceau_slice name;
    uint16_t type;
    uint32_t file, served;
    bool is_known;
    if (!has_both(s))
        return;
    check_zone_faults(s);
    struct sceau_dns_answer own = check_ask(s, s->zone->origin, SCEAU_DNS_SOA);
    if (s->live == NULL || !serial_of(&own, &file))
        return;
    struct sceau_dns_answer live = ask_live(s, s->zone->origin, SCEAU_DNS_SOA);
    if (sceau_dns_is_trouble(live.status))
        check_unknown(s, s->zone->origin, SCEAU_DNS_SOA, &live);
    else if (serial_of(&live, &served) && !is_greater(file, served) &&
             (file != served || find_difference(s, &name, &type, &is_known)))
        report_serial(s, file, served);
}

/* ---- without a file --------------------------------------------------------------------- */

/* An alias hides what may stand beside it; here it is enough to say so. */
void
check_zone_cname_live(struct check_subject *s)
{
    struct sceau_dns_answer cname = check_ask(s, s->name, SCEAU_DNS_CNAME);
    if (sceau_dns_is_trouble(cname.status))
        check_unknown(s, s->name, SCEAU_DNS_CNAME, &cname);
    else if (cname.count == 0)
        check_ok(s, SLICE_NONE);
    else
        check_report_as(
            s, CHECK_INFO,
            CHECK_SAY(
                s,
                N_("{name} is an alias of {target}: no MX or TXT can stand at it, "
                   "those of {target} count"),
                LANGUAGE_THEIRS("name", s->name),
                LANGUAGE_THEIRS("target", cname.rrs[0].name)));
}

static void
check_typography(struct check_subject *s, struct sceau_slice owner)
{
    struct sceau_dns_answer answer = check_ask(s, owner, SCEAU_DNS_TXT);
    for (size_t i = 0; i < answer.count; i++) {
        size_t at = 0;
        struct sceau_slice text = answer.rrs[i].text;
        const struct zone_typography *found = zone_typography_find(text, &at);
        if (found == NULL || !zone_text_is_mail(text))
            continue;
        struct check_finding *f = check_report(
            s, CHECK_SAY(
                   s,
                   N_("the character {written}, as web pages and word processors put "
                      "it, in `{record}`"),
                   LANGUAGE_OURS("written", check_format(s, "U+%04X", found->code)),
                   LANGUAGE_THEIRS("record", text)));
        f->fix = check_tell(s, s->rule->fix);
        f->zone_line = check_txt_line(s, owner, answer.rrs[i].ttl,
                                      zone_typography_ascii(s->context->arena, text));
    }
    if (sceau_dns_is_trouble(answer.status))
        check_unknown(s, owner, SCEAU_DNS_TXT, &answer);
}

void
check_zone_typography_live(struct check_subject *s)
{
    check_typography(s, s->name);
    check_typography(s, domain_join(s->context->arena, SCEAU_SLICE("_dmarc"), s->name));
}

/* A cache gives what is left of a TTL, so that only one too long is certain. */
void
check_zone_ttl_live(struct check_subject *s)
{
    struct sceau_slice policy =
        domain_join(s->context->arena, SCEAU_SLICE("_dmarc"), s->name);
    const struct sceau_slice owners[] = {s->name, s->name, policy};
    const uint16_t types[] = {SCEAU_DNS_MX, SCEAU_DNS_TXT, SCEAU_DNS_TXT};
    const struct sceau_dns_answer *answers[] = {&check_mx(s)->answer,
                                                &check_spf(s)->texts->answer,
                                                &check_dmarc(s)->own->answer};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        const struct sceau_dns_answer *answer = answers[i];
        if (sceau_dns_is_trouble(answer->status))
            check_unknown(s, owners[i], types[i], answer);
        if (answer->count == 0 || answer->ttl <= ZONE_MAIL_TTL_MAX)
            continue;
        struct check_finding *f = check_report(
            s,
            CHECK_SAY(s,
                      N_("a TTL of {written} s on a mail record: a mistake stays that "
                         "long"),
                      LANGUAGE_OURS("written", check_format(s, "%u", answer->ttl))));
        f->fix =
            CHECK_SAY(s, s->rule->fix, LANGUAGE_OURS("meant", SCEAU_SLICE("86400")));
    }
}
