/* The key cache: same text, same key; bounded; safe for keys in use and for threads. */
#include "keycache.h"

#include "../../tests/unit.h"
#include "fixture.h"

#include <pthread.h>

static struct sceau_slice
numbered(char *text, size_t size, unsigned n)
{
    snprintf(text, size, "v=DKIM1; n=%u; p=" FIXTURE_RSA_P, n);
    return sceau_slice_from(text);
}

static void
finds_keys_again(void **state)
{
    (void)state;
    struct sceau_key_cache *cache = sceau_key_cache_new(2);
    char a[512], b[512];
    struct shared_key *first = sceau_key_cache_get(cache, numbered(a, sizeof a, 1));
    struct shared_key *again = sceau_key_cache_get(cache, numbered(b, sizeof b, 1));
    struct shared_key *other = sceau_key_cache_get(cache, numbered(b, sizeof b, 2));
    assert_ptr_equal(first, again);
    assert_ptr_not_equal(first, other);
    assert_null(shared_key_view(first)->refusal);
    shared_key_release(first);
    shared_key_release(again);
    shared_key_release(other);
    sceau_key_cache_free(cache);
}

/* The least recently used one goes; whoever uses it keeps it. */
static void
forgets_the_oldest(void **state)
{
    (void)state;
    struct sceau_key_cache *cache = sceau_key_cache_new(2);
    char text[512];
    struct shared_key *one = sceau_key_cache_get(cache, numbered(text, sizeof text, 1));
    struct shared_key *two = sceau_key_cache_get(cache, numbered(text, sizeof text, 2));
    shared_key_release(sceau_key_cache_get(cache, numbered(text, sizeof text, 1)));
    shared_key_release(sceau_key_cache_get(cache, numbered(text, sizeof text, 3)));
    struct shared_key *kept =
        sceau_key_cache_get(cache, numbered(text, sizeof text, 1));
    assert_ptr_equal(one, kept);
    struct shared_key *anew =
        sceau_key_cache_get(cache, numbered(text, sizeof text, 2));
    assert_ptr_not_equal(two, anew);
    assert_int_equal(shared_key_view(two)->bits, 1024);
    shared_key_release(one);
    shared_key_release(kept);
    shared_key_release(two);
    sceau_key_cache_free(cache); /* before the last user: fine */
    assert_int_equal(shared_key_view(anew)->bits, 1024);
    shared_key_release(anew);
}

static void
works_without_a_cache(void **state)
{
    (void)state;
    char text[512];
    struct sceau_key_cache *nothing_kept = sceau_key_cache_new(0);
    struct shared_key *key = sceau_key_cache_get(NULL, numbered(text, sizeof text, 1));
    assert_null(shared_key_view(key)->refusal);
    shared_key_release(key);
    key = sceau_key_cache_get(nothing_kept, numbered(text, sizeof text, 1));
    assert_null(shared_key_view(key)->refusal);
    shared_key_release(key);
    shared_key_release(NULL);
    sceau_key_cache_free(nothing_kept);
    sceau_key_cache_free(NULL);
}

/* Refused records are kept too: a bad key is asked for as often as a good one. */
static void
keeps_refusals(void **state)
{
    (void)state;
    struct sceau_key_cache *cache = sceau_key_cache_new(2);
    struct shared_key *a = sceau_key_cache_get(cache, SCEAU_SLICE("v=DKIM1; p="));
    struct shared_key *b = sceau_key_cache_get(cache, SCEAU_SLICE("v=DKIM1; p="));
    assert_ptr_equal(a, b);
    assert_non_null(shared_key_view(a)->refusal);
    shared_key_release(a);
    shared_key_release(b);
    sceau_key_cache_free(cache);
}

/* Each thread finds keys, lets others push them out, and verifies with them. */
static void *
ask_many(void *cache)
{
    static const uint8_t digest[SHA256_OCTETS];
    char text[512];
    for (unsigned i = 0; i < 2000; i++) {
        struct shared_key *key =
            sceau_key_cache_get(cache, numbered(text, sizeof text, i % 7));
        if (key == NULL || shared_key_view(key)->bits != 1024 ||
            crypto_verify(shared_key_view(key)->crypto, digest,
                          SCEAU_SLICE("no signature")) != CRYPTO_BAD)
            return cache;
        shared_key_release(key);
    }
    return NULL;
}

static void
serves_threads(void **state)
{
    (void)state;
    struct sceau_key_cache *cache = sceau_key_cache_new(3);
    pthread_t threads[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask_many, cache), 0);
    for (size_t i = 0; i < 4; i++) {
        void *failed = cache;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    sceau_key_cache_free(cache);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_keys_again),      cmocka_unit_test(forgets_the_oldest),
        cmocka_unit_test(works_without_a_cache), cmocka_unit_test(keeps_refusals),
        cmocka_unit_test(serves_threads),
    };
    return cmocka_run_group_tests_name("dkim/keycache", tests, NULL, NULL);
}
