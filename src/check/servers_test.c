/* Rules that ask about servers, over zone texts: TLS-RPT, name servers, blocklists, and what
 * is skipped where no server may be asked. */
#include "rules_testing.h"

#define MX    "example.com. MX 10 mx.example.com.\nmx.example.com. A 192.0.2.1\n"
#define NS    "example.com. NS ns1.example.com.\nexample.com. NS ns2.example.com.\n"
#define LIST  "2.0.0.127.list.test. A 127.0.0.2\n"
#define PIN   "TLSA 3 1 1 " EIGHT EIGHT "\n"
#define EIGHT "00112233445566778899aabbccddeeff"
#define LISTED \
 "1.2.0.192.list.test. A 127.0.0.4\n1.2.0.192.list.test. TXT \"spam seen\"\n"

static const struct rule_case cases[] = {
    {"_smtp._tls.example.com. TXT \"v=TLSRPTv1; rua=mailto:a@example.com\"\n",
     "tlsrpt.record",                                                                                                                        "ok",      NULL,                                        "one good record"                      },
    {MX,                                                                                                                  "tlsrpt.record",   "info",    "v=TLSRPTv1; rua=mailto:tlsrpt@example.com", "none"                                 },
    {"",                                                                                                                  "tlsrpt.record",   "skipped", "no MX",                                     "a name that gets no mail"             },
    {"example.com. A 192.0.2.1\n",                                                                                        "tlsrpt.record",   "skipped", "no MX",
     "an implicit MX is no mail domain"                                                                                                                                                                                                     },
    {"example.com. MX 0 .\n",                                                                                             "tlsrpt.record",   "skipped", "no MX",                                     "nor is a null MX"                     },
    {"$FAIL example.com. MX SERVFAIL\n",                                                                                  "tlsrpt.record",   "info",    NULL,
     "what is not known to have no MX may have one"                                                                                                                                                                                         },
    {MX "_mta-sts.example.com. TXT \"v=STSv1; id=1\"\n",                                                                  "tlsrpt.record",   "warning",
     "no TLS-RPT",                                                                                                                                                                                   "MTA-STS makes mail fail unseen"       },
    {MX "_25._tcp.mx.example.com. " PIN,                                                                                  "tlsrpt.record",   "warning", "no TLS-RPT",
     "so does DANE"                                                                                                                                                                                                                         },
    {"example.com. A 192.0.2.1\n_25._tcp.example.com. " PIN,                                                              "tlsrpt.record",   "warning",
     "no TLS-RPT",                                                                                                                                                                                   "at an implicit MX too"                },
    {MX
     "_mta-sts.example.com. TXT \"v=STSv1; id=1\"\n_smtp._tls.example.com. TXT \"v=TLSRPTv1; rua=a@example.com\"\n",
     "tlsrpt.record",                                                                                                                        "warning", "no URI",                                    "a record that is of no use is none"   },
    {"_smtp._tls.example.com. TXT \"v=TLSRPTv1; rua=a@example.com\"\n",                                                   "tlsrpt.record",
     "info",                                                                                                                                            "no URI",                                    "no scheme"                            },
    {"_smtp._tls.example.com. TXT \"v=TLSRPTv1\"\n",                                                                      "tlsrpt.record",   "info",
     "octet 10",                                                                                                                                                                                     "no rua"                               },
    {"_smtp._tls.example.com. TXT \"v=TLSRPTv1; rua=mailto:a@b.test\"\n"
     "_smtp._tls.example.com. TXT \"v=TLSRPTv1; rua=mailto:c@b.test\"\n",                                            "tlsrpt.record",   "info",    "several",                                   "two"                                  },
    {"_smtp._tls.example.com. TXT \"something else\"\n"
     "_smtp._tls.example.com. TXT \"v=TLSRPTv1; rua=mailto:a@b.test\"\n",                                            "tlsrpt.record",   "ok",      NULL,                                        "another text beside it is left aside" },
    {"$FAIL _smtp._tls.example.com. TXT SERVFAIL\n",                                                                      "tlsrpt.record",   "unknown", NULL,
     "DNS trouble is not absence"                                                                                                                                                                                                           },
    {NS "ns1.example.com. A 192.0.2.1\nns2.example.com. A 192.0.2.2\n",                                                   "ns.count",
     "ok",                                                                                                                                              NULL,                                        "two servers"                          },
    {NS "ns1.example.com. A 192.0.2.1\nns2.example.com. A 192.0.2.1\n",                                                   "ns.count",
     "warning",                                                                                                                                         "one address",                               "two names of one server"              },
    {"example.com. NS ns1.example.com.\nns1.example.com. A 192.0.2.1\n",                                                  "ns.count",
     "warning",                                                                                                                                         "one name server",                           "one server"                           },
    {NS "ns1.example.com. A 192.0.2.1\n$FAIL ns2.example.com. ANY TIMEOUT\n",
     "ns.count",                                                                                                                             "unknown", NULL,                                        "the second one could not be told"     },
    {"com. NS a.test.\ncom. NS b.test.\na.test. A 192.0.2.1\nb.test. A 192.0.2.2\n",
     "ns.count",                                                                                                                             "ok",      NULL,                                        "the zone begins above the name"       },
    {"",                                                                                                                  "ns.count",        "skipped", NULL,                                        "no zone in sight"                     },
    {"$FAIL example.com. NS SERVFAIL\n",                                                                                  "ns.count",        "unknown", NULL,                                        "DNS trouble"                          },
    {NS,                                                                                                                  "ns.agree",        "skipped", "file",                                      "a file has no servers"                },
    {NS,                                                                                                                  "ns.txt_over_tcp", "skipped", "file",                                      "the same"                             },
    {MX,                                                                                                                  "dnssec.valid",    "skipped", "trust_anchor",                              "nothing validates here"               },
    {MX LIST,                                                                                                             "host.blocklist",  "ok",      NULL,                                        "the list works and has not got it"    },
    {MX LIST LISTED,                                                                                                      "host.blocklist",  "warning", "spam seen",
     "listed, with the reason"                                                                                                                                                                                                              },
    {MX LISTED,                                                                                                           "host.blocklist",  "unknown", "test entries",
     "127.0.0.2 does not answer"                                                                                                                                                                                                            },
    {MX LIST LISTED "1.0.0.127.list.test. A 127.0.0.2\n",                                                                 "host.blocklist",  "unknown",
     "test entries",                                                                                                                                                                                 "127.0.0.1 answers: it lists everybody"},
    {MX LIST "1.2.0.192.list.test. A 192.0.2.99\n",                                                                       "host.blocklist",  "ok",      NULL,
     "an answer outside 127/8 is no listing"                                                                                                                                                                                                },
    {MX LIST "$FAIL 1.2.0.192.list.test. A SERVFAIL\n",                                                                   "host.blocklist",  "unknown",
     NULL,                                                                                                                                                                                           "DNS trouble"                          },
    {"example.com. MX 0 .\n" LIST,                                                                                        "host.blocklist",  "skipped", NULL,                                        "no mail"                              },
    {MX,                                                                                                                  "smtp.reachable",  "skipped", "--smtp",                                    "no probe unless asked for"            },
};

static void
judges(void **state)
{
    static struct sceau_slice list = {"list.test", 9};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        rule_check(&cases[i], "example.com", "",
                   (struct check_options){
                       .is_offline = true,
                       .wants_blocklists = true,
                       .blocklists = {&list, 1}
        });
}

/* The addresses of the zone are for documentation: nobody is connected to. */
static void
connects_to_nobody(void **state)
{
    static const struct rule_case refused[] = {
        {MX, "smtp.reachable", "unknown", "not public", "a private address"     },
        {MX, "smtp.starttls",  "skipped", "greeted",    "and so nothing greeted"},
        {"", "smtp.reachable", "skipped", NULL,         "no MX"                 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        rule_check(&refused[i], "example.com", "",
                   (struct check_options){.is_offline = true, .probes = CHECK_SMTP});
}

/* Without --blocklists, or without lists, none is asked. */
static void
asks_no_list(void **state)
{
    static const struct rule_case quiet = {MX LIST LISTED, "host.blocklist", "skipped",
                                           "--blocklists", "not asked for"};
    static const struct rule_case none = {MX LIST LISTED, "host.blocklist", "skipped",
                                          "check.blocklists", "none configured"};
    (void)state;
    rule_check(&quiet, "example.com", "", (struct check_options){.is_offline = true});
    rule_check(&none, "example.com", "",
               (struct check_options){.is_offline = true, .wants_blocklists = true});
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges),
        cmocka_unit_test(connects_to_nobody),
        cmocka_unit_test(asks_no_list),
    };
    return cmocka_run_group_tests_name("check/servers", tests, unit_arena_up,
                                       unit_arena_down);
}
