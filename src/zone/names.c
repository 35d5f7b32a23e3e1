/* The names of a zone that mail knows, from the owners of its records. */
#include "names.h"

#include "sceau/dns.h"

#include "lint.h"

#include <stdlib.h>

/* ---- the zone's name -------------------------------------------------------------------- */

static const char *const fronts[] = {"db.", "zone.", "named.", "pri.", "master."};
static const char *const ends[] = {".hosts", ".zone", ".db",     ".dns",
                                   ".txt",   ".conf", ".signed", ".nsupdate"};

bool
zone_origin_guess(struct sceau_slice path, struct dns_name *origin)
{
    size_t slash = slice_find_last(path, '/');
    struct sceau_slice name = slash < path.len ? slice_skip(path, slash + 1) : path;
    for (size_t i = 0; i < sizeof fronts / sizeof *fronts; i++) {
        struct sceau_slice front = sceau_slice_from(fronts[i]);
        if (slice_starts_ci(name, front)) {
            name = slice_skip(name, front.len);
            break;
        }
    }
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct sceau_slice end = sceau_slice_from(ends[i]);
        if (slice_ends_ci(name, end)) {
            name.len -= end.len;
            break;
        }
    }
    return domain_is_ldh(name) && domain_labels(name) >= 2 &&
           dns_name_from_asked(name, origin);
}

struct sceau_slice
zone_origin_of(const struct zone_document *document)
{
    for (size_t i = 0; i < document->record_count; i++) {
        if (document->records[i].type == SCEAU_DNS_SOA)
            return document->records[i].owner;
    }
    return SLICE_NONE;
}

/* ---- mail's names ------------------------------------------------------------------------ */

static bool
is_label(struct sceau_slice wire, const char *label)
{
    size_t len = strlen(label);
    return (size_t)(unsigned char)wire.ptr[0] == len &&
           slice_eq_ci(slice_sub(wire, 1, len), sceau_slice_from(label));
}

static struct sceau_slice
parent_of(struct sceau_slice wire)
{
    return slice_skip(wire, 1 + (size_t)(unsigned char)wire.ptr[0]);
}

/* Is there a record in the set whose text begins so? Broken ones count: they were meant
 * to be. */
static bool
has_text(const struct zone_rrset *set, const char *beginning)
{
    struct sceau_slice want = sceau_slice_from(beginning);
    for (size_t i = 0; i < set->count; i++) {
        const struct zone_record *record = set->records[i];
        struct sceau_slice whole = zone_record_text(record);
        for (size_t at = 0; record->is_broken && at < whole.len; at++) {
            if (slice_starts_ci(slice_skip(whole, at), want))
                return true;
        }
        if (record->data_count > 0 && slice_starts_ci(record->data[0].text, want))
            return true;
    }
    return false;
}

static bool
is_below_cut(const struct zone_index *index, struct sceau_slice name)
{
    const struct zone_part *part = zone_index_part(index, name);
    for (; part != NULL && name.len > part->origin.len; name = parent_of(name)) {
        if (zone_index_find(index, name, SCEAU_DNS_NS) != NULL)
            return true;
    }
    return false;
}

/* The name that a set speaks of to mail, in wire form; {NULL, 0} when of none. A key's
 * selector is set with it. */
static struct sceau_slice
mail_name(const struct zone_rrset *set, struct sceau_slice *selector)
{
    struct sceau_slice owner = set->owner;
    *selector = SLICE_NONE;
    if (set->type == SCEAU_DNS_MX || set->type == SCEAU_DNS_SPF)
        return owner;
    if (set->type != SCEAU_DNS_TXT && set->type != SCEAU_DNS_CNAME)
        return SLICE_NONE;
    if (is_label(owner, "_dmarc"))
        return parent_of(owner);
    for (struct sceau_slice at = owner; at.len > 1; at = parent_of(at)) {
        if (!is_label(at, "_domainkey") || at.len == owner.len)
            continue;
        *selector = slice_sub(owner, 0, owner.len - at.len);
        return parent_of(at);
    }
    return set->type == SCEAU_DNS_TXT && has_text(set, "v=spf1") ? owner : SLICE_NONE;
}

/* The name that mail knows an owner by: what stands behind _dmarc or a selector. */
static struct sceau_slice
mail_part(struct sceau_slice owner)
{
    if (is_label(owner, "_dmarc"))
        return parent_of(owner);
    for (struct sceau_slice at = owner; at.len > 1; at = parent_of(at)) {
        if (is_label(at, "_domainkey"))
            return parent_of(at);
    }
    return owner;
}

struct name {
    struct sceau_slice key, text;
};

static int
compare_names(const void *a, const void *b)
{
    const struct name *x = a, *y = b;
    size_t len = x->key.len < y->key.len ? x->key.len : y->key.len;
    int order = len > 0 ? memcmp(x->key.ptr, y->key.ptr, len) : 0;
    return order != 0 ? order : (x->key.len > y->key.len) - (x->key.len < y->key.len);
}

/* As asked, in lower case; {NULL, 0} for what is no host name. */
static struct sceau_slice
text_of(struct sceau_arena *arena, struct sceau_slice wire)
{
    struct sceau_slice asked = dns_name_to_asked(arena, wire);
    if (asked.ptr == NULL || !domain_is_ldh(asked))
        return SLICE_NONE;
    return slice_copy_lower(arena, asked);
}

static bool
add_name(struct sceau_arena *arena, struct sceau_slice wire, struct name *names,
         size_t *count)
{
    char key[ZONE_KEY_MAX];
    struct sceau_slice text = text_of(arena, wire);
    if (text.ptr == NULL)
        return false;
    struct name *name = &names[*count];
    *name = (struct name){slice_copy(arena, zone_index_key(wire, key)), text};
    if (name->key.ptr != NULL)
        ++*count;
    return name->key.ptr != NULL;
}

/* Each name once, in order. */
static void
settle(struct name *names, size_t count, struct sceau_slice *items,
       struct zone_names *out)
{
    qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || !slice_eq(names[i].key, names[i - 1].key))
            items[out->count++] = names[i].text;
    }
    out->items = items;
}

/* In the part, or in another of the same script. */
static bool
is_ours(const struct zone_index *index, const struct zone_part *zone,
        struct sceau_slice name)
{
    const struct zone_part *part = zone_index_part(index, name);
    return part != NULL && part->document == zone->document;
}

/* Nobody's domain: there for want of a final dot, which the lint tells. A script's names are
 * full without one. */
static bool
is_mistaken(const struct zone_part *zone, struct sceau_slice name)
{
    return !zone->document->is_script && zone_name_is_doubled(name, zone->origin);
}

enum sceau_status
zone_names_find(struct sceau_arena *arena, const struct zone_index *index, size_t part,
                struct zone_names *out)
{
    const struct zone_part *zone = &index->parts[part];
    size_t count = 0, deletions = zone->document->deletion_count;
    size_t most = index->count + deletions + 1;
    struct name *names = sceau_arena_alloc(arena, most * sizeof *names);
    struct sceau_slice *items = sceau_arena_alloc(arena, most * sizeof *items);
    struct zone_selector *selectors =
        sceau_arena_alloc(arena, (index->count + 1) * sizeof *selectors);
    *out = (struct zone_names){.selectors = selectors};
    if (names == NULL || items == NULL || selectors == NULL)
        return SCEAU_E_LIMIT;
    if (!zone->is_partial)
        add_name(arena, zone->origin, names, &count);
    for (size_t i = 0; i < index->count; i++) {
        const struct zone_rrset *set = &index->sets[i];
        struct sceau_slice selector, name = mail_name(set, &selector);
        if (name.ptr == NULL || !is_ours(index, zone, name) ||
            is_mistaken(zone, name) || is_below_cut(index, name) ||
            is_label(name, "*") || is_label(name, "_report") ||
            !add_name(arena, name, names, &count) || selector.ptr == NULL)
            continue;
        struct dns_name wire = {0}, root = dns_name_root();
        memcpy(wire.wire, selector.ptr, wire.len = selector.len);
        dns_name_add_name(&wire, dns_name_slice(&root));
        selector = text_of(arena, dns_name_slice(&wire));
        if (selector.ptr != NULL)
            selectors[out->selector_count++] =
                (struct zone_selector){selector, names[count - 1].text};
    }
    for (size_t i = 0; i < deletions; i++) {
        struct sceau_slice name = mail_part(zone->document->deletions[i].owner);
        if (is_ours(index, zone, name))
            add_name(arena, name, names, &count);
    }
    settle(names, count, items, out);
    return SCEAU_OK;
}
