/* The cursor: what it takes, and that it fails once. */
#include "cursor.h"

#include "../../tests/unit.h"

static void
reads_in_sequence(void **state)
{
    (void)state;
    struct cursor c = cursor_over(SCEAU_SLICE("Include: \t12 x"));
    assert_true(cursor_accept_word(&c, SCEAU_SLICE("inCLUDE")));
    cursor_expect(&c, ':', "\":\"");
    cursor_skip_wsp(&c);
    assert_int_equal(cursor_decimal(&c, 0, 32), 12);
    cursor_skip_fws(&c);
    assert_int_equal(cursor_peek(&c), 'x');
    assert_slice(cursor_since(&c, 12), " ");
    assert_false(cursor_at_end(&c));
    assert_true(cursor_accept(&c, 'x'));
    assert_true(cursor_at_end(&c));
    assert_int_equal(cursor_peek(&c), -1);
}

static void
fails_once_and_stays(void **state)
{
    (void)state;
    struct sceau_diag diag = {0};
    struct cursor c = cursor_over(SCEAU_SLICE("ab"));
    assert_int_equal(cursor_status(&c, &diag), SCEAU_OK);
    cursor_accept(&c, 'a');
    cursor_expect(&c, 'x', "first");
    cursor_fail(&c, "second");
    assert_false(cursor_accept(&c, 'b'));
    assert_false(cursor_accept_word(&c, SCEAU_SLICE("b")));
    assert_int_equal(cursor_take_while(&c, ascii_is_alpha).len, 0);
    assert_int_equal(cursor_decimal(&c, 3, 9), 3);
    assert_int_equal(cursor_peek(&c), -1);
    assert_false(cursor_at_end(&c));
    assert_int_equal(cursor_status(&c, &diag), SCEAU_E_SYNTAX);
    assert_int_equal(diag.offset, 1);
    assert_string_equal(diag.expected, "first");
    assert_int_equal(cursor_status(&c, NULL), SCEAU_E_SYNTAX);
}

static void
an_octet_above_127_is_no_end(void **state)
{
    (void)state;
    struct cursor c = cursor_over(SCEAU_SLICE("\xff"));
    assert_int_equal(cursor_peek(&c), 0xff);
    assert_true(cursor_accept(&c, '\xff'));
}

static const struct {
    const char *text;
    unsigned min, max;
    bool is_number;
    unsigned value;
    const char *why;
} decimals[] = {
    {"0",           0, 32,  true,  0,  "zero itself"              },
    {"32/",         0, 32,  true,  32, "stops at what is no digit"},
    {"33",          0, 32,  false, 0,  "above max"                },
    {"4",           5, 32,  false, 5,  "below min, gives min"     },
    {"00",          0, 32,  false, 0,  "a leading zero"           },
    {"01",          0, 32,  false, 0,  "a leading zero"           },
    {"",            0, 32,  false, 0,  "no digit"                 },
    {"+1",          0, 32,  false, 0,  "no sign"                  },
    {"99999999999", 0, ~0U, false, 0,  "must not wrap"            },
};

static void
reads_decimals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof decimals / sizeof *decimals; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(decimals[i].text));
        struct cursor c = cursor_over(text);
        UNIT_CASE(decimals[i].why);
        assert_int_equal(cursor_decimal(&c, decimals[i].min, decimals[i].max),
                         decimals[i].value);
        assert_int_equal(cursor_ok(&c), decimals[i].is_number);
        if (!decimals[i].is_number)
            assert_int_equal(c.pos, 0); /* the diagnostic points at the number */
        unit_free(text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_in_sequence),
        cmocka_unit_test(fails_once_and_stays),
        cmocka_unit_test(an_octet_above_127_is_no_end),
        cmocka_unit_test(reads_decimals),
    };
    return cmocka_run_group_tests_name("core/cursor", tests, NULL, NULL);
}
