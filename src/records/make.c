/* Names, hosts, aliases and MX of a description, and the list that all records go into.
 * RFC 1035 section 3.3, RFC 2181 section 10.3 (an MX leads to no alias). */
#include "core/ip.h"
#include "dns/rdata.h"
#include "maker.h"

/* ---- the list ------------------------------------------------------------------------- */

void
maker_refuse(struct maker *m, const char *english, const struct language_word *words,
             size_t count)
{
    if (m->problem.ptr == NULL)
        m->problem = language_sentence(m->arena, m->language, english, words, count);
    m->is_full |= m->problem.ptr == NULL;
}

struct sceau_slice
maker_wire(struct maker *m, struct sceau_slice name)
{
    struct dns_name wire;
    if (name.ptr == NULL) {
        m->is_full = true;
        return SLICE_NONE;
    }
    if (!dns_name_from_asked(name, &wire)) {
        const struct language_word words[] = {LANGUAGE_THEIRS("name", name)};
        maker_refuse(m, N_("{name} is longer than a name in DNS can be"), words, 1);
        return SLICE_NONE;
    }
    struct sceau_slice copy = slice_copy(m->arena, dns_name_slice(&wire));
    m->is_full |= copy.ptr == NULL;
    return copy;
}

/* Room for one item more. False when the arena is full. */
static bool
grow(struct maker *m, void **items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    size_t more = *capacity == 0 ? 32 : *capacity * 2;
    void *larger = sceau_arena_alloc(m->arena, more * size);
    m->is_full |= larger == NULL;
    if (larger == NULL)
        return false;
    if (count > 0)
        memcpy(larger, *items, count * size);
    *items = larger;
    *capacity = more;
    return true;
}

struct records_record *
maker_add(struct maker *m, enum records_section section, struct sceau_slice name,
          uint16_t type, struct sceau_slice rdata)
{
    struct sceau_slice owner = maker_wire(m, name);
    m->is_full |= rdata.ptr == NULL;
    if (owner.ptr == NULL || rdata.ptr == NULL)
        return NULL;
    for (size_t i = 0; i < m->count; i++) {
        if (m->records[i].type == type && dns_name_equal(m->records[i].owner, owner) &&
            slice_eq(m->records[i].rdata, rdata))
            return NULL;
    }
    void *items = m->records;
    if (!grow(m, &items, m->count, &m->capacity, sizeof *m->records))
        return NULL;
    m->records = items;
    struct records_record *record = &m->records[m->count++];
    *record = (struct records_record){.section = section,
                                      .owner = owner,
                                      .type = type,
                                      .rdata = rdata};
    return record;
}

/* Strings of at most 255 octets; the first ends behind `first` octets, if any. */
static struct sceau_slice
text_rdata(struct sceau_arena *arena, struct sceau_slice text, size_t first)
{
    struct text t = text_new(arena, SIZE_MAX);
    do {
        size_t len = text.len < DNS_STRING_MAX ? text.len : DNS_STRING_MAX;
        size_t blank = slice_find_last(slice_sub(text, 0, len), ' ');
        if (first > 0 && first <= len)
            len = first;
        else if (len < text.len && blank < len && blank > DNS_STRING_MAX / 2)
            len = blank + 1; /* terms stay whole for a reader */
        text_octet(&t, (char)len);
        text_slice(&t, slice_sub(text, 0, len));
        text = slice_skip(text, len);
        first = 0;
    } while (text.len > 0);
    return text_done(&t);
}

struct records_record *
maker_add_text(struct maker *m, enum records_section section, struct sceau_slice name,
               struct sceau_slice text, size_t first)
{
    if (text.ptr == NULL) {
        m->is_full = true;
        return NULL;
    }
    struct records_record *record =
        maker_add(m, section, name, SCEAU_DNS_TXT, text_rdata(m->arena, text, first));
    if (record != NULL)
        record->text = text;
    return record;
}

void
maker_claim(struct maker *m, struct sceau_slice name, uint16_t type, const char *prefix)
{
    struct sceau_slice owner = maker_wire(m, name);
    void *items = m->claims;
    if (owner.ptr == NULL ||
        !grow(m, &items, m->claim_count, &m->claim_capacity, sizeof *m->claims))
        return;
    m->claims = items;
    m->claims[m->claim_count++] =
        (struct records_claim){owner, type, sceau_slice_from(prefix)};
}

/* ---- names ---------------------------------------------------------------------------- */

struct sceau_slice
records_name(struct sceau_arena *arena, struct sceau_slice domain,
             struct sceau_slice written)
{
    if (slice_eq(written, SCEAU_SLICE("@")) || written.len == 0)
        return domain;
    if (written.ptr[written.len - 1] == '.')
        return slice_sub(written, 0, written.len - 1);
    if (domain_is_within(written, domain))
        return written;
    return domain_join(arena, written, domain);
}

static struct sceau_slice
name_of(struct maker *m, struct sceau_slice written)
{
    struct sceau_slice name = records_name(m->arena, m->domain->domain, written);
    m->is_full |= name.ptr == NULL;
    return name;
}

size_t
maker_sender_count(const struct maker *m)
{
    return 1 + m->domain->senders.count;
}

struct sceau_slice
maker_sender(struct maker *m, size_t i)
{
    return i == 0 ? m->domain->domain
                  : name_of(m, m->domain->senders.items[i - 1].name);
}

/* ---- hosts ---------------------------------------------------------------------------- */

static void
set_ttl(struct records_record *record, uint64_t ttl)
{
    if (record == NULL)
        return;
    record->has_ttl = true;
    record->ttl = (uint32_t)ttl;
}

/* A and AAAA of a host. Of a version that is not described nothing is said: such a record
 * may stand there. */
static void
add_addresses(struct maker *m, const struct config_host *host)
{
    static const struct {
        uint8_t version;
        uint16_t type;
        size_t octets;
    } kinds[] = {
        {4, SCEAU_DNS_A,    4 },
        {6, SCEAU_DNS_AAAA, 16},
    };
    struct sceau_slice name = name_of(m, host->name);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        bool is_described = false;
        for (size_t i = 0; i < host->count; i++) {
            const struct sceau_ip *ip = &host->addresses[i].address;
            if (ip->version != kinds[k].version)
                continue;
            is_described = true;
            set_ttl(maker_add(m, RECORDS_MX, name, kinds[k].type,
                              (struct sceau_slice){(const char *)ip->octets,
                                                   kinds[k].octets}),
                    m->domain->host_ttl);
        }
        if (is_described)
            maker_claim(m, name, kinds[k].type, "");
    }
    maker_claim(m, name, SCEAU_DNS_CNAME, "");
}

static void
add_hosts(struct maker *m, const struct config_hosts *hosts)
{
    for (size_t i = 0; i < hosts->count; i++) {
        const struct config_host *host = &hosts->items[i];
        if (host->count > 0) {
            add_addresses(m, host);
            continue;
        }
        const struct language_word words[] = {LANGUAGE_THEIRS("name", host->name)};
        maker_refuse(m, N_("{name} has no address; write {name}=ADDRESS"), words, 1);
    }
}

static bool
is_host(struct maker *m, struct sceau_slice name)
{
    const struct config_hosts *lists[] = {&m->domain->servers, &m->domain->gateways,
                                          &m->domain->senders};
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
        for (size_t i = 0; i < lists[k]->count; i++) {
            if (slice_eq_ci(name_of(m, lists[k]->items[i].name), name))
                return true;
        }
    }
    return false;
}

static void
add_aliases(struct maker *m)
{
    const struct config_domain *d = m->domain;
    if (d->servers.count == 0)
        return;
    struct sceau_slice target = maker_wire(m, name_of(m, d->servers.items[0].name));
    for (size_t i = 0; i < d->aliases.count; i++) {
        struct sceau_slice name = name_of(m, d->aliases.items[i]);
        if (is_host(m, name) || slice_eq_ci(name, d->domain))
            continue; /* described better elsewhere */
        set_ttl(maker_add(m, RECORDS_MX, name, SCEAU_DNS_CNAME, target), d->host_ttl);
        maker_claim(m, name, SCEAU_DNS_CNAME, "");
        maker_claim(m, name, SCEAU_DNS_A, "");
        maker_claim(m, name, SCEAU_DNS_AAAA, "");
    }
}

/* ---- MX ------------------------------------------------------------------------------- */

static void
add_mx(struct maker *m, struct sceau_slice name, struct sceau_slice host,
       unsigned preference)
{
    struct sceau_slice wire = maker_wire(m, host);
    struct text t = text_new(m->arena, SIZE_MAX);
    text_octet(&t, (char)(preference >> 8));
    text_octet(&t, (char)(preference & 0xff));
    text_slice(&t, wire);
    set_ttl(maker_add(m, RECORDS_MX, name, SCEAU_DNS_MX, text_done(&t)),
            m->domain->host_ttl);
}

/* A name that is written without final dot and is no host of ours is the usual mistake. */
static bool
is_mx_named_well(struct maker *m, struct sceau_slice written)
{
    struct sceau_slice name = name_of(m, written);
    if (written.len == 0 || written.ptr[written.len - 1] == '.' || is_host(m, name))
        return true;
    const struct language_word words[] = {LANGUAGE_THEIRS("name", written),
                                          LANGUAGE_THEIRS("full", name)};
    maker_refuse(m,
                 N_("mx: {name} ({full}) is neither a server nor a gateway of this "
                    "domain; name its addresses there, or write {name}. with a final "
                    "dot when it is a host of others"),
                 words, 2);
    return false;
}

static void
add_mxs(struct maker *m, struct sceau_slice name)
{
    const struct config_domain *d = m->domain;
    const struct config_hosts *hosts =
        d->gateways.count > 0 ? &d->gateways : &d->servers;
    for (size_t i = 0; i < d->mx.count; i++) {
        if (is_mx_named_well(m, d->mx.items[i].name))
            add_mx(m, name, name_of(m, d->mx.items[i].name), d->mx.items[i].preference);
    }
    for (size_t i = 0; d->mx.count == 0 && i < hosts->count; i++)
        add_mx(m, name, name_of(m, hosts->items[i].name), 10);
    if (d->mx.count + hosts->count > 0)
        maker_claim(m, name, SCEAU_DNS_MX, "");
}

/* A sending name's own addresses are published when the Internet reaches them: those of a
 * private network are for the server alone. */
static void
add_senders(struct maker *m)
{
    static const char *const private[] = {
        "10.0.0.0/8",    "172.16.0.0/12", "192.168.0.0/16",
        "100.64.0.0/10", "127.0.0.0/8",   "169.254.0.0/16",
        "fc00::/7",      "fe80::/10",     "::1"};
    for (size_t i = 0; i < m->domain->senders.count; i++) {
        const struct config_host *sender = &m->domain->senders.items[i];
        bool is_public = sender->count > 0;
        for (size_t k = 0; k < sender->count; k++) {
            for (size_t n = 0; n < sizeof private / sizeof *private; n++) {
                struct ip_network network;
                is_public &=
                    !ip_network_parse(sceau_slice_from(private[n]), &network) ||
                    !ip_in_network(&sender->addresses[k].address, &network.address,
                                   network.prefix);
            }
        }
        if (is_public)
            add_addresses(m, sender);
    }
}

/* ---- the whole ------------------------------------------------------------------------ */

static void
make_all(struct maker *m, const struct records_key *keys, size_t key_count)
{
    const struct config_domain *d = m->domain;
    if (d->servers.count + d->gateways.count == 0 && d->mx.count == 0) {
        const struct language_word words[] = {LANGUAGE_THEIRS("domain", d->domain)};
        maker_refuse(m,
                     N_("[domain \"{domain}\"] names no mail server; write servers = "
                        "mail=ADDRESS"),
                     words, 1);
        return;
    }
    add_hosts(m, &d->servers);
    add_hosts(m, &d->gateways);
    add_senders(m);
    add_aliases(m);
    for (size_t i = 0; i < maker_sender_count(m); i++)
        add_mxs(m, maker_sender(m, i));
    maker_spf(m);
    maker_dkim(m, keys, key_count);
    maker_dmarc(m);
}

static void
add_satellites(struct maker *m, struct records_set *set)
{
    const struct config_domain *d = m->domain;
    struct records_satellite *satellites =
        sceau_arena_alloc(m->arena, (d->senders.count + 1) * sizeof *satellites);
    m->is_full |= satellites == NULL;
    if (satellites == NULL)
        return;
    for (size_t i = 0; i < d->senders.count; i++) {
        const struct config_host *sender = &d->senders.items[i];
        satellites[i] = (struct records_satellite){name_of(m, sender->name),
                                                   sender->addresses, sender->count};
    }
    set->satellites = satellites;
    set->satellite_count = d->senders.count;
    set->relay = d->relay;
    if (d->relay.len == 0 && d->servers.count + d->gateways.count > 0)
        set->relay = name_of(m, d->servers.count > 0 ? d->servers.items[0].name
                                                     : d->gateways.items[0].name);
}

enum sceau_status
records_make(struct sceau_arena *arena, const struct sceau_config *config, size_t index,
             const struct records_key *keys, size_t key_count, enum language language,
             struct records_set *set, struct sceau_slice *problem)
{
    struct maker m = {.arena = arena,
                      .config = config,
                      .domain = &config->domains[index],
                      .language = language};
    *set = (struct records_set){.domain = m.domain->domain, .zone = m.domain->domain};
    if (m.domain->zone.len > 0 && (!domain_normal(arena, m.domain->zone, &set->zone) ||
                                   !domain_is_within(set->domain, set->zone))) {
        const struct language_word words[] = {LANGUAGE_THEIRS("zone", m.domain->zone),
                                              LANGUAGE_THEIRS("domain", set->domain)};
        maker_refuse(&m, N_("zone: {domain} does not lie in {zone}"), words, 2);
    }
    set->origin = maker_wire(&m, set->zone);
    make_all(&m, keys, key_count);
    add_satellites(&m, set);
    set->records = m.records;
    set->count = m.count;
    set->claims = m.claims;
    set->claim_count = m.claim_count;
    *problem = m.problem;
    if (m.is_full)
        return SCEAU_E_LIMIT;
    return m.problem.ptr != NULL ? SCEAU_E_SYNTAX : SCEAU_OK;
}
