/* The key store in a folder of its own: what is written is read, others are kept out, and
 * whatever fails leaves what was there. */
#include "keys/store.h"

#include "../../tests/folder.h"
#include "core/slice.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define DOMAIN SCEAU_SLICE("example.org")

static char base[TEST_FOLDER], folder[128];
static struct keys_place place;
static struct problem problem;

static const char *
path_of(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int
make_base(void **state)
{
    (void)state;
    unit_arena = sceau_arena_new((size_t)16 * 1024 * 1024);
    if (unit_arena == NULL || test_folder_make(base, "keys") != 0)
        return -1;
    snprintf(folder, sizeof folder, "%s/keys", base);
    place = (struct keys_place){.folder = folder};
    return 0;
}

static int
remove_base(void **state)
{
    (void)state;
    sceau_arena_free(unit_arena);
    return test_folder_remove(base);
}

/* Files in the domain's folder, hidden ones too. */
static size_t
count_files(void)
{
    size_t count = 0;
    DIR *dir = opendir(path_of("example.org"));
    while (dir != NULL && readdir(dir) != NULL)
        count++;
    if (dir != NULL)
        closedir(dir);
    return count > 2 ? count - 2 : 0;
}

static mode_t
mode_of(const char *name)
{
    struct stat st;
    assert_int_equal(stat(path_of(name), &st), 0);
    return st.st_mode & 07777;
}

static struct keys_key *
add(struct keys_edit *edit, const char *selector, enum sceau_dkim_algorithm algorithm)
{
    struct keys_pem pem;
    assert_true(keys_pem_generate(algorithm, 2048, &pem));
    return keys_edit_add(edit, sceau_slice_from(selector), &pem, 1790000000, &problem);
}

static struct keys_domain
read_state(void)
{
    struct keys_domain d;
    assert_int_equal(keys_read(&place, unit_arena, DOMAIN, &d, &problem), SCEAU_OK);
    return d;
}

/* The copy for everybody has the states, and nothing of the keys. */
static void
assert_public(size_t keys)
{
    char open_folder[KEYS_PATH_MAX], path[KEYS_PATH_MAX + 64];
    const struct keys_place open_place =
        keys_public_place(&place, open_folder, sizeof open_folder);
    struct keys_domain d;
    struct stat st;
    assert_int_equal(keys_read(&open_place, unit_arena, DOMAIN, &d, &problem),
                     SCEAU_OK);
    assert_int_equal(d.count, keys);
    snprintf(path, sizeof path, "%s/example.org/state", open_folder);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    snprintf(path, sizeof path, "%s/example.org/r1.pem", open_folder);
    assert_int_not_equal(access(path, F_OK), 0);
}

/* ---- */

static void
nothing_is_no_key(void **state)
{
    (void)state;
    struct sceau_slice *names;
    size_t count;
    assert_int_equal(read_state().count, 0);
    assert_int_equal(keys_changed(&place, DOMAIN).tv_sec, 0);
    assert_int_equal(keys_domains(&place, unit_arena, &names, &count, &problem),
                     SCEAU_OK);
    assert_int_equal(count, 0);
}

static void
adds_both_types(void **state)
{
    (void)state;
    struct keys_edit edit;
    struct sceau_slice *names;
    size_t count;
    assert_int_equal(keys_edit_begin(&place, unit_arena, DOMAIN, &edit, &problem),
                     SCEAU_OK);
    assert_non_null(add(&edit, "r1", SCEAU_DKIM_RSA_SHA256));
    assert_non_null(add(&edit, "E1", SCEAU_DKIM_ED25519_SHA256));
    assert_null(add(&edit, "e1", SCEAU_DKIM_ED25519_SHA256));
    assert_string_equal(problem.text, "Selector e1 is already in use.");
    assert_int_equal(read_state().count, 0); /* not yet */
    assert_int_equal(keys_edit_commit(&edit, &problem), SCEAU_OK);
    keys_edit_end(&edit);

    struct keys_domain d = read_state();
    assert_int_equal(d.count, 2);
    assert_int_equal(d.keys[0].bits, 2048);
    assert_int_equal(d.keys[0].state, KEYS_NEXT);
    assert_int_equal(d.keys[1].algorithm, SCEAU_DKIM_ED25519_SHA256);
    assert_int_equal(mode_of(""), 0700);
    assert_int_equal(mode_of("example.org"), 0700);
    assert_int_equal(mode_of("example.org/state"), 0600);
    assert_int_equal(mode_of("example.org/r1.pem"), 0600);
    assert_int_equal(count_files(), 3);
    assert_public(2);
    assert_true(keys_changed(&place, DOMAIN).tv_sec > 0);
    for (size_t i = 0; i < 2; i++) {
        struct sceau_signer *signer =
            keys_private(&place, DOMAIN, &d.keys[i], &problem);
        assert_non_null(signer);
        assert_int_equal(signer->algorithm, d.keys[i].algorithm);
        sceau_private_key_free(signer);
    }
    assert_int_equal(keys_domains(&place, unit_arena, &names, &count, &problem),
                     SCEAU_OK);
    assert_int_equal(count, 1);
    assert_slice(names[0], "example.org");
}

static void
what_is_not_committed_goes(void **state)
{
    (void)state;
    struct keys_edit edit;
    assert_int_equal(keys_edit_begin(&place, unit_arena, DOMAIN, &edit, &problem),
                     SCEAU_OK);
    assert_non_null(add(&edit, "later", SCEAU_DKIM_ED25519_SHA256));
    assert_int_equal(count_files(), 4);
    keys_edit_end(&edit);
    assert_int_equal(count_files(), 3);
    assert_int_equal(read_state().count, 2);

    assert_int_equal(keys_edit_begin(&place, unit_arena, SCEAU_SLICE("other.example"),
                                     &edit, &problem),
                     SCEAU_OK);
    keys_edit_end(&edit);
    assert_int_equal(access(path_of("other.example"), F_OK), -1);
}

static void
others_are_kept_out(void **state)
{
    (void)state;
    struct keys_domain d = read_state();
    struct keys_edit edit;
    assert_int_equal(chmod(path_of("example.org/r1.pem"), 0640), 0);
    assert_null(keys_private(&place, DOMAIN, &d.keys[0], &problem));
    assert_non_null(strstr(problem.text, "has mode 0640"));
    assert_non_null(strstr(problem.text, "chmod 0600 /"));
    assert_int_equal(chmod(path_of("example.org/r1.pem"), 0600), 0);

    assert_int_equal(chmod(path_of("example.org/state"), 0620), 0);
    assert_int_equal(keys_read(&place, unit_arena, DOMAIN, &d, &problem),
                     SCEAU_E_SYSTEM);
    assert_int_equal(chmod(path_of("example.org/state"), 0600), 0);

    assert_int_equal(chmod(path_of("example.org"), 0755), 0);
    assert_int_equal(keys_edit_begin(&place, unit_arena, DOMAIN, &edit, &problem),
                     SCEAU_E_SYSTEM);
    assert_non_null(strstr(problem.text, "chmod 0700 /"));
    keys_edit_end(&edit);
    assert_int_equal(chmod(path_of("example.org"), 0700), 0);
}

static void
a_name_is_no_path(void **state)
{
    (void)state;
    static const char *const names[] = {"../keys", "a/b", "..", ".", "", "a..b"};
    struct keys_domain d;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        UNIT_CASE(names[i]);
        assert_int_equal(keys_read(&place, unit_arena, sceau_slice_from(names[i]), &d,
                                   &problem),
                         SCEAU_E_SYNTAX);
    }
}

static void
another_key_does_not_sign(void **state)
{
    (void)state;
    struct keys_domain d = read_state();
    struct keys_key key = d.keys[0];
    char other[512];
    snprintf(other, sizeof other, "%s", path_of("example.org/x.pem"));
    assert_int_equal(link(path_of("example.org/E1.pem"), other), 0);
    key.selector = SCEAU_SLICE("x");
    assert_null(keys_private(&place, DOMAIN, &key, &problem));
    assert_non_null(strstr(problem.text, "not the key that the state names"));
    assert_int_equal(unlink(other), 0);
}

static void
a_broken_state_says_where(void **state)
{
    (void)state;
    struct keys_domain d;
    assert_int_equal(mkdir(path_of("broken.example"), 0700), 0);
    FILE *file = fopen(path_of("broken.example/state"), "w");
    fputs("# a\ns1 sleeps rsa 2048\n", file);
    fchmod(fileno(file), 0600);
    fclose(file);
    assert_int_equal(keys_read(&place, unit_arena, SCEAU_SLICE("broken.example"), &d,
                               &problem),
                     SCEAU_E_SYNTAX);
    assert_non_null(strstr(problem.text, "/broken.example/state:2:4: expected next,"));
}

static void
a_pass_phrase_locks(void **state)
{
    (void)state;
    static const char marker[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n";
    char phrase[256], head[64] = "";
    struct keys_place locked = {folder, phrase};
    struct keys_edit edit;
    struct keys_domain d;
    snprintf(phrase, sizeof phrase, "%s/phrase", base);
    FILE *file = fopen(phrase, "w");
    fputs("correct horse\nsecond line\n", file);
    fclose(file);
    assert_int_equal(chmod(phrase, 0644), 0);
    assert_int_equal(keys_edit_begin(&locked, unit_arena, SCEAU_SLICE("locked.example"),
                                     &edit, &problem),
                     SCEAU_OK);
    assert_null(add(&edit, "l1", SCEAU_DKIM_ED25519_SHA256));
    assert_non_null(strstr(problem.text, "chmod 0600"));
    assert_int_equal(chmod(phrase, 0600), 0);
    assert_non_null(add(&edit, "l1", SCEAU_DKIM_ED25519_SHA256));
    assert_int_equal(keys_edit_commit(&edit, &problem), SCEAU_OK);
    keys_edit_end(&edit);

    file = fopen(path_of("locked.example/l1.pem"), "r");
    assert_non_null(fgets(head, sizeof head, file));
    fclose(file);
    assert_string_equal(head, marker);
    assert_int_equal(keys_read(&locked, unit_arena, SCEAU_SLICE("locked.example"), &d,
                               &problem),
                     SCEAU_OK);
    struct sceau_signer *signer =
        keys_private(&locked, SCEAU_SLICE("locked.example"), &d.keys[0], &problem);
    assert_non_null(signer);
    sceau_private_key_free(signer);
    assert_null(
        keys_private(&place, SCEAU_SLICE("locked.example"), &d.keys[0], &problem));
    assert_non_null(strstr(problem.text, "keys.passphrase_file"));
}

/* A disk that is full after `room` octets: RLIMIT_FSIZE stops a write in the middle, as
 * ENOSPC does. */
static bool
adds_with_room(rlim_t room)
{
    pid_t child = fork();
    if (child == 0) {
        struct rlimit limit = {room, room};
        struct keys_edit edit;
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        bool is_added =
            keys_edit_begin(&place, unit_arena, DOMAIN, &edit, &problem) == SCEAU_OK &&
            add(&edit, "full", SCEAU_DKIM_ED25519_SHA256) != NULL &&
            keys_edit_commit(&edit, &problem) == SCEAU_OK;
        keys_edit_end(&edit);
        _exit(is_added                                              ? 0
              : strstr(problem.text, "nothing was changed") != NULL ? 1
                                                                    : 2);
    }
    int status = 0;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
    return WEXITSTATUS(status) == 0;
}

static void
a_full_disk_leaves_nothing_half(void **state)
{
    (void)state;
    /* a key of Ed25519 has 119 octets, the state with it some 650: in the first rounds the
     * key does not fit, later the state does not */
    static const rlim_t rooms[] = {0, 1, 64, 118, 119, 400, 600};
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        assert_false(adds_with_room(rooms[i]));
        assert_int_equal(count_files(), 3);
        assert_int_equal(read_state().count, 2);
    }
    assert_true(adds_with_room(64 * 1024));
    assert_int_equal(count_files(), 4);
    assert_int_equal(read_state().count, 3);
}

static void
revoked_keys_are_removed(void **state)
{
    (void)state;
    struct keys_edit edit;
    assert_int_equal(keys_edit_begin(&place, unit_arena, DOMAIN, &edit, &problem),
                     SCEAU_OK);
    keys_find(&edit.domain, SCEAU_SLICE("full"))->state = KEYS_REVOKED;
    assert_int_equal(keys_edit_commit(&edit, &problem), SCEAU_OK);
    keys_edit_end(&edit);
    assert_int_equal(access(path_of("example.org/full.pem"), F_OK), -1);
    assert_int_equal(read_state().count, 3);
}

/* Two at once: the second waits, and both keys are there. */
static void
writers_wait_for_each_other(void **state)
{
    (void)state;
    pid_t children[4];
    size_t before = read_state().count;
    for (size_t i = 0; i < 4; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            struct keys_edit edit;
            char selector[8];
            snprintf(selector, sizeof selector, "w%zu", i);
            bool is_added = keys_edit_begin(&place, unit_arena, DOMAIN, &edit,
                                            &problem) == SCEAU_OK &&
                            add(&edit, selector, SCEAU_DKIM_ED25519_SHA256) != NULL &&
                            keys_edit_commit(&edit, &problem) == SCEAU_OK;
            keys_edit_end(&edit);
            _exit(!is_added);
        }
    }
    for (size_t i = 0; i < 4; i++) {
        int status = 1;
        waitpid(children[i], &status, 0);
        assert_int_equal(status, 0);
    }
    assert_int_equal(read_state().count, before + 4);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_no_key),
        cmocka_unit_test(adds_both_types),
        cmocka_unit_test(what_is_not_committed_goes),
        cmocka_unit_test(others_are_kept_out),
        cmocka_unit_test(a_name_is_no_path),
        cmocka_unit_test(another_key_does_not_sign),
        cmocka_unit_test(a_broken_state_says_where),
        cmocka_unit_test(a_pass_phrase_locks),
        cmocka_unit_test(a_full_disk_leaves_nothing_half),
        cmocka_unit_test(revoked_keys_are_removed),
        cmocka_unit_test(writers_wait_for_each_other),
    };
    return cmocka_run_group_tests_name("keys/store", tests, make_base, remove_base);
}
