/* What another filter wrote, beside what we say: which of it is compared, and what is a
 * difference. */
#include "shadow.h"

#include "../../tests/unit.h"
#include "core/text.h"

#define ID "mx.example.org"

/* clang-format off */
/* Ours, unless a case says otherwise: SPF pass, HELO none, one signature of example.com
 * that passes, no ARC, DMARC pass, accept. */
static const struct {
    const char *why;
    const char *fields[3]; /* Authentication-Results bodies, top first */
    const char *mark, *value;
    const char *id; /* shadow_authserv_id; NULL: ID */
    const char *signer[2];
    enum sceau_dkim_result dkim[2];
    enum sceau_dmarc_result dmarc;
    enum policy_action action;
    bool has_no_spf;

    const char *compared;    /* methods by blanks; NULL: no results at all */
    const char *differences; /* "method theirs>ours domain;…" */
} cases[] = {
    {"nobody was there before us", .compared = NULL},
    {"all the same, in one field",
     {ID "; spf=pass smtp.mailfrom=ann@example.com; dkim=pass header.d=example.com; "
         "arc=none; dmarc=pass header.from=example.com"},
     .compared = "spf dkim arc dmarc action",
     .differences = ""},
    {"all the same, one field a method, as OpenDKIM and OpenDMARC write them",
     {ID "; dmarc=pass (p=none dis=none) header.from=example.com",
      ID "; spf=pass smtp.mailfrom=example.com",
      ID ";\r\n\tdkim=pass (2048-bit key) header.d=example.com header.i=@example.com"},
     .compared = "spf dkim dmarc action",
     .differences = ""},
    {"another host's field says nothing",
     {"mx.other.test; dmarc=fail"},
     .compared = NULL},
    {"the id is the one that was named, not ours",
     {ID "; dmarc=fail", "old.example.org; dmarc=pass"},
     .id = "old.example.org",
     .compared = "dmarc action",
     .differences = ""},
    {"their id in other letters, with a version",
     {"MX.Example.ORG 1; dmarc=pass"},
     .compared = "dmarc action",
     .differences = ""},
    {"\"none\" says that nothing was looked at",
     {ID "; none"},
     .compared = "action",
     .differences = ""},
    {"DMARC otherwise",
     {ID "; dmarc=fail (p=reject) header.from=example.com"},
     .compared = "dmarc action",
     .differences = "dmarc fail>pass example.com;"},
    {"of two results the topmost counts: a sender's own stands below",
     {ID "; dmarc=pass", ID "; dmarc=fail"},
     .compared = "dmarc action",
     .differences = ""},
    {"hardfail is fail's old name",
     {ID "; spf=hardfail smtp.mailfrom=example.com"},
     .compared = "spf action",
     .differences = "spf fail>pass example.com;"},
    {"a result for HELO alone is beside ours for HELO",
     {ID "; spf=none smtp.helo=mail.example.com"},
     .compared = "spf action",
     .differences = ""},
    {"and both, when both are there",
     {ID "; spf=pass smtp.helo=mail.example.com; spf=softfail smtp.mailfrom=example.com"},
     .compared = "spf action",
     .differences = "spf softfail>pass example.com;spf pass>none mail.example.com;"},
    {"SPF that we could not check is not compared",
     {ID "; spf=pass smtp.mailfrom=example.com"},
     .has_no_spf = true,
     .compared = "action",
     .differences = ""},
    {"they found no signature", {ID "; dkim=none"}, .compared = "dkim action",
     .differences = "dkim none>pass example.com;"},
    {"nor did we",
     {ID "; dkim=none"},
     .signer = {""},
     .compared = "dkim action",
     .differences = ""},
    {"a signer whom we did not see",
     {ID "; dkim=pass header.d=example.com; dkim=pass header.i=@Other.TEST"},
     .compared = "dkim action",
     .differences = "dkim pass>none other.test;"},
    {"one of a domain's two signatures passes, for both",
     {ID "; dkim=fail header.d=example.com; dkim=pass header.d=example.com"},
     .signer = {"example.com", "example.com"},
     .dkim = {SCEAU_DKIM_PERMERROR, SCEAU_DKIM_PASS},
     .compared = "dkim action",
     .differences = ""},
    {"signature by signature, each domain once",
     {ID "; dkim=fail header.d=example.com; dkim=temperror header.d=b.test"},
     .signer = {"example.com", "b.test"},
     .dkim = {SCEAU_DKIM_PASS, SCEAU_DKIM_FAIL},
     .compared = "dkim action",
     .differences = "dkim fail>pass example.com;dkim temperror>fail b.test;"},
    {"what we would do otherwise",
     {ID "; dmarc=fail"},
     .dmarc = SCEAU_DMARC_FAIL,
     .action = POLICY_REJECT,
     .compared = "dmarc action",
     .differences = "action accept>reject example.com;"},
    {"their mark is their quarantine",
     {ID "; dmarc=fail"},
     .mark = "x-dmarc-fail-policy",
     .value = " quarantine",
     .dmarc = SCEAU_DMARC_FAIL,
     .action = POLICY_QUARANTINE,
     .compared = "dmarc action",
     .differences = ""},
    {"a mark alone is news as well",
     {NULL},
     .mark = "X-Spam-Flag",
     .value = " yes",
     .compared = "action",
     .differences = "action quarantine>accept example.com;"},
    {"the suspect field with another value is no mark",
     {NULL},
     .mark = "X-Spam-Flag",
     .value = " NO",
     .compared = NULL},
    {"a broken field is theirs, and says nothing",
     {ID "; dmarc"},
     .compared = "action",
     .differences = ""},
    {"a result that is no word",
     {ID "; dmarc=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
     .compared = "action",
     .differences = ""},
    {"a signer that is no name",
     {ID "; dkim=pass header.d=\"a b\\\"\""},
     .signer = {""},
     .compared = "dkim action",
     .differences = "dkim pass>none ;"},
};
/* clang-format on */

static void
add_field(struct sceau_arena *arena, struct sceau_header *header, const char *name,
          const char *body)
{
    (void)sceau_header_add(arena, header, sceau_slice_from(name),
                           sceau_slice_from(body));
}

static void
told(struct text *out, const struct shadow_report *report)
{
    for (size_t i = 0; i < report->difference_count; i++) {
        const struct shadow_difference *d = &report->differences[i];
        text_format(out, "%s %.*s>%.*s %.*s;", shadow_method_name(d->method),
                    SLICE_ARG(d->theirs), SLICE_ARG(d->ours), SLICE_ARG(d->domain));
    }
}

static void
told_methods(struct text *out, const struct shadow_report *report)
{
    for (unsigned m = 0; m < SHADOW_METHODS; m++) {
        if (report->compared[m])
            text_format(out, "%s%s", out->len > 0 ? " " : "", shadow_method_name(m));
    }
}

static void
compares(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sceau_arena *arena = sceau_arena_new((size_t)256 * 1024);
        struct sceau_header header = {0};
        struct sceau_dkim_outcome dkim[2] = {{0}};
        struct policy_config config;
        static struct shadow_report report;
        UNIT_CASE(cases[i].why);
        policy_config_init(&config);
        config.authserv_id = SCEAU_SLICE(ID);
        if (cases[i].id != NULL)
            config.shadow_authserv_id = sceau_slice_from(cases[i].id);
        for (size_t f = 0; f < 3 && cases[i].fields[f] != NULL; f++)
            add_field(arena, &header, "Authentication-Results", cases[i].fields[f]);
        if (cases[i].mark != NULL)
            add_field(arena, &header, cases[i].mark, cases[i].value);
        struct sceau_verdict v = {
            .header = &header,
            .author = {.status = SCEAU_AUTHOR_ONE,
                       .domain = SCEAU_SLICE("example.com")},
            .has_spf = !cases[i].has_no_spf,
            .spf_mail_from = {.result = SCEAU_SPF_PASS,
                       .domain = SCEAU_SLICE("example.com")},
            .spf_helo = {.result = SCEAU_SPF_NONE,
                       .domain = SCEAU_SLICE("mail.example.com")},
            .dkim = dkim,
            .dmarc = {.result = cases[i].dmarc == SCEAU_DMARC_NONE ? SCEAU_DMARC_PASS
                                                                   : cases[i].dmarc            },
        };
        const char *first = cases[i].signer[0];
        dkim[0].result =
            cases[i].dkim[0] == SCEAU_DKIM_NONE ? SCEAU_DKIM_PASS : cases[i].dkim[0];
        dkim[0].domain = sceau_slice_from(first != NULL ? first : "example.com");
        v.dkim_count = first == NULL || first[0] != '\0';
        if (cases[i].signer[1] != NULL) {
            dkim[1].result = cases[i].dkim[1];
            dkim[1].domain = sceau_slice_from(cases[i].signer[1]);
            v.dkim_count = 2;
        }
        const struct policy_facts facts = {.mta_name = SCEAU_SLICE("mta.example.org")};
        const struct policy_decision decision = {.action = cases[i].action};
        assert_int_equal(shadow_compare(arena, &config, &facts, &v, &decision, &report),
                         SCEAU_OK);
        assert_int_equal(report.has_results, cases[i].compared != NULL);
        struct text methods = text_new(arena, SIZE_MAX),
                    all = text_new(arena, SIZE_MAX);
        told_methods(&methods, &report);
        told(&all, &report);
        assert_slice(text_so_far(&methods),
                     cases[i].compared != NULL ? cases[i].compared : "");
        assert_slice(text_so_far(&all),
                     cases[i].differences != NULL ? cases[i].differences : "");
        sceau_arena_free(arena);
    }
}

/* More than is told is counted. */
static void
is_bounded(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new((size_t)1024 * 1024);
    struct sceau_header header = {0};
    static struct shadow_report report;
    struct policy_config config;
    struct text body = text_new(arena, SIZE_MAX);
    policy_config_init(&config);
    text_string(&body, ID);
    for (unsigned n = 0; n < 40; n++)
        text_format(&body, "; dkim=pass header.d=d%u.test", n);
    (void)sceau_header_add(arena, &header, SCEAU_SLICE("Authentication-Results"),
                           text_done(&body));
    const struct sceau_verdict v = {.header = &header};
    const struct policy_facts facts = {.mta_name = SCEAU_SLICE(ID)}; /* no id is set */
    const struct policy_decision decision = {0};
    assert_int_equal(shadow_compare(arena, &config, &facts, &v, &decision, &report),
                     SCEAU_OK);
    assert_int_equal(report.difference_count, SHADOW_DIFFERENCES_MAX);
    assert_int_equal(report.difference_more, 40 - SHADOW_DIFFERENCES_MAX);
    for (size_t ceiling = 0; ceiling < 60000; ceiling += 1000) {
        struct sceau_arena *small = sceau_arena_new(ceiling);
        enum sceau_status status =
            shadow_compare(small, &config, &facts, &v, &decision, &report);
        assert_true(status == SCEAU_E_LIMIT || report.difference_count == 16);
        assert_true(status == SCEAU_OK || !report.has_results);
        sceau_arena_free(small);
    }
    sceau_arena_free(arena);
}

/* A peer's text cannot pose as another field of the line, nor as another line. */
static void
logs_escaped(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(8192);
    const struct policy_facts facts = {.queue_id = SCEAU_SLICE("4A\nB")};
    const struct shadow_difference d = {SHADOW_DMARC, SCEAU_SLICE("pass\" x=\"y"),
                                        SCEAU_SLICE("fail"),
                                        SCEAU_SLICE("\xc3\xa9.test\r\n")};
    assert_slice(shadow_log_line(arena, &facts, &d),
                 "\"4A\\x0aB\": shadow=dmarc theirs=\"pass\\\" x=\\\"y\" ours=\"fail\" "
                 "domain=\"\\xc3\\xa9.test\\x0d\\x0a\"");
    sceau_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares),
        cmocka_unit_test(is_bounded),
        cmocka_unit_test(logs_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
