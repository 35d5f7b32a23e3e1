/* Domains and their keys, the one used last in front. What is kept of a domain never
 * changes: when its state did, another takes its place, and whoever signs with the old one
 * gives it back when he is done. One lock, held for a look-up and never while a file is
 * read or a signature made. */
#include "cache.h"

#include "core/hash.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>

enum {
    BUCKETS = 2048,
    USABLE_MAX = 2 * KEYRING_KEYS_MAX, /* active keys, and retiring ones */
    STATE_MEMORY = 512 * 1024          /* while a state file is read */
};

struct usable {
    struct keyring_key key;
    bool is_active; /* else retiring: signs what is under way */
    struct sceau_signer *signer;
};

/* One domain as it was read. */
struct entry {
    struct entry *chain;         /* of the bucket */
    struct entry *newer, *older; /* by use */
    unsigned users;              /* and one for being kept; guarded by the lock */
    struct timespec changed;     /* of the state file */
    int64_t checked_ms;          /* guarded by the lock */
    uint64_t hash;
    size_t count;
    struct usable usable[USABLE_MAX];
    char *problem; /* the first one; NULL: all is well */
    size_t name_len;
    char name[256];
};

struct keys_cache {
    struct keys_place place;
    void (*tell)(const char *sentence);
    struct hash_key hash;
    pthread_mutex_t lock;
    struct entry *buckets[BUCKETS];
    struct entry *newest, *oldest;
    size_t kept;
};

/* ---- one domain ---- */

static void
entry_free(struct entry *e)
{
    for (size_t i = 0; e != NULL && i < e->count; i++)
        sceau_private_key_free(e->usable[i].signer);
    if (e != NULL)
        free(e->problem);
    free(e);
}

static size_t
weight(const struct entry *e)
{
    return e->count > 0 ? e->count : 1;
}

static void
note_problem(struct entry *e, const struct problem *problem)
{
    if (e->problem == NULL)
        e->problem = strdup(problem->text);
}

static void
load_key(const struct keys_cache *c, struct entry *e, struct sceau_slice domain,
         const struct keys_key *key)
{
    struct problem problem = {0};
    bool is_active = key->state == KEYS_ACTIVE;
    if ((!is_active && key->state != KEYS_RETIRING) || e->count == USABLE_MAX ||
        key->selector.len > KEYRING_SELECTOR_MAX)
        return;
    struct sceau_signer *signer = keys_private(&c->place, domain, key, &problem);
    if (signer == NULL) {
        if (is_active)
            note_problem(e, &problem);
        return;
    }
    struct usable *u = &e->usable[e->count++];
    u->signer = signer;
    u->is_active = is_active;
    u->key.algorithm = signer->algorithm;
    u->key.bits = sceau_private_key_bits(signer);
    u->key.selector_len = key->selector.len;
    memcpy(u->key.selector, key->selector.ptr, key->selector.len);
}

/* Read a domain. NULL when memory is exhausted. */
static struct entry *
load(const struct keys_cache *c, struct sceau_slice domain)
{
    struct entry *e = calloc(1, sizeof *e);
    struct sceau_arena *arena = sceau_arena_new(STATE_MEMORY);
    struct keys_domain keys = {0};
    struct problem problem = {0};
    if (e == NULL || arena == NULL) {
        sceau_arena_free(arena);
        free(e);
        return NULL;
    }
    e->users = 2; /* the cache, and whoever asked */
    e->name_len = domain.len;
    memcpy(e->name, domain.ptr, domain.len);
    e->changed = keys_changed(&c->place, domain); /* before: a change is seen twice */
    if (keys_read(&c->place, arena, domain, &keys, &problem) != SCEAU_OK)
        note_problem(e, &problem);
    for (size_t i = 0; i < keys.count; i++)
        load_key(c, e, domain, &keys.keys[i]);
    sceau_arena_free(arena);
    return e;
}

/* ---- the table; the lock is held ---- */

static void
unlink_entry(struct keys_cache *c, struct entry *e)
{
    struct entry **at = &c->buckets[e->hash % BUCKETS];
    while (*at != e)
        at = &(*at)->chain;
    *at = e->chain;
    *(e->newer != NULL ? &e->newer->older : &c->newest) = e->older;
    *(e->older != NULL ? &e->older->newer : &c->oldest) = e->newer;
    c->kept -= weight(e);
}

static void
link_entry(struct keys_cache *c, struct entry *e)
{
    struct entry **bucket = &c->buckets[e->hash % BUCKETS];
    e->chain = *bucket;
    *bucket = e;
    e->newer = NULL;
    e->older = c->newest;
    *(c->newest != NULL ? &c->newest->newer : &c->oldest) = e;
    c->newest = e;
    c->kept += weight(e);
}

static struct entry *
find(const struct keys_cache *c, uint64_t hash, struct sceau_slice domain)
{
    struct entry *e = c->buckets[hash % BUCKETS];
    while (e != NULL && !slice_eq((struct sceau_slice){e->name, e->name_len}, domain))
        e = e->chain;
    return e;
}

/* Take it out; freed here, or by who still signs with it. */
static void
drop(struct keys_cache *c, struct entry *e)
{
    unlink_entry(c, e);
    if (--e->users == 0)
        entry_free(e);
}

/* ---- taking and giving ---- */

static void
give(struct keys_cache *c, struct entry *e)
{
    pthread_mutex_lock(&c->lock);
    bool is_last = --e->users == 0;
    pthread_mutex_unlock(&c->lock);
    if (is_last)
        entry_free(e);
}

/* The one that is kept, if it needs no look at the disk. A look is one thread's: the others
 * go on with what there is. *is_stale: the caller is to look. */
static struct entry *
take_kept(struct keys_cache *c, uint64_t hash, struct sceau_slice domain,
          int64_t now_ms, bool *is_stale)
{
    pthread_mutex_lock(&c->lock);
    struct entry *e = find(c, hash, domain);
    *is_stale = e == NULL || now_ms - e->checked_ms >= KEYS_CACHE_FRESH_MS;
    if (e != NULL) {
        e->users++;
        e->checked_ms = *is_stale ? now_ms : e->checked_ms;
        unlink_entry(c, e);
        link_entry(c, e);
    }
    pthread_mutex_unlock(&c->lock);
    return e;
}

/* What is wrong is told once, and again when it is something else. */
static void
tell_problem(const struct keys_cache *c, const struct entry *old,
             const struct entry *fresh)
{
    const char *before = old != NULL ? old->problem : NULL;
    if (fresh->problem != NULL &&
        (before == NULL || strcmp(before, fresh->problem) != 0))
        c->tell(fresh->problem);
}

static void
keep(struct keys_cache *c, struct entry *fresh)
{
    struct sceau_slice name = {fresh->name, fresh->name_len};
    pthread_mutex_lock(&c->lock);
    struct entry *there = find(c, fresh->hash, name);
    if (there != NULL)
        drop(c, there);
    link_entry(c, fresh);
    while (c->kept > KEYS_CACHE_MAX && c->oldest != fresh)
        drop(c, c->oldest);
    pthread_mutex_unlock(&c->lock);
}

/* Broken keys may be mended without a word in the state file: those are read again. */
static bool
is_as_it_was(const struct keys_cache *c, const struct entry *e,
             struct sceau_slice domain)
{
    struct timespec now = keys_changed(&c->place, domain);
    return e->problem == NULL && now.tv_sec == e->changed.tv_sec &&
           now.tv_nsec == e->changed.tv_nsec;
}

/* The domain as it is on the disk, or was a moment ago. NULL: memory. Give it back. */
static struct entry *
take(struct keys_cache *c, struct sceau_slice domain, int64_t now_ms)
{
    uint64_t hash = hash_octets(&c->hash, domain);
    bool is_stale;
    struct entry *e = take_kept(c, hash, domain, now_ms, &is_stale);
    if (e != NULL && (!is_stale || is_as_it_was(c, e, domain)))
        return e;
    struct entry *fresh = load(c, domain);
    if (fresh != NULL) {
        fresh->hash = hash;
        fresh->checked_ms = now_ms;
        tell_problem(c, e, fresh);
        keep(c, fresh);
    }
    if (e != NULL)
        give(c, e);
    return fresh;
}

/* ---- answers ---- */

static void
answer_active(const struct entry *e, struct keys_answer *answer)
{
    struct keyring_keys *active = &answer->active;
    for (size_t i = 0; i < e->count && active->count < KEYRING_KEYS_MAX; i++) {
        if (e->usable[i].is_active)
            active->keys[active->count++] = e->usable[i].key;
    }
    if (active->count == 0 && e->problem != NULL)
        answer->status = KEYS_ANSWER_BROKEN;
}

static void
answer_signature(const struct entry *e, const struct keys_request *request,
                 struct keys_answer *answer)
{
    struct sceau_slice selector = {request->selector, request->selector_len};
    answer->status = KEYS_ANSWER_GONE;
    for (size_t i = 0; i < e->count; i++) {
        const struct usable *u = &e->usable[i];
        if (!slice_eq_ci(keyring_selector(&u->key), selector))
            continue;
        answer->signature_len =
            u->signer->sign(u->signer, request->digest, answer->signature);
        answer->status =
            answer->signature_len > 0 ? KEYS_ANSWER_FINE : KEYS_ANSWER_BROKEN;
        return;
    }
}

void
keys_cache_answer(struct keys_cache *c, const struct keys_request *request,
                  int64_t now_ms, struct keys_answer *answer)
{
    struct sceau_slice domain = {request->domain, request->domain_len};
    *answer = (struct keys_answer){.id = request->id, .status = KEYS_ANSWER_FINE};
    struct entry *e = take(c, domain, now_ms);
    if (e == NULL) {
        answer->status = KEYS_ANSWER_BROKEN;
        return;
    }
    switch (request->kind) {
    case KEYS_ASK_ACTIVE: answer_active(e, answer); break;
    case KEYS_ASK_SIGNATURE: answer_signature(e, request, answer); break;
    }
    give(c, e);
}

/* ---- the whole ---- */

struct keys_cache *
keys_cache_new(const struct keys_place *place, void (*tell)(const char *sentence))
{
    struct keys_cache *c = calloc(1, sizeof *c);
    if (c == NULL || getrandom(&c->hash, sizeof c->hash, 0) != sizeof c->hash) {
        free(c);
        return NULL;
    }
    c->place = *place;
    c->tell = tell;
    pthread_mutex_init(&c->lock, NULL);
    return c;
}

void
keys_cache_free(struct keys_cache *c)
{
    if (c == NULL)
        return;
    while (c->newest != NULL)
        drop(c, c->newest);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

size_t
keys_cache_kept(struct keys_cache *c)
{
    pthread_mutex_lock(&c->lock);
    size_t kept = c->kept;
    pthread_mutex_unlock(&c->lock);
    return kept;
}
