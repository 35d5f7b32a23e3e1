/* What a zone is called, and whose names mail asks for. */
#include "names.h"

#include "../../tests/unit.h"
#include "core/text.h"

static const struct {
    const char *path, *origin; /* NULL: none */
    const char *why;
} guesses[] = {
    {"/etc/bind/masters/zw3b.net.hosts", "zw3b.net",    "seed 1's"           },
    {"db.example.org",                   "example.org", "Debian's"           },
    {"zones/example.org.zone",           "example.org", "a common ending"    },
    {"example.org",                      "example.org", "nothing else"       },
    {"named.conf",                       NULL,          "no name of a domain"},
    {"zone",                             NULL,          "one label"          },
    {"a b.example.zone",                 NULL,          "a blank"            },
    {"",                                 NULL,          "nothing"            },
};

static void
test_guesses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof guesses / sizeof *guesses; i++) {
        UNIT_CASE(guesses[i].why);
        struct dns_name origin;
        bool is_guessed = zone_origin_guess(sceau_slice_from(guesses[i].path), &origin);
        assert_int_equal(is_guessed, guesses[i].origin != NULL);
        if (is_guessed)
            assert_slice(dns_name_to_asked(unit_arena, dns_name_slice(&origin)),
                         guesses[i].origin);
    }
}

static void
test_names(void **state)
{
    static const char text[] = "$TTL 60\n"
                               "@ SOA ns root 1 2 3 4 5\n"
                               "www A 192.0.2.1\n"
                               "b MX 10 www\n"
                               "B TXT \"v=spf1 -all\"\n"
                               "_dmarc.a TXT \"v=DMARC1; p=none\"\n"
                               "s1._domainkey.Key TXT \"v=DKIM1; p=\"\n"
                               "s2._domainkey.key CNAME s2.other.example.\n"
                               "x.y._domainkey TXT \"v=DKIM1; p=\"\n"
                               "old SPF \"v=spf1 -all\"\n"
                               "broken TXT \"v=spf1 -all\n"
                               "text TXT \"nothing of mail\"\n"
                               "* MX 10 www\n"
                               "sub NS ns.other.example.\n"
                               "sub MX 10 www\n"
                               "x.sub MX 10 www\n"
                               "other.example._report._dmarc TXT \"v=DMARC1\"\n"
                               "example.test MX 10 www\n"
                               "_dmarc.Example.test TXT \"v=DMARC1; p=none\"\n"
                               "s3._domainkey.b.example.test TXT \"v=DKIM1; p=\"\n"
                               "out.other.example. MX 10 www\n";
    struct dns_name origin;
    struct zone_document document;
    struct zone_index index;
    struct zone_names names;
    (void)state;
    assert_true(dns_name_from_asked(SCEAU_SLICE("Example.test"), &origin));
    assert_int_equal(zone_document_read(unit_arena, SCEAU_SLICE("z"),
                                        sceau_slice_from(text), &origin, NULL,
                                        &document),
                     SCEAU_OK);
    struct zone_part part = {&document, zone_origin_of(&document), false};
    assert_int_equal(zone_index_make(unit_arena, &part, 1, &index), SCEAU_OK);
    assert_int_equal(zone_names_find(unit_arena, &index, 0, &names), SCEAU_OK);
    struct text t = text_new(unit_arena, SIZE_MAX);
    for (size_t i = 0; i < names.count; i++)
        text_format(&t, "%.*s ", SLICE_ARG(names.items[i]));
    for (size_t i = 0; i < names.selector_count; i++)
        text_format(&t, "%.*s@%.*s ", SLICE_ARG(names.selectors[i].selector),
                    SLICE_ARG(names.selectors[i].domain));
    assert_slice(text_done(&t),
                 "example.test a.example.test b.example.test broken.example.test "
                 "key.example.test old.example.test x.y@example.test "
                 "s1@key.example.test s2@key.example.test ");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guesses),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests_name("zone/names", tests, unit_arena_up,
                                       unit_arena_down);
}
