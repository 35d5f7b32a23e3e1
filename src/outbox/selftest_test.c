/* What is known of the self-test, and what it asks for next. */
#include "selftest.h"

#include "../../tests/folder.h"
#include "../../tests/store_place.h"

static char folder[TEST_FOLDER], path[TEST_STORE];

static int
make_folder(void **state)
{
    (void)state;
    if (test_folder_make(folder, "selftest") != 0)
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

static struct selftest_settings
settings(void)
{
    return (struct selftest_settings){.organization = SCEAU_SLICE("R"),
                                      .from = SCEAU_SLICE("dmarc@r.test"),
                                      .return_path = SCEAU_SLICE("bounce@r.test"),
                                      .receiver = SCEAU_SLICE("mx.r.test"),
                                      .server = SCEAU_SLICE("smtp://127.0.0.1"),
                                      .host = SCEAU_SLICE("mx.r.test")};
}

/* Which settings ask for a new test. */
static void
test_hash(void **state)
{
    (void)state;
    char first[SELFTEST_HASH], second[SELFTEST_HASH];
    struct selftest_settings s = settings();
    selftest_hash(&s, first);
    s.organization = SCEAU_SLICE("Another name");
    selftest_hash(&s, second);
    assert_string_equal(first, second); /* a name for people */
    struct sceau_slice *const parts[] = {&s.from,   &s.return_path, &s.receiver,
                                         &s.server, &s.user,        &s.host};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        s = settings();
        *parts[i] = SCEAU_SLICE("other");
        selftest_hash(&s, second);
        assert_string_not_equal(first, second);
    }
    s = settings();
    s.user = SCEAU_SLICE("a");
    s.host = SCEAU_SLICE("b");
    selftest_hash(&s, first);
    s.user = SCEAU_SLICE("ab");
    s.host = SCEAU_SLICE("");
    selftest_hash(&s, second);
    assert_string_not_equal(first, second);
}

static void
test_kept(void **state)
{
    (void)state;
    char error[DATABASE_ERROR_MAX] = "", hash[SELFTEST_HASH];
    enum database_status status;
    struct database *db = database_open(path, DATABASE_WRITE, &status, error);
    struct selftest_settings s = settings();
    struct selftest test, read;
    assert_non_null(db);
    selftest_hash(&s, hash);
    assert_true(selftest_read(db, hash, &test));
    assert_true(test.sent == 0 && !selftest_has_passed(&test));
    assert_true(selftest_begin(&test, false) && test.nonce != 0);
    test.sent = 100;
    test.again = 200;
    snprintf(test.problem, sizeof test.problem, "451 4.7.1 not %%s now");
    snprintf(test.host_problem, sizeof test.host_problem, "no name");
    assert_true(database_begin_durable(db) && selftest_write(db, &test) &&
                database_commit(db));
    assert_true(selftest_read(db, hash, &read));
    assert_memory_equal(&read, &test, sizeof test);
    test.problem[0] = '\0'; /* the other sentence stays where it is */
    assert_true(database_begin_durable(db) && selftest_write(db, &test) &&
                database_commit(db));
    assert_true(selftest_read(db, hash, &read));
    assert_string_equal(read.problem, "");
    assert_string_equal(read.host_problem, "no name");
    s.from = SCEAU_SLICE("other@r.test");
    selftest_hash(&s, hash);
    assert_true(selftest_read(db, hash, &read));
    assert_true(read.sent == 0 && read.nonce == 0 && strcmp(read.settings, hash) == 0);
    /* Each host of a store has settings of its own, and may get another one's mail. */
    assert_true(selftest_begin(&read, false) && selftest_write(db, &read));
    struct selftest found;
    assert_true(selftest_find(db, read.nonce, &found));
    assert_string_equal(found.settings, hash);
    assert_true(selftest_find(db, test.nonce, &found));
    assert_true(strcmp(found.settings, test.settings) == 0 && found.sent == 100);
    assert_true(selftest_find(db, test.nonce ^ 1, &found) && found.nonce == 0);
    assert_true(selftest_find(db, 0, &found) && found.nonce == 0);
    assert_true(selftest_read_latest(db, &found));
    assert_string_equal(found.settings,
                        test.settings); /* the other mail did not leave */
    /* The row of an older version, of these settings or others. */
    assert_true(database_run(db,
                             "UPDATE meta SET name = 'outbox.selftest' WHERE name = "
                             "(SELECT max(name) FROM meta WHERE name LIKE "
                             "'outbox.selftest/%')"));
    assert_true(selftest_read(db, test.settings, &found));
    assert_int_equal(found.nonce, test.nonce);
    assert_true(selftest_read(db, hash, &found));
    assert_int_equal(found.nonce, read.nonce);
    assert_true(database_run(db, "UPDATE meta SET value = 'x' WHERE name LIKE "
                                 "'outbox.selftest%'"));
    assert_true(selftest_read(db, hash, &read) && read.sent == 0 && read.nonce == 0);
    database_close(db);
}

static const struct {
    struct selftest test;
    const char *missing; /* NULL: it has passed */
} states[] = {
    {{.problem = "connection refused"},                    "connection refused"                                  },
    {{.sent = 0},                                          "no test mail was sent yet"                           },
    {{.sent = 1},                                          "the test mail has not come back yet"                 },
    {{.sent = 1, .named = 2},                              "the test mail has not come back yet"                 },
    {{.sent = 1, .problem = "451"},                        "451"                                                 },
    {{.sent = 1, .problem = "451", .host_problem = "no"},  "451"                                                 },
    {{.sent = 1, .arrived = 2},                            "the names of the sending host were not looked at yet"},
    {{.sent = 1, .arrived = 2, .host_problem = "no name"}, "no name"                                             },
    {{.sent = 1, .arrived = 2, .named = 2},                NULL                                                  },
};

static void
test_missing(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        const char *missing = selftest_missing(&states[i].test);
        const char *remedy = selftest_remedy(&states[i].test);
        assert_true((missing == NULL) == (states[i].missing == NULL));
        assert_true((remedy == NULL) == (missing == NULL));
        assert_true(selftest_has_passed(&states[i].test) == (missing == NULL));
        if (missing != NULL)
            assert_string_equal(missing, states[i].missing);
    }
}

static const char zone[] = "ok.test. A 192.0.2.1\n"
                           "ok.test. AAAA 2001:db8::1\n"
                           "1.2.0.192.in-addr.arpa. PTR ok.test.\n"
                           "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1."
                           "0.0.2.ip6.arpa. PTR ok.test.\n"
                           "other.test. A 192.0.2.2\n"
                           "2.2.0.192.in-addr.arpa. PTR elsewhere.test.\n"
                           "elsewhere.test. A 192.0.2.77\n"
                           "half.test. A 192.0.2.1\n"
                           "half.test. A 192.0.2.9\n"
                           "none.test. TXT x\n"
                           "$FAIL dead.test. A SERVFAIL\n";

static const struct {
    const char *host, *problem, *why;
} hosts[] = {
    {"ok.test",    "",                                                                 "both families lead back"},
    {"half.test",  "an address of the sending host has no name that leads back to it",
     "mail may leave from the second one"                                                                       },
    {"other.test", "an address of the sending host has no name that leads back to it",
     "somebody else's name"                                                                                     },
    {"none.test",  "the sending host has no address in DNS",                           "nothing to look at"     },
    {"gone.test",  "the sending host has no address in DNS",                           "no such name"           },
    {"dead.test",  "DNS could not tell the names of the sending host",
     "that is no fault of ours"                                                                                 },
};

static void
test_host(void **state)
{
    (void)state;
    struct sceau_zone_error error;
    struct sceau_resolver *resolver =
        sceau_zone_resolver_new(SCEAU_SLICE(zone), &error);
    struct sceau_context context = {.arena = unit_arena,
                                    .resolver = resolver,
                                    .now = 7};
    assert_non_null(resolver);
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        struct selftest test = {.sent = 1};
        selftest_look_at_host(&test, &context, sceau_slice_from(hosts[i].host));
        if (strcmp(test.host_problem, hosts[i].problem) != 0 ||
            (test.named == 7) != (hosts[i].problem[0] == '\0'))
            fail_msg("%s (%s): %s", hosts[i].host, hosts[i].why, test.host_problem);
    }
    sceau_zone_resolver_free(resolver);
}

static void
test_mail(void **state)
{
    (void)state;
    struct selftest_settings s = settings();
    struct sceau_slice mail =
        selftest_mail(unit_arena, &s, SCEAU_SLICE("bounce+token@r.test"), 0xab, 0);
    assert_non_null(memmem(mail.ptr, mail.len, "To: <bounce+token@r.test>\r\n", 27));
    assert_non_null(memmem(mail.ptr, mail.len, "From: <dmarc@r.test>\r\n", 22));
    assert_non_null(
        memmem(mail.ptr, mail.len, "<selftest.00000000000000ab@r.test>", 34));
    assert_null(memmem(mail.ptr, mail.len, "\n\n", 2));
}

/* Hosts with the same settings that begin at once: one of them sends the mail. */
static void
test_one_begins(void **state)
{
    (void)state;
    char hash[SELFTEST_HASH];
    struct selftest_settings s = settings();
    struct database *db = test_store_open(path);
    struct selftest before, first, second;
    bool is_ours = false;
    selftest_hash(&s, hash);
    assert_true(selftest_read(db, hash, &before));
    first = second = before;
    assert_true(selftest_begin(&first, false) && selftest_begin(&second, false));
    assert_true(selftest_change(db, &before, &first, &is_ours) && is_ours);
    assert_true(selftest_change(db, &before, &second, &is_ours) && !is_ours);
    assert_true(second.nonce == first.nonce); /* that mail comes back to all of them */
    /* The same of one who looked at the names of the host meanwhile, and lasts. */
    second = before;
    second.named = 5;
    assert_true(selftest_change(db, &before, &second, &is_ours) && !is_ours);
    before = first;
    first.named = 7;
    assert_true(selftest_change(db, &before, &first, &is_ours) && is_ours);
    assert_true(selftest_read(db, hash, &second));
    assert_true(second.nonce == first.nonce && second.named == 7);
    /* What came back so long ago that it counts no more is the same as nothing. */
    before = first;
    first.arrived = 100;
    assert_true(selftest_change(db, &before, &first, &is_ours) && is_ours);
    before = first;
    selftest_expire(&before, 100 + SELFTEST_VALID);
    first.again = 9;
    assert_true(selftest_change(db, &before, &first, &is_ours) && is_ours);
    database_close(db);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash),
        cmocka_unit_test_setup_teardown(test_kept, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(test_one_begins, make_folder, remove_folder),
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_host),
        cmocka_unit_test(test_mail),
    };
    return cmocka_run_group_tests_name("outbox/selftest", tests, unit_arena_up,
                                       unit_arena_down);
}
