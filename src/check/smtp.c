/* The mail hosts as a sending server meets them: greeting, STARTTLS, certificate, and
 * whether an own one relays (RFC 5321, 3207). No mail is ever sent. */
#include "core/domain.h"
#include "mtasts_facts.h"
#include "smtp_facts.h"

#include <time.h>

#define DAYS_TO_SPARE 14
#define DAY           ((int64_t)86400)

#define HOST_WORDS(item)                      \
 LANGUAGE_THEIRS("host", (item)->host->name), \
     LANGUAGE_THEIRS("address", (item)->address)

/* ---- smtp.reachable ---- */

/* From here nothing can be said about the server. */
static bool
is_ours(const struct smtp_outcome *o, bool is_port_blocked)
{
    return o->failure == SMTP_NOT_PUBLIC || o->failure == SMTP_SYSTEM ||
           o->failure == SMTP_UNREACHABLE ||
           (is_port_blocked && o->failure == SMTP_TIMEOUT);
}

static void
tell_unreachable(struct check_subject *s, const struct check_smtp_item *item,
                 bool is_port_blocked)
{
    const struct smtp_outcome *o = item->outcome;
    struct sceau_slice error = check_tell(s, smtp_failure_sentence(o->failure));
    if (is_ours(o, is_port_blocked)) {
        check_unknown_because(s, CHECK_SAY(s, N_("{host} [{address}]: {error}"),
                                           HOST_WORDS(item),
                                           LANGUAGE_OURS("error", error)));
        return;
    }
    struct check_finding *f =
        check_report(s,
                     o->failure == SMTP_NEGATIVE
                         ? CHECK_SAY(s, N_("{host} [{address}] says: {reply}"),
                                     HOST_WORDS(item),
                                     LANGUAGE_THEIRS("reply", o->reply))
                         : CHECK_SAY(s, N_("{host} [{address}]: {error}"),
                                     HOST_WORDS(item), LANGUAGE_OURS("error", error)));
    f->fix = check_tell(s, s->rule->fix);
}

static void
smtp_reachable(struct check_subject *s)
{
    const struct check_mx *mx = check_mx(s);
    if (!check_has_mail_hosts(s, mx))
        return;
    const struct check_smtp *smtp = check_smtp(s);
    bool is_port_blocked = true; /* when every one is silent */
    for (size_t i = 0; i < smtp->count; i++)
        is_port_blocked &= !smtp->items[i].outcome->has_greeting &&
                           smtp->items[i].outcome->failure != SMTP_REFUSED;
    if (smtp->has_failed)
        check_unknown_because(s,
                              check_tell(s,
                                         N_("this host could not open connections")));
    else if (smtp->count == 0)
        check_skip(s, N_("no mail host has an address"));
    for (size_t i = 0; !smtp->has_failed && i < smtp->count; i++) {
        if (!smtp->items[i].outcome->has_greeting)
            tell_unreachable(s, &smtp->items[i], is_port_blocked);
    }
}

/* ---- smtp.banner ---- */

/* What is wrong with a name that the server gives itself; NULL when nothing is. */
static const char *
judge_name(struct check_subject *s, struct sceau_slice name, const struct sceau_ip *ip)
{
    uint16_t type;
    if (!domain_is_ldh(name) || domain_labels(name) < 2)
        return N_("{host} [{address}] calls itself {name}, which is no full host name");
    const struct check_host *host = check_host(s, name);
    for (size_t i = 0; i < host->address_count; i++) {
        if (ip_equal(&host->addresses[i], ip))
            return NULL;
    }
    return check_host_trouble(host, &type) != NULL
               ? NULL
               : N_("{host} [{address}] calls itself {name}, which has another address");
}

static void
smtp_banner(struct check_subject *s)
{
    const struct check_smtp *smtp = check_smtp(s);
    if (!check_has_smtp(s, smtp))
        return;
    for (size_t i = 0; i < smtp->count; i++) {
        const struct check_smtp_item *item = &smtp->items[i];
        const struct smtp_outcome *o = item->outcome;
        if (!o->has_greeting)
            continue;
        struct sceau_slice names[] = {o->banner_name, o->ehlo_name};
        for (size_t k = 0; k < 2; k++) {
            const char *found =
                names[k].ptr != NULL ? judge_name(s, names[k], &item->ip) : NULL;
            if (found == NULL || (k == 1 && slice_eq_ci(names[0], names[1])))
                continue;
            struct check_finding *f =
                check_report(s, CHECK_SAY(s, found, HOST_WORDS(item),
                                          LANGUAGE_THEIRS("name", names[k])));
            f->fix =
                CHECK_SAY(s, s->rule->fix, LANGUAGE_THEIRS("host", item->host->name));
        }
    }
}

/* ---- smtp.open_relay ---- */

static void
smtp_open_relay(struct check_subject *s)
{
    const struct check_smtp *smtp = check_smtp(s);
    size_t asked = 0;
    for (size_t i = 0; i < smtp->count; i++) {
        const struct check_smtp_item *item = &smtp->items[i];
        const struct smtp_outcome *o = item->outcome;
        char from[SCEAU_IP_TEXT];
        sceau_ip_format(&o->local, from);
        asked += item->is_own;
        if (o->relay == SMTP_RELAY_ACCEPTED) {
            struct check_finding *f = check_report(
                s, CHECK_SAY(
                       s,
                       N_("{host} [{address}] takes mail from {from} for a stranger: "
                          "{reply}"),
                       HOST_WORDS(item), LANGUAGE_OURS("from", sceau_slice_from(from)),
                       LANGUAGE_THEIRS("reply", o->relay_reply)));
            f->fix = check_tell(s, s->rule->fix);
        } else if (item->is_own && o->relay != SMTP_RELAY_REFUSED) {
            check_unknown_because(
                s, CHECK_SAY(s, N_("{host} [{address}] did not say whether it relays"),
                             HOST_WORDS(item)));
        }
    }
    if (asked == 0)
        check_skip(s, N_("no address is called own: --own, or check.own_addresses"));
}

/* ---- smtp.starttls ---- */

static void
tell_starttls(struct check_subject *s, const struct check_smtp_item *item)
{
    const struct smtp_outcome *o = item->outcome;
    struct check_finding *f = NULL;
    if (!o->has_greeting || (o->failure != SMTP_FINE && o->failed_at < SMTP_STARTTLS))
        return;
    if (!o->offers_starttls)
        f = check_report(s,
                         CHECK_SAY(s, N_("{host} [{address}] does not offer STARTTLS"),
                                   HOST_WORDS(item)));
    else if (!o->has_tls)
        f = check_report(
            s,
            CHECK_SAY(
                s, N_("{host} [{address}] offers STARTTLS, and then fails: {detail}"),
                HOST_WORDS(item),
                (struct language_word){"detail",
                                       o->reply.len > 0 || o->detail == NULL
                                           ? o->reply
                                           : check_tell(s, o->detail),
                                       o->reply.len == 0})); /* else the server's */
    else if (strcmp(o->tls_version, "TLSv1.2") < 0)
        f = check_report(s,
                         CHECK_SAY(s, N_("{host} [{address}] speaks {version} at best"),
                                   HOST_WORDS(item),
                                   LANGUAGE_OURS("version",
                                                 sceau_slice_from(o->tls_version))));
    else if (item->old_tls->has_tls)
        check_report_as(s, CHECK_INFO,
                        CHECK_SAY(s, N_("{host} [{address}] still accepts {version}"),
                                  HOST_WORDS(item),
                                  LANGUAGE_OURS("version",
                                                sceau_slice_from(
                                                    item->old_tls->tls_version))));
    if (f != NULL)
        f->fix = check_tell(s, s->rule->fix);
}

static void
smtp_starttls(struct check_subject *s)
{
    const struct check_smtp *smtp = check_smtp(s);
    if (!check_has_smtp(s, smtp))
        return;
    for (size_t i = 0; i < smtp->count; i++)
        tell_starttls(s, &smtp->items[i]);
}

/* ---- smtp.certificate ---- */

static void
format_day(int64_t time, char out[16])
{
    struct tm tm;
    time_t seconds = (time_t)time;
    gmtime_r(&seconds, &tm);
    strftime(out, 16, "%Y-%m-%d", &tm);
}

static void
tell_certificate(struct check_subject *s, const struct check_smtp_item *item)
{
    const struct smtp_outcome *o = item->outcome;
    struct sceau_slice found = SLICE_NONE;
    char day[16];
    format_day(o->not_after, day);
    if (check_dane_ee_fits(s, item))
        return;
    if (o->certificate_count > 0 && o->not_after < s->context->now)
        found =
            CHECK_SAY(s, N_("{host} [{address}]: the certificate expired on {day}"),
                      HOST_WORDS(item), LANGUAGE_OURS("day", sceau_slice_from(day)));
    else if (o->chain_problem != NULL)
        found = CHECK_SAY(
            s, N_("{host} [{address}]: the certificate is not trusted: {reason}"),
            HOST_WORDS(item), LANGUAGE_OURS("reason", check_tell(s, o->chain_problem)));
    else if (!o->is_named)
        found = CHECK_SAY(s, N_("{host} [{address}]: the certificate is for {names}"),
                          HOST_WORDS(item), LANGUAGE_THEIRS("names", o->names));
    else if (o->not_after < s->context->now + DAYS_TO_SPARE * DAY)
        found =
            CHECK_SAY(s, N_("{host} [{address}]: the certificate expires on {day}"),
                      HOST_WORDS(item), LANGUAGE_OURS("day", sceau_slice_from(day)));
    if (found.ptr == NULL)
        return;
    bool is_bad = o->chain_problem != NULL || !o->is_named;
    struct check_finding *f =
        check_report_as(s,
                        is_bad && check_mtasts_enforces(s, item->host->name)
                            ? CHECK_PROBLEM
                            : s->rule->severity,
                        found);
    f->fix = CHECK_SAY(s, s->rule->fix, LANGUAGE_THEIRS("host", item->host->name));
}

static void
smtp_certificate(struct check_subject *s)
{
    const struct check_smtp *smtp = check_smtp(s);
    size_t looked_at = 0;
    if (!check_has_smtp(s, smtp))
        return;
    for (size_t i = 0; i < smtp->count; i++) {
        looked_at += smtp->items[i].outcome->has_tls;
        if (smtp->items[i].outcome->has_tls)
            tell_certificate(s, &smtp->items[i]);
    }
    if (looked_at == 0)
        check_skip(s, N_("no mail host speaks TLS"));
}

static const struct check_rule rules[] = {
    {"smtp.reachable",   N_("MX hosts answer on port 25"),           CHECK_SMTP,             0, CHECK_PROBLEM,
     N_("Each address gives a 220 within 30 s. When every host is silent, port 25 may be "
        "blocked from here: unknown."),
     N_("Mail to a host that does not answer waits in other people's queues."),
     N_("Check the firewall and inet_interfaces."),                         smtp_reachable},
    {"smtp.banner",      N_("SMTP greeting names the host"),         CHECK_SMTP | CHECK_DNS, 0,
     CHECK_WARNING,                                                                                            N_("The names in greeting and EHLO reply are full host names that resolve to this "
        "address."),
     N_("Spam filters compare the name with DNS."),
     N_("Set `myhostname = {host}` in Postfix (`zmprov ms` in Zimbra)."),   smtp_banner   },
    {"smtp.open_relay",  N_("Host is no open relay"),                CHECK_SMTP,             0, CHECK_PROBLEM,
     N_("Only for addresses called own: RCPT for a foreign example address is refused. "
        "Nothing is sent."),
     N_("An open relay sends other people's spam and is on blocklists within hours."),
     N_("Set smtpd_relay_restrictions and shorten mynetworks (`zmprov gcf "
        "zimbraMtaMyNetworks`); this host's own address may stand there."),
     smtp_open_relay                                                                      },
    {"smtp.starttls",    N_("MX hosts offer STARTTLS"),              CHECK_SMTP,             0, CHECK_WARNING,
     N_("STARTTLS is offered and TLS 1.2 or 1.3 negotiated; accepting 1.0 or 1.1 is info."),
     N_("Without it mail crosses the Internet in the clear."),
     N_("Set `smtpd_tls_security_level = may` and the certificate files."),
     smtp_starttls                                                                        },
    {"smtp.certificate", N_("Certificate is valid for the MX name"), CHECK_SMTP,
     CHECK_DNS,                                                                                 CHECK_WARNING,
     N_("Chain, name and dates (14 days to spare); ignored when a DANE-EE record fits, a "
        "problem under an MTA-STS policy that is enforced."),
     N_("Senders that verify it, for MTA-STS or by policy, do not deliver."),
     N_("Renew the certificate for {host} and reload the mail server."),
     smtp_certificate                                                                     },
};

const struct check_family check_smtp_family = CHECK_FAMILY(rules);
