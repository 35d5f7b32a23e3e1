/* Which fields go, and by which number an MTA finds them. */
#include "strip.h"

#include "../../tests/unit.h"
#include "core/text.h"

#define FIELDS_MAX 10

struct strip_case {
    const char *why;
    struct {
        const char *name, *body;
    } fields[FIELDS_MAX];
    const char *gone; /* "name/nth name/nth", top first */
    bool from_trusted;
    bool ours_stay;
};

static const struct strip_case cases[] = {
    {"RES-01: our id, forged",
     {{"Authentication-Results", " mx.receiver.test; dmarc=pass"}},
     "Authentication-Results/1",                                                   false,
     false},
    {"RES-02: numbers count all fields of the name, kept ones too",
     {{"Authentication-Results", " mx.receiver.test; a=b"},
      {"Authentication-Results", " a.test; a=b"},
      {"Authentication-Results", " mx.receiver.test; a=b"},
      {"From", " a@example.com"},
      {"authentication-results", " b.test; a=b"},
      {"AUTHENTICATION-RESULTS", " mx.receiver.test; a=b"}},
     "Authentication-Results/1 Authentication-Results/3 AUTHENTICATION-RESULTS/5", false,
     false},
    {"RES-03: letter case, final dot, quotes, comment",
     {{"Authentication-Results", " MX.Receiver.TEST; x=y"},
      {"Authentication-Results", " mx.receiver.test.; x=y"},
      {"Authentication-Results", " \"mx.receiver.test\"; x=y"},
      {"Authentication-Results", " (x) mx.receiver.test; x=y"}},
     "Authentication-Results/1 Authentication-Results/2 Authentication-Results/3 "
     "Authentication-Results/4",                                                   false,
     false},
    {"white space before the colon makes no other field (RFC 5322 section 4.5)",
     {{"Authentication-Results \t", " mx.receiver.test; x=y"}},
     "Authentication-Results/1",                                                   false,
     false},
    {"no id, no results: not a claim of ours",
     {{"Authentication-Results", " "}, {"Authentication-Results", ""}},
     "",                                                                           false,
     false},
    {"a name that only begins like ours",
     {{"Authentication-Results", " mx.receiver.test.evil.test; x=y"},
      {"Authentication-Results-Original", " mx.receiver.test; x=y"}},
     "",                                                                           false,
     false},
    {"RES-15: private fields whatever they say, the fail field too",
     {{"x-auth-verdict", " pass"},
      {"X-DMARC-Fail-Policy", " none"},
      {"Dmarc-Filter", " pass"},
      {"ARC-Authentication-Results", " i=1; mx.receiver.test; dmarc=pass"}},
     "x-auth-verdict/1 X-DMARC-Fail-Policy/1 Dmarc-Filter/1",                      false,
     false},
    {"the suspect field: a denial goes, a confession stays",
     {{"X-Spam-Flag", " NO"}, {"X-Spam-Flag", " yes "}, {"X-Spam-Flag", ""}},
     "X-Spam-Flag/1 X-Spam-Flag/3",                                                false,
     false},
    {"a trusted host may speak for us",
     {{"Authentication-Results", " mx.receiver.test; dmarc=pass"},
      {"X-DMARC-Fail-Policy", " reject"}},
     "",                                                                           true,
     true },
    {"a trusted host that said nothing for us",
     {{"Authentication-Results", " a.test; dmarc=pass"},
      {"X-DMARC-Fail-Policy", " reject"}},
     "",                                                                           true,
     false},
};

static void
strips(void **state)
{
    (void)state;
    static const struct sceau_slice private_fields[] = {
        {"X-Auth-Verdict", 14},
        {"DMARC-Filter",   12},
        {"",               0 }
    };
    struct policy_config config;
    policy_config_init(&config);
    config.private_fields = private_fields;
    config.private_field_count = 3;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct strip_case *c = &cases[i];
        struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
        struct sceau_header header = {0};
        const struct policy_removed_field *removed;
        size_t count;
        bool ours_stay;
        UNIT_CASE(c->why);
        for (size_t k = 0; k < FIELDS_MAX && c->fields[k].name != NULL; k++)
            (void)sceau_header_add(arena, &header, sceau_slice_from(c->fields[k].name),
                                   sceau_slice_from(c->fields[k].body));
        assert_int_equal(policy_strip(arena, &config, SCEAU_SLICE("mx.receiver.test"),
                                      c->from_trusted, &header, &removed, &count,
                                      &ours_stay),
                         SCEAU_OK);
        struct text got = text_new(arena, SIZE_MAX);
        for (size_t k = 0; k < count; k++)
            text_format(&got, "%s%.*s/%zu", k > 0 ? " " : "",
                        SLICE_ARG(removed[k].name), removed[k].nth);
        assert_slice(text_done(&got), c->gone);
        assert_int_equal(ours_stay, c->ours_stay);
        sceau_arena_free(arena);
    }
}

/* Thousands of long fields must not fill the message's memory, nor hide one of them. */
static void
strips_many(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct policy_config config;
    struct sceau_header header = {0};
    const struct policy_removed_field *removed;
    size_t count;
    bool ours_stay;
    char body[600];
    policy_config_init(&config);
    memset(body, 'x', sizeof body);
    memcpy(body, " =?utf-8?q?mx", 13);
    for (size_t i = 0; i < 1500; i++)
        (void)sceau_header_add(arena, &header, SCEAU_SLICE("Authentication-Results"),
                               (struct sceau_slice){body, sizeof body});
    (void)sceau_header_add(arena, &header, SCEAU_SLICE("Authentication-Results"),
                           SCEAU_SLICE(" mx.receiver.test; dmarc=pass"));
    assert_int_equal(policy_strip(arena, &config, SCEAU_SLICE("mx.receiver.test"),
                                  false, &header, &removed, &count, &ours_stay),
                     SCEAU_OK);
    assert_int_equal(count, 1);
    assert_int_equal(removed[0].nth, 1501);
    sceau_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strips),
        cmocka_unit_test(strips_many),
    };
    return cmocka_run_group_tests_name("policy/strip", tests, NULL, NULL);
}
