/* RRsets in one sorted array: no name needs a node, for the names above and below it are
 * its neighbours. */
#include "index.h"

#include "changes.h"
#include "dns/rdata.h"

#include <stdlib.h>

/* ---- keys ------------------------------------------------------------------------------- */

struct sceau_slice
zone_index_key(struct sceau_slice name, char out[ZONE_KEY_MAX])
{
    size_t starts[DNS_NAME_WIRE_MAX / 2 + 1], labels = 0, len = 0;
    for (size_t at = 0; name.ptr[at] != 0;
         at += 1 + (size_t)(unsigned char)name.ptr[at])
        starts[labels++] = at;
    while (labels-- > 0) {
        const char *label = name.ptr + starts[labels]; /* cppcheck-suppress uninitvar */
        for (size_t i = 1; i <= (size_t)(unsigned char)label[0]; i++) {
            char c = ascii_lower(label[i]);
            if (c == 0 || c == 1) /* so that 0 ends labels only */
                out[len++] = 1;
            out[len++] = c == 0 ? 1 : c == 1 ? 2 : c;
        }
        out[len++] = 0;
    }
    return (struct sceau_slice){out, len};
}

int
zone_key_compare(struct sceau_slice a, struct sceau_slice b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.ptr, b.ptr, len) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static bool
starts_with(struct sceau_slice s, struct sceau_slice prefix)
{
    return s.len >= prefix.len && slice_eq(slice_sub(s, 0, prefix.len), prefix);
}

bool
zone_name_is_within(struct sceau_slice name, struct sceau_slice ancestor)
{
    while (name.len > ancestor.len)
        name = slice_skip(name, 1 + (size_t)(unsigned char)name.ptr[0]);
    return dns_name_equal(name, ancestor);
}

bool
zone_name_is_doubled(struct sceau_slice name, struct sceau_slice origin)
{
    struct dns_name twice = {0};
    if (origin.len <= 1)
        return false;
    memcpy(twice.wire, origin.ptr, origin.len - 1);
    twice.len = origin.len - 1;
    return dns_name_add_name(&twice, origin) &&
           zone_name_is_within(name, dns_name_slice(&twice));
}

/* A wildcard that was lost answers for all that lies below its parent. */
bool
zone_part_has_lost(const struct zone_part *part, struct sceau_slice name)
{
    const struct zone_document *document = part->document;
    if (document->has_lost_names)
        return true;
    for (size_t i = 0; i < document->lost_count; i++) {
        struct sceau_slice lost = document->lost[i];
        bool is_wildcard = lost.len > 2 && lost.ptr[0] == 1 && lost.ptr[1] == '*';
        if (dns_name_equal(lost, name) ||
            (is_wildcard && zone_name_is_within(name, slice_skip(lost, 2))))
            return true;
    }
    return false;
}

/* ---- making ----------------------------------------------------------------------------- */

struct row {
    struct sceau_slice key;
    const struct zone_record *record;
    size_t order; /* of reading */
};

static int
compare_rows(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int order = zone_key_compare(x->key, y->key);
    if (order == 0)
        order =
            (x->record->type > y->record->type) - (x->record->type < y->record->type);
    return order != 0 ? order : (x->order > y->order) - (x->order < y->order);
}

/* The rows of all parts, sorted; NULL when the arena is full. */
static struct row *
make_rows(struct sceau_arena *arena, const struct zone_index *index, size_t *rows)
{
    const struct zone_part *parts = index->parts;
    size_t most = 0, count = index->part_count;
    char key[ZONE_KEY_MAX];
    for (size_t p = 0; p < count; p++)
        most += parts[p].document->record_count;
    struct row *made = sceau_arena_alloc(arena, most * sizeof *made);
    *rows = 0;
    for (size_t p = 0; p < count && made != NULL; p++) {
        for (size_t i = 0; i < parts[p].document->record_count; i++) {
            const struct zone_record *record = &parts[p].document->records[i];
            if (!zone_name_is_within(record->owner, parts[p].origin) ||
                zone_changes_take_back(index, parts[p].document, record))
                continue;
            struct row *row = &made[*rows];
            row->key = slice_copy(arena, zone_index_key(record->owner, key));
            row->record = record;
            row->order = (*rows)++;
            if (row->key.ptr == NULL)
                return NULL;
        }
    }
    if (made != NULL)
        qsort(made, *rows, sizeof *made, compare_rows);
    return made;
}

bool
zone_rdata_is_same(uint16_t type, struct sceau_slice a, struct sceau_slice b)
{
    const struct dns_type *known = dns_type_find(type);
    if (known == NULL || a.len != b.len)
        return slice_eq(a, b);
    for (const enum dns_field *field = known->fields; a.len > 0; field++) {
        size_t len = *field == DNS_FIELD_U16 ? 2 : *field == DNS_FIELD_U8 ? 1 : a.len;
        if (*field != DNS_FIELD_NAME) {
            if (!slice_eq(slice_sub(a, 0, len), slice_sub(b, 0, len)))
                return false;
        } else {
            len = dns_name_length(a);
            if (len == 0 || len != dns_name_length(b) ||
                !dns_name_equal(slice_sub(a, 0, len), slice_sub(b, 0, len)))
                return false;
        }
        a = slice_skip(a, len);
        b = slice_skip(b, len);
    }
    return true;
}

/* Where an equal record stands; `count` when there is none. */
static size_t
find_same(const struct zone_record *const *records, size_t count,
          const struct zone_record *record)
{
    size_t at = 0;
    while (at < count &&
           !zone_rdata_is_same(record->type, records[at]->rdata, record->rdata))
        at++;
    return at;
}

/* Add a row to its set. A record that cannot be read makes the set unreadable. Equal ones
 * are looked for among the first hundred: a set of thousands is no mail record. Of two that
 * differ in letter case BIND serves the later. */
static void
add_row(struct zone_rrset *set, const struct zone_record **records,
        const struct row *row)
{
    size_t looked_at = set->count < 100 ? set->count : 100, at = looked_at;
    if (row->record->rdata.ptr == NULL)
        set->is_unreadable = true;
    else
        at = find_same(records, looked_at, row->record);
    if (at == looked_at)
        records[set->count++] = row->record;
    else if (!slice_eq(records[at]->rdata, row->record->rdata))
        records[at] = row->record;
}

enum sceau_status
zone_index_make(struct sceau_arena *arena, const struct zone_part *parts, size_t count,
                struct zone_index *index)
{
    size_t rows = 0;
    *index = (struct zone_index){.parts = parts, .part_count = count};
    if (zone_changes_make(arena, index, &index->changes) != SCEAU_OK)
        return SCEAU_E_LIMIT;
    struct row *row = make_rows(arena, index, &rows);
    struct zone_rrset *sets = sceau_arena_alloc(arena, rows * sizeof *sets);
    const struct zone_record **records =
        sceau_arena_alloc(arena, rows * sizeof *records);
    if (row == NULL || sets == NULL || records == NULL)
        return SCEAU_E_LIMIT;
    index->sets = sets;
    for (size_t i = 0; i < rows; i++) {
        bool is_same = i > 0 && slice_eq(row[i].key, row[i - 1].key) &&
                       row[i].record->type == row[i - 1].record->type;
        if (!is_same) {
            sets[index->count++] = (struct zone_rrset){
                .key = row[i].key,
                .owner = row[i].record->owner,
                .type = row[i].record->type,
                .records = records + i,
            };
        }
        struct zone_rrset *set = &sets[index->count - 1];
        set->ttl = row[i].record->set_ttl; /* the last one stands */
        add_row(set,
                records + (set->records - (const struct zone_record *const *)records),
                &row[i]);
    }
    return SCEAU_OK;
}

/* ---- finding ---------------------------------------------------------------------------- */

/* The first set whose key and type are not below these. */
static size_t
lower_bound(const struct zone_index *index, struct sceau_slice key, uint16_t type)
{
    size_t low = 0, high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = zone_key_compare(index->sets[middle].key, key);
        if (order < 0 || (order == 0 && index->sets[middle].type < type))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct zone_rrset *
zone_index_find(const struct zone_index *index, struct sceau_slice name, uint16_t type)
{
    char out[ZONE_KEY_MAX];
    struct sceau_slice key = zone_index_key(name, out);
    size_t at = lower_bound(index, key, type);
    bool is_found = at < index->count && index->sets[at].type == type &&
                    slice_eq(index->sets[at].key, key);
    return is_found ? &index->sets[at] : NULL;
}

const struct zone_rrset *
zone_index_at(const struct zone_index *index, struct sceau_slice name, size_t *count)
{
    char out[ZONE_KEY_MAX];
    struct sceau_slice key = zone_index_key(name, out);
    size_t at = lower_bound(index, key, 0);
    *count = 0;
    if (at == index->count || !starts_with(index->sets[at].key, key))
        return NULL;
    while (at + *count < index->count && slice_eq(index->sets[at + *count].key, key))
        ++*count;
    return &index->sets[at];
}

const struct zone_part *
zone_index_part(const struct zone_index *index, struct sceau_slice name)
{
    const struct zone_part *best = NULL;
    for (size_t i = 0; i < index->part_count; i++) {
        const struct zone_part *part = &index->parts[i];
        if (zone_name_is_within(name, part->origin) &&
            (best == NULL || part->origin.len > best->origin.len))
            best = part;
    }
    return best;
}

const struct zone_record *
zone_index_record(const struct zone_index *index, struct sceau_slice asked,
                  uint16_t type, struct sceau_slice rdata)
{
    struct dns_name name;
    if (!dns_name_from_asked(asked, &name))
        return NULL;
    const struct zone_rrset *set = zone_index_find(index, dns_name_slice(&name), type);
    for (size_t i = 0; set != NULL && i < set->count; i++) {
        if (rdata.len == 0 || slice_eq(set->records[i]->rdata, rdata))
            return set->records[i];
    }
    return NULL;
}
