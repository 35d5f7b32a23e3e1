/* The zone-file resolver: what master files may say, what is refused and where, and the
 * table "Zone fixture" of tests/data/suites/HARNESS.md line by line. */
#include "sceau/dns.h"

#include "../../tests/unit.h"
#include "core/text.h"

/* ---- answers ---------------------------------------------------------------------------- */

static const char zone_text[] = "$ORIGIN .\n"
                                "$TTL 300\n"
                                "txt.test. TXT \"one\"\n"
                                "txt.test. TXT \"t\" \"wo\"\n"
                                "TXT.test. A 192.0.2.1\n"
                                "deep.a.b.test. A 192.0.2.2\n"
                                "$FAIL fails.test. TXT SERVFAIL\n"
                                "$FAIL any.test. ANY TIMEOUT\n"
                                "any.test. A 192.0.2.3\n"
                                "$FAIL cname-fail.test. TXT REFUSED\n"
                                "cname-fail.test. CNAME txt.test.\n"
                                "$FAIL bogus.test. TXT BOGUS\n"
                                "$FAIL nx.test. TXT NXDOMAIN\n"
                                "$FAIL no.test. TXT NODATA\n"
                                "c1.test. CNAME c2.test.\n"
                                "c2.test. CNAME c3.test.\n"
                                "c3.test. CNAME c4.test.\n"
                                "c4.test. CNAME c5.test.\n"
                                "c5.test. CNAME c6.test.\n"
                                "c6.test. CNAME c7.test.\n"
                                "c7.test. CNAME c8.test.\n"
                                "c8.test. CNAME txt.test.\n"
                                "c0.test. CNAME c1.test.\n"
                                "loop.test. CNAME loop.test.\n"
                                "dangling.test. CNAME nowhere.test.\n"
                                "a\\032b\\059c.test. TXT \"blank in a name\"\n"
                                "dot\\.label.test. TXT \"an escaped dot\"\n"
                                "mx.test. MX 0 .\n"
                                "mx2.test. MX 10 mail\\.x.test.\n"
                                "octets.test. TXT \"\\000\\255\\\"\\\\\"\n"
                                "none.test. TXT\n"
                                "svcb.test. HTTPS 1 . alpn=h2\n"
                                "generic.test. TYPE65280 \\# 3 01 0203\n"
                                "generic.test. A \\# 4 c0000201\n"
                                "*.wild.test. TXT \"never\"\n";

static const struct {
    const char *name;
    uint16_t type;
    enum sceau_dns_status status;
    size_t count;
    const char *text; /* of the last record, or NULL */
    const char *why;
} answers[] = {
    {"txt.test",                                                              16,    SCEAU_DNS_OK,       2, "two",             "records, in order; strings joined"},
    {"TxT.TEST",                                                              1,     SCEAU_DNS_OK,       1, NULL,              "ASCII case is ignored"            },
    {"txt.test",                                                              28,    SCEAU_DNS_NODATA,   0, NULL,              "owner has other lines"            },
    {"b.test",                                                                16,    SCEAU_DNS_NODATA,   0, NULL,              "an empty non-terminal exists"     },
    {"test",                                                                  16,    SCEAU_DNS_NODATA,   0, NULL,              "so does the top"                  },
    {"x.b.test",                                                              16,    SCEAU_DNS_NXDOMAIN, 0, NULL,              "else it does not"                 },
    {"fails.test",                                                            16,    SCEAU_DNS_SERVFAIL, 0, NULL,              "$FAIL for owner and type"         },
    {"fails.test",                                                            1,     SCEAU_DNS_NODATA,   0, NULL,              "owner has other lines: $FAIL's"   },
    {"any.test",                                                              16,    SCEAU_DNS_TIMEOUT,  0, NULL,              "$FAIL ANY"                        },
    {"any.test",                                                              1,     SCEAU_DNS_OK,       1, NULL,              "types that have records answer"   },
    {"cname-fail.test",                                                       16,    SCEAU_DNS_REFUSED,  0, NULL,              "$FAIL stands before CNAME"        },
    {"cname-fail.test",                                                       1,     SCEAU_DNS_OK,       1, NULL,              "other types follow the link"      },
    {"bogus.test",                                                            16,    SCEAU_DNS_BOGUS,    0, NULL,              "ours, beyond HARNESS.md"          },
    {"nx.test",                                                               16,    SCEAU_DNS_NXDOMAIN, 0, NULL,              "NXDOMAIN played"                  },
    {"no.test",                                                               16,    SCEAU_DNS_NODATA,   0, NULL,              "NODATA played"                    },
    {"c1.test",                                                               16,    SCEAU_DNS_OK,       2, "two",             "8 links are followed"             },
    {"c0.test",                                                               16,    SCEAU_DNS_SERVFAIL, 0, NULL,              "9 are not"                        },
    {"loop.test",                                                             16,    SCEAU_DNS_SERVFAIL, 0, NULL,              "a loop"                           },
    {"loop.test",                                                             5,     SCEAU_DNS_OK,       1, NULL,              "asked for itself a CNAME answers" },
    {"dangling.test",                                                         16,    SCEAU_DNS_NXDOMAIN, 0, NULL,
     "the last name of a chain decides"                                                                                                                           },
    {"a b;c.test",                                                            16,    SCEAU_DNS_OK,       1, "blank in a name", "\\DDD in an owner"                },
    {"dot.label.test",                                                        16,    SCEAU_DNS_NXDOMAIN, 0, NULL,
     "an escaped dot divides nothing"                                                                                                                             },
    {"label.test",                                                            16,    SCEAU_DNS_NXDOMAIN, 0, NULL,              "nor makes a parent"               },
    {"none.test",                                                             16,    SCEAU_DNS_OK,       1, "",                "TXT without a string (openspf-00)"},
    {"svcb.test",                                                             65,    SCEAU_DNS_SERVFAIL, 0, NULL,              "exists, text not read"            },
    {"svcb.test",                                                             16,    SCEAU_DNS_NODATA,   0, NULL,              "its owner exists"                 },
    {"generic.test",                                                          65280, SCEAU_DNS_OK,       1, NULL,              "RFC 3597 section 5"               },
    {"generic.test",                                                          1,     SCEAU_DNS_OK,       1, NULL,              "also for a known type"            },
    {"x.wild.test",                                                           16,    SCEAU_DNS_NXDOMAIN, 0, NULL,              "no wildcards"                     },
    {"txt.test.",                                                             16,    SCEAU_DNS_OK,       2, "two",             "one final dot is forgiven"        },
    {"txt.test..",                                                            16,    SCEAU_DNS_INVALID,  0, NULL,              "two are not"                      },
    {"a..test",                                                               16,    SCEAU_DNS_INVALID,  0, NULL,              "empty label"                      },
    {".test",                                                                 16,    SCEAU_DNS_INVALID,  0, NULL,              "empty label in front"             },
    {"",                                                                      16,    SCEAU_DNS_INVALID,  0, NULL,              "no name"                          },
    {"0123456789012345678901234567890123456789012345678901234567890123.test", 16,
     SCEAU_DNS_INVALID,                                                                                  0, NULL,              "a label of 64 octets"             },
    {"012345678901234567890123456789012345678901234567890123456789012.test",  16,
     SCEAU_DNS_NXDOMAIN,                                                                                 0, NULL,              "63 are fine"                      },
};

struct fixture {
    struct sceau_context context;
};

static void
fixture_open(struct fixture *f, struct sceau_slice text)
{
    struct sceau_zone_error error;
    struct sceau_slice copy = unit_copy(text);
    f->context = (struct sceau_context){
        .arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY),
        .resolver = sceau_zone_resolver_new(copy, &error),
    };
    unit_free(copy); /* the resolver owns what it needs */
    if (f->context.resolver == NULL)
        fail_msg("%zu:%zu: %s", error.line, error.column, error.text);
}

static void
fixture_close(struct fixture *f)
{
    sceau_zone_resolver_free(f->context.resolver);
    sceau_arena_free(f->context.arena);
}

static void
answers_as_the_table_says(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, SCEAU_SLICE(zone_text));
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct sceau_dns_answer answer;
        UNIT_CASE(answers[i].why);
        struct sceau_slice name = unit_copy(sceau_slice_from(answers[i].name));
        sceau_dns_lookup(&f.context, name, answers[i].type, &answer);
        unit_free(name);
        assert_int_equal(answer.status, answers[i].status);
        assert_int_equal(answer.count, answers[i].count);
        assert_false(answer.secure);
        if (answers[i].text != NULL)
            assert_slice(answer.rrs[answer.count - 1].text, answers[i].text);
    }
    fixture_close(&f);
}

static void
decodes_members(void **state)
{
    (void)state;
    struct fixture f;
    struct sceau_dns_answer answer;
    fixture_open(&f, SCEAU_SLICE(zone_text));
    sceau_dns_lookup(&f.context, SCEAU_SLICE("mx.test"), SCEAU_DNS_MX, &answer);
    assert_slice(answer.rrs[0].name, "."); /* null MX, RFC 7505 */
    assert_int_equal(answer.rrs[0].preference, 0);
    assert_int_equal(answer.rrs[0].ttl, 300);
    sceau_dns_lookup(&f.context, SCEAU_SLICE("mx2.test"), SCEAU_DNS_MX, &answer);
    assert_slice(answer.rrs[0].name, "mail\\046x.test");
    sceau_dns_lookup(&f.context, SCEAU_SLICE("txt.test"), SCEAU_DNS_TXT, &answer);
    assert_int_equal(answer.rrs[1].string_count, 2);
    assert_slice(answer.rrs[1].strings[1], "wo");
    sceau_dns_lookup(&f.context, SCEAU_SLICE("octets.test"), SCEAU_DNS_TXT, &answer);
    assert_int_equal(answer.rrs[0].text.len, 4);
    assert_memory_equal(answer.rrs[0].text.ptr, "\0\377\"\\", 4);
    sceau_dns_lookup(&f.context, SCEAU_SLICE("any.test"), SCEAU_DNS_A, &answer);
    char text[SCEAU_IP_TEXT];
    sceau_ip_format(&answer.rrs[0].address, text);
    assert_string_equal(text, "192.0.2.3");
    fixture_close(&f);
}

/* ---- what master files may say ------------------------------------------------------------ */

static const struct {
    const char *text;
    const char *name;
    uint16_t type;
    uint32_t ttl;
    const char *why;
} accepted[] = {
    {"a.test. 1h IN TXT x",                        "a.test",     16,  3600, "TTL with a unit, then class" },
    {"a.test. IN 1h30m TXT x",                     "a.test",     16,  5400, "class, then TTL"             },
    {"a.test. IN TXT x",                           "a.test",     16,  300,  "no TTL anywhere"             },
    {"a.test. TXT x\r\n",                          "a.test",     16,  300,  "CR LF"                       },
    {"$TTL 60\na.test. 5 TXT x\nb.test. TXT x",    "b.test",     16,  60,
     "$TTL beats the one before"                                                                          },
    {"a.test. 5 TXT x\nb.test. TXT x",             "b.test",     16,  5,    "without $TTL: the one before"},
    {"a.test. 9 TXT x\na.test. 5 TXT y",           "a.test",     16,  5,
     "RFC 2181 section 5.2: lowest"                                                                       },
    {"a.test. TXT x\n 5 A 192.0.2.1",              "a.test",     1,   5,    "blank owner: the previous"   },
    {"$ORIGIN test.\n@ TXT x\nb TXT x",            "test",       16,  300,  "@ is the origin"             },
    {"$ORIGIN test.\n@ TXT x\nb TXT x",            "b.test",     16,  300,  "relative name"               },
    {"$ORIGIN test.\n$ORIGIN sub\na TXT x",        "a.sub.test", 16,  300,
     "an origin below the origin"                                                                         },
    {"$ORIGIN test.\n@ MX 5 @",                    "test",       15,  300,  "@ in rdata"                  },
    {"a.test TXT x",                               "a.test",     16,  300,  "the origin is the root"      },
    {"a.test. TXT ( x ; comment )\n y\n ) ; end",  "a.test",     16,  300,
     "parentheses, comments inside"                                                                       },
    {"a.test. ( TXT\nx )\nb.test. TXT x",          "b.test",     16,  300,
     "the entry ends behind them"                                                                         },
    {"; only\n\n  \n\t; blank\na.test. TXT x",     "a.test",     16,  300,
     "blank lines and comments"                                                                           },
    {"300 TXT x",                                  "300",        16,  300,  "column one is an owner"      },
    {"a.test. SOA ns.test. h.test. 1 1d 2h 4w 5m", "a.test",     6,   300,  "SOA with units"              },
    {"a.test. SRV 1 2 25 m.test.",                 "a.test",     33,  300,  "SRV"                         },
    {"a.test. CAA 0 issue \"ca.test\"",            "a.test",     257, 300,  "CAA"                         },
    {"a.test. TLSA 3 1 1 0a0b (\n 0c )",           "a.test",     52,  300,  "hex over lines"              },
    {"a.test. DNSKEY 257 3 13 AQ ID",              "a.test",     48,  300,  "base64 in pieces"            },
    {"a.test. txt x",                              "a.test",     16,  300,  "types in any case"           },
    {"a.test. TYPE16 \\# 2 0178",                  "a.test",     16,  300,  "TXT by number"               },
    {"a.test. TYPE700 \\# 0",                      "a.test",     700, 300,  "no data"                     },
    {"a.test. TXT \"; ( )\"",                      "a.test",     16,  300,  "quotes hide everything"      },
    {"a.test. TXT x\\;y",                          "a.test",     16,  300,  "so does a backslash"         },
};

static void
accepts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        struct fixture f;
        struct sceau_dns_answer answer;
        UNIT_CASE(accepted[i].why);
        fixture_open(&f, sceau_slice_from(accepted[i].text));
        sceau_dns_lookup(&f.context, sceau_slice_from(accepted[i].name),
                         accepted[i].type, &answer);
        assert_int_equal(answer.status, SCEAU_DNS_OK);
        assert_int_equal(answer.rrs[0].ttl, accepted[i].ttl);
        fixture_close(&f);
    }
}

static const struct {
    const char *text;
    size_t line, column;
    const char *why;
} refused[] = {
    {"a.test. TXT \"x",                1, 13, "quote not closed"             },
    {"a.test. TXT \"x\ny\"",           1, 13, "nor over a line end"          },
    {"a.test. TXT \"x\\\ny\"",         1, 13, "not even behind a backslash"  },
    {"a.test. TXT ( x\n",              2, 1,  "parenthesis not closed"       },
    {"a.test. TXT x )",                1, 15, "nor opened"                   },
    {"\n\na.test. FOO x",              3, 9,  "no such type"                 },
    {"a.test. CH TXT x",               1, 9,  "another class"                },
    {"a.test. IN IN TXT x",            1, 12, "class twice"                  },
    {"a.test. 1 2 TXT x",              1, 11, "TTL twice"                    },
    {"a.test. 2147483648 TXT x",       1, 9,  "TTL over 2^31-1"              },
    {"a.test. 99999999999w TXT x",     1, 20, "a number that must not wrap"  },
    {"a.test. 1x TXT x",               1, 10, "no such unit"                 },
    {"a.test. A 192.0.2.256",          1, 11, "no address"                   },
    {"a.test. A \"192.0.2.1\"",        1, 12, "quotes around an address"     },
    {"a.test. AAAA 192.0.2.1",         1, 14, "the other family"             },
    {"a.test. A 192.0.2.1 192.0.2.2",  1, 21, "something more"               },
    {"a.test. MX 10",                  1, 14, "not complete"                 },
    {"a.test. MX 65536 x.",            1, 12, "preference over 16 bits"      },
    {"a.test. MX x.test.",             1, 12, "no preference"                },
    {"a..test. TXT x",                 1, 3,  "empty label"                  },
    {".a.test. TXT x",                 1, 1,  "empty label in front"         },
    {"a.test. TXT \\25",               1, 14, "two digits behind a backslash"},
    {"a.test. TXT \\256",              1, 14, "above 255"                    },
    {"a.test. TXT x\\",                1, 15, "nothing behind a backslash"   },
    {" TXT x",                         1, 2,  "no owner yet"                 },
    {"$INCLUDE x",                     1, 1,  "opens no file"                },
    {"$GENERATE 1-2 a A 192.0.2.$",    1, 1,  "unknown directive"            },
    {"$TTL x",                         1, 6,  "no time"                      },
    {"$TTL",                           1, 5,  "nothing"                      },
    {"$ORIGIN a. b.",                  1, 12, "two origins"                  },
    {"$FAIL a.test. TXT FORMERR",      1, 19, "no such outcome"              },
    {"$FAIL a.test. TXT NOERROR",      1, 19, "nor is this one"              },
    {"$FAIL a.test. SERVFAIL",         1, 15, "type missing"                 },
    {"a.test. TYPE700 x",              1, 17, "unknown type, not RFC 3597"   },
    {"a.test. TYPE700 \\# 2 01",       1, 20, "length and digits differ"     },
    {"a.test. TYPE700 \\# 1 0",        1, 23, "half an octet"                },
    {"a.test. TYPE700 \\# 1 0g",       1, 24, "no digit"                     },
    {"a.test. TYPE65536 \\# 0",        1, 9,  "no such number"               },
    {"a.test. A \\# 3 010203",         1, 22, "three octets of address"      },
    {"a.test. MX \\# 5 0001 01 61 01", 1, 30, "a name that is not whole"     },
    {"a.test. CAA 0 \"issue\" \"x\"",  1, 16, "a tag has no quotes"          },
    {"a.test. CAA 256 issue \"x\"",    1, 13, "flags over 8 bits"            },
    {"\\",                             1, 2,  "a lone backslash"             },
};

static void
refuses_and_says_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct sceau_zone_error error = {0};
        struct sceau_slice text = unit_copy(sceau_slice_from(refused[i].text));
        UNIT_CASE(refused[i].why);
        struct sceau_resolver *resolver = sceau_zone_resolver_new(text, &error);
        unit_free(text);
        assert_null(resolver);
        if (error.line != refused[i].line || error.column != refused[i].column)
            fail_msg("%s: at %zu:%zu, want %zu:%zu (%s)", refused[i].why, error.line,
                     error.column, refused[i].line, refused[i].column, error.text);
        assert_true(error.text[0] != '\0');
    }
}

/* ---- large -------------------------------------------------------------------------------- */

/* `count` TXT records of `octets` octets each at big.test. */
static struct sceau_slice
large_zone(size_t count, size_t octets)
{
    char filler[250];
    size_t size = count * (octets + octets / sizeof filler * 3 + 64);
    memset(filler, 'x', sizeof filler);
    struct text t = text_in(malloc(size), size);
    assert_non_null(t.ptr);
    for (size_t i = 0; i < count; i++) {
        text_string(&t, "big.test. 300 IN TXT");
        for (size_t left = octets; left > 0;) {
            size_t part = left < sizeof filler ? left : sizeof filler;
            text_format(&t, " \"%.*s\"", (int)part, filler);
            left -= part;
        }
        text_octet(&t, '\n');
    }
    return text_done(&t);
}

static void
limits_the_answer(void **state)
{
    (void)state;
    static const struct {
        size_t count, octets;
        enum sceau_dns_status status;
    } cases[] = {
        {2, 30000, SCEAU_DNS_OK   }, /* attack DKM-52 */
        {1, 65000, SCEAU_DNS_OK   },
        {3, 30000, SCEAU_DNS_LIMIT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture f;
        struct sceau_dns_answer answer;
        struct sceau_slice text = large_zone(cases[i].count, cases[i].octets);
        fixture_open(&f, text);
        sceau_dns_lookup(&f.context, SCEAU_SLICE("big.test"), SCEAU_DNS_TXT, &answer);
        assert_int_equal(answer.status, cases[i].status);
        if (answer.status == SCEAU_DNS_OK)
            assert_int_equal(answer.rrs[0].text.len, cases[i].octets);
        sceau_arena_free(f.context.arena);
        f.context.arena = sceau_arena_new(1024);
        sceau_dns_lookup(&f.context, SCEAU_SLICE("big.test"), SCEAU_DNS_TXT, &answer);
        assert_int_equal(answer.status, SCEAU_DNS_LIMIT); /* a full arena */
        fixture_close(&f);
        unit_free(text);
    }
}

static void
indexes_many_names(void **state)
{
    (void)state;
    enum {
        COUNT = 100000
    };
    struct text t = text_in(malloc((size_t)COUNT * 40), (size_t)COUNT * 40);
    char name[40];
    struct fixture f;
    struct sceau_dns_answer answer;
    assert_non_null(t.ptr);
    for (size_t i = 0; i < COUNT; i++)
        text_format(&t, "h%zu.d%zu.test. A 192.0.2.1\n", i, i % 1000);
    fixture_open(&f, text_done(&t));
    for (size_t i = 0; i < COUNT; i += 7) {
        snprintf(name, sizeof name, "h%zu.d%zu.test", i, i % 1000);
        sceau_dns_lookup(&f.context, sceau_slice_from(name), SCEAU_DNS_A, &answer);
        assert_int_equal(answer.status, SCEAU_DNS_OK);
        sceau_arena_clear(f.context.arena);
    }
    sceau_dns_lookup(&f.context, SCEAU_SLICE("d7.test"), SCEAU_DNS_A, &answer);
    assert_int_equal(answer.status, SCEAU_DNS_NODATA);
    fixture_close(&f);
    free(t.ptr);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_as_the_table_says),
        cmocka_unit_test(decodes_members),
        cmocka_unit_test(accepts),
        cmocka_unit_test(refuses_and_says_where),
        cmocka_unit_test(limits_the_answer),
        cmocka_unit_test(indexes_many_names),
    };
    return cmocka_run_group_tests_name("dns/zonefile", tests, NULL, NULL);
}
