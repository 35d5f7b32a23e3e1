/* Whose policy file is to be read: one question, however many were read before. */
#include "../../tests/folder.h"
#include "../../tests/store_place.h"
#include "tls_published.h"

#define DAY 86400
#define NOW INT64_C(1767484800)

static char folder[TEST_FOLDER], path[TEST_STORE];
static struct database *writer;

static int
make_store(void **state)
{
    char error[DATABASE_ERROR_MAX];
    enum database_status status;
    if (test_folder_make(folder, "mtasts") != 0)
        return 1;
    test_store_place(path, folder, "store");
    writer = database_open(path, DATABASE_WRITE, &status, error);
    return writer == NULL || unit_arena_up(state) != 0;
}

static int
remove_store(void **state)
{
    unit_arena_down(state);
    database_close(writer);
    return test_folder_remove(folder);
}

static const struct {
    const char *domain;
    int64_t tried; /* 0: never */
    bool is_due;
    const char *why;
} looks[] = {
    {"a.test",  NOW - 60,      false, "a minute ago"                    },
    {"b.test",  0,             true,  "never"                           },
    {"c.test",  NOW - DAY + 1, false, "a second less than a day"        },
    {"d.test",  NOW - DAY,     true,  "a day"                           },
    {"e.test",  NOW,           false, "now"                             },
    {"f.test",  NOW + 1,       true,  "a clock that was ahead"          },
    {"g.test",  5,             true,  "in 1970"                         },
    {"a.tes",   0,             true,  "the beginning of another's name" },
    {"a.test0", 0,             true,  "a name that another's is part of"},
    {"z.test",  NOW - 1,       false, "the last one"                    },
};
#define LOOKS (sizeof looks / sizeof *looks)

static struct insight in_store = {.now = NOW};

static void
finds_who_is_due(void **state)
{
    struct sceau_slice domains[LOOKS];
    bool is_due[LOOKS];
    (void)state;
    in_store.db = writer;
    in_store.arena = unit_arena;
    for (size_t i = 0; i < LOOKS; i++) {
        const struct mtasts_look look = {.tried = looks[i].tried, .seen = 1};
        domains[i] = sceau_slice_from(looks[i].domain);
        if (looks[i].tried > 0)
            assert_true(insight_mtasts_keep(&in_store, domains[i], &look));
    }
    assert_true(insight_mtasts_due(&in_store, domains, LOOKS, DAY, is_due));
    for (size_t i = 0; i < LOOKS; i++) {
        UNIT_CASE(looks[i].why);
        assert_int_equal(is_due[i], looks[i].is_due);
    }
}

/* A thousand that are fresh, and one: a turn reads its look alone. */
static void
asks_once(void **state)
{
    enum {
        MANY = 1000
    };
    static struct sceau_slice domains[MANY];
    static bool is_due[MANY];
    size_t due = 0;
    (void)state;
    for (size_t i = 0; i < MANY; i++) {
        const struct mtasts_look look = {.tried = NOW - 5, .seen = NOW - 5};
        struct text name = text_new(unit_arena, SIZE_MAX);
        text_format(&name, "d%zu.test", i);
        domains[i] = text_done(&name);
        assert_non_null(domains[i].ptr);
        if (i != MANY - 1)
            assert_true(insight_mtasts_keep(&in_store, domains[i], &look));
    }
    assert_true(insight_mtasts_due(&in_store, domains, MANY, DAY, is_due));
    for (size_t i = 0; i < MANY; i++)
        due += is_due[i];
    assert_int_equal(due, 1);
    assert_true(is_due[MANY - 1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_who_is_due),
        cmocka_unit_test(asks_once),
    };
    return cmocka_run_group_tests_name("insight/mtasts", tests, make_store,
                                       remove_store);
}
