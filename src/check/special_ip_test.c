/* Addresses that probes refuse, and their neighbours that they do not. */
#include "special_ip.h"

#include "../../tests/unit.h"

static const struct {
    const char *ip, *what; /* NULL: public */
} cases[] = {
    {"127.0.0.1",        "loopback"     },
    {"126.255.255.255",  NULL           },
    {"10.1.2.3",         "private"      },
    {"172.15.255.255",   NULL           },
    {"172.16.0.0",       "private"      },
    {"172.31.255.255",   "private"      },
    {"172.32.0.0",       NULL           },
    {"192.168.1.1",      "private"      },
    {"192.0.0.9",        NULL           },
    {"192.0.0.8",        "reserved"     },
    {"192.0.2.1",        "documentation"},
    {"100.64.0.1",       "shared"       },
    {"100.128.0.1",      NULL           },
    {"169.254.169.254",  "link-local"   },
    {"198.19.255.255",   "benchmarking" },
    {"198.20.0.0",       NULL           },
    {"224.0.0.1",        "multicast"    },
    {"255.255.255.255",  "reserved"     },
    {"0.0.0.0",          "unspecified"  },
    {"8.8.8.8",          NULL           },
    {"::",               "unspecified"  },
    {"::1",              "loopback"     },
    {"::ffff:127.0.0.1", "loopback"     },
    {"::ffff:8.8.8.8",   NULL           },
    {"64:ff9b::7f00:1",  "loopback"     },
    {"64:ff9b::808:808", NULL           },
    {"2002:7f00:1::",    "loopback"     },
    {"2002:808:808::",   NULL           },
    {"2001:db8::1",      "documentation"},
    {"2001:db9::1",      NULL           },
    {"fe80::1",          "link-local"   },
    {"fd00::1",          "private"      },
    {"ff02::1",          "multicast"    },
    {"2606:4700::1111",  NULL           },
};

static void
tells(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sceau_ip ip;
        UNIT_CASE(cases[i].ip);
        assert_true(sceau_ip_parse(sceau_slice_from(cases[i].ip), &ip));
        const char *what = ip_special(&ip);
        assert_int_equal(what == NULL, cases[i].what == NULL);
        if (what != NULL)
            assert_string_equal(what, cases[i].what);
    }
    assert_string_equal(ip_special(&(struct sceau_ip){0}), "unspecified");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells),
    };
    return cmocka_run_group_tests_name("check/special_ip", tests, NULL, NULL);
}
