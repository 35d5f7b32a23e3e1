/* check_host() over small worlds: the examples of RFC 7208 appendix A, the limits of its
 * section 4.6.4 at and beyond their edge. */
#include "check_testing.h"

#include <limits.h>

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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_examples),
        cmocka_unit_test(follows_the_rules),
        cmocka_unit_test(keeps_the_limits),
        cmocka_unit_test(limits_names),
        cmocka_unit_test(takes_limits_from_the_caller),
    };
    return cmocka_run_group_tests_name("spf/check", tests, NULL, NULL);
}
