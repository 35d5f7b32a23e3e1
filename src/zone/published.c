/* Answers out of an index of zones, as an authoritative server and a resolver behind it
 * would give them. */
#include "published.h"

#include "changes.h"
#include "dns/rrset.h"

enum {
    NEGATIVE_TTL = 300, /* seconds, when the zone has no SOA to say it */
    TYPE_DNAME = 39,
};

/* One question under way. */
struct question {
    const struct zone_published *published;
    struct sceau_arena *arena;
    struct dns_name name; /* changes as links are followed */
    uint16_t type;
    uint32_t timeout_ms;
    uint32_t ttl; /* the lowest of the links so far */
    struct sceau_dns_answer *answer;
};

/* ---- parts of an answer ------------------------------------------------------------------ */

/* The name without its first `labels` labels. */
static struct sceau_slice
skip_labels(struct sceau_slice name, size_t labels)
{
    while (labels-- > 0)
        name = slice_skip(name, 1 + (size_t)(unsigned char)name.ptr[0]);
    return name;
}

static size_t
count_labels(struct sceau_slice name)
{
    size_t count = 0;
    while (name.ptr[0] != 0) {
        name = skip_labels(name, 1);
        count++;
    }
    return count;
}

static void
answer_set(struct question *q, const struct zone_rrset *set)
{
    size_t octets = 0, at = 0;
    for (size_t i = 0; i < set->count; i++)
        octets += 2 + set->records[i]->rdata.len;
    if (set->is_unreadable) {
        dns_answer_without(q->answer, SCEAU_DNS_SERVFAIL, 0,
                           "a record there cannot be read in the zone file");
        return;
    }
    if (dns_rrset_is_too_large(set->count, octets)) {
        dns_answer_too_large(q->answer, set->ttl);
        return;
    }
    char *packed = sceau_arena_alloc(q->arena, octets);
    if (packed == NULL) {
        dns_answer_no_memory(q->answer);
        return;
    }
    for (size_t i = 0; i < set->count; i++) {
        struct sceau_slice rdata = set->records[i]->rdata;
        packed[at++] = (char)(rdata.len >> 8);
        packed[at++] = (char)(rdata.len & 0xff);
        memcpy(packed + at, rdata.ptr, rdata.len);
        at += rdata.len;
    }
    struct dns_rrset rrset = {
        set->type, set->ttl, set->count, {packed, at}
    };
    dns_rrset_answer(&rrset, q->arena, q->answer);
}

/* How long a "no" of that zone may be kept: RFC 2308 section 5. */
static uint32_t
negative_ttl(const struct question *q, const struct zone_part *part)
{
    const struct zone_rrset *soa =
        zone_index_find(q->published->index, part->origin, SCEAU_DNS_SOA);
    if (soa == NULL || soa->is_unreadable || soa->records[0]->rdata.len < 4)
        return NEGATIVE_TTL;
    struct sceau_slice rdata = soa->records[0]->rdata;
    const unsigned char *end = (const unsigned char *)rdata.ptr + rdata.len;
    uint32_t minimum = (uint32_t)end[-4] << 24 | (uint32_t)end[-3] << 16 |
                       (uint32_t)end[-2] << 8 | end[-1];
    return minimum < soa->ttl ? minimum : soa->ttl;
}

static void
answer_lost(struct question *q)
{
    dns_answer_without(q->answer, SCEAU_DNS_SERVFAIL, 0,
                       "a line of the zone file that may hold it was refused: see "
                       "zone.parse");
}

static void
answer_no(struct question *q, const struct zone_part *part,
          enum sceau_dns_status status)
{
    if (zone_part_has_lost(part, dns_name_slice(&q->name)))
        answer_lost(q);
    else
        dns_answer_without(q->answer, status, negative_ttl(q, part), NULL);
}

/* The name at hand is not ours to answer. */
static void
answer_outside(struct question *q)
{
    struct sceau_resolver *upstream = q->published->upstream;
    if (upstream == NULL) {
        dns_answer_without(q->answer, SCEAU_DNS_REFUSED, 0,
                           "this name is not in the zone file");
        return;
    }
    struct sceau_slice asked = dns_name_to_asked(q->arena, dns_name_slice(&q->name));
    if (asked.ptr == NULL)
        dns_answer_no_memory(q->answer);
    else
        upstream->lookup(upstream, q->arena, asked, q->type, q->timeout_ms, q->answer);
}

/* ---- the way down a zone --------------------------------------------------------------------- */

/* Go on at a link's target; true when the question ends here. */
static bool
follow(struct question *q, const struct zone_rrset *link, struct dns_name *target)
{
    if (link->is_unreadable) {
        answer_set(q, link);
        return true;
    }
    q->ttl = link->ttl < q->ttl ? link->ttl : q->ttl;
    q->name = *target;
    return false;
}

static bool
follow_cname(struct question *q, const struct zone_rrset *cname)
{
    struct dns_name target = {0};
    if (!cname->is_unreadable)
        dns_name_add_name(&target, cname->records[0]->rdata);
    return follow(q, cname, &target);
}

/* RFC 6672 section 2.2: the labels below the DNAME's owner stay. */
static bool
follow_dname(struct question *q, const struct zone_rrset *dname)
{
    struct sceau_slice name = dns_name_slice(&q->name);
    struct dns_name target = {0};
    size_t kept = name.len - dname->owner.len;
    memcpy(target.wire, name.ptr, kept);
    target.len = kept;
    if (!dname->is_unreadable &&
        !dns_name_add_name(&target, dname->records[0]->rdata)) {
        dns_answer_without(q->answer, SCEAU_DNS_SERVFAIL, 0,
                           "DNAME makes a name of more than 255 octets");
        return true;
    }
    return follow(q, dname, &target);
}

/* What stands at one name or wildcard: sets, of which `count` are its own. */
static bool
answer_at(struct question *q, const struct zone_part *part,
          const struct zone_rrset *sets, size_t count)
{
    const struct zone_rrset *cname = NULL;
    for (size_t i = 0; i < count; i++) {
        if (sets[i].type == q->type) {
            answer_set(q, &sets[i]);
            return true;
        }
        if (sets[i].type == SCEAU_DNS_CNAME)
            cname = &sets[i];
    }
    if (cname != NULL)
        return follow_cname(q, cname);
    answer_no(q, part, SCEAU_DNS_NODATA);
    return true;
}

/* The name does not exist: the wildcard of its closest encloser may stand for it (RFC 4592
 * section 3.3.1). */
static bool
answer_wildcard(struct question *q, const struct zone_part *part,
                struct sceau_slice encloser)
{
    struct dns_name wildcard = {0};
    size_t count = 0;
    const struct zone_rrset *sets = NULL;
    if (dns_name_add_label(&wildcard, SCEAU_SLICE("*")) &&
        dns_name_add_name(&wildcard, encloser))
        sets = zone_index_at(q->published->index, dns_name_slice(&wildcard), &count);
    if (sets != NULL && !zone_part_has_lost(part, dns_name_slice(&q->name)))
        return answer_at(q, part, sets, count);
    answer_no(q, part, SCEAU_DNS_NXDOMAIN);
    return true;
}

/* From the zone's top down to the name. True when that is the whole answer. */
static bool
answer_in(struct question *q, const struct zone_part *part)
{
    const struct zone_index *index = q->published->index;
    struct sceau_slice name = dns_name_slice(&q->name), encloser = part->origin;
    size_t depth = count_labels(name) - count_labels(part->origin);
    for (size_t below = depth; below > 0; below--) {
        struct sceau_slice at = skip_labels(name, below);
        const struct zone_rrset *dname = zone_index_find(index, at, TYPE_DNAME);
        bool is_cut = below < depth && zone_index_find(index, at, SCEAU_DNS_NS) != NULL;
        if (is_cut) {
            answer_outside(q);
            return true;
        }
        if (dname != NULL)
            return follow_dname(q, dname);
    }
    if (depth > 0 && zone_index_find(index, name, SCEAU_DNS_NS) != NULL) {
        answer_outside(q);
        return true;
    }
    size_t count = 0;
    const struct zone_rrset *sets = zone_index_at(index, name, &count);
    if (sets != NULL)
        return answer_at(q, part, sets, count);
    for (size_t below = 1; below <= depth; below++) {
        size_t own = 0;
        encloser = skip_labels(name, below);
        if (zone_index_at(index, encloser, &own) != NULL)
            break;
    }
    return answer_wildcard(q, part, encloser);
}

/* ---- a script ----------------------------------------------------------------------------- */

/* What the zone in service has at the name at hand. */
static void
ask_service(struct question *q, uint16_t type, struct sceau_dns_answer *base)
{
    struct question asked = *q;
    asked.type = type;
    asked.answer = base;
    answer_outside(&asked);
}

/* Does the name have an alias in service, and does the script leave it there? Trouble tells
 * neither. */
static bool
has_alias(struct question *q, bool *stays)
{
    struct sceau_dns_answer alias = {.status = SCEAU_DNS_NODATA};
    if (q->type != SCEAU_DNS_CNAME)
        ask_service(q, SCEAU_DNS_CNAME, &alias);
    bool is_there = alias.status == SCEAU_DNS_OK && alias.count > 0;
    *stays =
        is_there && !zone_changes_delete(q->published->index, dns_name_slice(&q->name),
                                         SCEAU_DNS_CNAME, alias.rrs[0].rdata);
    return is_there;
}

/* What stands in service beside an alias that the script adds, and stays: OK, and the server
 * leaves the alias out without a word (RFC 2136 section 3.4.2.2); NODATA: nothing; else
 * trouble. DNS has no question for all of a name, so that it is asked for what names have. */
static enum sceau_dns_status
beside_alias(const struct question *q)
{
    static const uint16_t types[] = {SCEAU_DNS_A, SCEAU_DNS_AAAA, SCEAU_DNS_MX,
                                     SCEAU_DNS_TXT, SCEAU_DNS_NS};
    struct question asked = *q;
    struct sceau_dns_answer base = {.status = SCEAU_DNS_NODATA};
    ask_service(&asked, SCEAU_DNS_CNAME, &base);
    if (base.status == SCEAU_DNS_OK || base.status == SCEAU_DNS_NXDOMAIN)
        return SCEAU_DNS_NODATA; /* it takes an alias' place, or nobody's */
    for (size_t k = 0;
         base.status == SCEAU_DNS_NODATA && k < sizeof types / sizeof *types; k++) {
        ask_service(&asked, types[k], &base);
        for (size_t i = 0; base.status == SCEAU_DNS_OK && i < base.count; i++) {
            if (!zone_changes_delete(q->published->index, dns_name_slice(&q->name),
                                     types[k], base.rrs[i].rdata))
                return SCEAU_DNS_OK;
        }
        if (base.status == SCEAU_DNS_OK) /* all of it goes */
            base.status = SCEAU_DNS_NODATA;
    }
    return base.status == SCEAU_DNS_NXDOMAIN ? SCEAU_DNS_NODATA : base.status;
}

/* Is a record of the set in service still there, and not among those that are added? */
static bool
stays(const struct question *q, const struct zone_rrset *added,
      struct sceau_slice rdata)
{
    if (zone_changes_delete(q->published->index, dns_name_slice(&q->name), q->type,
                            rdata))
        return false;
    for (size_t i = 0; added != NULL && i < added->count; i++) {
        if (zone_rdata_is_same(q->type, added->records[i]->rdata, rdata))
            return false;
    }
    return true;
}

/* The set in service, without what the script deletes and with what it adds. BIND gives the
 * whole set the TTL of what was added last. */
static void
answer_joined(struct question *q, const struct sceau_dns_answer *base,
              const struct zone_rrset *added)
{
    static const struct zone_rrset nothing = {0};
    struct zone_record *kept = sceau_arena_alloc(q->arena, base->count * sizeof *kept);
    size_t most = base->count + (added != NULL ? added->count : 0);
    const struct zone_record **records =
        sceau_arena_alloc(q->arena, most * sizeof *records);
    struct zone_rrset joined = added != NULL ? *added : nothing;
    if (kept == NULL || records == NULL) {
        dns_answer_no_memory(q->answer);
        return;
    }
    joined.count = 0;
    joined.records = records;
    for (size_t i = 0; i < base->count; i++) {
        if (!stays(q, added, base->rrs[i].rdata))
            continue;
        kept[i] = (struct zone_record){.rdata = base->rrs[i].rdata};
        records[joined.count++] = &kept[i];
    }
    for (size_t i = 0; added != NULL && i < added->count; i++)
        records[joined.count++] = added->records[i];
    joined.type = q->type;
    joined.ttl = added != NULL ? added->ttl : base->ttl;
    if (joined.count > 0)
        answer_set(q, &joined);
    else
        dns_answer_without(q->answer, SCEAU_DNS_NODATA, NEGATIVE_TTL, NULL);
}

/* A set that the script changes. Without the one in service nobody knows what it will
 * be, so that the answer is the trouble of asking for that. */
static bool
answer_changed(struct question *q, const struct zone_rrset *added)
{
    struct sceau_dns_answer base = {.status = SCEAU_DNS_NODATA};
    bool alias_stays = false;
    if (added != NULL && added->is_unreadable) {
        answer_set(q, added);
        return true;
    }
    bool is_alias = has_alias(q, &alias_stays);
    bool is_empty =
        is_alias ||
        zone_changes_empty_set(q->published->index, dns_name_slice(&q->name), q->type);
    if (!is_empty || alias_stays)
        ask_service(q, q->type, &base);
    if (sceau_dns_is_trouble(base.status))
        dns_answer_without(q->answer, base.status, 0, ZONE_CHANGES_UNKNOWN);
    else if (alias_stays) /* RFC 2136 section 3.4.2.2: nothing is added beside it */
        *q->answer = base;
    else
        answer_joined(q, &base, added);
    return true;
}

/* Does the script delete some of that name and type, or its alias? */
static bool
is_touched(const struct zone_index *index, struct sceau_slice name, uint16_t type)
{
    return zone_changes_has(index, name, type) ||
           zone_changes_has(index, name, SCEAU_DNS_CNAME);
}

/* A script says only what changes: what it does not touch is as it is out there. */
static bool
answer_partial(struct question *q, const struct zone_part *part)
{
    const struct zone_index *index = q->published->index;
    struct sceau_slice name = dns_name_slice(&q->name);
    const struct zone_rrset *added = zone_index_find(index, name, q->type);
    const struct zone_rrset *cname = zone_index_find(index, name, SCEAU_DNS_CNAME);
    enum sceau_dns_status beside = cname != NULL ? beside_alias(q) : SCEAU_DNS_NODATA;
    if (sceau_dns_is_trouble(beside)) {
        dns_answer_without(q->answer, beside, 0, ZONE_CHANGES_UNKNOWN);
        return true;
    }
    if (beside == SCEAU_DNS_OK && q->type == SCEAU_DNS_CNAME) {
        dns_answer_without(q->answer, SCEAU_DNS_NODATA, NEGATIVE_TTL, NULL);
        return true;
    }
    if (added != NULL)
        return answer_changed(q, added);
    if (cname != NULL && beside == SCEAU_DNS_NODATA)
        return follow_cname(q, cname);
    if (zone_part_has_lost(part, name))
        answer_lost(q);
    else if (is_touched(index, name, q->type))
        return answer_changed(q, NULL);
    else
        answer_outside(q);
    return true;
}

static bool
answer_one(struct question *q)
{
    const struct zone_part *part =
        zone_index_part(q->published->index, dns_name_slice(&q->name));
    if (part == NULL) {
        answer_outside(q);
        return true;
    }
    return part->is_partial ? answer_partial(q, part) : answer_in(q, part);
}

static void
published_lookup(struct sceau_resolver *self, struct sceau_arena *arena,
                 struct sceau_slice name, uint16_t type, uint32_t timeout_ms,
                 struct sceau_dns_answer *answer)
{
    struct question q = {
        .published = (const struct zone_published *)self,
        .arena = arena,
        .type = type,
        .timeout_ms = timeout_ms,
        .ttl = UINT32_MAX,
        .answer = answer,
    };
    if (!dns_name_from_asked(name, &q.name)) {
        dns_answer_without(answer, SCEAU_DNS_INVALID, 0, "this is not a DNS name");
        return;
    }
    for (unsigned links = 0; links <= SCEAU_DNS_CNAME_MAX; links++) {
        if (answer_one(&q)) {
            answer->ttl = answer->ttl < q.ttl ? answer->ttl : q.ttl;
            return;
        }
    }
    dns_answer_without(answer, SCEAU_DNS_SERVFAIL, 0,
                       "more than 8 CNAME links, or a loop of them");
}

void
zone_published_init(struct zone_published *published, const struct zone_index *index,
                    struct sceau_resolver *upstream)
{
    *published = (struct zone_published){
        .resolver = {.lookup = published_lookup},
        .index = index,
        .upstream = upstream,
    };
}
