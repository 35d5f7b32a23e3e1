/* Authentication-Results as others write it: the examples of RFC 8601, what is seen in the
 * wild, and what is refused. */
#include "../../tests/unit.h"
#include "authres/authres.h"

/* What was read, as "id/version", then for each result " method/version=result", then
 * "!reason" when there is one, then "{ptype.property=value}" each. */
static const struct {
    const char *body;
    const char *read;
    const char *why;
} accepted[] = {
    {" example.org 1; none",                                                                                                                                                                                                    "example.org/1",                       "appendix B.2"                            },
    {" example.com;\r\n spf=pass smtp.mailfrom=example.net",
     "example.com/1 spf/1=pass{smtp.mailfrom=example.net}",                                                                                                                                                                                                            "appendix B.3"                            },
    {" example.com;\r\n auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n spf=pass smtp.mailfrom=example.net",
     "example.com/1 auth/1=pass{smtp.auth=sender@example.net} spf/1=pass{smtp.mailfrom=example.net}",
     "appendix B.4"                                                                                                                                                                                                                                                                                              },
    {" example.com; iprev=pass\r\n policy.iprev=192.0.2.200",
     "example.com/1 iprev/1=pass{policy.iprev=192.0.2.200}",                                                                                                                                                                                                           "appendix B.4"                            },
    {" example.com;\r\n dkim=pass reason=\"good signature\"\r\n header.i=@mail-router.example.net;\r\n dkim=fail reason=\"bad signature\" header.i=@newyork.example.com",
     "example.com/1 dkim/1=pass!good signature{header.i=@mail-router.example.net} dkim/1=fail!bad signature{header.i=@newyork.example.com}",
     "appendix B.6"                                                                                                                                                                                                                                                                                              },
    {" foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n policy (A dot can go here) . (like that) expired\r\n (this surprised me) = (as I wasn't expecting it) 1362471462",
     "foo.example.net/1 dkim/1=fail{policy.expired=1362471462}",                                                                                                                                                                                                       "appendix B.7"                            },
    {"\"mx \\\"1\\\"\" 2; none",                                                                                                                                                                                                "mx \"1\"/2",                          "a quoted authserv-id, a later version"   },
    {"mx; DKIM=Pass Header.D=X.test",                                                                                                                                                                                           "mx/1 dkim/1=pass{header.d=X.test}",
     "keywords are lower case, values as they are"                                                                                                                                                                                                                                                               },
    {"mx; dkim/2=pass",                                                                                                                                                                                                         "mx/1 dkim/2=pass",                    "a method version"                        },
    {"mx; spf=pass smtp.mailfrom=\"a b\"@x.test",
     "mx/1 spf/1=pass{smtp.mailfrom=a b@x.test}",                                                                                                                                                                                                                      "a quoted local part"                     },
    {"mx; spf=pass smtp.mailfrom=\"\"",                                                                                                                                                                                         "mx/1 spf/1=pass{smtp.mailfrom=}",
     "an empty value"                                                                                                                                                                                                                                                                                            },
    {"mx; x=pass y.z=\"a\\\"b\\\\c\r\n d\"",                                                                                                                                                                                    "mx/1 x/1=pass{y.z=a\"b\\c d}",
     "quoted pairs and a fold"                                                                                                                                                                                                                                                                                   },
    {"mx; dkim=pass header.b=ab/c+d==",                                                                                                                                                                                         "mx/1 dkim/1=pass{header.b=ab/c+d==}",
     "tspecials without quotes: seen in the wild"                                                                                                                                                                                                                                                                },
    {"mx; iprev=pass policy.iprev=2001:db8::1",
     "mx/1 iprev/1=pass{policy.iprev=2001:db8::1}",                                                                                                                                                                                                                    "a colon without quotes: seen in the wild"},
    {"mx; x-auth_1=pass a_b.c_d=e",                                                                                                                                                                                             "mx/1 x-auth_1/1=pass{a_b.c_d=e}",
     "an underscore in a keyword"                                                                                                                                                                                                                                                                                },
    {"mx; spf=pass;",                                                                                                                                                                                                           "mx/1 spf/1=pass",                     "a final semicolon: seen in the wild"     },
    {"mx; none ; (x) ",                                                                                                                                                                                                         "mx/1",                                "the same behind none"                    },
    {"mx; none=pass",                                                                                                                                                                                                           "mx/1 none/1=pass",                    "a method of that name"                   },
    {"mx; spf=pass reason=policy smtp.helo=h",                                                                                                                                                                                  "mx/1 spf/1=pass!policy{smtp.helo=h}",
     "a reason without quotes"                                                                                                                                                                                                                                                                                   },
    {"mx; spf=pass smtp.helo=h reason=late",                                                                                                                                                                                    "mx/1 spf/1=pass!late{smtp.helo=h}",
     "a reason behind a property"                                                                                                                                                                                                                                                                                },
    {"mx; dmarc=pass (p=reject (sp=none) dis=none) header.from=x.test",
     "mx/1 dmarc/1=pass{header.from=x.test}",                                                                                                                                                                                                                          "nested comments"                         },
    {"m\xc3\xbcx; x=pass y.z=\xc3\xa9@\xc3\xa9.test",
     "m\xc3\xbcx/1 x/1=pass{y.z=\xc3\xa9@\xc3\xa9.test}",                                                                                                                                                                                                              "UTF-8 (section 1.5.2)"                   },
};

static void
add_result(struct text *t, const struct authres_result_read *result)
{
    text_format(t, " %.*s/%u=%.*s", SLICE_ARG(result->method), result->method_version,
                SLICE_ARG(result->result));
    if (result->reason.ptr != NULL)
        text_format(t, "!%.*s", SLICE_ARG(result->reason));
    for (size_t i = 0; i < result->property_count; i++) {
        const struct authres_property_read *property = &result->properties[i];
        text_format(t, "{%.*s.%.*s=%.*s}", SLICE_ARG(property->ptype),
                    SLICE_ARG(property->property), SLICE_ARG(property->value));
    }
}

static void
reads_what_others_write(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        struct sceau_slice body = unit_copy(sceau_slice_from(accepted[i].body));
        struct text read = text_new(unit_arena, SIZE_MAX);
        struct authres authres;
        UNIT_CASE(accepted[i].why);
        assert_int_equal(authres_parse(unit_arena, body, &authres, NULL), SCEAU_OK);
        text_format(&read, "%.*s/%u", SLICE_ARG(authres.authserv_id), authres.version);
        for (size_t k = 0; k < authres.result_count; k++)
            add_result(&read, &authres.results[k]);
        assert_slice(text_done(&read), accepted[i].read);
        unit_free(body);
    }
}

static void
keeps_each_result_as_it_stood(void **state)
{
    (void)state;
    struct authres authres;
    struct sceau_slice body =
        SCEAU_SLICE("mx; a=b (c)\r\n d.e=f ;\r\n\tg = h (i) ; j=k");
    assert_int_equal(authres_parse(unit_arena, body, &authres, NULL), SCEAU_OK);
    assert_int_equal(authres.result_count, 3);
    assert_slice(authres.results[0].text, "a=b (c)\r\n d.e=f");
    assert_slice(authres.results[1].text, "g = h (i)");
    assert_slice(authres.results[2].text, "j=k");
}

static const struct {
    const char *body;
    size_t offset;
    const char *why;
} refused[] = {
    {"",                                    0,  "nothing"                         },
    {" (x)",                                4,  "only a comment"                  },
    {"mx",                                  2,  "no result and no none"           },
    {"mx;",                                 3,  "nothing behind the semicolon"    },
    {"mx 1",                                4,  "no result"                       },
    {"mx x; none",                          3,  "a version is digits"             },
    {"mx 01; none",                         3,  "no leading zero"                 },
    {"; spf=pass",                          0,  "no authserv-id"                  },
    {"spf=pass smtp.mailfrom=x; dkim=pass", 9,  "no authserv-id: seen in the wild"},
    {"mx; spf",                             7,  "no result word"                  },
    {"mx; spf=",                            8,  "no result word"                  },
    {"mx; =pass",                           4,  "no method"                       },
    {"mx; spf=pass smtp",                   17, "half a property"                 },
    {"mx; spf=pass smtp.",                  18, "half a property"                 },
    {"mx; spf=pass smtp.helo",              22, "half a property"                 },
    {"mx; spf=pass smtp.helo=",             23, "no value"                        },
    {"mx; spf=pass smtp.helo=;",            23, "no value"                        },
    {"mx; spf=pass action=none",            19, "no property: seen in the wild"   },
    {"mx; spf=pass reason=a reason=b",      28, "two reasons"                     },
    {"mx; spf=pass , dkim=pass",            13, "a comma"                         },
    {"mx;; spf=pass",                       3,  "an empty result"                 },
    {"mx; spf=pass;; dkim=pass",            13, "an empty result"                 },
    {"mx; none; spf=pass",                  8,  "a result behind none"            },
    {"mx; spf=pass y.z=\"a",                19, "a quote never closed"            },
    {"mx; spf=pass (a",                     15, "a comment never closed"          },
    {"mx; spf=pass y.z=a\x01",              18, "a control octet"                 },
    {"mx; spf=pass\r",                      12, "a CR alone"                      },
    {"mx; spf/=pass",                       8,  "no version behind the slash"     },
};

static void
refuses_what_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct sceau_slice body = unit_copy(sceau_slice_from(refused[i].body));
        struct authres authres;
        struct sceau_diag diag = {0};
        UNIT_CASE(refused[i].why);
        assert_int_equal(authres_parse(unit_arena, body, &authres, &diag),
                         SCEAU_E_SYNTAX);
        assert_int_equal(diag.offset, refused[i].offset);
        assert_non_null(diag.expected);
        unit_free(body);
    }
}

static enum sceau_status
parse_repeated(const char *head, const char *part, unsigned count)
{
    struct text t = text_new(unit_arena, SIZE_MAX);
    struct authres authres;
    text_string(&t, head);
    for (unsigned i = 0; i < count; i++)
        text_string(&t, part);
    return authres_parse(unit_arena, text_done(&t), &authres, NULL);
}

static void
holds_its_limits(void **state)
{
    (void)state;
    assert_int_equal(parse_repeated("mx", "; a=b", AUTHRES_RESULTS_MAX), SCEAU_OK);
    assert_int_equal(parse_repeated("mx", "; a=b", AUTHRES_RESULTS_MAX + 1),
                     SCEAU_E_LIMIT);
    assert_int_equal(parse_repeated("mx; a=b", " c.d=e", AUTHRES_PROPERTIES_MAX),
                     SCEAU_OK);
    assert_int_equal(parse_repeated("mx; a=b", " c.d=e", AUTHRES_PROPERTIES_MAX + 1),
                     SCEAU_E_LIMIT);
    assert_int_equal(parse_repeated("", "(", 17), SCEAU_E_LIMIT);
    struct authres authres;
    struct sceau_arena *full = sceau_arena_new(0);
    assert_int_equal(authres_parse(full, SCEAU_SLICE("mx; none"), &authres, NULL),
                     SCEAU_E_LIMIT);
    sceau_arena_free(full);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_others_write),
        cmocka_unit_test(keeps_each_result_as_it_stood),
        cmocka_unit_test(refuses_what_is_none),
        cmocka_unit_test(holds_its_limits),
    };
    return cmocka_run_group_tests_name("authres/parser", tests, unit_arena_up,
                                       unit_arena_down);
}
