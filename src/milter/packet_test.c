/* The codec against octets as Postfix and Sendmail send and read them. */
#include "packet.h"

#include "../../tests/unit.h"
#include "mta.h"

/* Octets of a string literal, NULs included. */
#define OCTETS(literal)          \
 {                               \
  (literal), sizeof(literal) - 1 \
 }

static const struct {
    const char *why;
    struct sceau_slice octets;
    enum sceau_status status;
    uint8_t code;
    size_t data_len;
} heads[] = {
    {"an empty packet: EOH",           OCTETS("\0\0\0\1N"), SCEAU_OK,       'N', 0              },
    {"a body chunk of Postfix's size", OCTETS("\0\1\0\0B"), SCEAU_OK,       'B', 65535          },
    {"no code",                        OCTETS("\0\0\0\0O"), SCEAU_E_SYNTAX, 0,   0              },
    {"a code no MTA sends",            OCTETS("\0\0\0\1z"), SCEAU_E_SYNTAX, 0,   0              },
    {"a reply's code",                 OCTETS("\0\0\0\1c"), SCEAU_E_SYNTAX, 0,   0              },
    {"the largest",                    OCTETS("\1\0\0\1B"), SCEAU_OK,       'B', MILTER_DATA_MAX},
    {"one more",                       OCTETS("\1\0\0\2B"), SCEAU_E_LIMIT,  0,   0              },
    {"all ones must not wrap",
     OCTETS("\xff\xff\xff\xff"
            "B"),
     SCEAU_E_LIMIT,                                                         0,   0              },
    {"an HTTP client",                 OCTETS("GET /"),     SCEAU_E_LIMIT,  0,   0              },
};

static void
reads_heads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct sceau_slice octets = unit_copy(heads[i].octets);
        struct milter_head head = {0};
        UNIT_CASE(heads[i].why);
        assert_int_equal(milter_head_parse(octets, &head), heads[i].status);
        assert_int_equal(head.code, heads[i].code);
        assert_int_equal(head.data_len, heads[i].data_len);
        unit_free(octets);
    }
}

static const struct {
    const char *why;
    struct sceau_slice data;
    bool is_valid;
    const char *host;
    enum milter_family family;
    unsigned port;
    const char *address, *ip;
} connects[] = {
    {"Postfix, IPv4",                                         OCTETS("mx.example.com\0004\231\240192.0.2.10\0"), true,
     "mx.example.com",                                                                                                                  MILTER_FAMILY_INET,    39328, "192.0.2.10",       "192.0.2.10" },
    {"Postfix, a client without a name",                      OCTETS("[192.0.2.10]\0004\0\031192.0.2.10\0"),
     true,                                                                                                              "[192.0.2.10]", MILTER_FAMILY_INET,    25,    "192.0.2.10",       "192.0.2.10" },
    {"Postfix, IPv6",                                         OCTETS("a.test\0006\0\0312001:db8::1\0"),          true,  "a.test",
     MILTER_FAMILY_INET6,                                                                                                                                      25,    "2001:db8::1",      "2001:db8::1"},
    {"Sendmail, IPv6",                                        OCTETS("a.test\0006\0\031IPv6:2001:db8::1\0"),     true,  "a.test",
     MILTER_FAMILY_INET6,                                                                                                                                      25,    "IPv6:2001:db8::1", "2001:db8::1"},
    {"a mapped address is IPv4",                              OCTETS("a.test\0006\0\031::ffff:192.0.2.1\0"),     true,
     "a.test",                                                                                                                          MILTER_FAMILY_INET6,   25,    "::ffff:192.0.2.1", "192.0.2.1"  },
    {"not known",                                             OCTETS("unknown\0U"),                              true,  "unknown",      MILTER_FAMILY_UNKNOWN, 0,     "",
     "unknown"                                                                                                                                                                                         },
    {"not known, with an address that is not to be believed",
     OCTETS("x\0U\0\0192.0.2.1\0"),                                                                              true,  "x",            MILTER_FAMILY_UNKNOWN, 0,     "",                 "unknown"    },
    {"a Unix socket",                                         OCTETS("localhost\0L\0\0/var/spool/x\0"),          true,  "localhost",
     MILTER_FAMILY_UNIX,                                                                                                                                       0,     "/var/spool/x",     "unknown"    },
    {"an address that is none",                               OCTETS("x\0004\0\031192.0.2.256\0"),               true,  "x",
     MILTER_FAMILY_INET,                                                                                                                                       25,    "192.0.2.256",      "unknown"    },
    {"an address with a NUL inside is none",                  OCTETS("x\0004\0\031192.0.2.1\0009\0"),
     true,                                                                                                              "x",            MILTER_FAMILY_INET,    25,    NULL,               "unknown"    },
    {"no family",                                             OCTETS("x\0"),                                     false, NULL,           MILTER_FAMILY_UNKNOWN, 0,     NULL,               NULL         },
    {"a family there is not",                                 OCTETS("x\0005\0\0311.2.3.4\0"),                   false, NULL,
     MILTER_FAMILY_UNKNOWN,                                                                                                                                    0,     NULL,               NULL         },
    {"half a port",                                           OCTETS("x\0004\0"),                                false, NULL,           MILTER_FAMILY_UNKNOWN, 0,     NULL,
     NULL                                                                                                                                                                                              },
    {"an address without its end",                            OCTETS("x\0004\0\031192.0.2.1"),                   false, NULL,
     MILTER_FAMILY_UNKNOWN,                                                                                                                                    0,     NULL,               NULL         },
    {"a host without its end",                                OCTETS("x"),                                       false, NULL,           MILTER_FAMILY_UNKNOWN, 0,     NULL,
     NULL                                                                                                                                                                                              },
    {"nothing",                                               OCTETS(""),                                        false, NULL,           MILTER_FAMILY_UNKNOWN, 0,     NULL,               NULL         },
};

static void
reads_connects(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof connects / sizeof *connects; i++) {
        struct sceau_slice data = unit_copy(connects[i].data);
        struct milter_connect connect;
        char ip[SCEAU_IP_TEXT];
        UNIT_CASE(connects[i].why);
        assert_int_equal(milter_connect_parse(data, &connect), connects[i].is_valid);
        if (connects[i].is_valid) {
            sceau_ip_format(&connect.ip, ip);
            assert_slice(connect.host, connects[i].host);
            assert_int_equal(connect.family, connects[i].family);
            assert_int_equal(connect.port, connects[i].port);
            assert_string_equal(ip, connects[i].ip);
            if (connects[i].address != NULL)
                assert_slice(connect.address, connects[i].address);
        }
        unit_free(data);
    }
}

static const struct {
    const char *why;
    struct sceau_slice data, name, value;
    bool is_valid;
} headers[] = {
    {"with the leading space",                        OCTETS("From\0 a@b.test\0"), OCTETS("From"),
     OCTETS(" a@b.test"),                                                                                                 true },
    {"folded",                                        OCTETS("To\0 a,\n b\0"),     OCTETS("To"),      OCTETS(" a,\n b"),  true },
    {"empty value",                                   OCTETS("Subject\0\0"),       OCTETS("Subject"), OCTETS(""),         true },
    {"empty name",                                    OCTETS("\0 x\0"),            OCTETS(""),        OCTETS(" x"),       true },
    {"FRM-19: a NUL inside the value is not its end", OCTETS("From\0 a@x\0@y\0"),
     OCTETS("From"),                                                                                  OCTETS(" a@x\0@y"), true },
    {"no end of the value",                           OCTETS("From\0 a"),          OCTETS(""),        OCTETS(""),         false},
    {"no value",                                      OCTETS("From\0"),            OCTETS(""),        OCTETS(""),         false},
    {"no end of the name",                            OCTETS("From"),              OCTETS(""),        OCTETS(""),         false},
    {"nothing",                                       OCTETS(""),                  OCTETS(""),        OCTETS(""),         false},
};

static void
reads_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        struct sceau_slice data = unit_copy(headers[i].data), name, value;
        UNIT_CASE(headers[i].why);
        assert_int_equal(milter_header_parse(data, &name, &value), headers[i].is_valid);
        if (headers[i].is_valid) {
            assert_true(slice_eq(name, headers[i].name));
            assert_true(slice_eq(value, headers[i].value));
        }
        unit_free(data);
    }
}

static void
reads_strings(void **state)
{
    (void)state;
    struct sceau_slice arguments, text, pairs;
    uint8_t command;
    assert_true(milter_string_parse((struct sceau_slice)OCTETS("mx\0x\0"), &text));
    assert_true(slice_eq(text, (struct sceau_slice)OCTETS("mx\0x")));
    assert_false(milter_string_parse((struct sceau_slice)OCTETS("mx"), &text));
    assert_false(milter_string_parse(SLICE_NONE, &text));

    assert_true(milter_arguments_parse(
        (struct sceau_slice)OCTETS("<a@b.test>\0SIZE=9\0SMTPUTF8\0"), &arguments));
    assert_true(milter_string_next(&arguments, &text));
    assert_slice(text, "<a@b.test>");
    assert_true(milter_string_next(&arguments, &text));
    assert_true(milter_string_next(&arguments, &text));
    assert_slice(text, "SMTPUTF8");
    assert_false(milter_string_next(&arguments, &text));
    assert_false(milter_arguments_parse((struct sceau_slice)OCTETS("<a@b.test>\0SIZE"),
                                        &arguments));

    assert_true(milter_macros_parse((struct sceau_slice)OCTETS("Mi\0004Xyz\0"),
                                    &command, &pairs));
    assert_int_equal(command, MILTER_MAIL);
    assert_true(milter_string_next(&pairs, &text));
    assert_slice(text, "i");
    assert_true(milter_macros_parse((struct sceau_slice)OCTETS("C"), &command, &pairs));
    assert_false(
        milter_macros_parse((struct sceau_slice)OCTETS("Mi\0"), &command, &pairs));
    assert_false(milter_macros_parse(SLICE_NONE, &command, &pairs));
}

static void
reads_negotiations(void **state)
{
    (void)state;
    /* what Postfix 3.7 offers with milter_protocol = 6 */
    struct sceau_slice data =
        unit_copy((struct sceau_slice)OCTETS("\0\0\0\6\0\0\1\xff\0\x1f\xff\xff"));
    struct milter_negotiation n;
    assert_true(milter_negotiate_parse(data, &n));
    assert_int_equal(n.version, 6);
    assert_int_equal(n.actions, 0x1ff);
    assert_int_equal(n.steps, 0x1fffff);
    data.len--;
    assert_false(milter_negotiate_parse(data, &n));
    unit_free(data);
}

/* Every reply as libmilter would send it. */
static void
writes_replies(void **state)
{
    (void)state;
    static const char *const macros[MILTER_STAGES] = {[MILTER_STAGE_MAIL] = "i"};
    const struct milter_negotiation n = {6, MILTER_MAY_CHOOSE_MACROS, 0x100000};
    const struct milter_negotiation old = {2, 0x11, 0};
    struct text out = text_new(unit_arena, SIZE_MAX);
    milter_put_negotiate(&out, &n, macros);
    milter_put_negotiate(&out, &old, macros);
    milter_put_plain(&out, MILTER_REPLY_CONTINUE);
    milter_put_plain(&out, MILTER_REPLY_PROGRESS);
    milter_put_code(&out, SCEAU_SLICE("550 5.7.1 100% x"));
    milter_put_quarantine(&out, SCEAU_SLICE("why"));
    milter_put_add_header(&out, SCEAU_SLICE("A"), SCEAU_SLICE(" b"));
    milter_put_insert_header(&out, 0, SCEAU_SLICE("A"), SCEAU_SLICE("b\0c"));
    milter_put_change_header(&out, 258, SCEAU_SLICE("A"), SLICE_NONE);
    milter_put_change_from(&out, SCEAU_SLICE("<a@b>"));
    milter_put_add_rcpt(&out, SCEAU_SLICE("<c@d>"));
    milter_put_delete_rcpt(&out, SCEAU_SLICE("<e@f>"));
    milter_put_body(&out, SCEAU_SLICE("x\0y"));
    const struct sceau_slice want =
        OCTETS("\0\0\0\023O\0\0\0\6\0\0\1\0\0\x10\0\0\0\0\0\2i\0"
               "\0\0\0\015O\0\0\0\2\0\0\0\x11\0\0\0\0"
               "\0\0\0\1c"
               "\0\0\0\1p"
               "\0\0\0\023y550 5.7.1 100%% x\0"
               "\0\0\0\5qwhy\0"
               "\0\0\0\6hA\0 b\0"
               "\0\0\0\012i\0\0\0\0A\0bc\0"
               "\0\0\0\010m\0\0\1\2A\0\0"
               "\0\0\0\7e<a@b>\0"
               "\0\0\0\7+<c@d>\0"
               "\0\0\0\7-<e@f>\0"
               "\0\0\0\4bx\0y");
    assert_int_equal(out.len, want.len);
    assert_memory_equal(out.ptr, want.ptr, want.len);
}

static void
cuts_long_bodies(void **state)
{
    (void)state;
    size_t len = 2 * MILTER_BODY_CHUNK_MAX + 1;
    char *octets = calloc(1, len);
    struct text out = text_new(unit_arena, SIZE_MAX);
    struct mta_outcome outcome;
    milter_put_body(&out, (struct sceau_slice){octets, len});
    milter_put_plain(&out, MILTER_REPLY_CONTINUE);
    assert_int_equal(out.len, len + 3 * MILTER_HEAD + MILTER_HEAD);
    assert_int_equal(mta_outcome_read(unit_arena, text_so_far(&out), NULL, 0, 0,
                                      &outcome),
                     SCEAU_OK);
    assert_true(outcome.body_replaced);
    assert_int_equal(outcome.body.len, len);
    free(octets);
}

/* A text that is full stays empty: no packet with a false length leaves. */
static void
fails_whole(void **state)
{
    (void)state;
    struct text out = text_new(unit_arena, 12);
    milter_put_add_header(&out, SCEAU_SLICE("Name"), SCEAU_SLICE("value"));
    assert_true(out.has_failed);
    assert_int_equal(text_done(&out).len, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_heads),        cmocka_unit_test(reads_connects),
        cmocka_unit_test(reads_headers),      cmocka_unit_test(reads_strings),
        cmocka_unit_test(reads_negotiations), cmocka_unit_test(writes_replies),
        cmocka_unit_test(cuts_long_bodies),   cmocka_unit_test(fails_whole),
    };
    return cmocka_run_group_tests_name("milter/packet", tests, unit_arena_up,
                                       unit_arena_down);
}
