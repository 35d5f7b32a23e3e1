/* DKIM on whole messages: the RFCs' examples, each refusal of section 6.1 by name, and
 * the order and number of what is looked up. */
#include "sceau/dkim.h"

#include "../../tests/unit.h"
#include "fixture.h"

/* ---- the RFCs' examples ---- */

#define RFC6376_ZONE                                                                  \
 "brisbane._domainkey.example.com. TXT \"v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCB" \
 "iQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq6"  \
 "31uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmP" \
 "SPDdQPNUYckcQ2QIDAQAB\"\n"

/* Appendix A.2 as its signer saw it: the RFC's layout widened the space behind "game."
 * and narrowed the folds by one. */
static const char rfc6376_message[] =
    "DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;\r\n"
    "      c=simple/simple; q=dns/txt; i=joe@football.example.com;\r\n"
    "      h=Received : From : To : Subject : Date : Message-ID;\r\n"
    "      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    "      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB\r\n"
    "      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut\r\n"
    "      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV\r\n"
    "      4bmp/YzhwvcubU4=;\r\n"
    "Received: from client1.football.example.com  [192.0.2.1]\r\n"
    "      by submitserver.example.com with SUBMISSION;\r\n"
    "      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\r\n"
    "From: Joe SixPack <joe@football.example.com>\r\n"
    "To: Suzie Q <suzie@shopping.example.net>\r\n"
    "Subject: Is dinner ready?\r\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
    "\r\n"
    "Hi.\r\n"
    "\r\n"
    "We lost the game. Are you hungry yet?\r\n"
    "\r\n"
    "Joe.\r\n";

#define RFC8463_ZONE                                                    \
 "brisbane._domainkey.football.example.com. TXT \"v=DKIM1; k=ed25519; " \
 "p=" FIXTURE_ED25519_P "\"\n"                                          \
 "test._domainkey.football.example.com. TXT \"v=DKIM1; k=rsa; p=" FIXTURE_RSA_P "\"\n"

static const char rfc8463_message[] =
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"
    " subject : date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"
    " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"
    " d=football.example.com; i=@football.example.com;\r\n"
    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"
    " date : message-id : from : subject : date;\r\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"
    " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"
    " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"
    " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n"
    "From: Joe SixPack <joe@football.example.com>\r\n"
    "To: Suzie Q <suzie@shopping.example.net>\r\n"
    "Subject: Is dinner ready?\r\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"
    "\r\n"
    "Hi.\r\n"
    "\r\n"
    "We lost the game.  Are you hungry yet?\r\n"
    "\r\n"
    "Joe.\r\n";

static void
verifies_rfc6376_appendix_a(void **state)
{
    (void)state;
    struct fixture f;
    const struct sceau_dkim_outcome *o;
    fixture_init(&f, RFC6376_ZONE, 1100000000);
    assert_int_equal(fixture_verify(&f, SCEAU_SLICE(rfc6376_message),
                                    "football.example.com", &o),
                     1);
    assert_int_equal(o->result, SCEAU_DKIM_PASS);
    assert_null(o->reason);
    assert_slice(o->domain, "example.com");
    assert_slice(o->selector, "brisbane");
    assert_slice(o->identity, "joe@football.example.com");
    assert_int_equal(o->bits, 1024);
    fixture_clear(&f);
}

static void
verifies_rfc8463_appendix_a(void **state)
{
    (void)state;
    struct fixture f;
    const struct sceau_dkim_outcome *o;
    fixture_init(&f, RFC8463_ZONE, 1528637909);
    assert_int_equal(fixture_verify(&f, SCEAU_SLICE(rfc8463_message),
                                    "football.example.com", &o),
                     2);
    assert_int_equal(o[0].result, SCEAU_DKIM_PASS);
    assert_int_equal(o[0].algorithm, SCEAU_DKIM_ED25519_SHA256);
    assert_int_equal(o[0].bits, 256);
    assert_int_equal(o[1].result, SCEAU_DKIM_PASS);
    assert_int_equal(o[1].algorithm, SCEAU_DKIM_RSA_SHA256);
    assert_int_equal(o[1].timestamp, 1528637909);
    assert_int_equal(o[1].field, 1);
    fixture_clear(&f);
}

/* ---- one signature, one key, one change ---- */

#define NOW 1700000000

#define MANY                                \
 "many._domainkey.example.com. TXT \"2\"\n" \
 "many._domainkey.example.com. TXT \"3\"\n" \
 "many._domainkey.example.com. TXT \"4\"\n" \
 "many._domainkey.example.com. TXT \"5\"\n"

static const char zone[] =
    "rsa._domainkey.example.com. TXT \"v=DKIM1; p=" FIXTURE_RSA_P "\"\n"
    "bare._domainkey.example.com. TXT \"p=MIGJAoGBAOQeU5CgFPNZGIazlXo2k/eJ1jpaTTxrmqF1H"
    "rDLlt04pvaMtCJj8nXoliLRC/H9vJjMI1vdb3XLcW60AIN/PBD8EL97/y4GwJH7LPUvGP48vqUe+owqszes"
    "biGy1PlCO8c70/OjFnJVgvMF87YR4Lcinc\" \"b7aSvI5MgpP6X8rjDdAgMBAAE=\"\n"
    "ed._domainkey.example.com. TXT \"v=DKIM1; k=ed25519; p=" FIXTURE_ED25519_P "\"\n"
    "strict._domainkey.example.com. TXT \"v=DKIM1; t=s; p=" FIXTURE_RSA_P "\"\n"
    "testing._domainkey.example.com. TXT \"v=DKIM1; t=y; p=" FIXTURE_RSA_P "\"\n"
    "revoked._domainkey.example.com. TXT \"v=DKIM1; p=\"\n"
    "tlsrpt._domainkey.example.com. TXT \"v=DKIM1; s=tlsrpt; p=" FIXTURE_RSA_P "\"\n"
    "sha1._domainkey.example.com. TXT \"v=DKIM1; h=sha1; p=" FIXTURE_RSA_P "\"\n"
    "two._domainkey.example.com. TXT \"v=DKIM1; p=" FIXTURE_RSA_P "\"\n"
    "two._domainkey.example.com. TXT \"v=DKIM1; p=\"\n"
    "wild._domainkey.example.com. TXT \"v=spf1 -all\"\n"
    "wild._domainkey.example.com. TXT \"v=DKIM1; p=" FIXTURE_RSA_P "\"\n"
    "spf._domainkey.example.com. TXT \"v=spf1 -all\"\n"
    "cname._domainkey.example.com. CNAME rsa._domainkey.example.com.\n"
    "nodata._domainkey.example.com. A 192.0.2.1\n"
    "a.b._domainkey.example.com. TXT \"v=DKIM1; p=" FIXTURE_RSA_P "\"\n"
    "rsa._domainkey.xn--exmple-cua.com. TXT \"v=DKIM1; p=" FIXTURE_RSA_P "\"\n"
    "many._domainkey.example.com. TXT \"1\"\n" MANY MANY MANY MANY
    "$FAIL bogus._domainkey.example.com. TXT BOGUS\n"
    "$FAIL servfail._domainkey.example.com. TXT SERVFAIL\n"
    "$FAIL timeout._domainkey.example.com. TXT TIMEOUT\n"
    "$FAIL refused._domainkey.example.com. TXT REFUSED\n";

#define HEADER                                                              \
 "From: Ann <ann@example.com>\r\nTo: bob@example.org\r\nSubject: hello\r\n" \
 "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n\r\n"
#define BODY "Hi  Bob.\r\n\r\nAnn\r\n"

/* A signature with these tags, made, then one change to the message. */
struct change_case {
    const char *tags;
    const char *from; /* this text of the signed message… */
    const char *to;   /* …becomes this; NULL: nothing is changed */
    const char *why;
};

/* What most cases have; a case names the tags that matter to it. */
#define COMMON "v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; "
#define USUAL  COMMON "h=from:to:subject:date; "

static const struct change_case passing[] = {
    {USUAL "s=rsa",                                                                   NULL,             NULL,                   "control"                                       },
    {USUAL "s=bare",                                                                  NULL,             NULL,                   "the key as RSAPublicKey"                       },
    {"v=1; a=ed25519-sha256; d=example.com; h=from; s=ed",                            NULL,             NULL,                   "Ed25519"                                       },
    {USUAL "s=a.b",                                                                   NULL,             NULL,                   "a selector of two labels"                      },
    {USUAL "s=cname",                                                                 NULL,             NULL,                   "a key behind a CNAME"                          },
    {USUAL "s=wild",                                                                  NULL,             NULL,                   "other TXT records beside the key (6.1.2, note)"},
    {USUAL "s=testing",                                                               NULL,             NULL,                   "t=y is told, not judged"                       },
    {USUAL "s=strict",                                                                NULL,             NULL,                   "t=s, and i= is d="                             },
    {USUAL "s=strict; i=a@Example.com",                                               NULL,             NULL,                   "t=s, in another letter case"                   },
    {USUAL "s=rsa; x=1700000000",                                                     NULL,             NULL,                   "the last second of x="                         },
    {USUAL "s=rsa; t=1715552000",                                                     NULL,             NULL,                   "a clock half a year ahead is forgiven"         },
    {USUAL "s=rsa; l=16",                                                             NULL,             NULL,                   "l= is the whole canonical body"                },
    {USUAL "s=rsa; l=16",                                                             "Ann\r\n",        "Ann\r\n\r\n",          "empty lines do not count for l="               },
    {USUAL "s=rsa",                                                                   "Subject: hello", "SUBJECT:\r\n\thello ", "relaxed, in a field"                           },
    {USUAL "s=rsa",                                                                   "Hi  Bob.",       "Hi Bob. \t",           "relaxed, in the body"                          },
    {USUAL "s=rsa",                                                                   "From: ",         "X: y\r\nFrom: ",       "a field nobody signed"                         },
    {COMMON "h=from:dkim-signature; s=rsa",                                           NULL,             NULL,                   "h= never means itself (3.5)"                   },
    {"v=1; a=rsa-sha256; d=ex\xc3\xa4mple.com; i=@ex\xc3\xa4mple.com; h=from; s=rsa",
     NULL,                                                                                              NULL,                   "U-labels (RFC 8616)"                           },
};

static const struct change_case with_wrong_signature[] = {
    {USUAL "s=rsa",                                        "Subject: hello", "Subject: hallo", "a signed field changed"             },
    {USUAL "s=rsa",                                        "s=rsa;",         "s=bare;",        "the signature field is signed too"  },
    {USUAL "x=1800000000; s=rsa",                          "x=18",           "x=19",           "all its tags"                       },
    {USUAL "foo=1; s=rsa",                                 "foo=1",          "foo=2",          "unknown ones included (3.5)"        },
    {USUAL "s=rsa",                                        "; b=",           "; b=AAAA",       "b= of another length than the key"  },
    {COMMON "h=from:to:to; s=rsa",
     "To: ",                                                                 "To: a\r\nTo: ",  "signed as absent, added (5.4)"      },
    {COMMON "h=from:x; s=rsa",
     "From: ",                                                               "X:\r\nFrom: ",   "an empty field is not an absent one"},
    {"v=1; a=rsa-sha256; d=example.com; h=from; s=rsa",    "From: ",         "From:  ",        "simple"                             },
    {"v=1; a=ed25519-sha256; d=example.com; h=from; s=ed", "Ann",            "Eve",            "Ed25519"                            },
};

static const struct change_case with_wrong_body[] = {
    {USUAL "s=rsa",      "Ann\r\n", "Eve\r\n",      "the body changed"  },
    {USUAL "s=rsa; l=9", "Bob",     "Eve",          "a change within l="},
    {USUAL "s=rsa",      "Ann\r\n", "",             "cut short"         },
    {USUAL "s=rsa",      "Ann\r\n", "Ann\r\n.\r\n", "grown"             },
};

static const struct change_case with_unsigned_octets[] = {
    {USUAL "s=rsa; l=9",  NULL,      NULL,              "l= is a part of the body"},
    {USUAL "s=rsa; l=0",  NULL,      NULL,              "no octet is signed"      },
    {USUAL "s=rsa; l=16", "Ann\r\n", "Ann\r\nP.S.\r\n",
     "added behind l= (section 8.2)"                                              },
};

/* Section 6.1.1: before any question. */
static const struct {
    const char *tags;
    const char *reason;
} refused[] = {
    {"a=rsa-sha256; d=example.com; h=from; s=rsa",    "v= is missing"                        },
    {"v=1; a=rsa-sha1; d=example.com; h=from; s=rsa",
     "rsa-sha1 is historic (RFC 8301)"                                                       },
    {COMMON "; h=from; s=rsa",                        "the field is not a tag-list"          },
    {COMMON "h=to; s=rsa",                            "h= does not name From"                },
    {USUAL "s=rsa; i=@example.org",                   "i= is not within d="                  },
    {USUAL "s=rsa; x=1699999999",                     "the signature has expired (x=)"       },
    {USUAL "s=rsa; t=1715552001",                     "the signature is from the future (t=)"},
};

/* Section 6.1.2: the key. */
static const struct {
    const char *tags;
    enum sceau_dkim_result result;
    const char *reason;
    const char *why;
} without_key[] = {
    {USUAL "s=nokey",                      SCEAU_DKIM_PERMERROR, "no key",                                     "NXDOMAIN: step 3"  },
    {USUAL "s=nodata",                     SCEAU_DKIM_PERMERROR, "no key",                                     "NODATA: step 3"    },
    {USUAL "s=servfail",                   SCEAU_DKIM_TEMPERROR, "no answer for the key: SERVFAIL",
     "step 2"                                                                                                                      },
    {USUAL "s=timeout",                    SCEAU_DKIM_TEMPERROR, "no answer for the key: time-out",
     "step 2"                                                                                                                      },
    {USUAL "s=refused",                    SCEAU_DKIM_TEMPERROR, "no answer for the key: REFUSED",
     "step 2"                                                                                                                      },
    {USUAL "s=bogus",                      SCEAU_DKIM_TEMPERROR,
     "no answer for the key: DNSSEC validation failed",                                                        "step 2"            },
    {USUAL "s=two",                        SCEAU_DKIM_PERMERROR, "several key records",                        "step 4: our choice"},
    {USUAL "s=many",                       SCEAU_DKIM_PERMERROR, "more than 16 TXT records at the key's name",
     "bounded work"                                                                                                                },
    {USUAL "s=spf",                        SCEAU_DKIM_PERMERROR, "the record is no key record",                "step 5"            },
    {USUAL "s=sha1",                       SCEAU_DKIM_PERMERROR, "the key does not admit SHA-256 (h=)",
     "step 6"                                                                                                                      },
    {USUAL "s=revoked",                    SCEAU_DKIM_PERMERROR, "the key is revoked",                         "step 7"            },
    {USUAL "s=ed",                         SCEAU_DKIM_PERMERROR,
     "the key is of another type than a=",                                                                     "step 8"            },
    {USUAL "s=tlsrpt",                     SCEAU_DKIM_PERMERROR, "the key is for another service (s=)",
     "3.6.1"                                                                                                                       },
    {USUAL "s=strict; i=@sub.example.com", SCEAU_DKIM_PERMERROR,
     "the key allows no subdomain in i= (t=s)",                                                                "3.6.1"             },
};

/* The message with a signature of these tags. */
static struct sceau_slice
signed_with(struct sceau_arena *arena, const char *tags)
{
    struct text field = text_new(arena, SIZE_MAX);
    text_string(&field, "DKIM-Signature: ");
    text_string(&field, tags);
    text_string(&field, "; bh={bh}; b=");
    return fixture_sign(arena, SCEAU_SLICE(HEADER BODY), DKIM_SIGNATURE,
                        text_done(&field).ptr);
}

/* `message` with the first `from` replaced. */
static struct sceau_slice
changed(struct sceau_arena *arena, struct sceau_slice message, const char *from,
        const char *to)
{
    if (from == NULL)
        return message;
    const char *at = memmem(message.ptr, message.len, from, strlen(from));
    assert_non_null(at);
    size_t before = (size_t)(at - message.ptr);
    struct text t = text_new(arena, SIZE_MAX);
    text_slice(&t, slice_sub(message, 0, before));
    text_string(&t, to);
    text_slice(&t, slice_skip(message, before + strlen(from)));
    return text_done(&t);
}

/* Sign with these tags, change, verify, compare. */
static void
expect(const struct change_case *c, enum sceau_dkim_result result, const char *reason)
{
    struct fixture f;
    const struct sceau_dkim_outcome *o;
    UNIT_CASE(c->why);
    fixture_init(&f, zone, NOW);
    struct sceau_slice message =
        changed(f.arena, signed_with(f.arena, c->tags), c->from, c->to);
    assert_int_equal(fixture_verify(&f, message, "example.com", &o), 1);
    assert_slice(sceau_slice_from(o->reason != NULL ? o->reason : "pass"),
                 reason != NULL ? reason : "pass");
    assert_int_equal(o->result, result);
    fixture_clear(&f);
}

#define EXPECT_ALL(cases, result, reason)                     \
 for (size_t i = 0; i < sizeof(cases) / sizeof *(cases); i++) \
 expect(&(cases)[i], (result), (reason))

static void
judges_changes(void **state)
{
    (void)state;
    EXPECT_ALL(passing, SCEAU_DKIM_PASS, NULL);
    EXPECT_ALL(with_wrong_signature, SCEAU_DKIM_FAIL, "signature mismatch");
    EXPECT_ALL(with_wrong_body, SCEAU_DKIM_FAIL, "body hash mismatch");
    EXPECT_ALL(with_unsigned_octets, SCEAU_DKIM_POLICY,
               "body octets after l= are unsigned");
    const struct change_case missing = {USUAL "s=rsa; l=16", "Ann\r\n", "An",
                                        "octets are missing (section 3.5)"};
    expect(&missing, SCEAU_DKIM_PERMERROR, "l= is larger than the body");
}

static void
judges_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const struct change_case c = {refused[i].tags, NULL, NULL, refused[i].reason};
        expect(&c, SCEAU_DKIM_PERMERROR, refused[i].reason);
    }
    for (size_t i = 0; i < sizeof without_key / sizeof *without_key; i++) {
        const struct change_case c = {without_key[i].tags, NULL, NULL,
                                      without_key[i].why};
        expect(&c, without_key[i].result, without_key[i].reason);
    }
}

static void
tells_what_it_found(void **state)
{
    (void)state;
    struct fixture f;
    const struct sceau_dkim_outcome *o;
    fixture_init(&f, zone, NOW);
    struct sceau_slice message = signed_with(
        f.arena, "v=1; a=rsa-sha256; c=relaxed/simple; d=EXAMPLE.com; t=1; x=2; l=3; "
                 "i=ann@example.com; h=from; s=testing");
    assert_int_equal(fixture_verify(&f, message, "", &o), 1);
    assert_true(o->is_expired);
    assert_int_equal(o->timestamp, 1);
    assert_int_equal(o->expiration, 2);
    assert_int_equal(o->body_length, 3);
    assert_int_equal(o->header_canonicalization, SCEAU_RELAXED);
    assert_int_equal(o->body_canonicalization, SCEAU_SIMPLE);
    assert_slice(o->domain, "example.com");
    assert_slice(o->identity, "ann@example.com");
    assert_int_equal(o->signature.len, 172);
    message = signed_with(f.arena, USUAL "l=9; s=testing");
    assert_int_equal(fixture_verify(&f, message, "", &o), 1);
    assert_true(o->is_testing);
    assert_int_equal(o->body_octets, 16);
    assert_false(o->secure);
    fixture_clear(&f);
}

/* ---- several signatures ---- */

/* `count` signatures of `domain` above `message`. */
static struct sceau_slice
with_junk(struct sceau_arena *arena, const char *domain, size_t count,
          struct sceau_slice message)
{
    struct text t = text_new(arena, SIZE_MAX);
    for (size_t i = 0; i < count; i++)
        text_format(&t,
                    "DKIM-Signature: v=1; a=rsa-sha256; d=%s; s=j%zu; h=from; "
                    "bh=MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=; b=AAAA\r\n",
                    domain, i);
    text_slice(&t, message);
    return text_done(&t);
}

/* Twenty strangers above it: the author's own signature is among the eight. */
static void
looks_at_the_author_first(void **state)
{
    (void)state;
    struct fixture f;
    const struct sceau_dkim_outcome *o;
    fixture_init(&f, zone, NOW);
    struct sceau_slice message = signed_with(f.arena, USUAL "s=rsa");
    message = with_junk(f.arena, "example.net", 20, message);
    assert_int_equal(fixture_verify(&f, message, "example.com", &o), 21);
    assert_int_equal(o[20].result, SCEAU_DKIM_PASS);
    assert_slice(f.session.questions->name, "rsa._domainkey.example.com");
    assert_int_equal(f.session.question_count, SCEAU_DKIM_LOOKED_UP_MAX);
    assert_slice(sceau_slice_from(o[6].reason), "no key");
    assert_slice(sceau_slice_from(o[7].reason), "more than 8 signatures");
    assert_int_equal(o[7].result, SCEAU_DKIM_PERMERROR);
    assert_slice(o[7].domain, "example.net");
    fixture_clear(&f);
}

/* Related domains come next, whichever is within the other. */
static const struct {
    const char *author;
    const char *domain;
    bool is_first;
    const char *why;
} related[] = {
    {"news.example.com", "example.com",      true,  "a parent signs"        },
    {"example.com",      "news.example.com", true,  "a subdomain signs"     },
    {"news.example.com", "mail.example.com", true,  "a sibling signs"       },
    {"example.com",      "xexample.com",     false, "no label border"       },
    {"",                 "example.com",      false, "no author, no relation"},
};

static void
looks_at_related_domains_next(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof related / sizeof *related; i++) {
        struct fixture f;
        const struct sceau_dkim_outcome *o;
        UNIT_CASE(related[i].why);
        fixture_init(&f, zone, NOW);
        struct sceau_slice message =
            with_junk(f.arena, related[i].domain, 1, SCEAU_SLICE(HEADER BODY));
        message = with_junk(f.arena, "example.net", 8, message);
        assert_int_equal(fixture_verify(&f, message, related[i].author, &o), 9);
        assert_slice(sceau_slice_from(o[8].reason),
                     related[i].is_first ? "no key" : "more than 8 signatures");
        fixture_clear(&f);
    }
}

/* Refused ones do not use up the eight. */
static void
does_not_count_refused_fields(void **state)
{
    (void)state;
    struct fixture f;
    const struct sceau_dkim_outcome *o;
    fixture_init(&f, zone, NOW);
    struct sceau_slice message = signed_with(f.arena, USUAL "s=rsa");
    message = with_junk(f.arena, "com", 20, message);
    assert_int_equal(fixture_verify(&f, message, "example.com", &o), 21);
    assert_int_equal(o[20].result, SCEAU_DKIM_PASS);
    assert_int_equal(f.session.question_count, 1);
    fixture_clear(&f);
}

/* Fields beyond the fiftieth are not read, and that is said. */
static void
reads_fifty_fields(void **state)
{
    (void)state;
    struct fixture f;
    const struct sceau_dkim_outcome *o;
    fixture_init(&f, zone, NOW);
    struct sceau_slice fifty =
        with_junk(f.arena, "com", SCEAU_DKIM_PARSED_MAX, SCEAU_SLICE(HEADER BODY));
    assert_int_equal(fixture_verify(&f, fifty, "", &o), SCEAU_DKIM_PARSED_MAX);
    struct sceau_slice more = with_junk(f.arena, "com", 10, fifty);
    assert_int_equal(fixture_verify(&f, more, "", &o), SCEAU_DKIM_PARSED_MAX + 1);
    assert_int_equal(o[SCEAU_DKIM_PARSED_MAX].result, SCEAU_DKIM_PERMERROR);
    assert_slice(sceau_slice_from(o[SCEAU_DKIM_PARSED_MAX].reason),
                 "more than 50 signatures: the others were not read");
    assert_int_equal(o[SCEAU_DKIM_PARSED_MAX].field, SCEAU_DKIM_PARSED_MAX);
    fixture_clear(&f);
}

static void
judges_unsigned_messages(void **state)
{
    (void)state;
    struct fixture f;
    const struct sceau_dkim_outcome *o;
    fixture_init(&f, zone, NOW);
    assert_int_equal(fixture_verify(&f, SCEAU_SLICE(HEADER BODY), "example.com", &o),
                     0);
    assert_int_equal(fixture_verify(&f, SCEAU_SLICE(""), "", &o), 0);
    assert_int_equal(f.session.question_count, 0);
    fixture_clear(&f);
}

/* A header block that was cut at its limits signs nothing. */
static void
refuses_damaged_headers(void **state)
{
    (void)state;
    struct fixture f;
    const struct sceau_dkim_outcome *o;
    fixture_init(&f, zone, NOW);
    struct fixture_message m =
        fixture_read(f.arena, signed_with(f.arena, USUAL "s=rsa"));
    m.header.defects |= SCEAU_HEADER_LIMIT;
    struct sceau_body_hashes *hashes = sceau_body_hashes_new(f.arena);
    struct sceau_dkim *dkim =
        sceau_dkim_start(&f.context, &m.header, hashes, SLICE_NONE, NULL);
    sceau_body_hashes_finish(hashes);
    assert_int_equal(sceau_dkim_finish(&f.context, dkim, &o), 1);
    assert_int_equal(o->result, SCEAU_DKIM_PERMERROR);
    assert_slice(sceau_slice_from(o->reason), "the header block is over its limits");
    sceau_body_hashes_free(hashes);
    fixture_clear(&f);
}

/* ---- explain ---- */

struct listener {
    struct sceau_trace trace;
    char text[8192];
    size_t len;
};

static void
listen(struct sceau_trace *self, unsigned depth, struct sceau_slice text)
{
    struct listener *l = (struct listener *)self;
    l->len += (size_t)snprintf(l->text + l->len, sizeof l->text - l->len, "%*s%.*s\n",
                               (int)depth * 2, "", (int)text.len, text.ptr);
    assert_true(l->len < sizeof l->text);
}

/* What an administrator needs to see why a mailing list broke a signature. */
static void
explains_a_failure(void **state)
{
    (void)state;
    struct fixture f;
    const struct sceau_dkim_outcome *o;
    struct listener l = {.trace = {listen}};
    fixture_init(&f, zone, NOW);
    f.context.trace = &l.trace;
    struct sceau_slice message =
        signed_with(f.arena, "v=1; a=rsa-sha256; c=relaxed/simple; d=example.com; "
                             "h=from:subject:subject; s=testing");
    message = changed(f.arena, message, "Ann\r\n", "Ann\r\n-- the list\r\n");
    assert_int_equal(fixture_verify(&f, message, "example.com", &o), 1);
    static const char *const wanted[] = {
        "signature 1 of 1: d=example.com s=testing a=rsa-sha256 c=relaxed/simple",
        "testing._domainkey.example.com",
        "the record means: an RSA key of 1024 bits, in testing (t=y)",
        "the body has 30 octets, simple",
        ", but bh= says ",
        "signed fields: from, subject",
        "signed as absent: subject",
        "the signature verifies",
        "dkim=fail: body hash mismatch",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        UNIT_CASE(wanted[i]);
        assert_non_null(strstr(l.text, wanted[i]));
    }
    fixture_clear(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verifies_rfc6376_appendix_a),
        cmocka_unit_test(verifies_rfc8463_appendix_a),
        cmocka_unit_test(judges_changes),
        cmocka_unit_test(judges_refusals),
        cmocka_unit_test(tells_what_it_found),
        cmocka_unit_test(looks_at_the_author_first),
        cmocka_unit_test(looks_at_related_domains_next),
        cmocka_unit_test(does_not_count_refused_fields),
        cmocka_unit_test(reads_fifty_fields),
        cmocka_unit_test(judges_unsigned_messages),
        cmocka_unit_test(refuses_damaged_headers),
        cmocka_unit_test(explains_a_failure),
    };
    return cmocka_run_group_tests_name("dkim/verify", tests, NULL, NULL);
}
