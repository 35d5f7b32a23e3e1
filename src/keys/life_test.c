/* The life of a key, step by step: each row is one run over one key, with what it sees. */
#include "keys/life.h"

#include "../../tests/unit.h"
#include "core/slice.h"
#include "dkim/fixture.h"

#define DAY   ((int64_t)86400)
#define NOW   ((int64_t)1790000000)
#define GRACE (30 * DAY)

static const struct {
    const char *why;
    struct keys_key key; /* before */
    struct keys_observation seen;
    struct keys_use use;
    enum keys_step step;
    enum keys_state state; /* after */
    int64_t until;
    bool is_changed;
} steps[] = {
    {"a record that is nowhere: it waits",
     {.state = KEYS_NEXT},
     {KEYS_SIGHT_WRONG, 0},
     {0, 0, false},
     KEYS_STEP_MISSING,    KEYS_NEXT,
     0,              false},
    {"DNS could not tell: neither there nor gone",
     {.state = KEYS_NEXT},
     {KEYS_SIGHT_UNKNOWN, 0},
     {0, 0, false},
     KEYS_STEP_UNKNOWN,    KEYS_NEXT,
     0,              false},
    {"seen everywhere for the first time: the TTL begins",
     {.state = KEYS_NEXT},
     {KEYS_SIGHT_EVERYWHERE, 3600},
     {0, 0, false},
     KEYS_STEP_PUBLISHED,  KEYS_NEXT,
     NOW + 3600,
     true                 },
    {"seen, one second too early",
     {.state = KEYS_NEXT, .published = NOW - 3599},
     {KEYS_SIGHT_EVERYWHERE, 3600},
     {0, 0, false},
     KEYS_STEP_WAITING,    KEYS_NEXT,
     NOW + 1,
     false                },
    {"seen for as long as the TTL: it signs",
     {.state = KEYS_NEXT, .published = NOW - 3600},
     {KEYS_SIGHT_EVERYWHERE, 3600},
     {0, 0, false},
     KEYS_STEP_ACTIVATED,  KEYS_ACTIVE,
     0,              true },
    {"no TTL at all: in the next run all the same",
     {.state = KEYS_NEXT, .published = NOW},
     {KEYS_SIGHT_EVERYWHERE, 0},
     {0, 0, false},
     KEYS_STEP_ACTIVATED,  KEYS_ACTIVE,
     0,              true },
    {"one server lost it: the wait begins anew",
     {.state = KEYS_NEXT, .published = NOW - 9999},
     {KEYS_SIGHT_WRONG, 60},
     {0, 0, false},
     KEYS_STEP_LOST,       KEYS_NEXT,
     0,              true },
    {"a clock that went back",
     {.state = KEYS_NEXT, .published = NOW + DAY},
     {KEYS_SIGHT_EVERYWHERE, 60},
     {0, 0, false},
     KEYS_STEP_PUBLISHED,  KEYS_NEXT,
     NOW + 60,
     true                 },
    {"active and right",
     {.state = KEYS_ACTIVE, .active = 5},
     {KEYS_SIGHT_EVERYWHERE, 0},
     {0, 0, false},
     KEYS_STEP_CONFIRMED,  KEYS_ACTIVE,
     0,              true },
    {"active and gone: told, and it goes on signing",
     {.state = KEYS_ACTIVE, .active = 5},
     {KEYS_SIGHT_WRONG, 0},
     {0, 0, false},
     KEYS_STEP_ALARM,      KEYS_ACTIVE,
     0,              false},
    {"active, servers silent",
     {.state = KEYS_ACTIVE, .active = 5},
     {KEYS_SIGHT_UNKNOWN, 0},
     {0, 0, false},
     KEYS_STEP_UNKNOWN,    KEYS_ACTIVE,
     0,              false},
    {"active, looked at today",
     {.state = KEYS_ACTIVE, .active = 5},
     {KEYS_SIGHT_NOT_ASKED, 0},
     {0, 0, false},
     KEYS_STEP_NONE,       KEYS_ACTIVE,
     0,              false},
    {"retiring: its grace",
     {.state = KEYS_RETIRING, .active = 5, .retiring = NOW - DAY},
     {KEYS_SIGHT_NOT_ASKED, 0},
     {9, 0, false},
     KEYS_STEP_GRACE,      KEYS_RETIRING,
     NOW + 29 * DAY,
     false                },
    {"retiring, and somebody removed the record",
     {.state = KEYS_RETIRING, .active = 5, .retiring = NOW - DAY},
     {KEYS_SIGHT_WRONG, 0},
     {9, 0, false},
     KEYS_STEP_ALARM,      KEYS_RETIRING,
     0,              false},
    {"the same after its grace: it may be gone",
     {.state = KEYS_RETIRING, .active = 5, .retiring = NOW - GRACE},
     {KEYS_SIGHT_WRONG, 0},
     {9, 0, false},
     KEYS_STEP_REVOKED,    KEYS_REVOKED,
     0,              true },
    {"one second before the end",
     {.state = KEYS_RETIRING, .active = 5, .retiring = NOW - GRACE + 1},
     {KEYS_SIGHT_NOT_ASKED, 0},
     {9, 0, false},
     KEYS_STEP_GRACE,      KEYS_RETIRING,
     NOW + 1,
     false                },
    {"over, and nothing used it",
     {.state = KEYS_RETIRING, .active = 5, .retiring = NOW - GRACE},
     {KEYS_SIGHT_NOT_ASKED, 0},
     {9, 0, false},
     KEYS_STEP_REVOKED,    KEYS_REVOKED,
     0,              true },
    {"over, but mail used it since",
     {.state = KEYS_RETIRING, .active = 5, .retiring = NOW - GRACE},
     {KEYS_SIGHT_NOT_ASKED, 0},
     {9, NOW - DAY, false},
     KEYS_STEP_USED,       KEYS_RETIRING,
     NOW + 29 * DAY,
     false                },
    {"over, and the last use is as old",
     {.state = KEYS_RETIRING, .active = 5, .retiring = NOW - 2 * GRACE},
     {KEYS_SIGHT_NOT_ASKED, 0},
     {9, NOW - GRACE, false},
     KEYS_STEP_REVOKED,    KEYS_REVOKED,
     0,              true },
    {"over, but the journal is younger: absence of evidence",
     {.state = KEYS_RETIRING, .active = 5, .retiring = NOW - GRACE},
     {KEYS_SIGHT_NOT_ASKED, 0},
     {NOW - DAY, 0, false},
     KEYS_STEP_UNPROVEN,   KEYS_RETIRING,
     NOW + 29 * DAY,
     false                },
    {"over, but not all of the journal could be read: what is missing may be a use",
     {.state = KEYS_RETIRING, .active = 5, .retiring = NOW - GRACE},
     {KEYS_SIGHT_NOT_ASKED, 0},
     {9, 0, true},
     KEYS_STEP_UNREADABLE, KEYS_RETIRING,
     0,              false},
    {"the same, and no journal is left of it",
     {.state = KEYS_RETIRING, .active = 5, .retiring = NOW - GRACE},
     {KEYS_SIGHT_NOT_ASKED, 0},
     {0, 0, true},
     KEYS_STEP_UNREADABLE, KEYS_RETIRING,
     0,              false},
    {"the same, with a use in what could be read",
     {.state = KEYS_RETIRING, .active = 5, .retiring = NOW - GRACE},
     {KEYS_SIGHT_NOT_ASKED, 0},
     {9, NOW - DAY, true},
     KEYS_STEP_USED,       KEYS_RETIRING,
     NOW + 29 * DAY,
     false                },
    {"over, and there is no journal",
     {.state = KEYS_RETIRING, .active = 5, .retiring = NOW - GRACE},
     {KEYS_SIGHT_NOT_ASKED, 0},
     {0, 0, false},
     KEYS_STEP_UNPROVEN,   KEYS_RETIRING,
     0,              false},
    {"it never signed: nobody needs it",
     {.state = KEYS_RETIRING, .retiring = NOW - 1},
     {KEYS_SIGHT_NOT_ASKED, 0},
     {0, 0, false},
     KEYS_STEP_REVOKED,    KEYS_REVOKED,
     0,              true },
    {"but not in the step that retired it",
     {.state = KEYS_RETIRING, .retiring = NOW},
     {KEYS_SIGHT_NOT_ASKED, 0},
     {0, 0, false},
     KEYS_STEP_NONE,       KEYS_RETIRING,
     0,              false},
    {"revoked: nothing more",
     {.state = KEYS_REVOKED, .active = 5, .retiring = 6, .revoked = 7},
     {KEYS_SIGHT_NOT_ASKED, 0},
     {0, 0, false},
     KEYS_STEP_NONE,       KEYS_REVOKED,
     0,              false},
};

static void
takes_each_step(void **state)
{
    (void)state;
    const struct keys_rules rules = {.now = NOW,
                                     .grace = GRACE,
                                     .wants_evidence = true};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct keys_key key = steps[i].key;
        struct keys_domain domain = {&key, 1};
        UNIT_CASE(steps[i].why);
        key.selector = SCEAU_SLICE("s1");
        key.algorithm = SCEAU_DKIM_RSA_SHA256;
        struct keys_outcome o =
            keys_live(&domain, &key, &steps[i].seen, &steps[i].use, &rules);
        if (o.step != steps[i].step)
            fprintf(stderr, "%s: %s\n", steps[i].why, keys_step_name(o.step));
        assert_int_equal(o.step, steps[i].step);
        assert_int_equal(key.state, steps[i].state);
        assert_true(o.until == steps[i].until);
        assert_int_equal(o.is_changed, steps[i].is_changed);
    }
}

/* The old key steps down when the new one steps up, and only that of its type. */
static void
one_signs_at_a_time(void **state)
{
    (void)state;
    struct keys_key keys[] = {
        {.selector = SCEAU_SLICE("old"),
         .state = KEYS_ACTIVE,
         .algorithm = SCEAU_DKIM_RSA_SHA256,
         .active = 5         },
        {.selector = SCEAU_SLICE("ed"),
         .state = KEYS_ACTIVE,
         .algorithm = SCEAU_DKIM_ED25519_SHA256,
         .active = 5         },
        {.selector = SCEAU_SLICE("new"),
         .state = KEYS_NEXT,
         .algorithm = SCEAU_DKIM_RSA_SHA256,
         .published = NOW - 9},
    };
    struct keys_domain domain = {keys, 3};
    const struct keys_rules rules = {.now = NOW, .grace = GRACE};
    keys_live(&domain, &keys[2], &(struct keys_observation){KEYS_SIGHT_EVERYWHERE, 9},
              &(struct keys_use){0}, &rules);
    assert_int_equal(keys[0].state, KEYS_RETIRING);
    assert_true(keys[0].retiring == NOW && keys[2].active == NOW);
    assert_int_equal(keys[1].state, KEYS_ACTIVE);
    assert_int_equal(keys[2].state, KEYS_ACTIVE);
}

static void
without_evidence_time_decides(void **state)
{
    (void)state;
    struct keys_key key = {.state = KEYS_RETIRING,
                           .active = 5,
                           .retiring = NOW - GRACE};
    struct keys_domain domain = {&key, 1};
    const struct keys_rules rules = {.now = NOW, .grace = GRACE};
    assert_int_equal(keys_live(&domain, &key, &(struct keys_observation){0},
                               &(struct keys_use){0}, &rules)
                         .step,
                     KEYS_STEP_REVOKED);
}

static void
knows_what_to_ask(void **state)
{
    (void)state;
    struct keys_key key = {.state = KEYS_ACTIVE,
                           .active = NOW - 9 * DAY,
                           .confirmed = NOW - DAY};
    struct keys_domain domain = {&key, 1};
    const struct keys_rules worn = {.now = NOW, .lifetime = 9 * DAY},
                            young = {.now = NOW, .lifetime = 9 * DAY + 1},
                            never = {.now = NOW};
    assert_true(keys_wants_sight(&key, NOW));
    assert_false(keys_wants_sight(&key, NOW - 1));
    assert_true(keys_is_worn(&domain, &key, &worn));
    assert_false(keys_is_worn(&domain, &key, &young));
    assert_false(keys_is_worn(&domain, &key, &never));
    struct keys_key both[] = {key, {.state = KEYS_NEXT}};
    both[1].algorithm = key.algorithm;
    assert_false(
        keys_is_worn(&(struct keys_domain){both, 2}, &both[0], &worn)); /* begun */
    key.state = KEYS_REVOKED;
    assert_false(keys_wants_sight(&key, NOW));
}

#define ED "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

static const struct {
    const char *text;
    const char *wrong; /* NULL: it is the key's record */
    const char *why;
} records[] = {
    {"v=DKIM1; k=ed25519; p=" ED,                                          NULL,                                                 "as printed"                },
    {"k=ed25519;p=11qYAYKxCrfVS/7TyWQH Og7hcvPapiMlrwIaaPcHURo=",          NULL,
     "v= is optional, blanks in p="                                                                                                                          },
    {"v=DKIM1; k=ed25519; s=email; n=mine; p=" ED ";",                     NULL,                                                 "further tags"              },
    {"v=DKIM1; k=ed25519; t=s; p=" ED,                                     NULL,                                                 "what zmdkimkeyutil -S adds"},
    {"v=DKIM1; k=ed25519; p=1" ED,                                         "what stands there is no key that receivers can use",
     "not base64"                                                                                                                                            },
    {"v=DKIM1; k=ed25519; p=",                                             "what stands there is no key that receivers can use",
     "revoked"                                                                                                                                               },
    {"v=spf1 -all",                                                        "what stands there is no key that receivers can use",
     "another record"                                                                                                                                        },
    {"v=DKIM1; k=ed25519; p=21qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
     "another public key stands there",                                                                                          "one octet"                 },
    {"v=DKIM1; p=" ED,                                                     "what stands there is no key that receivers can use",
     "k= forgotten: RSA"                                                                                                                                     },
};

static void
compares_records(void **state)
{
    (void)state;
    const struct keys_key key = {.algorithm = SCEAU_DKIM_ED25519_SHA256,
                                 .public_key = SCEAU_SLICE(ED)};
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(records[i].text));
        UNIT_CASE(records[i].why);
        const char *wrong = keys_record_differs(unit_arena, &key, text);
        if (records[i].wrong == NULL)
            assert_null(wrong);
        else
            assert_string_equal(wrong, records[i].wrong);
        unit_free(text);
    }
}

/* The same RSA key as dkim/fixture.h has it, as a bare RSAPublicKey. */
#define BARE                                                                           \
 "MIGJAoGBAOQeU5CgFPNZGIazlXo2k/eJ1jpaTTxrmqF1HrDLlt04pvaMtCJj8nXoliLRC/H9vJjMI1v"     \
 "db3XLcW60AIN/PBD8EL97/y4GwJH7LPUvGP48vqUe+owqszesbiGy1PlCO8c70/OjFnJVgvMF87YR4Lcinc" \
 "b7aSvI5MgpP6X8rjDdAgMBAAE="
/* Another exponent, 65539; another modulus, by one bit. */
#define EXPONENT                                                                       \
 "MIGJAoGBAOQeU5CgFPNZGIazlXo2k/eJ1jpaTTxrmqF1HrDLlt04pvaMtCJj8nXoliLRC/H9vJjMI1v"     \
 "db3XLcW60AIN/PBD8EL97/y4GwJH7LPUvGP48vqUe+owqszesbiGy1PlCO8c70/OjFnJVgvMF87YR4Lcinc" \
 "b7aSvI5MgpP6X8rjDdAgMBAAM="
#define MODULUS                                                                        \
 "MIGJAoGBAPQeU5CgFPNZGIazlXo2k/eJ1jpaTTxrmqF1HrDLlt04pvaMtCJj8nXoliLRC/H9vJjMI1v"     \
 "db3XLcW60AIN/PBD8EL97/y4GwJH7LPUvGP48vqUe+owqszesbiGy1PlCO8c70/OjFnJVgvMF87YR4Lcinc" \
 "b7aSvI5MgpP6X8rjDdAgMBAAE="

static const struct {
    const char *text;
    bool is_same;
    const char *why;
} rsa_records[] = {
    {"v=DKIM1; k=rsa; p=" FIXTURE_RSA_P, true,  "as printed: SubjectPublicKeyInfo"},
    {"v=DKIM1; p=" BARE,                 true,  "RSAPublicKey of the same numbers"},
    {"v=DKIM1; p=" EXPONENT,             false, "another exponent"                },
    {"v=DKIM1; p=" MODULUS,              false, "another modulus"                 },
};

/* Both forms are in DNS, and both lead a receiver to the same key. */
static void
compares_numbers_of_rsa(void **state)
{
    (void)state;
    const struct sceau_slice states[] = {SCEAU_SLICE(FIXTURE_RSA_P), SCEAU_SLICE(BARE)};
    for (size_t s = 0; s < sizeof states / sizeof *states; s++) {
        const struct keys_key key = {.algorithm = SCEAU_DKIM_RSA_SHA256,
                                     .public_key = states[s]};
        for (size_t i = 0; i < sizeof rsa_records / sizeof *rsa_records; i++) {
            struct sceau_slice text = unit_copy(sceau_slice_from(rsa_records[i].text));
            UNIT_CASE(rsa_records[i].why);
            const char *wrong = keys_record_differs(unit_arena, &key, text);
            if (rsa_records[i].is_same)
                assert_null(wrong);
            else
                assert_string_equal(wrong, "another public key stands there");
            unit_free(text);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_each_step),
        cmocka_unit_test(one_signs_at_a_time),
        cmocka_unit_test(without_evidence_time_decides),
        cmocka_unit_test(knows_what_to_ask),
        cmocka_unit_test(compares_records),
        cmocka_unit_test(compares_numbers_of_rsa),
    };
    return cmocka_run_group_tests_name("keys/life", tests, unit_arena_up,
                                       unit_arena_down);
}
