/* This host's lists: which posts are rewritten, refused, left alone; and what the new From
 * says, read back by the reader that finds authors. */
#include "list.h"

#include "../../tests/unit.h"
#include "core/text.h"
#include "policy_testing.h"

static const struct policy_list dev = {
    .address = {"dev@lists.test", 14},
      .rewrite_from = POLICY_REWRITE_DMARC
};

/* -- what to do -- */

static const struct {
    const char *why;
    enum policy_rewrite_from rewrite;
    bool refuse;
    enum sceau_dmarc_result result;
    enum sceau_dmarc_policy policy;
    bool has_record;
    const char *from;
    enum list_step step;
} steps[] = {
    {"a strict policy, passed",                POLICY_REWRITE_DMARC,  false, SCEAU_DMARC_PASS,
     SCEAU_DMARC_POLICY_REJECT,                                                                                           true,  "ann@example.com", LIST_REWRITE},
    {"quarantine is strict too",               POLICY_REWRITE_DMARC,  false, SCEAU_DMARC_FAIL,
     SCEAU_DMARC_POLICY_QUARANTINE,                                                                                       true,  "ann@example.com", LIST_REWRITE},
    {"none is not",                            POLICY_REWRITE_DMARC,  false, SCEAU_DMARC_PASS,
     SCEAU_DMARC_POLICY_NONE,                                                                                             true,  "ann@example.com", LIST_NOTHING},
    {"nor no record",                          POLICY_REWRITE_DMARC,  false, SCEAU_DMARC_NONE,
     SCEAU_DMARC_POLICY_REJECT,                                                                                           false, "ann@example.com", LIST_NOTHING},
    {"DNS did not tell: the safe way",         POLICY_REWRITE_DMARC,  false,
     SCEAU_DMARC_TEMPERROR,                                                                    SCEAU_DMARC_POLICY_NONE,   false, "ann@example.com",
     LIST_REWRITE                                                                                                                                               },
    {"always",                                 POLICY_REWRITE_ALWAYS, false, SCEAU_DMARC_NONE, SCEAU_DMARC_POLICY_NONE,
     false,                                                                                                                      "ann@example.com", LIST_REWRITE},
    {"the list itself wrote",                  POLICY_REWRITE_ALWAYS, true,  SCEAU_DMARC_PASS,
     SCEAU_DMARC_POLICY_REJECT,                                                                                           true,  "Dev@lists.test",  LIST_NOTHING},
    {"never",                                  POLICY_REWRITE_NEVER,  false, SCEAU_DMARC_PASS, SCEAU_DMARC_POLICY_REJECT,
     true,                                                                                                                       "ann@example.com", LIST_NOTHING},
    {"L2: refused instead",                    POLICY_REWRITE_NEVER,  true,  SCEAU_DMARC_PASS,
     SCEAU_DMARC_POLICY_REJECT,                                                                                           true,  "ann@example.com", LIST_REFUSE },
    {"L2 beats rewriting",                     POLICY_REWRITE_ALWAYS, true,  SCEAU_DMARC_PASS,
     SCEAU_DMARC_POLICY_QUARANTINE,                                                                                       true,  "ann@example.com", LIST_REFUSE },
    {"L2 asks for a strict policy",            POLICY_REWRITE_NEVER,  true,  SCEAU_DMARC_PASS,
     SCEAU_DMARC_POLICY_NONE,                                                                                             true,  "ann@example.com", LIST_NOTHING},
    {"nobody is refused because DNS was slow", POLICY_REWRITE_NEVER,  true,
     SCEAU_DMARC_TEMPERROR,                                                                    SCEAU_DMARC_POLICY_NONE,   false, "ann@example.com",
     LIST_NOTHING                                                                                                                                               },
    {"two authors in two From fields",         POLICY_REWRITE_ALWAYS, true,
     SCEAU_DMARC_PERMERROR,                                                                    SCEAU_DMARC_POLICY_NONE,   false, NULL,              LIST_NOTHING},
};

static struct sceau_author
author_of(struct sceau_header *header, struct sceau_slice from)
{
    struct sceau_author author;
    *header = (struct sceau_header){0};
    assert_int_equal(sceau_header_add(unit_arena, header, SCEAU_SLICE("From"), from),
                     SCEAU_OK);
    sceau_author_find(unit_arena, header, &author);
    return author;
}

static void
takes_steps(void **state)
{
    (void)state;
    static const struct sceau_dmarc_record record;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct policy_list list = dev;
        struct sceau_verdict v = {.author = {.status = SCEAU_AUTHOR_SEVERAL_FROM}};
        struct sceau_header header;
        UNIT_CASE(steps[i].why);
        list.rewrite_from = steps[i].rewrite;
        list.refuse_restrictive = steps[i].refuse;
        if (steps[i].from != NULL)
            v.author = author_of(&header, sceau_slice_from(steps[i].from));
        v.dmarc.result = steps[i].result;
        v.dmarc.policy = steps[i].policy;
        v.dmarc.record = steps[i].has_record ? &record : NULL;
        assert_int_equal(list_step_of(&list, &v), steps[i].step);
    }
}

/* -- L3: known by its address in the envelope, each by its own entry -- */

static void
knows_its_address(void **state)
{
    (void)state;
    static const struct {
        const char *to[2];
        int list; /* -1: none */
        const char *why;
    } cases[] = {
        {{"dev@lists.test", NULL},             0,  "the list"                                       },
        {{"DEV@lists.test", NULL},
         0,                                        "letter case of a local part does not count here"},
        {{"ops@lists.test", NULL},             1,  "another one, with its own settings"             },
        {{"off@lists.test", NULL},             -1, "one that never does anything"                   },
        {{"ann@lists.test", NULL},             -1, "a person of the same domain"                    },
        {{"dev@lists.test.evil.test", NULL},   -1, "a name that begins the same"                    },
        {{"dev@lists.test", "dev@lists.test"}, 0,  "twice the same"                                 },
        {{"dev@lists.test", "ann@lists.test"}, -1, "a mix"                                          },
        {{"dev@lists.test", "ops@lists.test"}, -1, "two lists"                                      },
        {{"", NULL},                           -1, "a path that is none"                            },
    };
    const struct policy_list lists[] = {
        dev,
        {.address = SCEAU_SLICE("ops@lists.test"), .refuse_restrictive = true},
        {.address = SCEAU_SLICE("off@lists.test")                                       },
    };
    const struct policy_config config = {.lists = lists, .list_count = 3};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sceau_slice to[2];
        struct policy_facts facts = {.recipients = to};
        UNIT_CASE(cases[i].why);
        for (size_t k = 0; k < 2 && cases[i].to[k] != NULL; k++) {
            to[k] = sceau_slice_from(cases[i].to[k]);
            facts.recipient_count = facts.recipients_known = k + 1;
        }
        const struct policy_list *list = list_of_message(&config, &facts);
        assert_ptr_equal(list, cases[i].list < 0 ? NULL : &lists[cases[i].list]);
    }
}

/* -- names -- */

static const struct {
    const char *why;
    const char *from, *list_name;
    const char *expected; /* folds as \n\t; NULL: only what holds for all */
} names[] = {
    {"as L1 has it",                                              "Ann <ann@example.com>",                   "List",
     "\"Ann via List\" <dev@lists.test>"                                                                                                                                 },
    {"no name of the list: its local part",                       "Ann <ann@example.com>",                   "",
     "\"Ann via dev\" <dev@lists.test>"                                                                                                                                  },
    {"no display name: the author's local part, not his address", "ann@example.com",                         "",
     "\"ann via dev\" <dev@lists.test>"                                                                                                                                  },
    {"quotes and commas",                                         "\"Doe, \\\"Ann\\\"\" <ann@example.com>",  "",
     "\"Doe, \\\"Ann\\\" via dev\" <dev@lists.test>"                                                                                                                     },
    {"a backslash at the end",                                    "\"Ann\\\\\" <ann@example.com>",           "",
     "\"Ann\\\\ via dev\" <dev@lists.test>"                                                                                                                              },
    {"an encoded word is decoded, and written anew",
     "=?iso-8859-1?q?J=FCrgen?= <j@example.com>",                                                            "",
     "=?UTF-8?B?SsO8cmdlbiB2aWEgZGV2?= <dev@lists.test>"                                                                                                                 },
    {"8-bit UTF-8 becomes ASCII",                                 "J\xc3\xbcrgen <j@example.com>",           "",
     "=?UTF-8?B?SsO8cmdlbiB2aWEgZGV2?= <dev@lists.test>"                                                                                                                 },
    {"the list's own name too",                                   "Ann <ann@example.com>",                   "D\xc3\xa9v",
     "=?UTF-8?B?QW5uIHZpYSBEw6l2?= <dev@lists.test>"                                                                                                                     },
    {"octets that are no UTF-8, decoded",                         "=?utf-8?b?//5B?= <ann@example.com>",      "",
     NULL                                                                                                                                                                },
    {"line ends inside an encoded word",
     "=?utf-8?q?Ann=0D=0ABcc=3A_x?= <ann@example.com>",                                                      "",
     "\"Ann Bcc: x via dev\" <dev@lists.test>"                                                                                                                           },
    {"an address inside a name stays a name",                     "\"admin@bank.test\" <ann@example.com>",
     "",                                                                                                                   "\"admin@bank.test via dev\" <dev@lists.test>"},
    {"a name that reads as an address and a comma",               "\"a@b.test, c\" <ann@example.com>",
     "",                                                                                                                   NULL                                          },
    {"an encoded word within an encoded word",
     "=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?= <ann@example.com>",                                              "",
     "=?UTF-8?B?PT91dGYtOD9xP3g/PSB2aWEgZGV2?= <dev@lists.test>"                                                                                                         },
    {"right-to-left marks are gone",                              "=?utf-8?b?4oCuQW5u?= <ann@example.com>",  "",
     "\"Ann via dev\" <dev@lists.test>"                                                                                                                                  },
    {"nothing but white space",                                   "\"  \" <ann@example.com>",                "",
     "\"ann via dev\" <dev@lists.test>"                                                                                                                                  },
    {"an IDN",
     "Ann <ann@b\xc3\xbc"
     "cher.example>",                                                                                        "",           "\"Ann via dev\" <dev@lists.test>"            },
    {"a group",                                                   "Team: ann@example.com, bob@example.com;", "",           NULL                                          },
    {"a comment",                                                 "ann@example.com (Ann (x))",               "",           NULL                                          },
};

/* Same value with CRLF folds as in the table. */
static void
check_from(const char *expected, const struct policy_list *list,
           const struct sceau_author *author)
{
    struct sceau_header header;
    struct sceau_slice value = list_from(unit_arena, list, author);
    assert_true(value.len > 0 && slice_is_ascii(value));
    if (expected != NULL)
        assert_slice(value, expected);
    const struct sceau_author read = author_of(&header, value);
    assert_int_equal(read.status, SCEAU_AUTHOR_ONE);
    assert_int_equal(read.mailboxes, 1);
    assert_slice(read.domain, "lists.test");
    assert_slice(read.local, "dev");
    assert_int_equal(header.defects, 0);
}

static void
writes_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct policy_list list = dev;
        struct sceau_header header;
        UNIT_CASE(names[i].why);
        sceau_arena_clear(unit_arena);
        list.name = sceau_slice_from(names[i].list_name);
        const struct sceau_author author =
            author_of(&header, sceau_slice_from(names[i].from));
        assert_int_equal(author.status, SCEAU_AUTHOR_ONE);
        check_from(names[i].expected, &list, &author);
    }
}

/* A name of 64 KiB, of one octet and of four each: cut between characters, lines folded. */
static void
cuts_long_names(void **state)
{
    (void)state;
    static const char *const letters[] = {"x", "\xf0\x9f\x93\xa7"};
    for (size_t i = 0; i < 2; i++) {
        struct sceau_header header;
        struct text from = text_new(unit_arena, SIZE_MAX);
        text_octet(&from, '"');
        while (from.len < 64 * 1024)
            text_string(&from, letters[i]);
        text_string(&from, "\" <ann@example.com>");
        const struct sceau_author author = author_of(&header, text_so_far(&from));
        assert_int_equal(author.status, SCEAU_AUTHOR_ONE);
        check_from(NULL, &dev, &author);
        struct sceau_slice value = list_from(unit_arena, &dev, &author), line;
        assert_true(value.len < 500);
        while (slice_next(&value, '\n', &line))
            assert_true(i == 0 || line.len <= 78); /* RFC 2047 section 2 */
    }
}

static void
writes_reply_to(void **state)
{
    (void)state;
    static const struct {
        const char *from, *expected, *why;
    } cases[] = {
        {" Ann <ann@example.com>",            "ann@example.com",                  "the address alone"      },
        {" \"a b\"@example.com",              "\"a b\"@example.com",              "quoted where it must be"},
        {" a@example.com, B <b@example.com>", "a@example.com, B <b@example.com>",
         "all authors"                                                                                     },
        {" ann@B\xc3\xbc"
         "cher.example",             "ann@xn--bcher-kva.example",        "A-labels"               },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sceau_header header;
        UNIT_CASE(cases[i].why);
        const struct sceau_author author =
            author_of(&header, sceau_slice_from(cases[i].from));
        assert_slice(list_reply_to(unit_arena, &author, &header.fields[0]),
                     cases[i].expected);
    }
}

/* -- the whole decision -- */

static const struct policy_added_field *
find_added(const struct policy_decision *d, const char *name)
{
    for (size_t i = 0; i < d->added_count; i++) {
        if (slice_eq(d->added[i].name, sceau_slice_from(name)))
            return &d->added[i];
    }
    return NULL;
}

static void
decide(struct policy_list *list, struct sceau_header *header, struct policy_decision *d)
{
    static const struct sceau_dmarc_record record;
    static const struct sceau_slice to = {"dev@lists.test", 14};
    struct policy_config config;
    const struct policy_facts facts = {.recipients = &to,
                                       .recipients_known = 1,
                                       .recipient_count = 1};
    struct sceau_verdict v = {.header = header};
    sceau_author_find(unit_arena, header, &v.author);
    v.dmarc.result = SCEAU_DMARC_PASS;
    v.dmarc.policy = SCEAU_DMARC_POLICY_REJECT;
    v.dmarc.record = &record;
    policy_config_init(&config);
    config.authserv_id = SCEAU_SLICE("mx.receiver.test");
    config.lists = list;
    config.list_count = 1;
    policy_decide(unit_arena, &config, &facts, &v, d);
}

static void
dresses_a_post(void **state)
{
    (void)state;
    struct policy_list list = dev;
    struct policy_decision d;
    struct sceau_header header;
    (void)author_of(&header, SCEAU_SLICE(" Ann\r\n <ann@example.com>"));
    (void)sceau_header_add(unit_arena, &header, SCEAU_SLICE("X-Original-From"),
                           SCEAU_SLICE(" forged@example.com"));
    decide(&list, &header, &d);
    assert_int_equal(d.action, POLICY_ACCEPT);
    assert_slice(d.changed.name, "From");
    assert_slice(d.changed.value, "\"Ann via dev\" <dev@lists.test>");
    assert_slice(find_added(&d, "X-Original-From")->value, "Ann\r\n <ann@example.com>");
    assert_slice(find_added(&d, "Reply-To")->value, "ann@example.com");
    struct sceau_slice results = find_added(&d, "Authentication-Results")->value;
    assert_non_null(memmem(results.ptr, results.len, "header.from=example.com", 23));
    assert_int_equal(d.removed_count, 1);
    assert_slice(d.removed[0].name, "X-Original-From");
    assert_non_null(
        memmem(d.log.ptr, d.log.len, "rewritten_for=\"dev@lists.test\"", 30));

    (void)sceau_header_add(unit_arena, &header, SCEAU_SLICE("Reply-To"),
                           SCEAU_SLICE(" office@example.com"));
    decide(&list, &header, &d);
    assert_null(find_added(&d, "Reply-To"));

    list.refuse_restrictive = true;
    decide(&list, &header, &d);
    assert_int_equal(d.action, POLICY_REJECT);
    assert_true(is_refusal(&d));
    assert_true(slice_starts_ci(
        d.reply,
        SCEAU_SLICE("550 5.7.1 dev@lists.test takes no posts from example.com")));
    assert_int_equal(d.changed.name.len, 0);
}

/* -- two who rewrite -- */

static const struct {
    const char *why;
    const char *from, *original;
    bool is_munged;
} munged[] = {
    {"as we wrote it",                        "\"Ann via dev\" <dev@lists.test>",         "Ann <ann@example.com>",
     false                                                                                                                      },
    {"folded, unquoted",                      "Ann via dev\r\n <DEV@lists.test>",         "Ann <ann@example.com>",
     false                                                                                                                      },
    {"encoded anew, the other way",
     "=?iso-8859-1?q?J=FCrgen_via_dev?= <dev@lists.test>",                                "J\xc3\xbcrgen <j@example.com>", false},
    {"Mailman's munge_from behind us",        "\"Ann via dev via Dev\" <dev@lists.test>",
     "Ann <ann@example.com>",                                                                                              true },
    {"the list's bare address",               "dev@lists.test",                           "Ann <ann@example.com>",         true },
    {"nobody rewrote: an author",             "Ann <ann@example.com>",                    "Ann <ann@example.com>",
     false                                                                                                                      },
    {"we did not rewrite, the software does", "\"Ann via dev\" <dev@lists.test>",         NULL,
     false                                                                                                                      },
    {"another list",                          "\"Ann via ops\" <ops@lists.test>",         "Ann <ann@example.com>",
     false                                                                                                                      },
    {"the list wrote to itself",              "Dev <dev@lists.test>",                     "dev@lists.test",                false},
    {"an original that is none",              "Dev <dev@lists.test>",                     "Ann",                           false},
};

static void
sees_two_rewrite(void **state)
{
    (void)state;
    const struct policy_config config = {.lists = &dev, .list_count = 1};
    for (size_t i = 0; i < sizeof munged / sizeof *munged; i++) {
        struct sceau_header header;
        UNIT_CASE(munged[i].why);
        (void)author_of(&header, sceau_slice_from(munged[i].from));
        if (munged[i].original != NULL)
            (void)sceau_header_add(unit_arena, &header, SCEAU_SLICE("X-Original-From"),
                                   sceau_slice_from(munged[i].original));
        assert_ptr_equal(list_munged(unit_arena, &config, &header),
                         munged[i].is_munged ? &dev : NULL);
    }
}

/* Said of what this host's own software sends, in either role; not of what anybody writes. */
static void
warns_of_its_own(void **state)
{
    (void)state;
    static const struct {
        const char *client, *login, *why;
        bool warns;
    } cases[] = {
        {"127.0.0.1",    "",     "the list's software beside us", true },
        {"198.51.100.7", "list", "or logged in",                  true },
        {"198.51.100.7", "",     "a stranger",                    false},
    };
    struct policy_config config;
    struct sceau_header header;
    policy_config_init(&config);
    config.lists = &dev;
    config.list_count = 1;
    (void)author_of(&header, SCEAU_SLICE("\"Ann via dev via Dev\" <dev@lists.test>"));
    (void)sceau_header_add(unit_arena, &header, SCEAU_SLICE("X-Original-From"),
                           SCEAU_SLICE("Ann <ann@example.com>"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct policy_facts facts = {.login = sceau_slice_from(cases[i].login)};
        struct policy_decision d[2];
        struct sceau_verdict v = {.header = &header};
        UNIT_CASE(cases[i].why);
        assert_true(sceau_ip_parse(sceau_slice_from(cases[i].client), &facts.client));
        sceau_author_find(unit_arena, &header, &v.author);
        policy_decide(unit_arena, &config, &facts, &v, &d[0]);
        policy_pass_through(unit_arena, &config, &facts, &header, &d[1]);
        for (size_t k = 0; k < 2; k++) {
            assert_int_equal(d[k].action, POLICY_ACCEPT);
            bool is_said =
                memmem(d[k].log.ptr, d[k].log.len, " warning=\"", 10) != NULL;
            assert_int_equal(is_said, cases[i].warns);
            assert_ptr_equal(d[k].munged, cases[i].warns ? &dev : NULL);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_steps),      cmocka_unit_test(knows_its_address),
        cmocka_unit_test(writes_names),     cmocka_unit_test(cuts_long_names),
        cmocka_unit_test(writes_reply_to),  cmocka_unit_test(dresses_a_post),
        cmocka_unit_test(sees_two_rewrite), cmocka_unit_test(warns_of_its_own),
    };
    return cmocka_run_group_tests_name("policy/list", tests, unit_arena_up,
                                       unit_arena_down);
}
