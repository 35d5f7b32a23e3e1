/* Twice within an hour, then in: by the message, across restarts, within a bound. */
#include "tempfail.h"

#include "../../tests/unit.h"

#define NOW ((int64_t)1767225600)

static const struct hash_key key = {1, 2};

/* A message of these fields to these recipients. */
struct letter {
    const char *id, *from, *date, *to[2];
    const char *client;
};

static struct tempfail_mark
mark_of(const struct letter *l)
{
    struct sceau_header header = {0};
    struct sceau_slice *to = sceau_arena_alloc(unit_arena, 2 * sizeof *to);
    struct policy_facts facts = {.recipients = to};
    assert_non_null(to);
    (void)sceau_ip_parse(sceau_slice_from(l->client ? l->client : "192.0.2.1"),
                         &facts.client);
    for (size_t i = 0; i < 2 && l->to[i] != NULL; i++) {
        to[i] = sceau_slice_from(l->to[i]);
        facts.recipient_count = facts.recipients_known = i + 1;
    }
    const char *const bodies[] = {l->id, l->from, l->date};
    static const char *const names[] = {"Message-ID", "From", "Date"};
    for (size_t i = 0; i < 3; i++) {
        if (bodies[i] != NULL)
            (void)sceau_header_add(unit_arena, &header, sceau_slice_from(names[i]),
                                   sceau_slice_from(bodies[i]));
    }
    return tempfail_mark_of(unit_arena, &header, &facts);
}

#define LETTER          \
 "<1@a>", "a@b", "Mon", \
 {                      \
  "x@y"                 \
 }

static const struct {
    const char *why;
    struct letter other;
    bool is_same;
} letters[] = {
    {"the very same",                           {LETTER, NULL},                                true },
    {"from another address of the same sender", {LETTER, "2001:db8::7"},                       true },
    {"another Message-ID",                      {"<2@a>", "a@b", "Mon", {"x@y"}, NULL},        false},
    {"another author",                          {"<1@a>", "c@b", "Mon", {"x@y"}, NULL},        false},
    {"another date",                            {"<1@a>", "a@b", "Tue", {"x@y"}, NULL},        false},
    {"another recipient",                       {"<1@a>", "a@b", "Mon", {"z@y"}, NULL},        false},
    {"one recipient more",                      {"<1@a>", "a@b", "Mon", {"x@y", "z@y"}, NULL}, false},
    {"the same octets, cut elsewhere",          {"<1@a>a", "@b", "Mon", {"x@y"}, NULL},        false},
    {"no Message-ID",                           {NULL, "a@b", "Mon", {"x@y"}, NULL},           false},
};

static void
knows_a_message(void **state)
{
    (void)state;
    static const struct letter first = {LETTER, NULL};
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
        struct tempfail_table *table = tempfail_new(64, &key);
        const struct tempfail_mark a = mark_of(&first);
        const struct tempfail_mark b = mark_of(&letters[i].other);
        UNIT_CASE(letters[i].why);
        tempfail_note(table, &a, NOW);
        assert_int_equal(tempfail_count(table, &b, NOW), letters[i].is_same);
        tempfail_free(table);
    }
}

/* Counted within the hour; after it the message is let in, and stays let in. */
static void
lasts_an_hour(void **state)
{
    (void)state;
    static const struct letter letter = {LETTER, NULL};
    static const struct {
        int64_t after_s;
        unsigned count;
        const char *why;
    } times[] = {
        {0,               2,              "at once"                                                 },
        {3599,            2,              "the last second"                                         },
        {3600,            TEMPFAIL_SPENT, "the hour is over"                                        },
        {4 * 86400,       TEMPFAIL_SPENT, "the sender's last try"                                   },
        {TEMPFAIL_KEEP_S, 0,              "forgotten"                                               },
        {-10,             0,              "a clock that went back: another beginning, never a block"},
    };
    struct tempfail_table *table = tempfail_new(8, &key);
    const struct tempfail_mark mark = mark_of(&letter);
    const struct tempfail_mark none = {SLICE_NONE};
    assert_int_equal(tempfail_count(table, &mark, NOW), 0);
    tempfail_note(table, &mark, NOW);
    tempfail_note(table, &mark, NOW);
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        UNIT_CASE(times[i].why);
        assert_int_equal(tempfail_count(table, &mark, NOW + times[i].after_s),
                         times[i].count);
    }
    tempfail_note(table, &none, NOW); /* no memory for a mark */
    assert_int_equal(tempfail_count(table, &none, NOW), TEMPFAIL_SPENT);
    tempfail_free(table);
}

static struct tempfail_mark
numbered(unsigned n)
{
    struct text out = text_new(unit_arena, SIZE_MAX);
    text_format(&out, "%u", n);
    return (struct tempfail_mark){text_done(&out)};
}

/* A flood within an hour: nobody is forgotten, nobody gets a third tempfail; whoever finds no
 * room gets none. An hour later there is room again. */
static void
bears_a_flood(void **state)
{
    (void)state;
    struct tempfail_table *table = tempfail_new(64, &key);
    unsigned given[1000] = {0};
    size_t refused_room = 0;
    for (unsigned round = 0; round < 4; round++) {
        for (unsigned i = 0; i < 1000; i++) {
            const struct tempfail_mark mark = numbered(i);
            if (tempfail_count(table, &mark, NOW) < 2) {
                tempfail_note(table, &mark, NOW);
                given[i]++;
            }
        }
        sceau_arena_clear(unit_arena);
    }
    for (unsigned i = 0; i < 1000; i++) {
        assert_true(given[i] == 0 || given[i] == 2);
        refused_room += given[i] == 0;
    }
    assert_int_equal(refused_room, 1000 - 64);
    const struct tempfail_mark late = numbered(5000);
    assert_int_equal(tempfail_count(table, &late, NOW + TEMPFAIL_WINDOW_S), 0);
    tempfail_note(table, &late, NOW + TEMPFAIL_WINDOW_S);
    assert_int_equal(tempfail_count(table, &late, NOW + TEMPFAIL_WINDOW_S), 1);
    tempfail_free(table);
}

/* A process that was restarted knows what the one before it gave. */
static void
survives_a_restart(void **state)
{
    (void)state;
    static const struct hash_key other = {77, 88};
    struct tempfail_table *before = tempfail_new(64, &key);
    struct tempfail_table *after = tempfail_new(64, &other);
    struct text saved = text_new(unit_arena, TEMPFAIL_TEXT_MAX(64));
    const struct tempfail_mark once = numbered(1), twice = numbered(2),
                               old = numbered(3);
    tempfail_note(before, &once, NOW);
    tempfail_note(before, &twice, NOW - 5);
    tempfail_note(before, &twice, NOW);
    tempfail_note(before, &old, NOW - TEMPFAIL_KEEP_S);
    tempfail_save(before, NOW, &saved);
    assert_false(saved.has_failed);
    assert_int_equal(tempfail_load(after, text_so_far(&saved), NOW), SCEAU_OK);
    assert_int_equal(tempfail_count(after, &once, NOW), 1);
    assert_int_equal(tempfail_count(after, &twice, NOW), 2);
    assert_int_equal(tempfail_count(after, &old, NOW), 0);
    struct text again = text_new(unit_arena, SIZE_MAX);
    tempfail_save(after, NOW, &again);
    assert_true(slice_eq(text_so_far(&again), text_so_far(&saved)));
    tempfail_free(before);
    tempfail_free(after);
}

#define HEAD "sceau-tempfail 1\n0000000000000001 0000000000000002\n"

static const struct {
    const char *text;
    const char *why;
} damaged[] = {
    {"",                                                           "an empty file"           },
    {"\n",                                                         "an empty line"           },
    {"sceau-tempfail 1\n",                                         "no key"                  },
    {"sceau-tempfail 2\n0000000000000001 0000000000000002\n",      "another version"         },
    {"sceau-tempfail 1\n1 2\n",                                    "a key of few digits"     },
    {HEAD "00000000000000aa 1767225600 1\n00000000000000bb 17672", "cut in a line"           },
    {HEAD "00000000000000aa 1767225600\n",                         "no count"                },
    {HEAD "00000000000000aa 1767225600 1 1\n",                     "a word too many"         },
    {HEAD "00000000000000aa -5 1\n",                               "before the epoch"        },
    {HEAD "00000000000000aa 99999999999999999999 1\n",             "a time that wraps"       },
    {HEAD "00000000000000aa 1767225600 4294967296\n",              "a count that wraps"      },
    {HEAD "00000000000000ag 1767225600 1\n",                       "no digit"                },
    {HEAD "0000000000000000 1767225600 1\n",                       "the hash of nothing"     },
    {HEAD "\n",                                                    "an empty line in between"},
};

static void
refuses_damage(void **state)
{
    (void)state;
    struct tempfail_table *table = tempfail_new(8, &key);
    assert_int_equal(tempfail_load(table,
                                   SCEAU_SLICE(HEAD "00000000000000aa 1767225600 1\n"),
                                   NOW),
                     SCEAU_OK);
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        struct text empty = text_new(unit_arena, SIZE_MAX);
        struct sceau_slice copy = unit_copy(sceau_slice_from(damaged[i].text));
        UNIT_CASE(damaged[i].why);
        assert_int_equal(tempfail_load(table, copy, NOW), SCEAU_E_SYNTAX);
        tempfail_save(table, NOW, &empty);
        assert_int_equal(empty.len, sizeof HEAD - 1);
        unit_free(copy);
    }
    tempfail_free(table);
}

/* A full table, written with its longest lines, keeps to its bound. */
static void
writes_within_its_bound(void **state)
{
    (void)state;
    struct tempfail_table *table = tempfail_new(64, &key);
    struct tempfail_table *smaller = tempfail_new(8, &key);
    struct text out = text_new(unit_arena, TEMPFAIL_TEXT_MAX(64));
    for (unsigned i = 0; i < 1000; i++) {
        const struct tempfail_mark mark = numbered(i);
        tempfail_note(table, &mark, INT64_MAX / 2);
    }
    tempfail_save(table, INT64_MAX / 2, &out);
    assert_false(out.has_failed);
    assert_int_equal(tempfail_load(smaller, text_so_far(&out), INT64_MAX / 2),
                     SCEAU_OK);
    tempfail_free(smaller);
    tempfail_free(table);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_a_message), cmocka_unit_test(lasts_an_hour),
        cmocka_unit_test(bears_a_flood),   cmocka_unit_test(survives_a_restart),
        cmocka_unit_test(refuses_damage),  cmocka_unit_test(writes_within_its_bound),
    };
    return cmocka_run_group_tests_name("policy/tempfail", tests, unit_arena_up,
                                       unit_arena_down);
}
