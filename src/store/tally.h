/* Sums by key in bounded memory: what many rows add to, before it goes to the database
 * in the order of its key, each key once. When it is full it goes on in a file; one without
 * a folder for that is emptied early: whoever takes the entries adds them to what is
 * there. */
#ifndef STORE_TALLY_H
#define STORE_TALLY_H

#include "core/hash.h"
#include "core/slice.h"

#define TALLY_KEY_MAX ((size_t)2048) /* octets */
#define TALLY_VALUES  2

/* A key under construction, and one being read: texts, addresses and numbers in the order
 * of the table's key, so that entries sorted by octets lie as the rows do. */
struct tally_key {
    size_t len; /* reading: what was read */
    bool is_long;
    char octets[TALLY_KEY_MAX];
};

void tally_key_begin(struct tally_key *key);
void tally_key_text(struct tally_key *key, struct sceau_slice text); /* without NUL */
void tally_key_octets(struct tally_key *key,
                      struct sceau_slice octets);             /* 255 at most */
void tally_key_number(struct tally_key *key, int64_t number); /* not below 0 */
void tally_key_small(struct tally_key *key, unsigned number); /* 255 at most */

struct sceau_slice tally_take_text(struct sceau_slice *key);
struct sceau_slice tally_take_octets(struct sceau_slice *key);
int64_t tally_take_number(struct sceau_slice *key);
unsigned tally_take_small(struct sceau_slice *key);

struct tally_entry {
    uint64_t hash;
    uint32_t at, len; /* of the key */
    int64_t values[TALLY_VALUES];
};

struct runs;

struct tally {
    struct hash_key hash_key;
    struct tally_entry *entries; /* in the order they came */
    uint32_t *slots;             /* of the hash: entry number and one, 0 is free */
    size_t count, entries_max, slot_mask;
    char *keys;
    size_t keys_len, keys_max;
    unsigned times;     /* the usual room; 0: once */
    const char *folder; /* where it may have a file; NULL: nowhere */
    struct runs *runs;  /* what is in it; NULL: there was none yet */
    int why;            /* errno of the file */
    /* Takes one entry; false stops and fails. */
    bool (*take)(void *self, struct sceau_slice key,
                 const int64_t values[TALLY_VALUES]);
    void *self;
    void (*merge)(int64_t values[TALLY_VALUES],
                  const int64_t later[TALLY_VALUES]); /* NULL: sums */
    bool has_failed;
};

/* Memory is taken at the first add. `folder` is borrowed; NULL: there is none. */
void tally_init(struct tally *tally, const char *folder,
                bool (*take)(void *self, struct sceau_slice key,
                             const int64_t values[TALLY_VALUES]),
                void *self);
void tally_clear(struct tally *tally);

/* So many times (a power of two) as many keys in memory. Before the first add. */
void tally_enlarge(struct tally *tally, unsigned times);

/* Values that are no sums: `merge` makes one of two, of which `later` was added later. Before
 * the first add. */
void tally_merge_by(struct tally *tally,
                    void (*merge)(int64_t values[TALLY_VALUES],
                                  const int64_t later[TALLY_VALUES]));

/* Add to a key; one that is too long is left out. */
void tally_add(struct tally *tally, const struct tally_key *key, int64_t first,
               int64_t second);

/* Hand over all entries, sorted by key, and forget them. False when a take failed, or
 * memory did, or its file: tally_why() is not 0 then. */
bool tally_flush(struct tally *tally);

/* Forget them, and that something failed. */
void tally_drop(struct tally *tally);

/* What its file failed with (errno), or 0. */
int tally_why(const struct tally *tally);

/* ---- for what keeps entries elsewhere (runs.h) ---- */

struct sceau_slice tally_key_of(const struct tally *tally,
                                const struct tally_entry *entry);

/* The order of keys: below, at or above 0. */
int tally_compare(struct sceau_slice left, struct sceau_slice right);

/* Add to an entry's values. */
void tally_merge(const struct tally *tally, int64_t values[TALLY_VALUES],
                 const int64_t later[TALLY_VALUES]);

#endif
