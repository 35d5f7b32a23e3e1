/* The suffix list: what RFC 7489 section 3.2 makes of a name. The whole official vector
 * is in tests/data/suites (suite publicsuffix). */
#include "../../tests/unit.h"
#include "dmarc_testing.h"

static const char list[] = "// ===BEGIN ICANN DOMAINS===\n"
                           "com\n"
                           "uk\n"
                           "co.uk\n"
                           "*.ck\n"
                           "!www.ck\n"
                           "cn\n"
                           "\xe5\x85\xac\xe5\x8f\xb8.cn\n"
                           "// ===END ICANN DOMAINS===\n"
                           "// ===BEGIN PRIVATE DOMAINS===\n"
                           "hosting.example\n"
                           "// ===END PRIVATE DOMAINS===\n";

/* clang-format off */
static const struct {
    const char *domain;
    const char *organizational; /* "" when there is none */
    const char *why;
} names[] = {
    {"example.com", "example.com", "one label more than the suffix"},
    {"a.b.example.com", "example.com", "however deep"},
    {"A.B.Example.COM", "example.com", "lower case comes back"},
    {"example.com.", "example.com", "a final dot goes"},
    {"com", "", "a suffix itself"},
    {"COM", "", "in upper case too"},
    {"a.example.co.uk", "example.co.uk", "a suffix of two labels"},
    {"co.uk", "", "that suffix itself"},
    {"x.ck", "", "a wildcard's suffix"},
    {"a.b.x.ck", "b.x.ck", "below a wildcard"},
    {"www.ck", "www.ck", "an exception"},
    {"a.tenant.hosting.example", "tenant.hosting.example", "private suffixes count"},
    {"hosting.example", "", "a private suffix itself"},
    {"a.b.unlisted", "b.unlisted", "the rule * for what is not listed"},
    {"unlisted", "", "a single label"},
    {"", "", "nothing"},
    {".com", "", "an empty label in front"},
    {"a..com", "", "one in between"},
    {"a b.com", "", "no domain"},
    {"www.\xe9\xa3\x9f\xe7\x8b\xae.\xe5\x85\xac\xe5\x8f\xb8.cn",
     "\xe9\xa3\x9f\xe7\x8b\xae.\xe5\x85\xac\xe5\x8f\xb8.cn", "U-labels stay U-labels"},
    {"www.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn",
     "A-labels stay A-labels"},
    {"www.x\xe3\x80\x82" "com", "x.com",
     "an ideographic dot is a dot: A-labels come back"},
};
/* clang-format on */

/* clang-format off */
static const struct {
    const char *domain;
    bool has_ending;
    const char *why;
} endings[] = {
    {"mail.example.com", true, "a suffix of one label"},
    {"MX.EXAMPLE.CO.UK", true, "of two, in upper case"},
    {"com", false, "no name below it"},
    {"mail.unlisted", false, "the rule * is none of the list"},
    {"a.x.ck", true, "below a wildcard"},
    {"hosting.example", true, "a private suffix"},
    {"a.example", false, "beside one"},
    {"a..com", false, "no domain"},
    {"", false, "nothing"},
};
/* clang-format on */

static void
knows_endings(void **state)
{
    (void)state;
    struct sceau_psl *psl = sceau_psl_new(sceau_slice_from(list));
    assert_non_null(psl);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        UNIT_CASE(endings[i].why);
        struct sceau_slice domain = unit_copy(sceau_slice_from(endings[i].domain));
        assert_int_equal(sceau_psl_has_ending(psl, domain), endings[i].has_ending);
        unit_free(domain);
    }
    sceau_psl_free(psl);
}

static void
finds_organizations(void **state)
{
    (void)state;
    struct sceau_slice text = unit_copy(sceau_slice_from(list));
    struct sceau_psl *psl = sceau_psl_new(text);
    unit_free(text); /* the list lives on */
    assert_non_null(psl);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
        struct sceau_slice domain = unit_copy(sceau_slice_from(names[i].domain));
        UNIT_CASE(names[i].why);
        assert_slice(sceau_psl_organizational(psl, arena, domain),
                     names[i].organizational);
        unit_free(domain);
        sceau_arena_free(arena);
    }
    sceau_psl_free(psl);
}

#define LISTS "/usr/share/publicsuffix/public_suffix_list"

static struct sceau_slice
whole_file(const char *path)
{
    size_t size = (size_t)4 * 1024 * 1024;
    char *octets = malloc(size);
    FILE *f = fopen(path, "rb");
    assert_non_null(octets);
    size_t len = f != NULL ? fread(octets, 1, size, f) : 0;
    if (f != NULL)
        fclose(f);
    return (struct sceau_slice){octets, len};
}

/* The rule itself and two names below it, by either form. */
static void
says_the_same(const struct sceau_psl *text, const struct sceau_psl *compiled,
              struct sceau_slice rule)
{
    static const char *const before[] = {"", "a.", "a.b."};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        char domain[512];
        struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
        int len = snprintf(domain, sizeof domain, "%s%.*s", before[i], SLICE_ARG(rule));
        struct sceau_slice name = {domain, (size_t)len};
        UNIT_CASE(domain);
        assert_true(slice_eq(sceau_psl_organizational(text, arena, name),
                             sceau_psl_organizational(compiled, arena, name)));
        assert_int_equal(sceau_psl_has_ending(text, name),
                         sceau_psl_has_ending(compiled, name));
        sceau_arena_free(arena);
    }
}

/* Each rule of the list that this host has, where it has it in both forms. */
static void
the_compiled_form_says_the_same(void **state)
{
    (void)state;
    struct sceau_slice text = whole_file(LISTS ".dat"), line, rest = text,
                       compiled = whole_file(LISTS ".dafsa");
    if (text.len == 0 || compiled.len == 0) {
        unit_free(text);
        unit_free(compiled);
        skip();
    }
    struct sceau_psl *by_text = sceau_psl_new(text), *by_form = sceau_psl_new(compiled);
    size_t rules = 0;
    assert_non_null(by_text);
    assert_non_null(by_form);
    while (slice_next(&rest, '\n', &line)) {
        struct sceau_slice rule = slice_trim(line);
        if (rule.len == 0 || rule.ptr[0] == '/')
            continue;
        if (rule.ptr[0] == '!')
            rule = slice_skip(rule, 1);
        if (slice_starts_ci(rule, SCEAU_SLICE("*.")))
            rule = slice_skip(rule, 2);
        says_the_same(by_text, by_form, rule);
        rules++;
    }
    assert_true(rules > 5000);
    sceau_psl_free(by_text);
    sceau_psl_free(by_form);
    unit_free(text);
    unit_free(compiled);
}

static void
refuses_what_is_no_list(void **state)
{
    (void)state;
    assert_null(sceau_psl_new(SCEAU_SLICE("")));
    assert_null(sceau_psl_new(SCEAU_SLICE("// only a comment\n\n")));
    assert_null(sceau_psl_new(SCEAU_SLICE(".DAFSA@PSL_0   \n")));
    sceau_psl_free(NULL);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_organizations),
        cmocka_unit_test(knows_endings),
        cmocka_unit_test(the_compiled_form_says_the_same),
        cmocka_unit_test(refuses_what_is_no_list),
    };
    return cmocka_run_group_tests_name("dmarc/psl", tests, NULL, NULL);
}
