/* The MX records of a name and the hosts they lead to (RFC 5321 section 5.1, RFC 2181
 * section 10.3, RFC 7505). */
#include "core/domain.h"
#include "core/ip.h"
#include "facts.h"
#include "special_ip.h"

#define MX_TTL 3600 /* of the lines to paste */

/* "10 mail.example.org." as the data of an MX record. */
static struct sceau_slice
mx_line(struct check_subject *s, struct sceau_slice owner, unsigned preference,
        struct sceau_slice host)
{
    struct text t = text_new(s->context->arena, SIZE_MAX);
    text_format(&t, "%u ", preference);
    text_escaped(&t, host);
    text_string(&t, slice_eq(host, SCEAU_SLICE(".")) ? "" : ".");
    return check_line(s, owner, MX_TTL, SCEAU_DNS_MX, text_done(&t));
}

/* The first mail host of the nearest name above that has one; NULL ptr when none has. */
static struct sceau_slice
host_above(struct check_subject *s)
{
    for (struct sceau_slice up = domain_parent(s->name); domain_labels(up) >= 2;
         up = domain_parent(up)) {
        struct sceau_dns_answer answer = check_ask(s, up, SCEAU_DNS_MX);
        for (size_t i = 0; i < answer.count; i++) {
            if (!slice_eq(answer.rrs[i].name, SCEAU_SLICE(".")))
                return answer.rrs[i].name;
        }
    }
    return SLICE_NONE;
}

/* A host that could take the mail of a name without MX: that of the name above, else the
 * name itself when it has an address, else mail.NAME. */
static struct sceau_slice
likely_host(struct check_subject *s)
{
    struct sceau_slice above = host_above(s);
    if (above.ptr != NULL)
        return above;
    return check_mx(s)->is_implicit
               ? s->name
               : domain_join(s->context->arena, SCEAU_SLICE("mail"), s->name);
}

/* The finding stands at the record of that mail host. */
static struct check_finding *
report_host(struct check_subject *s, const struct check_mx_host *mx,
            struct sceau_slice found)
{
    struct check_finding *f = check_report(s, found);
    check_locate(s, f, s->name, SCEAU_DNS_MX, mx->rr->rdata);
    return f;
}

static struct sceau_slice
seen(struct check_subject *s, const struct check_mx_host *mx)
{
    return check_seen(s, s->name, SCEAU_DNS_MX, mx->rr);
}

/* ---- is there one? --------------------------------------------------------------- */

static void
mx_exists(struct check_subject *s)
{
    const struct check_mx *mx = check_mx(s);
    struct sceau_slice found;
    if (mx->count > 0) {
        check_ok(s, seen(s, &mx->hosts[0]));
        return;
    }
    if (sceau_dns_is_trouble(mx->answer.status)) {
        check_unknown(s, s->name, SCEAU_DNS_MX, &mx->answer);
        return;
    }
    if (mx->self != NULL && !mx->is_implicit && check_host_unknown(s, mx->self))
        return;
    if (mx->is_implicit)
        found = CHECK_SAY(s,
                          N_("{name} has no MX, but an address: mail goes there "
                             "(implicit MX)"),
                          LANGUAGE_THEIRS("name", s->name));
    else if (s->zone != NULL && s->zone->is_partial)
        found = CHECK_SAY(s, N_("with this script {name} has no MX and no address"),
                          LANGUAGE_THEIRS("name", s->name));
    else if (mx->answer.status == SCEAU_DNS_NXDOMAIN)
        found =
            CHECK_SAY(s, N_("{name} does not exist"), LANGUAGE_THEIRS("name", s->name));
    else
        found = CHECK_SAY(s, N_("{name} has no MX and no address"),
                          LANGUAGE_THEIRS("name", s->name));
    struct check_finding *f =
        check_report_as(s, mx->is_implicit ? CHECK_INFO : CHECK_PROBLEM, found);
    if (mx->is_implicit)
        f->why =
            check_tell(s, N_("Most servers deliver there, but MXToolbox says \"DNS "
                             "Record not found\"."));
    f->fix = check_tell(s, s->rule->fix);
    f->zone_line = mx_line(s, s->name, 10, likely_host(s));
    check_locate(s, f, s->name, SCEAU_DNS_A, SLICE_NONE);
}

/* Does the name publish what only a sender publishes? *texts is where, unless DKIM is. */
static const char *
sending_sign(struct check_subject *s, const struct check_texts **texts)
{
    *texts = check_spf(s)->texts;
    if ((*texts)->count > 0)
        return "SPF";
    *texts = check_dmarc_texts(s, domain_join(s->context->arena, SCEAU_SLICE("_dmarc"),
                                              s->name));
    if ((*texts)->count > 0)
        return "DMARC";
    return check_keys(s)->found > 0 ? "DKIM" : NULL;
}

static void
mx_sending_subdomain(struct check_subject *s)
{
    const struct check_mx *mx = check_mx(s);
    if (sceau_dns_is_trouble(mx->answer.status)) {
        check_unknown(s, s->name, SCEAU_DNS_MX, &mx->answer);
        return;
    }
    if (mx->count > 0)
        return;
    const struct check_texts *texts;
    const char *sign = sending_sign(s, &texts);
    if (sign == NULL) {
        check_skip(s, N_("nothing says that the name sends mail"));
        return;
    }
    struct check_finding *f =
        check_report(s, CHECK_SAY(s, N_("{name} publishes {what} and has no MX"),
                                  LANGUAGE_THEIRS("name", s->name),
                                  LANGUAGE_OURS("what", sceau_slice_from(sign))));
    f->fix = check_tell(s, s->rule->fix);
    f->zone_line = mx_line(s, s->name, 10, likely_host(s));
    if (texts->count > 0)
        check_locate(s, f, texts->owner, SCEAU_DNS_TXT, texts->rrs[0]->rdata);
}

/* ---- the targets ----------------------------------------------------------------- */

/* "mail.example.org.example.org": the zone's name twice, for want of a final dot. */
static bool
is_doubled(struct check_subject *s, struct sceau_slice target)
{
    struct sceau_slice name = s->name;
    for (; domain_labels(name) >= 2; name = domain_parent(name)) {
        struct sceau_slice twice = domain_join(s->context->arena, name, name);
        if (twice.ptr != NULL && domain_is_within(target, twice))
            return true;
    }
    return false;
}

static void
report_no_address(struct check_subject *s, const struct check_mx_host *mx)
{
    struct sceau_slice target = mx->rr->name;
    struct check_finding *f = report_host(s, mx, seen(s, mx));
    if (is_doubled(s, target)) {
        size_t rest = target.len - s->name.len - 1;
        f->fix = CHECK_SAY(s,
                           N_("{target} ends in the zone's name twice: its final dot "
                              "is missing in the zone file."),
                           LANGUAGE_THEIRS("target", target));
        f->zone_line =
            mx_line(s, s->name, mx->rr->preference, slice_sub(target, 0, rest));
        return;
    }
    f->fix = CHECK_SAY(s, s->rule->fix, LANGUAGE_THEIRS("target", target));
    f->zone_line = check_line(s, target, MX_TTL, SCEAU_DNS_A,
                              SCEAU_SLICE("192.0.2.1 ; the host's own address"));
}

static void
mx_target_resolves(struct check_subject *s)
{
    const struct check_mx *mx = check_mx(s);
    if (!check_has_mail_hosts(s, mx))
        return;
    for (size_t i = 0; i < mx->count; i++) {
        const struct check_host *host = mx->hosts[i].host;
        if (host == NULL || host->address_count > 0 || check_host_unknown(s, host))
            continue;
        if (s->zone != NULL && !domain_is_within(host->name, s->zone->origin))
            check_unknown_because(s,
                                  CHECK_SAY(s,
                                            N_("{target} lies outside this zone file"),
                                            LANGUAGE_THEIRS("target", host->name)));
        else
            report_no_address(s, &mx->hosts[i]);
    }
}

static void
mx_target_cname(struct check_subject *s)
{
    const struct check_mx *mx = check_mx(s);
    if (!check_has_mail_hosts(s, mx))
        return;
    for (size_t i = 0; i < mx->count; i++) {
        const struct check_host *host = mx->hosts[i].host;
        if (host == NULL)
            continue;
        if (sceau_dns_is_trouble(host->cname.status))
            check_unknown(s, host->name, SCEAU_DNS_CNAME, &host->cname);
        if (host->cname.status != SCEAU_DNS_OK || host->cname.count == 0)
            continue;
        struct sceau_slice canonical = host->cname.rrs[0].name;
        struct check_finding *f =
            report_host(s, &mx->hosts[i],
                        CHECK_SAY(s, N_("{target} is an alias (CNAME) of {canonical}"),
                                  LANGUAGE_THEIRS("target", host->name),
                                  LANGUAGE_THEIRS("canonical", canonical)));
        f->fix = CHECK_SAY(s, s->rule->fix, LANGUAGE_THEIRS("target", host->name),
                           LANGUAGE_THEIRS("canonical", canonical));
        f->zone_line = mx_line(s, s->name, mx->hosts[i].rr->preference, canonical);
    }
}

static void
mx_target_literal(struct check_subject *s)
{
    const struct check_mx *mx = check_mx(s);
    struct sceau_ip ip;
    if (!check_has_mail_hosts(s, mx))
        return;
    for (size_t i = 0; i < mx->count; i++) {
        /* "192.0.2.1" without its dot has the zone's name behind it */
        struct sceau_slice target = mx->hosts[i].rr->name, bare = target;
        if (domain_is_within(target, s->name) && target.len > s->name.len)
            bare = slice_sub(target, 0, target.len - s->name.len - 1);
        if (!sceau_ip_parse(target, &ip) && !sceau_ip_parse(bare, &ip))
            continue;
        char text[SCEAU_IP_TEXT];
        sceau_ip_format(&ip, text);
        struct sceau_slice address =
            slice_copy(s->context->arena, sceau_slice_from(text));
        struct sceau_slice mail =
            domain_join(s->context->arena, SCEAU_SLICE("mail"), s->name);
        struct check_finding *f = report_host(s, &mx->hosts[i], seen(s, &mx->hosts[i]));
        f->fix = check_tell(s, s->rule->fix);
        f->zone_line = check_format(
            s, "%.*s\n%.*s",
            SLICE_ARG(check_line(s, mail, MX_TTL,
                                 ip.version == 4 ? SCEAU_DNS_A : SCEAU_DNS_AAAA,
                                 address)),
            SLICE_ARG(mx_line(s, s->name, mx->hosts[i].rr->preference, mail)));
    }
}

static void
report_special(struct check_subject *s, const struct check_mx_host *mx,
               const struct sceau_ip *ip)
{
    char text[SCEAU_IP_TEXT];
    sceau_ip_format(ip, text);
    struct sceau_slice address = slice_copy(s->context->arena, sceau_slice_from(text));
    uint16_t type = ip->version == 4 ? SCEAU_DNS_A : SCEAU_DNS_AAAA;
    struct check_finding *f =
        check_report(s, CHECK_SAY(s, N_("{target} has the address {address} ({kind})"),
                                  LANGUAGE_THEIRS("target", mx->rr->name),
                                  LANGUAGE_THEIRS("address", address),
                                  LANGUAGE_OURS("kind",
                                                sceau_slice_from(ip_special(ip)))));
    f->fix = CHECK_SAY(s, s->rule->fix, LANGUAGE_THEIRS("address", address),
                       LANGUAGE_THEIRS("target", mx->rr->name));
    check_locate(s, f, mx->rr->name, type, SLICE_NONE);
}

static void
mx_address_public(struct check_subject *s)
{
    const struct check_mx *mx = check_mx(s);
    if (!check_has_mail_hosts(s, mx))
        return;
    for (size_t i = 0; i < mx->count; i++) {
        const struct check_host *host = mx->hosts[i].host;
        for (size_t k = 0; host != NULL && k < host->address_count; k++) {
            if (ip_special(&host->addresses[k]) != NULL)
                report_special(s, &mx->hosts[i], &host->addresses[k]);
        }
        if (host != NULL)
            check_host_unknown(s, host);
    }
}

/* ---- the set as a whole ---------------------------------------------------------- */

static void
mx_null_alone(struct check_subject *s)
{
    const struct check_mx *mx = check_mx(s);
    if (sceau_dns_is_trouble(mx->answer.status)) {
        check_unknown(s, s->name, SCEAU_DNS_MX, &mx->answer);
        return;
    }
    if (!mx->is_null) {
        check_skip(s, N_("the name has no null MX"));
        return;
    }
    const struct check_spf *spf = check_spf(s);
    bool sends =
        spf->text.ptr != NULL && !slice_eq_ci(spf->text, SCEAU_SLICE("v=spf1 -all"));
    for (size_t i = 0; i < mx->count; i++) {
        if (!slice_eq(mx->hosts[i].rr->name, SCEAU_SLICE(".")))
            continue;
        if (mx->count == 1 && !sends)
            return;
        struct check_finding *f = report_host(
            s, &mx->hosts[i],
            mx->count > 1
                ? seen(s, &mx->hosts[i])
                : CHECK_SAY(s,
                            N_("{name} has a null MX, and its SPF record lets "
                               "somebody send: {record}"),
                            LANGUAGE_THEIRS("name", s->name),
                            LANGUAGE_THEIRS("record", spf->text)));
        f->fix = check_tell(s, s->rule->fix);
        f->zone_line = mx_line(s, s->name, 0, SCEAU_SLICE("."));
        return;
    }
}

/* Have two hosts the same addresses, and at least one? */
static bool
same_addresses(const struct check_host *a, const struct check_host *b)
{
    if (a->address_count != b->address_count || a->address_count == 0)
        return false;
    for (size_t i = 0; i < a->address_count; i++) {
        bool is_found = false;
        for (size_t k = 0; k < b->address_count && !is_found; k++)
            is_found = ip_equal(&a->addresses[i], &b->addresses[k]);
        if (!is_found)
            return false;
    }
    return true;
}

static void
mx_duplicate(struct check_subject *s)
{
    const struct check_mx *mx = check_mx(s);
    if (!check_has_mail_hosts(s, mx))
        return;
    for (size_t i = 1; i < mx->count; i++) {
        for (size_t k = 0; k < i; k++) {
            const struct check_host *a = mx->hosts[k].host, *b = mx->hosts[i].host;
            if (a == NULL || b == NULL || (a != b && !same_addresses(a, b)))
                continue;
            struct check_finding *f =
                report_host(s, &mx->hosts[i],
                            CHECK_SAY(s, N_("{one} and {other} are the same host"),
                                      LANGUAGE_THEIRS("one", a->name),
                                      LANGUAGE_THEIRS("other", b->name)));
            f->fix = CHECK_SAY(s, s->rule->fix, LANGUAGE_THEIRS("target", b->name));
            break;
        }
    }
}

static void
mx_ipv6(struct check_subject *s)
{
    const struct check_mx *mx = check_mx(s);
    const struct check_host *first = NULL;
    if (!check_has_mail_hosts(s, mx))
        return;
    for (size_t i = 0; i < mx->count; i++) {
        const struct check_host *host = mx->hosts[i].host;
        if (host == NULL)
            continue;
        if (host->aaaa.count > 0)
            return;
        if (sceau_dns_is_trouble(host->aaaa.status)) {
            check_unknown(s, host->name, SCEAU_DNS_AAAA, &host->aaaa);
            return;
        }
        first = first == NULL ? host : first;
    }
    if (first == NULL)
        return;
    struct check_finding *f =
        check_report(s, CHECK_SAY(s, N_("no mail host of {name} has an IPv6 address"),
                                  LANGUAGE_THEIRS("name", s->name)));
    f->fix = CHECK_SAY(s, s->rule->fix, LANGUAGE_THEIRS("target", first->name));
}

static const struct check_rule rules[] = {
    {"mx.exists",            N_("DNS record published (MX found)"),              CHECK_DNS | CHECK_ZONE, 0,
     CHECK_PROBLEM,                                                                                                        N_("The name has at least one MX; a name that only has an address has an implicit "
        "MX, which is worth knowing."),
     N_("Without an MX nobody knows where mail for the name goes, and bounces are lost."),
     N_("Add an MX to the zone (mind the final dot). If the name must not receive mail, "
        "publish \"MX 0 .\" and \"v=spf1 -all\"."),
     mx_exists                                                                                            },
    {"mx.sending_subdomain", N_("Sending subdomain has an MX"),                  CHECK_DNS | CHECK_ZONE,
     0,                                                                                                     CHECK_WARNING,
     N_("A name with SPF, DMARC or DKIM records of its own, or seen as a sender, also has "
        "an MX, or a null MX on purpose."),
     N_("Bounces to the name are lost, and MXToolbox says \"DNS Record not found\"."),
     N_("Add the MX of the domain above to this name too."),                          mx_sending_subdomain},
    {"mx.target_resolves",   N_("Every MX target has an address"),               CHECK_DNS | CHECK_ZONE,
     0,                                                                                                     CHECK_PROBLEM, N_("Each MX target has an A or AAAA record."),
     N_("The target has no address, so nobody can deliver to it."),
     N_("Create A and AAAA for {target}."),                                           mx_target_resolves  },
    {"mx.target_cname",      N_("MX does not point at an alias"),                CHECK_DNS | CHECK_ZONE, 0,
     CHECK_PROBLEM,                                                                                                        N_("No MX target owns a CNAME (RFC 2181 section 10.3)."),
     N_("Mail servers may refuse an alias there, or loop."),
     N_("Give {target} its own A and AAAA, or point the MX at {canonical}."),
     mx_target_cname                                                                                      },
    {"mx.target_literal",    N_("MX target is a host name"),                     CHECK_DNS | CHECK_ZONE, 0,
     CHECK_PROBLEM,                                                                                                        N_("No MX target is an IPv4 or IPv6 address."),
     N_("An MX names a host; an address there is taken for a name that does not exist."),
     N_("Give the host a name, and point the MX at it."),                             mx_target_literal   },
    {"mx.address_public",    N_("MX addresses are reachable from the Internet"),
     CHECK_DNS | CHECK_ZONE,                                                                             0, CHECK_PROBLEM,
     N_("No MX address is private, loopback, link-local, documentation or otherwise "
        "special (IANA registries)."),
     N_("Nobody outside reaches such an address, so mail waits and comes back."),
     N_("Remove {address} from the public view of {target}; keep it in an internal view "
        "only."),
     mx_address_public                                                                                    },
    {"mx.null_alone",        N_("Null MX stands alone"),                         CHECK_DNS | CHECK_ZONE, 0,
     CHECK_PROBLEM,                                                                                                        N_("\"MX 0 .\" is the only MX of the name, and the name sends no mail (RFC 7505)."),
     N_("A null MX says that no mail is accepted; beside other records it contradicts "
        "them."),
     N_("Keep either the null MX or the real ones."),                                 mx_null_alone       },
    {"mx.duplicate",         N_("No repeated MX target"),                        CHECK_DNS | CHECK_ZONE, 0, CHECK_INFO,
     N_("No host stands in two MX records; no two targets share all their addresses."),
     N_("A second MX at the same host gives no redundancy."),
     N_("Drop the extra record for {target}."),                                       mx_duplicate        },
    {"mx.ipv6",              N_("At least one MX speaks IPv6"),                  CHECK_DNS | CHECK_ZONE, 0,
     CHECK_INFO,                                                                                                           N_("One MX target or more has an AAAA record."),
     N_("Senders that only have IPv6 cannot deliver."),
     N_("Add an AAAA for {target}, its PTR, and the address to SPF, in that order."),
     mx_ipv6                                                                                              },
};

const struct check_family check_mx_family = CHECK_FAMILY(rules);
