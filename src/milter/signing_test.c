/* One message's signatures over a keyring that does as a case says: what is signed, with
 * what, and what becomes of a message that cannot be. The MTA's side is daemon/signing's. */
#include "signing.h"

#include "../../tests/unit.h"

#define NOW 1790000000
#define RSA SCEAU_DKIM_RSA_SHA256
#define ED  SCEAU_DKIM_ED25519_SHA256

static const struct sceau_slice only_e1[] = {
    {"e1", 2}
};
static const struct sceau_slice everybody[] = {
    {"fwd.test", 8}
};
static const struct policy_signing_domain domains[] = {
    {.domain = {"up.test", 7}, .subdomains = true},
};

/* ---- the keyring ---- */

struct told_key {
    const char *selector;
    enum sceau_dkim_algorithm algorithm;
};

struct test_keyring {
    struct keyring keyring;
    const char *domain; /* that has the keys; others have none */
    const struct told_key *keys;
    enum keyring_answer keys_answer;
    const char *failing; /* the selector that does not sign; NULL: all do */
    enum keyring_answer sign_answer;
    unsigned asked, signatures;
};

static enum keyring_answer
tell_keys(struct keyring *self, struct sceau_slice domain, struct keyring_keys *keys)
{
    struct test_keyring *k = (struct test_keyring *)self;
    keys->count = 0;
    k->asked++;
    if (k->keys_answer != KEYRING_FINE)
        return k->keys_answer;
    for (size_t i = 0; slice_eq(domain, sceau_slice_from(k->domain)) && i < 2; i++) {
        struct sceau_slice selector = sceau_slice_from(k->keys[i].selector);
        if (selector.len == 0)
            continue;
        struct keyring_key *key = &keys->keys[keys->count++];
        key->algorithm = k->keys[i].algorithm;
        key->selector_len = selector.len;
        memcpy(key->selector, selector.ptr, selector.len);
    }
    return KEYRING_FINE;
}

static enum keyring_answer
give_signature(struct keyring *self, struct sceau_slice domain,
               const struct keyring_key *key, const uint8_t digest[32],
               uint8_t signature[SCEAU_SIGNATURE_OCTETS_MAX], size_t *len)
{
    struct test_keyring *k = (struct test_keyring *)self;
    assert_slice(domain, k->domain);
    k->signatures++;
    if (k->failing != NULL &&
        slice_eq(keyring_selector(key), sceau_slice_from(k->failing)))
        return k->sign_answer;
    memcpy(signature, digest, 32);
    *len = 32;
    return KEYRING_FINE;
}

/* ---- the cases ---- */

static const struct told_key both[] = {
    {"r1", RSA},
    {"e1", ED }
};
static const struct told_key one[] = {
    {"r1", RSA},
    {NULL, RSA}
};

static const struct {
    const char *why;
    const char *author; /* domain, and of the login */
    const char *header; /* beside From; or NULL */
    const char *body;
    const struct told_key *keys;
    enum keyring_answer keys_answer, sign_answer;
    const char *failing;
    enum policy_action action;
    enum policy_algorithms algorithms;
    bool only_e1, is_shadow, is_stranger;
    enum policy_long_lines long_lines;
    enum policy_sign_error on_error;
    /* what comes of it */
    enum policy_signing_rule rule;
    const char *selectors, *domain;
    enum policy_action after;
} cases[] = {
    {.why = "one key",
     .keys = one,
     .rule = POLICY_SIGN_LOGIN_DOMAIN,
     .selectors = "r1"                                                              },
    {.why = "one of each type: both",
     .keys = both,
     .rule = POLICY_SIGN_LOGIN_DOMAIN,
     .selectors = "r1 e1"                                                           },
    {.why = "algorithms = rsa",
     .keys = both,
     .algorithms = POLICY_ALGORITHMS_RSA,
     .rule = POLICY_SIGN_LOGIN_DOMAIN,
     .selectors = "r1"},
    {.why = "algorithms = ed25519",
     .keys = both,
     .algorithms = POLICY_ALGORITHMS_ED25519,
     .rule = POLICY_SIGN_LOGIN_DOMAIN,
     .selectors = "e1"},
    {.why = "selectors = e1",
     .keys = both,
     .only_e1 = true,
     .rule = POLICY_SIGN_LOGIN_DOMAIN,
     .selectors = "e1"},
    {.why = "selectors = e1, and the domain has another",
     .keys = one,
     .only_e1 = true,
     .rule = POLICY_UNSIGNED_NO_KEY        },
    {.why = "no key at all: delivered as it is",                                          .rule = POLICY_UNSIGNED_NO_KEY                },
    {.why = "the domain above signs for it",
     .author = "sub.up.test",
     .keys = one,
     .rule = POLICY_SIGN_LOGIN_DOMAIN,
     .selectors = "r1",
     .domain = "up.test"},
    {.why = "keys that cannot be used: it comes again",
     .keys_answer = KEYRING_BROKEN,
     .rule = POLICY_UNSIGNED_BROKEN_KEY,
     .after = POLICY_TEMPFAIL                                                                    },
    {.why = "or goes without, when sign.on_error says so",
     .keys_answer = KEYRING_BROKEN,
     .on_error = POLICY_SIGN_ERROR_UNSIGNED,
     .rule = POLICY_UNSIGNED_BROKEN_KEY        },
    {.why = "nobody answers",
     .keys_answer = KEYRING_SILENT,
     .rule = POLICY_UNSIGNED_NO_SIGNER,
     .after = POLICY_TEMPFAIL},
    {.why = "nobody answers when it is to be signed",
     .keys = one,
     .failing = "r1",
     .sign_answer = KEYRING_SILENT,
     .rule = POLICY_UNSIGNED_NO_SIGNER,
     .after = POLICY_TEMPFAIL},
    {.why = "the second of two fails: the first goes with it",
     .keys = both,
     .failing = "e1",
     .sign_answer = KEYRING_GONE,
     .rule = POLICY_UNSIGNED_BROKEN_KEY,
     .after = POLICY_TEMPFAIL},
    {.why = "a long line of the body: sent without",
     .keys = one,
     .body = "long",
     .rule = POLICY_UNSIGNED_LONG_LINES                                                       },
    {.why = "refused",
     .keys = one,
     .body = "long",
     .long_lines = POLICY_LONG_REFUSE,
     .rule = POLICY_UNSIGNED_LONG_LINES,
     .after = POLICY_REJECT},
    {.why = "signed all the same",
     .keys = one,
     .body = "long",
     .long_lines = POLICY_LONG_SIGN,
     .rule = POLICY_SIGN_LOGIN_DOMAIN,
     .selectors = "r1"},
    {.why = "a header line that cannot be folded",
     .keys = one,
     .header = "long",
     .rule = POLICY_UNSIGNED_HEADER                                                                    },
    {.why = "what is quarantined is delivered",
     .keys = one,
     .action = POLICY_QUARANTINE,
     .rule = POLICY_SIGN_LOGIN_DOMAIN,
     .selectors = "r1",
     .after = POLICY_QUARANTINE},
    {.why = "what is refused leaves nowhere",
     .keys = one,
     .action = POLICY_REJECT,
     .rule = POLICY_UNSIGNED_NOT_DELIVERED,
     .after = POLICY_REJECT},
    {.why = "a stranger: nobody is asked for keys",
     .keys = one,
     .is_stranger = true,
     .rule = POLICY_UNSIGNED_STRANGER                                                               },
    {.why = "shadow mode: the same",
     .keys = one,
     .is_shadow = true,
     .rule = POLICY_UNSIGNED_SHADOW                                                    },
};

static struct sceau_slice
long_text(void)
{
    static char text[1200];
    memset(text, 'x', sizeof text);
    return (struct sceau_slice){text, sizeof text};
}

/* A message of one case, up to what is told of it. */
static struct milter_signed
sign_case(size_t i, struct test_keyring *keyring, struct policy_decision *decision,
          struct milter_dress *dress)
{
    const char *author = cases[i].author != NULL ? cases[i].author : "own.test";
    struct policy_signing_config signing = {.long_lines = cases[i].long_lines,
                                            .on_error = cases[i].on_error,
                                            .rest.algorithms = cases[i].algorithms,
                                            .domains = domains,
                                            .domain_count = 1};
    struct policy_config policy = {.is_shadow = cases[i].is_shadow};
    struct sceau_context context = {.arena = unit_arena, .now = NOW};
    struct policy_facts facts = {
        .client = {.version = 4, .octets = {203, 0, 113, 9}}
    };
    struct milter_session_options options = {.policy = &policy,
                                             .role = MILTER_ROLE_SIGN,
                                             .signing = &signing,
                                             .keyring = &keyring->keyring};
    struct text from = text_new(unit_arena, SIZE_MAX);
    struct sceau_header header = {0};
    struct sceau_author found;
    struct milter_signed told = {.count = 0};
    text_format(&from, " ann@%s", author);
    sceau_header_add(unit_arena, &header, SCEAU_SLICE("From"), text_so_far(&from));
    if (cases[i].header != NULL)
        sceau_header_add(unit_arena, &header, SCEAU_SLICE("X"), long_text());
    sceau_author_find(unit_arena, &header, &found);
    if (cases[i].only_e1)
        signing.rest.selectors = (struct policy_names){only_e1, 1};
    if (!cases[i].is_stranger)
        facts.login = slice_skip(text_so_far(&from), 1);
    const struct milter_signing_start start = {.options = &options,
                                               .context = &context,
                                               .facts = &facts,
                                               .header = &header,
                                               .author = &found};
    struct milter_signing *s = milter_signing_begin(&start, &told);
    if (s != NULL) {
        milter_signing_body(s, cases[i].body != NULL ? long_text() : SCEAU_SLICE("Hi"));
        milter_signing_body(s, SCEAU_SLICE("\r\n"));
        milter_signing_finish(s, &told, NULL, decision, dress);
        milter_signing_free(s);
    }
    return told;
}

static struct sceau_slice
joined(const struct milter_signed *told)
{
    struct text t = text_new(unit_arena, SIZE_MAX);
    for (size_t i = 0; i < told->count; i++)
        text_format(&t, "%s%.*s", i > 0 ? " " : "", SLICE_ARG(told->selectors[i]));
    return text_so_far(&t);
}

/* Each signature names its domain and selector, and is on top of the message. */
static void
check_fields(const struct milter_signed *told, const struct milter_dress *dress,
             const char *domain)
{
    assert_int_equal(dress->top_count, told->count);
    for (size_t i = 0; i < told->count; i++) {
        struct text want = text_new(unit_arena, SIZE_MAX);
        const struct policy_added_field *field = &dress->top[i];
        text_format(&want, "d=%s; s=%.*s;", domain, SLICE_ARG(told->selectors[i]));
        struct sceau_slice text = text_done(&want);
        assert_slice(field->name, "DKIM-Signature");
        assert_non_null(memmem(field->value.ptr, field->value.len, text.ptr, text.len));
        assert_non_null(memmem(field->value.ptr, field->value.len, "t=1790000000", 12));
        assert_null(memmem(field->value.ptr, field->value.len, " x=", 3));
    }
}

static void
signs_as_the_case_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static const struct told_key none[2] = {
            {NULL, RSA},
            {NULL, RSA}
        };
        const char *domain = cases[i].domain != NULL ? cases[i].domain : "own.test";
        struct test_keyring keyring = {
            .keyring = {tell_keys, give_signature},
            .domain = domain,
            .keys = cases[i].keys != NULL ? cases[i].keys : none,
            .keys_answer = cases[i].keys_answer,
            .failing = cases[i].failing,
            .sign_answer = cases[i].sign_answer,
        };
        struct policy_decision decision = {.action = cases[i].action};
        struct milter_dress dress = {0};
        UNIT_CASE(cases[i].why);
        struct milter_signed told = sign_case(i, &keyring, &decision, &dress);
        assert_int_equal(told.ruling.rule, cases[i].rule);
        assert_slice(joined(&told),
                     cases[i].selectors != NULL ? cases[i].selectors : "");
        assert_int_equal(decision.action, cases[i].after);
        check_fields(&told, &dress, domain);
        if (told.count > 0)
            assert_slice(told.domain, domain);
        if (cases[i].is_stranger || cases[i].is_shadow)
            assert_int_equal(keyring.asked, 0);
        if (told.count == 0 && cases[i].failing == NULL)
            assert_int_equal(keyring.signatures, 0);
    }
}

/* A seal wants a verdict: without one the reason is told, and the message leaves. */
static void
seals_nothing_unverified(void **state)
{
    (void)state;
    struct test_keyring keyring = {
        .keyring = {tell_keys, give_signature},
          .domain = "own.test", .keys = one
    };
    struct policy_signing_config signing = {
        .arc_domain = SCEAU_SLICE("own.test"), .arc_recipients = {everybody, 1}
    };
    struct policy_config policy = {.authserv_id = SCEAU_SLICE("mx.test")};
    struct sceau_context context = {.arena = unit_arena, .now = NOW};
    struct sceau_slice recipient = SCEAU_SLICE("bob@fwd.test");
    struct policy_facts facts = {
        .client = {.version = 4, .octets = {203, 0, 113, 9}},
        .recipient_count = 1,
        .recipients = &recipient,
        .recipients_known = 1
    };
    struct milter_session_options options = {.policy = &policy,
                                             .role = MILTER_ROLE_SIGN,
                                             .signing = &signing,
                                             .keyring = &keyring.keyring};
    struct sceau_header header = {0};
    struct sceau_author author;
    struct milter_signed told = {.count = 0};
    struct policy_decision decision = {.action = POLICY_ACCEPT};
    struct milter_dress dress = {0};
    sceau_header_add(unit_arena, &header, SCEAU_SLICE("From"),
                     SCEAU_SLICE(" a@b.test"));
    sceau_author_find(unit_arena, &header, &author);
    const struct milter_signing_start start = {.options = &options,
                                               .context = &context,
                                               .facts = &facts,
                                               .header = &header,
                                               .author = &author};
    struct milter_signing *s = milter_signing_begin(&start, &told);
    assert_non_null(s);
    milter_signing_body(s, SCEAU_SLICE("Hi\r\n"));
    milter_signing_finish(s, &told, NULL, &decision, &dress);
    milter_signing_free(s);
    assert_string_equal(told.unsealed, "this listener does not verify");
    assert_int_equal(told.sealed, 0);
    assert_int_equal(dress.top_count, 0);
    assert_int_equal(decision.action, POLICY_ACCEPT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_as_the_case_says),
        cmocka_unit_test(seals_nothing_unverified),
    };
    return cmocka_run_group_tests_name("milter/signing", tests, unit_arena_up,
                                       unit_arena_down);
}
