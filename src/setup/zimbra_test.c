#include "zimbra.h"

#include "../../tests/folder.h"

static void
reads_its_files(void **state)
{
    (void)state;
    static struct zimbra z;
    char folder[TEST_FOLDER];
    assert_int_equal(test_folder_make(folder, "zimbra"), 0);
    test_folder_write(
        folder, "conf/localconfig.xml",
        "<localconfig><key name=\"x\"><value>no</value></key>\n"
        "<key name=\"zimbra_server_hostname\">\n <value>mail.zw3b.net</value></key>");
    test_folder_write(
        folder, "common/conf/main.cf",
        "# mynetworks = 192.0.2.1\nmynetworks_style = host\nmynetworks = 10.0.0.0/8\n"
        "mynetworks = 127.0.0.0/8\n  [::1]/128\n\t192.0.2.0/24\nsmtpd_milters=inet:a:1\n"
        "non_smtpd_milters =\n");
    test_folder_write(folder, "common/conf/master.cf", "smtp inet n - n - - smtpd\n");
    zimbra_read(folder, &z);
    assert_true(z.is_here && z.has_main_cf && !z.signs_itself);
    assert_string_equal(z.hostname, "mail.zw3b.net");
    assert_string_equal(z.networks,
                        "127.0.0.0/8 [::1]/128 192.0.2.0/24"); /* the last */
    assert_string_equal(z.smtpd_milters, "inet:a:1");
    assert_string_equal(z.local_milters, "");
    assert_int_equal(test_folder_remove(folder), 0);
}

/* As it was before 8.7. */
static void
reads_the_old_place(void **state)
{
    (void)state;
    static struct zimbra z;
    char folder[TEST_FOLDER];
    assert_int_equal(test_folder_make(folder, "zimbra"), 0);
    test_folder_write(folder, "postfix/conf/main.cf", "smtpd_milters = inet:b:2");
    test_folder_write(folder, "postfix/conf/master.cf",
                      " -o smtpd_milters=inet:localhost:8465\n");
    zimbra_read(folder, &z);
    assert_string_equal(z.smtpd_milters, "inet:b:2");
    assert_true(z.signs_itself);
    assert_string_equal(z.hostname, "");
    assert_int_equal(test_folder_remove(folder), 0);
    zimbra_read("/nonexistent/zimbra", &z);
    assert_false(z.is_here || z.has_main_cf || z.signs_itself);
}

static const struct {
    const char *list, *word;
    bool has;
    const char *why;
} lists[] = {
    {"inet:127.0.0.1:8892",                      "inet:127.0.0.1:8892", true,  "alone"             },
    {"inet:127.0.0.1:7026, inet:127.0.0.1:8892", "inet:127.0.0.1:8892", true,
     "behind a comma"                                                                              },
    {"inet:127.0.0.1:88920",                     "inet:127.0.0.1:8892", false, "only its beginning"},
    {"192.0.2.10/32",                            "2.0.2.10/32",         false, "only its end"      },
    {"192.0.2.1/320 192.0.2.1/32",               "192.0.2.1/32",        true,  "behind one alike"  },
    {"",                                         "192.0.2.1/32",        false, "nothing is set"    },
};

static void
finds_words_in_lists(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        UNIT_CASE(lists[i].why);
        assert_int_equal(zimbra_has(lists[i].list, lists[i].word), lists[i].has);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_its_files),
        cmocka_unit_test(reads_the_old_place),
        cmocka_unit_test(finds_words_in_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
