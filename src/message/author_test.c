/* Who wrote it: one domain, or the reason why not. */
#include "sceau/message.h"

#include "../../tests/unit.h"
#include "core/text.h"

static struct sceau_author
author_of(struct sceau_slice from)
{
    struct sceau_header header = {0};
    struct sceau_author author;
    sceau_header_add(unit_arena, &header, SCEAU_SLICE("From"), from);
    sceau_author_find(unit_arena, &header, &author);
    return author;
}

static const struct {
    const char *from;
    const char *domain;
    const char *local;
    const char *display;
    size_t mailboxes;
    const char *why;
} found[] = {
  /* RFC 5322 appendix A, and the obsolete forms of A.6 */
    {" John Doe <jdoe@machine.example>",                                "machine.example",       "jdoe",          "John Doe",               1,
     "A.1.1"                                                                                                                                                                          },
    {" \"Joe Q. Public\" <john.q.public@example.com>",                  "example.com",           "john.q.public",
     "\"Joe Q. Public\"",                                                                                                                   1, "A.1.2"                                },
    {" Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "silly.test",
     "pete",                                                                                                      "Pete",                   1, "A.5, comments everywhere"             },
    {" Joe Q. Public <john.q.public@example.com>",                      "example.com",           "john.q.public",
     "Joe Q. Public",                                                                                                                       1, "A.6.1, dots in a phrase"              },
    {" Mary Smith <@node.test:mary@example.net>",                       "example.net",           "mary",          "Mary Smith",
     1,                                                                                                                                        "A.6.1, a route"                       },
    {" jdoe@test  . example",                                           "test.example",          "jdoe",          "",                       1,
     "A.6.1, spaces around a dot"                                                                                                                                                     },
    {" John Doe <jdoe@machine(comment).  example>",                     "machine.example",       "jdoe",
     "John Doe",                                                                                                                            1, "A.6.3, comment and spaces in a domain"},
 /* plain and honest */
    {"a@x.test",                                                        "x.test",                "a",             "",                       1, "nothing but the address"              },
    {" <a@x.test>",                                                     "x.test",                "a",             "",                       1, "in angle brackets"                    },
    {" a@x.test (Ann Example)",                                         "x.test",                "a",             "",                       1, "the old form of a name"               },
    {" (hello) a@x.test",                                               "x.test",                "a",             "",                       1, "a comment in front"                   },
    {" Ann <a@x.test> (at home)",                                       "x.test",                "a",             "Ann",                    1, "a comment behind"                     },
    {" =?utf-8?Q?Ann_=C3=A9?= <a@x.test>",                              "x.test",                "a",             "=?utf-8?Q?Ann_=C3=A9?=", 1,
     "RFC 2047 in a name"                                                                                                                                                             },
    {" =?utf-8?B?w6k=?=\r\n\t=?utf-8?B?w6k=?= <a@x.test>",              "x.test",                "a",
     "=?utf-8?B?w6k=?=\r\n\t=?utf-8?B?w6k=?=",                                                                                              1, "RFC 2047 folded"                      },
    {" Ren\xc3\xa9 <a@x.test>",                                         "x.test",                "a",             "Ren\xc3\xa9",            1,
     "UTF-8 in a name (RFC 6532)"                                                                                                                                                     },
    {" Ren\xe9 <a@x.test>",                                             "x.test",                "a",             "Ren\xe9",                1,
     "Latin-1 in a name: sloppy, no doubt"                                                                                                                                            },
    {" \"Ann \\\"A\\\" Example\" <a@x.test>",                           "x.test",                "a",
     "\"Ann \\\"A\\\" Example\"",                                                                                                           1, "quoted pairs in a name"               },
    {" \"a@y.test\" <a@x.test>",                                        "x.test",                "a",             "\"a@y.test\"",           1,
     "a quoted address is a name, FRM-33"                                                                                                                                             },
    {" a@x.test (b@y.test)",                                            "x.test",                "a",             "",                       1, "an address in a comment, FRM-22b"     },
    {" Ann\r\n <a@x.test>",                                             "x.test",                "a",             "Ann",                    1, "folded"                               },
    {" Ann \"the\" Example <a@x.test>",                                 "x.test",                "a",             "Ann \"the\" Example",    1,
     "words of both kinds"                                                                                                                                                            },
    {" O'Neil-Smith & Co. <a@x.test>",                                  "x.test",                "a",             "O'Neil-Smith & Co.",     1,
     "atext and dots"                                                                                                                                                                 },
    {" Service [bot] <a@x.test>",                                       "x.test",                "a",             "Service [bot]",          1,
     "brackets in a name: sloppy, no doubt"                                                                                                                                           },
    {" a@x.test <a@x.test>",                                            "x.test",                "a",             "a@x.test",               1,
     "the address as its own name: sloppy, no doubt"                                                                                                                                  },
    {" a@X.test <b@x.TEST>",                                            "x.test",                "b",             "a@X.test",               1,
     "another address of the same domain"                                                                                                                                             },
    {" \"\" <a@x.test>",                                                "x.test",                "a",             "\"\"",                   1, "an empty name"                        },
 /* local parts */
    {" \"b@y.test\"@x.test",                                            "x.test",                "b@y.test",      "",                       1, "a quoted at, FRM-23"                  },
    {" \"a b\\\"c\"@x.test",                                            "x.test",                "a b\"c",        "",                       1, "unquoted for us"                      },
    {" a%y.test@x.test",                                                "x.test",                "a%y.test",      "",                       1, "percent hack, FRM-42"                 },
    {" a..b.@x.test",                                                   "x.test",                "a..b.",         "",                       1, "dots as some carriers gave them out"  },
    {" a . b@x.test",                                                   "x.test",                "a.b",           "",                       1, "obs-local-part"                       },
    {" a @ x.test",                                                     "x.test",                "a",             "",                       1, "white space around the at (3.2.3)"    },
    {" r\xc3\xa9n@x.test",                                              "x.test",                "r\xc3\xa9n",    "",                       1,
     "a UTF-8 local part (RFC 6532)"                                                                                                                                                  },
 /* domains */
    {" <a@X.Test>",                                                     "x.test",                "a",             "",                       1, "lower case"                           },
    {" <a@x.test.>",                                                    "x.test",                "a",             "",                       1, "a final dot, FRM-40"                  },
    {" <a@b\xc3\xbc"
     "cher.example>",                                              "xn--bcher-kva.example", "a",             "",                       1, "U-label"                              },
    {" <a@x\xef\xbc\x8e"
     "test>",                                                      "x.test",                "a",             "",                       1, "fullwidth full stop, FRM-25"          },
    {" <a@x.\r\n\ttest>",                                               "x.test",                "a",             "",                       1, "a fold behind the first dot, FRM-48"  },
    {" <a@ex_ample.test>",                                              "ex_ample.test",         "a",             "",                       1, "an underscore"                        },
    {" root@localhost",                                                 "localhost",             "root",          "",                       1, "one label"                            },
    {" a@x.test(.y.test)",                                              "x.test",                "a",             "",                       1,
     "a comment behind the domain, FRM-22a"                                                                                                                                           },
 /* lists and groups */
    {" A <a@x.test>, b@x.test",                                         "x.test",                "a",             "A",                      2,
     "two mailboxes of one domain, FRM-30"                                                                                                                                            },
    {" a@x.test, b@X.TEST.",                                            "x.test",                "a",             "",                       2, "the same in other letters"            },
    {" ,, a@x.test, ,",                                                 "x.test",                "a",             "",                       1, "null members (4.4)"                   },
    {" (x), a@x.test",                                                  "x.test",                "a",             "",                       1, "a null member with a comment"         },
    {" Staff: a@x.test, <b@x.test>;",                                   "x.test",                "a",             "",                       2, "a group (RFC 6854)"                   },
    {" Staff:a@x.test;, b@x.test",                                      "x.test",                "a",             "",                       2, "a group and a mailbox"                },
    {" None:;, b@x.test",                                               "x.test",                "b",             "",                       1, "an empty group and a mailbox"         },
    {" A: a@x.test;, \"B, C\": b@x.test;",                              "x.test",                "a",             "",                       2, "two groups"                           },
    {" <@r.test,@s.test:a@x.test>",                                     "x.test",                "a",             "",                       1, "a route of two, FRM-09"               },
    {" <,@r.test, ,@s.test : a@x.test>",                                "x.test",                "a",             "",                       1,
     "a route with holes (4.4)"                                                                                                                                                       },
};

static void
finds_the_author(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof found / sizeof *found; i++) {
        struct sceau_author author = author_of(sceau_slice_from(found[i].from));
        UNIT_CASE(found[i].why);
        assert_int_equal(author.status, SCEAU_AUTHOR_ONE);
        assert_slice(author.domain, found[i].domain);
        assert_slice(author.local, found[i].local);
        assert_slice(author.display, found[i].display);
        assert_int_equal(author.mailboxes, found[i].mailboxes);
        assert_null(author.reason);
        assert_int_equal(author.offset, 0);
    }
}

static const struct {
    const char *from;
    enum sceau_author_status status;
    size_t offset;
    const char *why;
} refused[] = {
    {" a@x.test, b@y.test",                       SCEAU_AUTHOR_SEVERAL_DOMAINS, 11, "two domains, FRM-07"           },
    {" <a@x.test>,<b@y.test>",                    SCEAU_AUTHOR_SEVERAL_DOMAINS, 12, "two domains, FRM-11"           },
    {" Staff: a@x.test, b@y.test;",               SCEAU_AUTHOR_SEVERAL_DOMAINS, 18,
     "two domains in a group, FRM-16"                                                                               },
    {" a@x.test, b@sub.x.test",                   SCEAU_AUTHOR_SEVERAL_DOMAINS, 11,
     "a subdomain is another domain"                                                                                },
    {" a@[192.0.2.1]",                            SCEAU_AUTHOR_NO_DOMAIN,       1,  "an address literal"            },
    {" a@x.test, b@[192.0.2.1]",                  SCEAU_AUTHOR_NO_DOMAIN,       11,
     "a literal beside a domain"                                                                                    },
    {" undisclosed-recipients:;",                 SCEAU_AUTHOR_NO_DOMAIN,       0,  "an empty group, FRM-15"        },
    {" A:;, B: (x) ;",                            SCEAU_AUTHOR_NO_DOMAIN,       0,  "two empty groups"              },
    {"",                                          SCEAU_AUTHOR_SYNTAX,          0,  "nothing"                       },
    {" (a@x.test)",                               SCEAU_AUTHOR_SYNTAX,          11, "only a comment"                },
    {" ,",                                        SCEAU_AUTHOR_SYNTAX,          2,  "only a comma"                  },
    {" <>",                                       SCEAU_AUTHOR_SYNTAX,          2,  "the null path is no author"    },
    {" root",                                     SCEAU_AUTHOR_SYNTAX,          5,  "no domain"                     },
    {" root, a@x.test",                           SCEAU_AUTHOR_SYNTAX,          5,  "no domain in the first, FRM-31"},
    {" a@x.test, root",                           SCEAU_AUTHOR_SYNTAX,          15, "no domain in the last"         },
    {" Doe, John <a@x.test>",                     SCEAU_AUTHOR_SYNTAX,          4,  "an unquoted comma in a name"   },
    {" =?utf-8?B?PGFAeC50ZXN0Pg==?=, <b@y.test>", SCEAU_AUTHOR_SYNTAX,          29,
     "an encoded-word for an address, FRM-08"                                                                       },
    {" =?utf-8?Q?a=40x.test=0A?=@y.test",         SCEAU_AUTHOR_SYNTAX,          26,
     "an encoded-word as local part, FRM-21"                                                                        },
    {" \"=?utf-8?Q?a?=\"@y.test",                 SCEAU_AUTHOR_SYNTAX,          16, "the same in quotes"            },
    {" a@x.test <b@y.test>",                      SCEAU_AUTHOR_SYNTAX,          1,  "an address for a name, FRM-46" },
    {" <a@x.test>:<b@y.test>",                    SCEAU_AUTHOR_SYNTAX,          11, "FRM-17"                        },
    {" <a@x.test> <b@y.test>",                    SCEAU_AUTHOR_SYNTAX,          12,
     "two addresses without a comma"                                                                                },
    {" <a@x.test> b",                             SCEAU_AUTHOR_SYNTAX,          12, "text behind the address"       },
    {" a@x.test b@y.test",                        SCEAU_AUTHOR_SYNTAX,          10, "two addresses without a comma" },
    {" a@x.test@y.test",                          SCEAU_AUTHOR_SYNTAX,          9,  "two at signs"                  },
    {" <a@x.test@y.test>",                        SCEAU_AUTHOR_SYNTAX,          10, "two at signs in brackets"      },
    {" Ann <a@x.test",                            SCEAU_AUTHOR_SYNTAX,          14, "no closing bracket, FRM-34"    },
    {" Ann a@x.test>",                            SCEAU_AUTHOR_SYNTAX,          6,  "no opening bracket"            },
    {" <<a@x.test>>",                             SCEAU_AUTHOR_SYNTAX,          2,  "two brackets"                  },
    {" John Doe@x.test",                          SCEAU_AUTHOR_SYNTAX,          9,  "a space in a local part"       },
    {" \"a\"b@x.test",                            SCEAU_AUTHOR_SYNTAX,          5,  "two words without a dot"       },
    {" [a]@x.test",                               SCEAU_AUTHOR_SYNTAX,          4,  "brackets in a local part"      },
    {" .a@x.test",                                SCEAU_AUTHOR_SYNTAX,          1,  "a dot in front"                },
    {" .Ann <a@x.test>",                          SCEAU_AUTHOR_SYNTAX,          1,  "a dot in front of a name"      },
    {" @x.test",                                  SCEAU_AUTHOR_SYNTAX,          1,  "no local part"                 },
    {" <@x.test>",                                SCEAU_AUTHOR_SYNTAX,          9,  "a route without an address"    },
    {" <@r.test a@x.test>",                       SCEAU_AUTHOR_SYNTAX,          10, "a route without its colon"     },
    {" a@",                                       SCEAU_AUTHOR_SYNTAX,          3,  "no domain behind the at"       },
    {" a@x..test",                                SCEAU_AUTHOR_SYNTAX,          5,  "an empty label"                },
    {" a@.x.test",                                SCEAU_AUTHOR_SYNTAX,          3,  "an empty label"                },
    {" a@x.test (c) .y.test",                     SCEAU_AUTHOR_SYNTAX,          9,
     "a comment spliced into a domain, FRM-22"                                                                      },
    {" a@x.test. y.test",                         SCEAU_AUTHOR_SYNTAX,          9,  "a space spliced into a domain" },
    {" a@x.test.\r\n y.test",                     SCEAU_AUTHOR_SYNTAX,          9,  "a fold spliced into a domain"  },
    {" a@x!y.test",                               SCEAU_AUTHOR_SYNTAX,          1,  "no octet of a domain name"     },
    {" a@\"x.test\"",                             SCEAU_AUTHOR_SYNTAX,          3,  "a quoted domain"               },
    {" a@x\xe9.test",                             SCEAU_AUTHOR_SYNTAX,          1,  "a domain that is no UTF-8"     },
    {" r\xe9@x.test",                             SCEAU_AUTHOR_SYNTAX,          3,  "a local part that is no UTF-8" },
    {" \"Ann <a@x.test>",                         SCEAU_AUTHOR_SYNTAX,          16, "a quote never closed"          },
    {" (Ann <a@x.test>",                          SCEAU_AUTHOR_SYNTAX,          16, "a comment never closed"        },
    {" Ann) <a@x.test>",                          SCEAU_AUTHOR_SYNTAX,          4,  "a comment never opened"        },
    {" a@x.test\r",                               SCEAU_AUTHOR_SYNTAX,          9,  "a CR alone"                    },
    {" a@x.test\rb@y.test",                       SCEAU_AUTHOR_SYNTAX,          9,  "a CR alone between addresses"  },
    {" \"a\rb\" <a@x.test>",                      SCEAU_AUTHOR_SYNTAX,          3,  "a CR alone in a quoted string" },
    {" Ann\x1b <a@x.test>",                       SCEAU_AUTHOR_SYNTAX,          4,  "a control octet"               },
    {" \"Ann\x01\" <a@x.test>",                   SCEAU_AUTHOR_SYNTAX,          5,  "a control octet in quotes"     },
    {" Staff: a@x.test",                          SCEAU_AUTHOR_SYNTAX,          16, "a group never closed"          },
    {" Staff: B: a@x.test;;",                     SCEAU_AUTHOR_SYNTAX,          9,  "a group in a group"            },
    {" :a@x.test;",                               SCEAU_AUTHOR_SYNTAX,          1,  "a group without a name"        },
    {" a@x.test;",                                SCEAU_AUTHOR_SYNTAX,          9,  "a semicolon without a group"   },
    {" a@x.test; b@x.test",                       SCEAU_AUTHOR_SYNTAX,          9,  "a semicolon for a comma"       },
    {" Staff: a@x.test; b@x.test",                SCEAU_AUTHOR_SYNTAX,          18, "no comma behind a group"       },
    {" \"b@y.test\"[bot]<a@x.test>",              SCEAU_AUTHOR_SYNTAX,          16,
     "a quoted address before a bracket: two addresses to some"                                                     },
    {" =?utf-8?Q?b=40y.test?= [bot] <a@x.test>",  SCEAU_AUTHOR_SYNTAX,          30,
     "an encoded one before a bracket"                                                                              },
    {" a\\b <a@x.test>",                          SCEAU_AUTHOR_SYNTAX,          2,  "a backslash outside quotes"    },
};

static void
says_why_there_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct sceau_author author = author_of(sceau_slice_from(refused[i].from));
        UNIT_CASE(refused[i].why);
        assert_int_equal(author.status, refused[i].status);
        assert_int_equal(author.offset, refused[i].offset);
        assert_int_equal(author.domain.len, 0);
        assert_int_equal(author.local.len, 0);
        assert_int_equal(author.display.len, 0);
        assert_non_null(author.reason);
    }
    struct sceau_slice with_nul = {" a@x.test\0@y.test", 17};
    assert_int_equal(author_of(with_nul).status, SCEAU_AUTHOR_SYNTAX); /* FRM-19 */
    assert_int_equal(author_of(with_nul).offset, 9);
}

/* Whole header blocks: what damages one damages the author. */
static const struct {
    const char *message;
    enum sceau_author_status status;
    const char *why;
} blocks[] = {
    {"From: a@x.test\r\n\r\n",                               SCEAU_AUTHOR_ONE,          "the control"                   },
    {"From : a@x.test\r\n\r\n",                              SCEAU_AUTHOR_ONE,          "a space before the colon (4.5)"},
    {"To: a@x.test\r\nSender: b@x.test\r\n\r\n",             SCEAU_AUTHOR_NO_FROM,
     "Sender is no From, FRM-13"                                                                                        },
    {"From: a@x.test\r\nFrom: b@x.test\r\n\r\n",             SCEAU_AUTHOR_SEVERAL_FROM,
     "two From fields, FRM-01"                                                                                          },
    {"fRoM: a@x.test\r\nFROM\t: a@x.test\r\n\r\n",           SCEAU_AUTHOR_SEVERAL_FROM,
     "in other letters, FRM-03, FRM-37"                                                                                 },
    {"From: a@x.test\r\nFrom:\r\n\r\n",                      SCEAU_AUTHOR_SEVERAL_FROM,
     "the second one empty"                                                                                             },
    {" X: y\r\nFrom: a@x.test\r\n\r\n",                      SCEAU_AUTHOR_HEADER,
     "a first line that continues nothing, FRM-02"                                                                      },
    {"From: a@x.test\r\nnonsense\r\nFrom: b@y.test\r\n\r\n", SCEAU_AUTHOR_HEADER,
     "readers go on, or stop, FRM-39"                                                                                   },
    {"From\r\n : a@x.test\r\n\r\n",                          SCEAU_AUTHOR_HEADER,
     "a fold before the colon, FRM-05"                                                                                  },
    {": y\r\nFrom: a@x.test\r\n\r\n",                        SCEAU_AUTHOR_HEADER,       "an empty name, WIR-07"         },
    {"From\xc2\xa0: b@y.test\r\nFrom: a@x.test\r\n\r\n",     SCEAU_AUTHOR_HEADER,
     "almost a second From"                                                                                             },
    {"Subject: y\nFrom: b@y.test\r\nFrom: a@x.test\r\n\r\n", SCEAU_AUTHOR_HEADER,
     "a second From behind a bare LF"                                                                                   },
    {"Subject: y\rFrom: b@y.test\r\nFrom: a@x.test\r\n\r\n", SCEAU_AUTHOR_ONE,
     "a bare CR elsewhere, WIR-03"                                                                                      },
    {"\r\nFrom: a@x.test\r\n",                               SCEAU_AUTHOR_NO_FROM,      "an empty header block, WIR-14b"},
    {"",                                                     SCEAU_AUTHOR_NO_FROM,      "an empty message"              },
};

static struct sceau_author
author_of_message(struct sceau_slice message)
{
    struct sceau_message_reader reader;
    struct sceau_author author;
    struct sceau_slice body;
    sceau_message_reader_init(&reader, unit_arena);
    sceau_message_reader_feed(&reader, message, &body);
    sceau_message_reader_end(&reader, &body);
    sceau_author_find(unit_arena, &reader.header, &author);
    return author;
}

static void
a_damaged_header_has_no_author(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        struct sceau_author author =
            author_of_message(sceau_slice_from(blocks[i].message));
        UNIT_CASE(blocks[i].why);
        assert_int_equal(author.status, blocks[i].status);
        assert_int_equal(author.reason == NULL, author.status == SCEAU_AUTHOR_ONE);
    }
    /* A NUL in another field says nothing about the author (attack case DKM-01). */
    struct sceau_slice message = {"Subject: \0\r\nFrom: a@x.test\r\n\r\n", 31};
    assert_int_equal(author_of_message(message).status, SCEAU_AUTHOR_ONE);
}

static struct sceau_author
author_of_repeated(const char *before, const char *repeated, unsigned count,
                   const char *after)
{
    struct text t = text_new(unit_arena, SIZE_MAX);
    text_string(&t, before);
    for (unsigned i = 0; i < count; i++)
        text_string(&t, repeated);
    text_string(&t, after);
    return author_of(text_done(&t));
}

static void
holds_its_limits(void **state)
{
    (void)state;
    struct sceau_author author = author_of_repeated("", "a@x.test,", 100, "");
    assert_int_equal(author.status, SCEAU_AUTHOR_ONE);
    assert_int_equal(author.mailboxes, SCEAU_MAILBOXES_MAX);
    author = author_of_repeated("", "a@x.test,", 101, "");
    assert_int_equal(author.status, SCEAU_AUTHOR_LIMIT); /* FRM-29 */

    author = author_of_repeated("((((((((((((((((", ")", 16, "a@x.test");
    assert_int_equal(author.status, SCEAU_AUTHOR_ONE);
    author = author_of_repeated("(((((((((((((((((", ")", 17, "a@x.test");
    assert_int_equal(author.status, SCEAU_AUTHOR_LIMIT); /* SCEAU_COMMENT_DEPTH_MAX */

    author = author_of_repeated("\"b@y.test ", "x", 65536, "\" <a@x.test>");
    assert_int_equal(author.status, SCEAU_AUTHOR_ONE); /* FRM-36: never cut */
    assert_slice(author.domain, "x.test");
    author = author_of_repeated("a@", "x", 64, ".test");
    assert_int_equal(author.status, SCEAU_AUTHOR_SYNTAX); /* a label of 64 octets */
}

static void
over_a_header_limit_there_is_no_author(void **state)
{
    (void)state;
    struct sceau_header header = {0};
    struct sceau_author author;
    struct text t = text_new(unit_arena, SIZE_MAX);
    for (size_t i = 0; i < SCEAU_FIELD_MAX; i++)
        text_octet(&t, 'p');
    sceau_header_add(unit_arena, &header, SCEAU_SLICE("From"), SCEAU_SLICE("a@x.test"));
    sceau_header_add(unit_arena, &header, SCEAU_SLICE("X-Pad"), text_done(&t));
    sceau_author_find(unit_arena, &header, &author);
    assert_int_equal(author.status, SCEAU_AUTHOR_LIMIT); /* WIR-05 */
}

/* Whatever the arena still holds, the answer is the right one or the limit. */
static void
a_full_arena_is_a_limit(void **state)
{
    (void)state;
    struct sceau_header header = {0};
    unsigned whole = 0;
    sceau_header_add(unit_arena, &header, SCEAU_SLICE("From"),
                     SCEAU_SLICE("\"A B\" <a@x.test>, c@x.test"));
    for (size_t ceiling = 0; ceiling < 2048; ceiling += 16) {
        struct sceau_arena *small = sceau_arena_new(ceiling);
        struct sceau_author author;
        sceau_author_find(small, &header, &author);
        assert_true(author.status == SCEAU_AUTHOR_LIMIT ||
                    author.status == SCEAU_AUTHOR_ONE);
        whole += author.status == SCEAU_AUTHOR_ONE;
        sceau_arena_free(small);
    }
    assert_true(whole > 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_author),
        cmocka_unit_test(says_why_there_is_none),
        cmocka_unit_test(a_damaged_header_has_no_author),
        cmocka_unit_test(holds_its_limits),
        cmocka_unit_test(over_a_header_limit_there_is_no_author),
        cmocka_unit_test(a_full_arena_is_a_limit),
    };
    return cmocka_run_group_tests_name("message/author", tests, unit_arena_up,
                                       unit_arena_down);
}
