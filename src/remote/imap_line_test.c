/* Lines of IMAP servers: what is read of them, and what is none. */
#include "imap_line.h"

#include "../../tests/unit.h"

static const struct {
    const char *line;
    enum imap_kind kind;
    enum imap_status status;
    const char *code, *word, *rest, *why;
} lines[] = {
    {"* OK [UIDVALIDITY 12] UIDs valid",    IMAP_UNTAGGED, IMAP_STATUS_OK,
     "UIDVALIDITY 12",                                                                     "OK",          "UIDs valid",       "a response code"         },
    {"* 4 EXISTS",                          IMAP_UNTAGGED, IMAP_STATUS_NONE, "",           "EXISTS",      "",
     "a number in front"                                                                                                                                },
    {"* 4 FETCH (UID 7)",                   IMAP_UNTAGGED, IMAP_STATUS_NONE, "",           "FETCH",       "(UID 7)",
     "a message"                                                                                                                                        },
    {"* CAPABILITY IMAP4rev1 MOVE",         IMAP_UNTAGGED, IMAP_STATUS_NONE, "",           "CAPABILITY",
     "IMAP4rev1 MOVE",                                                                                                        "a word"                  },
    {"* BYE shutting down",                 IMAP_UNTAGGED, IMAP_STATUS_BYE,  "",           "BYE",         "shutting down",
     "the server ends it"                                                                                                                               },
    {"A1 OK [READ-WRITE] Select completed", IMAP_TAGGED,   IMAP_STATUS_OK,   "READ-WRITE",
     "OK",                                                                                                "Select completed", "the end of an answer"    },
    {"A2 NO [TRYCREATE] no such mailbox",   IMAP_TAGGED,   IMAP_STATUS_NO,   "TRYCREATE",
     "NO",                                                                                                "no such mailbox",  "refused"                 },
    {"A3 bad",                              IMAP_TAGGED,   IMAP_STATUS_BAD,  "",           "bad",         "",                 "no text, small letters"  },
    {"A4 NO [half",                         IMAP_TAGGED,   IMAP_STATUS_NO,   "",           "NO",          "[half",
     "a bracket that stays open is text"                                                                                                                },
    {"+ go on",                             IMAP_CONTINUE, IMAP_STATUS_NONE, "",           "",            "go on",            "a continuation"          },
    {"A5 FINE",                             IMAP_BROKEN,   IMAP_STATUS_NONE, "",           "FINE",        "",                 "no status"               },
    {"A5 BYE",                              IMAP_BROKEN,   IMAP_STATUS_BYE,  "",           "BYE",         "",                 "BYE has no tag"          },
    {"*",                                   IMAP_BROKEN,   IMAP_STATUS_NONE, "",           "",            "",                 "nothing behind it"       },
    {"* ",                                  IMAP_BROKEN,   IMAP_STATUS_NONE, "",           "",            "",                 "an empty word"           },
    {"",                                    IMAP_BROKEN,   IMAP_STATUS_NONE, "",           "",            "",                 "an empty line"           },
    {"* 99999999999 EXISTS",                IMAP_UNTAGGED, IMAP_STATUS_NONE, "",           "99999999999",
     "EXISTS",                                                                                                                "no 32-bit number: a word"},
};

static void
reads_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct sceau_slice copy = unit_copy(sceau_slice_from(lines[i].line));
        struct imap_line line = imap_line_read(copy);
        UNIT_CASE(lines[i].why);
        assert_int_equal(line.kind, lines[i].kind);
        if (line.kind != IMAP_BROKEN) {
            assert_int_equal(line.status, lines[i].status);
            assert_slice(line.code, lines[i].code);
            assert_slice(line.word, lines[i].word);
            assert_slice(line.rest, lines[i].rest);
        }
        unit_free(copy);
    }
}

static const struct {
    const char *part;
    bool is_fine;
    uint32_t uid;
    uint64_t size;
    bool is_deleted, has_body;
    const char *why;
} parts[] = {
    {"(UID 7 FLAGS (\\Seen) RFC822.SIZE 1234)",                 true,  7,          1234, false, false,
     "what a list has"                                                                                                             },
    {"(RFC822.SIZE 1 UID 4294967295 FLAGS (\\Seen \\deleted))", true,  4294967295, 1,
     true,                                                                                      false, "the largest UID; any case" },
    {"(UID 7 BODY[] {12}",                                      true,  7,          0,    false, true,  "up to the literal"         },
    {" UID 9)",                                                 true,  9,          0,    false, false, "behind the literal"        },
    {")",                                                       true,  0,          0,    false, false, "nothing behind the literal"},
    {"(X (a (b \"c)\" d)) UID 3)",                              true,  3,          0,    false, false,
     "an item nobody knows, with parentheses in a string"                                                                          },
    {"(BODY[] \"short\" UID 3)",                                true,  3,          0,    false, false,
     "a quoted body is not taken"                                                                                                  },
    {"(BODY[HEADER] {12}",                                      true,  0,          0,    false, false,
     "another section's literal is not the mail"                                                                                   },
    {"(BODY[] NIL UID 3)",                                      true,  3,          0,    false, false, "no body"                   },
    {"(UID 0)",                                                 false, 0,          0,    false, false, "0 is no UID"               },
    {"(UID 4294967296)",                                        false, 0,          0,    false, false, "too large"                 },
    {"(UID)",                                                   false, 0,          0,    false, false, "no value"                  },
    {"(X ((((((((((((((((((a))))))))))))))))))",                false, 0,          0,    false, false,
     "deeper than 16"                                                                                                              },
    {"(X \"open",                                               false, 0,          0,    false, false, "a string that does not end"},
    {"(UID 7) x",                                               false, 7,          0,    false, false, "octets behind the end"     },
};

static void
reads_fetch_responses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct sceau_slice copy = unit_copy(sceau_slice_from(parts[i].part));
        struct imap_fetched f = {0};
        UNIT_CASE(parts[i].why);
        assert_int_equal(imap_fetched_read(copy, &f), parts[i].is_fine);
        assert_int_equal(f.uid, parts[i].uid);
        assert_int_equal(f.size, parts[i].size);
        assert_int_equal(f.is_deleted, parts[i].is_deleted);
        assert_int_equal(f.has_body, parts[i].has_body);
        unit_free(copy);
    }
}

static void
finds_literals(void **state)
{
    uint64_t octets = 0;
    (void)state;
    assert_true(imap_line_literal(SCEAU_SLICE("* 1 FETCH (BODY[] {42}"), &octets));
    assert_int_equal(octets, 42);
    assert_true(imap_line_literal(SCEAU_SLICE("x {7+}"), &octets));
    assert_int_equal(octets, 7);
    assert_false(imap_line_literal(SCEAU_SLICE("x {}"), &octets));
    assert_false(imap_line_literal(SCEAU_SLICE("x {7} "), &octets));
    assert_false(imap_line_literal(SCEAU_SLICE("7}"), &octets));
    assert_false(imap_line_literal(SCEAU_SLICE("{99999999999999999999}"), &octets));
}

static void
reads_codes(void **state)
{
    uint32_t number = 0;
    (void)state;
    assert_true(imap_code_number(SCEAU_SLICE("uidvalidity 5"),
                                 SCEAU_SLICE("UIDVALIDITY"), &number));
    assert_int_equal(number, 5);
    assert_false(imap_code_number(SCEAU_SLICE("UIDNEXT 5"), SCEAU_SLICE("UIDVALIDITY"),
                                  &number));
    assert_true(
        imap_has_word(SCEAU_SLICE("IMAP4rev1 UIDPLUS MOVE"), SCEAU_SLICE("move")));
    assert_false(imap_has_word(SCEAU_SLICE("IMAP4rev1 REMOVE"), SCEAU_SLICE("MOVE")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_lines),
        cmocka_unit_test(reads_fetch_responses),
        cmocka_unit_test(finds_literals),
        cmocka_unit_test(reads_codes),
    };
    return cmocka_run_group_tests_name("remote/imap_line", tests, NULL, NULL);
}
