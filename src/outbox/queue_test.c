/* The outbox as people see it. */
#include "queue.h"

#include "../../tests/folder.h"
#include "../../tests/store_place.h"
#include "forget.h"
#include "spool.h"

#include <unistd.h>

static char folder[TEST_FOLDER], path[TEST_STORE];

static int
make_folder(void **state)
{
    (void)state;
    if (test_folder_make(folder, "queue") != 0)
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

/* A report named `id` with one delivery in this state. */
static void
add(struct database *db, const char *id, int day, const char *mailbox,
    enum outbox_delivery_state state)
{
    char sql[512];
    int finished = state > DELIVERY_SENDING;
    snprintf(
        sql, sizeof sql,
        "INSERT INTO outgoing (id, policy_domain, day, policy_hash, part, state, due, "
        "records, messages, octets, built, finished, lease_host, lease_until, kind) VALUES ('%s', 'd.test', %d, x'00', 0, %d, 0, 1, 3, 6, "
        "1, 0, '', 0, 0); INSERT INTO delivery (report, n, uri, mailbox, state, tries, next_try, changed, reply) VALUES ('%s', 0, 'mailto:%s', '%s', %d, "
        "4, 9, 0, 'words')",
        id, day, finished ? OUTBOX_FINISHED : OUTBOX_BUILT, id, mailbox, mailbox,
        state);
    if (!database_run(db, test_store_sql(sql)) ||
        (test_store_is_server() &&
         !outbox_spool_put(db, id, SPOOL_AGGREGATE, SCEAU_SLICE("packed"))))
        fail_msg("%s", database_error(db));
}

static unsigned
count_entries(struct database *db, bool all, enum outbox_delivery_state state)
{
    struct outbox_entry entry;
    struct statement *entries = queue_entries(db, all);
    unsigned count = 0;
    int step;
    while ((step = queue_next(entries, &entry)) == 1)
        count += entry.has_delivery && entry.delivery == state;
    assert_int_equal(step, 0);
    return count;
}

static const struct {
    enum outbox_delivery_state state;
    bool is_sent_again;
    const char *why;
} again[] = {
    {DELIVERY_WAITING,    true,  "at once, not when its time comes"               },
    {DELIVERY_SENDING,    false, "somebody is at it"                              },
    {DELIVERY_SENT,       false, "it was taken: the same report would come twice" },
    {DELIVERY_REFUSED,    true,  "the mailbox may be there now"                   },
    {DELIVERY_GIVEN_UP,   true,  "the server may answer now"                      },
    {DELIVERY_UNACCEPTED, true,  "the record may be there now"                    },
    {DELIVERY_SUPPRESSED, true,  "it refused others, and that is asked to be over"},
    {DELIVERY_UNUSABLE,   false, "there is no address"                            },
    {DELIVERY_BOUNCED,    true,  "the mailbox may be there now"                   },
};

static void
test_retry(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof again / sizeof *again; i++) {
        struct database *db = test_store_open(path);
        char id[8];
        int64_t changed = -1;
        snprintf(id, sizeof id, "r%zu", i);
        add(db, id, (int)i, "rua@d.test", again[i].state);
        assert_true(queue_retry(db, sceau_slice_from(id), 100, &changed));
        if (changed != again[i].is_sent_again)
            fail_msg("%s: %d", again[i].why, (int)changed);
        unsigned open = count_entries(db, false, DELIVERY_WAITING);
        assert_int_equal(open, again[i].is_sent_again);
        assert_true(database_run(db, "DELETE FROM outgoing; DELETE FROM delivery"));
        database_close(db);
    }
}

/* Where the octets of a report may be when it is to be sent again. */
static const struct {
    const char
        *change; /* of a report that was put into the store where that is a server */
    bool is_sent_again[2]; /* with a file, with a server */
    const char *why;
} octets[] = {
    {"UPDATE outgoing SET built = 2",                           {true, true},  "they are there, however old"       },
    {"DELETE FROM spool",                                       {true, false}, "the store keeps them for two weeks"},
    {"DELETE FROM spool; UPDATE outgoing SET lease_host = 'f'",
     {true, true},
     "a folder has the file"                                                                                       },
};

static void
test_gone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof octets / sizeof *octets; i++) {
        struct database *db = test_store_open(path);
        static const char *const whats[] = {"r", "rua@d.test"};
        bool is_sent_again = octets[i].is_sent_again[test_store_is_server()];
        add(db, "r", 1, "rua@d.test", DELIVERY_REFUSED);
        assert_true(database_run(db, octets[i].change));
        for (size_t n = 0; n < 2; n++) {
            int64_t changed = -1;
            assert_true(
                queue_retry(db, sceau_slice_from(whats[n]), 100 * 86400, &changed));
            if (changed != is_sent_again)
                fail_msg("%s: %s: %d", whats[n], octets[i].why, (int)changed);
        }
        assert_int_equal(count_entries(db, false, DELIVERY_WAITING), is_sent_again);
        assert_true(database_run(db, "DELETE FROM outgoing; DELETE FROM delivery; "
                                     "DELETE FROM spool"));
        database_close(db);
    }
}

/* Refusals are forgotten; what a person decided for good is not. */
static void
test_for_good(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    const struct sceau_slice id = SCEAU_SLICE("r"), mailbox = SCEAU_SLICE("rua@d.test");
    struct outbox_destination d;
    int64_t changed;
    add(db, "r", 1, "rua@d.test", DELIVERY_SUPPRESSED);
    assert_true(queue_suppress(db, mailbox, INT64_MAX, 50));
    assert_true(queue_retry(db, id, 100, &changed) && changed == 0);
    assert_true(queue_retry(db, mailbox, 100, &changed) && changed == 0);
    assert_int_equal(count_entries(db, false, DELIVERY_WAITING), 0);
    struct statement *destinations = queue_destinations(db, 100);
    assert_int_equal(queue_next_destination(destinations, &d), 1);
    assert_true(slice_eq(d.mailbox, mailbox) && d.until == INT64_MAX);
    assert_int_equal(queue_next_destination(destinations, &d), 0);
    assert_true(queue_lift(db, mailbox));
    assert_true(queue_retry(db, id, 100, &changed) && changed == 1);
    /* for some days: that is over as well */
    assert_true(queue_suppress(db, mailbox, 100000, 50));
    assert_true(queue_retry(db, mailbox, 100, &changed) && changed == 1);
    assert_int_equal(queue_next_destination(queue_destinations(db, 100), &d), 0);
    database_close(db);
}

static void
test_lists(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    bool has = false;
    enum outbox_kind kind;
    add(db, "b", 2, "x@d.test", DELIVERY_SENT);
    add(db, "a", 1, "x@d.test", DELIVERY_WAITING);
    struct outbox_entry entry;
    struct statement *entries = queue_entries(db, true);
    assert_int_equal(queue_next(entries, &entry), 1);
    assert_true(slice_eq(entry.id, SCEAU_SLICE("a")) && entry.tries == 4);
    assert_true(slice_eq(entry.reply, SCEAU_SLICE("words")) && entry.messages == 3);
    assert_int_equal(queue_next(entries, &entry), 1);
    assert_int_equal(queue_next(entries, &entry), 0);
    assert_int_equal(count_entries(db, false, DELIVERY_SENT), 0);
    assert_true(queue_has(db, SCEAU_SLICE("b"), &has, &kind) && has);
    assert_true(queue_has(db, SCEAU_SLICE("../b"), &has, &kind) && !has);
    database_close(db);
}

static void
make_file(const char *id, const char *suffix)
{
    char name[160];
    snprintf(name, sizeof name, "%s/%s%s.xml.gz", folder, id, suffix);
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    fclose(file);
}

static bool
has_file(const char *id, const char *suffix)
{
    char name[160];
    snprintf(name, sizeof name, "%s/%s%s.xml.gz", folder, id, suffix);
    return access(name, F_OK) == 0;
}

/* What was finished long ago goes, with its files; what waits stays, however old. */
static void
test_forgets(void **state)
{
    (void)state;
    struct database *db = test_store_open(path);
    static const char *const ids[] = {"old", "new", "waits"};
    add(db, "old", 1, "x@d.test", DELIVERY_SENT);
    add(db, "new", 2, "x@d.test", DELIVERY_REFUSED);
    add(db, "waits", 3, "x@d.test", DELIVERY_WAITING);
    assert_true(database_run(db,
                             "UPDATE outgoing SET finished = 1000 WHERE id = 'old'; "
                             "UPDATE outgoing SET finished = 5000 WHERE id = 'new'"));
    for (size_t i = 0; i < 3; i++)
        make_file(ids[i], "");
    make_file("old", OUTBOX_RFC7489_SUFFIX);
    assert_true(outbox_forget(db, folder, 1000));
    assert_true(has_file("old", ""));
    assert_true(outbox_forget(db, folder, 5000));
    assert_false(has_file("old", "") || has_file("old", OUTBOX_RFC7489_SUFFIX));
    assert_true(has_file("new", "") && has_file("waits", ""));
    assert_int_equal(count_entries(db, true, DELIVERY_SENT), 0);
    assert_int_equal(count_entries(db, true, DELIVERY_REFUSED), 1);
    assert_int_equal(count_entries(db, true, DELIVERY_WAITING), 1);
    /* more than go at once */
    assert_true(database_run(
        db,
        test_store_sql(
            "INSERT INTO outgoing (id, policy_domain, day, policy_hash, part, state, due, "
            "records, messages, octets, built, finished, lease_host, lease_until, kind) "
            "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < "
            "1200) SELECT 'm' || n, 'd.test', 9, x'00', n, 2, 0, 0, 0, 0, 0, 7, '', 0, 0 "
            "FROM c")));
    assert_true(outbox_forget(db, folder, 8));
    struct outbox_entry entry;
    struct statement *entries = queue_entries(db, true);
    for (unsigned left = 0; left < 2; left++)
        assert_int_equal(queue_next(entries, &entry), 1);
    assert_int_equal(queue_next(entries, &entry), 0);
    database_close(db);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_retry, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_gone, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_for_good, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_forgets, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_lists, make_folder, remove_folder),
    };
    return cmocka_run_group_tests_name("outbox/queue", tests, NULL, NULL);
}
