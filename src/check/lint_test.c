/* What the two lints say about a record's text. Findings are written "id@offset", with
 * "!" for a problem, "?" for a warning and nothing for a remark. */
#include "lint.h"

#include "sceau/dmarc.h"

#include "../../tests/unit.h"

struct lint_case {
    const char *record;
    bool is_valid;
    const char *findings;
    const char *why;
};

#define RUA "rua=mailto:r@example.com"

/* clang-format off */
static const struct lint_case dmarc[] = {
    {"v=DMARC1; p=reject; " RUA, true, "", "nothing to say"},
    {"v=DMARC1; p=none", true, "dmarc.np@0 dmarc.rua?@0", "the least there is"},
    {"v=DMARC1; p=reject", true, "dmarc.rua?@0", "nobody gets reports"},
    /* the version */
    {"v=dmarc1; p=reject; " RUA, false, "dmarc.syntax!@0", "its letter case"},
    {" v=DMARC1; p=reject; " RUA, false, "dmarc.syntax!@0", "a blank in front"},
    {"p=reject; v=DMARC1; " RUA, false, "dmarc.syntax!@0", "not first"},
    {"v=DMARC1 p=reject; " RUA, false, "dmarc.syntax!@0", "a semicolon is missing"},
    {"", false, "dmarc.syntax!@0", "nothing"},
    {"v=spf1 -all", false, "dmarc.syntax!@0", "another record"},
    /* tags */
    {"v=DMARC1; p=reject; p=none; " RUA, false, "dmarc.syntax!@20", "p twice"},
    {"v=DMARC1; p=reject; adkim=strict; " RUA, false, "dmarc.syntax!@26",
     "a value that is none: the offset is the value's"},
    {"v=DMARC1; p=reject; adkim=; " RUA, false, "dmarc.syntax!@26", "no value"},
    {"v=DMARC1; p=reject; oops; " RUA, false, "dmarc.syntax!@24", "no equals sign"},
    {"v=DMARC1; p=\xe2\x80\x93; " RUA, false,
     "dmarc.syntax!@12 dmarc.syntax?@10", "a dash from a web page"},
    {"v=DMARC1; p=reject;; " RUA, true, "", "an empty element is forgiven"},
    {"v=DMARC1; p=reject; polcy=x; " RUA, true, "dmarc.tags@20", "an unknown tag"},
    {"v=DMARC1; p=reject; pct=50; " RUA, true, "dmarc.pct?@20", "pct below 100"},
    {"v=DMARC1; p=reject; pct=100; " RUA, true, "", "pct=100 does no harm"},
    {"v=DMARC1; p=reject; rf=afrf; ri=3600; " RUA, true, "dmarc.tags@20 dmarc.tags@29",
     "what RFC 9989 removed"},
    {"v=DMARC1; p=reject; psd=y; " RUA, true, "dmarc.tags?@20", "psd=y"},
    {"v=DMARC1; p=reject; t=y; " RUA, true, "dmarc.testing@20", "test mode"},
    /* policies */
    {"v=DMARC1; p=aucun; " RUA, false,
     "dmarc.translated!@12 dmarc.syntax?@10",
     "a translated policy, as a French administration page prints it"},
    {"v=DMARC1; p=Rejeter", false, "dmarc.translated!@12 dmarc.syntax!@0 dmarc.rua?@0",
     "and without rua there is no DMARC"},
    {"v=DMARC1; p=rejct; " RUA, false, "dmarc.syntax!@12 dmarc.syntax?@10",
     "a typing error in the policy"},
    {"v=DMARC1; " RUA, true, "dmarc.syntax?@0", "without p: read as none"},
    {"v=DMARC1", false, "dmarc.syntax!@0 dmarc.rua?@0", "it asks for nothing"},
    {"v=DMARC1; p=reject; sp=none; " RUA, true, "dmarc.sp_weaker?@20 dmarc.np@0",
     "subdomains less protected"},
    {"v=DMARC1; p=none; sp=reject; " RUA, true, "", "more protected is fine"},
    {"v=DMARC1; p=none; np=quarantine; " RUA, true, "dmarc.np@18", "np"},
    /* reports */
    {"v=DMARC1; p=reject; rua=r@example.com", false, "dmarc.rua?@24 dmarc.rua?@20",
     "no scheme"},
    {"v=DMARC1; p=reject; " RUA ", mailto: x@example.com", false, "dmarc.rua?@46",
     "a blank in the second"},
    {"v=DMARC1; p=reject; " RUA "!10m", true, "dmarc.tags@44", "an obsolete size"},
    {"v=DMARC1; p=reject; rua=https://example.com/", true, "dmarc.rua?@24",
     "a scheme that nobody need support"},
    {"v=DMARC1; p=reject; ruf=mailto:f@example.com; fo=1; " RUA, true, "dmarc.ruf@20",
     "failure reports"},
    {"v=DMARC1; p=reject; fo=1; " RUA, true, "dmarc.ruf@20", "fo without ruf"},
};

static const struct lint_case spf[] = {
    {"v=spf1 ip4:192.0.2.0/24 -all", true, "", "nothing to say"},
    {"v=spf1", true, "spf.terminator?@6", "nothing at the end"},
    {"v=spf1 ip4:192.0.2.0/33 -all", false, "spf.syntax!@21", "a prefix above 32"},
    {"v=spf1 ipv4:192.0.2.1 -all", false, "spf.syntax!@7", "an unknown mechanism"},
    {"v=spf10 -all", false, "spf.syntax!@0", "another version"},
    {"v=DMARC1; p=none", false, "spf.syntax!@0", "another record"},
    {"", false, "spf.syntax!@0", "nothing"},
    {"spf2.0/pra -all", false, "spf.senderid@0", "Sender ID"},
    {"v=spf1 +all", true, "spf.all_permissive!@7", "everyone passes"},
    {"v=spf1 a all", true, "spf.all_permissive!@9", "everyone, without a sign"},
    {"v=spf1 ?all", true, "spf.terminator?@7", "?all is no end"},
    {"v=spf1 a", true, "spf.terminator?@8", "no end at all"},
    {"v=spf1 redirect=_spf.example.com", true, "", "redirect is an end"},
    {"v=spf1 ~all a mx", true, "spf.after_all?@12 spf.after_all?@14",
     "what is never reached"},
    {"v=spf1 redirect=_spf.example.com -all", true, "spf.after_all?@7",
     "redirect beside all"},
    {"v=spf1 ptr -all", true, "spf.ptr?@7", "ptr"},
    {"v=spf1 ip4:0.0.0.0/0 -all", true, "spf.all_permissive!@7", "every address"},
    {"v=spf1 ip6:2001:db8::17:4:0:1/124 -all", true, "spf.prefix@7", "host bits"},
    {"v=spf1 ip4:192.0.2.1/25 ip4:192.0.2.128/25 -all", true, "spf.prefix@7",
     "host bits inside an octet"},
    {"v=spf1 ip4:10.0.0.0/8 ip6:2001:db8::/32 -all", true, "spf.prefix@7 spf.prefix@22",
     "wide networks"},
    {"v=spf1 ip4:192.0.0.0/20 ip6:2001:db8::/48 -all", true, "", "just not wide"},
    {"v=spf1 ip4=192.0.2.1 -all", true, "spf.syntax?@7", "a modifier nobody knows"},
    {"v=spf1 x=y -all", true, "", "an unknown modifier of the future"},
    {"v=spf1 a a a a a a a a a -all", true, "spf.lookups?@0", "nine lookups"},
    {"v=spf1 a a a a a a a a a a a -all", true, "spf.lookups!@0", "eleven lookups"},
    {"v=spf1 a a a a a a a a -all a a a", true,
     "spf.after_all?@28 spf.after_all?@30 spf.after_all?@32",
     "those behind all are not counted"},
};
/* clang-format on */

static void
summarize(const struct check_lint *lint, char *out, size_t size)
{
    static const char *const marks[] = {"", "?", "!"};
    *out = '\0';
    for (size_t i = 0; i < lint->count; i++) {
        size_t len = strlen(out);
        const struct check_lint_finding *f = &lint->findings[i];
        snprintf(out + len, size - len, "%s%s%s@%zu", i > 0 ? " " : "", f->id,
                 marks[f->severity - CHECK_INFO], f->offset);
    }
}

static void
run(const struct lint_case *cases, size_t count,
    enum sceau_status (*lint_one)(struct sceau_arena *, enum language,
                                  struct sceau_slice, struct check_lint *))
{
    for (size_t i = 0; i < count; i++) {
        struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
        struct sceau_slice record = unit_copy(sceau_slice_from(cases[i].record));
        struct check_lint lint;
        char got[500];
        UNIT_CASE(cases[i].why);
        assert_int_equal(lint_one(arena, LANGUAGE_EN, record, &lint), SCEAU_OK);
        summarize(&lint, got, sizeof got);
        if (strcmp(got, cases[i].findings) != 0)
            fprintf(stderr, "case: %s: %s\n", cases[i].why, cases[i].record);
        assert_string_equal(got, cases[i].findings);
        assert_int_equal(lint.is_valid, cases[i].is_valid);
        unit_free(record);
        sceau_arena_free(arena);
    }
}

static void
lints_dmarc(void **state)
{
    (void)state;
    run(dmarc, sizeof dmarc / sizeof *dmarc, check_lint_dmarc);
}

static void
lints_spf(void **state)
{
    (void)state;
    run(spf, sizeof spf / sizeof *spf, check_lint_spf);
}

static void
says_what_was_meant(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct check_lint lint;
    check_lint_dmarc(arena, LANGUAGE_EN, SCEAU_SLICE("v=DMARC1; p=reject; rau=x; " RUA),
                     &lint);
    assert_int_equal(lint.count, 1);
    assert_slice(lint.findings[0].text, "unknown tag rau is ignored: rua may be meant");
    check_lint_dmarc(arena, LANGUAGE_EN,
                     SCEAU_SLICE("v=DMARC1; p=reject; rua=mailto:\x1b[2J"), &lint);
    for (size_t i = 0; i < lint.count; i++)
        assert_null(
            memchr(lint.findings[i].text.ptr, '\x1b', lint.findings[i].text.len));
    assert_string_equal(check_outcome_name(CHECK_PROBLEM), "problem");
    sceau_arena_free(arena);
}

/* Thousands of errors: CHECK_LINT_FINDINGS_MAX are told, and that there are more. */
static void
holds_the_limits(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct check_lint lint;
    size_t size = SCEAU_DMARC_RECORD_MAX - 2;
    char *text = malloc(size);
    assert_non_null(text);
    memset(text, ' ', size);
    memcpy(text, "v=DMARC1;p=reject;", 18);
    for (size_t i = 18; i + 4 < size; i += 4)
        memcpy(text + i, "x=1;", 4);
    memcpy(text + size - 4, "t=x;", 4);
    struct sceau_slice record = {text, size};
    assert_int_equal(check_lint_dmarc(arena, LANGUAGE_EN, record, &lint), SCEAU_OK);
    assert_int_equal(lint.count, CHECK_LINT_FINDINGS_MAX);
    assert_true(lint.is_cut);
    assert_false(lint.is_valid); /* t=x stands far behind the cut */
    free(text);
    sceau_arena_free(arena);
    for (size_t ceiling = 0; ceiling < 2000; ceiling += 16) {
        arena = sceau_arena_new(ceiling);
        assert_int_equal(check_lint_dmarc(arena, LANGUAGE_EN,
                                          SCEAU_SLICE("v=DMARC1; p=none"), &lint),
                         SCEAU_E_LIMIT);
        assert_int_equal(check_lint_spf(arena, LANGUAGE_EN, SCEAU_SLICE("v=spf1 ?all"),
                                        &lint),
                         SCEAU_E_LIMIT);
        sceau_arena_free(arena);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lints_dmarc),
        cmocka_unit_test(lints_spf),
        cmocka_unit_test(says_what_was_meant),
        cmocka_unit_test(holds_the_limits),
    };
    return cmocka_run_group_tests_name("check/lint", tests, NULL, NULL);
}
