/* Who serves a zone, and what they have. RFC 1982 section 3.2. */
#include "zone_servers.h"

#include "core/monotonic.h"
#include "dns/direct.h"

#include <time.h>

#define ASK_MS   2000
#define PAUSE_MS 500

static void
add_addresses(struct environment *env, struct sceau_context *context,
              struct sceau_slice name, uint16_t type, struct zone_servers *servers)
{
    struct sceau_dns_answer answer;
    (void)env;
    sceau_dns_lookup(context, name, type, &answer);
    for (size_t i = 0; answer.status == SCEAU_DNS_OK && i < answer.count &&
                       servers->count < ZONE_SERVERS_MAX;
         i++)
        servers->items[servers->count++] =
            (struct zone_server){.name = name, .ip = answer.rrs[i].address};
}

bool
zone_servers_find(struct environment *env, struct sceau_slice zone,
                  struct zone_servers *servers)
{
    struct sceau_context context = {.arena = env->arena,
                                    .resolver = env->resolver,
                                    .now = time(NULL)};
    struct sceau_dns_answer ns;
    *servers = (struct zone_servers){.count = 0};
    sceau_dns_lookup(&context, zone, SCEAU_DNS_NS, &ns);
    for (size_t i = 0; ns.status == SCEAU_DNS_OK && i < ns.count; i++) {
        add_addresses(env, &context, ns.rrs[i].name, SCEAU_DNS_A, servers);
        add_addresses(env, &context, ns.rrs[i].name, SCEAU_DNS_AAAA, servers);
    }
    if (servers->count > 0)
        return true;
    COMPLAIN(
        env->language,
        "no name server of {zone} is known ({status}); --resolver names a server that "
        "knows the zone",
        LANGUAGE_THEIRS("zone", zone),
        LANGUAGE_OURS("status", sceau_slice_from(sceau_dns_status_name(ns.status))));
    return false;
}

bool
zone_servers_serial(struct environment *env, struct sceau_slice zone,
                    const struct sceau_ip *ip, uint16_t port, uint32_t *serial,
                    const char **problem)
{
    const struct dns_direct_options options = {.server = *ip,
                                               .port = port,
                                               .timeout_ms = ASK_MS};
    struct dns_direct_reply reply;
    dns_direct_ask(env->arena, &options, zone, SCEAU_DNS_SOA, &reply);
    *problem = NULL;
    if (!reply.has_reply)
        *problem = reply.is_refused_connection ? N_("refuses the connection")
                                               : N_("does not answer");
    else if (reply.answer.status != SCEAU_DNS_OK)
        *problem = sceau_dns_status_name(reply.answer.status);
    else if (!reply.is_authoritative)
        *problem = N_("does not serve the zone");
    else if (reply.answer.rrs[0].rdata.len < 20)
        *problem = N_("has no SOA that can be read");
    if (*problem != NULL)
        return false;
    struct sceau_slice rdata = reply.answer.rrs[0].rdata;
    const unsigned char *at = (const unsigned char *)rdata.ptr + rdata.len - 20;
    *serial =
        (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    return true;
}

/* Is this serial the wanted one or a later one? */
static bool
is_reached(uint32_t serial, uint32_t wanted)
{
    return serial - wanted < UINT32_C(0x80000000);
}

static void
ask(struct environment *env, struct sceau_slice zone, uint32_t serial,
    struct zone_server *server)
{
    char ip[SCEAU_IP_TEXT];
    server->has_reply = zone_servers_serial(env, zone, &server->ip,
                                            (uint16_t)env->config.check.dns_port,
                                            &server->serial, &server->problem);
    server->is_there = server->has_reply && is_reached(server->serial, serial);
    sceau_ip_format(&server->ip, ip);
    if (server->is_there && !env->call->globals.quiet && !env->call->globals.json)
        printf("%.*s (%s): %s %u\n", SLICE_ARG(server->name), ip,
               language_text(env->language, N_("has serial")), server->serial);
}

/* Does another address of that name have it? Then a silent one is no matter. */
static bool
is_served_elsewhere(const struct zone_servers *servers,
                    const struct zone_server *server)
{
    for (size_t i = 0; i < servers->count && !server->has_reply; i++) {
        if (servers->items[i].is_there &&
            slice_eq_ci(servers->items[i].name, server->name))
            return true;
    }
    return false;
}

static size_t
tell_missing(struct environment *env, const struct zone_servers *servers, bool is_told)
{
    size_t missing = 0;
    for (size_t i = 0; i < servers->count; i++) {
        const struct zone_server *server = &servers->items[i];
        char ip[SCEAU_IP_TEXT];
        if (server->is_there || is_served_elsewhere(servers, server))
            continue;
        missing++;
        sceau_ip_format(&server->ip, ip);
        if (is_told && server->has_reply)
            complain("%.*s (%s) %s %u", SLICE_ARG(server->name), ip,
                     language_text(env->language, N_("still has serial")),
                     server->serial);
        else if (is_told)
            COMPLAIN(env->language, "{name} ({ip}): {why}",
                     LANGUAGE_THEIRS("name", server->name),
                     LANGUAGE_OURS("ip", sceau_slice_from(ip)),
                     LANGUAGE_OURS("why",
                                   sceau_slice_from(
                                       language_text(env->language, server->problem))));
    }
    return missing;
}

int
zone_servers_wait(struct environment *env, struct sceau_slice zone, uint32_t serial,
                  uint64_t seconds)
{
    struct zone_servers servers;
    int64_t end = monotonic_seconds() + (int64_t)seconds;
    if (!zone_servers_find(env, zone, &servers))
        return CLI_EXIT_WARNING;
    for (;;) {
        for (size_t i = 0; i < servers.count; i++) {
            if (!servers.items[i].is_there)
                ask(env, zone, serial, &servers.items[i]);
        }
        if (tell_missing(env, &servers, false) == 0)
            return CLI_EXIT_OK;
        if (monotonic_seconds() >= end)
            break;
        const struct timespec pause = {0, PAUSE_MS * 1000000L};
        nanosleep(&pause, NULL);
    }
    tell_missing(env, &servers, true);
    return CLI_EXIT_WARNING;
}
