/* Query strings read, written back in one form, and said in words. */
#include "filter.h"

#include "../../tests/unit.h"

#define NOW (20786 * INT64_C(86400) + 5000) /* 2026-11-29 */

static const struct {
    const char *query, *again, *words, *why;
} reads[] = {
    {"",                                                   "",                                      "all domains, last 30 days",                                           "nothing asked"                             },
    {"days=30",                                            "",                                      "all domains, last 30 days",                                           "the default needs no word"                 },
    {"result=fail&ip=203.0.113.0%2F24&domain=Example.ORG",
     "domain=example.org&result=fail&ip=203.0.113.0%2F24",                                          "example.org, fails, address 203.0.113.0/24, last 30 days",            "one order, one form"                       },
    {"ip=2001:db8::1",                                     "ip=2001%3Adb8%3A%3A1",
     "all domains, address 2001:db8::1, last 30 days",                                                                                                                     "one address needs no prefix"               },
    {"class=fix&days=14",                                  "class=to-fix&days=14",                  "all domains, to fix, last 14 days",
     "a shorter word"                                                                                                                                                                                                  },
    {"cause=strict&disposition=reject&new=1",              "cause=strict&disposition=reject&new=1",
     "all domains, relaxed alignment where strict is asked, new sources, disposition reject, "
     "last 30 days",                                                                                                                                                       "words of tables"                           },
    {"from=2026-11-01&to=2026-11-07",                      "from=2026-11-01&to=2026-11-07",
     "all domains, from 2026-11-01 to 2026-11-07",                                                                                                                         "a range"                                   },
    {"from=2026-11-07&to=2026-11-07",                      "from=2026-11-07&to=2026-11-07",
     "all domains, on 2026-11-07",                                                                                                                                         "a day"                                     },
    {"days=1",                                             "days=1",                                "all domains, today",                                                  "today"                                     },
    {"reporter=Enterprise+Outlook&selector=s1",
     "reporter=Enterprise%20Outlook&selector=s1",                                                   "all domains, reporter Enterprise Outlook, selector s1, last 30 days", "blanks"                                    },
    {"source=%3Cscript%3E",                                "source=%3Cscript%3E",
     "all domains, source <script>, last 30 days",                                                                                                                         "text of others: who writes HTML escapes it"},
    {"source=caf%C3%A9",                                   "source=caf%C3%A9",
     "all domains, source caf\\xc3\\xa9, last 30 days",                                                                                                                    "a terminal sees ASCII"                     },
    {"class=&domain=",                                     "",                                      "all domains, last 30 days",                                           "empty takes the choice away"               },
    {"&&days=7&",                                          "days=7",                                "all domains, last 7 days",                                            "empty parts"                               },
    {"page=3&days=7",                                      "days=7",                                "all domains, last 7 days",
     "a name that is somebody else's"                                                                                                                                                                                  },
};

static const struct {
    const char *query, *problem, *why;
} refused[] = {
    {"colour=red",                    "there is no filter called \"colour\"",                 "no such name"       },
    {"days=0",                        "days: \"0\" is not a number of days from 1 to 3660",   "below"              },
    {"days=99999999999999999999",
     "days: \"99999999999999999999\" is not a number of days from 1 to 3660",                 "above"              },
    {"from=2026-02-30",               "from: \"2026-02-30\" is not a day such as 2026-11-29",
     "no such day"                                                                                                 },
    {"from=2026-11-02&to=2026-11-01",
     "from is behind to, or more than 3660 days before it",                                   "the wrong way round"},
    {"ip=203.0.113.0/33",
     "ip: \"203.0.113.0/33\" is not an address or a network such as 203.0.113.0/24",          "a prefix too long"  },
    {"class=evil",
     "class: \"evil\" is not ours, sends-well, forwarder, to-fix, not-yours or too-little",
     "no class"                                                                                                    },
    {"domain=a..b",                   "domain: \"a..b\" is not a domain such as example.org",
     "no domain"                                                                                                   },
    {"source=%1b[31m",                "source: \"\\x1b[31m\" is not the key of a source",
     "control characters"                                                                                          },
    {"source=%zz",                    "\"source=%zz\" is not percent-encoded",                "a broken escape"    },
    {"source=%4",                     "\"source=%4\" is not percent-encoded",                 "an escape cut short"},
    {"source=a%00b",                  "\"source=a%00b\" is not percent-encoded",              "NUL"                },
    {"source=%ff",                    "source: \"\\xff\" is not the key of a source",         "no UTF-8"           },
};

static bool
is_page(struct sceau_slice name)
{
    return name.len == 4 && memcmp(name.ptr, "page", 4) == 0;
}

static void
reads_and_writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++) {
        struct filter f, again;
        struct sceau_slice problem, query = unit_copy(sceau_slice_from(reads[i].query));
        struct text t = text_new(unit_arena, SIZE_MAX),
                    u = text_new(unit_arena, SIZE_MAX);
        UNIT_CASE(reads[i].why);
        filter_init(&f, NOW);
        assert_true(filter_read(&f, unit_arena, LANGUAGE_EN, query, is_page, &problem));
        filter_query(&t, &f, false);
        assert_slice(text_done(&t), reads[i].again);
        assert_slice(filter_sentence(unit_arena, LANGUAGE_EN, &f), reads[i].words);
        filter_init(&again, NOW);
        assert_true(filter_read(&again, unit_arena, LANGUAGE_EN, text_done(&t), NULL,
                                &problem));
        filter_query(&u, &again, false);
        assert_slice(text_done(&u), reads[i].again);
        unit_free(query);
    }
}

static void
refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct filter f;
        struct sceau_slice problem = {0},
                           query = unit_copy(sceau_slice_from(refused[i].query));
        UNIT_CASE(refused[i].why);
        filter_init(&f, NOW);
        assert_false(
            filter_read(&f, unit_arena, LANGUAGE_EN, query, is_page, &problem));
        assert_slice(problem, refused[i].problem);
        unit_free(query);
    }
}

static void
leaves_the_domain_to_the_path(void **state)
{
    (void)state;
    struct filter f;
    struct sceau_slice problem;
    struct text t = text_new(unit_arena, SIZE_MAX);
    filter_init(&f, NOW);
    assert_true(filter_read(&f, unit_arena, LANGUAGE_FR,
                            SCEAU_SLICE("domain=a.test&result=fail&days=7"), NULL,
                            &problem));
    filter_query(&t, &f, true);
    assert_slice(text_done(&t), "result=fail&days=7");
    assert_slice(filter_sentence(unit_arena, LANGUAGE_FR, &f),
                 "a.test, échoue, 7 derniers jours");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes),
        cmocka_unit_test(refuses),
        cmocka_unit_test(leaves_the_domain_to_the_path),
    };
    return cmocka_run_group_tests_name("insight/filter", tests, unit_arena_up,
                                       unit_arena_down);
}
