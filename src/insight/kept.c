/* A short list, the latest used first. An entry has an arena of its own, and goes when nobody
 * uses it and it is of another version, or the list is too large. */
#include "kept.h"

#include <pthread.h>
#include <stdlib.h>

#define MEMORY ((size_t)64 * 1024 * 1024) /* of one entry, at most */

struct entry {
    struct entry *next;
    struct sceau_arena *arena;
    struct kept_key key; /* its texts are in the arena */
    struct kept_sources sources, recent;
    size_t octets; /* once it is made */
    unsigned users;
    enum {
        MAKING,
        MADE,
        FAILED,
    } state;
};

struct kept {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* an entry is no longer in the making */
    struct entry *entries;
    size_t limit;
};

/* What a request took; in its arena. */
struct kept_hold {
    struct kept_hold *next;
    struct entry *entry;
};

struct kept *
kept_new(size_t octets)
{
    struct kept *kept = calloc(1, sizeof *kept);
    if (kept == NULL)
        return NULL;
    kept->limit = octets;
    pthread_mutex_init(&kept->lock, NULL);
    pthread_cond_init(&kept->changed, NULL);
    return kept;
}

static void
entry_free(struct entry *e)
{
    sceau_arena_free(e->arena);
    free(e);
}

void
kept_free(struct kept *kept)
{
    if (kept == NULL)
        return;
    for (struct entry *e = kept->entries, *next; e != NULL; e = next) {
        next = e->next;
        entry_free(e);
    }
    pthread_cond_destroy(&kept->changed);
    pthread_mutex_destroy(&kept->lock);
    free(kept);
}

/* Under the lock: what nobody uses leaves when it is of no more use, or too much. */
static void
tidy(struct kept *kept, int64_t version)
{
    size_t octets = 0;
    for (struct entry **link = &kept->entries, *e; (e = *link) != NULL;) {
        size_t with = octets + e->octets;
        if (e->users == 0 &&
            (e->state == FAILED || e->key.version < version || with > kept->limit)) {
            *link = e->next;
            entry_free(e);
            continue;
        }
        octets = with;
        link = &e->next;
    }
}

size_t
kept_octets(struct kept *kept)
{
    size_t octets = 0;
    pthread_mutex_lock(&kept->lock);
    for (const struct entry *e = kept->entries; e != NULL; e = e->next)
        octets += e->octets;
    pthread_mutex_unlock(&kept->lock);
    return octets;
}

/* ---- finding ---- */

static bool
is_same(const struct kept_key *a, const struct kept_key *b)
{
    return a->version == b->version && a->from_day == b->from_day &&
           a->to_day == b->to_day && slice_eq(a->policy_domain, b->policy_domain) &&
           slice_eq(a->author, b->author);
}

/* The recent days of an entry are what is asked for. */
static bool
is_recent(const struct kept_key *entry, const struct kept_key *asked)
{
    struct kept_key recent = *entry;
    recent.from_day = entry->recent_from;
    recent.to_day = entry->recent_to;
    return !asked->needs_days && asked->recent_to == 0 && is_same(&recent, asked);
}

static const struct kept_sources *
part_of(const struct entry *e, const struct kept_key *key)
{
    return is_same(&e->key, key) ? &e->sources : &e->recent;
}

/* Under the lock: the entry goes to the front, with one user more. */
static struct entry *
find(struct kept *kept, const struct kept_key *key)
{
    for (struct entry **link = &kept->entries, *e; (e = *link) != NULL;
         link = &e->next) {
        if (e->state == FAILED || (!is_same(&e->key, key) && !is_recent(&e->key, key)))
            continue;
        *link = e->next;
        e->next = kept->entries;
        kept->entries = e;
        e->users++;
        return e;
    }
    return NULL;
}

static struct entry *
add(struct kept *kept, const struct kept_key *key)
{
    struct entry *e = calloc(1, sizeof *e);
    struct sceau_arena *arena = e != NULL ? sceau_arena_new(MEMORY) : NULL;
    if (arena == NULL) {
        free(e);
        return NULL;
    }
    *e = (struct entry){.next = kept->entries,
                        .arena = arena,
                        .key = *key,
                        .users = 1,
                        .state = MAKING};
    e->key.policy_domain = slice_copy(arena, key->policy_domain);
    e->key.author = slice_copy(arena, key->author);
    kept->entries = e;
    return e;
}

/* Remember that the request uses it. */
static bool
hold(struct insight *in, struct entry *e)
{
    struct kept_hold *h = sceau_arena_alloc(in->arena, sizeof *h);
    if (h == NULL)
        return false;
    *h = (struct kept_hold){in->held, e};
    in->held = h;
    return true;
}

const struct kept_sources *
kept_take(struct insight *in, const struct kept_key *key, kept_make *make, void *self)
{
    struct kept *kept = in->kept;
    pthread_mutex_lock(&kept->lock);
    struct entry *e = find(kept, key);
    bool is_ours = e == NULL;
    if (is_ours) {
        tidy(kept, key->version); /* before as much is made again */
        e = add(kept, key);
    }
    while (!is_ours && e->state == MAKING)
        pthread_cond_wait(&kept->changed, &kept->lock);
    pthread_mutex_unlock(&kept->lock);
    if (e == NULL) {
        scope_full(in);
        return NULL;
    }
    bool is_made = is_ours ? make(self, e->arena, &e->key, &e->sources, &e->recent)
                           : e->state == MADE;
    bool is_held = hold(in, e);
    pthread_mutex_lock(&kept->lock);
    if (is_ours) {
        e->state = is_made ? MADE : FAILED;
        e->octets = sceau_arena_used(e->arena);
    }
    if (!is_held)
        e->users--;
    pthread_cond_broadcast(&kept->changed);
    pthread_mutex_unlock(&kept->lock);
    if (is_made && is_held)
        return part_of(e, key);
    if (in->error == NULL)
        scope_full(in);
    return NULL;
}

void
kept_release(struct insight *in)
{
    if (in->kept == NULL)
        return;
    pthread_mutex_lock(&in->kept->lock);
    for (; in->held != NULL; in->held = in->held->next)
        in->held->entry->users--;
    tidy(in->kept, in->version);
    pthread_mutex_unlock(&in->kept->lock);
}
