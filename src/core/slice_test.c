/* Slices, and the decimal reader that must not wrap. */
#include "slice.h"

#include "../../tests/unit.h"

static const struct {
    const char *text;
    uint64_t max;
    bool is_number;
    uint64_t value;
    const char *why;
} decimals[] = {
    {"0",                    9,          true,  0,          "zero"                         },
    {"18446744073709551615", UINT64_MAX, true,  UINT64_MAX, "the largest there is"         },
    {"18446744073709551616", UINT64_MAX, false, 0,          "one more must not wrap"       },
    {"256",                  255,        false, 0,          "above max"                    },
    {"7",                    5,          false, 0,          "a digit above a one-digit max"},
    {"",                     9,          false, 0,          "no digit"                     },
    {"1x",                   99,         false, 0,          "digits only"                  },
    {"-1",                   99,         false, 0,          "no sign"                      },
};

static void
reads_decimals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof decimals / sizeof *decimals; i++) {
        uint64_t value = 0;
        bool is_number =
            slice_decimal(sceau_slice_from(decimals[i].text), decimals[i].max, &value);
        UNIT_CASE(decimals[i].why);
        assert_int_equal(is_number, decimals[i].is_number);
        assert_true(value == decimals[i].value);
    }
}

static void
splits_and_trims(void **state)
{
    (void)state;
    struct sceau_slice rest = SCEAU_SLICE("a,,b"), part;
    assert_true(slice_next(&rest, ',', &part) && slice_eq(part, SCEAU_SLICE("a")));
    assert_true(slice_next(&rest, ',', &part) && part.len == 0);
    assert_true(slice_next(&rest, ',', &part) && slice_eq(part, SCEAU_SLICE("b")));
    assert_false(slice_next(&rest, ',', &part));
    assert_true(slice_eq(slice_trim(SCEAU_SLICE("\r\n x \t")), SCEAU_SLICE("x")));
    assert_true(slice_is_ascii(SCEAU_SLICE("a\0\x7f")));
    assert_false(slice_is_ascii(SCEAU_SLICE("a\x80")));
    assert_true(slice_ends_ci(SCEAU_SLICE("mail.EXAMPLE"), SCEAU_SLICE("example")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_decimals),
        cmocka_unit_test(splits_and_trims),
    };
    return cmocka_run_group_tests_name("core/slice", tests, NULL, NULL);
}
