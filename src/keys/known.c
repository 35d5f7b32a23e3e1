/* A table without chains: a domain has one place. Domains are those that own users sign
 * for, not a stranger's choice, so the hash needs no secret. */
#include "known.h"

#include "core/hash.h"

#include <pthread.h>
#include <stdlib.h>

#define NAME_MAX_OCTETS 256

struct told {
    int64_t until_ms; /* 0: nothing stands here */
    size_t name_len;
    char name[NAME_MAX_OCTETS];
    struct keyring_keys keys;
};

struct keys_known {
    pthread_mutex_t lock;
    struct told told[KEYS_KNOWN_MAX];
};

static struct told *
place_of(struct keys_known *k, struct sceau_slice domain)
{
    static const struct hash_key key = {0, 0};
    return &k->told[hash_octets(&key, domain) % KEYS_KNOWN_MAX];
}

static bool
is_about(const struct told *told, struct sceau_slice domain)
{
    return slice_eq((struct sceau_slice){told->name, told->name_len}, domain);
}

struct keys_known *
keys_known_new(void)
{
    struct keys_known *k = calloc(1, sizeof *k);
    if (k != NULL)
        pthread_mutex_init(&k->lock, NULL);
    return k;
}

void
keys_known_free(struct keys_known *k)
{
    if (k != NULL)
        pthread_mutex_destroy(&k->lock);
    free(k);
}

bool
keys_known_find(struct keys_known *k, struct sceau_slice domain, int64_t now_ms,
                struct keyring_keys *keys)
{
    const struct told *told = place_of(k, domain);
    pthread_mutex_lock(&k->lock);
    bool is_known = now_ms < told->until_ms && is_about(told, domain);
    if (is_known)
        *keys = told->keys;
    pthread_mutex_unlock(&k->lock);
    return is_known;
}

void
keys_known_add(struct keys_known *k, struct sceau_slice domain, int64_t now_ms,
               const struct keyring_keys *keys)
{
    struct told *told = place_of(k, domain);
    if (domain.len == 0 || domain.len > sizeof told->name)
        return;
    pthread_mutex_lock(&k->lock);
    told->until_ms = now_ms + KEYS_KNOWN_MS;
    told->name_len = domain.len;
    memcpy(told->name, domain.ptr, domain.len);
    told->keys = *keys;
    pthread_mutex_unlock(&k->lock);
}

void
keys_known_forget(struct keys_known *k, struct sceau_slice domain)
{
    struct told *told = place_of(k, domain);
    pthread_mutex_lock(&k->lock);
    if (is_about(told, domain))
        told->until_ms = 0;
    pthread_mutex_unlock(&k->lock);
}
