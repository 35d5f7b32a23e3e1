/* Files of reports: which are whole, which is not, and what has a name. */
#include "packed.h"

#include "../../tests/folder.h"
#include "../../tests/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

static char folder[TEST_FOLDER];

static int
make_folder(void **state)
{
    (void)state;
    return test_folder_make(folder, "packed");
}

static int
remove_folder(void **state)
{
    (void)state;
    return test_folder_remove(folder);
}

static bool
is_there(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

/* Two records of five messages, and what stands behind them. */
static void
write_report(struct packed *p, const char *id, const char *behind)
{
    static const struct report_record record = {
        .ip = {4,        {192, 0, 2, 1}},
        .count = 5,
        .header_from = {"a.test", 6             },
    };
    const struct report_aggregate head = {
        .org_name = SCEAU_SLICE("receiver"),
        .email = SCEAU_SLICE("r@receiver.test"),
        .report_id = SCEAU_SLICE("1"),
        .begin = 86400,
        .end = 172799,
        .policy = {.domain = SCEAU_SLICE("a.test"), .p = REPORT_DISPOSITION_NONE},
    };
    uint64_t octets;
    struct aggregate_writer *w = packed_open(p, id);
    assert_non_null(w);
    aggregate_write_begin(w, AGGREGATE_RFC9990, packed_put, &head);
    assert_true(aggregate_write_record(w, &record));
    assert_true(aggregate_write_record(w, &record));
    assert_true(aggregate_write_end(w));
    assert_true(packed_put(w, sceau_slice_from(behind)));
    assert_true(packed_close(p, &octets));
    assert_true(octets > 100);
}

static const struct {
    const char *behind;
    uint64_t records, messages;
    bool is_valid;
    const char *why;
} files[] = {
    {"",             2, 10, true,  "as it should be"           },
    {"\n",           2, 10, false, "a line end more"           },
    {"",             3, 10, false, "a record that is missing"  },
    {"",             2, 11, false, "a message that is missing" },
    {"<record/>",    2, 10, false, "an element behind the root"},
    {"and the like", 2, 10, false, "a text behind the root"    },
};

static void
one_process_at_a_time(void **state)
{
    (void)state;
    struct packed *p = packed_new(folder);
    assert_non_null(p);
    int other = open(folder, O_RDONLY | O_DIRECTORY);
    assert_true(flock(other, LOCK_EX | LOCK_NB) != 0);
    packed_free(p);
    assert_int_equal(flock(other, LOCK_EX | LOCK_NB), 0);
    close(other);
}

static void
files_are_read_back(void **state)
{
    (void)state;
    struct packed *p = packed_new(folder);
    assert_non_null(p);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        UNIT_CASE(files[i].why);
        write_report(p, "good", "");
        assert_true(packed_is_valid(p, 2, 10));
        write_report(p, "this", files[i].behind);
        assert_int_equal(packed_is_valid(p, files[i].records, files[i].messages),
                         files[i].is_valid);
    }
    packed_free(p);
    assert_null(packed_new("/nowhere/at/all"));
}

/* One that was dropped in the middle has no part in the next. */
static void
what_is_dropped_is_forgotten(void **state)
{
    (void)state;
    struct packed *p = packed_new(folder);
    struct aggregate_writer *w = packed_open(p, "half");
    assert_true(packed_put(w, SCEAU_SLICE("<half>")));
    packed_drop(p, "half");
    write_report(p, "next", "");
    assert_true(packed_is_valid(p, 2, 10));
    packed_free(p);
}

/* A disk that is full is an error and no report. */
static void
what_is_not_written_is_not_closed(void **state)
{
    (void)state;
    char path[256];
    uint64_t octets;
    struct packed *p = packed_new(folder);
    snprintf(path, sizeof path, "%s/.full.new", folder);
    assert_int_equal(symlink("/dev/full", path), 0);
    assert_null(packed_open(p, "full")); /* nobody's link is followed */
    unlink(path);
    assert_non_null(packed_open(p, "full"));
    packed_drop(p, "full");
    assert_false(packed_close(p, &octets));
    packed_free(p);
}

static void
names_come_last(void **state)
{
    (void)state;
    struct packed *p = packed_new(folder);
    write_report(p, "kept", "");
    write_report(p, "dropped", "");
    packed_drop(p, "dropped");
    assert_true(is_there(".kept.new") && !is_there("kept.xml.gz"));
    assert_true(packed_sync(p) && packed_publish(p, "kept") && packed_settle(p));
    assert_true(!is_there(".kept.new") && is_there("kept.xml.gz"));
    assert_false(is_there(".dropped.new"));
    assert_false(packed_publish(p, "dropped"));
    packed_free(p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_read_back),
        cmocka_unit_test(what_is_dropped_is_forgotten),
        cmocka_unit_test(what_is_not_written_is_not_closed),
        cmocka_unit_test(names_come_last),
        cmocka_unit_test(one_process_at_a_time),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
