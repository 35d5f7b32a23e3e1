/* The mailboxes of a list, one after another, as list mail needs them. */
#include "message/mailbox.h"

#include "../../tests/unit.h"

/* Each as text|display|local|domain, in brackets when it is in a group. */
static const struct {
    const char *list;
    const char *mailboxes;
    const char *why;
} cases[] = {
    {"a@x.test, B <b@y.test>",                   "a@x.test||a|x.test B <b@y.test>|B|b|y.test ",
     "two domains are fine here"                                                                                                         },
    {" A (x) <a@x.test> (y) , (z) b@y.test (w)",
     "A (x) <a@x.test>|A|a|x.test b@y.test||b|y.test ",                                              "comments are not part of a mailbox"},
    {"G: a@x.test, B<b@y.test>;, c@z.test",
     "[a@x.test||a|x.test] [B<b@y.test>|B|b|y.test] c@z.test||c|z.test ",                            "who is in the group"               },
    {"\"A, B\" <a@[192.0.2.1]>",                 "\"A, B\" <a@[192.0.2.1]>|\"A, B\"|a|[192.0.2.1] ",
     "a literal keeps its brackets"                                                                                                      },
    {"a@[192.0.2.1] (x)",                        "a@[192.0.2.1]||a|[192.0.2.1] ",                    "a literal and a comment"           },
    {"a(x) . b @ (y) x(z).test",                 "a(x) . b @ (y) x(z).test||a.b|x.test ",
     "comments inside an address"                                                                                                        },
    {"G:;",                                      "",                                                 "an empty group"                    },
};

static void
gives_them_in_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sceau_arena *arena = sceau_arena_new((size_t)64 * 1024);
        struct sceau_slice text = unit_copy(sceau_slice_from(cases[i].list));
        struct mailbox_list list = mailbox_list_over(arena, text);
        struct text seen = text_new(arena, SIZE_MAX);
        struct mailbox m;
        UNIT_CASE(cases[i].why);
        while (mailbox_list_next(&list, &m))
            text_format(&seen, "%s%.*s|%.*s|%.*s|%.*s%s ", m.is_in_group ? "[" : "",
                        SLICE_ARG(m.text), SLICE_ARG(m.display), SLICE_ARG(m.local),
                        SLICE_ARG(m.domain), m.is_in_group ? "]" : "");
        assert_true(cursor_at_end(&list.c));
        assert_slice(text_done(&seen), cases[i].mailboxes);
        unit_free(text);
        sceau_arena_free(arena);
    }
}

/* Many empty elements, groups and route hops cost time, not memory. */
static void
nothing_costs_nothing(void **state)
{
    (void)state;
    static const char *const repeated[] = {",", "a:;,", "(x),"};
    struct sceau_arena *arena = sceau_arena_new((size_t)1024 * 1024);
    for (size_t i = 0; i < sizeof repeated / sizeof *repeated; i++) {
        struct text t = text_new(arena, SIZE_MAX);
        for (int k = 0; k < 20000; k++)
            text_string(&t, repeated[i]);
        struct mailbox_list list = mailbox_list_over(arena, text_done(&t));
        struct mailbox m;
        size_t before = sceau_arena_used(arena);
        assert_false(mailbox_list_next(&list, &m));
        assert_true(cursor_at_end(&list.c));
        assert_true(sceau_arena_used(arena) - before < 1024);
        sceau_arena_clear(arena);
    }
    sceau_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_them_in_order),
        cmocka_unit_test(nothing_costs_nothing),
    };
    return cmocka_run_group_tests_name("message/mailbox", tests, NULL, NULL);
}
