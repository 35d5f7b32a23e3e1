/* Signature fields: what is refused, and for which reason; what is read, and as what. */
#include "signature.h"

#include "../../tests/unit.h"
#include "fixture.h"

#define BH "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI="

/* A parsed field: exactly sized, so that ASan watches its ends. */
struct parsed {
    struct sceau_arena *arena;
    struct sceau_slice raw;
    struct sceau_field field;
    struct dkim_signature signature;
};

static void
parsed_init(struct parsed *p, enum signature_kind kind, struct sceau_slice body)
{
    p->arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct text raw = text_new(p->arena, SIZE_MAX);
    text_string(&raw, "Field:");
    text_slice(&raw, body);
    p->raw = unit_copy(text_done(&raw));
    p->field = fixture_field(p->raw);
    dkim_signature_parse(p->arena, kind, &p->field, &p->signature);
}

static void
parsed_clear(struct parsed *p)
{
    unit_free(p->raw);
    sceau_arena_free(p->arena);
}

/* Parse, and compare the refusal; NULL: there is none. */
static void
expect_refusal(enum signature_kind kind, struct sceau_slice body, const char *refusal)
{
    struct parsed p;
    parsed_init(&p, kind, body);
    const char *got = p.signature.refusal;
    assert_slice(sceau_slice_from(got != NULL ? got : "accepted"),
                 refusal != NULL ? refusal : "accepted");
    parsed_clear(&p);
}

/* The least that each kind needs. */
struct base_tag {
    const char *name;
    const char *value;
    int kinds;
};

static const struct base_tag base[] = {
    {"v",  "1",           DKIM_SIGNATURE                                   },
    {"i",  "1",           ARC_MESSAGE_SIGNATURE | ARC_SEAL                 },
    {"a",  "rsa-sha256",  DKIM_SIGNATURE | ARC_MESSAGE_SIGNATURE | ARC_SEAL},
    {"cv", "none",        ARC_SEAL                                         },
    {"d",  "example.com", DKIM_SIGNATURE | ARC_MESSAGE_SIGNATURE | ARC_SEAL},
    {"s",  "sel",         DKIM_SIGNATURE | ARC_MESSAGE_SIGNATURE | ARC_SEAL},
    {"h",  "from",        DKIM_SIGNATURE | ARC_MESSAGE_SIGNATURE           },
    {"bh", BH,            DKIM_SIGNATURE | ARC_MESSAGE_SIGNATURE           },
    {"b",  "AAAA",        DKIM_SIGNATURE | ARC_MESSAGE_SIGNATURE | ARC_SEAL},
};

/* The base with one tag of another value (NULL: without it), or one tag more. */
static struct sceau_slice
with_tag(struct sceau_arena *arena, enum signature_kind kind, const char *name,
         const char *value)
{
    struct text t = text_new(arena, SIZE_MAX);
    bool was_there = false;
    for (size_t i = 0; i < sizeof base / sizeof *base; i++) {
        bool is_it = strcmp(base[i].name, name) == 0;
        if ((base[i].kinds & (int)kind) == 0)
            continue;
        was_there |= is_it;
        if (!is_it || value != NULL)
            text_format(&t, "%s=%s; ", base[i].name, is_it ? value : base[i].value);
    }
    if (!was_there && value != NULL)
        text_format(&t, "%s=%s; ", name, value);
    return text_done(&t);
}

struct tag_case {
    const char *tag;
    const char *value;   /* NULL: the tag is absent */
    const char *refusal; /* NULL: accepted */
    const char *why;
};

static const struct tag_case dkim_cases[] = {
    {"v",   "1",                                                  NULL,                                   "the least there is (section 3.5)"      },
    {"foo", "bar",                                                NULL,                                   "unknown tags are ignored (section 3.2)"},
    {"v",   NULL,                                                 "v= is missing",                        "required"                              },
    {"v",   "2",                                                  "v= is not 1",                          "another version"                       },
    {"v",   "01",                                                 "v= is not 1",                          "compared as text"                      },
    {"a",   NULL,                                                 "a= is missing",                        "required"                              },
    {"a",   "rsa-sha1",                                           "rsa-sha1 is historic (RFC 8301)",      "RFC 8301 section 3.1"                  },
    {"a",   "rsa-sha512",                                         "a= names no algorithm we know",        "an unknown one"                        },
    {"a",   "RSA-SHA256",                                         "a= names no algorithm we know",        "values have a case (3.2)"              },
    {"a",   "",                                                   "a= names no algorithm we know",        "an empty value"                        },
    {"a",   "ed25519-sha256",                                     NULL,                                   "RFC 8463"                              },
    {"d",   NULL,                                                 "d= is missing",                        "required"                              },
    {"d",   "",                                                   "d= is not a domain name",              "an empty value"                        },
    {"d",   "com",                                                "d= is a top-level domain",             "domain-name has two labels"            },
    {"d",   "example.com.",                                       "d= is not a domain name",
     "RFC 5321's Domain has no final dot"                                                                                                         },
    {"d",   "example..com",                                       "d= is not a domain name",              "an empty label"                        },
    {"d",   "exa mple.com",                                       "d= is not a domain name",              "white space inside"                    },
    {"d",   "example.com'a.x.net",                                "d= is not a domain name",              "a quote"                               },
    {"d",   "ex\xc3\xa4mple.com",                                 NULL,                                   "a U-label (RFC 8616 section 5)"        },
    {"d",   "ex\xff.com",                                         "d= is not a domain name",              "no UTF-8"                              },
    {"s",   NULL,                                                 "s= is missing",                        "required"                              },
    {"s",   "",                                                   "s= is not a selector",                 "an empty value"                        },
    {"s",   "a/b",                                                "s= is not a selector",                 "a slash"                               },
    {"s",   "a.b",                                                NULL,                                   "several labels (section 3.1)"          },
    {"h",   NULL,                                                 "h= is missing",                        "required"                              },
    {"h",   "",                                                   "h= is not a list of field names",      "the list must not be empty"            },
    {"h",   "from::to",                                           "h= is not a list of field names",      "an empty name"                         },
    {"h",   "from:",                                              "h= is not a list of field names",      "an empty name at the end"              },
    {"h",   "from:x y",                                           "h= is not a list of field names",      "white space in a name"                 },
    {"h",   "to : subject",                                       "h= does not name From",                "From must be signed (5.4)"             },
    {"h",   "To :\r\n FROM\t: x",                                 NULL,                                   "FWS around colons, any letter case"    },
    {"bh",  NULL,                                                 "bh= is missing",                       "required"                              },
    {"bh",  "AAAA",                                               "bh= is not the base64 of 32 octets",   "three octets"                          },
    {"bh",  BH "AAAA",                                            "bh= is not the base64 of 32 octets",   "padding in the middle"                 },
    {"bh",  "MTIzNDU2Nzg5 MDEyMzQ1Njc4\r\n OTAxMjM0NTY3ODkwMTI=", NULL,                                   "FWS inside"                            },
    {"b",   NULL,                                                 "b= is missing",                        "required"                              },
    {"b",   "",                                                   "b= is not base64",                     "an empty value"                        },
    {"b",   "AA*!",                                               "b= is not base64",                     "octets outside base64"                 },
    {"b",   "A A\r\n\tAA",                                        NULL,                                   "FWS inside"                            },
    {"c",   "relaxed/simple",                                     NULL,                                   "both named"                            },
    {"c",   "nofws",                                              "c= names no canonicalization we know", "an unknown one (3.4)"                  },
    {"c",   "relaxed/",                                           "c= names no canonicalization we know", "half of it"                            },
    {"c",   "",                                                   "c= names no canonicalization we know", "empty is no default (3.2)"             },
    {"i",   "@example.com",                                       NULL,                                   "the default, said"                     },
    {"i",   "a=20b@sub.Example.com",                              NULL,                                   "a quoted local part, a subdomain"      },
    {"i",   "@example.org",                                       "i= is not within d=",                  "section 6.1.1"                         },
    {"i",   "@com",                                               "i= is not within d=",                  "a parent is not within"                },
    {"i",   "@xexample.com",                                      "i= is not within d=",                  "labels are compared, not octets"       },
    {"i",   "",                                                   "i= is not an address",                 "an empty value"                        },
    {"i",   "example.com",                                        "i= is not an address",                 "no at sign"                            },
    {"i",   "a@",                                                 "i= is not an address",                 "no domain"                             },
    {"i",   "a=2@example.com",                                    "i= is not dkim-quoted-printable",      "half an escape"                        },
    {"i",   "a=3d@example.com",                                   "i= is not dkim-quoted-printable",
     "lower case hex (2.11)"                                                                                                                      },
    {"i",   "a=00@example.com",                                   "i= is not dkim-quoted-printable",      "an escaped NUL"                        },
    {"q",   "dns/txt",                                            NULL,                                   "the default, said"                     },
    {"q",   "http:dns/txt",                                       NULL,                                   "one known method is enough"            },
    {"q",   "http",                                               "q= names no query method we know",     "an unknown method"                     },
    {"q",   "dns/special",                                        "q= names no query method we know",     "an unknown option"                     },
    {"q",   "",                                                   "q= names no query method we know",     "an empty list"                         },
    {"l",   "0",                                                  NULL,                                   "nothing of the body"                   },
    {"l",   "99999999999999999999",                               NULL,                                   "more than any body, and than 64 bits"  },
    {"l",   "-1",                                                 "l= is not a length",                   "no sign"                               },
    {"l",   "",                                                   "l= is not a length",                   "no digit"                              },
    {"l",   "1 2",                                                "l= is not a length",                   "white space inside"                    },
    {"t",   "1234567890123",                                      "t= is not a time",                     "13 digits"                             },
    {"t",   "x",                                                  "t= is not a time",                     "no number"                             },
    {"t",   "10; x=11",                                           NULL,                                   "x= after t="                           },
    {"t",   "10; x=10",                                           "x= is not after t=",                   "section 3.5, x="                       },
    {"x",   "9; t=10",                                            "x= is not after t=",                   "whatever their order"                  },
};

static const struct tag_case signature_cases[] = {
    {"i", "50",                              NULL,                                            "the highest instance (RFC 8617 section 4.2.1)"},
    {"i", "01",                              NULL,                                            "position = 1*2DIGIT"                          },
    {"i", NULL,                              "i= is missing",                                 "required"                                     },
    {"i", "0",                               "i= is not an instance from 1 to 50",            "below 1"                                      },
    {"i", "51",                              "i= is not an instance from 1 to 50",            "above 50"                                     },
    {"i", "001",                             "i= is not an instance from 1 to 50",            "three digits"                                 },
    {"i", "4294967297",                      "i= is not an instance from 1 to 50",            "1, modulo 2^32"                               },
    {"i", "-1",                              "i= is not an instance from 1 to 50",            "a sign"                                       },
    {"i", "1x",                              "i= is not an instance from 1 to 50",            "digits only"                                  },
    {"i", "@example.com",                    "i= is not an instance from 1 to 50",            "no AUID here"                                 },
    {"v", "3",                               NULL,                                            "v= is ignored (section 4.1.2)"                },
    {"h", "to",                              "h= does not name From",                         "as with DKIM"                                 },
    {"h", "from:ARC-Seal",                   "h= of an ARC-Message-Signature names ARC-Seal", "4.1.2"                                        },
    {"h", "from:arc-authentication-results", NULL,                                            "sealers of the drafts did so"                 },
};

static const struct tag_case seal_cases[] = {
    {"t",  "12345",                 NULL,                              "known"                                    },
    {"t",  "",                      "t= is not a time",                "and checked"                              },
    {"h",  "from",                  "h= stands in an ARC-Seal",        "RFC 8617 section 4.1.3"                   },
    {"c",  "nofws; l=x; q=y; bh=z", NULL,                              "tags without meaning here"                },
    {"cv", NULL,                    "cv= is missing",                  "required"                                 },
    {"cv", "",                      "cv= is not none, pass or fail",   "an empty value"                           },
    {"cv", "Pass",                  "cv= is not none, pass or fail",   "in lower case only"                       },
    {"cv", "fail",                  NULL,                              "a status like others: the chain judges it"},
    {"a",  "rsa-sha1",              "rsa-sha1 is historic (RFC 8301)", "as with DKIM"                             },
};

static void
expect_refusals(enum signature_kind kind, const struct tag_case *cases, size_t count)
{
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    for (size_t i = 0; i < count; i++) {
        UNIT_CASE(cases[i].why);
        expect_refusal(kind, with_tag(arena, kind, cases[i].tag, cases[i].value),
                       cases[i].refusal);
    }
    sceau_arena_free(arena);
}

static void
judges_each_tag(void **state)
{
    (void)state;
    expect_refusals(DKIM_SIGNATURE, dkim_cases, sizeof dkim_cases / sizeof *dkim_cases);
    expect_refusals(ARC_MESSAGE_SIGNATURE, signature_cases,
                    sizeof signature_cases / sizeof *signature_cases);
    expect_refusals(ARC_SEAL, seal_cases, sizeof seal_cases / sizeof *seal_cases);
}

static const struct {
    const char *body;
    const char *why;
} no_tag_lists[] = {
    {"",              "nothing"                    },
    {";",             "no tag"                     },
    {"v=1;; d=a.b",   "an empty tag"               },
    {"v",             "no equals sign"             },
    {"x-y=1",         "a hyphen in a name"         },
    {"d=a.b; d=a.b",  "a tag twice (section 3.2)"  },
    {"v=1; d=a\x01b", "an octet no value may have" },
    {"1v=1",          "a name begins with a letter"},
    {"v=1 \x7f",      "DEL"                        },
};

static void
refuses_what_is_no_tag_list(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof no_tag_lists / sizeof *no_tag_lists; i++) {
        UNIT_CASE(no_tag_lists[i].why);
        expect_refusal(DKIM_SIGNATURE, sceau_slice_from(no_tag_lists[i].body),
                       "the field is not a tag-list");
    }
    expect_refusal(DKIM_SIGNATURE, SCEAU_SLICE("v=1; s=a\0b"),
                   "the field is not a tag-list");
}

static void
reads_values(void **state)
{
    (void)state;
    struct parsed p;
    parsed_init(&p, DKIM_SIGNATURE,
                SCEAU_SLICE(" v=1; a=ed25519-sha256; c=relaxed; d=EXAMPLE.com;\r\n"
                            " s=A.b; i=user=40x @Sub.example.COM; h=From: to ;\r\n"
                            " t=10; x=20; l=5; "
                            "bh=" BH "; b= QU\r\n JD ; z=x"));
    const struct dkim_signature *s = &p.signature;
    assert_null(s->refusal);
    assert_int_equal(s->algorithm, SCEAU_DKIM_ED25519_SHA256);
    assert_int_equal(s->header_how, SCEAU_RELAXED);
    assert_int_equal(s->body_how, SCEAU_SIMPLE); /* c=relaxed is relaxed/simple */
    assert_slice(s->domain, "example.com");
    assert_slice(s->selector, "a.b");
    assert_slice(s->question, "a.b._domainkey.example.com");
    assert_slice(s->identity, "user=40x@Sub.example.COM");
    assert_slice(s->identity_domain, "sub.example.com");
    assert_int_equal(s->name_count, 2);
    assert_slice(s->names[1], "to");
    assert_int_equal(s->timestamp, 10);
    assert_int_equal(s->expiration, 20);
    assert_int_equal(s->body_length, 5);
    assert_memory_equal(s->body_hash, "12345678901234567890123456789012", 32);
    assert_slice(s->signature, "ABC");
    assert_slice(s->signature_text, "QUJD");
    assert_slice(slice_sub(p.field.body, s->gap, s->gap_length), " QU\r\n JD ");
    parsed_clear(&p);
}

static void
fills_in_defaults(void **state)
{
    (void)state;
    struct parsed p;
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    parsed_init(&p, DKIM_SIGNATURE, with_tag(arena, DKIM_SIGNATURE, "c", NULL));
    sceau_arena_free(arena);
    const struct dkim_signature *s = &p.signature;
    assert_int_equal(s->header_how, SCEAU_SIMPLE);
    assert_int_equal(s->body_how, SCEAU_SIMPLE);
    assert_slice(s->identity, "@example.com");
    assert_slice(s->identity_domain, "example.com");
    assert_int_equal(s->timestamp, -1);
    assert_int_equal(s->expiration, -1);
    assert_int_equal(s->body_length, -1);
    parsed_clear(&p);
}

/* A refused field still names who it claims to be from: the report wants it. */
static void
names_the_domain_of_refused_fields(void **state)
{
    (void)state;
    struct parsed p;
    parsed_init(&p, DKIM_SIGNATURE, SCEAU_SLICE("v=2; a=x; d=Example.com; s=sel"));
    assert_slice(sceau_slice_from(p.signature.refusal), "v= is not 1");
    assert_slice(p.signature.domain, "example.com");
    assert_slice(p.signature.selector, "sel");
    parsed_clear(&p);
}

/* A tag whose value is `text` repeated between two strings. */
static const struct {
    const char *tag;
    const char *before;
    const char *text;
    size_t count;
    const char *behind;
    const char *refusal;
    const char *why;
} limits[] = {
    {"h", "from", ":x",               511,       "",       NULL,                              "512 names"               },
    {"h", "from", ":x",               512,       "",       "h= has more than 512 names",      "513 names"               },
    {"z", "",     "x",                16 * 1024, "",       "the field is larger than 16 KiB",
     "one over the limit"                                                                                               },
    {"l", "",     "9",                76,        "",       NULL,                              "76 digits"               },
    {"l", "",     "9",                77,        "",       "l= is not a length",              "77 digits"               },
    {"s", "",     "a",                63,        "",       NULL,                              "a label of 63 octets"    },
    {"s", "",     "a",                64,        "",       "s= is not a selector",            "a label of 64 octets"    },
    {"s", "a",    ".abcdefghijklmno", 14,        ".abcd",  NULL,                              "a question of 253 octets"},
    {"s", "a",    ".abcdefghijklmno", 14,        ".abcde", "s= and d= are too long for DNS",
     "254"                                                                                                              },
};

static void
keeps_limits(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct text value = text_new(arena, SIZE_MAX);
        UNIT_CASE(limits[i].why);
        text_string(&value, limits[i].before);
        for (size_t n = 0; n < limits[i].count; n++)
            text_string(&value, limits[i].text);
        text_string(&value, limits[i].behind);
        expect_refusal(DKIM_SIGNATURE,
                       with_tag(arena, DKIM_SIGNATURE, limits[i].tag,
                                text_done(&value).ptr),
                       limits[i].refusal);
    }
    sceau_arena_free(arena);
}

static void
knows_the_time(void **state)
{
    (void)state;
    struct dkim_signature s = {.timestamp = 1000, .expiration = 2000};
    assert_false(dkim_signature_has_expired(&s, 2000));
    assert_true(dkim_signature_has_expired(&s, 2001));
    s.expiration = -1;
    assert_false(dkim_signature_has_expired(&s, INT64_MAX));
    assert_false(dkim_signature_is_from_future(&s, 1000));
    s.timestamp = 1000 + SCEAU_DKIM_CLOCK_SKEW;
    assert_false(dkim_signature_is_from_future(&s, 1000));
    assert_true(dkim_signature_is_from_future(&s, 999));
    s.timestamp = -1;
    assert_false(dkim_signature_is_from_future(&s, 0));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_each_tag),
        cmocka_unit_test(refuses_what_is_no_tag_list),
        cmocka_unit_test(reads_values),
        cmocka_unit_test(fills_in_defaults),
        cmocka_unit_test(names_the_domain_of_refused_fields),
        cmocka_unit_test(keeps_limits),
        cmocka_unit_test(knows_the_time),
    };
    return cmocka_run_group_tests_name("dkim/signature", tests, NULL, NULL);
}
