/* The signer as processes, with keys in a folder of its own: what it signs, what it knows
 * of changes on the disk, what its death costs, and that nobody is left. */
#include "keys/signer.h"

#include "../../tests/folder.h"
#include "keys/cache.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ORG SCEAU_SLICE("example.org")

static char base[TEST_FOLDER], folder[128];
static struct keys_place place;
static atomic_uint told;
static char last_told[512];

static void
tell(const char *sentence)
{
    snprintf(last_told, sizeof last_told, "%s", sentence);
    atomic_fetch_add(&told, 1);
}

static void
keep_all(void *self, enum keys_part part)
{
    (void)self;
    (void)part;
}

/* ---- keys on the disk ---- */

static void
add_key(const char *domain, const char *selector, enum sceau_dkim_algorithm algorithm,
        enum keys_state state)
{
    struct keys_edit edit;
    struct problem problem = {0};
    struct keys_pem pem;
    assert_true(keys_pem_generate(algorithm, 2048, &pem));
    assert_int_equal(keys_edit_begin(&place, unit_arena, sceau_slice_from(domain),
                                     &edit, &problem),
                     SCEAU_OK);
    struct keys_key *key =
        keys_edit_add(&edit, sceau_slice_from(selector), &pem, 1790000000, &problem);
    assert_non_null(key);
    key->state = state;
    assert_int_equal(keys_edit_commit(&edit, &problem), SCEAU_OK);
    keys_edit_end(&edit);
}

static void
change_state(const char *domain, const char *selector, enum keys_state state)
{
    struct keys_edit edit;
    struct problem problem = {0};
    assert_int_equal(keys_edit_begin(&place, unit_arena, sceau_slice_from(domain),
                                     &edit, &problem),
                     SCEAU_OK);
    keys_find(&edit.domain, sceau_slice_from(selector))->state = state;
    assert_int_equal(keys_edit_commit(&edit, &problem), SCEAU_OK);
    keys_edit_end(&edit);
}

static void
set_mode(const char *domain, const char *name, mode_t mode)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s/%s", folder, domain, name);
    assert_int_equal(chmod(path, mode), 0);
}

/* Each test its own folder. */
static int
make_base(void **state)
{
    (void)state;
    unit_arena = sceau_arena_new((size_t)16 * 1024 * 1024);
    if (unit_arena == NULL || test_folder_make(base, "signer") != 0)
        return -1;
    snprintf(folder, sizeof folder, "%s/keys", base);
    place = (struct keys_place){.folder = folder};
    atomic_store(&told, 0);
    return mkdir(folder, 0700);
}

static int
remove_base(void **state)
{
    (void)state;
    sceau_arena_free(unit_arena);
    return test_folder_remove(base);
}

/* ---- the cache ---- */

static struct keys_answer
ask_cache(struct keys_cache *cache, const char *domain, const char *selector,
          int64_t now_ms)
{
    struct keys_request r = {.id = 1,
                             .kind = selector != NULL ? KEYS_ASK_SIGNATURE
                                                      : KEYS_ASK_ACTIVE};
    struct keys_answer answer;
    r.domain_len = strlen(domain);
    memcpy(r.domain, domain, r.domain_len);
    if (selector != NULL) {
        r.selector_len = strlen(selector);
        memcpy(r.selector, selector, r.selector_len);
    }
    keys_cache_answer(cache, &r, now_ms, &answer);
    return answer;
}

static void
only_active_keys_are_offered(void **state)
{
    (void)state;
    add_key("example.org", "next", SCEAU_DKIM_RSA_SHA256, KEYS_NEXT);
    add_key("example.org", "rsa", SCEAU_DKIM_RSA_SHA256, KEYS_ACTIVE);
    add_key("example.org", "ed", SCEAU_DKIM_ED25519_SHA256, KEYS_ACTIVE);
    add_key("example.org", "old", SCEAU_DKIM_RSA_SHA256, KEYS_RETIRING);
    struct keys_cache *cache = keys_cache_new(&place, tell);
    struct keys_answer a = ask_cache(cache, "example.org", NULL, 0);
    assert_int_equal(a.status, KEYS_ANSWER_FINE);
    assert_int_equal(a.active.count, 2);
    /* what is under way when a key retires is still signed; one not yet published never */
    static const struct {
        const char *selector;
        enum keys_answer_status status;
        size_t len;
    } wanted[] = {
        {"rsa",    KEYS_ANSWER_FINE, 256},
        {"ED",     KEYS_ANSWER_FINE, 64 },
        {"old",    KEYS_ANSWER_FINE, 256},
        {"next",   KEYS_ANSWER_GONE, 0  },
        {"absent", KEYS_ANSWER_GONE, 0  },
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        UNIT_CASE(wanted[i].selector);
        a = ask_cache(cache, "example.org", wanted[i].selector, 0);
        assert_int_equal(a.status, wanted[i].status);
        assert_int_equal(a.signature_len, wanted[i].len);
    }
    a = ask_cache(cache, "example.net", NULL, 0);
    assert_int_equal(a.status, KEYS_ANSWER_FINE);
    assert_int_equal(a.active.count, 0);
    assert_int_equal(atomic_load(&told), 0);
    keys_cache_free(cache);
}

static void
changes_are_seen(void **state)
{
    (void)state;
    struct keys_cache *cache = keys_cache_new(&place, tell);
    assert_int_equal(ask_cache(cache, "example.org", NULL, 0).active.count, 0);
    add_key("example.org", "s1", SCEAU_DKIM_ED25519_SHA256, KEYS_ACTIVE);
    assert_int_equal(
        ask_cache(cache, "example.org", NULL, KEYS_CACHE_FRESH_MS - 1).active.count, 0);
    assert_int_equal(
        ask_cache(cache, "example.org", NULL, KEYS_CACHE_FRESH_MS).active.count, 1);
    change_state("example.org", "s1", KEYS_RETIRING);
    assert_int_equal(
        ask_cache(cache, "example.org", NULL, 2 * KEYS_CACHE_FRESH_MS).active.count, 0);
    change_state("example.org", "s1", KEYS_REVOKED);
    assert_int_equal(
        ask_cache(cache, "example.org", "s1", 3 * KEYS_CACHE_FRESH_MS).status,
        KEYS_ANSWER_GONE);
    keys_cache_free(cache);
}

/* A broken key is one domain's trouble, told once, and mended without a restart. */
static void
broken_keys_are_told_once(void **state)
{
    (void)state;
    add_key("broken.test", "s1", SCEAU_DKIM_ED25519_SHA256, KEYS_ACTIVE);
    add_key("half.test", "good", SCEAU_DKIM_ED25519_SHA256, KEYS_ACTIVE);
    add_key("half.test", "bad", SCEAU_DKIM_RSA_SHA256, KEYS_ACTIVE);
    add_key("fine.test", "s1", SCEAU_DKIM_ED25519_SHA256, KEYS_ACTIVE);
    set_mode("broken.test", "s1.pem", 0644);
    set_mode("half.test", "bad.pem", 0604);
    struct keys_cache *cache = keys_cache_new(&place, tell);
    assert_int_equal(ask_cache(cache, "broken.test", NULL, 0).status,
                     KEYS_ANSWER_BROKEN);
    assert_int_equal(atomic_load(&told), 1);
    assert_non_null(strstr(last_told, "broken.test/s1.pem"));
    for (int64_t i = 1; i < 5; i++)
        ask_cache(cache, "broken.test", NULL, i * KEYS_CACHE_FRESH_MS);
    assert_int_equal(atomic_load(&told), 1);
    assert_int_equal(ask_cache(cache, "fine.test", NULL, 0).active.count, 1);
    struct keys_answer a = ask_cache(cache, "half.test", NULL, 0);
    assert_int_equal(a.status, KEYS_ANSWER_FINE); /* one of two */
    assert_int_equal(a.active.count, 1);
    assert_int_equal(atomic_load(&told), 2);
    set_mode("broken.test", "s1.pem", 0600);
    a = ask_cache(cache, "broken.test", NULL, 9 * KEYS_CACHE_FRESH_MS);
    assert_int_equal(a.active.count, 1);
    keys_cache_free(cache);
}

static void
memory_is_bounded(void **state)
{
    (void)state;
    char domain[64];
    add_key("example.org", "s1", SCEAU_DKIM_ED25519_SHA256, KEYS_ACTIVE);
    struct keys_cache *cache = keys_cache_new(&place, tell);
    ask_cache(cache, "example.org", NULL, 0);
    for (unsigned i = 0; i < 3 * KEYS_CACHE_MAX; i++) {
        snprintf(domain, sizeof domain, "d%u.test", i);
        ask_cache(cache, domain, NULL, 0);
        assert_true(keys_cache_kept(cache) <= KEYS_CACHE_MAX);
    }
    assert_int_equal(keys_cache_kept(cache), KEYS_CACHE_MAX);
    assert_int_equal(ask_cache(cache, "example.org", NULL, 0).active.count, 1);
    keys_cache_free(cache);
}

/* ---- the processes ---- */

static struct keys_client *
start(size_t channels, pid_t *guard)
{
    int ends[KEYS_CHANNELS_MAX];
    const struct keys_signer_options options = {.place = place,
                                                .channels = channels,
                                                .confine = keep_all,
                                                .tell = tell};
    *guard = keys_signer_start(&options, ends);
    assert_true(*guard > 0);
    struct keys_client *client = keys_client_new(ends, channels, tell);
    assert_non_null(client);
    return client;
}

/* The signer that a guard has; waits for one that is not `but`. */
static pid_t
signer_of(pid_t guard, pid_t but)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)guard, (int)guard);
    for (int i = 0; i < 2000; i++) {
        FILE *f = fopen(path, "r");
        int pid = 0, n = f != NULL ? fscanf(f, "%d", &pid) : 0;
        if (f != NULL)
            fclose(f);
        if (n == 1 && pid != but)
            return pid;
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    return 0;
}

static bool
ends_soon(pid_t pid)
{
    for (int i = 0; i < 1000; i++) {
        if (kill(pid, 0) != 0 && errno == ESRCH)
            return true;
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    return false;
}

static bool
signs(struct keyring *keyring)
{
    static const uint8_t digest[32] = {1};
    uint8_t signature[SCEAU_SIGNATURE_OCTETS_MAX];
    struct keyring_keys keys;
    size_t len = 0;
    return keyring->keys(keyring, ORG, &keys) == KEYRING_FINE && keys.count == 1 &&
           keyring->sign(keyring, ORG, &keys.keys[0], digest, signature, &len) ==
               KEYRING_FINE &&
           len == 64;
}

static void
signs_and_ends(void **state)
{
    (void)state;
    pid_t guard;
    add_key("example.org", "s1", SCEAU_DKIM_ED25519_SHA256, KEYS_ACTIVE);
    struct keys_client *client = start(3, &guard);
    pid_t signer = signer_of(guard, 0);
    assert_true(signs(keys_client_keyring(client)));
    assert_true(keys_client_is_alive(client));
    kill(guard, SIGTERM); /* the whole group gets it; the milter is to end them */
    kill(signer, SIGINT);
    assert_true(signs(keys_client_keyring(client)));
    keys_client_free(client);
    assert_int_equal(waitpid(guard, NULL, 0), guard);
    assert_true(ends_soon(signer));
    assert_int_equal(atomic_load(&told), 0);
}

struct load {
    struct keyring *keyring;
    atomic_bool stop;
    atomic_uint good, bad;
};

static void *
sign_on(void *argument)
{
    struct load *load = argument;
    while (!atomic_load(&load->stop))
        atomic_fetch_add(signs(load->keyring) ? &load->good : &load->bad, 1);
    return NULL;
}

/* kill -9 of the signer under load: nobody sees more than a pause. */
static void
a_dead_signer_is_started_anew(void **state)
{
    (void)state;
    enum {
        THREADS = 6,
        KILLS = 3
    };
    pthread_t threads[THREADS];
    pid_t guard;
    add_key("example.org", "s1", SCEAU_DKIM_ED25519_SHA256, KEYS_ACTIVE);
    struct keys_client *client = start(4, &guard);
    struct load load = {.keyring = keys_client_keyring(client)};
    for (size_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, sign_on, &load);
    pid_t signer = 0;
    for (int i = 0; i < KILLS; i++) {
        signer = signer_of(guard, signer);
        assert_true(signer > 0);
        unsigned before = atomic_load(&load.good);
        while (atomic_load(&load.good) < before + 50)
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        kill(signer, SIGKILL);
    }
    unsigned before = atomic_load(&load.good);
    while (atomic_load(&load.good) < before + 50)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    atomic_store(&load.stop, true);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&load.bad), 0);
    assert_true(keys_client_is_alive(client));
    keys_client_free(client);
    assert_int_equal(waitpid(guard, NULL, 0), guard);
}

/* Without its guard nothing is signed, at once and for good, and no key stays in memory. */
static void
a_dead_guard_is_the_end(void **state)
{
    (void)state;
    pid_t guard;
    add_key("example.org", "s1", SCEAU_DKIM_ED25519_SHA256, KEYS_ACTIVE);
    struct keys_client *client = start(2, &guard);
    pid_t signer = signer_of(guard, 0);
    struct keyring_keys keys;
    assert_true(signs(keys_client_keyring(client)));
    kill(guard, SIGKILL);
    assert_int_equal(waitpid(guard, NULL, 0), guard);
    assert_true(ends_soon(signer));
    struct keyring *keyring = keys_client_keyring(client);
    assert_false(signs(keyring)); /* its keys are still known for a moment */
    assert_int_equal(keyring->keys(keyring, ORG, &keys), KEYRING_SILENT);
    assert_false(keys_client_is_alive(client));
    assert_int_equal(keyring->keys(keyring, ORG, &keys), KEYRING_SILENT);
    assert_int_equal(atomic_load(&told), 1);
    keys_client_free(client);
}

/* Whoever started them is killed: they are with him. */
static void
they_die_with_their_parent(void **state)
{
    (void)state;
    int ends[2], pids[2];
    assert_int_equal(pipe(ends), 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t child = fork();
    if (child == 0) {
        pid_t guard;
        start(2, &guard);
        int found[2] = {guard, signer_of(guard, 0)};
        (void)!write(ends[1], found, sizeof found);
        pause();
    }
    assert_int_equal(read(ends[0], pids, sizeof pids), sizeof pids);
    kill(child, SIGKILL);
    /* They are ours to see; the signer only if it outlived its guard, who may have seen
     * it end because the sockets were closed. */
    while (wait(NULL) > 0)
        ;
    assert_true(kill(child, 0) != 0 && kill(pids[0], 0) != 0 && kill(pids[1], 0) != 0);
    close(ends[0]);
    close(ends[1]);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, make_base, remove_base)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_active_keys_are_offered),
        TEST(changes_are_seen),
        TEST(broken_keys_are_told_once),
        TEST(memory_is_bounded),
        TEST(signs_and_ends),
        TEST(a_dead_signer_is_started_anew),
        TEST(a_dead_guard_is_the_end),
        TEST(they_die_with_their_parent),
    };
    return cmocka_run_group_tests_name("keys/signer", tests, NULL, NULL);
}
