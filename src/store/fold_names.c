/* Which segments were folded: each is asked for once for a connection, and known by a hash. */
#include "fold_inside.h"

#include <stdlib.h>
#include <string.h>

/* Where it is, or could be. */
static size_t
find_name(const struct fold_names *names, uint64_t hash)
{
    size_t at = hash % names->size;
    while (names->slots[at] != 0 && names->slots[at] != hash)
        at = (at + 1) % names->size;
    return at;
}

static bool
has_name(const struct fold_names *names, uint64_t hash)
{
    return names->size > 0 && names->slots[find_name(names, hash)] == hash;
}

/* Without memory it is not remembered, and asked again. */
static void
add_name(struct fold_names *names, uint64_t hash)
{
    if (2 * (names->count + 1) > names->size) {
        struct fold_names larger = {.size = names->size > 0 ? 2 * names->size : 1024};
        larger.slots = calloc(larger.size, sizeof *larger.slots);
        if (larger.slots == NULL)
            return;
        for (size_t i = 0; i < names->size; i++)
            if (names->slots[i] != 0)
                larger.slots[find_name(&larger, names->slots[i])] = names->slots[i];
        larger.count = names->count;
        free(names->slots);
        *names = larger;
    }
    names->slots[find_name(names, hash)] = hash;
    names->count++;
}

static uint64_t
hash_of_name(struct sceau_slice name)
{
    const struct hash_key key = {0}; /* our own daemons choose the names */
    return hash_octets(&key, name) | 1;
}

bool
fold_has_seen(const struct fold *f, struct sceau_slice name)
{
    return has_name(&f->folded, hash_of_name(name));
}

void
fold_remember(struct fold *f, struct sceau_slice name)
{
    if (!fold_has_seen(f, name))
        add_name(&f->folded, hash_of_name(name));
}

void
fold_doubt(struct fold *f)
{
    unsigned connections = database_connections(f->db);
    if (connections == f->connections)
        return;
    free(f->folded.slots);
    f->folded = (struct fold_names){0};
    fold_policies_forget(&f->policies);
    f->connections = connections;
}

unsigned
fold_connection(const struct fold *f)
{
    return database_connections(f->db);
}

bool
fold_learn(struct fold *f, struct sceau_slice from, struct sceau_slice to)
{
    struct statement *s =
        database_prepare(f->db,
                         "SELECT name FROM segment WHERE name >= ?1 AND name < ?2");
    int step;
    bind_text(s, 1, from);
    bind_text(s, 2, to);
    while ((step = statement_step(s)) == 1)
        fold_remember(f, column_text(s, 0));
    return step == 0;
}

bool
fold_is_folded(struct fold *f, struct sceau_slice name, bool *is_folded)
{
    uint64_t hash = hash_of_name(name);
    *is_folded = has_name(&f->folded, hash);
    if (*is_folded)
        return true;
    struct statement *s =
        database_prepare(f->db, "SELECT 1 FROM segment WHERE name = ?1");
    bind_text(s, 1, name);
    int row = statement_step(s);
    *is_folded = row == 1;
    statement_reset(s);
    if (*is_folded)
        add_name(&f->folded, hash);
    return row >= 0;
}
