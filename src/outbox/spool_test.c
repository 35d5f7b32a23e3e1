/* Documents in files and in the store: read in the same way, forgotten in both places. */
#include "spool.h"

#include "../../tests/folder.h"
#include "../../tests/store_place.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE_MOST (5 * SPOOL_PIECE)

static char folder[TEST_FOLDER], outbox[96], path[TEST_STORE];
static char octets[SIZE_MOST];

static int
make_folder(void **state)
{
    (void)state;
    if (test_folder_make(folder, "spool") != 0)
        return 1;
    snprintf(outbox, sizeof outbox, "%s/outbox", folder);
    test_store_place(path, folder, "store");
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (char)(i * 7 + i / 251);
    return mkdir(outbox, 0700);
}

static int
remove_folder(void **state)
{
    (void)state;
    return test_folder_remove(folder);
}

struct got {
    char octets[SIZE_MOST];
    size_t len, pieces;
};

static void
take(void *self, struct sceau_slice piece)
{
    struct got *got = self;
    assert_in_range(piece.len, 1, SPOOL_PIECE);
    assert_in_range(got->len + piece.len, 1, SIZE_MOST);
    memcpy(got->octets + got->len, piece.ptr, piece.len);
    got->len += piece.len;
    got->pieces++;
}

static void
is_spooled(struct database *db, const char *id, enum spool_form form, size_t len)
{
    static struct got got;
    got.len = got.pieces = 0;
    assert_int_equal(outbox_spool_read(db, outbox, id, form, take, &got), SPOOL_FOUND);
    assert_int_equal(got.len, len);
    assert_memory_equal(got.octets, octets, len);
    assert_int_equal(got.pieces, (len + SPOOL_PIECE - 1) / SPOOL_PIECE);
    assert_int_equal(outbox_spool_look(db, outbox, id, form), SPOOL_FOUND);
}

static void
is_absent(struct database *db, const char *id, enum spool_form form)
{
    assert_int_equal(outbox_spool_look(db, outbox, id, form), SPOOL_ABSENT);
    errno = 0;
    assert_int_equal(outbox_spool_read(db, outbox, id, form, take, NULL), SPOOL_ABSENT);
    assert_int_equal(errno, ENOENT);
}

static int
write_file(const char *id, enum spool_form form, size_t len)
{
    char name[256];
    snprintf(name, sizeof name, "%.100s/%.64s%s", outbox, id,
             outbox_spool_suffix(form));
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, octets, len), len);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static const struct {
    size_t len;
    const char *why;
} sizes[] = {
    {1,                   "the smallest"          },
    {SPOOL_PIECE - 1,     "almost a piece"        },
    {SPOOL_PIECE,         "one piece, and no more"},
    {SPOOL_PIECE + 1,     "an octet more"         },
    {3 * SPOOL_PIECE,     "some"                  },
    {4 * SPOOL_PIECE + 9, "and a rest"            },
};

static void
test_sizes(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        UNIT_CASE(sizes[i].why);
        size_t len = sizes[i].len;
        char id[16];
        snprintf(id, sizeof id, "put%zu", i);
        assert_true(
            outbox_spool_put(db, id, SPOOL_FAILURE, (struct sceau_slice){octets, len}));
        is_spooled(db, id, SPOOL_FAILURE, len);
        snprintf(id, sizeof id, "file%zu", i);
        close(write_file(id, SPOOL_RFC7489, len)); /* of an older version */
        is_spooled(db, id, SPOOL_RFC7489, len);
        is_absent(db, id, SPOOL_AGGREGATE);
        int fd = write_file("other", SPOOL_AGGREGATE, len);
        assert_true(outbox_spool_put_file(db, id, SPOOL_AGGREGATE, fd));
        assert_true(outbox_spool_put_file(db, id, SPOOL_AGGREGATE, fd)); /* its end */
        close(fd);
        is_spooled(db, id, SPOOL_AGGREGATE, len);
    }
    database_close(db);
}

/* Where it is read first, and that it goes from everywhere. */
static void
test_life(void **state)
{
    (void)state;
    char place[OUTBOX_FOLDER_NAME];
    struct database *db = test_store_open(path);
    is_absent(db, "a", SPOOL_AGGREGATE);
    assert_true(outbox_spool_place(db, outbox, place));
    assert_int_equal(strlen(place), test_store_is_server() ? 0 : sizeof place - 1);
    close(write_file("a", SPOOL_AGGREGATE, 9));
    close(write_file("a", SPOOL_FAILURE, 9));
    close(write_file("b", SPOOL_AGGREGATE, 9));
    assert_true(
        outbox_spool_put(db, "a", SPOOL_AGGREGATE, (struct sceau_slice){octets, 20}));
    assert_true(
        outbox_spool_put(db, "a", SPOOL_RFC7489, (struct sceau_slice){octets, 30}));
    is_spooled(db, "a", SPOOL_AGGREGATE, 20);
    assert_true(outbox_spool_forget(db, outbox, "a"));
    is_absent(db, "a", SPOOL_AGGREGATE);
    is_absent(db, "a", SPOOL_RFC7489);
    is_absent(db, "a", SPOOL_FAILURE);
    is_spooled(db, "b", SPOOL_AGGREGATE, 9);
    database_close(db);
}

/* What was finished long ago leaves the store; its row stays. */
static void
test_expires(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    static const struct {
        const char *id;
        int state, finished;
        bool stays;
    } all[] = {
        {"old",     2, 100, false},
        {"new",     2, 200, true },
        {"waiting", 1, 0,   true },
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char sql[512];
        snprintf(
            sql, sizeof sql,
            "INSERT INTO outgoing (id, policy_domain, day, policy_hash, part, state, "
            "due, records, messages, octets, built, finished, lease_host, "
            "lease_until) VALUES ('%s', 'd.test', %zu, x'00', 0, %d, 0, 1, 1, 6, 1, "
            "%d, '', 0)",
            all[i].id, i, all[i].state, all[i].finished);
        assert_true(database_run(db, test_store_sql(sql)));
        assert_true(outbox_spool_put(db, all[i].id, SPOOL_AGGREGATE,
                                     (struct sceau_slice){octets, 20}));
    }
    assert_true(outbox_spool_expire(db, 200));
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        assert_int_equal(outbox_spool_look(db, outbox, all[i].id, SPOOL_AGGREGATE),
                         all[i].stays ? SPOOL_FOUND : SPOOL_ABSENT);
    database_close(db);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sizes, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_life, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_expires, make_folder, remove_folder),
    };
    return cmocka_run_group_tests_name("outbox/spool", tests, NULL, NULL);
}
