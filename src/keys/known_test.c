/* What is known of a domain: for a moment, of that domain alone, until told otherwise. */
#include "known.h"

#include "../../tests/unit.h"

static struct keyring_keys
keys_named(const char *selector)
{
    struct keyring_keys keys = {.count = selector != NULL};
    if (selector != NULL) {
        keys.keys[0].selector_len = strlen(selector);
        memcpy(keys.keys[0].selector, selector, strlen(selector));
    }
    return keys;
}

enum step {
    TOLD,
    FORGOTTEN,
    FOUND,
    NOT_FOUND
};

static const struct {
    enum step step;
    const char *domain;
    int64_t now_ms;
    const char *selector; /* told or found; NULL: a domain without keys */
    const char *why;
} steps[] = {
    {NOT_FOUND, "a.test", 5,    NULL, "nothing was told yet"                     },
    {TOLD,      "a.test", 5,    "s1", ""                                         },
    {FOUND,     "a.test", 5,    "s1", "at once"                                  },
    {FOUND,     "a.test", 1004, "s1", "for a second"                             },
    {NOT_FOUND, "a.test", 1005, NULL, "and no longer"                            },
    {NOT_FOUND, "b.test", 6,    NULL, "another domain"                           },
    {NOT_FOUND, "A.test", 6,    NULL, "names are in lower case: this is none"    },
    {NOT_FOUND, "",       6,    NULL, "no name"                                  },
    {TOLD,      "b.test", 10,   NULL, ""                                         },
    {FOUND,     "b.test", 11,   NULL, "that there is no key is an answer"        },
    {TOLD,      "b.test", 900,  "s2", ""                                         },
    {FOUND,     "b.test", 1500, "s2", "the later answer, for a second of its own"},
    {FORGOTTEN, "a.test", 1500, NULL, ""                                         },
    {FOUND,     "b.test", 1500, "s2", "another one was forgotten"                },
    {FORGOTTEN, "b.test", 1500, NULL, ""                                         },
    {NOT_FOUND, "b.test", 1500, NULL, "this one was"                             },
};

static void
knows_for_a_moment(void **state)
{
    (void)state;
    struct keys_known *known = keys_known_new();
    assert_non_null(known);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct sceau_slice domain = unit_copy(sceau_slice_from(steps[i].domain));
        struct keyring_keys keys = keys_named(steps[i].selector), got;
        UNIT_CASE(steps[i].why);
        switch (steps[i].step) {
        case TOLD: keys_known_add(known, domain, steps[i].now_ms, &keys); break;
        case FORGOTTEN: keys_known_forget(known, domain); break;
        case FOUND:
            assert_true(keys_known_find(known, domain, steps[i].now_ms, &got));
            assert_int_equal(got.count, keys.count);
            if (got.count > 0)
                assert_slice(keyring_selector(&got.keys[0]), steps[i].selector);
            break;
        case NOT_FOUND:
            assert_false(keys_known_find(known, domain, steps[i].now_ms, &got));
            break;
        }
        unit_free(domain);
    }
    keys_known_free(known);
}

/* More domains than places: each is found as it was told, or not at all. */
static void
never_mixes_domains(void **state)
{
    (void)state;
    struct keys_known *known = keys_known_new();
    char name[32];
    size_t found = 0;
    assert_non_null(known);
    for (int i = 0; i < 3 * KEYS_KNOWN_MAX; i++) {
        snprintf(name, sizeof name, "d%d.test", i);
        struct keyring_keys keys = keys_named(name);
        keys_known_add(known, sceau_slice_from(name), 1, &keys);
    }
    for (int i = 0; i < 3 * KEYS_KNOWN_MAX; i++) {
        struct keyring_keys got;
        snprintf(name, sizeof name, "d%d.test", i);
        if (!keys_known_find(known, sceau_slice_from(name), 2, &got))
            continue;
        found++;
        assert_slice(keyring_selector(&got.keys[0]), name);
    }
    assert_in_range(found, KEYS_KNOWN_MAX / 2, KEYS_KNOWN_MAX);
    keys_known_free(known);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_for_a_moment),
        cmocka_unit_test(never_mixes_domains),
    };
    return cmocka_run_group_tests_name("keys/known", tests, NULL, NULL);
}
