/* Addresses and networks: what is one, its one form, and who is inside. */
#include "ip.h"

#include "../../tests/unit.h"

/* Text, and the form that comes back (RFC 5952); NULL: no address. */
static const struct {
    const char *text;
    const char *canonical;
    const char *why;
} addresses[] = {
    {"192.0.2.1",                               "192.0.2.1",            "dotted decimal"                     },
    {"255.255.255.255",                         "255.255.255.255",      "the largest"                        },
    {"256.0.0.1",                               NULL,                   "above an octet"                     },
    {"192.0.2.01",                              NULL,                   "a leading zero: octal to some"      },
    {"192.0.2",                                 NULL,                   "three octets"                       },
    {"192.0.2.1.",                              NULL,                   "a final dot"                        },
    {"192.0.2.1.5",                             NULL,                   "five octets"                        },
    {"0x7f.0.0.1",                              NULL,                   "no hexadecimal"                     },
    {"",                                        NULL,                   "nothing"                            },
    {"::",                                      "::",                   "the unspecified address"            },
    {"::1",                                     "::1",                  "loopback"                           },
    {"1::",                                     "1::",                  "gap at the end"                     },
    {"2001:DB8::0:0:1",                         "2001:db8::1",          "lower case, the gap shortest"       },
    {"2001:db8:0:0:1:0:0:1",                    "2001:db8::1:0:0:1",
     "the first of two equal runs (4.2.3)"                                                                   },
    {"2001:0:0:1:0:0:0:1",                      "2001:0:0:1::1",        "the longest run (4.2.3)"            },
    {"2001:db8:0:1:1:1:1:1",                    "2001:db8:0:1:1:1:1:1",
     "one group is not shortened (4.2.2)"                                                                    },
    {"1:2:3:4:5:6:7::",                         "1:2:3:4:5:6:7:0",      "a gap of one group"                 },
    {"::2:3:4:5:6:7:8",                         "0:2:3:4:5:6:7:8",      "a gap of one group"                 },
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
     "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",                         "the largest"                        },
    {"::ffff:192.0.2.1",                        "192.0.2.1",            "mapped is IPv4 (RFC 7208 section 5)"},
    {"::ffff:c000:201",                         "192.0.2.1",            "mapped, in hexadecimal"             },
    {"::192.0.2.1",                             "::c000:201",           "compatible is not mapped"           },
    {"64:ff9b::192.0.2.1",                      "64:ff9b::c000:201",    "IPv4 at the end"                    },
    {"1:2:3:4:5:6:192.0.2.1",                   "1:2:3:4:5:6:c000:201", "IPv4 at the end, no gap"            },
    {"1:2:3:4:5:6:7:192.0.2.1",                 NULL,                   "nine groups"                        },
    {"192.0.2.1::",                             NULL,                   "IPv4 before the gap"                },
    {"1:192.0.2.1::5",                          NULL,                   "IPv4 before the gap"                },
    {"::192.0.2.1:5",                           NULL,                   "IPv4 in the middle"                 },
    {"1:2:3:4:5:6:7",                           NULL,                   "seven groups"                       },
    {"1:2:3:4:5:6:7:8:9",                       NULL,                   "nine groups"                        },
    {"1:2:3:4:5:6:7:8::",                       NULL,                   "a gap with no room"                 },
    {"1::2::3",                                 NULL,                   "two gaps"                           },
    {":::",                                     NULL,                   "three colons"                       },
    {":1:2:3:4:5:6:7:8",                        NULL,                   "a colon in front"                   },
    {"1:2:3:4:5:6:7:8:",                        NULL,                   "a colon behind"                     },
    {"1:",                                      NULL,                   "a colon behind"                     },
    {"12345::",                                 NULL,                   "five digits"                        },
    {"g::",                                     NULL,                   "no hexadecimal digit"               },
    {"::1%eth0",                                NULL,                   "no zone"                            },
    {" ::1",                                    NULL,                   "no space"                           },
};

static void
parses_and_formats(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(addresses[i].text));
        struct sceau_ip ip, again;
        char out[SCEAU_IP_TEXT];
        UNIT_CASE(addresses[i].why);
        assert_int_equal(sceau_ip_parse(text, &ip), addresses[i].canonical != NULL);
        if (addresses[i].canonical != NULL) {
            size_t len = sceau_ip_format(&ip, out);
            assert_int_equal(len, strlen(out));
            assert_string_equal(out, addresses[i].canonical);
            assert_true(sceau_ip_parse(sceau_slice_from(out), &again));
            assert_true(ip_equal(&ip, &again));
        }
        unit_free(text);
    }
    char out[SCEAU_IP_TEXT];
    sceau_ip_format(&(struct sceau_ip){0}, out);
    assert_string_equal(out, "unknown");
}

static const struct {
    const char *network;
    const char *ip;
    bool is_network;
    bool is_inside;
    const char *why;
} networks[] = {
    {"192.0.2.0/24",                   "192.0.2.255",     true,  true,  "the last address"        },
    {"192.0.2.0/24",                   "192.0.3.0",       true,  false, "the next one"            },
    {"192.0.2.7/24",                   "192.0.2.1",       true,  true,  "host bits are ignored"   },
    {"192.0.2.128/25",                 "192.0.2.127",     true,  false, "a prefix inside an octet"},
    {"192.0.2.1",                      "192.0.2.1",       true,  true,  "one address"             },
    {"0.0.0.0/0",                      "203.0.113.9",     true,  true,  "everything"              },
    {"0.0.0.0/0",                      "2001:db8::1",     true,  false, "but no IPv6"             },
    {"::/0",                           "192.0.2.1",       true,  false, "nor the other way"       },
    {"2001:db8::/33",                  "2001:db8:7fff::", true,  true,  "a prefix inside an octet"},
    {"2001:db8::/33",                  "2001:db8:8000::", true,  false, "beyond it"               },
    {"2001:db8::1/128",                "2001:db8::1",     true,  true,  "a full prefix"           },
    {"::ffff:192.0.2.0/120",           "192.0.2.9",       true,  true,  "a mapped network is IPv4"},
    {"192.0.2.0/33",                   "192.0.2.0",       false, false, "prefix above 32"         },
    {"2001:db8::/129",                 "2001:db8::",      false, false, "prefix above 128"        },
    {"192.0.2.0/",                     "192.0.2.0",       false, false, "no prefix"               },
    {"192.0.2.0/-1",                   "192.0.2.0",       false, false, "no sign"                 },
    {"192.0.2.0/99999999999999999999", "192.0.2.0",       false, false, "must not wrap"           },
    {"/8",                             "192.0.2.0",       false, false, "no address"              },
};

static void
knows_who_is_inside(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof networks / sizeof *networks; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(networks[i].network));
        struct ip_network network;
        struct sceau_ip ip;
        UNIT_CASE(networks[i].why);
        assert_true(sceau_ip_parse(sceau_slice_from(networks[i].ip), &ip));
        assert_int_equal(ip_network_parse(text, &network), networks[i].is_network);
        if (networks[i].is_network)
            assert_int_equal(ip_in_network(&ip, &network.address, network.prefix),
                             networks[i].is_inside);
        unit_free(text);
    }
}

static void
a_prefix_beyond_the_address_holds_nobody(void **state)
{
    (void)state;
    struct sceau_ip v4 = {.version = 4}, v6 = {.version = 6}, none = {0};
    assert_false(ip_in_network(&v4, &v4, 33));
    assert_false(ip_in_network(&v6, &v6, 129));
    assert_true(ip_in_network(&v6, &v6, 128));
    assert_false(ip_equal(&none, &none)); /* unknown is not known to be the same */
}

static void
names_for_reverse_dns(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(4096);
    struct sceau_ip ip;
    sceau_ip_parse(SCEAU_SLICE("192.0.2.10"), &ip);
    assert_slice(ip_reverse_name(arena, &ip), "10.2.0.192.in-addr.arpa");
    sceau_ip_parse(SCEAU_SLICE("2001:db8::567:89ab"),
                   &ip); /* RFC 3596 section 2.5 form */
    assert_slice(ip_reverse_name(arena, &ip),
                 "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2."
                 "ip6.arpa");
    sceau_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_and_formats),
        cmocka_unit_test(knows_who_is_inside),
        cmocka_unit_test(a_prefix_beyond_the_address_holds_nobody),
        cmocka_unit_test(names_for_reverse_dns),
    };
    return cmocka_run_group_tests_name("core/ip", tests, NULL, NULL);
}
