/* Decisions as an MTA carries them out: packets, played on a list of fields. */
#include "mta.h"

#include "../../tests/unit.h"
#include "answer.h"

static const struct sceau_slice received[] = {
    {"Received",                8 },
    {"Authentication-Results",  22},
    {"From",                    4 },
    {"authentication-results ", 23},
    {"Authentication-Results",  22},
    {"To",                      2 }
};
#define RECEIVED (sizeof received / sizeof *received)

static struct mta_outcome
outcome_of(const struct policy_decision *decision, uint32_t steps)
{
    struct text out = text_new(unit_arena, SIZE_MAX);
    struct mta_outcome outcome;
    milter_put_answer(&out, decision, NULL, steps);
    assert_int_equal(mta_outcome_read(unit_arena, text_done(&out), received, RECEIVED,
                                      steps, &outcome),
                     SCEAU_OK);
    return outcome;
}

static const struct policy_added_field added[] = {
    {{"Authentication-Results", 22}, {"mx.test;\r\n\tspf=none", 19}},
    {{"X-DMARC-Fail-Policy", 19},    {"reject", 6}                 },
    {{"X-Spam-Flag", 11},            {"YES", 3}                    },
};
static const struct policy_removed_field removed[] = {
    {{"Authentication-Results", 22}, 1},
    {{"authentication-results", 22}, 2},
    {{"Authentication-Results", 22}, 3},
};

/* All three go though the numbers shift with each deletion, and ours is not among them. */
static void
delivers(void **state)
{
    (void)state;
    const uint32_t steps[] = {0, MILTER_LEADING_SPACE};
    for (size_t i = 0; i < 2; i++) {
        const struct policy_decision d = {.action = POLICY_QUARANTINE,
                                          .reason = "why",
                                          .added = added,
                                          .added_count = 3,
                                          .removed = removed,
                                          .removed_count = 3};
        struct mta_outcome o = outcome_of(&d, steps[i]);
        assert_true(o.is_final);
        assert_int_equal(o.end, MILTER_REPLY_CONTINUE);
        assert_false(o.is_held);
        assert_int_equal(o.removed_count, 3);
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(o.removed[k].nth, 3 - k);
        assert_int_equal(o.added_count, 3);
        assert_slice(o.added[0].value, "mx.test;\n\tspf=none");
        for (size_t k = 0; k < 3; k++) {
            assert_true(slice_eq(o.added[k].name, added[k].name));
            assert_int_equal(o.added[k].place, k);
        }
        assert_slice(o.added[2].value, "YES");
    }
}

static void
delivers_behind_the_last_field(void **state)
{
    (void)state;
    const struct policy_decision d = {.action = POLICY_QUARANTINE,
                                      .added = added,
                                      .added_count = 2,
                                      .added_at_end = true,
                                      .removed = removed,
                                      .removed_count = 1};
    struct mta_outcome o = outcome_of(&d, MILTER_LEADING_SPACE);
    assert_int_equal(o.added[0].place, RECEIVED - 1);
    assert_slice(o.added[0].name, "Authentication-Results");
    assert_int_equal(o.added[1].place, RECEIVED);
}

static void
refuses(void **state)
{
    (void)state;
    struct policy_decision d = {.action = POLICY_REJECT,
                                .reply = SCEAU_SLICE("550 5.7.1 100% x"),
                                .added = added,
                                .added_count = 3};
    struct mta_outcome o = outcome_of(&d, 0);
    assert_int_equal(o.end, MILTER_REPLY_CODE);
    assert_slice(o.code, "550 5.7.1 100% x");
    assert_int_equal(o.added_count, 0);
    d.action = POLICY_TEMPFAIL;
    d.reply = SCEAU_SLICE("451 4.7.1 later");
    assert_slice(outcome_of(&d, 0).code, "451 4.7.1 later");
}

static void
holds(void **state)
{
    (void)state;
    const struct policy_decision d = {.action = POLICY_QUARANTINE,
                                      .reason = "the policy is quarantine",
                                      .hold = true};
    struct mta_outcome o = outcome_of(&d, 0);
    assert_true(o.is_held);
    assert_slice(o.hold_reason, "the policy is quarantine");
    assert_int_equal(o.end, MILTER_REPLY_CONTINUE);
}

/* No octet of a value can begin a line of its own. */
static void
keeps_values_on_their_lines(void **state)
{
    (void)state;
    const struct policy_added_field field = {
        {"X",                           1 },
        {"a\r\nb\n c\rd\n\r\n\te\0f\n", 18}
    };
    const struct policy_decision d = {.action = POLICY_ACCEPT,
                                      .added = &field,
                                      .added_count = 1};
    assert_slice(outcome_of(&d, MILTER_LEADING_SPACE).added[0].value, "ab\n cd\n\tef");
}

static const struct {
    const char *why;
    const char *packets;
    size_t len;
} malformed[] = {
    {"length zero",                        "\0\0\0\0",                  4 },
    {"longer than what is there",          "\0\0\0\2c",                 5 },
    {"half a length",                      "\0\0\0",                    3 },
    {"a reply there is not",               "\0\0\0\1Z",                 5 },
    {"something behind the final reply",   "\0\0\0\1c\0\0\0\1c",        10},
    {"data behind continue",               "\0\0\0\2cx",                6 },
    {"a code of two digits",               "\0\0\0\5y55 \0",            9 },
    {"a code that accepts",                "\0\0\0\6y250 \0",           10},
    {"a reply cut at a NUL",               "\0\0\0\011y550 x\0y\0",     13},
    {"a field without a name",             "\0\0\0\4h\0x\0",            8 },
    {"a field without the end of value",   "\0\0\0\4hA\0x",             8 },
    {"a deletion of a field there is not", "\0\0\0\011m\0\0\0\4To\0\0", 13},
    {"an insertion without a place",       "\0\0\0\3i\0\0",             7 },
};

static void
refuses_malformed_replies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        struct sceau_slice packets =
            unit_copy((struct sceau_slice){malformed[i].packets, malformed[i].len});
        struct mta_outcome o;
        UNIT_CASE(malformed[i].why);
        assert_int_equal(mta_outcome_read(unit_arena, packets, received, RECEIVED, 0,
                                          &o),
                         SCEAU_E_SYNTAX);
        unit_free(packets);
    }
}

/* A changed field is one removed and one added in its place. */
static void
plays_changes(void **state)
{
    (void)state;
    struct text out = text_new(unit_arena, SIZE_MAX);
    struct mta_outcome o;
    milter_put_change_header(&out, 2, SCEAU_SLICE("Authentication-Results"),
                             SCEAU_SLICE("new"));
    milter_put_change_from(&out, SCEAU_SLICE("<a@b>"));
    milter_put_add_rcpt(&out, SCEAU_SLICE("<c@d>"));
    milter_put_plain(&out, MILTER_REPLY_PROGRESS);
    milter_put_plain(&out, MILTER_REPLY_ACCEPT);
    assert_int_equal(mta_outcome_read(unit_arena, text_done(&out), received, RECEIVED,
                                      0, &o),
                     SCEAU_OK);
    assert_int_equal(o.removed_count, 1);
    assert_int_equal(o.removed[0].nth, 2);
    assert_int_equal(o.added[0].place, 3);
    assert_slice(o.from, "<a@b>");
    assert_int_equal(o.added_rcpt_count, 1);
    assert_int_equal(o.end, MILTER_REPLY_ACCEPT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delivers),
        cmocka_unit_test(delivers_behind_the_last_field),
        cmocka_unit_test(refuses),
        cmocka_unit_test(holds),
        cmocka_unit_test(keeps_values_on_their_lines),
        cmocka_unit_test(refuses_malformed_replies),
        cmocka_unit_test(plays_changes),
    };
    return cmocka_run_group_tests_name("milter/mta", tests, unit_arena_up,
                                       unit_arena_down);
}
