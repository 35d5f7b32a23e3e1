/* Addresses: of the configuration first, for it has their names; then the literal ones of
 * the SPF records, and those of the MX hosts, that the daily look last saw. */
#include "ours.h"

#include "core/domain.h"
#include "key_facts.h"
#include "records/records.h"
#include "scope.h"

#define SECONDS_A_DAY 86400
#define FRESH_DAYS    3 /* a record not seen for longer is none */
#define KEY_GRACE     (INT64_C(30) * SECONDS_A_DAY) /* keys.grace, where it is not set */

struct making {
    struct sceau_arena *arena;
    struct growing addresses, keys;
    struct sceau_slice domain;
    bool is_full;
};

static void
add(struct making *m, const struct ip_network *network, struct sceau_slice name,
    struct sceau_slice domain, bool is_record)
{
    struct analysis_own *own = growing_add(&m->addresses);
    if (own == NULL || (name.len > 0 && name.ptr == NULL))
        m->is_full = true;
    else
        *own = (struct analysis_own){*network, name, domain, is_record};
}

/* ---- the configuration ---- */

static void
add_hosts(struct making *m, const struct config_hosts *hosts)
{
    for (size_t i = 0; i < hosts->count; i++) {
        const struct config_host *h = &hosts->items[i];
        struct sceau_slice name = records_name(m->arena, m->domain, h->name);
        for (size_t n = 0; n < h->count; n++)
            add(m, &h->addresses[n], name, SLICE_NONE, false);
    }
}

static void
add_config(struct making *m, const struct sceau_config *config)
{
    for (size_t i = 0; i < config->domain_count; i++) {
        m->domain = config->domains[i].domain;
        add_hosts(m, &config->domains[i].servers);
        add_hosts(m, &config->domains[i].gateways);
        add_hosts(m, &config->domains[i].senders);
    }
}

/* ---- records ---- */

/* "ip4:192.0.2.0/24" and "ip6:..." that pass; a name asks DNS and is left to the daily
 * look. */
static void
add_spf(struct making *m, struct sceau_slice record, struct sceau_slice domain)
{
    struct sceau_slice term;
    while (record.len > 0 && slice_next(&record, ' ', &term)) {
        struct ip_network network;
        if (term.len > 0 && term.ptr[0] == '+')
            term = slice_skip(term, 1);
        if ((slice_starts_ci(term, SCEAU_SLICE("ip4:")) ||
             slice_starts_ci(term, SCEAU_SLICE("ip6:"))) &&
            ip_network_parse(slice_skip(term, 4), &network) &&
            network.prefix >= (network.address.version == 4 ? 16U : 32U))
            add(m, &network, SLICE_NONE, domain, true);
    }
}

/* A domain's own SPF record, and addresses of hosts that its MX records name. */
static void
add_record(struct making *m, struct sceau_slice domain, struct sceau_slice name,
           struct sceau_slice type, struct sceau_slice text)
{
    struct ip_network network;
    bool is_address =
        slice_eq(type, SCEAU_SLICE("A")) || slice_eq(type, SCEAU_SLICE("AAAA"));
    if (slice_eq(type, SCEAU_SLICE("TXT")) &&
        slice_starts_ci(text, SCEAU_SLICE("v=spf1 ")))
        add_spf(m, text, domain);
    else if (is_address && ip_network_parse(text, &network))
        add(m, &network, slice_copy(m->arena, name), domain, true);
}

static bool
add_records(struct making *m, struct database *db)
{
    struct statement *st = database_prepare(
        db,
        "SELECT r.domain, r.name, r.type, r.text FROM (SELECT domain, max(last) AS "
        "seen FROM dns_record GROUP BY domain) AS d JOIN dns_record r ON r.domain = "
        "d.domain WHERE (r.type IN ('A', 'AAAA') OR r.type = 'TXT' AND lower(substr("
        "r.text, 1, 7)) = 'v=spf1 ') AND r.last >= d.seen - ?1");
    int step;
    bind_int(st, 1, (int64_t)FRESH_DAYS * SECONDS_A_DAY);
    while ((step = statement_step(st)) > 0) {
        struct sceau_slice domain = slice_copy(m->arena, column_text(st, 0));
        add_record(m, domain, column_text(st, 1), column_text(st, 2),
                   column_text(st, 3));
    }
    return step == 0;
}

const struct analysis_ours *
ours_make(struct sceau_arena *arena, const struct sceau_config *config,
          struct database *db)
{
    struct making m = {
        .arena = arena,
        .addresses = {.arena = arena, .size = sizeof(struct analysis_own)    },
        .keys = {.arena = arena, .size = sizeof(struct analysis_own_key)},
    };
    struct analysis_ours *ours = sceau_arena_alloc(arena, sizeof *ours);
    if (ours == NULL)
        return NULL;
    if (config != NULL)
        add_config(&m, config);
    if (db != NULL) {
        add_records(&m, db);
        key_facts_read(arena, db, &m.keys);
    }
    if (m.is_full || m.keys.is_full)
        return NULL;
    ours->addresses = m.addresses.items;
    ours->address_count = m.addresses.count;
    ours->keys = m.keys.items;
    ours->key_count = m.keys.count;
    ours->key_grace = config != NULL ? (int64_t)config->keys.grace : KEY_GRACE;
    ours->key_lifetime = config != NULL ? (int64_t)config->keys.lifetime : 0;
    return ours;
}
