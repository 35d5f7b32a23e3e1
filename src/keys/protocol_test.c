/* What either side says, and what it does not let the other say. */
#include "protocol.h"

#include "../../tests/unit.h"

static struct keys_request
request_of(enum keys_request_kind kind, const char *domain, const char *selector)
{
    struct keys_request r = {.id = UINT64_C(0x0102030405060708), .kind = kind};
    r.domain_len = strlen(domain);
    memcpy(r.domain, domain, r.domain_len);
    r.selector_len = strlen(selector);
    memcpy(r.selector, selector, r.selector_len);
    if (kind == KEYS_ASK_SIGNATURE)
        memset(r.digest, 0xd5, sizeof r.digest);
    return r;
}

static void
requests_come_back(void **state)
{
    (void)state;
    const struct keys_request requests[] = {
        request_of(KEYS_ASK_ACTIVE, "example.org", ""),
        request_of(KEYS_ASK_SIGNATURE, "example.org", "s1.sub"),
    };
    for (size_t i = 0; i < 2; i++) {
        uint8_t octets[KEYS_REQUEST_OCTETS];
        struct keys_request back;
        keys_request_format(&requests[i], octets);
        assert_true(keys_request_parse(octets, sizeof octets, &back));
        assert_memory_equal(&back, &requests[i], sizeof back);
    }
}

/* Names become file names. */
static void
names_stay_in_their_folder(void **state)
{
    (void)state;
    static const struct {
        const char *domain, *selector, *why;
    } refused[] = {
        {"..",             "s1",    "the folder above"    },
        {"../etc",         "s1",    "another folder"      },
        {"a/b",            "s1",    "a slash"             },
        {".",              "s1",    "the folder itself"   },
        {"",               "s1",    "nothing"             },
        {"a..b",           "s1",    "an empty label"      },
        {"a.",             "s1",    "a final dot"         },
        {"example.org",    "../s1", "a selector elsewhere"},
        {"example.org",    "",      "no selector"         },
        {"example.org",    "s1\n",  "a line end"          },
        {"ex\xc3\xa4.org", "s1",    "not A-labels"        },
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct keys_request back,
            r = request_of(KEYS_ASK_SIGNATURE, refused[i].domain, refused[i].selector);
        uint8_t octets[KEYS_REQUEST_OCTETS];
        UNIT_CASE(refused[i].why);
        keys_request_format(&r, octets);
        assert_false(keys_request_parse(octets, sizeof octets, &back));
    }
}

static void
odd_requests(void **state)
{
    (void)state;
    struct keys_request back, r = request_of(KEYS_ASK_SIGNATURE, "example.org", "s1");
    uint8_t octets[KEYS_REQUEST_OCTETS + 1] = {0};
    keys_request_format(&r, octets);
    assert_false(keys_request_parse(octets, KEYS_REQUEST_OCTETS - 1, &back));
    assert_false(keys_request_parse(octets, KEYS_REQUEST_OCTETS + 1, &back));
    octets[8] = 3; /* no such kind */
    assert_false(keys_request_parse(octets, KEYS_REQUEST_OCTETS, &back));
    octets[8] = KEYS_ASK_SIGNATURE;
    octets[12 + 200] = 1; /* behind the domain */
    assert_false(keys_request_parse(octets, KEYS_REQUEST_OCTETS, &back));
    octets[12 + 200] = 0;
    octets[10] = 250; /* a selector longer than its place */
    assert_false(keys_request_parse(octets, KEYS_REQUEST_OCTETS, &back));
    octets[10] = 2;
    octets[8] = KEYS_ASK_ACTIVE; /* with a selector */
    assert_false(keys_request_parse(octets, KEYS_REQUEST_OCTETS, &back));
}

static void
answers_come_back(void **state)
{
    (void)state;
    struct keys_answer answers[3] = {
        {.id = 7,                 .status = KEYS_ANSWER_FINE, .signature_len = 256},
        {.id = 8,                       .status = KEYS_ANSWER_FINE,                                           .active = {.count = 2}},
        {.id = 0, .status = KEYS_ANSWER_LOST},
    };
    memset(answers[0].signature, 0x5a, 256);
    for (size_t i = 0; i < 2; i++)
        answers[1].active.keys[i] = (struct keyring_key){
            .algorithm = i == 0 ? SCEAU_DKIM_RSA_SHA256 : SCEAU_DKIM_ED25519_SHA256,
            .bits = 2048,
            .selector_len = 2,
            .selector = {'s', (char)('1' + i)}
        };
    for (size_t i = 0; i < 3; i++) {
        static struct keys_answer back;
        uint8_t octets[KEYS_ANSWER_OCTETS], again[KEYS_ANSWER_OCTETS];
        keys_answer_format(&answers[i], octets);
        assert_true(keys_answer_parse(octets, sizeof octets, &back));
        keys_answer_format(&back, again);
        assert_memory_equal(octets, again, sizeof octets);
        assert_int_equal(back.id, answers[i].id);
        assert_int_equal(back.status, answers[i].status);
        assert_int_equal(back.signature_len, answers[i].signature_len);
        assert_int_equal(back.active.count, answers[i].active.count);
    }
}

static void
odd_answers(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
        const char *why;
    } changes[] = {
        {8,   0,    "no status"                  },
        {8,   5,    "an unknown one"             },
        {9,   5,    "more keys than there may be"},
        {10,  0x40, "a signature of 16 KiB"      },
        {12,  1,    "rsa-sha1"                   },
        {13,  201,  "a selector over its place"  },
        {13,  0,    "no selector"                },
        {13,  1,    "octets behind a selector"   },
        {16,  '/',  "no name"                    },
        {900, 1,    "octets behind all keys"     },
    };
    struct keys_answer back,
        fine = {
            .id = 8,
            .status = KEYS_ANSWER_FINE,
            .active = {.count = 1, .keys = {{SCEAU_DKIM_RSA_SHA256, 2048, 2, "s1"}}}
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        uint8_t octets[KEYS_ANSWER_OCTETS];
        UNIT_CASE(changes[i].why);
        keys_answer_format(&fine, octets);
        assert_true(keys_answer_parse(octets, sizeof octets, &back));
        octets[changes[i].at] = changes[i].value;
        assert_false(keys_answer_parse(octets, sizeof octets, &back));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_come_back),
        cmocka_unit_test(names_stay_in_their_folder),
        cmocka_unit_test(odd_requests),
        cmocka_unit_test(answers_come_back),
        cmocka_unit_test(odd_answers),
    };
    return cmocka_run_group_tests_name("keys/protocol", tests, NULL, NULL);
}
