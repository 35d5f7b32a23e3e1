/* [sign] and [sign "domain"] as the policy module takes them. */
#include "config/config.h"

#include <stdlib.h>

static struct policy_names
names_of(struct config_words words)
{
    return (struct policy_names){words.items, words.count};
}

static struct policy_networks
networks_of(struct config_networks networks)
{
    return (struct policy_networks){networks.items, networks.count};
}

/* What stands in no section of its own. */
static struct policy_signing_domain
rest_of(const struct config_sign *from)
{
    return (struct policy_signing_domain){
        .algorithms = from->algorithms,
        .canonicalization = from->canonicalization,
        .headers = names_of(from->headers),
    };
}

static struct policy_signing_domain
domain_of(const struct config_sign_domain *from,
          const struct policy_signing_domain *rest)
{
    struct policy_signing_domain domain = *rest;
    domain.domain = from->domain;
    domain.subdomains = from->subdomains;
    domain.identity = from->identity;
    domain.networks = networks_of(from->networks);
    domain.selectors = names_of(from->selectors);
    if (from->algorithms > 0)
        domain.algorithms = (enum policy_algorithms)(from->algorithms - 1);
    if (from->canonicalization > 0)
        domain.canonicalization =
            (enum policy_canonicalization)(from->canonicalization - 1);
    if (from->headers.count > 0)
        domain.headers = names_of(from->headers);
    return domain;
}

static int
compare(const void *left, const void *right)
{
    const struct policy_signing_domain *a = left, *b = right;
    return policy_signing_compare(a->domain, b->domain);
}

enum sceau_status
config_to_signing(struct sceau_arena *arena, const struct sceau_config *config,
                  struct policy_signing_config *signing)
{
    const struct config_sign *from = &config->sign;
    size_t count = config->sign_domain_count;
    struct policy_signing_domain *domains =
        sceau_arena_alloc(arena, count * sizeof *domains + 1);
    if (domains == NULL)
        return SCEAU_E_LIMIT;
    *signing = (struct policy_signing_config){
        .owner_check = from->owner_check,
        .long_lines = from->long_lines,
        .on_error = from->on_error,
        .networks = networks_of(from->networks),
        .network_domains = names_of(from->network_domains),
        .local_domains = names_of(from->local_domains),
        .login_domains = names_of(from->login_domains),
        .expire = from->expire,
        .rest = rest_of(from),
        .domains = domains,
        .domain_count = count,
        .arc_domain = from->arc_domain,
        .arc_recipients = names_of(from->arc_recipients),
    };
    for (size_t i = 0; i < count; i++)
        domains[i] = domain_of(&config->sign_domains[i], &signing->rest);
    if (count > 1)
        qsort(domains, count, sizeof *domains, compare);
    return SCEAU_OK;
}
