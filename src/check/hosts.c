/* Facts about hosts: addresses, and the mail hosts of a name. */
#include "core/domain.h"
#include "facts.h"
#include "factstate.h"

static void
add_addresses(struct check_host *host, struct sceau_ip *addresses, uint32_t *ttls,
              const struct sceau_dns_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++) {
        if (host->address_count == CHECK_HOST_ADDRESSES_MAX)
            return;
        ttls[host->address_count] = answer->rrs[i].ttl;
        addresses[host->address_count++] = answer->rrs[i].address;
    }
}

static const struct check_host no_host;

const struct check_host *
check_host(struct check_subject *s, struct sceau_slice name)
{
    struct check_facts *facts = check_facts(s);
    for (size_t i = 0; i < facts->host_count; i++) {
        if (slice_eq_ci(facts->hosts[i]->name, name))
            return facts->hosts[i];
    }
    struct check_host *host = check_alloc(s, sizeof *host);
    struct sceau_ip *addresses =
        check_alloc(s, CHECK_HOST_ADDRESSES_MAX * sizeof *addresses);
    uint32_t *ttls = check_alloc(s, CHECK_HOST_ADDRESSES_MAX * sizeof *ttls);
    if (host == NULL || addresses == NULL || ttls == NULL)
        return &no_host;
    sceau_dns_prefetch(s->context, name, SCEAU_DNS_AAAA);
    *host = (struct check_host){.name = name, .addresses = addresses, .ttls = ttls};
    host->cname = check_ask(s, name, SCEAU_DNS_CNAME);
    host->a = check_ask(s, name, SCEAU_DNS_A);
    host->aaaa = check_ask(s, name, SCEAU_DNS_AAAA);
    add_addresses(host, addresses, ttls, &host->a);
    add_addresses(host, addresses, ttls, &host->aaaa);
    if (facts->host_count < CHECK_HOSTS_KEPT)
        facts->hosts[facts->host_count++] = host;
    return host;
}

const struct sceau_dns_answer *
check_host_trouble(const struct check_host *host, uint16_t *type)
{
    *type = SCEAU_DNS_A;
    if (sceau_dns_is_trouble(host->a.status))
        return &host->a;
    *type = SCEAU_DNS_AAAA;
    return sceau_dns_is_trouble(host->aaaa.status) ? &host->aaaa : NULL;
}

bool
check_host_unknown(struct check_subject *s, const struct check_host *host)
{
    uint16_t type;
    const struct sceau_dns_answer *trouble = check_host_trouble(host, &type);
    if (trouble != NULL)
        check_unknown(s, host->name, type, trouble);
    return trouble != NULL;
}

/* ---- mail hosts ---- */

/* Order by preference; hosts of one preference stay as answered. */
static void
insert_host(struct check_mx_host *hosts, size_t count, const struct sceau_dns_rr *rr)
{
    size_t at = count;
    while (at > 0 && hosts[at - 1].rr->preference > rr->preference) {
        hosts[at] = hosts[at - 1];
        at--;
    }
    hosts[at] = (struct check_mx_host){.rr = rr};
}

static void
fill_hosts(struct check_subject *s, struct check_mx *mx, struct check_mx_host *hosts)
{
    struct sceau_ip ip;
    for (size_t i = 0; i < mx->answer.count && mx->count < CHECK_MX_MAX; i++)
        insert_host(hosts, mx->count++, &mx->answer.rrs[i]);
    for (size_t i = 0; i < mx->count; i++) {
        struct sceau_slice name = hosts[i].rr->name;
        bool is_root = slice_eq(name, SCEAU_SLICE("."));
        mx->is_null |= is_root;
        if (!is_root && !sceau_ip_parse(name, &ip))
            hosts[i].host = check_host(s, name);
    }
}

static const struct check_mx no_mx = {.answer.status = SCEAU_DNS_LIMIT};

const struct check_mx *
check_mx(struct check_subject *s)
{
    struct check_facts *facts = check_facts(s);
    if (facts->mx != NULL)
        return facts->mx;
    struct check_mx *mx = check_alloc(s, sizeof *mx);
    struct check_mx_host *hosts = check_alloc(s, CHECK_MX_MAX * sizeof *hosts);
    if (mx == NULL || hosts == NULL)
        return &no_mx;
    *mx = (struct check_mx){.answer = check_ask(s, s->name, SCEAU_DNS_MX),
                            .hosts = hosts};
    fill_hosts(s, mx, hosts);
    bool is_new = mx->answer.status == SCEAU_DNS_NXDOMAIN && s->zone != NULL &&
                  s->zone->is_partial; /* a script may give it an address */
    if (mx->answer.status == SCEAU_DNS_NODATA || is_new) {
        mx->self = check_host(s, s->name);
        mx->is_implicit = mx->self->address_count > 0;
    }
    facts->mx = mx;
    return mx;
}

bool
check_has_mail_hosts(struct check_subject *s, const struct check_mx *mx)
{
    if (sceau_dns_is_trouble(mx->answer.status))
        check_unknown(s, s->name, SCEAU_DNS_MX, &mx->answer);
    else if (mx->count == 0)
        check_skip(s, N_("the name has no MX"));
    else if (mx->is_null && mx->count == 1)
        check_skip(s, N_("the name accepts no mail (null MX)"));
    else
        return true;
    return false;
}
