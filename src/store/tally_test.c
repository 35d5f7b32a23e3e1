/* Sums of more keys than fit in memory: each handed over once, in order, with all of it. */
#include "tally.h"

#include "../../tests/folder.h"
#include "../../tests/unit.h"
#include "file/file.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[TEST_FOLDER];

static int
make_folder(void **state)
{
    (void)state;
    return test_folder_make(folder, "tally");
}

static int
remove_folder(void **state)
{
    (void)state;
    return test_folder_remove(folder);
}

struct heard {
    uint64_t count, fails_at; /* 0: takes all */
    int64_t last, sums[TALLY_VALUES];
    bool is_in_order, is_once;
};

static bool
hear(void *self, struct sceau_slice key, const int64_t values[TALLY_VALUES])
{
    struct heard *h = self;
    int64_t number = tally_take_number(&key);
    h->is_in_order = h->is_in_order && number >= h->last;
    h->is_once = h->is_once && number != h->last;
    h->last = number;
    h->sums[0] += values[0];
    h->sums[1] += values[1];
    return ++h->count != h->fails_at;
}

/* Keys 1 to `keys`, in an order of no meaning, `rounds` times. */
static void
add(struct tally *t, uint64_t keys, unsigned rounds)
{
    static struct tally_key key;
    for (unsigned round = 0; round < rounds; round++)
        for (uint64_t i = 0; i < keys; i++) {
            uint64_t number = i * 7919 % keys + 1; /* 7919 is prime, and divides none */
            tally_key_begin(&key);
            tally_key_number(&key, (int64_t)number);
            tally_key_text(&key, SCEAU_SLICE("a text as long as names are.example"));
            tally_add(t, &key, (int64_t)number, round + 1);
        }
}

static const struct {
    uint64_t keys;
    unsigned rounds;
    bool has_folder, is_once;
    const char *why;
} sizes[] = {
    {1,      3, true,  true,  "one key"                                         },
    {4096,   2, true,  true,  "as many as fit"                                  },
    {4097,   2, true,  true,  "one more: the second round comes after a run"    },
    {100000, 2, true,  true,  "many runs"                                       },
    {500000, 1, true,  true,  "more runs than are merged at once"               },
    {16384,  2, false, true,  "without a file four times as many fit"           },
    {40000,  2, false, false, "and others are handed over early, more than once"},
};

static void
sums_are_handed_over(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct heard h = {.is_in_order = true, .is_once = true};
        struct tally t;
        int64_t n = (int64_t)sizes[i].keys, rounds = sizes[i].rounds;
        UNIT_CASE(sizes[i].why);
        tally_init(&t, sizes[i].has_folder ? folder : NULL, hear, &h);
        add(&t, sizes[i].keys, sizes[i].rounds);
        assert_true(tally_flush(&t));
        assert_int_equal(h.sums[0], rounds * n * (n + 1) / 2);
        assert_int_equal(h.sums[1], n * rounds * (rounds + 1) / 2);
        assert_int_equal(h.is_once && h.is_in_order, sizes[i].is_once);
        if (sizes[i].is_once)
            assert_int_equal(h.count, sizes[i].keys);
        assert_true(tally_flush(&t)); /* nothing is left */
        if (sizes[i].is_once)
            assert_int_equal(h.count, sizes[i].keys);
        tally_clear(&t);
    }
}

/* Digit by digit. */
static void
append(int64_t values[TALLY_VALUES], const int64_t later[TALLY_VALUES])
{
    for (int64_t rest = later[1]; rest > 0; rest /= 10)
        values[1] *= 10;
    values[1] += later[1];
}

static bool
hear_three(void *self, struct sceau_slice key, const int64_t values[TALLY_VALUES])
{
    (void)key;
    return ++*(uint64_t *)self > 0 && values[1] == 123;
}

/* The third round lies in runs that are merged while it is written. */
static void
what_came_later_is_merged_later(void **state)
{
    (void)state;
    static const uint64_t keys[] = {4096, 140000};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        uint64_t heard = 0;
        struct tally t;
        tally_init(&t, folder, hear_three, &heard);
        tally_merge_by(&t, append);
        for (unsigned round = 0; round < 2; round++) {
            heard = 0;
            add(&t, keys[i], 3);
            assert_true(tally_flush(&t));
            assert_int_equal(heard, keys[i]);
            tally_clear(&t); /* and still merges so */
        }
    }
}

/* What fails is told, and the next report is not the worse for it. */
static void
failures_are_told(void **state)
{
    (void)state;
    struct heard h = {.fails_at = 9000};
    struct tally t;
    tally_init(&t, folder, hear, &h);
    add(&t, 20000, 1);
    assert_false(tally_flush(&t));
    assert_int_equal(tally_why(&t), 0);
    assert_int_equal(h.count, 9000);
    tally_drop(&t);
    h = (struct heard){0};
    add(&t, 20000, 1);
    assert_true(tally_flush(&t));
    assert_int_equal(h.count, 20000);
    tally_clear(&t);
    tally_init(&t, "/nowhere/at/all", hear, &h);
    add(&t, 20000, 1);
    assert_false(tally_flush(&t));
    assert_int_equal(tally_why(&t), ENOENT);
    tally_clear(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_handed_over),
        cmocka_unit_test(what_came_later_is_merged_later),
        cmocka_unit_test(failures_are_told),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
