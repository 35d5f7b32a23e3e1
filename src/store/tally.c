/* An open hash over entries that are kept in the order they came; sorting is by the octets
 * of the keys. Keys are chosen by strangers: the hash is keyed. */
#include "tally.h"

#include "runs.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include <openssl/rand.h>

/* Where there is a file a quarter of the entries and a third of the octets: writing there costs less
 * than the database. */
#define ENTRIES_MAX ((size_t)16 * 1024)
#define KEYS_MAX    ((size_t)1536 * 1024) /* octets */
static_assert(KEYS_MAX / 3 >= RUNS_ROOM,
              "who merges runs borrows the room of the keys");

/* ---- keys ---- */

void
tally_key_begin(struct tally_key *key)
{
    key->len = 0;
    key->is_long = false;
}

static bool
key_has_room(struct tally_key *key, size_t more)
{
    key->is_long = key->is_long || sizeof key->octets - key->len < more;
    return !key->is_long;
}

void
tally_key_text(struct tally_key *key, struct sceau_slice text)
{
    if (!key_has_room(key, text.len + 1))
        return;
    if (text.len > 0)
        memcpy(key->octets + key->len, text.ptr, text.len);
    key->len += text.len;
    key->octets[key->len++] = '\0';
}

void
tally_key_octets(struct tally_key *key, struct sceau_slice octets)
{
    tally_key_small(key, (unsigned)octets.len);
    if (!key_has_room(key, octets.len))
        return;
    if (octets.len > 0)
        memcpy(key->octets + key->len, octets.ptr, octets.len);
    key->len += octets.len;
}

void
tally_key_number(struct tally_key *key, int64_t number)
{
    if (!key_has_room(key, 8))
        return;
    for (int shift = 56; shift >= 0; shift -= 8)
        key->octets[key->len++] = (char)(uint8_t)((uint64_t)number >> shift);
}

void
tally_key_small(struct tally_key *key, unsigned number)
{
    if (key_has_room(key, 1))
        key->octets[key->len++] = (char)(uint8_t)number;
}

struct sceau_slice
tally_take_text(struct sceau_slice *key)
{
    struct sceau_slice text = slice_sub(*key, 0, slice_find(*key, '\0'));
    *key = slice_skip(*key, text.len + 1);
    return text;
}

struct sceau_slice
tally_take_octets(struct sceau_slice *key)
{
    size_t len = tally_take_small(key);
    struct sceau_slice octets = slice_sub(*key, 0, len);
    *key = slice_skip(*key, len);
    return octets;
}

int64_t
tally_take_number(struct sceau_slice *key)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number = number << 8 | tally_take_small(key);
    return (int64_t)number;
}

unsigned
tally_take_small(struct sceau_slice *key)
{
    unsigned octet = (uint8_t)key->ptr[0];
    *key = slice_skip(*key, 1);
    return octet;
}

/* ---- the table ---- */

void
tally_init(struct tally *tally, const char *folder,
           bool (*take)(void *self, struct sceau_slice key,
                        const int64_t values[TALLY_VALUES]),
           void *self)
{
    *tally = (struct tally){.folder = folder, .take = take, .self = self};
}

void
tally_clear(struct tally *tally)
{
    free(tally->entries);
    free(tally->slots);
    free(tally->keys);
    if (tally->runs != NULL)
        runs_clear(tally->runs);
    free(tally->runs);
    *tally = (struct tally){.folder = tally->folder,
                            .take = tally->take,
                            .self = tally->self,
                            .merge = tally->merge,
                            .times = tally->times};
}

void
tally_enlarge(struct tally *tally, unsigned times)
{
    assert(tally->entries == NULL);
    tally->times = times;
}

void
tally_merge_by(struct tally *tally, void (*merge)(int64_t values[TALLY_VALUES],
                                                  const int64_t later[TALLY_VALUES]))
{
    assert(tally->entries == NULL);
    tally->merge = merge;
}

static bool
has_memory(struct tally *t)
{
    if (t->entries != NULL)
        return true;
    bool has_file = t->folder != NULL;
    size_t times = t->times > 0 ? t->times : 1;
    t->entries_max = ENTRIES_MAX / (has_file ? 4 : 1) * times;
    t->keys_max = KEYS_MAX / (has_file ? 3 : 1) * times;
    t->entries = malloc(t->entries_max * sizeof *t->entries);
    t->slots = calloc(2 * t->entries_max, sizeof *t->slots);
    t->keys = malloc(t->keys_max);
    t->slot_mask = 2 * t->entries_max - 1;
    if (t->entries != NULL && t->slots != NULL && t->keys != NULL &&
        RAND_bytes((unsigned char *)&t->hash_key, sizeof t->hash_key) == 1)
        return true;
    tally_clear(t);
    t->has_failed = true;
    return false;
}

struct sceau_slice
tally_key_of(const struct tally *t, const struct tally_entry *entry)
{
    return (struct sceau_slice){t->keys + entry->at, entry->len};
}

void
tally_merge(const struct tally *t, int64_t values[TALLY_VALUES],
            const int64_t later[TALLY_VALUES])
{
    if (t->merge != NULL) {
        t->merge(values, later);
        return;
    }
    values[0] += later[0];
    values[1] += later[1];
}

static void
insert(struct tally *t, struct sceau_slice key, uint64_t hash, uint32_t *slot,
       const int64_t values[TALLY_VALUES])
{
    struct tally_entry *entry = &t->entries[t->count++];
    *entry = (struct tally_entry){
        .hash = hash,
        .at = (uint32_t)t->keys_len,
        .len = (uint32_t)key.len,
        .values = {values[0], values[1]},
    };
    memcpy(t->keys + t->keys_len, key.ptr, key.len);
    t->keys_len += key.len;
    *slot = (uint32_t)t->count;
}

/* ---- out of it ---- */

int
tally_compare(struct sceau_slice left, struct sceau_slice right)
{
    size_t len = left.len < right.len ? left.len : right.len;
    int order = memcmp(left.ptr, right.ptr, len);
    return order != 0 ? order : (left.len > right.len) - (left.len < right.len);
}

static int
by_key(const void *a, const void *b, void *self)
{
    return tally_compare(tally_key_of(self, a), tally_key_of(self, b));
}

static void
sort(struct tally *t)
{
    if (t->count > 0) /* entries are NULL before the first */
        qsort_r(t->entries, t->count, sizeof *t->entries, by_key, t);
}

static void
drop_entries(struct tally *t)
{
    /* A few entries are taken out one by one: the table is larger than most reports. */
    if (t->count * 4 > t->entries_max)
        memset(t->slots, 0, 2 * t->entries_max * sizeof *t->slots);
    else
        for (size_t i = 0; i < t->count; i++) {
            size_t at = t->entries[i].hash & t->slot_mask;
            for (; t->slots[at] != 0; at = (at + 1) & t->slot_mask)
                t->slots[at] = 0;
        }
    t->count = 0;
    t->keys_len = 0;
}

void
tally_drop(struct tally *t)
{
    drop_entries(t);
    if (t->runs != NULL)
        runs_clear(t->runs);
    t->has_failed = false;
    t->why = 0;
}

int
tally_why(const struct tally *t)
{
    return t->why;
}

static bool
take_all(struct tally *t)
{
    bool is_good = true;
    sort(t);
    for (size_t i = 0; i < t->count && is_good; i++)
        is_good =
            t->take(t->self, tally_key_of(t, &t->entries[i]), t->entries[i].values);
    return is_good;
}

/* The entries at hand become a run of the file. */
static bool
spill(struct tally *t)
{
    char *room = malloc(RUNS_ROOM);
    if (t->runs == NULL && (t->runs = malloc(sizeof *t->runs)) != NULL)
        runs_init(t->runs);
    bool is_good = room != NULL && t->runs != NULL;
    sort(t);
    if (is_good && !runs_add(t->runs, t, room)) {
        t->why = errno;
        is_good = false;
    }
    free(room);
    return is_good;
}

/* All that there is: the last entries are a run too, and give their room to those who merge. */
static bool
take_runs(struct tally *t)
{
    if (t->count > 0 && !spill(t))
        return false;
    drop_entries(t);
    return runs_take(t->runs, t, t->keys, &t->why);
}

bool
tally_flush(struct tally *t)
{
    bool is_good = !t->has_failed;
    if (is_good)
        is_good = t->runs != NULL && t->runs->count > 0 ? take_runs(t) : take_all(t);
    int why = t->why;
    if (t->count > 0 || t->runs != NULL)
        tally_drop(t);
    t->has_failed = !is_good;
    t->why = why;
    return is_good;
}

/* ---- into it ---- */

static void
make_room(struct tally *t)
{
    bool is_good = t->folder != NULL ? spill(t) : take_all(t);
    drop_entries(t);
    t->has_failed = !is_good;
}

void
tally_add(struct tally *t, const struct tally_key *key, int64_t first, int64_t second)
{
    struct sceau_slice octets = {key->octets, key->len};
    const int64_t values[TALLY_VALUES] = {first, second};
    if (key->is_long || t->has_failed || !has_memory(t))
        return;
    uint64_t hash = hash_octets(&t->hash_key, octets);
    size_t at = hash & t->slot_mask;
    for (; t->slots[at] != 0; at = (at + 1) & t->slot_mask) {
        struct tally_entry *entry = &t->entries[t->slots[at] - 1];
        if (entry->hash == hash && slice_eq(tally_key_of(t, entry), octets)) {
            tally_merge(t, entry->values, values);
            return;
        }
    }
    if (t->count == t->entries_max || t->keys_max - t->keys_len < octets.len) {
        make_room(t);
        at = hash & t->slot_mask;
    }
    if (!t->has_failed)
        insert(t, octets, hash, &t->slots[at], values);
}
