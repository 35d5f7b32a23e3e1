/* The zone's own servers, each asked by itself; and the blocklists that were configured. */
#include "core/domain.h"
#include "core/ip.h"
#include "dns/authority.h"
#include "smtp_facts.h"
#include "special_ip.h"

#include <time.h>

#define ASK_MS   3000
#define RETRY_MS 500

/* ---- who they are ---- */

/* The zone that the name is in, and its servers. False, told, when DNS could not tell or
 * there is none. */
static bool
find_servers(struct check_subject *s, struct dns_authority *servers)
{
    if (dns_authority_find(s->context, s->name, servers))
        return true;
    if (servers->apex.len > 0)
        check_unknown(s, servers->apex, SCEAU_DNS_NS, &servers->ns);
    else
        check_skip(s, N_("no name server is known for the name"));
    return false;
}

static void
ns_count(struct check_subject *s)
{
    struct dns_authority servers;
    if (!find_servers(s, &servers))
        return;
    bool is_spread = false;
    for (size_t i = 1; i < servers.count; i++)
        is_spread |= !slice_eq_ci(servers.servers[i].name, servers.servers[0].name) &&
                     !ip_equal(&servers.servers[i].ip, &servers.servers[0].ip);
    if (is_spread)
        return;
    if (!servers.is_whole || (servers.count == 0 && s->zone != NULL)) {
        check_unknown_because(
            s,
            CHECK_SAY(s,
                      N_("not all addresses of the name servers of {name} are known"),
                      LANGUAGE_THEIRS("name", servers.apex)));
        return;
    }
    struct check_finding *f = check_report(
        s,
        servers.ns.count < 2
            ? CHECK_SAY(s, N_("{name} has one name server: {server}"),
                        LANGUAGE_THEIRS("name", servers.apex),
                        LANGUAGE_THEIRS("server", servers.ns.rrs[0].name))
            : CHECK_SAY(s,
                        N_("the name servers of {name} have one address between them"),
                        LANGUAGE_THEIRS("name", servers.apex)));
    f->fix = check_tell(s, s->rule->fix);
}

/* ---- one by one ---- */

static struct dns_direct_reply
ask_server(struct check_subject *s, const struct dns_server *server,
           struct sceau_slice name, uint16_t type)
{
    struct dns_direct_reply reply;
    dns_server_ask(s->context->arena, server, s->options->dns_port, name, type, &reply);
    return reply;
}

/* The servers to ask, or the rule is told why there is none. */
static bool
can_ask(struct check_subject *s, struct dns_authority *servers)
{
    size_t kept = 0;
    if (s->options->is_offline) {
        check_skip(s, N_("DNS answers come from a file"));
        return false;
    }
    if (!find_servers(s, servers))
        return false;
    for (size_t i = 0; i < servers->count; i++) {
        if (s->options->allow_private || ip_special(&servers->servers[i].ip) == NULL)
            servers->servers[kept++] = servers->servers[i];
    }
    servers->count = kept;
    if (kept == 0)
        check_unknown_because(s,
                              CHECK_SAY(s, N_("no name server of {name} can be asked"),
                                        LANGUAGE_THEIRS("name", servers->apex)));
    return kept > 0;
}

/* What all of them must say alike. */
struct question {
    struct sceau_slice name;
    uint16_t type;
};

#define QUESTIONS_MAX (4 + CHECK_KEYS_MAX)

static size_t
list_questions(struct check_subject *s, const struct dns_authority *servers,
               struct question questions[QUESTIONS_MAX])
{
    const struct check_keys *keys = check_keys(s);
    size_t count = 0;
    questions[count++] = (struct question){servers->apex, SCEAU_DNS_SOA};
    questions[count++] = (struct question){s->name, SCEAU_DNS_MX};
    questions[count++] = (struct question){s->name, SCEAU_DNS_TXT};
    questions[count++] = (struct question){domain_join(s->context->arena,
                                                       SCEAU_SLICE("_dmarc"), s->name),
                                           SCEAU_DNS_TXT};
    for (size_t i = 0; i < keys->count; i++) {
        if (keys->items[i].is_found)
            questions[count++] = (struct question){keys->items[i].owner, SCEAU_DNS_TXT};
    }
    return count;
}

static void
tell_difference(struct check_subject *s, const struct dns_server *server,
                const struct dns_authority *servers, const struct question *q)
{
    char type[16];
    struct check_finding *f = check_report(
        s,
        CHECK_SAY(s,
                  N_("{server} says something else than {first} about {name} {type}"),
                  LANGUAGE_THEIRS("server", server->name),
                  LANGUAGE_THEIRS("first", servers->servers[0].name),
                  LANGUAGE_THEIRS("name", q->name),
                  LANGUAGE_OURS("type",
                                sceau_slice_from(sceau_dns_type_name(q->type, type)))));
    f->fix = CHECK_SAY(s, s->rule->fix, LANGUAGE_THEIRS("zone", servers->apex),
                       LANGUAGE_THEIRS("server", server->name));
}

/* True when it answers otherwise than the first, twice. */
static bool
differs(struct check_subject *s, const struct dns_server *server,
        const struct sceau_dns_answer *first, const struct question *q)
{
    struct dns_direct_reply reply = ask_server(s, server, q->name, q->type);
    if (!reply.has_reply || dns_answers_equal(first, &reply.answer))
        return false;
    nanosleep(&(struct timespec){0, RETRY_MS * 1000000L},
              NULL); /* a transfer under way */
    reply = ask_server(s, server, q->name, q->type);
    return reply.has_reply && !dns_answers_equal(first, &reply.answer);
}

static void
tell_silent(struct check_subject *s, const struct dns_server *server)
{
    char ip[SCEAU_IP_TEXT];
    sceau_ip_format(&server->ip, ip);
    check_unknown_because(s, CHECK_SAY(s, N_("{server} [{address}] does not answer"),
                                       LANGUAGE_THEIRS("server", server->name),
                                       LANGUAGE_OURS("address", sceau_slice_from(ip))));
}

static void
ns_agree(struct check_subject *s)
{
    struct question questions[QUESTIONS_MAX];
    struct dns_authority servers;
    if (!can_ask(s, &servers))
        return;
    size_t count = list_questions(s, &servers, questions);
    bool is_silent[DNS_AUTHORITY_SERVERS_MAX] = {false};
    size_t first = DNS_AUTHORITY_SERVERS_MAX;
    for (size_t i = 0; i < servers.count; i++) {
        is_silent[i] =
            !ask_server(s, &servers.servers[i], servers.apex, SCEAU_DNS_SOA).has_reply;
        if (is_silent[i])
            tell_silent(s, &servers.servers[i]);
        else if (first == DNS_AUTHORITY_SERVERS_MAX)
            first = i;
    }
    if (first == DNS_AUTHORITY_SERVERS_MAX)
        return;
    struct dns_server primary = servers.servers[first];
    servers.servers[first] = servers.servers[0];
    servers.servers[0] = primary;
    is_silent[first] = is_silent[0];
    for (size_t q = 0; q < count; q++) {
        struct dns_direct_reply reply =
            ask_server(s, &primary, questions[q].name, questions[q].type);
        for (size_t i = 1; reply.has_reply && i < servers.count; i++) {
            if (!is_silent[i] &&
                differs(s, &servers.servers[i], &reply.answer, &questions[q]))
                tell_difference(s, &servers.servers[i], &servers, &questions[q]);
        }
    }
}

static void
ns_txt_over_tcp(struct check_subject *s)
{
    struct question questions[QUESTIONS_MAX];
    struct dns_authority servers;
    if (!can_ask(s, &servers))
        return;
    size_t count = list_questions(s, &servers, questions);
    for (size_t i = 0; i < servers.count; i++) {
        for (size_t q = 0; q < count; q++) {
            const struct dns_direct_options udp = {.server = servers.servers[i].ip,
                                                   .port = s->options->dns_port,
                                                   .timeout_ms = ASK_MS};
            struct dns_direct_reply reply;
            if (questions[q].type != SCEAU_DNS_TXT)
                continue;
            dns_direct_ask(s->context->arena, &udp, questions[q].name, SCEAU_DNS_TXT,
                           &reply);
            if (!reply.has_reply) {
                tell_silent(s, &servers.servers[i]);
                break;
            }
            if (!reply.is_truncated ||
                ask_server(s, &servers.servers[i], questions[q].name, SCEAU_DNS_TXT)
                    .has_reply)
                continue;
            struct check_finding *f = check_report(
                s,
                CHECK_SAY(
                    s,
                    N_("{server} cuts {name} TXT short and does not answer over TCP"),
                    LANGUAGE_THEIRS("server", servers.servers[i].name),
                    LANGUAGE_THEIRS("name", questions[q].name)));
            f->fix = CHECK_SAY(s, s->rule->fix,
                               LANGUAGE_THEIRS("server", servers.servers[i].name));
            break;
        }
    }
}

/* ---- blocklists ---- */

/* "2.0.0.127.list.example": the address backwards, without in-addr.arpa (RFC 5782). */
static struct sceau_slice
entry_name(struct check_subject *s, const struct sceau_ip *ip, struct sceau_slice list)
{
    struct sceau_slice reverse = ip_reverse_name(s->context->arena, ip);
    size_t suffix = ip->version == 4 ? strlen(".in-addr.arpa") : strlen(".ip6.arpa");
    if (reverse.len <= suffix)
        return SLICE_NONE;
    return domain_join(s->context->arena, slice_sub(reverse, 0, reverse.len - suffix),
                       list);
}

/* RFC 5782 section 5: 127.0.0.2 is listed, 127.0.0.1 is not; else it is no list that works
 * for us (a resolver that is refused, a zone that has ended and answers everything). */
static bool
list_works(struct check_subject *s, struct sceau_slice list)
{
    const struct sceau_ip listed =
                              {
                                  4, {127, 0, 0, 2}
    },
                          clean = {4, {127, 0, 0, 1}};
    return check_ask(s, entry_name(s, &listed, list), SCEAU_DNS_A).status ==
               SCEAU_DNS_OK &&
           check_ask(s, entry_name(s, &clean, list), SCEAU_DNS_A).status ==
               SCEAU_DNS_NXDOMAIN;
}

static void
tell_entry(struct check_subject *s, const struct sceau_ip *ip, struct sceau_slice list)
{
    char text[SCEAU_IP_TEXT];
    struct sceau_slice name = entry_name(s, ip, list);
    struct sceau_dns_answer answer = check_ask(s, name, SCEAU_DNS_A);
    sceau_ip_format(ip, text);
    if (sceau_dns_is_trouble(answer.status))
        check_unknown(s, name, SCEAU_DNS_A, &answer);
    /* a listing is in 127.0.0.0/8; anything else is somebody's wildcard */
    if (answer.status != SCEAU_DNS_OK || answer.rrs[0].address.octets[0] != 127)
        return;
    struct sceau_dns_answer why = check_ask(s, name, SCEAU_DNS_TXT);
    struct check_finding *f =
        check_report(s, CHECK_SAY(s, N_("{address} is on {list}: {reason}"),
                                  LANGUAGE_OURS("address", sceau_slice_from(text)),
                                  LANGUAGE_THEIRS("list", list),
                                  LANGUAGE_THEIRS("reason", why.status == SCEAU_DNS_OK
                                                                ? why.rrs[0].text
                                                                : SCEAU_SLICE("-"))));
    f->fix = check_tell(s, s->rule->fix);
}

static void
host_blocklist(struct check_subject *s)
{
    const struct check_words *lists = &s->options->blocklists;
    const struct check_mx *mx = check_mx(s);
    if (!s->options->wants_blocklists || lists->count == 0) {
        check_skip(s, s->options->wants_blocklists
                          ? N_("no blocklist is configured: check.blocklists")
                          : N_("asks blocklists: ask for it with --blocklists"));
        return;
    }
    if (!check_has_mail_hosts(s, mx))
        return;
    for (size_t l = 0; l < lists->count; l++) {
        if (!list_works(s, lists->items[l])) {
            check_unknown_because(
                s, CHECK_SAY(s, N_("{list} does not answer its test entries"),
                             LANGUAGE_THEIRS("list", lists->items[l])));
            continue;
        }
        for (size_t i = 0; i < mx->count; i++) {
            const struct check_host *host = mx->hosts[i].host;
            for (size_t k = 0; host != NULL && k < host->address_count; k++)
                tell_entry(s, &host->addresses[k], lists->items[l]);
        }
    }
}

static const struct check_rule blocklist_rules[] = {
    {"host.blocklist", N_("Mail addresses are on no chosen blocklist"), CHECK_DNS, 0,
     CHECK_WARNING, N_("Only lists that are configured. The test entry 127.0.0.2 must answer and 127.0.0.1 "
        "must not, else the list is unknown."),
     N_("Receivers that use the list refuse mail from the address."),
     N_("Find the cause in the mail log first, then ask for removal."), host_blocklist},
};

static const struct check_rule ns_rules[] = {
    {"ns.count",        N_("Two or more name servers"),        CHECK_DNS | CHECK_ZONE, 0,
     CHECK_WARNING,                                                                                      N_("At least two NS names that resolve to different addresses."),
     N_("If the only server is down, receivers get temperror and defer or downgrade your "
        "mail."),
     N_("Add a secondary."),                                                  ns_count       },
    {"ns.agree",        N_("All name servers tell the same"),  CHECK_DNS,              0, CHECK_PROBLEM,
     N_("Each authoritative server gives the same SOA, MX, SPF, DMARC and DKIM answers (one "
        "retry for a transfer under way)."),
     N_("What a receiver sees depends on which server it asks."),
     N_("Check NOTIFY and transfers: `rndc retransfer {zone}` on {server}."), ns_agree       },
    {"ns.txt_over_tcp", N_("Big TXT answers arrive over TCP"), CHECK_DNS,              0,
     CHECK_PROBLEM,                                                                                      N_("When the UDP answer is truncated, the same question over TCP port 53 succeeds on "
        "every server."),
     N_("Without it some receivers cannot read your DKIM key."),
     N_("Open TCP port 53 to {server}."),                                     ns_txt_over_tcp},
};

const struct check_family check_blocklist_family = CHECK_FAMILY(blocklist_rules);
const struct check_family check_ns_family = CHECK_FAMILY(ns_rules);
