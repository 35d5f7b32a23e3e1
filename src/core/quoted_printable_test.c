#include "quoted_printable.h"

#include "../../tests/unit.h"

static const struct {
    const char *text, *octets, *why;
} decoded[] = {
    {"a=40b",      "a@b",       "an octet"                                },
    {"a=4",        "a=4",       "half of one is none"                     },
    {"a=4z",       "a=4z",      "nor is this"                             },
    {"a=c3=A9",    "a\xc3\xa9", "either letter case"                      },
    {"a=\r\nb",    "ab",        "a soft line break"                       },
    {"a= \t\r\nb", "ab",        "with blanks that were added on the way"  },
    {"a  \r\nb\n", "a\nb\n",    "blanks at the end of a line are nobody's"},
    {"=",          "",          "a soft break at the end of all"          },
    {"",           "",          "nothing"                                 },
};

static const struct {
    const char *octets, *text, *why;
} written[] = {
    {"caf\xc3\xa9 = x",                                                                 "caf=C3=A9 =3D x\r\n", "what is not plain"           },
    {"a \nb\t\r\n",                                                                     "a=20\r\nb=09\r\n",    "a blank at the end of a line"},
    {"--b\n-",                                                                          "=2D-b\r\n=2D\r\n",    "no line is a boundary"       },
    {"From x\n.\n",                                                                     "=46rom x\r\n=2E\r\n",
     "nor the end of a mail, in a mailbox or over SMTP"                                                                                      },
    {"a\rb",                                                                            "a=0Db\r\n",           "a CR that ends no line"      },
    {"",                                                                                "",                    "nothing"                     },
    {"0123456789012345678901234567890123456789012345678901234567890123456789012345-67",
     "012345678901234567890123456789012345678901234567890123456789012345678901234=\r\n5-67\r\n",
     "a long line is folded"                                                                                                                 },
    {"01234567890123456789012345678901234567890123456789012345678901234567890123\xc3-",
     "01234567890123456789012345678901234567890123456789012345678901234567890123=\r\n=C3-\r\n",
     "an octet is not cut in two"                                                                                                            },
};

static void
decodes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof decoded / sizeof *decoded; i++) {
        struct sceau_slice in = unit_copy(sceau_slice_from(decoded[i].text));
        UNIT_CASE(decoded[i].why);
        assert_slice(quoted_printable_decoded(unit_arena, in), decoded[i].octets);
        unit_free(in);
    }
}

static void
writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) {
        struct sceau_slice in = unit_copy(sceau_slice_from(written[i].octets));
        struct text t = text_new(unit_arena, SIZE_MAX);
        UNIT_CASE(written[i].why);
        text_reserve(&t, 1);
        quoted_printable_write(&t, in);
        assert_slice(text_done(&t), written[i].text);
        unit_free(in);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes),
        cmocka_unit_test(writes),
    };
    return cmocka_run_group_tests(tests, unit_arena_up, unit_arena_down);
}
