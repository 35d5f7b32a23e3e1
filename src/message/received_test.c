/* Received fields of the MTAs that people have. */
#include "message/received.h"

#include "../../tests/unit.h"

static const struct {
    const char *body;
    const char *helo, *ip, *by;
    const char *why;
} fields[] = {
    {" from mail.example.com (mail.example.com [192.0.2.1])\r\n\tby mx.example.net "
     "(Postfix) with ESMTPS id 6E96;\r\n\tFri,  4 Nov 2022 13:02:23 -0700 (PDT)",   "mail.example.com", "192.0.2.1",     "mx.example.net",          "Postfix"                          },
    {"from ietfa.example (localhost [IPv6:2001:db8::1]) by ietfa.example (Postfix)",
     "ietfa.example",                                                                                        "2001:db8::1",   "ietfa.example",           "IPv6 has a prefix in brackets"    },
    {"from [198.51.100.10] (helo=PSB) by bsa2.example with esmtp (Exim 4.82 (FreeBSD))",
     "PSB",                                                                                                  "198.51.100.10", "bsa2.example",            "Exim, the client gave a bare name"},
    {"from x.example ([198.51.100.9] helo=h.example) by e.example with esmtp",
     "h.example",                                                                                            "198.51.100.9",  "e.example",               "Exim, name and HELO differ"       },
    {"from [10.34.27.159] (10.34.140.5) by mail01.example id hcatd4; Wed, 2 Nov 2022",
     "[10.34.27.159]",                                                                                       "10.34.140.5",   "mail01.example",
     "the comment is what the server saw, the literal what the client said"                                                                                                                 },
    {"by 2002:adf:b343:0:0:0:0:0 with SMTP id k3csp2230702wrd; Mon, 7 Nov 2022",         "",
     "unknown",                                                                                                               "2002:adf:b343:0:0:0:0:0", "Gmail's inner hops name no client"},
    {"(comment) with LMTP",                                                              "",                 "unknown",       "",                        "neither from nor by"              },
    {"from a.example (b (c [192.0.2.3]) d) by mx.example",                               "a.example",        "192.0.2.3",
     "mx.example",                                                                                                                                       "comments nest"                    },
    {"from a.example ([192.0.2.3) by mx.example",                                        "a.example",        "unknown",       "mx.example",
     "a bracket that is not closed is no address"                                                                                                                                           },
};

static void
reads_what_mtas_write(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        struct sceau_slice copy = unit_copy(sceau_slice_from(fields[i].body));
        struct received r;
        char ip[SCEAU_IP_TEXT];
        UNIT_CASE(fields[i].why);
        received_parse(copy, &r);
        sceau_ip_format(&r.ip, ip);
        assert_slice(r.helo, fields[i].helo);
        assert_string_equal(ip, fields[i].ip);
        assert_slice(r.by, fields[i].by);
        unit_free(copy);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reads_what_mtas_write)};
    return cmocka_run_group_tests_name("message/received", tests, NULL, NULL);
}
