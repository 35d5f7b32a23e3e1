#include "html_text.h"

#include "../../tests/unit.h"

static const struct {
    const char *html, *text, *why;
} cases[] = {
    {"<p>ask <b>ann</b></p>",                           "\nask ann\n",                       "marks go, blocks end lines"  },
    {"an<i>n@</i>a.test",                               "ann@a.test",                        "what marks cut is whole"     },
    {"an<!-- x > y -->n@a.test",                        "ann@a.test",                        "and comments"                },
    {"a&#110;n&#x40;a&period;test &commat",             "ann@a.test @",
     "entities, with \";\" or without"                                                                                     },
    {"ann&#00000000000064;a.test &#x000000000000040;",  "ann@a.test @",
     "as many zeros as one likes"                                                                                          },
    {"&amp;#64; &unknown; & &#; &#xzz; &#0;",           "&#64; &unknown; & &#; &#xzz; &#0;",
     "read once; what is none stays"                                                                                       },
    {"caf&#233; &#128512;&#xd800;",                     "caf\xc3\xa9 \xf0\x9f\x98\x80?",
     "characters beyond ASCII"                                                                                             },
    {"<a href=\"https://x.test/?a=1&amp;b\">x</a>",     " <https://x.test/?a=1&b> x",
     "a link before its words"                                                                                             },
    {"<img src=x.png alt='a>b'><a href = 'y'>z",        " <x.png> <y> z",
     "without quotes, with others, and a mark that a quoted > does not end"                                                },
    {"<img src='data:image/png;base64,AAAA'>x",         "x",                                 "an attachment in a link"     },
    {"<style>p { x: y }</style><script>a<b </script>x", "x",                                 "what nobody reads"           },
    {"<SCRIPT>x",                                       "",                                  "and has no end"              },
    {"a < b <3 x<",                                     "a < b <3 x<",                       "no marks"                    },
    {"x<a href=\"y",                                    "x <y> ",                            "a mark without an end"       },
    {"a\r\n  b<br>\n\n c",                              "a b\nc",                            "blanks of the source are one"},
    {"",                                                "",                                  "nothing"                     },
};

static void
reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sceau_slice in = unit_copy(sceau_slice_from(cases[i].html));
        UNIT_CASE(cases[i].why);
        assert_slice(html_as_text(unit_arena, in, true), cases[i].text);
        unit_free(in);
    }
    assert_slice(html_as_text(unit_arena, SCEAU_SLICE("caf\xe9 &#233; &#64;"), false),
                 "caf\xe9 ? @");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
    };
    return cmocka_run_group_tests(tests, unit_arena_up, unit_arena_down);
}
