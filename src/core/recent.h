/* A table of things that are kept as long as there is room, the least recently used one
 * going first. It owns no node: embed one as the first member of what is kept. No lock:
 * whoever shares a table has one. */
#ifndef CORE_RECENT_H
#define CORE_RECENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recent_node {
    uint64_t hash;
    struct recent_node *chain;         /* next in the bucket */
    struct recent_node *newer, *older; /* by last use */
};

struct recent {
    struct recent_node **buckets;
    size_t mask; /* buckets - 1, a power of two less one */
    struct recent_node *newest, *oldest;
};

/* An empty table of at least `buckets` buckets. False when memory is exhausted. */
bool recent_init(struct recent *recent, size_t buckets);

/* Give back the buckets; what stood in the table is its owner's business. */
void recent_clear(struct recent *recent);

/* What has that hash: the first, then the next; NULL when there is no other. */
struct recent_node *recent_first(const struct recent *recent, uint64_t hash);
struct recent_node *recent_next(const struct recent_node *node);

/* Put one in, as the newest. It is in no table. */
void recent_add(struct recent *recent, struct recent_node *node, uint64_t hash);

/* It was used: now it is the newest. */
void recent_use(struct recent *recent, struct recent_node *node);

void recent_remove(struct recent *recent, struct recent_node *node);

#endif
