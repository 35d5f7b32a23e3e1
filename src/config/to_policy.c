/* [policy], its named sections, and what [milter] says of names and shadow mode, as the policy module takes them. */
#include "config/config.h"

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

enum sceau_status
config_to_policy(struct sceau_arena *arena, const struct sceau_config *config,
                 struct policy_config *policy)
{
    const struct config_policy *from = &config->policy;
    struct policy_sealer *sealers =
        sceau_arena_alloc(arena, config->sealer_count * sizeof *sealers + 1);
    struct policy_forwarder *forwarders =
        sceau_arena_alloc(arena, config->forwarder_count * sizeof *forwarders + 1);
    policy_config_init(policy);
    struct policy_list *lists =
        sceau_arena_alloc(arena, config->list_count * sizeof *lists + 1);
    if (lists == NULL || sealers == NULL || forwarders == NULL)
        return SCEAU_E_LIMIT;
    for (size_t i = 0; i < config->sealer_count; i++)
        sealers[i] = (struct policy_sealer){.domain = config->sealers[i].domain,
                                            .until = config->sealers[i].until,
                                            .recipients = names_of(
                                                config->sealers[i].recipients)};
    for (size_t i = 0; i < config->forwarder_count; i++) {
        const struct config_forwarder *f = &config->forwarders[i];
        forwarders[i] =
            (struct policy_forwarder){.domain = f->domain,
                                      .until = f->until,
                                      .networks = networks_of(f->networks),
                                      .recipients = names_of(f->recipients)};
    }
    for (size_t i = 0; i < config->list_count; i++) {
        const struct config_list *l = &config->lists[i];
        lists[i] = (struct policy_list){.address = l->address,
                                        .name = l->name,
                                        .rewrite_from = l->rewrite_from,
                                        .refuse_restrictive = l->refuse_restrictive};
    }
    policy->lists = lists;
    policy->list_count = config->list_count;
    policy->forwarders = forwarders;
    policy->forwarder_count = config->forwarder_count;
    policy->exempt_senders = names_of(from->exempt_senders);
    policy->exempt_recipients = names_of(from->exempt_recipients);
    policy->exempt_networks = networks_of(from->exempt_networks);
    policy->exempt_dkim = names_of(from->exempt_dkim);
    policy->refuse_spf_fail = from->refuse_spf_fail;
    policy->own_domains = names_of(from->own_domains);
    policy->refuse_own_domains = from->refuse_own_domains;
    policy->authserv_id = config->milter.authserv_id;
    policy->is_shadow = config->milter.shadow;
    policy->shadow_authserv_id = config->milter.shadow_authserv_id;
    policy->mode = from->mode;
    policy->invalid_from = from->invalid_from;
    policy->quarantine = from->quarantine;
    policy->on_temperror = from->on_temperror;
    policy->temperror_tries = (unsigned)from->temperror_tries; /* at most 100 */
    policy->exempt_authenticated = from->exempt_authenticated;
    policy->exempt_local_socket = from->exempt_local_socket;
    policy->trusted_networks = from->trusted_networks.items;
    policy->trusted_network_count = from->trusted_networks.count;
    policy->sealers = sealers;
    policy->sealer_count = config->sealer_count;
    policy->fail_field = from->fail_field;
    policy->suspect_field = from->suspect_field;
    policy->suspect_value = from->suspect_value;
    policy->private_fields = from->private_fields.items;
    policy->private_field_count = from->private_fields.count;
    policy->url = from->url;
    return SCEAU_OK;
}
