/* The arena of one message: blocks that grow, a ceiling that holds.
 *
 * An allocation is a pointer bump. Octets are zeroed when given out, so a struct taken
 * from the arena starts from known values whatever the message before left there. */
#include "sceau/core.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_SIZE =
        8 * 1024 /* most messages fill two or three; one waits with the client */
};

/* With no larger ceiling, rounding up and adding a block's head cannot wrap. */
#define CEILING_MAX (SIZE_MAX / 2)

struct block {
    struct block *next;
    size_t size; /* octets in data */
    size_t used;
    alignas(max_align_t) char data[];
};

struct sceau_arena {
    struct block *blocks; /* the one being filled, then those that are full */
    size_t ceiling;
    size_t used; /* octets given out, rounding included */
};

static size_t
rounded(size_t size)
{
    size_t unit = alignof(max_align_t);
    return (size + unit - 1) / unit * unit;
}

static struct block *
block_new(size_t size, struct block *next)
{
    struct block *block = malloc(sizeof *block + size);
    if (block != NULL)
        *block = (struct block){.next = next, .size = size};
    return block;
}

struct sceau_arena *
sceau_arena_new(size_t ceiling)
{
    struct sceau_arena *arena = malloc(sizeof *arena);
    if (arena != NULL)
        *arena = (struct sceau_arena){.ceiling = ceiling < CEILING_MAX ? ceiling
                                                                       : CEILING_MAX};
    return arena;
}

/* Free all blocks but `keep`. */
static void
blocks_free(struct block *block, const struct block *keep)
{
    while (block != NULL) {
        struct block *next = block->next;
        if (block != keep)
            free(block);
        block = next;
    }
}

void
sceau_arena_free(struct sceau_arena *arena)
{
    if (arena == NULL)
        return;
    blocks_free(arena->blocks, NULL);
    free(arena);
}

void
sceau_arena_clear(struct sceau_arena *arena)
{
    struct block *keep = NULL;
    for (struct block *b = arena->blocks; b != NULL; b = b->next) {
        if (b->size == BLOCK_SIZE)
            keep = b;
    }
    blocks_free(arena->blocks, keep);
    if (keep != NULL) {
        keep->next = NULL;
        keep->used = 0;
    }
    arena->blocks = keep;
    arena->used = 0;
}

/* A block with room for `size` octets, linked in. A large one goes behind the block being
 * filled, which keeps its room for what is small. */
static struct block *
block_add(struct sceau_arena *arena, size_t size)
{
    struct block **link = &arena->blocks;
    if (size > BLOCK_SIZE && arena->blocks != NULL)
        link = &arena->blocks->next;
    struct block *block = block_new(size > BLOCK_SIZE ? size : BLOCK_SIZE, *link);
    if (block != NULL)
        *link = block;
    return block;
}

void *
sceau_arena_alloc(struct sceau_arena *arena, size_t size)
{
    if (size == 0)
        size = 1;
    if (size > arena->ceiling || rounded(size) > arena->ceiling - arena->used)
        return NULL;
    size = rounded(size);
    struct block *block = arena->blocks;
    if (block == NULL || block->size - block->used < size)
        block = block_add(arena, size);
    if (block == NULL)
        return NULL;
    void *p = block->data + block->used;
    block->used += size;
    arena->used += size;
    return memset(p, 0, size);
}

size_t
sceau_arena_used(const struct sceau_arena *arena)
{
    return arena->used;
}

size_t
sceau_arena_left(const struct sceau_arena *arena)
{
    return arena->ceiling - arena->used;
}
