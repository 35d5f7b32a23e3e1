/* What the search finds, and what it leaves. */
#include "search.h"

#include "../../tests/folder.h"
#include "../../tests/store_place.h"

#define TODAY 20501
#define NOW   ((int64_t)TODAY * 86400 + 3600)

static char folder[TEST_FOLDER], path[TEST_STORE];
static struct database *db;

static void
run(const char *sql)
{
    if (!database_run(db, test_store_sql(sql)))
        fail_msg("%s: %s", sql, database_error(db));
}

static int
make_store(void **state)
{
    char error[DATABASE_ERROR_MAX];
    enum database_status status;
    (void)state;
    if (test_folder_make(folder, "search") != 0)
        return 1;
    test_store_place(path, folder, "store");
    db = database_open(path, DATABASE_WRITE, &status, error);
    if (db == NULL)
        return 1;
    run("INSERT INTO seen (policy_domain, ip, first_day, last_day) VALUES ('a.example', x'c0000201', 20000, 20501), "
        "('a.example', x'c0000202', 20000, 20501), "
        "('a.example', x'c6336401', 20000, 20412), " /* 89 days ago */
        "('a.example', x'c6336501', 20000, 20411), " /* 90 days ago: not among 90 days */
        "('a.example', x'c0000280000000000000000000000001', 20000, 20501), "
        "('a.example', x'20010db8000000000000000000000001', 20000, 20501), "
        "('b.example', x'c0000201', 20000, 20501)");
    run("INSERT INTO address VALUES "
        "(x'c0000201', 'out1.Mailer.test', 'mailer.test', 0, '', '', 1, 1, 0), "
        "(x'c0000202', 'out2.mailer.test', 'mailer.test', 0, '', '', 1, 1, 0), "
        "(x'cb007101', 'mail-1.google.com', 'google.com', 0, '', '', 1, 1, 0), "
        "(x'c6336401', '', '', 64500, 'Example Net', '', 1, 1, 0)");
    run("INSERT INTO seen (policy_domain, ip, first_day, last_day, signer) VALUES "
        "('b.example', x'cb007109', 20000, 20501, 'signs.test'), " /* not looked up yet */
        "('b.example', x'cb007107', 20000, 20501, ''), "
        "('b.example', x'cb007101', 20000, 20501, ''), "
        "('c.example', x'c0000202', 20000, 20501, '')");
    run("INSERT INTO selector_seen VALUES ('a.example', 'Winter2026', 20501), "
        "('a.example', 'autumn', 20411), " /* 90 days ago */
        "('c.example', 'winter', 20501)");
    return 0;
}

static int
remove_store(void **state)
{
    (void)state;
    database_close(db);
    return test_folder_remove(folder);
}

/* Hits as "domain name", of a network as "domain address", in order. */
static const struct {
    const char *query;
    size_t most;
    const char *hits, *why;
} cases[] = {
    {"MAILER",        9, "a.example mailer.test|b.example mailer.test|",
     "part of a name, in any case, once a domain; not of one that is not asked about"                                              },
    {"out2.",         9, "a.example mailer.test|",                                       "part of a PTR"                           },
    {"mailer",        1, "a.example mailer.test|",                                       "no more than are wanted"                 },
    {"example net",   9, "a.example AS64500 Example Net|",
     "a network's name; the first of 90 days"                                                                                      },
    {"as64500 e",     9, "a.example AS64500 Example Net|",                               "with its number"                         },
    {"googLe",        9, "b.example Google|",                                            "a service, by its host's name"           },
    {"l-1.goo",       9, "b.example Google|",                                            "or a part of that"                       },
    {"microsoft 3",   9, "",                                                             "a service that nobody saw"               },
    {"%",             9, "",                                                             "no sign of LIKE"                         },
    {"mail_r",        9, "",                                                             "nor this one"                            },
    {"signs",         9, "b.example signs.test|",                                        "who signs, of an address without a name" },
    {"web1",          9, "b.example web1.own.test|",
     "a host of ours, of which nothing is known"                                                                                   },
    {"198.51.101",    9, "",                                                             "not seen for 90 days"                    },
    {"198.51.101.1",  9, "",                                                             "nor by its address"                      },
    {"192.0.2.1",     9, "a.example 192.0.2.1|b.example 192.0.2.1|",
     "an address; one of version 6 that begins with its octets is none"                                                            },
    {"192.0.2.2/31",  9, "a.example 192.0.2.2|",                                         "a network that has one"                  },
    {"192.0.2.4/30",  9, "",                                                             "one that has none"                       },
    {"192.0.2.0/24",  9, "a.example 192.0.2.1|a.example 192.0.2.2|b.example 192.0.2.1|",
     "each address within"                                                                                                         },
    {"192.0.2.0/24",  2, "a.example 192.0.2.1|a.example 192.0.2.2|",
     "no more than are wanted"                                                                                                     },
    {"192.0.2.99/24", 2, "a.example 192.0.2.1|a.example 192.0.2.2|",
     "host bits are no matter"                                                                                                     },
    {"192.0.2",       9, "a.example 192.0.2.1|a.example 192.0.2.2|b.example 192.0.2.1|",
     "how it begins"                                                                                                               },
    {"198.",          9, "a.example 198.51.100.1|",                                      "and with a dot behind it"                },
    {"198",           9, "",                                                             "a number is no address"                  },
    {"0.0.0.0/0",     9,
     "a.example 192.0.2.1|a.example 192.0.2.2|a.example 198.51.100.1|b.example 192.0.2.1|"
     "b.example 203.0.113.1|b.example 203.0.113.7|b.example 203.0.113.9|",               "all of version 4"                        },
    {"2001:db8::/33", 9, "a.example 2001:db8::1|",
     "version 6, a prefix within an octet"                                                                                         },
    {"2001:db8",      9, "a.example 2001:db8::1|",                                       "how one of version 6 begins"             },
    {"2001:db8:1",    9, "",                                                             "another network"                         },
    {"winter",        9, "a.example Winter2026|",                                        "a selector, once, of what is asked about"},
    {"autumn",        9, "",                                                             "not in use for 90 days"                  },
    {"nothing",       9, "",                                                             "nothing"                                 },
};

static const struct analysis_own own_hosts[] = {
    {.network = {.address = {.version = 4, .octets = {203, 0, 113, 7}}, .prefix = 32},
     .name = {"web1.own.test", 13}},
};
static const struct analysis_ours ours = {.addresses = own_hosts, .address_count = 1};

static void
hits(void **state)
{
    const struct sceau_slice domains[] = {SCEAU_SLICE("a.example"),
                                          SCEAU_SLICE("b.example")};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_CASE(cases[i].why);
        struct insight in = {.arena = sceau_arena_new(1024 * 1024),
                             .db = db,
                             .now = NOW,
                             .ours = &ours};
        struct sceau_slice query = unit_copy(sceau_slice_from(cases[i].query));
        struct ip_network network;
        const struct insight_hit *found;
        size_t count;
        struct text t = text_new(in.arena, SIZE_MAX);
        bool is_network = insight_search_network(query, &network);
        assert_true(insight_search(&in, domains, 2, query, is_network ? &network : NULL,
                                   cases[i].most, &found, &count));
        for (size_t n = 0; n < count; n++) {
            text_slice(&t, found[n].domain);
            text_octet(&t, ' ');
            char ip[SCEAU_IP_TEXT];
            size_t len = sceau_ip_format(&found[n].ip, ip);
            text_slice(&t, is_network ? (struct sceau_slice){ip, len} : found[n].name);
            text_octet(&t, '|');
        }
        assert_slice(text_done(&t), cases[i].hits);
        unit_free(query);
        sceau_arena_free(in.arena);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hits),
    };
    return cmocka_run_group_tests_name("insight/search", tests, make_store,
                                       remove_store);
}
