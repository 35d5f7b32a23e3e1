/* Values under names, on both engines. */
#include "meta.h"

#include "../../tests/folder.h"
#include "../../tests/store_place.h"

static char folder[64], path[TEST_STORE];

static int
make_folder(void **state)
{
    (void)state;
    if (test_folder_make(folder, "meta") != 0)
        return 1;
    test_store_place(path, folder, "store");
    return 0;
}

static int
remove_folder(void **state)
{
    (void)state;
    return test_folder_remove(folder);
}

static const struct {
    const char *value;
    int step; /* of meta_number */
    int64_t number;
    const char *why;
} numbers[] = {
    {"0",                   1, 0,         "the smallest"       },
    {"20500",               1, 20500,     "a day"              },
    {"9223372036854775807", 1, INT64_MAX, "the largest"        },
    {"9223372036854775808", 0, -7,        "one more than that" },
    {"-1",                  0, -7,        "below 0 is none"    },
    {"",                    0, -7,        "no digit"           },
    {"12 a warning",        0, -7,        "words behind digits"},
};

static void
test_life(void **state)
{
    (void)state;
    char error[DATABASE_ERROR_MAX] = "", memory[16], small[4];
    enum database_status status;
    struct database *db = database_open(path, DATABASE_WRITE, &status, error);
    const struct sceau_slice name = SCEAU_SLICE("test.value");
    struct text value = text_in(memory, sizeof memory);
    int64_t number = -7;
    assert_non_null(db);
    assert_int_equal(meta_read(db, name, &value), 0);
    assert_int_equal(meta_number(db, name, &number), 0);
    assert_int_equal(number, -7);

    assert_true(meta_keep(db, name, SCEAU_SLICE("first")));
    assert_true(meta_keep(db, name, SCEAU_SLICE("second"))); /* too late */
    assert_int_equal(meta_read(db, name, &value), 1);
    assert_string_equal(text_done(&value).ptr, "first");

    assert_true(meta_write(db, name, SCEAU_SLICE("third")));
    assert_true(meta_write(db, SCEAU_SLICE("test.other"), SCEAU_SLICE("other")));
    value = text_in(memory, sizeof memory);
    assert_int_equal(meta_read(db, name, &value), 1);
    assert_string_equal(text_done(&value).ptr, "third");

    value = text_in(small, sizeof small); /* what does not fit is not cut */
    assert_int_equal(meta_read(db, name, &value), 1);
    assert_null(text_done(&value).ptr);

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        UNIT_CASE(numbers[i].why);
        number = -7;
        assert_true(meta_write(db, name, sceau_slice_from(numbers[i].value)));
        assert_int_equal(meta_number(db, name, &number), numbers[i].step);
        assert_int_equal(number, numbers[i].number);
    }
    assert_true(meta_write_number(db, name, 42));
    assert_int_equal(meta_number(db, name, &number), 1);
    assert_int_equal(number, 42);

    assert_true(meta_remove(db, name) && meta_remove(db, name));
    assert_int_equal(meta_read(db, name, &value), 0);
    value = text_in(memory, sizeof memory);
    assert_int_equal(meta_read(db, SCEAU_SLICE("test.other"), &value), 1);
    database_close(db);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_life, make_folder, remove_folder),
    };
    return cmocka_run_group_tests_name("store/meta", tests, NULL, NULL);
}
