/* The families of the catalogue, in its order. A family's rules stand beside their
 * functions. */
#include "mtasts_facts.h"
#include "smtp_facts.h"

static const struct check_family *const families[] = {
    &check_mx_family,     &check_host_family,   &check_blocklist_family,
    &check_ns_family,     &check_spf_family,    &check_dkim_family,
    &check_dmarc_family,  &check_smtp_family,   &check_mtasts_family,
    &check_tlsrpt_family, &check_dnssec_family, &check_dane_family,
    &check_bimi_family,   &check_zone_family,
};

const struct check_family *const *
check_families(size_t *count)
{
    *count = sizeof families / sizeof *families;
    return families;
}

const struct check_rule *
check_rule_find(struct sceau_slice id)
{
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        for (size_t k = 0; k < families[i]->count; k++) {
            if (slice_eq_ci(id, sceau_slice_from(families[i]->rules[k].id)))
                return &families[i]->rules[k];
        }
    }
    return NULL;
}
