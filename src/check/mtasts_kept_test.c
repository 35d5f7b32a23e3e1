/* Looks at a policy file as text, and which answer is kept. */
#include "mtasts_kept.h"

#include "../../tests/unit.h"

#define DAY 86400

static const struct {
    const char *text; /* NULL: refused */
    const char *again;
    const char *why;
} texts[] = {
    {"1767484800 1767484700\nfine 200 text/plain; charset=utf-8\nversion: STSv1\r\n",
     "1767484800 1767484700\nfine 200 text/plain; charset=utf-8\nversion: STSv1\r\n",                               "an answer, octet for octet"},
    {"5 5\nfine 404 text/html\n<html>",                                               "5 5\nfine 404 text/html\n",
     "of others than 200 nobody reads the body"                                                                                                 },
    {"5 5\nfine 200 \n",                                                              "5 5\nfine 200 \n",           "neither type nor body"     },
    {"5 5\ncertificate 0 \nx",                                                        "5 5\ncertificate 0 \n",      "no answer at all"          },
    {"5 5\nfine 200 a b\n\n\n",                                                       "5 5\nfine 200 a b\n\n\n",    "blanks and empty lines"    },
    {"",                                                                              NULL,                         "nothing"                   },
    {"5 5",                                                                           NULL,                         "times alone"               },
    {"5\nfine 200 x\n",                                                               NULL,                         "one time"                  },
    {"5 -5\nfine 200 x\n",                                                            NULL,                         "a time before 1970"        },
    {"5 5\ngood 200 x\n",                                                             NULL,                         "another word"              },
    {"5 5\nfine 1000 x\n",                                                            NULL,                         "no status of HTTP"         },
    {"5 5 4 3\nfine 404 x\nabc",                                                      "5 5 4 3\nfine 404 x\nabc",   "a policy of before"        },
    {"5 5 4 3\nfine 200 x\nabcde",                                                    "5 5 4 3\nfine 200 x\nabcde",
     "and a body behind it"                                                                                                                     },
    {"5 5 4 9\nfine 200 x\nabcde",                                                    NULL,                         "one that is cut off"       },
    {"5 5 4\nfine 200 x\nabcde",                                                      NULL,                         "one without its length"    },
    {"5 5\nfine\n",                                                                   NULL,                         "no status"                 },
};

static void
reads_what_it_wrote(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(texts[i].text));
        struct mtasts_look look;
        UNIT_CASE(texts[i].why);
        assert_int_equal(mtasts_look_parse(text, &look), texts[i].again != NULL);
        if (texts[i].again != NULL)
            assert_slice(mtasts_look_format(unit_arena, &look), texts[i].again);
        else
            assert_true(look.tried == 0 && look.seen == 0);
        unit_free(text);
    }
}

/* What a server calls its type stays on its line. */
static void
keeps_a_line(void **state)
{
    struct mtasts_look look = {
        .tried = 1,
        .seen = 1,
        .page = {.status = 200, .type = {"a\nb\rc", 5}, .body = {"d", 1}}
    };
    (void)state;
    assert_slice(mtasts_look_format(unit_arena, &look), "1 1\nfine 200 a b c\nd");
}

/* An octet that is no UTF-8 would be three in the store, and a policy of 64 KiB too large. */
static void
keeps_its_length(void **state)
{
    struct mtasts_look look = {
        .tried = 1,
        .seen = 1,
        .page = {.status = 200,
                 .type = {"\xe9", 1},
                 .body = {"\xff\xc3\xa9\0m: \xe2\x82", 9}}
    };
    (void)state;
    assert_slice(mtasts_look_format(unit_arena, &look),
                 "1 1\nfine 200 \xe9\n?\xc3\xa9?m: ??");
}

#define FIRST  "version: STSv1\nmode: enforce\nmx: a.test\nmax_age: 864000\n"
#define SECOND "version: STSv1\nmode: testing\nmx: b.test\nmax_age: 864000\n"
#define NO_MX  "version: STSv1\nmode: none\nmax_age: 864000\n"

/* One look after another, from day 1 on; what senders may keep. */
static const struct {
    const char *body; /* NULL: 404; "": refused */
    const char *left; /* "" none */
    int day;          /* the last one of it */
    const char *why;
} days[] = {
    {NULL,    "",     0,  "never one"                         },
    {FIRST,   "",     0,  "it is there"                       },
    {NULL,    FIRST,  13, "gone: ten days from this look on"  },
    {"<html", FIRST,  13, "nor is this one, and the days stay"},
    {"",      FIRST,  13, "not reached"                       },
    {SECOND,  "",     0,  "a new one: senders ask for it"     },
    {"",      "",     0,  "not reached: it stays as it was"   },
    {NULL,    SECOND, 18, "gone"                              },
    {NO_MX,   "",     0,  "taken back"                        },
    {NULL,    "",     0,  "and gone: that binds nobody"       },
    {FIRST,   "",     0,  "again"                             },
    {NULL,    FIRST,  22, "gone"                              },
};

static void
keeps_what_senders_keep(void **state)
{
    struct mtasts_look look = {0};
    struct mtasts_policy policy;
    (void)state;
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        const char *body = days[i].body;
        bool is_refused = body != NULL && *body == '\0';
        const struct https_answer page = {
            .failure = is_refused ? HTTPS_REFUSED : HTTPS_FINE,
            .status = is_refused     ? 0
                      : body == NULL ? 404
                                     : 200,
            .body = sceau_slice_from(body != NULL ? body : ""),
        };
        UNIT_CASE(days[i].why);
        look = mtasts_look_again(unit_arena, &look, &page, (int64_t)(i + 1) * DAY);
        struct sceau_slice text = mtasts_look_format(unit_arena, &look);
        assert_true(mtasts_look_parse(text, &look));
        assert_slice(look.left.text, days[i].left);
        assert_int_equal(mtasts_left_until(unit_arena, &look.left, &policy),
                         (int64_t)days[i].day * DAY);
    }
    const struct https_answer gone = {.status = 404};
    look = mtasts_look_again(unit_arena, &look, &gone, (int64_t)22 * DAY - 1);
    assert_slice(look.left.text, FIRST);
    look = mtasts_look_again(unit_arena, &look, &gone, (int64_t)22 * DAY);
    assert_slice(look.left.text, "");
}

static const struct {
    int64_t seen, now; /* of the last answer; of this look */
    enum https_failure failure;
    bool keeps; /* the last answer */
    const char *why;
} looks[] = {
    {10 * DAY, 11 * DAY,     HTTPS_FINE,        false, "an answer"                      },
    {10 * DAY, 11 * DAY,     HTTPS_REFUSED,     true,  "nobody listens, or our firewall"},
    {10 * DAY, 11 * DAY,     HTTPS_TIMEOUT,     true,  "no answer: the same"            },
    {10 * DAY, 17 * DAY,     HTTPS_REFUSED,     false, "for a week"                     },
    {10 * DAY, 11 * DAY,     HTTPS_CERTIFICATE, false,
     "a bad certificate: senders meet it"                                               },
    {10 * DAY, 11 * DAY,     HTTPS_DNS,         true,  "DNS does not answer"            },
    {10 * DAY, 11 * DAY,     HTTPS_UNREACHABLE, true,  "no way there from here"         },
    {10 * DAY, 17 * DAY - 1, HTTPS_DNS,         true,  "a week less a second"           },
    {10 * DAY, 17 * DAY,     HTTPS_DNS,         false, "for a week"                     },
    {0,        17 * DAY,     HTTPS_DNS,         false, "there was none"                 },
};

static void
keeps_the_last_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof looks / sizeof *looks; i++) {
        const struct mtasts_look last = {.tried = looks[i].seen,
                                         .seen = looks[i].seen,
                                         .page = {.status = 200}};
        const struct https_answer page = {.failure = looks[i].failure, .status = 7};
        UNIT_CASE(looks[i].why);
        struct mtasts_look look =
            mtasts_look_again(unit_arena, &last, &page, looks[i].now);
        assert_int_equal(look.tried, looks[i].now);
        assert_int_equal(look.seen, looks[i].keeps ? last.seen : looks[i].now);
        assert_int_equal(look.page.status, looks[i].keeps ? 200 : 7);
        assert_int_equal(look.page.failure,
                         looks[i].keeps ? HTTPS_FINE : looks[i].failure);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_wrote),
        cmocka_unit_test(keeps_a_line),
        cmocka_unit_test(keeps_its_length),
        cmocka_unit_test(keeps_what_senders_keep),
        cmocka_unit_test(keeps_the_last_answer),
    };
    return cmocka_run_group_tests_name("check/mtasts_kept", tests, unit_arena_up,
                                       unit_arena_down);
}
