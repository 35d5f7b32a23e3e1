/* What a host has: its MTA, its name and addresses, the zone's file, and who receives for
 * the domain by now. Each answers one question before it is asked. */
#include "core/domain.h"
#include "core/ip.h"
#include "core/ip_socket.h"
#include "setup.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>

static void
add_address(struct text *t, const struct sceau_ip *ip, bool *has_any)
{
    char text[SCEAU_IP_TEXT];
    sceau_ip_format(ip, text);
    text_format(t, "%s%s", *has_any ? "," : "=", text);
    *has_any = true;
}

/* The addresses that DNS has for a name. */
static bool
add_published(struct setup *s, struct text *t, struct sceau_slice name)
{
    struct sceau_context context = {.arena = s->env.arena, .resolver = s->env.resolver};
    bool has_any = false;
    static const uint16_t types[] = {SCEAU_DNS_A, SCEAU_DNS_AAAA};
    for (size_t k = 0; k < 2; k++) {
        struct sceau_dns_answer answer;
        sceau_dns_lookup(&context, name, types[k], &answer);
        for (size_t i = 0; answer.status == SCEAU_DNS_OK && i < answer.count; i++) {
            if (answer.rrs[i].address.version != 0)
                add_address(t, &answer.rrs[i].address, &has_any);
        }
    }
    return has_any;
}

static bool
is_of_the_world(const struct sockaddr *address, struct sceau_ip *ip)
{
    static const uint8_t loopback[16] = {[15] = 1};
    *ip = ip_of_socket(address);
    const uint8_t *o = ip->octets;
    if (ip->version == 4)
        return o[0] != 127 && (o[0] != 169 || o[1] != 254);
    return ip->version == 6 && memcmp(o, loopback, sizeof loopback) != 0 &&
           (o[0] != 0xfe || (o[1] & 0xc0) != 0x80);
}

/* Those of this machine's interfaces. */
static void
add_own(struct text *t)
{
    struct ifaddrs *all = NULL;
    bool has_any = false;
    if (getifaddrs(&all) != 0)
        return;
    for (const struct ifaddrs *a = all; a != NULL; a = a->ifa_next) {
        struct sceau_ip ip;
        if (a->ifa_addr != NULL && (a->ifa_flags & IFF_UP) != 0 &&
            is_of_the_world(a->ifa_addr, &ip))
            add_address(t, &ip, &has_any);
    }
    freeifaddrs(all);
}

/* "mail" below the domain; "mail.example.net." elsewhere. */
static void
put_host(struct setup *s, struct text *t, struct sceau_slice host)
{
    size_t below = host.len > s->domain.len + 1 ? host.len - s->domain.len - 1 : 0;
    bool is_below = below > 0 && host.ptr[below] == '.' &&
                    slice_eq(slice_skip(host, below + 1), s->domain);
    if (slice_eq(host, s->domain))
        text_string(t, "@");
    else if (is_below)
        text_slice(t, slice_sub(host, 0, below));
    else {
        text_slice(t, host);
        text_octet(t, '.');
    }
}

/* NAME=ADDRESS,... of a host. */
static struct sceau_slice
host_value(struct setup *s, struct sceau_slice name, bool is_this_one)
{
    struct text t = text_new(s->env.arena, SIZE_MAX);
    struct sceau_slice normal;
    if (!domain_normal(s->env.arena, name, &normal))
        return SCEAU_SLICE("");
    put_host(s, &t, normal);
    if (!add_published(s, &t, normal) && is_this_one)
        add_own(&t);
    return text_done(&t);
}

static struct sceau_slice
own_name(struct setup *s)
{
    if (s->zimbra.hostname[0] != '\0')
        return sceau_slice_from(s->zimbra.hostname);
    struct sceau_slice name = postfix_get(&s->postfix, "myhostname");
    return name.len > 0 ? name : environment_host(&s->env);
}

/* Hosts that receive for the domain by now and are not this one: gateways. */
static struct sceau_slice
found_gateways(struct setup *s)
{
    struct sceau_context context = {.arena = s->env.arena, .resolver = s->env.resolver};
    struct sceau_dns_answer answer;
    struct text t = text_new(s->env.arena, SIZE_MAX);
    struct sceau_slice own = SLICE_NONE;
    domain_normal(s->env.arena, own_name(s), &own);
    sceau_dns_lookup(&context, s->domain, SCEAU_DNS_MX, &answer);
    for (size_t i = 0; answer.status == SCEAU_DNS_OK && i < answer.count; i++) {
        struct sceau_slice name = answer.rrs[i].name, normal;
        if (!domain_normal(s->env.arena, name, &normal) || slice_eq(normal, own))
            continue;
        struct sceau_slice value = host_value(s, normal, false);
        if (slice_find(value, '=') < value.len)
            text_format(&t, "%s%.*s", t.len > 0 ? " " : "", SLICE_ARG(value));
    }
    return text_done(&t);
}

static struct sceau_slice
joined(struct setup *s, const struct cli_list *list)
{
    struct text t = text_new(s->env.arena, SIZE_MAX);
    for (size_t i = 0; i < list->count; i++)
        text_format(&t, "%s%s", i > 0 ? " " : "", list->items[i]);
    return text_done(&t);
}

static struct sceau_slice
first_of(const char *flag, struct sceau_slice found)
{
    return flag != NULL ? sceau_slice_from(flag) : found;
}

static void
find_zone(struct setup *s)
{
    struct problem problem = {.language = s->env.language};
    const char *conf =
        s->options->named_conf != NULL ? s->options->named_conf : named_conf_place();
    if (conf != NULL && !named_find(conf, s->domain, &s->zone, &problem))
        complain_of(&problem);
}

static void
tell_found(struct setup *s)
{
    if (s->zimbra.is_here)
        SETUP_SAY(s, N_("Found: Zimbra in {path}"),
                  LANGUAGE_THEIRS("path", sceau_slice_from(s->zimbra.place)));
    else if (s->postfix.is_readable)
        SETUP_SAY(s, N_("Found: Postfix, {host}, settings in {path}"),
                  LANGUAGE_THEIRS("host", postfix_get(&s->postfix, "myhostname")),
                  LANGUAGE_THEIRS("path",
                                  postfix_get(&s->postfix, "config_directory")));
    else
        setup_say(s, N_("Found: neither Postfix nor Zimbra"), NULL, 0);
    if (s->zone.kind != NAMED_NONE)
        SETUP_SAY(s, N_("Found: zone {zone} in {path}"),
                  LANGUAGE_THEIRS("zone", sceau_slice_from(s->zone.name)),
                  LANGUAGE_THEIRS("path", sceau_slice_from(s->zone.file)));
    if (s->zone.kind == NAMED_SECONDARY)
        setup_say(s,
                  N_("This server has a copy of the zone: change it at its primary."),
                  NULL, 0);
}

void
setup_find(struct setup *s)
{
    const struct setup_options *o = s->options;
    postfix_read(s->env.arena, o->postfix, &s->postfix);
    zimbra_read(o->zimbra, &s->zimbra);
    find_zone(s);
    tell_found(s);
    s->servers = o->servers.count > 0 ? joined(s, &o->servers)
                                      : host_value(s, own_name(s), true);
    s->gateways = o->gateways.count > 0 ? joined(s, &o->gateways) : found_gateways(s);
    s->senders = joined(s, &o->senders);
    s->policy = first_of(o->policy, SCEAU_SLICE("quarantine"));
    struct text rua = text_new(s->env.arena, SIZE_MAX);
    text_format(&rua, "postmaster@%.*s", SLICE_ARG(s->domain));
    s->rua = first_of(o->rua, text_done(&rua));
    bool has_file = s->zone.kind == NAMED_PRIMARY;
    s->zone_file =
        first_of(o->zone, sceau_slice_from(has_file ? s->zone.file : "none"));
}
