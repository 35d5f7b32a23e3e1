/* A zone's names in one hash table: owners, and the empty names between them. */
#include "zonestore.h"

#include "rrset.h"

enum {
    SLOTS_MIN = 64,
    NEGATIVE_TTL = 300 /* seconds a "no" may be kept; the fixtures have no SOA */
};

/* One record, in the order of the file. */
struct zone_rr {
    struct sceau_slice rdata;
    struct zone_rr *next;
};

/* The records of one type at one owner, or the trouble that is played for it. */
struct zone_set {
    uint16_t type;
    uint32_t ttl;
    bool is_opaque; /* records whose rdata was not read */
    bool is_failure;
    enum sceau_dns_status outcome;
    size_t count;
    size_t octets; /* of the packed form */
    struct zone_rr *rrs;
    struct zone_rr **last_next;
    struct zone_set *next;
};

struct zone_node {
    uint64_t hash;
    struct sceau_slice name; /* wire form, lower case */
    struct zone_set *sets;
};

void
zone_store_init(struct zone_store *store, struct sceau_arena *arena,
                struct sceau_slice text)
{
    static const struct hash_key first = {0x7a6f6e65, 0x73636561};
    static const struct hash_key second = {0x6b6579, 0x746578};
    *store = (struct zone_store){
        .arena = arena,
        .key = {hash_octets(&first, text), hash_octets(&second, text)},
    };
}

/* ---- the index ---------------------------------------------------------------------- */

/* The slot of that name: its node, or where it would stand. Never full: see reserve. */
static struct zone_node **
find_slot(const struct zone_store *store, uint64_t hash, struct sceau_slice name)
{
    size_t at = hash & (store->slot_count - 1);
    while (store->slots[at] != NULL &&
           (store->slots[at]->hash != hash || !slice_eq(store->slots[at]->name, name)))
        at = (at + 1) & (store->slot_count - 1);
    return &store->slots[at];
}

/* Room for one node more at a load of at most one half. */
static bool
reserve(struct zone_store *store)
{
    struct zone_store grown = *store;
    if (store->node_count < store->slot_count / 2)
        return true;
    grown.slot_count =
        store->slot_count < SLOTS_MIN ? SLOTS_MIN : store->slot_count * 2;
    grown.slots =
        sceau_arena_alloc(store->arena, grown.slot_count * sizeof *grown.slots);
    if (grown.slots == NULL)
        return false;
    for (size_t i = 0; i < store->slot_count; i++) {
        struct zone_node *node = store->slots[i];
        if (node != NULL)
            *find_slot(&grown, node->hash, node->name) = node;
    }
    *store = grown;
    return true;
}

static struct zone_node *
find_node(const struct zone_store *store, struct sceau_slice name)
{
    if (store->slot_count == 0)
        return NULL;
    return *find_slot(store, hash_octets(&store->key, name), name);
}

/* The node of that name, made when there is none. NULL when memory is exhausted. */
static struct zone_node *
make_node(struct zone_store *store, struct sceau_slice name, bool *is_new)
{
    uint64_t hash = hash_octets(&store->key, name);
    if (!reserve(store))
        return NULL;
    struct zone_node **slot = find_slot(store, hash, name);
    *is_new = *slot == NULL;
    if (!*is_new)
        return *slot;
    struct zone_node *node = sceau_arena_alloc(store->arena, sizeof *node);
    struct sceau_slice copy = slice_copy(store->arena, name);
    if (node == NULL || copy.ptr == NULL)
        return NULL;
    *node = (struct zone_node){.hash = hash, .name = copy};
    store->node_count++;
    return *slot = node;
}

/* The node of an owner and of all names above it: those exist too (RFC 8020 section 2),
 * without records. A name that is there has its ancestors already. */
static struct zone_node *
make_owner(struct zone_store *store, const struct dns_name *owner)
{
    struct dns_name lower = *owner;
    dns_name_lower(&lower);
    struct sceau_slice name = dns_name_slice(&lower);
    bool is_new = true;
    struct zone_node *node = make_node(store, name, &is_new);
    bool has_failed = node == NULL;
    while (is_new && !has_failed && name.len > 1) {
        name = slice_skip(name, 1 + (size_t)(unsigned char)name.ptr[0]);
        has_failed = make_node(store, name, &is_new) == NULL;
    }
    return has_failed ? NULL : node;
}

static struct zone_set *
find_set(const struct zone_node *node, uint16_t type, bool is_failure)
{
    struct zone_set *set = node->sets;
    while (set != NULL && (set->type != type || set->is_failure != is_failure))
        set = set->next;
    return set;
}

static struct zone_set *
make_set(struct zone_store *store, const struct dns_name *owner, uint16_t type,
         bool is_failure)
{
    struct zone_node *node = make_owner(store, owner);
    if (node == NULL)
        return NULL;
    struct zone_set *set = find_set(node, type, is_failure);
    if (set != NULL)
        return set;
    set = sceau_arena_alloc(store->arena, sizeof *set);
    if (set == NULL)
        return NULL;
    *set = (struct zone_set){.type = type,
                             .ttl = UINT32_MAX,
                             .is_failure = is_failure,
                             .last_next = &set->rrs,
                             .next = node->sets};
    return node->sets = set;
}

bool
zone_store_add(struct zone_store *store, const struct dns_name *owner, uint16_t type,
               uint32_t ttl, struct sceau_slice rdata)
{
    struct zone_set *set = make_set(store, owner, type, false);
    if (set == NULL)
        return false;
    if (ttl < set->ttl)
        set->ttl = ttl;
    if (rdata.ptr == NULL) {
        set->is_opaque = true;
        return true;
    }
    struct zone_rr *rr = sceau_arena_alloc(store->arena, sizeof *rr);
    struct sceau_slice copy = slice_copy(store->arena, rdata);
    if (rr == NULL || copy.ptr == NULL)
        return false;
    rr->rdata = copy;
    *set->last_next = rr;
    set->last_next = &rr->next;
    set->count++;
    set->octets += 2 + rdata.len;
    return true;
}

bool
zone_store_fail(struct zone_store *store, const struct dns_name *owner, uint16_t type,
                enum sceau_dns_status outcome)
{
    struct zone_set *set = make_set(store, owner, type, true);
    if (set != NULL)
        set->outcome = outcome;
    return set != NULL;
}

/* ---- answers -------------------------------------------------------------------------- */

static void
answer_records(const struct zone_set *set, struct sceau_arena *arena,
               struct sceau_dns_answer *answer)
{
    if (set->is_opaque) {
        dns_answer_without(answer, SCEAU_DNS_SERVFAIL, 0,
                           "records of this type are not read from zone files");
        return;
    }
    if (dns_rrset_is_too_large(set->count, set->octets)) {
        dns_answer_too_large(answer, set->ttl);
        return;
    }
    char *packed = sceau_arena_alloc(arena, set->octets);
    if (packed == NULL) {
        dns_answer_no_memory(answer);
        return;
    }
    size_t at = 0;
    for (const struct zone_rr *rr = set->rrs; rr != NULL; rr = rr->next) {
        packed[at++] = (char)(rr->rdata.len >> 8);
        packed[at++] = (char)(rr->rdata.len & 0xff);
        memcpy(packed + at, rr->rdata.ptr, rr->rdata.len);
        at += rr->rdata.len;
    }
    struct dns_rrset rrset = {
        set->type, set->ttl, set->count, {packed, at}
    };
    dns_rrset_answer(&rrset, arena, answer);
}

/* What stands at one name, links not followed. True when that is the whole answer; else
 * *cname is the link to follow. */
static bool
answer_at(const struct zone_store *store, struct sceau_slice name, uint16_t type,
          struct sceau_arena *arena, struct sceau_dns_answer *answer,
          const struct zone_set **cname)
{
    const struct zone_node *node = find_node(store, name);
    if (node == NULL) {
        dns_answer_without(answer, SCEAU_DNS_NXDOMAIN, NEGATIVE_TTL, NULL);
        return true;
    }
    const struct zone_set *set = find_set(node, type, false);
    if (set != NULL) {
        answer_records(set, arena, answer);
        return true;
    }
    const struct zone_set *failure = find_set(node, type, true);
    if (failure == NULL)
        failure = find_set(node, ZONE_TYPE_ANY, true);
    if (failure != NULL) {
        dns_answer_without(answer, failure->outcome, 0, "as $FAIL says");
        return true;
    }
    *cname = find_set(node, SCEAU_DNS_CNAME, false);
    if (*cname == NULL)
        dns_answer_without(answer, SCEAU_DNS_NODATA, NEGATIVE_TTL, NULL);
    return *cname == NULL;
}

void
zone_store_answer(const struct zone_store *store, const struct dns_name *name,
                  uint16_t type, struct sceau_arena *arena,
                  struct sceau_dns_answer *answer)
{
    struct dns_name at = *name;
    uint32_t ttl = UINT32_MAX;
    const struct zone_set *cname = NULL;
    for (unsigned links = 0; links <= SCEAU_DNS_CNAME_MAX; links++) {
        if (answer_at(store, dns_name_slice(&at), type, arena, answer, &cname)) {
            answer->ttl = answer->ttl < ttl ? answer->ttl : ttl;
            return;
        }
        ttl = cname->ttl < ttl ? cname->ttl : ttl;
        at = (struct dns_name){0};
        dns_name_add_name(&at, cname->rrs->rdata);
        dns_name_lower(&at);
    }
    dns_answer_without(answer, SCEAU_DNS_SERVFAIL, 0,
                       "more than 8 CNAME links, or a loop of them");
}
