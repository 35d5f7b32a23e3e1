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
        "(x'c6336401', '', '', 64500, 'Example Net', '', 1, 1, 0)");
    run("INSERT INTO day_key VALUES ('a.example', 20501, 'a.example', 'Winter2026', 'R', 1, 0), "
        "('a.example', 20500, 'a.example', 'Winter2026', 'R', 1, 0), "
        "('a.example', 20471, 'a.example', 'autumn', 'R', 1, 0)"); /* 30 days ago */
    return 0;
}

static int
remove_store(void **state)
{
    (void)state;
    database_close(db);
    return test_folder_remove(folder);
}

/* Hits as "domain name", in order. */
static const struct {
    const char *query;
    size_t most;
    const char *hits, *why;
} cases[] = {
    {"MAILER",        9, "a.example mailer.test|b.example mailer.test|",
     "part of a name, in any case, once a domain"                                                           },
    {"out2.",         9, "a.example mailer.test|",                                 "part of a PTR"          },
    {"mailer",        1, "a.example mailer.test|",                                 "no more than are wanted"},
    {"example net",   9, "a.example AS64500 Example Net|",
     "a network's name; the first of 90 days"                                                               },
    {"198.51.101",    9, "",                                                       "not seen for 90 days"   },
    {"198.51.101.1",  9, "",                                                       "nor by its address"     },
    {"192.0.2.1",     9, "a.example mailer.test|b.example mailer.test|",
     "an address; one of version 6 that begins with its octets is none"                                     },
    {"192.0.2.2/31",  9, "a.example mailer.test|",                                 "a network that has one" },
    {"192.0.2.4/30",  9, "",                                                       "one that has none"      },
    {"0.0.0.0/0",     9,
     "a.example mailer.test|a.example AS64500 Example Net|b.example mailer.test|", "all of version 4"       },
    {"2001:db8::/33", 9, "a.example 2001:db8::/48|",
     "version 6, a prefix within an octet"                                                                  },
    {"winter",        9, "a.example Winter2026|",                                  "a selector, once"       },
    {"autumn",        9, "",                                                       "not in use for 30 days" },
    {"nothing",       9, "",                                                       "nothing"                },
};

static const struct analysis_ours nobody;

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
                             .ours = &nobody};
        struct sceau_slice query = unit_copy(sceau_slice_from(cases[i].query));
        struct ip_network network;
        const struct insight_hit *found;
        size_t count;
        struct text t = text_new(in.arena, SIZE_MAX);
        bool is_network = ip_network_parse(query, &network);
        assert_true(insight_search(&in, domains, 2, query, is_network ? &network : NULL,
                                   cases[i].most, &found, &count));
        for (size_t n = 0; n < count; n++) {
            text_slice(&t, found[n].domain);
            text_octet(&t, ' ');
            text_slice(&t, found[n].name);
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
