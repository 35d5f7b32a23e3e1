/* The resolver as it behaves, and the clock. */
#include "core/ip.h"
#include "core/text.h"
#include "dns/direct.h"
#include "doctor.h"

#include <stdio.h>

#define RESOLVERS_MAX 3 /* as the C library has it */
#define ASK_MS        3000

struct servers {
    struct config_server items[RESOLVERS_MAX];
    size_t count;
};

static struct servers
read_resolv_conf(const char *path)
{
    struct servers servers = {0};
    char line[512];
    FILE *file = fopen(path, "r");
    while (file != NULL && servers.count < RESOLVERS_MAX &&
           fgets(line, sizeof line, file) != NULL) {
        struct sceau_slice text = slice_trim(sceau_slice_from(line));
        struct config_server *server = &servers.items[servers.count];
        if (!slice_starts_ci(text, SCEAU_SLICE("nameserver")))
            continue;
        text = slice_trim(slice_skip(text, 10));
        text = slice_sub(text, 0, slice_find(text, '%')); /* a link-local's zone */
        server->port = 53;
        servers.count += sceau_ip_parse(text, &server->address);
    }
    if (file != NULL)
        fclose(file);
    return servers;
}

/* The servers that sceau asks. */
static struct servers
servers_of(const struct doctor *d)
{
    const struct config_servers *configured = &d->config->dns.resolver;
    struct servers servers = {0};
    while (servers.count < configured->count && servers.count < RESOLVERS_MAX) {
        servers.items[servers.count] = configured->items[servers.count];
        servers.count++;
    }
    if (servers.count > 0 || d->config->dns.recursion)
        return servers;
    return read_resolv_conf(d->resolv_conf != NULL ? d->resolv_conf
                                                   : "/etc/resolv.conf");
}

/* Servers to look at; 0 with the reason told. */
static size_t
has_servers(struct doctor *d, struct servers *servers)
{
    *servers = (struct servers){0};
    if (!d->has_zone)
        *servers = servers_of(d);
    if (d->has_zone)
        doctor_tell(d, DOCTOR_SKIPPED, N_("DNS answers come from a file"), NULL,
                    DOCTOR_NO_WORDS);
    else if (servers->count == 0 && d->config->dns.recursion)
        doctor_tell(d, DOCTOR_SKIPPED, N_("no resolver is asked: dns.recursion is on"),
                    NULL, DOCTOR_NO_WORDS);
    else if (servers->count == 0)
        doctor_tell(d, DOCTOR_PROBLEM, N_("no resolver is named in /etc/resolv.conf"),
                    "apt-get install unbound && echo 'nameserver 127.0.0.1' "
                    ">/etc/resolv.conf",
                    DOCTOR_NO_WORDS);
    return servers->count;
}

static struct dns_direct_reply
ask_root(struct doctor *d, const struct config_server *server, bool is_tcp)
{
    const struct dns_direct_options options = {.server = server->address,
                                               .port = server->port,
                                               .is_tcp = is_tcp,
                                               .wants_recursion = true,
                                               .wants_dnssec = true,
                                               .timeout_ms = ASK_MS};
    struct dns_direct_reply reply;
    dns_direct_ask(d->context->arena, &options, SCEAU_SLICE("."), SCEAU_DNS_SOA,
                   &reply);
    return reply;
}

/* How each server does in one respect. */
static void
each_server(struct doctor *d, bool is_tcp, const char *fine,
            void (*look)(struct doctor *d, const struct dns_direct_reply *reply,
                         const struct language_word *words))
{
    struct servers servers;
    size_t told = d->count, count = has_servers(d, &servers);
    for (size_t i = 0; i < count; i++) {
        char ip[SCEAU_IP_TEXT];
        sceau_ip_format(&servers.items[i].address, ip);
        const struct language_word words[] = {
            LANGUAGE_OURS("server", sceau_slice_from(ip))};
        struct dns_direct_reply reply = ask_root(d, &servers.items[i], is_tcp);
        look(d, &reply, words);
    }
    if (count > 0 && !doctor_has_told(d, told))
        doctor_tell(d, DOCTOR_OK, fine, NULL, DOCTOR_NO_WORDS);
}

#define UNBOUND \
 "apt-get install unbound && echo 'nameserver 127.0.0.1' >/etc/resolv.conf"

static void
look_at_answer(struct doctor *d, const struct dns_direct_reply *reply,
               const struct language_word *words)
{
    if (!reply->has_reply)
        doctor_tell(d, DOCTOR_PROBLEM, N_("{server} does not answer"), UNBOUND, words,
                    1);
    else if (reply->answer.status == SCEAU_DNS_REFUSED)
        doctor_tell(d, DOCTOR_PROBLEM, N_("{server} refuses to answer this host"),
                    UNBOUND, words, 1);
    else if (reply->answer.status != SCEAU_DNS_OK)
        doctor_tell(d, DOCTOR_PROBLEM, N_("{server} cannot find the root of DNS"),
                    UNBOUND, words, 1);
}

void
doctor_resolver_answers(struct doctor *d)
{
    each_server(d, false, N_("it does"), look_at_answer);
}

/* Nobody answers: another check says so. */
static bool
is_silent(struct doctor *d, const struct dns_direct_reply *reply,
          const struct language_word *words)
{
    if (!reply->has_reply)
        doctor_tell(d, DOCTOR_UNKNOWN, N_("{server} does not answer"), NULL, words, 1);
    return !reply->has_reply;
}

static void
look_at_edns(struct doctor *d, const struct dns_direct_reply *reply,
             const struct language_word *words)
{
    if (!is_silent(d, reply, words) && !reply->has_edns)
        doctor_tell(d, DOCTOR_WARNING, N_("{server} does not speak EDNS"), UNBOUND,
                    words, 1);
}

void
doctor_resolver_edns(struct doctor *d)
{
    each_server(d, false, N_("it does"), look_at_edns);
}

static void
look_at_tcp(struct doctor *d, const struct dns_direct_reply *reply,
            const struct language_word *words)
{
    if (!reply->has_reply)
        doctor_tell(
            d, DOCTOR_WARNING, N_("{server} does not answer over TCP"),
            N_("nft add rule inet filter output tcp dport 53 accept    # or whatever "
               "firewall stands between"),
            words, 1);
}

void
doctor_resolver_tcp(struct doctor *d)
{
    each_server(d, true, N_("it does"), look_at_tcp);
}

static void
look_at_validation(struct doctor *d, const struct dns_direct_reply *reply,
                   const struct language_word *words)
{
    if (!is_silent(d, reply, words) && !reply->is_authenticated)
        doctor_tell(d, DOCTOR_WARNING, N_("{server} does not validate"), UNBOUND, words,
                    1);
}

void
doctor_resolver_validates(struct doctor *d)
{
    each_server(d, false, N_("it does"), look_at_validation);
}

void
doctor_resolver_local(struct doctor *d)
{
    static const struct sceau_ip loopback = {4, {127}}, loopback6 = {6, {[15] = 1}};
    struct servers servers;
    size_t told = d->count, count = has_servers(d, &servers);
    for (size_t i = 0; i < count; i++) {
        const struct sceau_ip *ip = &servers.items[i].address;
        char text[SCEAU_IP_TEXT];
        sceau_ip_format(ip, text);
        if (!ip_in_network(ip, &loopback, 8) && !ip_equal(ip, &loopback6))
            doctor_tell(d, DOCTOR_WARNING, N_("{server} is another host"), UNBOUND,
                        DOCTOR_WORDS(LANGUAGE_OURS("server", sceau_slice_from(text))));
    }
    if (count > 0 && !doctor_has_told(d, told))
        doctor_tell(d, DOCTOR_OK, N_("it is"), NULL, DOCTOR_NO_WORDS);
}

void
doctor_resolver_anchor(struct doctor *d)
{
    char path[512];
    struct sceau_slice name = d->config->check.trust_anchor;
    snprintf(path, sizeof path, "%.*s", SLICE_ARG(name));
    FILE *file = fopen(path, "r");
    const struct language_word words[] = {LANGUAGE_THEIRS("path", name)};
    if (file != NULL)
        fclose(file);
    doctor_tell(d, file != NULL ? DOCTOR_OK : DOCTOR_INFO,
                file != NULL ? "{path}" : N_("{path} cannot be read"),
                file != NULL ? NULL : "apt-get install dns-root-data", words, 1);
}

void
doctor_clock_synchronised(struct doctor *d)
{
    if (d->clock < 0)
        doctor_tell(d, DOCTOR_UNKNOWN, N_("the kernel does not tell"), NULL,
                    DOCTOR_NO_WORDS);
    else if (d->clock == 0)
        doctor_tell(d, DOCTOR_WARNING, N_("no time service keeps the clock"),
                    N_("timedatectl set-ntp true    # or apt-get install chrony"),
                    DOCTOR_NO_WORDS);
    else
        doctor_tell(d, DOCTOR_OK, N_("a time service keeps it"), NULL, DOCTOR_NO_WORDS);
}
