/* Chained buckets, and a list through all nodes in the order of their last use. */
#include "recent.h"

#include <stdlib.h>

bool
recent_init(struct recent *r, size_t buckets)
{
    size_t count = 1;
    while (count < buckets && count <= SIZE_MAX / 4)
        count *= 2;
    *r = (struct recent){.mask = count - 1};
    r->buckets = calloc(count, sizeof(struct recent_node *));
    return r->buckets != NULL;
}

void
recent_clear(struct recent *r)
{
    free(r->buckets);
    *r = (struct recent){0};
}

static struct recent_node *
same_hash(struct recent_node *node, uint64_t hash)
{
    while (node != NULL && node->hash != hash)
        node = node->chain;
    return node;
}

struct recent_node *
recent_first(const struct recent *r, uint64_t hash)
{
    return same_hash(r->buckets[hash & r->mask], hash);
}

struct recent_node *
recent_next(const struct recent_node *node)
{
    return same_hash(node->chain, node->hash);
}

/* ---- the list ---- */

static void
unlink_use(struct recent *r, struct recent_node *node)
{
    *(node->newer != NULL ? &node->newer->older : &r->newest) = node->older;
    *(node->older != NULL ? &node->older->newer : &r->oldest) = node->newer;
}

static void
link_newest(struct recent *r, struct recent_node *node)
{
    node->newer = NULL;
    node->older = r->newest;
    *(r->newest != NULL ? &r->newest->newer : &r->oldest) = node;
    r->newest = node;
}

/* ---- both ---- */

void
recent_add(struct recent *r, struct recent_node *node, uint64_t hash)
{
    struct recent_node **bucket = &r->buckets[hash & r->mask];
    node->hash = hash;
    node->chain = *bucket;
    *bucket = node;
    link_newest(r, node);
}

void
recent_use(struct recent *r, struct recent_node *node)
{
    if (r->newest == node)
        return;
    unlink_use(r, node);
    link_newest(r, node);
}

void
recent_remove(struct recent *r, struct recent_node *node)
{
    struct recent_node **link = &r->buckets[node->hash & r->mask];
    while (*link != node)
        link = &(*link)->chain;
    *link = node->chain;
    unlink_use(r, node);
}
