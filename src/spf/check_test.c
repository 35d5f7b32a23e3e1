/* check_host() over small worlds: the examples of RFC 7208 appendix A, the limits of its
 * section 4.6.4 at and beyond their edge, and what comes out besides the result. */
#include "sceau/dns.h"
#include "sceau/spf.h"

#include "../../tests/unit.h"
#include "core/slice.h"
#include "core/text.h"

#include <limits.h>

/* ---- one evaluation ---------------------------------------------------------------------- */

struct world {
    struct sceau_resolver *zone;
    struct sceau_arena *arena;
    struct sceau_dns_session session;
    struct sceau_context context;
};

static void
world_open(struct world *w, const char *zone_text, size_t memory)
{
    struct sceau_zone_error error;
    w->zone = sceau_zone_resolver_new(sceau_slice_from(zone_text), &error);
    if (w->zone == NULL)
        fail_msg("%zu:%zu: %s", error.line, error.column, error.text);
    w->arena = sceau_arena_new(memory);
    assert_non_null(w->arena);
    sceau_dns_session_init(&w->session, w->zone, w->arena, SCEAU_DNS_MESSAGE_MS);
    w->context = (struct sceau_context){
        .arena = w->arena,
        .resolver = &w->session.resolver,
        .now = 1767225600,
    };
}

static void
world_close(struct world *w)
{
    sceau_arena_free(w->arena);
    sceau_zone_resolver_free(w->zone);
}

static struct sceau_spf_query
query_of(const char *ip, const char *sender, const char *helo)
{
    struct sceau_spf_query query = {
        .helo = sceau_slice_from(helo),
        .sender = sceau_slice_from(sender),
        .identity = SCEAU_SPF_MAIL_FROM,
        .default_explanation = SCEAU_SLICE("DEFAULT"),
        .want_explanation = true,
    };
    assert_true(ip[0] == '\0' || sceau_ip_parse(sceau_slice_from(ip), &query.ip));
    return query;
}

/* Every answer of a world where example.com publishes `record`, as the case says. */
#define RECORD(record) "example.com. TXT \"v=spf1 " record "\"\n"

/* ---- results ------------------------------------------------------------------------------- */

struct result_case {
    const char *zone;
    const char *ip;
    const char *want; /* "result mechanism", or "result: reason" */
    const char *why;
};

static void
check_cases(const struct result_case *cases, size_t count, const char *common,
            const char *sender)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        char zone[8192], got[256];
        struct world w;
        struct sceau_spf_outcome o;
        struct sceau_spf_query query = query_of(cases[i].ip, sender, "mta.example.net");
        UNIT_CASE(cases[i].why);
        snprintf(zone, sizeof zone, "$ORIGIN .\n$TTL 300\n%s%s", common, cases[i].zone);
        world_open(&w, zone, SCEAU_MESSAGE_MEMORY);
        sceau_spf_check(&w.context, &query, &o);
        assert_true(o.reason == NULL || o.mechanism.len == 0);
        snprintf(got, sizeof got, "%s%s%s%.*s", sceau_spf_result_name(o.result),
                 o.reason != NULL ? ": " : " ", o.reason != NULL ? o.reason : "",
                 SLICE_ARG(o.mechanism));
        if (strcmp(got, cases[i].want) != 0) {
            fprintf(stderr, "%s: got \"%s\", want \"%s\"\n", cases[i].why, got,
                    cases[i].want);
            wrong++;
        }
        world_close(&w);
    }
    assert_int_equal(wrong, 0);
}

#define CHECK_CASES(cases, common, sender) \
 check_cases((cases), sizeof(cases) / sizeof *(cases), (common), (sender))

static const char appendix_a[] = "example.com. MX 10 mail-a.example.com.\n"
                                 "example.com. MX 20 mail-b.example.com.\n"
                                 "example.com. A 192.0.2.10\n"
                                 "example.com. A 192.0.2.11\n"
                                 "amy.example.com. A 192.0.2.65\n"
                                 "bob.example.com. A 192.0.2.66\n"
                                 "mail-a.example.com. A 192.0.2.129\n"
                                 "mail-b.example.com. A 192.0.2.130\n"
                                 "www.example.com. CNAME example.com.\n"
                                 "example.org. MX 10 mail-c.example.org.\n"
                                 "mail-c.example.org. A 192.0.2.140\n"
                                 "10.2.0.192.in-addr.arpa. PTR example.com.\n"
                                 "11.2.0.192.in-addr.arpa. PTR example.com.\n"
                                 "65.2.0.192.in-addr.arpa. PTR amy.example.com.\n"
                                 "66.2.0.192.in-addr.arpa. PTR bob.example.com.\n"
                                 "129.2.0.192.in-addr.arpa. PTR mail-a.example.com.\n"
                                 "130.2.0.192.in-addr.arpa. PTR mail-b.example.com.\n"
                                 "140.2.0.192.in-addr.arpa. PTR mail-c.example.org.\n"
                                 "4.0.0.10.in-addr.arpa. PTR bob.example.com.\n";

#define UNION_OF_TWO                                                              \
 "example.org. TXT \"v=spf1 include:a.example.com include:a.example.net -all\"\n" \
 "a.example.com. TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"                             \
 "a.example.net. TXT \"v=spf1 ip4:192.0.2.2 -all\"\n" RECORD("redirect=example.org")

#define DNSBL                                                                    \
 RECORD("mx include:mobile-users._spf.%{d} include:remote-users._spf.%{d} -all") \
 "mobile-users._spf.example.com. TXT \"v=spf1 exists:%{l1r+}.%{d}\"\n"           \
 "remote-users._spf.example.com. TXT \"v=spf1 exists:%{ir}.%{l1r+}.%{d}\"\n"

/* The RFC writes a bare "-ptr", which would ask for names below ptr._spf.example.com. */
#define DE_MORGAN                                                \
 RECORD("-include:ip4._spf.%{d} -include:ptr._spf.%{d} +all")    \
 "ip4._spf.example.com. TXT \"v=spf1 -ip4:192.0.2.0/24 +all\"\n" \
 "ptr._spf.example.com. TXT \"v=spf1 -ptr:%{o} +all\"\n"

static const struct result_case examples[] = {
    {RECORD("+all"),                                                        "203.0.113.9", "pass +all",                           "A.1: any address passes"       },
    {RECORD("a -all"),                                                      "192.0.2.10",  "pass a",                              "A.1"                           },
    {RECORD("a -all"),                                                      "192.0.2.11",  "pass a",                              "A.1"                           },
    {RECORD("a -all"),                                                      "192.0.2.65",  "fail -all",                           "A.1"                           },
    {RECORD("a:example.org -all"),                                          "192.0.2.140", "fail -all",
     "A.1: example.org has no address"                                                                                                                            },
    {RECORD("mx -all"),                                                     "192.0.2.129", "pass mx",                             "A.1"                           },
    {RECORD("mx -all"),                                                     "192.0.2.130", "pass mx",                             "A.1"                           },
    {RECORD("mx:example.org -all"),                                         "192.0.2.140", "pass mx:example.org",                 "A.1"                           },
    {RECORD("mx mx:example.org -all"),                                      "192.0.2.140", "pass mx:example.org",                 "A.1"                           },
    {RECORD("mx/30 mx:example.org/30 -all"),                                "192.0.2.131", "pass mx/30",                          "A.1"                           },
    {RECORD("mx/30 mx:example.org/30 -all"),                                "192.0.2.143", "pass mx:example.org/30",
     "A.1"                                                                                                                                                        },
    {RECORD("mx/30 mx:example.org/30 -all"),                                "192.0.2.132", "fail -all",                           "A.1"                           },
    {RECORD("ptr -all"),                                                    "192.0.2.65",  "pass ptr",                            "A.1: valid, and in example.com"},
    {RECORD("ptr -all"),                                                    "192.0.2.140", "fail -all",                           "A.1: valid, but not in it"     },
    {RECORD("ptr -all"),                                                    "10.0.0.4",    "fail -all",                           "A.1: not valid"                },
    {RECORD("ip4:192.0.2.128/28 -all"),                                     "192.0.2.65",  "fail -all",                           "A.1"                           },
    {RECORD("ip4:192.0.2.128/28 -all"),                                     "192.0.2.129", "pass ip4:192.0.2.128/28",
     "A.1"                                                                                                                                                        },
    {RECORD("a:www.example.com -all"),                                      "192.0.2.10",  "pass a:www.example.com",
     "a CNAME is followed"                                                                                                                                        },
    {UNION_OF_TWO,                                                          "192.0.2.1",   "pass include:a.example.com",          "A.2: the first"                },
    {UNION_OF_TWO,                                                          "192.0.2.2",   "pass include:a.example.net",          "A.2: the second"               },
    {UNION_OF_TWO,                                                          "192.0.2.3",   "fail -all",                           "A.2: neither"                  },
    {DNSBL "mary.mobile-users._spf.example.com. A 127.0.0.2\n",             "203.0.113.9",
     "pass include:mobile-users._spf.%{d}",                                                                                       "A.3: from anywhere"            },
    {DNSBL "9.113.0.203.mary.remote-users._spf.example.com. A 127.0.0.2\n",
     "203.0.113.9",                                                                        "pass include:remote-users._spf.%{d}", "A.3: from one address"         },
    {DNSBL,                                                                 "203.0.113.9", "fail -all",                           "A.3: no such user"             },
    {DE_MORGAN,                                                             "192.0.2.65",  "pass +all",                           "A.4: both hold"                },
    {DE_MORGAN,                                                             "10.0.0.4",    "fail -include:ip4._spf.%{d}",         "A.4: the network does not"     },
    {DE_MORGAN,                                                             "192.0.2.77",  "fail -include:ptr._spf.%{d}",         "A.4: the name does not"        },
};

static void
follows_the_examples(void **state)
{
    (void)state;
    CHECK_CASES(examples, appendix_a, "mary@example.com");
}

/* A record that includes one at i.example.com. */
#define INCLUDES(record)              \
 RECORD("include:i.example.com ?all") \
 "i.example.com. TXT \"v=spf1 " record "\"\n"

static const struct result_case rules[] = {
    {"",                                                                                      "192.0.2.1",        "none: the domain does not exist",              "4.3: NXDOMAIN"                               },
    {"example.com. A 192.0.2.1\n",                                                            "192.0.2.1",        "none: no SPF record",                          "4.5: no TXT"                                 },
    {"example.com. TXT \"v=spf10 +all\"\n",                                                   "192.0.2.1",        "none: no SPF record",
     "4.5: another version"                                                                                                                                                                                     },
    {"example.com. TYPE99 \\# 12 0b763d73706631202b616c6c\n",                                 "192.0.2.1",
     "none: no SPF record",                                                                                                                                       "3.1: type 99 is not looked at"               },
    {"$FAIL example.com. TXT SERVFAIL\n",                                                     "192.0.2.1",        "temperror: a DNS server failed",
     "4.4"                                                                                                                                                                                                      },
    {"$FAIL example.com. TXT TIMEOUT\n",                                                      "192.0.2.1",
     "temperror: DNS did not answer in time",                                                                                                                     "4.4"                                         },
    {"$FAIL example.com. TXT REFUSED\n",                                                      "192.0.2.1",
     "temperror: a DNS server refused to answer",                                                                                                                 "4.4: any RCODE but 0 and 3"                  },
    {"$FAIL example.com. TXT BOGUS\n",                                                        "192.0.2.1",
     "temperror: DNSSEC validation failed",                                                                                                                       "11.3"                                        },
    {RECORD("+all") RECORD("-all"),                                                           "192.0.2.1",        "permerror: more than one SPF record",
     "4.5"                                                                                                                                                                                                      },
    {RECORD("-all") "example.com. TXT \"v=spf1\"\n",                                          "192.0.2.1",
     "permerror: more than one SPF record",                                                                                                                       "4.5, an empty one too"                       },
    {RECORD("+all") "example.com. TXT \"other\"\n",                                           "192.0.2.1",        "pass +all",
     "4.5: others are discarded"                                                                                                                                                                                },
    {"example.com. TXT \"v=spf1 ip4:192.0\" \".2.1 -all\"\n",                                 "192.0.2.1",
     "pass ip4:192.0.2.1",                                                                                                                                        "3.3: strings join without a space"           },
    {RECORD("ip4:192.0.2.1 moo"),                                                             "192.0.2.1",
     "permerror: the SPF record has a syntax error",                                                                                                              "4.6: an error behind the match"              },
    {RECORD("ip4:192.0.2.1"),                                                                 "192.0.2.2",        "neutral default",                              "4.7"                                         },
    {"example.com. TXT \"v=spf1\"\n",                                                         "192.0.2.2",        "neutral default",                              "4.7"                                         },
    {RECORD("?all -all"),                                                                     "192.0.2.2",        "neutral ?all",                                 "5.1: what follows is ignored"                },
    {RECORD("-ip4:192.0.2.0/24 all"),                                                         "::ffff:192.0.2.9", "fail -ip4:192.0.2.0/24",
     "5: a mapped address is IPv4"                                                                                                                                                                              },
    {RECORD("ip6:::ffff:0:0/96 -all"),                                                        "::ffff:192.0.2.9", "fail -all",
     "5: and in no IPv6 network"                                                                                                                                                                                },
    {RECORD("ip6:2001:db8::/32 -all"),                                                        "2001:db8:ffff::1", "pass ip6:2001:db8::/32",
     "5.6"                                                                                                                                                                                                      },
    {RECORD("a a//64 -all") "example.com. AAAA 2001:db8::1\n",                                "2001:db8::2",
     "pass a//64",                                                                                                                                                "5.3: AAAA for IPv6, its own prefix"          },
    {RECORD("mx -all") "example.com. A 192.0.2.1\n",                                          "192.0.2.1",        "fail -all",
     "5.4: no implicit MX"                                                                                                                                                                                      },
    {RECORD("mx -all") "example.com. MX 0 .\n",                                               "192.0.2.1",        "fail -all",
     "RFC 7505: a null MX has no host"                                                                                                                                                                          },
    {RECORD("exists:x.%{d} -all") "x.example.com. A 127.0.0.2\n",                             "2001:db8::1",
     "pass exists:x.%{d}",                                                                                                                                        "5.7: an A record for IPv6 clients too"       },
    {RECORD("exists:x.%{d} -all") "x.example.com. AAAA ::1\n",                                "2001:db8::1",
     "fail -all",                                                                                                                                                 "5.7: AAAA does not count"                    },
    {RECORD("exists:x.%{d} -all") "$FAIL x.example.com. A TIMEOUT\n",                         "192.0.2.1",
     "temperror: DNS did not answer in time",                                                                                                                     "5: trouble ends it"                          },
    {RECORD("mx ip4:192.0.2.1") "example.com. MX 1 m.example.com.\n"
                                "$FAIL m.example.com. A SERVFAIL\n",                     "192.0.2.1",        "temperror: a DNS server failed",               "5: of an MX host as well"                    },
    {RECORD("ptr ip4:192.0.2.1") "$FAIL 1.2.0.192.in-addr.arpa. PTR SERVFAIL\n",
     "192.0.2.1",                                                                                                 "pass ip4:192.0.2.1",                           "5.5: ptr does not match on trouble"          },
    {RECORD("ptr -all") "1.2.0.192.in-addr.arpa. PTR a.example.com.\n"
                        "1.2.0.192.in-addr.arpa. PTR b.example.com.\n"
                        "$FAIL a.example.com. A SERVFAIL\n"
                        "b.example.com. A 192.0.2.1\n",                                  "192.0.2.1",        "pass ptr",                                     "5.5: a name in trouble is skipped"           },
    {RECORD("ptr -all") "1.2.0.192.in-addr.arpa. PTR mail.bad-example.com.\n"
                        "mail.bad-example.com. A 192.0.2.1\n",                           "192.0.2.1",        "fail -all",                                    "5.5: not within the domain"                  },
    {INCLUDES("+all"),                                                                        "192.0.2.1",        "pass include:i.example.com",                   "5.2: pass"                                   },
    {INCLUDES("-all"),                                                                        "192.0.2.1",        "neutral ?all",                                 "5.2: fail does not match"                    },
    {INCLUDES("~all"),                                                                        "192.0.2.1",        "neutral ?all",                                 "5.2: nor does softfail"                      },
    {INCLUDES("?all"),                                                                        "192.0.2.1",        "neutral ?all",                                 "5.2: nor does neutral"                       },
    {INCLUDES("a:x.%{d} -all") "$FAIL x.i.example.com. A TIMEOUT\n",                          "192.0.2.1",
     "temperror: DNS did not answer in time",                                                                                                                     "5.2: temperror; %{d} is the included"        },
    {INCLUDES("+all:"),                                                                       "192.0.2.1",        "permerror: the SPF record has a syntax error",
     "5.2: permerror"                                                                                                                                                                                           },
    {RECORD("include:i.example.com ?all"),                                                    "192.0.2.1",
     "permerror: include: leads to a domain without an SPF record",                                                                                               "5.2: none"                                   },
    {RECORD("include:%{d1} ?all"),                                                            "192.0.2.1",
     "permerror: include: leads to a domain without an SPF record",                                                                                               "5.2 and 4.3: one label is none"              },
    {RECORD("include:i..example.com ?all"),                                                   "192.0.2.1",
     "permerror: include: leads to a domain without an SPF record",                                                                                               "5.2 and 4.3: malformed is none"              },
    {RECORD("-include:i.example.com ?all") "i.example.com. TXT \"v=spf1 +all\"\n",
     "192.0.2.1",                                                                                                 "fail -include:i.example.com",
     "5.2: the qualifier is the includer's"                                                                                                                                                                     },
    {INCLUDES("redirect=j.example.com") "j.example.com. TXT \"v=spf1 +all\"\n",
     "192.0.2.1",                                                                                                 "pass include:i.example.com",                   "5.2: an included record may redirect"        },
    {RECORD("redirect=j.example.com") "j.example.com. TXT \"v=spf1 ~all\"\n",
     "192.0.2.1",                                                                                                 "softfail ~all",                                "6.1"                                         },
    {RECORD(
         "redirect=j.example.com ip4:192.0.2.1") "j.example.com. TXT \"v=spf1 -all\"\n",
     "192.0.2.1",                                                                                                 "pass ip4:192.0.2.1",                           "6.1: mechanisms come first"                  },
    {RECORD("redirect=j.example.com ?all") "j.example.com. TXT \"v=spf1 -all\"\n",
     "192.0.2.1",                                                                                                 "neutral ?all",                                 "6.1: ignored when there is an all"           },
    {RECORD("redirect=j.example.com"),                                                        "192.0.2.1",
     "permerror: redirect= leads to a domain without an SPF record",                                                                                              "6.1: none"                                   },
    {RECORD("redirect=%{d1}"),                                                                "192.0.2.1",
     "permerror: redirect= leads to a domain without an SPF record",                                                                                              "6.1: malformed"                              },
    {RECORD("redirect=j.example.com") "$FAIL j.example.com. TXT TIMEOUT\n",                   "192.0.2.1",
     "temperror: DNS did not answer in time",                                                                                                                     "6.1"                                         },
    {RECORD(
         "redirect=j.example.com") "j.example.com. TXT \"v=spf1 a:%{d} a:%{o} -all\"\n"
                                   "example.com. A 192.0.2.2\n"
                                   "j.example.com. A 192.0.2.1\n",                       "192.0.2.2",        "pass a:%{o}",                                  "7.3: %{d} moves with redirect, %{o} does not"},
    {RECORD("a:x..example.com -all"),                                                         "192.0.2.1",        "fail -all",
     "4.8: what is no DNS name matches nothing"                                                                                                                                                                 },
    {RECORD("moo=%{c} x.y=1 x.y=1 ip4:192.0.2.1"),                                            "192.0.2.1",        "pass ip4:192.0.2.1",
     "6: unknown modifiers are ignored"                                                                                                                                                                         },
    {RECORD("exists:%{p}.x.example.com -all") "unknown.x.example.com. A 127.0.0.2\n",
     "192.0.2.1",                                                                                                 "pass exists:%{p}.x.example.com",               "7.3: no validated name"                      },
    {RECORD("exists:%{p}.x.test -all") "$FAIL 1.2.0.192.in-addr.arpa. PTR TIMEOUT\n"
                                       "unknown.x.test. A 127.0.0.2\n",                  "192.0.2.1",        "pass exists:%{p}.x.test",                      "7.3: \"unknown\" on trouble"                 },
    {RECORD("exists:%{p}.x.test -all") "1.2.0.192.in-addr.arpa. PTR other.test.\n"
                                       "1.2.0.192.in-addr.arpa. PTR a.example.com.\n"
                                       "1.2.0.192.in-addr.arpa. PTR example.com.\n"
                                       "other.test. A 192.0.2.1\n"
                                       "a.example.com. A 192.0.2.1\n"
                                       "example.com. A 192.0.2.1\n"
                                       "example.com.x.test. A 127.0.0.2\n",              "192.0.2.1",        "pass exists:%{p}.x.test",                      "7.3: the domain itself before others"        },
    {RECORD("exists:%{p}.x.test -all") "1.2.0.192.in-addr.arpa. PTR other.test.\n"
                                       "1.2.0.192.in-addr.arpa. PTR a.example.com.\n"
                                       "1.2.0.192.in-addr.arpa. PTR b.example.com.\n"
                                       "other.test. A 192.0.2.1\n"
                                       "a.example.com. A 192.0.2.1\n"
                                       "b.example.com. A 192.0.2.1\n"
                                       "a.example.com.x.test. A 127.0.0.2\n",            "192.0.2.1",        "pass exists:%{p}.x.test",                      "7.3: one below it before the rest"           },
    {RECORD("exists:%{h}.x.test -all") "mta.example.net.x.test. A 127.0.0.2\n",
     "192.0.2.1",                                                                                                 "pass exists:%{h}.x.test",                      "7.2: h is what HELO said"                    },
};

static void
follows_the_rules(void **state)
{
    (void)state;
    CHECK_CASES(rules, "", "mary@example.com");
}

#define TOO_MANY "permerror: too many terms that need DNS lookups"
#define TOO_VOID "permerror: too many void lookups"
#define A5       "a a a a a "
#define ME       "example.com. A 192.0.2.1\n"

static const struct result_case limits[] = {
    {RECORD(A5 A5 "ip4:192.0.2.9") ME,                                                                                  "192.0.2.9", "pass ip4:192.0.2.9",
     "4.6.4: ten terms"                                                                                                                                                                              },
    {RECORD(A5 A5 "a ip4:192.0.2.9") ME,                                                                                "192.0.2.9", TOO_MANY,                  "4.6.4: eleven"                      },
    {RECORD("ip4:192.0.2.9 " A5 A5 "a") ME,                                                                             "192.0.2.9", "pass ip4:192.0.2.9",
     "4.6.4: only those evaluated count"                                                                                                                                                             },
    {INCLUDES(A5 "a a a a") "i.example.com. A 192.0.2.1\n",                                                             "192.0.2.9", "neutral ?all",
     "4.6.4: an include and nine in it"                                                                                                                                                              },
    {INCLUDES(A5 A5) "i.example.com. A 192.0.2.1\n",                                                                    "192.0.2.9", TOO_MANY,
     "4.6.4: an include and ten in it"                                                                                                                                                               },
    {RECORD(A5 "a a a a redirect=j.test") ME "j.test. TXT \"v=spf1 +all\"\n",
     "192.0.2.9",                                                                                                                    "pass +all",               "4.6.4: redirect as the tenth"       },
    {RECORD(A5 A5 "redirect=j.test") ME "j.test. TXT \"v=spf1 +all\"\n",                                                "192.0.2.9",
     TOO_MANY,                                                                                                                                                  "4.6.4: as the eleventh"             },
    {RECORD("redirect=example.com"),                                                                                    "192.0.2.9", TOO_MANY,                  "4.6.4: a loop"                      },
    {RECORD("include:example.com -all"),                                                                                "192.0.2.9", TOO_MANY,                  "4.6.4: a loop"                      },
    {RECORD(A5 "a a a exists:%{p}.x.test ip4:192.0.2.9") ME
     "unknown.x.test. A 1.1.1.1\n",                                                                                "192.0.2.9", "pass exists:%{p}.x.test", "4.6.4: %{p} costs one, ten in all"  },
    {RECORD(A5 "a a a a exists:%{p}.x.test") ME "unknown.x.test. A 1.1.1.1\n",
     "192.0.2.9",                                                                                                                    TOO_MANY,                  "4.6.4: eleven with it"              },
    {RECORD(A5 "a a ptr exists:%{p}.x.test exists:%{p}.y.test ip4:192.0.2.9") ME
     "9.2.0.192.in-addr.arpa. PTR m.test.\nm.test. A 192.0.2.8\n"
     "unknown.x.test. AAAA ::1\nunknown.y.test. A 1.1.1.1\n",                                                      "192.0.2.9", "pass exists:%{p}.y.test", "4.6.4: asked once, it costs once"   },
    {RECORD("a:n1.test a:n2.test ip4:192.0.2.9"),                                                                       "192.0.2.9", "pass ip4:192.0.2.9",
     "4.6.4: two void lookups"                                                                                                                                                                       },
    {RECORD("a:n1.test a:n2.test a:n3.test ip4:192.0.2.9"),                                                             "192.0.2.9", TOO_VOID,
     "4.6.4: three"                                                                                                                                                                                  },
    {RECORD("a a a ip4:192.0.2.9"),                                                                                     "192.0.2.9", TOO_VOID,
     "4.6.4: no data is void too"                                                                                                                                                                    },
    {INCLUDES("exists:n1.test mx:n2.test ?all"),                                                                        "192.0.2.9", "neutral ?all",
     "4.6.4: two in an included record"                                                                                                                                                              },
    {RECORD(
         "a:n3.test include:i.example.com ?all") "i.example.com. TXT \"v=spf1 exists:n1.test mx:n2.test ?all\"\n",
     "192.0.2.9",                                                                                                                    TOO_VOID,                  "4.6.4: one evaluation, one counter" },
    {RECORD("a:n1.test redirect=j.test") "j.test. TXT \"v=spf1 a:n2.test a:n3.test\"\n",
     "192.0.2.9",                                                                                                                    TOO_VOID,                  "4.6.4: over a redirect as well"     },
    {RECORD("mx a:n1.test ip4:192.0.2.9") "example.com. MX 1 n2.test.\n"
                                          "example.com. MX 2 n3.test.\n"
                                          "example.com. MX 3 n4.test.\n",                                          "192.0.2.9", "pass ip4:192.0.2.9",      "4.6.4 counts terms: mx is void once"},
    {RECORD("ptr ptr ptr ip4:192.0.2.9"),                                                                               "192.0.2.9", TOO_VOID,
     "4.6.4: each time, though DNS is asked once"                                                                                                                                                    },
    {RECORD("ptr a:n1.test a:n2.test ip4:192.0.2.9"),                                                                   "192.0.2.9", TOO_VOID,
     "4.6.4: ptr is a term like others"                                                                                                                                                              },
    {RECORD("a:n1.test a:n2.test -all exp=n3.test"),                                                                    "192.0.2.9", "fail -all",
     "4.6.4: exp= is none"                                                                                                                                                                           },
};

static void
keeps_the_limits(void **state)
{
    (void)state;
    CHECK_CASES(limits, "", "mary@example.com");
}

/* Section 4.6.4: ten MX hosts or an error; ten PTR names and no error. */
static void
limits_names(void **state)
{
    (void)state;
    static const struct {
        const char *record, *owner, *type;
        int names;
        const char *ip, *want;
    } cases[] = {
        {"mx -all",  "example.com.",             "MX 1", 10, "192.0.2.10", "pass mx"  },
        {"mx -all",  "example.com.",             "MX 1", 11, "192.0.2.1",
         "permerror: more than 10 MX hosts"                                           },
        {"ptr -all", "10.2.0.192.in-addr.arpa.", "PTR",  10, "192.0.2.10", "pass ptr" },
        {"ptr -all", "11.2.0.192.in-addr.arpa.", "PTR",  11, "192.0.2.11", "fail -all"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char zone[4096];
        int len = snprintf(zone, sizeof zone, "example.com. TXT \"v=spf1 %s\"\n",
                           cases[i].record);
        for (int n = 1; n <= cases[i].names; n++)
            len += snprintf(zone + len, sizeof zone - (size_t)len,
                            "%s %s h%d.example.com.\nh%d.example.com. A 192.0.2.%d\n",
                            cases[i].owner, cases[i].type, n, n, n);
        const struct result_case one = {zone, cases[i].ip, cases[i].want,
                                        cases[i].record};
        check_cases(&one, 1, "", "mary@example.com");
    }
}

/* The caller may set both limits. */
static void
takes_limits_from_the_caller(void **state)
{
    (void)state;
    static const struct {
        unsigned terms_max, void_max;
        enum sceau_spf_result want;
    } cases[] = {
        {0, 0,        SCEAU_SPF_PASS     },
        {2, 0,        SCEAU_SPF_PASS     },
        {1, 0,        SCEAU_SPF_PERMERROR},
        {0, 1,        SCEAU_SPF_PASS     },
        {0, UINT_MAX, SCEAU_SPF_PERMERROR},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world w;
        struct sceau_spf_outcome o;
        struct sceau_spf_query query = query_of("192.0.2.9", "mary@example.com", "x");
        query.terms_max = cases[i].terms_max;
        query.void_max = cases[i].void_max;
        world_open(&w, RECORD("a:n1.test a ip4:192.0.2.9") ME, SCEAU_MESSAGE_MEMORY);
        sceau_spf_check(&w.context, &query, &o);
        assert_int_equal(o.result, cases[i].want);
        if (o.result == SCEAU_SPF_PASS) {
            assert_int_equal(o.lookup_terms, 2);
            assert_int_equal(o.void_lookups, 1);
        }
        world_close(&w);
    }
}

/* ---- identities ---------------------------------------------------------------------------- */

static const struct {
    const char *sender, *helo;
    bool is_helo;
    const char *domain; /* "" when none was checked */
    const char *local_part;
    const char *why;
} identities[] = {
    {"mary@example.com",                                                              "mta.example.net",    false, "example.com",           "mary",       "2.4"                         },
    {"",                                                                              "mta.example.net",    false, "mta.example.net",       "postmaster", "2.4: null path"              },
    {"mary@example.com",                                                              "mta.example.net",    true,  "mta.example.net",       "postmaster",
     "2.3"                                                                                                                                                                              },
    {"@example.com",                                                                  "x.test",             false, "example.com",           "postmaster",
     "4.3: no local part"                                                                                                                                                               },
    {"example.com",                                                                   "x.test",             false, "example.com",           "postmaster", "4.3: nor an @"               },
    {"mary@EXAMPLE.com.",                                                             "x.test",             false, "example.com",           "mary",
     "one form: lower case, no final dot"                                                                                                                                               },
    {"\"a@example.net\"@example.com",                                                 "x.test",             false, "example.com",
     "\"a@example.net\"",                                                                                                                                 "the last @ counts"           },
    {"mary@b\xc3\xbc"
     "cher.example",                                                             "x.test",             false, "xn--bcher-kva.example", "mary",
     "4.3, RFC 8616: U-labels become A-labels"                                                                                                                                          },
    {"",
     "b\xc3\xbc"
     "cher.example",                                                                                        false, "xn--bcher-kva.example", "postmaster", "RFC 8616: in HELO too"       },
    {"mary@localhost",                                                                "x.test",             false, "",                      "",           "4.3: a single label"         },
    {"mary@com.",                                                                     "x.test",             false, "",                      "",           "4.3: with a dot as well"     },
    {"mary@a..example.com",                                                           "x.test",             false, "",                      "",           "4.3: an empty label"         },
    {"mary@.example.com",                                                             "x.test",             false, "",                      "",           "4.3: an empty label in front"},
    {"mary@[192.0.2.1]",                                                              "x.test",             false, "",                      "",           "2.3: an address literal"     },
    {"",                                                                              "[192.0.2.1]",        false, "",                      "",           "2.3: in HELO too"            },
    {"",                                                                              "OEMCOMPUTER",        true,  "",                      "",           "2.3: not multi-label"        },
    {"",                                                                              "",                   false, "",                      "",           "no HELO at all"              },
    {"mary@",                                                                         "x.test",             false, "",                      "",           "no domain"                   },
    {"",                                                                              "a.test; dmarc=pass", false, "",                      "",           "not a host name: never asked"},
    {"mary@example.com(a.example.net",                                                "x.test",             false, "",                      "",           "nor is this"                 },
    {"mary@a\xff.example",                                                            "x.test",             false, "",                      "",           "no UTF-8"                    },
    {"mary@0123456789012345678901234567890123456789012345678901234567890123.example",
     "x.test",                                                                                              false, "",                      "",           "4.3: a label of 64 octets"   },
};

static void
cuts_identities(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof identities / sizeof *identities; i++) {
        char zone[512];
        struct world w;
        struct sceau_spf_outcome o;
        struct sceau_slice sender = unit_copy(sceau_slice_from(identities[i].sender));
        struct sceau_spf_query query = query_of("192.0.2.1", "", identities[i].helo);
        query.sender = sender;
        query.identity = identities[i].is_helo ? SCEAU_SPF_HELO : SCEAU_SPF_MAIL_FROM;
        const char *domain =
            identities[i].domain[0] ? identities[i].domain : "none.test";
        snprintf(
            zone, sizeof zone,
            "%s. TXT \"v=spf1 -all exp=exp.test\"\nexp.test. TXT \"%%{l} %%{o}\"\n",
            domain);
        UNIT_CASE(identities[i].why);
        world_open(&w, zone, SCEAU_MESSAGE_MEMORY);
        sceau_spf_check(&w.context, &query, &o);
        assert_int_equal(o.identity, query.identity);
        assert_slice(o.domain, identities[i].domain);
        if (o.domain.len > 0) {
            char said[256];
            snprintf(said, sizeof said, "%s %s", identities[i].local_part, domain);
            assert_slice(o.explanation, said);
        } else {
            assert_int_equal(o.result, SCEAU_SPF_NONE);
            assert_int_equal(w.session.question_count, 0);
        }
        world_close(&w);
        unit_free(sender);
    }
}

/* A local socket, or a message from a file: nobody to check. */
static void
needs_an_address(void **state)
{
    (void)state;
    static const struct result_case cases[] = {
        {RECORD("+all"), "", "none: the client's address is not known", "no address"},
    };
    CHECK_CASES(cases, "", "mary@example.com");
}

/* RFC 8616 section 4: terms with %{s} or %{l} match nothing, others do. */
static const struct result_case eai[] = {
    {RECORD("exists:%{l}.x.test ~all"),                                     "192.0.2.1", "softfail ~all", "%{l}"                                 },
    {RECORD("exists:%{S}.x.test ~all"),                                     "192.0.2.1", "softfail ~all", "escaped or not"                       },
    {RECORD("include:%{l1r-}.x.test ~all"),                                 "192.0.2.1", "softfail ~all",
     "an include that matches nothing is no error"                                                                                               },
    {RECORD("exists:%{o}.x.test ~all") "example.com.x.test. A 127.0.0.2\n", "192.0.2.1",
     "pass exists:%{o}.x.test",                                                                           "%{o} is ASCII"                        },
    {RECORD("redirect=%{l}.x.test"),                                        "192.0.2.1",
     "permerror: redirect= leads to a domain without an SPF record",                                      "6.1: a redirect has to lead somewhere"},
    {RECORD("-all exp=x.test") "x.test. TXT \"%{l}\"\n",                    "192.0.2.1", "fail -all",
     "the explanation must be ASCII"                                                                                                             },
};

static void
leaves_eai_senders_unmatched(void **state)
{
    (void)state;
    CHECK_CASES(eai, "", "m\xc3\xa4ry@example.com");
}

/* ---- what else comes out ------------------------------------------------------------------- */

static const struct {
    const char *record;
    const char *zone;
    const char *want;
    const char *why;
} explanations[] = {
    {"-all",                           "",                                                     "DEFAULT",                "no exp="                              },
    {"-all exp=x.%{d}",                "x.example.com. TXT \"%{i} is\" \" not ours\"\n",
     "192.0.2.1 is not ours",                                                                                            "6.2: strings join without a space"    },
    {"-all exp=x.%{d}",                "",                                                     "DEFAULT",                "6.2: no such name"                    },
    {"-all exp=x.%{d}",                "$FAIL x.example.com. TXT TIMEOUT\n",                   "DEFAULT",
     "6.2: trouble"                                                                                                                                             },
    {"-all exp=x.%{d}",                "x.example.com. TXT \"a\"\nx.example.com. TXT \"b\"\n",
     "DEFAULT",                                                                                                          "6.2: more than one record"            },
    {"-all exp=x.%{d}",                "x.example.com. TXT \"%{x}\"\n",                        "DEFAULT",
     "6.2: a syntax error"                                                                                                                                      },
    {"-all exp=x.%{d}",                "x.example.com. TXT \"caf\\195\\169\"\n",               "DEFAULT",
     "6.2: not ASCII"                                                                                                                                           },
    {"-all exp=x.%{d}",                "x.example.com. TXT \"a\\013\\010250 ok\"\n",           "DEFAULT",
     "11.5.2: a line end would be a reply of its own"                                                                                                           },
    {"-all exp=x.%{d}",                "x.example.com. TXT \"\"\n",                            "",                       "an empty text is its choice"          },
    {"-all exp=x.%{d}",                "x.example.com. TXT \"%{d} %{r} %{c} %{t}\"\n",
     "example.com unknown 192.0.2.1 1767225600",                                                                         "7.2: letters for explanations"        },
    {"-all exp=x.%{d}",                "x.example.com. TXT \"from %{p}\"\n",                   "from unknown",           "7.3: p"                               },
    {"-all exp=x..%{d}",               "",                                                     "DEFAULT",                "4.8: no DNS name"                     },
    {"include:i.test -all exp=x.%{d}",
     "i.test. TXT \"v=spf1 -all exp=y.%{d}\"\ny.i.test. TXT \"theirs\"\n"
     "x.example.com. TXT \"ours\"\n",                                                          "ours",                   "6.2: never that of an included record"},
    {"redirect=i.test exp=x.%{d}",
     "i.test. TXT \"v=spf1 -all exp=y.%{d}\"\ny.i.test. TXT \"theirs for %{o}\"\n"
     "x.example.com. TXT \"ours\"\n",                                                          "theirs for example.com", "6.2: that of the redirected record"   },
    {"redirect=i.test exp=x.%{d}",
     "i.test. TXT \"v=spf1 -all\"\nx.example.com. TXT \"ours\"\n",                             "DEFAULT",
     "6.2: and never that of the redirecting one"                                                                                                               },
};

static void
explains(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof explanations / sizeof *explanations; i++) {
        char zone[1024];
        struct world w;
        struct sceau_spf_outcome o;
        struct sceau_spf_query query = query_of("192.0.2.1", "mary@example.com", "x");
        snprintf(zone, sizeof zone, "example.com. TXT \"v=spf1 %s\"\n%s",
                 explanations[i].record, explanations[i].zone);
        UNIT_CASE(explanations[i].why);
        world_open(&w, zone, SCEAU_MESSAGE_MEMORY);
        sceau_spf_check(&w.context, &query, &o);
        assert_int_equal(o.result, SCEAU_SPF_FAIL);
        assert_slice(o.explanation, explanations[i].want);
        size_t asked = w.session.question_count;
        query.want_explanation = false;
        sceau_spf_check(&w.context, &query, &o);
        assert_slice(o.explanation, "DEFAULT");
        assert_int_equal(w.session.question_count, asked);
        world_close(&w);
    }
}

static const struct {
    const char *zone;
    const char *ip;
    bool is_permissive;
    const char *why;
} permissive[] = {
    {RECORD("+all"),                                                          "192.0.2.1",   true,  "+all"                              },
    {RECORD("ip4:0.0.0.0/8 ip4:192.0.0.0/8 -all"),                            "192.0.2.1",   true,
     "a network of /8"                                                                                                                  },
    {RECORD("ip4:192.0.0.0/9 -all"),                                          "192.0.2.1",   false, "a network of /9"                   },
    {RECORD("a/0 -all") ME,                                                   "203.0.113.1", true,  "everybody who is IPv4"             },
    {RECORD("ip6:2001::/16 -all"),                                            "2001:db8::1", true,  "a network of /16 of IPv6"          },
    {RECORD("ip6:2001:db8::/32 -all"),                                        "2001:db8::1", false, "a network of /32"                  },
    {INCLUDES("all"),                                                         "192.0.2.1",   true,  "hidden in an included record"      },
    {INCLUDES("ip4:192.0.2.1 all"),                                           "192.0.2.1",   false, "not what matched"                  },
    {RECORD("redirect=j.test") "j.test. TXT \"v=spf1 all\"\n",                "192.0.2.1",   true,
     "hidden behind a redirect"                                                                                                         },
    {RECORD("-include:i.test ip4:192.0.2.1") "i.test. TXT \"v=spf1 -all\"\n",
     "192.0.2.1",                                                                            false, "an all that did not let anybody in"},
    {RECORD("-all"),                                                          "192.0.2.1",   false, "no pass at all"                    },
};

static void
tells_permissive_passes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof permissive / sizeof *permissive; i++) {
        struct world w;
        struct sceau_spf_outcome o;
        struct sceau_spf_query query = query_of(permissive[i].ip, "m@example.com", "x");
        UNIT_CASE(permissive[i].why);
        world_open(&w, permissive[i].zone, SCEAU_MESSAGE_MEMORY);
        sceau_spf_check(&w.context, &query, &o);
        assert_int_equal(o.is_permissive, permissive[i].is_permissive);
        assert_false(o.secure); /* a zone file proves nothing */
        world_close(&w);
    }
}

/* A resolver that has validated what it says, or not. */
struct secure_resolver {
    struct sceau_resolver resolver;
    struct sceau_resolver *upstream;
    uint16_t insecure_type;
};

static void
secure_lookup(struct sceau_resolver *self, struct sceau_arena *arena,
              struct sceau_slice name, uint16_t type, uint32_t timeout_ms,
              struct sceau_dns_answer *answer)
{
    struct secure_resolver *r = (struct secure_resolver *)self;
    r->upstream->lookup(r->upstream, arena, name, type, timeout_ms, answer);
    answer->secure = type != r->insecure_type;
}

static void
tells_secure_verdicts(void **state)
{
    (void)state;
    static const uint16_t insecure[] = {0, SCEAU_DNS_A, SCEAU_DNS_TXT};
    for (size_t i = 0; i < 3; i++) {
        struct world w;
        struct sceau_spf_outcome o;
        struct sceau_spf_query query = query_of("192.0.2.1", "mary@example.com", "x");
        world_open(&w, RECORD("a -all") ME, SCEAU_MESSAGE_MEMORY);
        struct secure_resolver r = {{.lookup = secure_lookup}, w.zone, insecure[i]};
        w.context.resolver = &r.resolver;
        sceau_spf_check(&w.context, &query, &o);
        assert_int_equal(o.result, SCEAU_SPF_PASS);
        assert_int_equal(o.secure, insecure[i] == 0);
        world_close(&w);
    }
}

/* Section 3.1 and the privacy of section 11.6: only what is needed is asked. */
static void
asks_what_it_needs(void **state)
{
    (void)state;
    struct world w;
    struct sceau_spf_outcome o;
    struct sceau_spf_query query = query_of("192.0.2.1", "mary@example.com", "x");
    world_open(
        &w,
        RECORD(
            "include:i.test mx ip4:192.0.2.1 a:never.test") "i.test. TXT \"v=spf1 exists:%{l}.x.test\"\nexample.com. MX 1 m.test.\n",
        SCEAU_MESSAGE_MEMORY);
    sceau_spf_check(&w.context, &query, &o);
    static const struct {
        const char *name;
        uint16_t type;
    } want[] = {
        {"example.com", SCEAU_DNS_TXT},
        {"i.test",      SCEAU_DNS_TXT},
        {"mary.x.test", SCEAU_DNS_A  },
        {"example.com", SCEAU_DNS_MX },
        {"m.test",      SCEAU_DNS_A  },
    };
    assert_int_equal(w.session.question_count, sizeof want / sizeof *want);
    const struct sceau_dns_question *q = w.session.questions;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++, q = q->next) {
        assert_slice(q->name, want[i].name);
        assert_int_equal(q->type, want[i].type);
    }
    world_close(&w);
}

/* ---- prefetch, memory, trace --------------------------------------------------------------- */

static struct sceau_slice prefetched[4];
static size_t prefetch_count;

static void
remember_prefetch(struct sceau_resolver *self, struct sceau_slice name, uint16_t type)
{
    (void)self;
    assert_int_equal(type, SCEAU_DNS_TXT);
    assert_true(prefetch_count < sizeof prefetched / sizeof *prefetched);
    prefetched[prefetch_count++] = name;
}

static void
prefetches_the_record(void **state)
{
    (void)state;
    struct world w;
    struct sceau_resolver resolver = {.prefetch = remember_prefetch};
    world_open(&w, "", SCEAU_MESSAGE_MEMORY);
    w.context.resolver = &resolver;
    prefetch_count = 0;
    struct sceau_spf_query query =
        query_of("192.0.2.1", "mary@EXAMPLE.com", "mta.test");
    sceau_spf_prefetch(&w.context, &query);
    query.identity = SCEAU_SPF_HELO;
    sceau_spf_prefetch(&w.context, &query);
    query = query_of("192.0.2.1", "mary@localhost", "");
    sceau_spf_prefetch(&w.context, &query);
    query = query_of("", "mary@example.com", "");
    sceau_spf_prefetch(&w.context, &query);
    assert_int_equal(prefetch_count, 2);
    assert_slice(prefetched[0], "example.com");
    assert_slice(prefetched[1], "mta.test");
    world_close(&w);
}

/* Whatever the ceiling, there is a result, and it is the right one or temperror. */
static void
survives_a_full_arena(void **state)
{
    (void)state;
    size_t right = 0;
    for (size_t memory = 0; memory < 8192; memory += 16) {
        struct world w;
        struct sceau_spf_outcome o;
        struct sceau_spf_query query = query_of("192.0.2.1", "mary@example.com", "x");
        world_open(&w, INCLUDES("exists:%{ir}.%{l}.x.test -all"), memory);
        sceau_spf_check(&w.context, &query, &o);
        bool is_right = o.result == SCEAU_SPF_NEUTRAL;
        assert_true(is_right || o.result == SCEAU_SPF_TEMPERROR ||
                    o.result == SCEAU_SPF_NONE);
        right += is_right;
        world_close(&w);
    }
    assert_true(right > 0);
}

/* Ten records of huge answers must leave room for the verifiers that come after. */
static void
stops_at_its_memory(void **state)
{
    (void)state;
    size_t size = 0, room = 400 * 1024;
    char *zone = malloc(room);
    struct world w;
    struct sceau_spf_outcome o;
    struct sceau_spf_query query = query_of("203.0.113.1", "mary@example.com", "x");
    assert_non_null(zone);
    size += (size_t)snprintf(zone, room,
                             RECORD("a:a.test a:b.test a:c.test a:d.test -all"));
    for (int n = 0; n < 4 * 2000; n++)
        size += (size_t)snprintf(zone + size, room - size, "%c.test. A 10.%d.%d.%d\n",
                                 'a' + n / 2000, n / 2000, n / 250 % 8, n % 250);
    world_open(&w, zone, SCEAU_MESSAGE_MEMORY);
    sceau_spf_check(&w.context, &query, &o);
    assert_int_equal(o.result, SCEAU_SPF_PERMERROR);
    assert_string_equal(o.reason, "the records need too much memory");
    assert_true(sceau_arena_used(w.arena) < SCEAU_MESSAGE_MEMORY / 2);
    world_close(&w);
    free(zone);
}

struct listener {
    struct sceau_trace trace;
    struct text out;
};

static void
listen_line(struct sceau_trace *self, unsigned depth, struct sceau_slice text)
{
    struct listener *l = (struct listener *)self;
    if (slice_starts_ci(text, SCEAU_SLICE("DNS ")) || text.ptr[0] == '"')
        return; /* the resolver's own lines */
    for (unsigned i = 0; i < depth; i++)
        text_octet(&l->out, ' ');
    text_slice(&l->out, text);
    text_octet(&l->out, '\n');
}

static void
tells_its_steps(void **state)
{
    (void)state;
    struct world w;
    struct sceau_spf_outcome o;
    struct sceau_spf_query query = query_of("192.0.2.1", "mary@example.com", "x");
    world_open(
        &w,
        RECORD(
            "include:i.test a:n.test ~all") "i.test. TXT \"v=spf1 ip4:10.0.0.0/8 redirect=j.test\"\n"
                                            "j.test. TXT \"v=spf1 exists:x..test\"\n",
        SCEAU_MESSAGE_MEMORY);
    struct listener l = {{listen_line}, text_new(w.arena, SIZE_MAX)};
    w.context.trace = &l.trace;
    sceau_spf_check(&w.context, &query, &o);
    assert_int_equal(w.context.trace_depth, 0);
    assert_slice(text_done(&l.out),
                 "SPF of MAIL FROM mary@example.com for the client 192.0.2.1\n"
                 " SPF record of example.com: v=spf1 include:i.test a:n.test ~all\n"
                 " include:i.test: lookup term 1 of 10\n"
                 "  SPF record of i.test: v=spf1 ip4:10.0.0.0/8 redirect=j.test\n"
                 "  ip4:10.0.0.0/8: does not match\n"
                 "  redirect=j.test: lookup term 2 of 10\n"
                 "  SPF record of j.test: v=spf1 exists:x..test\n"
                 "  exists:x..test: lookup term 3 of 10\n"
                 "  not asked, as it is no DNS name: x..test\n"
                 "  exists:x..test: does not match\n"
                 "  no mechanism matched: neutral\n"
                 " include:i.test: does not match, as the result there is neutral\n"
                 " a:n.test: lookup term 4 of 10\n"
                 " void lookup 1 of 2\n"
                 " a:n.test: does not match\n"
                 " ~all: matches, softfail\n"
                 " SPF softfail, decided by ~all\n");
    world_close(&w);
}

static void
names_results(void **state)
{
    (void)state;
    static const char *const names[] = {"none",     "neutral",   "pass",     "fail",
                                        "softfail", "temperror", "permerror"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_string_equal(sceau_spf_result_name((enum sceau_spf_result)i), names[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_examples),
        cmocka_unit_test(follows_the_rules),
        cmocka_unit_test(keeps_the_limits),
        cmocka_unit_test(limits_names),
        cmocka_unit_test(takes_limits_from_the_caller),
        cmocka_unit_test(cuts_identities),
        cmocka_unit_test(needs_an_address),
        cmocka_unit_test(leaves_eai_senders_unmatched),
        cmocka_unit_test(explains),
        cmocka_unit_test(tells_permissive_passes),
        cmocka_unit_test(tells_secure_verdicts),
        cmocka_unit_test(asks_what_it_needs),
        cmocka_unit_test(prefetches_the_record),
        cmocka_unit_test(survives_a_full_arena),
        cmocka_unit_test(stops_at_its_memory),
        cmocka_unit_test(tells_its_steps),
        cmocka_unit_test(names_results),
    };
    return cmocka_run_group_tests_name("spf/check", tests, NULL, NULL);
}
