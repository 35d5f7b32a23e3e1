/* Deletions of scripts, sorted as the index sorts sets. What they cannot take is in one
 * place: RFC 2136 section 3.4.2.3 and 3.4.2.4 keep the SOA, and NS records of the zone's
 * top against all that does not name one of them. */
#include "changes.h"

#include "sceau/dns.h"

#include <stdlib.h>

static int
compare_changes(const void *a, const void *b)
{
    const struct zone_change *x = a, *y = b;
    int order = zone_key_compare(x->key, y->key);
    return order != 0 ? order
                      : (x->deletion > y->deletion) - (x->deletion < y->deletion);
}

/* Parts of one script share its document: its deletions count once. */
static bool
is_first_of_document(const struct zone_index *index, size_t part)
{
    for (size_t i = 0; i < part; i++) {
        if (index->parts[i].document == index->parts[part].document)
            return false;
    }
    return true;
}

enum sceau_status
zone_changes_make(struct sceau_arena *arena, const struct zone_index *index,
                  struct zone_changes *changes)
{
    size_t most = 0, count = 0;
    char key[ZONE_KEY_MAX];
    *changes = (struct zone_changes){0};
    for (size_t p = 0; p < index->part_count; p++)
        most += index->parts[p].document->deletion_count;
    if (most == 0)
        return SCEAU_OK;
    struct zone_change *items = sceau_arena_alloc(arena, most * sizeof *items);
    for (size_t p = 0; p < index->part_count && items != NULL; p++) {
        const struct zone_document *document = index->parts[p].document;
        for (size_t i = 0;
             is_first_of_document(index, p) && i < document->deletion_count; i++) {
            const struct zone_deletion *deletion = &document->deletions[i];
            struct sceau_slice copy =
                slice_copy(arena, zone_index_key(deletion->owner, key));
            if (copy.ptr == NULL)
                return SCEAU_E_LIMIT;
            items[count++] = (struct zone_change){copy, deletion};
        }
    }
    if (items == NULL)
        return SCEAU_E_LIMIT;
    qsort(items, count, sizeof *items, compare_changes);
    *changes = (struct zone_changes){items, count};
    return SCEAU_OK;
}

/* The first change of that name, and the one behind the last. */
static void
find_range(const struct zone_changes *changes, struct sceau_slice name, size_t *from,
           size_t *to)
{
    char out[ZONE_KEY_MAX];
    struct sceau_slice key = zone_index_key(name, out);
    size_t low = 0, high = changes->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (zone_key_compare(changes->items[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *from = *to = low;
    while (*to < changes->count && slice_eq(changes->items[*to].key, key))
        ++*to;
}

static bool
is_kept(const struct zone_index *index, const struct zone_deletion *deletion,
        uint16_t type)
{
    if (type == SCEAU_DNS_SOA)
        return true;
    const struct zone_part *part = zone_index_part(index, deletion->owner);
    return type == SCEAU_DNS_NS && deletion->rdata.ptr == NULL && part != NULL &&
           dns_name_equal(deletion->owner, part->origin);
}

/* Is there a deletion of the set, or of this one record of it, that has read at least
 * `least` records of its script? */
static bool
find_deletion(const struct zone_index *index, struct sceau_slice name, uint16_t type,
              struct sceau_slice rdata, size_t least)
{
    size_t from, to;
    find_range(&index->changes, name, &from, &to);
    for (size_t i = from; i < to; i++) {
        const struct zone_deletion *deletion = index->changes.items[i].deletion;
        bool is_of_type = deletion->type == 0 || deletion->type == type;
        bool is_of_data =
            deletion->rdata.ptr == NULL ||
            (rdata.ptr != NULL && zone_rdata_is_same(type, deletion->rdata, rdata));
        if (is_of_type && is_of_data && deletion->after >= least &&
            !is_kept(index, deletion, type))
            return true;
    }
    return false;
}

bool
zone_changes_empty_set(const struct zone_index *index, struct sceau_slice name,
                       uint16_t type)
{
    return find_deletion(index, name, type, SLICE_NONE, 0);
}

bool
zone_changes_has(const struct zone_index *index, struct sceau_slice name, uint16_t type)
{
    size_t from, to;
    find_range(&index->changes, name, &from, &to);
    for (size_t i = from; i < to; i++) {
        const struct zone_deletion *deletion = index->changes.items[i].deletion;
        if (deletion->type == 0 || deletion->type == type)
            return true;
    }
    return false;
}

bool
zone_changes_delete(const struct zone_index *index, struct sceau_slice name,
                    uint16_t type, struct sceau_slice rdata)
{
    return find_deletion(index, name, type, rdata, 0);
}

bool
zone_changes_take_back(const struct zone_index *index,
                       const struct zone_document *document,
                       const struct zone_record *record)
{
    size_t at = (size_t)(record - document->records);
    return find_deletion(index, record->owner, record->type, record->rdata, at + 1);
}
