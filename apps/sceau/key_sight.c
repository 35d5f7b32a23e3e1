/* A key's record as its name servers have it, one by one: what a cache says is not what the
 * next receiver gets. */
#include "key_sight.h"

#include "core/domain.h"
#include "dns/authority.h"

#include <time.h>

#define ALIASES_MAX      8
#define MINIMUM_OCTETS   4    /* the last field of SOA */
#define NEGATIVE_DEFAULT 3600 /* seconds, where no SOA tells */
#define QUESTION_MS      12000

struct looking {
    struct environment *env;
    struct sceau_context context;
    struct sceau_dns_session session;
    const struct keys_key *key;
    struct key_sight *sight;
    struct sceau_slice name;  /* asked now: the record's, or an alias of it */
    struct sceau_slice alias; /* that a server names in its place */
};

/* ---- what one answer says ---- */

static void
tell(struct looking *l, enum keys_sight seen, const struct dns_server *server,
     const char *reason)
{
    char ip[SCEAU_IP_TEXT];
    struct text t = text_new(l->env->arena, SIZE_MAX);
    bool is_worse = l->sight->seen.sight != KEYS_SIGHT_WRONG &&
                    (seen == KEYS_SIGHT_WRONG || l->sight->reason == NULL);
    if (!is_worse)
        return;
    l->sight->seen.sight = seen;
    l->sight->reason = reason;
    l->sight->server = SLICE_NONE;
    if (server == NULL)
        return;
    sceau_ip_format(&server->ip, ip);
    text_slice(&t, server->name);
    text_format(&t, " [%s]", ip);
    l->sight->server = text_done(&t);
}

static void
keep_wait(struct looking *l, uint32_t ttl)
{
    if (l->sight->seen.wait < (int64_t)ttl)
        l->sight->seen.wait = (int64_t)ttl;
}

/* More than one record: receivers may take any of them (RFC 6376 section 3.6.2.2). */
static void
judge_answer(struct looking *l, const struct sceau_dns_answer *answer,
             const struct dns_server *server)
{
    const char *differs = NULL;
    if (answer->status == SCEAU_DNS_NXDOMAIN || answer->status == SCEAU_DNS_NODATA)
        differs = N_("there is no record");
    else if (answer->status != SCEAU_DNS_OK) {
        tell(l, KEYS_SIGHT_UNKNOWN, server, N_("it could not tell"));
        return;
    } else if (answer->count != 1)
        differs = N_("more than one record stands there");
    else
        differs = keys_record_differs(l->env->arena, l->key, answer->rrs[0].text);
    if (differs != NULL)
        tell(l, KEYS_SIGHT_WRONG, server, differs);
    for (size_t i = 0; i < answer->count; i++)
        keep_wait(l, answer->rrs[i].ttl);
}

/* ---- one server ---- */

/* How long "there is none" is kept (RFC 2308 section 5). */
static void
keep_negative(struct looking *l, const struct sceau_dns_answer *soa)
{
    uint32_t minimum = NEGATIVE_DEFAULT;
    if (soa->status == SCEAU_DNS_OK && soa->rrs[0].rdata.len > MINIMUM_OCTETS) {
        const struct sceau_slice rdata = soa->rrs[0].rdata;
        minimum = 0;
        for (size_t i = rdata.len - MINIMUM_OCTETS; i < rdata.len; i++)
            minimum = minimum << 8 | (uint8_t)rdata.ptr[i];
        if (soa->rrs[0].ttl < minimum)
            minimum = soa->rrs[0].ttl;
    }
    keep_wait(l, minimum);
}

static uint16_t
dns_port(const struct looking *l)
{
    return (uint16_t)l->env->config.check.dns_port;
}

/* The record may stand behind an alias: that is asked next. */
static bool
finds_alias(struct looking *l, const struct dns_server *server,
            const struct sceau_dns_answer *answer)
{
    struct dns_direct_reply reply;
    if (answer->status == SCEAU_DNS_OK)
        return false;
    dns_server_ask(l->env->arena, server, dns_port(l), l->name, SCEAU_DNS_CNAME,
                   &reply);
    if (!reply.has_reply || reply.answer.status != SCEAU_DNS_OK)
        return false;
    l->alias = reply.answer.rrs[0].name;
    return true;
}

/* False when it did not answer at all. */
static bool
ask_server(struct looking *l, const struct dns_server *server, struct sceau_slice apex)
{
    struct dns_direct_reply reply, soa;
    dns_server_ask(l->env->arena, server, dns_port(l), l->name, SCEAU_DNS_TXT, &reply);
    if (!reply.has_reply)
        return false;
    dns_server_ask(l->env->arena, server, dns_port(l), apex, SCEAU_DNS_SOA, &soa);
    if (!reply.is_authoritative)
        tell(l, KEYS_SIGHT_UNKNOWN, server, N_("it does not serve the zone"));
    else if (!finds_alias(l, server, &reply.answer))
        judge_answer(l, &reply.answer, server);
    keep_negative(l, &soa.answer);
    return true;
}

/* An address that this host has no way to does not count, when its server answered at
 * another one. */
static bool
is_excused(const struct dns_authority *a, const bool *has_answered, size_t silent)
{
    for (size_t i = 0; i < a->count; i++) {
        if (has_answered[i] && slice_eq_ci(a->servers[i].name, a->servers[silent].name))
            return !dns_server_has_route(&a->servers[silent]);
    }
    return false;
}

static void
ask_all(struct looking *l, const struct dns_authority *a)
{
    bool has_answered[DNS_AUTHORITY_SERVERS_MAX] = {false};
    if (!a->is_whole || a->count == 0)
        tell(l, KEYS_SIGHT_UNKNOWN, NULL,
             N_("not all addresses of the zone's name servers are known"));
    for (size_t i = 0; i < a->count; i++)
        has_answered[i] = ask_server(l, &a->servers[i], a->apex);
    for (size_t i = 0; i < a->count; i++) {
        if (!has_answered[i] && !is_excused(a, has_answered, i))
            tell(l, KEYS_SIGHT_UNKNOWN, &a->servers[i], N_("it does not answer"));
    }
}

/* ---- all of them ---- */

static void
look(struct looking *l)
{
    struct dns_authority authority;
    for (unsigned i = 0; i < ALIASES_MAX; i++) {
        l->alias = SLICE_NONE;
        if (!dns_authority_find(&l->context, l->name, &authority)) {
            tell(l, KEYS_SIGHT_UNKNOWN, NULL,
                 N_("the zone's name servers cannot be found"));
            return;
        }
        ask_all(l, &authority);
        if (l->alias.len == 0)
            return;
        l->name = l->alias;
    }
    tell(l, KEYS_SIGHT_WRONG, NULL, N_("the aliases have no end"));
}

static void
look_in_file(struct looking *l)
{
    struct sceau_dns_answer answer;
    sceau_dns_lookup(&l->context, l->name, SCEAU_DNS_TXT, &answer);
    judge_answer(l, &answer, NULL);
}

void
key_sight(struct environment *env, struct sceau_slice domain,
          const struct keys_key *key, struct key_sight *sight)
{
    struct text name = text_new(env->arena, SIZE_MAX);
    text_slice(&name, key->selector);
    text_string(&name, "._domainkey.");
    text_slice(&name, domain);
    *sight = (struct key_sight){.seen.sight = KEYS_SIGHT_EVERYWHERE,
                                .name = text_done(&name)};
    struct looking l = {.env = env, .key = key, .sight = sight, .name = sight->name};
    sceau_dns_session_init(&l.session, env->resolver, env->arena, QUESTION_MS);
    l.context = (struct sceau_context){.arena = env->arena,
                                       .resolver = &l.session.resolver,
                                       .now = time(NULL)};
    if (env->zone != NULL)
        look_in_file(&l);
    else
        look(&l);
}
