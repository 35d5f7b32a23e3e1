/* The records of zones as RRsets, found by name: what is published, when that is what the
 * files say. */
#ifndef ZONE_INDEX_H
#define ZONE_INDEX_H

#include "document.h"

/* One zone: its document, and the name it begins at. */
struct zone_part {
    const struct zone_document *document;
    struct sceau_slice origin; /* wire form */
    bool is_partial;           /* a script: what it does not name stays as it is */
};

struct zone_rrset {
    struct sceau_slice key;   /* of the owner, see zone_index_key */
    struct sceau_slice owner; /* wire form */
    uint16_t type;
    uint32_t ttl;       /* the last record's set_ttl */
    bool is_unreadable; /* a record of it is broken, or of a type that is not read */
    const struct zone_record *const *records; /* equal rdata once */
    size_t count;
};

/* A deletion of a script under its name's key (changes.h). */
struct zone_change {
    struct sceau_slice key;
    const struct zone_deletion *deletion;
};

struct zone_changes {
    const struct zone_change *items;
    size_t count;
};

struct zone_index {
    const struct zone_part *parts;
    size_t part_count;
    const struct zone_rrset
        *sets; /* by key, then type: what is below a name follows it */
    size_t count;
    struct zone_changes changes;
};

#define ZONE_KEY_MAX ((size_t)2 * DNS_NAME_WIRE_MAX + 1)

/* Index the records of all parts; those outside their zone are left out, as BIND does, and
 * those that a script deletes again.
 * SCEAU_E_LIMIT when the arena is full. O(n log n). */
enum sceau_status zone_index_make(struct sceau_arena *arena,
                                  const struct zone_part *parts, size_t count,
                                  struct zone_index *index);

/* The octets by which names sort: labels from the root, in lower case. The key of a name
 * is the beginning of the keys of all names below it. Writes at most ZONE_KEY_MAX. */
struct sceau_slice zone_index_key(struct sceau_slice name, char out[ZONE_KEY_MAX]);

/* Compare two keys, as memcmp. */
int zone_key_compare(struct sceau_slice a, struct sceau_slice b);

/* Are two rdata of a type equal, the letter case of names aside (RFC 4034 section 6.2)? */
bool zone_rdata_is_same(uint16_t type, struct sceau_slice a, struct sceau_slice b);

/* The set of that name (wire form) and type, or NULL. O(log n). */
const struct zone_rrset *zone_index_find(const struct zone_index *index,
                                         struct sceau_slice name, uint16_t type);

/* The first set at or below the name, and how many stand at the name itself. NULL when the
 * name does not exist; a name with none of its own is an empty non-terminal. */
const struct zone_rrset *zone_index_at(const struct zone_index *index,
                                       struct sceau_slice name, size_t *count);

/* The zone that a name lies in: the longest origin. NULL when it lies in none. */
const struct zone_part *zone_index_part(const struct zone_index *index,
                                        struct sceau_slice name);

/* Was a line refused that may be a record of that name? Then a "no" is not certain. */
bool zone_part_has_lost(const struct zone_part *part, struct sceau_slice name);

/* Equal rdata, the letter case of its names aside (RFC 4034 section 6.2). */
bool zone_rdata_is_same(uint16_t type, struct sceau_slice a, struct sceau_slice b);

/* Is `name` at or below `ancestor`? Wire forms. */
bool zone_name_is_within(struct sceau_slice name, struct sceau_slice ancestor);

/* Does `name` end in `origin` twice? Then it is one that lacks its final dot. Wire forms. */
bool zone_name_is_doubled(struct sceau_slice name, struct sceau_slice origin);

/* The record of that name (as asked, no final dot), type and rdata; with empty rdata the
 * first of the set. NULL when there is none. The locator of findings. */
const struct zone_record *zone_index_record(const struct zone_index *index,
                                            struct sceau_slice asked, uint16_t type,
                                            struct sceau_slice rdata);

#endif
