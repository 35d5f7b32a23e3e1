/* From names to fields. A header may have 5,000 fields and an h= 512 names, for each of
 * many signatures: the fields are sorted once, by a hash of their names, then by name,
 * lowest field first. */
#include "selection.h"

#include <stdlib.h>

struct entry {
    const struct sceau_field *field;
    uint64_t hash; /* of the name in lower case: most comparisons end here */
};

struct field_index {
    struct entry *entries;
    size_t *taken; /* for the first entry of each name: how many were selected */
    size_t count;
};

/* FNV-1a; whoever makes collisions meets the names' comparison behind it. */
static uint64_t
name_hash(struct sceau_slice name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < name.len; i++)
        hash =
            (hash ^ (unsigned char)ascii_lower(name.ptr[i])) * UINT64_C(0x100000001b3);
    return hash;
}

static int
compare_names(uint64_t a_hash, struct sceau_slice a, uint64_t b_hash,
              struct sceau_slice b)
{
    if (a_hash != b_hash)
        return a_hash < b_hash ? -1 : 1;
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    for (size_t i = 0; i < a.len; i++) {
        char x = ascii_lower(a.ptr[i]), y = ascii_lower(b.ptr[i]);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

/* By name; of one name the lowest field first (fields stand top first in one array). */
static int
compare_entries(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;
    int order = compare_names(a->hash, a->field->name, b->hash, b->field->name);
    return order != 0 ? order : a->field > b->field ? -1 : a->field < b->field;
}

struct field_index *
field_index_new(struct sceau_arena *arena, const struct sceau_header *header)
{
    struct field_index *index = sceau_arena_alloc(arena, sizeof *index);
    if (index == NULL)
        return NULL;
    index->count = header->count;
    index->entries = sceau_arena_alloc(arena, header->count * sizeof *index->entries);
    index->taken = sceau_arena_alloc(arena, header->count * sizeof *index->taken);
    if (index->entries == NULL || index->taken == NULL)
        return NULL;
    for (size_t i = 0; i < header->count; i++) {
        const struct sceau_field *field = &header->fields[i];
        index->entries[i] = (struct entry){field, name_hash(field->name)};
    }
    if (index->count > 0)
        qsort(index->entries, index->count, sizeof *index->entries, compare_entries);
    return index;
}

/* The first entry of that name; index->count when there is none. */
static size_t
find_name(const struct field_index *index, struct sceau_slice name)
{
    uint64_t hash = name_hash(name);
    size_t low = 0, high = index->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct entry *e = &index->entries[middle];
        if (compare_names(e->hash, e->field->name, hash, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < index->count && index->entries[low].hash == hash &&
        slice_eq_ci(index->entries[low].field->name, name))
        return low;
    return index->count;
}

/* The next field of the name whose entries begin at `first`, or NULL. */
static const struct sceau_field *
take_next(struct field_index *index, size_t first, const struct sceau_field *itself)
{
    while (first + index->taken[first] < index->count) {
        const struct entry *head = &index->entries[first];
        const struct entry *next = head + index->taken[first];
        if (compare_names(head->hash, head->field->name, next->hash,
                          next->field->name) != 0)
            break;
        index->taken[first]++;
        if (next->field != itself)
            return next->field;
    }
    return NULL;
}

size_t
field_index_select(struct field_index *index, const struct sceau_slice *names,
                   size_t name_count, const struct sceau_field *itself,
                   const struct sceau_field **selected)
{
    size_t found = 0;
    if (index->count > 0)
        memset(index->taken, 0, index->count * sizeof *index->taken);
    for (size_t i = 0; i < name_count; i++) {
        size_t first = find_name(index, names[i]);
        selected[i] = NULL;
        if (first < index->count)
            selected[i] = take_next(index, first, itself);
        found += selected[i] != NULL;
    }
    return found;
}
