/* Rdata: wire form to text and back again through the zone reader, decoded members of
 * hostile wire forms, and names in their three forms. */
#include "rdata.h"

#include "../../tests/unit.h"
#include "name.h"

/* ---- text ------------------------------------------------------------------------------ */

static const struct {
    const char *type;
    const char *text; /* as written here, and as it must be presented */
    const char *why;
} texts[] = {
    {"A",          "192.0.2.1",                             "address"                      },
    {"AAAA",       "2001:db8::1",                           "RFC 5952 text"                },
    {"MX",         "10 mail.example.org.",                  "number and name"              },
    {"MX",         "0 .",                                   "the root: null MX"            },
    {"NS",         "ns.example.org.",                       "name"                         },
    {"PTR",        "a\\032b\\059c.example.org.",            "octets a name must escape"    },
    {"CNAME",      "a\\046b.example.org.",                  "a dot inside a label"         },
    {"DNAME",      "example.org.",                          "not followed, but read"       },
    {"SOA",        "ns.a. host.a. 1 7200 3600 1209600 300", "two names, five numbers"      },
    {"TXT",        "\"one\" \"two\"",                       "strings stay apart"           },
    {"TXT",        "\"\"",                                  "one empty string"             },
    {"TXT",        "\"a\\\"b\\\\c\\000\\255\"",             "every kind of escape"         },
    {"SPF",        "\"v=spf1 -all\"",                       "type 99"                      },
    {"SRV",        "0 5 587 mail.example.org.",             "RFC 2782"                     },
    {"CAA",        "0 issue \"ca.example.net; a=b\"",       "RFC 8659: value has no length"},
    {"TLSA",       "3 1 1 00ff",                            "RFC 6698"                     },
    {"DS",         "60485 5 1 2bb183af",                    "RFC 4034"                     },
    {"DNSKEY",     "256 3 5 AQPSKmynfz==",                  "base64"                       },
    {"SSHFP",      "4 2 0a",                                "RFC 4255"                     },
    {"NAPTR",      "1 2 \"s\" \"SIP+D2U\" \"\" a.example.", "strings in the middle"        },
    {"URI",        "10 1 \"ftp://ftp.example/public\"",     "RFC 7553"                     },
    {"HINFO",      "\"PC\" \"Debian\"",                     "two strings"                  },
    {"RP",         "h.example. t.example.",                 "two names"                    },
    {"OPENPGPKEY", "AAAA",                                  "base64 alone"                 },
    {"TYPE65280",  "\\# 3 010203",                          "unknown: RFC 3597 section 5"  },
    {"TYPE65280",  "\\# 0",                                 "unknown and empty"            },
    {"HTTPS",      "\\# 3 000100",                          "known by name only"           },
};

/* The rdata of the one record at x.test, read by the zone reader. */
static struct sceau_slice
wire_of(const char *type, struct sceau_slice text, struct sceau_context *context)
{
    char line[400];
    struct sceau_zone_error error;
    struct sceau_dns_answer answer;
    int len = snprintf(line, sizeof line, "x.test. %s %.*s\n", type, SLICE_ARG(text));
    context->resolver =
        sceau_zone_resolver_new((struct sceau_slice){line, (size_t)len}, &error);
    if (context->resolver == NULL)
        fail_msg("%s: column %zu: %s", line, error.column, error.text);
    uint16_t number = sceau_dns_type_parse(sceau_slice_from(type));
    sceau_dns_lookup(context, SCEAU_SLICE("x.test"), number, &answer);
    sceau_zone_resolver_free(context->resolver);
    assert_int_equal(answer.status, SCEAU_DNS_OK);
    return answer.rrs[0].rdata;
}

static void
presents_what_it_read(void **state)
{
    (void)state;
    struct sceau_context context = {.arena = sceau_arena_new(1 << 20)};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        UNIT_CASE(texts[i].why);
        struct sceau_slice given = sceau_slice_from(texts[i].text);
        struct sceau_slice wire = unit_copy(wire_of(texts[i].type, given, &context));
        struct text t = text_new(context.arena, SIZE_MAX);
        dns_rdata_present(&t, sceau_dns_type_parse(sceau_slice_from(texts[i].type)),
                          wire);
        struct sceau_slice again = wire_of(texts[i].type, text_so_far(&t), &context);
        assert_true(slice_eq(again, wire));
        if (strcmp(texts[i].type, "DNSKEY") != 0) /* unused bits are not kept */
            assert_slice(text_so_far(&t), texts[i].text);
        unit_free(wire);
    }
    sceau_arena_free(context.arena);
}

/* ---- hostile wire forms ----------------------------------------------------------------- */

/* SCEAU_SLICE is no constant expression. */
#define WIRE(octets)           \
 {                             \
  (octets), sizeof(octets) - 1 \
 }

static const struct {
    uint16_t type;
    struct sceau_slice rdata;
    enum sceau_status status;
    const char *why;
} wires[] = {
    {1,     WIRE("\1\2\3"),                   SCEAU_E_SYNTAX, "an address cut short"             },
    {1,     WIRE("\1\2\3\4\5"),               SCEAU_E_SYNTAX, "an octet too many"                },
    {28,    WIRE("\1\2\3\4"),                 SCEAU_E_SYNTAX, "IPv4 in AAAA"                     },
    {15,    WIRE("\0"),                       SCEAU_E_SYNTAX, "half a preference"                },
    {15,    WIRE("\0\1"),                     SCEAU_E_SYNTAX, "no name"                          },
    {15,    WIRE("\0\1\1a"),                  SCEAU_E_SYNTAX, "a name without its root"          },
    {12,    WIRE("\300\0"),                   SCEAU_E_SYNTAX, "a compression pointer left over"  },
    {12,    WIRE("\100a\0"),                  SCEAU_E_SYNTAX, "a label type nobody uses"         },
    {12,    WIRE("\1a\0x"),                   SCEAU_E_SYNTAX, "octets behind the name"           },
    {16,    WIRE("\5abc"),                    SCEAU_E_SYNTAX, "a string longer than the data"    },
    {16,    WIRE("\3abc\1"),                  SCEAU_E_SYNTAX, "the same for the second"          },
    {16,    WIRE(""),                         SCEAU_OK,       "no string at all: RFC 6763 6.1"   },
    {16,    WIRE("\0\0\0"),                   SCEAU_OK,       "empty strings"                    },
    {257,   WIRE("\0\0x"),                    SCEAU_E_SYNTAX, "a CAA tag has at least one letter"},
    {65280, WIRE("\377"),                     SCEAU_OK,       "unknown: anything"                },
    {6,     WIRE("\0\0ghijklmnopqrstuvwxy"),  SCEAU_E_SYNTAX, "19 octets of numbers"             },
    {6,     WIRE("\0\0ghijklmnopqrstuvwxyz"), SCEAU_OK,       "20 of them"                       },
};

static void
refuses_what_is_not_in_form(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(1 << 20);
    for (size_t i = 0; i < sizeof wires / sizeof *wires; i++) {
        struct sceau_dns_rr rr;
        UNIT_CASE(wires[i].why);
        struct sceau_slice rdata = unit_copy(wires[i].rdata);
        assert_int_equal(dns_rdata_decode(arena, wires[i].type, rdata, &rr),
                         wires[i].status);
        struct text t = text_new(arena, SIZE_MAX);
        dns_rdata_present(&t, wires[i].type, rdata);
        assert_false(t.has_failed);
        if (wires[i].status == SCEAU_E_SYNTAX)
            assert_true(slice_starts_ci(text_so_far(&t), SCEAU_SLICE("\\# ")));
        unit_free(rdata);
    }
    sceau_arena_free(arena);
}

/* ---- types and names ---------------------------------------------------------------------- */

static void
names_types(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint16_t type;
    } names[] = {
        {"txt",       16   },
        {"Spf",       99   },
        {"AAAA",      28   },
        {"TYPE16",    16   },
        {"type65535", 65535},
        {"TYPE0",     0    }, /* reserved, RFC 6895 */
        {"TYPE65536", 0    },
        {"TYPE",      0    },
        {"TYPE-1",    0    },
        {"TX",        0    },
        {"",          0    },
    };
    char out[16];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(sceau_dns_type_parse(sceau_slice_from(names[i].name)),
                         names[i].type);
    assert_string_equal(sceau_dns_type_name(SCEAU_DNS_TXT, out), "TXT");
    assert_string_equal(sceau_dns_type_name(65280, out), "TYPE65280");
    assert_string_equal(sceau_dns_type_name(65535, out), "TYPE65535");
}

static void
limits_names(void **state)
{
    (void)state;
    struct dns_name name;
    char asked[255];
    memset(asked, 'a', sizeof asked);
    for (size_t i = 63; i < sizeof asked; i += 64)
        asked[i] = '.';
    /* 63 + 1 + 63 + 1 + 63 + 1 + 61 octets are 255 in wire form: RFC 1035 section 2.3.4 */
    assert_true(dns_name_from_asked((struct sceau_slice){asked, 253}, &name));
    assert_int_equal(name.len, DNS_NAME_WIRE_MAX);
    assert_int_equal(dns_name_length(dns_name_slice(&name)), DNS_NAME_WIRE_MAX);
    assert_false(dns_name_from_asked((struct sceau_slice){asked, 254}, &name));
    assert_false(dns_name_from_asked(SCEAU_SLICE("a..b"), &name));
    assert_true(dns_name_from_asked(SCEAU_SLICE("."), &name));
    assert_int_equal(name.len, 1);
    assert_int_equal(dns_name_length(SCEAU_SLICE("\1a")), 0);
    assert_int_equal(dns_name_length(SCEAU_SLICE("\1a\300\0")), 0);
    assert_true(dns_name_equal(SCEAU_SLICE("\1A\0"), SCEAU_SLICE("\1a\0")));
    assert_false(dns_name_equal(SCEAU_SLICE("\1\300\0"), SCEAU_SLICE("\1\340\0")));
}

/* A text as TXT strings: cut behind a blank, or after 255 octets when none is near. */
static void
presents_texts(void **state)
{
    (void)state;
    static const struct {
        size_t len, blank; /* a text of that many octets, its only blank there */
        size_t first;      /* octets of the first string; 0: one string */
        const char *why;
    } cases[] = {
        {0,   0,   0,   "an empty text is one empty string"},
        {255, 300, 0,   "exactly one string"               },
        {256, 300, 255, "no blank: after 255 octets"       },
        {400, 200, 201, "behind a blank that is near"      },
        {400, 100, 255, "but not behind one that is far"   },
    };
    struct sceau_arena *arena = sceau_arena_new((size_t)64 * 1024);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_CASE(cases[i].why);
        char text[400];
        memset(text, 'x', sizeof text);
        if (cases[i].blank < sizeof text)
            text[cases[i].blank] = ' ';
        struct text t = text_new(arena, SIZE_MAX);
        dns_txt_present(&t, (struct sceau_slice){text, cases[i].len});
        size_t strings = cases[i].first > 0 ? 2 : 1;
        assert_int_equal(t.len, cases[i].len + strings * 2 + strings - 1);
        if (cases[i].first > 0)
            assert_memory_equal(t.ptr + 1 + cases[i].first, "\" \"", 3);
    }
    sceau_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presents_what_it_read),
        cmocka_unit_test(refuses_what_is_not_in_form),
        cmocka_unit_test(names_types),
        cmocka_unit_test(limits_names),
        cmocka_unit_test(presents_texts),
    };
    return cmocka_run_group_tests_name("dns/rdata", tests, NULL, NULL);
}
