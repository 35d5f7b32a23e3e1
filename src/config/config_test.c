/* Whole configurations: what they give, what is said of those that are wrong, and that
 * everything printed reads back. */
#include "config/config.h"

#include "../../tests/unit.h"
#include "core/text.h"
#include "table.h"

static struct sceau_arena *arena;
static struct sceau_config config;
static const struct config_problem *problems;
static size_t problem_count;

/* `set` may be NULL, or two of them with a blank between. */
static enum sceau_status
load_in(enum language language, const char *text, const char *set)
{
    const char *sets[4];
    size_t count = 0;
    struct sceau_slice rest = sceau_slice_from(set), word;
    struct config_source file = {SCEAU_SLICE("a.conf"), sceau_slice_from(text)};
    sceau_arena_clear(arena);
    while (set != NULL && slice_next(&rest, '|', &word))
        sets[count++] = slice_copy(arena, word).ptr;
    return config_load(arena, language, text != NULL ? &file : NULL, sets, count,
                       &config, &problems, &problem_count);
}

static enum sceau_status
load(const char *text, const char *set)
{
    return load_in(LANGUAGE_EN, text, set);
}

static const struct {
    const char *text;
    const char *set;
    const char *section, *name, *key, *value;
    const char *why;
} values[] = {
    {NULL,                                                                            NULL,                                            "policy",  "",                            "mode",                 "quarantine",                            "a default without a file"         },
    {"",                                                                              NULL,                                            "policy",  "",                            "trusted_networks",     "127.0.0.0/8 ::1",                       "a default list"                   },
    {"[policy]\nmode = reject",                                                       NULL,                                            "policy",  "",                            "mode",                 "reject",                                "the file"                         },
    {"[policy]\nmode = reject",                                                       "policy.mode=monitor",                           "policy",  "",                            "mode",                 "monitor",
     "--set beats the file"                                                                                                                                                                                                                                                          },
    {"",                                                                              "policy.mode=monitor|policy.mode=reject-direct", "policy",  "",                            "mode",
     "reject-direct",                                                                                                                                                                                                                             "the later --set"                  },
    {"[policy]\ntrusted_networks = 192.0.2.0/24\ntrusted_networks=2001:db8::/32 ::2",
     NULL,                                                                                                                             "policy",  "",                            "trusted_networks",     "192.0.2.0/24 2001:db8::/32 ::2",
     "several keys, one list, no default left"                                                                                                                                                                                                                                       },
    {"[policy]\ntrusted_networks =",                                                  NULL,                                            "policy",  "",                            "trusted_networks",     "",
     "an empty value empties a list"                                                                                                                                                                                                                                                 },
    {"[policy]\ntrusted_networks = 192.0.2.1",
     "policy.trusted_networks=192.0.2.2|"
     "policy.trusted_networks=192.0.2.3",                                                                                              "policy",  "",                            "trusted_networks",     "192.0.2.2 192.0.2.3",
     "--set replaces the file's list"                                                                                                                                                                                                                                                },
    {"[policy]\ntrusted_networks = ::ffff:192.0.2.0/120",                             NULL,                                            "policy",  "",
     "trusted_networks",                                                                                                                                                                                 "192.0.2.0/24",                          "mapped addresses are IPv4"        },
    {"[policy]\n[dns]\n[policy]\nmode = monitor",                                     NULL,                                            "policy",  "",                            "mode",                 "monitor",
     "a section may be taken up again"                                                                                                                                                                                                                                               },
    {"[policy]\nsuspect_field =",                                                     NULL,                                            "policy",  "",                            "suspect_field",        "",                                      "none"                             },
    {"[policy]\nsuspect_value = \"a # b\"",                                           NULL,                                            "policy",  "",                            "suspect_value",
     "\"a # b\"",                                                                                                                                                                                                                                 "quotes where they are needed"     },
    {"[policy]\nsuspect_value = \"a\"",                                               NULL,                                            "policy",  "",                            "suspect_value",        "a",
     "and only there"                                                                                                                                                                                                                                                                },
    {"[policy]\nsuspect_value = say \"hi\" # x",                                      NULL,                                            "policy",  "",                            "suspect_value",
     "\"say \\\"hi\\\"\"",                                                                                                                                                                                                                        "a text may hold quotes"           },
    {"[policy]\nurl = http://example.org/a:b@c",                                      NULL,                                            "policy",  "",                            "url",
     "http://example.org/a:b@c",                                                                                                                                                                                                                  "no password: its @ is in the path"},
    {"[policy]\ntemperror_tries = 0",                                                 NULL,                                            "policy",  "",                            "temperror_tries",      "0",
     "least"                                                                                                                                                                                                                                                                         },
    {"[policy]\ntemperror_tries = 100",                                               NULL,                                            "policy",  "",                            "temperror_tries",      "100",
     "most"                                                                                                                                                                                                                                                                          },
    {"[policy]\nexempt_authenticated = no",                                           NULL,                                            "policy",  "",                            "exempt_authenticated",
     "no",                                                                                                                                                                                                                                        "the other of two"                 },
    {"[dns]\ncache_size = 64KiB",                                                     NULL,                                            "dns",     "",                            "cache_size",           "64KiB",                                 "KiB"                              },
    {"[dns]\ncache_size = 2048kib",                                                   NULL,                                            "dns",     "",                            "cache_size",           "2MiB",                                  "as MiB"                           },
    {"[dns]\ncache_size = 1025",                                                      NULL,                                            "dns",     "",                            "cache_size",           "1025",                                  "octets"                           },
    {"[milter]\nlisten = unix:/m,role=both inet:8891@127.0.0.1",                      NULL,                                            "milter",  "",
     "listen",                                                                                                                                                                                           "unix:/m,role=both inet:8891@127.0.0.1", "listeners, both kinds"            },
    {"",                                                                              NULL,                                            "milter",  "",                            "timeout",              "2h",                                    "a time in its largest unit"       },
    {"[milter]\ntimeout = 90",                                                        NULL,                                            "milter",  "",                            "timeout",              "90s",
     "seconds without a unit"                                                                                                                                                                                                                                                        },
    {"[milter]\ntimeout = 1d",                                                        NULL,                                            "milter",  "",                            "timeout",              "1d",                                    "the most"                         },
    {"[journal]\non_error = tempfail\nprivacy = hash",                                NULL,                                            "journal", "",                            "privacy",
     "hash",                                                                                                                                                                                                                                      "a choice"                         },
    {"[dns]\ncache_size = 0",                                                         NULL,                                            "dns",     "",                            "cache_size",           "0",                                     "none"                             },
    {"[dns]\nresolver = 192.0.2.1@5353 ::1",                                          NULL,                                            "dns",     "",                            "resolver",
     "192.0.2.1@5353 ::1",                                                                                                                                                                                                                        "port 53 goes without saying"      },
    {"[list \"Dev@Example.ORG\"]\nrewrite_from = never",                              NULL,                                            "list",
     "Dev@example.org",                                                                                                                                                          "rewrite_from",         "never",                                 "the local part keeps its case"    },
    {"[sealer \"Lists.B\xc3\xbc"
     "cher.example.\"]\nuntil=2028-02-29",                                       NULL,                                            "sealer",  "lists.xn--bcher-kva.example", "until",                "2028-02-29",
     "A-labels; a leap day"                                                                                                                                                                                                                                                          },
    {"[sealer \"a.example\"]",                                                        NULL,                                            "sealer",  "a.example",                   "until",                "never",                                 "no end"                           },
    {"",                                                                              "sealer.lists.example.org.until=2027-01-01",     "sealer",  "lists.example.org",
     "until",                                                                                                                                                                                            "2027-01-01",                            "a name with dots in --set"        },
    {"[sealer \"a.example\"]\nuntil = 2027-01-01",                                    "sealer.A.example.until=never",
     "sealer",                                                                                                                                    "a.example",                   "until",                "never",                                 "--set finds the file's section"   },
};

static void
gives_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        UNIT_CASE(values[i].why);
        if (load(values[i].text, values[i].set) != SCEAU_OK)
            fail_msg("%s: %s", values[i].why,
                     config_problem_line(arena, &problems[0]).ptr);
        size_t count, found = 0;
        const struct config_setting *s = config_settings(arena, &config, &count);
        for (size_t k = 0; k < count; k++) {
            if (strcmp(s[k].section, values[i].section) == 0 &&
                strcmp(s[k].key, values[i].key) == 0 &&
                slice_eq(s[k].name, sceau_slice_from(values[i].name))) {
                assert_slice(s[k].value, values[i].value);
                found++;
            }
        }
        assert_int_equal(found, 1);
    }
}

static void
fills_the_struct(void **state)
{
    (void)state;
    assert_int_equal(load("[dmarc]\ndiscovery = hybrid\n[policy]\nmode = reject\n"
                          "invalid_from = refuse\n[sealer \"a.example\"]\n"
                          "until = 1970-01-02\n[sealer \"b.example\"]\n"
                          "[list \"l@c.example\"]\nrewrite_from = always\n",
                          NULL),
                     SCEAU_OK);
    assert_int_equal(config.dmarc.discovery, SCEAU_DMARC_HYBRID);
    assert_int_equal(config.policy.mode, POLICY_MODE_REJECT);
    assert_int_equal(config.policy.invalid_from, POLICY_INVALID_FROM_REFUSE);
    assert_int_equal(config.dns.cache_size, 8 * 1024 * 1024);
    assert_int_equal(config.dns.down_after, 8);
    assert_true(config.verify.iprev);
    assert_int_equal(config.sealer_count, 2);
    assert_slice(config.sealers[1].domain, "b.example");
    assert_true(config.sealers[0].until == 86400 &&
                config.sealers[1].until == INT64_MAX);
    assert_int_equal(config.list_count, 1);
    assert_int_equal(config.lists[0].rewrite_from, POLICY_REWRITE_ALWAYS);
}

/* The defaults stand twice, here and in src/policy: they have to agree. */
static void
hands_policy_its_defaults(void **state)
{
    (void)state;
    struct policy_config want, got;
    assert_int_equal(load(NULL, NULL), SCEAU_OK);
    policy_config_init(&want);
    assert_int_equal(config_to_policy(arena, &config, &got), SCEAU_OK);
    assert_int_equal(got.mode, want.mode);
    assert_int_equal(got.invalid_from, want.invalid_from);
    assert_int_equal(got.quarantine, want.quarantine);
    assert_int_equal(got.on_temperror, want.on_temperror);
    assert_int_equal(got.temperror_tries, want.temperror_tries);
    assert_int_equal(got.exempt_authenticated, want.exempt_authenticated);
    assert_int_equal(got.exempt_local_socket, want.exempt_local_socket);
    assert_int_equal(got.sealer_count, want.sealer_count);
    assert_int_equal(got.forwarder_count, want.forwarder_count);
    assert_int_equal(got.exempt_senders.count + got.exempt_recipients.count +
                         got.exempt_networks.count + got.exempt_dkim.count +
                         got.own_domains.count,
                     0);
    assert_int_equal(got.refuse_spf_fail, want.refuse_spf_fail);
    assert_int_equal(got.refuse_own_domains, want.refuse_own_domains);
    assert_int_equal(got.private_field_count, want.private_field_count);
    assert_true(slice_eq(got.fail_field, want.fail_field));
    assert_true(slice_eq(got.suspect_field, want.suspect_field));
    assert_true(slice_eq(got.suspect_value, want.suspect_value));
    assert_true(slice_eq(got.url, want.url) &&
                slice_eq(got.authserv_id, want.authserv_id));
    assert_int_equal(got.trusted_network_count, want.trusted_network_count);
    for (size_t i = 0; i < want.trusted_network_count; i++) {
        assert_true(ip_equal(&got.trusted_networks[i].address,
                             &want.trusted_networks[i].address));
        assert_int_equal(got.trusted_networks[i].prefix,
                         want.trusted_networks[i].prefix);
    }
}

static void
hands_policy_its_settings(void **state)
{
    (void)state;
    struct policy_config got;
    assert_int_equal(
        load("[milter]\nauthserv_id = mx.example\n[policy]\nmode = reject\n"
             "on_temperror = accept\nquarantine = both\nurl = https://a\n"
             "private_fields = X-A X-B\n[sealer \"l.example\"]\n"
             "until = 2027-01-01\nrecipients = c.example\n[policy]\n"
             "exempt_senders = A.Example b.example\nexempt_recipients = X@A.Example\n"
             "exempt_networks = 192.0.2.0/24\nexempt_dkim = d.example\n"
             "refuse_spf_fail = yes\nown_domains = o.example\n"
             "refuse_own_domains = yes\n[forwarder \"F.example\"]\n"
             "until = 2027-01-01\nnetworks = ::1\nrecipients = a@b.example\n"
             "[list \"Dev@L.Example\"]\nname = The list\nrefuse_restrictive = yes\n",
             NULL),
        SCEAU_OK);
    assert_int_equal(config_to_policy(arena, &config, &got), SCEAU_OK);
    assert_slice(got.authserv_id, "mx.example");
    assert_int_equal(got.mode, POLICY_MODE_REJECT);
    assert_int_equal(got.on_temperror, POLICY_TEMPERROR_ACCEPT);
    assert_int_equal(got.quarantine, POLICY_QUARANTINE_BOTH);
    assert_slice(got.url, "https://a");
    assert_int_equal(got.private_field_count, 2);
    assert_slice(got.private_fields[1], "X-B");
    assert_int_equal(got.sealer_count, 1);
    assert_slice(got.sealers[0].domain, "l.example");
    assert_true(got.sealers[0].until == 1798761600);
    assert_slice(got.sealers[0].recipients.items[0], "c.example");
    assert_int_equal(got.exempt_senders.count, 2);
    assert_slice(got.exempt_senders.items[0], "a.example");
    assert_slice(got.exempt_recipients.items[0], "X@a.example");
    assert_int_equal(got.exempt_networks.items[0].prefix, 24);
    assert_slice(got.exempt_dkim.items[0], "d.example");
    assert_true(got.refuse_spf_fail && got.refuse_own_domains);
    assert_slice(got.own_domains.items[0], "o.example");
    assert_int_equal(got.list_count, 1);
    assert_slice(got.lists[0].address, "Dev@l.example");
    assert_slice(got.lists[0].name, "The list");
    assert_int_equal(got.lists[0].rewrite_from, POLICY_REWRITE_DMARC);
    assert_true(got.lists[0].refuse_restrictive);
    assert_int_equal(got.forwarder_count, 1);
    assert_slice(got.forwarders[0].domain, "f.example");
    assert_true(got.forwarders[0].until == 1798761600);
    assert_int_equal(got.forwarders[0].networks.items[0].address.version, 6);
    assert_slice(got.forwarders[0].recipients.items[0], "a@b.example");
}

static const struct {
    const char *text;
    const char *set;
    const char *problem; /* its beginning */
    const char *why;
} refused[] = {
    {"mode = reject",                                    NULL,                   "a.conf:1:1: \"mode\" stands before the first [section]",
     "no section"                                                                                                                                                    },
    {"[polcy]\nmode = reject",                           NULL,
     "a.conf:1:2: no section [polcy]; did you mean \"policy\"?",                                                                           "nearest section"         },
    {"[zzzzzz]",                                         NULL,                   "a.conf:1:2: no section [zzzzzz]",                        "no section is near"      },
    {"[policy]\n  moed = reject",                        NULL,
     "a.conf:2:3: [policy] has no key \"moed\"; did you mean \"mode\"?",                                                                   "nearest key"             },
    {"[dns]\nmode = reject",                             NULL,
     "a.conf:2:1: [dns] has no key \"mode\"; [policy] has",                                                                                "the section that has it" },
    {"[policy]\nmode = rejct",                           NULL,
     "a.conf:2:8: mode = \"rejct\": expected one of: monitor quarantine reject-direct "
     "reject; did you mean \"reject\"?",                                                                                                   "nearest value"           },
    {"[policy]\nmode = reject reject",                   NULL,                   "a.conf:2:15: mode takes one value",
     "two"                                                                                                                                                           },
    {"[policy]\nmode =",                                 NULL,                   "a.conf:2:7: mode = \"\": expected one of",               "none"                    },
    {"[policy]\nmode = reject\n\nmode = monitor",        NULL,
     "a.conf:4:1: mode is already set on line 2",                                                                                          "twice"                   },
    {"[policy]\ntemperror_tries = 101",                  NULL,
     "a.conf:2:19: temperror_tries = \"101\": expected a number from 0 to 100",                                                            "one above the most"      },
    {"[policy]\ntemperror_tries = 18446744073709551617", NULL,
     "a.conf:2:19: ",                                                                                                                      "must not wrap to 1"      },
    {"[policy]\ntrusted_networks = ::1 10.0.0.0/33",     NULL,
     "a.conf:2:24: trusted_networks = \"10.0.0.0/33\": expected addresses",                                                                "the second item is meant"},
    {"[policy]\ntrusted_networks = \"::1",               NULL,
     "a.conf:2:20: the closing quote is missing",                                                                                          "an open quote"           },
    {"[policy]\nprivate_fields = X-A:",                  NULL,                   "a.conf:2:18: private_fields = \"X-A:\"",
     "a colon is no part of a name"                                                                                                                                  },
    {"[policy]\nfail_field =",                           NULL,                   "a.conf:2:13: fail_field = \"\"",                         "needs a name"            },
    {"[policy]\nexempt_authenticated = on",              NULL,
     "a.conf:2:24: exempt_authenticated = \"on\": expected yes or no",                                                                     "one spelling"            },
    {"[dns]\ncache_size = 1GiB",                         NULL,                   "a.conf:2:14: cache_size",                                "no such unit"            },
    {"[dns]\ncache_size = 17592186044416MiB",            NULL,                   "a.conf:2:14: cache_size",
     "2^64 octets must not wrap to 0"                                                                                                                                },
    {"[dns]\ncache_size = MiB",                          NULL,                   "a.conf:2:14: cache_size",                                "a unit alone"            },
    {"[dns]\nresolver = 192.0.2.1@0",                    NULL,                   "a.conf:2:12: resolver",                                  "port 0"                  },
    {"[dns]\nresolver = 192.0.2.1@65536",                NULL,                   "a.conf:2:12: resolver",                                  "port 65536"              },
    {"[dns]\nresolver = 192.0.2.1@",                     NULL,                   "a.conf:2:12: resolver",                                  "no port"                 },
    {"[dns]\nresolver = ns.example",                     NULL,                   "a.conf:2:12: resolver",
     "a name is no address"                                                                                                                                          },
    {"[sealer \"a.example\"]\nuntil = 2027-02-29",       NULL,                   "a.conf:2:9: until",
     "no leap year"                                                                                                                                                  },
    {"[sealer \"a.example\"]\nuntil = 1969-12-31",       NULL,                   "a.conf:2:9: until",
     "before the epoch"                                                                                                                                              },
    {"[sealer \"a.example\"]\nuntil = 2027-00-01",       NULL,                   "a.conf:2:9: until",
     "month 0"                                                                                                                                                       },
    {"[sealer \"a.example\"]\nuntil = 2027-13-01",       NULL,                   "a.conf:2:9: until",
     "month 13"                                                                                                                                                      },
    {"[sealer \"a.example\"]\nuntil = 2027-01-00",       NULL,                   "a.conf:2:9: until",                                      "day 0"                   },
    {"[sealer \"a.example\"]\nuntil = 2027-1-01",        NULL,                   "a.conf:2:9: until",
     "one digit"                                                                                                                                                     },
    {"[sealer \"a b\"]",                                 NULL,                   "a.conf:1:9: expected a domain: [sealer \"lists.example",
     "no domain"                                                                                                                                                     },
    {"[mailbox \"a b\"]",                                NULL,                   "a.conf:1:10: expected a name of letters",                "a blank"                 },
    {"[report]\nfrom = notanaddress",                    NULL,
     "a.conf:2:8: from = \"notanaddress\": expected a mail address",                                                                       "what reports come from"  },
    {"[report]\nfrom = \"a b@example.org\"",             NULL,
     "a.conf:2:8: from = \"a b@example.org\": expected a mail address",                                                                    "a blank inside"          },
    {"[milter]\nlisten = nowhere",                       NULL,
     "a.conf:2:10: listen = \"nowhere\": expected listeners such as unix:",                                                                "a plural"                },
    {"[sealer]",                                         NULL,                   "a.conf:1:2: expected a domain",                          "no name"                 },
    {"[list \"a.example\"]",                             NULL,                   "a.conf:1:7: expected an address",                        "no @"                    },
    {"[list \"@a.example\"]",                            NULL,                   "a.conf:1:7: expected an address",                        "no local part"           },
    {"[policy \"x\"]",                                   NULL,                   "a.conf:1:9: [policy] has no name",                       "it is the only one"      },
    {"[policy]\npassword = x",                           NULL,                   "a.conf:2:1: secrets are not kept here",
     "a secret"                                                                                                                                                      },
    {"[policy]\nurl = https://u:p@example.org/",         NULL,
     "a.conf:2:7: a password has no place here",                                                                                           "a secret in a URL"       },
    {"[policy]\nmode = \033[31m",                        NULL,                   "a.conf:2:8: a control character",
     "an escape sequence never reaches the terminal"                                                                                                                 },
    {"[policy]\nmode = \xff",                            NULL,                   "a.conf:2:1: this is not UTF-8",
     "nor other octets"                                                                                                                                              },
    {"[policy]\nmode = \xc3\xa9",                        NULL,                   "a.conf:2:8: mode = \"\\xc3\\xa9\"",                      "escaped"                 },
    {NULL,                                               "policy.mode=rejct",    "--set:13: mode = \"rejct\"",                             "column of the value"     },
    {NULL,                                               "policy.mode",          "--set:1: expected section.key=value",                    "no value"                },
    {NULL,                                               "mode=reject",          "--set:1: expected section.key=value",                    "no section"              },
    {NULL,                                               "policy.x.mode=reject", "--set:8: [policy] has no name",                          "a name too many"         },
    {NULL,                                               ".mode=reject",         "--set:1: no section []",                                 "empty section"           },
    {NULL,                                               "policy.=reject",       "--set:8: [policy] has no key \"\"",                      "empty key"               },
    {NULL,                                               "policy.password=x",    "--set:8: secrets are not kept here",
     "every process list shows --set"                                                                                                                                },
};

static void
says_what_is_wrong(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        UNIT_CASE(refused[i].why);
        if (load(refused[i].text, refused[i].set) != SCEAU_E_SYNTAX)
            fail_msg("%s: accepted", refused[i].why);
        assert_int_equal(problem_count, 1);
        struct sceau_slice line = config_problem_line(arena, &problems[0]);
        if (!slice_starts_ci(line, sceau_slice_from(refused[i].problem)))
            fail_msg("%s: %s", refused[i].why, line.ptr);
    }
}

static const struct {
    const char *text, *set;
    const char *problem; /* all of it */
    const char *why;
} in_french[] = {
    {"[policy]\nmode = rejct",          NULL,
     "a.conf:2:8: mode = «\u00a0rejct\u00a0»\u00a0: valeur attendue\u00a0: l’une de\u00a0: monitor quarantine "
     "reject-direct reject\u202f; vouliez-vous dire «\u00a0reject\u00a0»\u202f?",                            "the sentence, what is wanted, and the hint"   },
    {"[policy]\nmode = \xc3\xa9",       NULL,
     "a.conf:2:8: mode = «\u00a0\\xc3\\xa9\u00a0»\u00a0: valeur attendue\u00a0: l’une de\u00a0: monitor "
     "quarantine reject-direct reject",                                                                        "their octets are escaped, our letters are not"},
    {"[policy]\ntemperror_tries = 101", NULL,
     "a.conf:2:19: temperror_tries = «\u00a0101\u00a0»\u00a0: valeur attendue\u00a0: un nombre de 0 à 100",
     "the option's bounds"                                                                                                                                    },
    {"[policy]\nmode = \"a",            NULL,          "a.conf:2:8: le guillemet fermant manque",
     "a problem of the grammar"                                                                                                                               },
    {NULL,                              "policy.mode",
     "--set:1: section.clé=valeur attendu, et non «\u00a0policy.mode\u00a0»",                               "--set"                                        },
};

static void
says_it_in_french(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof in_french / sizeof *in_french; i++) {
        UNIT_CASE(in_french[i].why);
        assert_int_equal(load_in(LANGUAGE_FR, in_french[i].text, in_french[i].set),
                         SCEAU_E_SYNTAX);
        assert_slice(config_problem_line(arena, &problems[0]), in_french[i].problem);
    }
}

/* Whatever is refused in English is refused in other words in French. */
static void
says_all_of_it_in_french(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char english[512];
        UNIT_CASE(refused[i].why);
        load(refused[i].text, refused[i].set);
        snprintf(english, sizeof english, "%.*s", SLICE_ARG(problems[0].text));
        load_in(LANGUAGE_FR, refused[i].text, refused[i].set);
        if (slice_eq(problems[0].text, sceau_slice_from(english)))
            fail_msg("%s: English in French: %s", refused[i].why, english);
    }
}

static void
tells_every_problem_up_to_a_limit(void **state)
{
    (void)state;
    static char text[4096];
    assert_int_equal(load("[policy]\nmode = x\n[nix]\nignored = 1\n[dns]\nx = 1\n",
                          NULL),
                     SCEAU_E_SYNTAX);
    assert_int_equal(problem_count, 3);
    memset(text, ' ', sizeof text);
    for (size_t i = 0; i + 4 < sizeof text; i += 4)
        memcpy(text + i, "[]\n ", 4);
    text[sizeof text - 1] = '\0';
    assert_int_equal(load(text, NULL), SCEAU_E_SYNTAX);
    assert_int_equal(problem_count, CONFIG_PROBLEMS_MAX);
}

static void
knows_its_limits(void **state)
{
    (void)state;
    char *text = calloc(1, CONFIG_TEXT_MAX + 2);
    assert_non_null(text);
    memset(text, '\n', CONFIG_TEXT_MAX + 1);
    assert_int_equal(load(text, NULL), SCEAU_E_SYNTAX);
    assert_non_null(strstr(problems[0].text.ptr, "at most 1048576 octets"));
    text[CONFIG_TEXT_MAX] = '\0';
    assert_int_equal(load(text, NULL), SCEAU_OK);

    struct text list = text_in(text, CONFIG_TEXT_MAX);
    text_string(&list, "[policy]\ntrusted_networks =");
    for (size_t i = 0; i < CONFIG_ITEMS_MAX; i++)
        text_string(&list, " ::1");
    assert_int_equal(load(text_done(&list).ptr, NULL), SCEAU_OK);
    assert_int_equal(config.policy.trusted_networks.count, CONFIG_ITEMS_MAX);
    text_string(&list, " ::1");
    assert_int_equal(load(text_done(&list).ptr, NULL), SCEAU_E_SYNTAX);

    struct text sections = text_in(text, CONFIG_TEXT_MAX);
    for (size_t i = 0; i <= CONFIG_SECTIONS_MAX; i++)
        text_format(&sections, "[sealer \"s%zu.example\"]\n", i);
    assert_int_equal(load(text_done(&sections).ptr, NULL), SCEAU_E_SYNTAX);
    assert_int_equal(config.sealer_count, CONFIG_SECTIONS_MAX);
    free(text);
}

static void
says_so_when_memory_is_short(void **state)
{
    (void)state;
    struct config_source file = {SCEAU_SLICE("a"),
                                 SCEAU_SLICE("[policy]\nurl = \"\\a\"")};
    for (size_t ceiling = 0; ceiling < 16 * 1024; ceiling += 64) {
        struct sceau_arena *small = sceau_arena_new(ceiling);
        enum sceau_status status = config_load(small, LANGUAGE_EN, &file, NULL, 0,
                                               &config, &problems, &problem_count);
        assert_true(status == SCEAU_OK || status == SCEAU_E_LIMIT);
        if (status == SCEAU_OK)
            assert_slice(config.policy.url, "a");
        sceau_arena_free(small);
    }
}

/* The same configuration again. */
static void
assert_reads_back(void)
{
    size_t count, again_count;
    struct sceau_arena *second = sceau_arena_new(1 << 20);
    struct sceau_config again;
    struct config_source file = {SCEAU_SLICE("shown"), config_show(arena, &config)};
    const struct config_setting *s = config_settings(arena, &config, &count), *t;
    assert_int_equal(config_load(second, LANGUAGE_EN, &file, NULL, 0, &again, &problems,
                                 &problem_count),
                     SCEAU_OK);
    t = config_settings(second, &again, &again_count);
    assert_int_equal(count, again_count);
    for (size_t i = 0; i < count; i++)
        assert_true(slice_eq(s[i].value, t[i].value) && slice_eq(s[i].name, t[i].name));
    sceau_arena_free(second);
}

static void
shows_what_reads_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        UNIT_CASE(values[i].why);
        assert_int_equal(load(values[i].text, values[i].set), SCEAU_OK);
        assert_reads_back();
    }
    load("[policy]\nmode = reject\n", "dns.recursion=yes");
    struct sceau_slice shown = config_show(arena, &config);
    assert_non_null(strstr(shown.ptr, "[policy]\nmode = reject"));
    assert_non_null(strstr(shown.ptr, " # line 2\n"));
    assert_non_null(strstr(shown.ptr, " # --set\n"));
    assert_non_null(strstr(shown.ptr, " # default\n"));
}

/* The sample with its comment marks taken off is a configuration of defaults, with one
 * more section of each named kind. */
static void
gives_a_sample_that_reads(void **state)
{
    (void)state;
    struct sceau_arena *own = sceau_arena_new(1 << 20);
    struct sceau_slice sample = config_sample(own);
    char *text = calloc(1, sample.len + 1);
    assert_non_null(text);
    for (size_t i = 0, len = 0; i < sample.len; i++) {
        bool is_mark = sample.ptr[i] == '#' && sample.ptr[i + 1] != ' ';
        if (!is_mark)
            text[len++] = sample.ptr[i];
    }
    if (load(text, NULL) != SCEAU_OK)
        fail_msg("%s", config_problem_line(arena, &problems[0]).ptr);
    size_t count, options = 0;
    const struct config_setting *s = config_settings(arena, &config, &count);
    for (size_t i = 0; i < config_section_count; i++)
        options += config_sections[i].option_count;
    assert_int_equal(count, options);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(s[i].layer, CONFIG_FILE);
    assert_int_equal(load(sample.ptr, NULL), SCEAU_OK); /* and all of it is comments */
    assert_int_equal(config.sealer_count, 0);
    free(text);
    sceau_arena_free(own);
}

/* Begins with a capital, ends with a full stop, and has its French. */
static void
assert_sentence(const char *text)
{
    const char *french = language_text(LANGUAGE_FR, text);
    assert_true(*text >= 'A' && *text <= 'Z');
    assert_true(text[strlen(text) - 1] == '.');
    assert_true(french != text && french[strlen(french) - 1] == '.');
}

static void
describes_every_option(void **state)
{
    (void)state;
    struct sceau_slice man = config_man(arena);
    for (size_t i = 0; i < config_section_count; i++) {
        UNIT_CASE(config_sections[i].name);
        assert_sentence(config_sections[i].sentence);
        for (size_t k = 0; k < config_sections[i].option_count; k++) {
            const struct config_option *o = &config_sections[i].options[k];
            UNIT_CASE(o->key);
            assert_sentence(o->sentence);
            assert_non_null(strstr(man.ptr, o->key));
        }
    }
}

static int
make_arena(void **state)
{
    (void)state;
    arena = sceau_arena_new((size_t)64 << 20);
    return arena == NULL;
}

static int
free_arena(void **state)
{
    (void)state;
    sceau_arena_free(arena);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_values),
        cmocka_unit_test(fills_the_struct),
        cmocka_unit_test(hands_policy_its_defaults),
        cmocka_unit_test(hands_policy_its_settings),
        cmocka_unit_test(says_what_is_wrong),
        cmocka_unit_test(says_it_in_french),
        cmocka_unit_test(says_all_of_it_in_french),
        cmocka_unit_test(tells_every_problem_up_to_a_limit),
        cmocka_unit_test(knows_its_limits),
        cmocka_unit_test(says_so_when_memory_is_short),
        cmocka_unit_test(shows_what_reads_back),
        cmocka_unit_test(gives_a_sample_that_reads),
        cmocka_unit_test(describes_every_option),
    };
    return cmocka_run_group_tests_name("config", tests, make_arena, free_arena);
}
