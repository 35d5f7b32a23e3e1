/* RFC 9989 sections 4.7 and 4.8, tag by tag, and section 4.10.1 for records without a
 * usable policy. */
#include "record.h"

#include "../../tests/unit.h"

/* "p sp np adkim aspf psd t fo rua-count ruf-count" of a record, and its state */
static void
summarize(const struct sceau_dmarc_record *r, char *out, size_t size)
{
    static const char *const psd[] = {"u", "n", "y"};
    snprintf(out, size, "%s %s %s %c%c psd=%s%s fo=%u rua=%zu ruf=%zu%s%s",
             sceau_dmarc_policy_name(r->p), sceau_dmarc_policy_name(r->sp),
             sceau_dmarc_policy_name(r->np), r->adkim == SCEAU_DMARC_STRICT ? 's' : 'r',
             r->aspf == SCEAU_DMARC_STRICT ? 's' : 'r', psd[r->psd],
             r->is_testing ? " t" : "", r->fo, r->rua_count, r->ruf_count,
             r->acts_as_none ? " as-none" : "", r->is_void ? " void" : "");
}

/* clang-format off */
static const struct {
    const char *text;
    const char *record;
    const char *why;
} accepted[] = {
    /* defaults */
    {"v=DMARC1; p=none", "none none none rr psd=u fo=1 rua=0 ruf=0", "all defaults"},
    {"v=DMARC1; p=reject", "reject reject reject rr psd=u fo=1 rua=0 ruf=0",
     "sp is p, np is p"},
    {"v=DMARC1; p=none; sp=reject", "none reject reject rr psd=u fo=1 rua=0 ruf=0",
     "np is sp when sp is there"},
    {"v=DMARC1; p=none; np=reject", "none none reject rr psd=u fo=1 rua=0 ruf=0",
     "np alone"},
    {"v=DMARC1; p=reject; sp=quarantine; np=none",
     "reject quarantine none rr psd=u fo=1 rua=0 ruf=0", "three policies"},
    /* places, blanks, letter case */
    {"v=DMARC1;p=none;", "none none none rr psd=u fo=1 rua=0 ruf=0",
     "a final semicolon"},
    {"v = DMARC1 ; p = reject", "reject reject reject rr psd=u fo=1 rua=0 ruf=0",
     "WSP around = and ;"},
    {"v\t=\tDMARC1\t;\tp\t=\treject\t",
     "reject reject reject rr psd=u fo=1 rua=0 ruf=0", "tabs are WSP"},
    {"V=DMARC1; P=Reject; Adkim=S", "reject reject reject sr psd=u fo=1 rua=0 ruf=0",
     "ABNF text has no case"},
    {"v=DMARC1; rua=mailto:a@x.test; adkim=s; p=reject",
     "reject reject reject sr psd=u fo=1 rua=1 ruf=0", "p may stand anywhere"},
    {"v=DMARC1 ;  p = reject  ; ;", "reject reject reject rr psd=u fo=1 rua=0 ruf=0",
     "an empty element is dropped"},
    {"v=DMARC1; p=reject; =x; p", "reject reject reject rr psd=u fo=1 rua=0 ruf=0",
     "elements that are no tags are dropped, and are no second p"},
    /* values */
    {"v=DMARC1; p=none; adkim=s; aspf=s", "none none none ss psd=u fo=1 rua=0 ruf=0",
     "strict"},
    {"v=DMARC1; p=none; adkim=x; aspf=strict",
     "none none none rr psd=u fo=1 rua=0 ruf=0", "bad values fall back to r"},
    {"v=DMARC1; p=none; adkim=", "none none none rr psd=u fo=1 rua=0 ruf=0",
     "an empty value is an error of that tag"},
    {"v=DMARC1; p=none; psd=y", "none none none rr psd=y fo=1 rua=0 ruf=0", "psd=y"},
    {"v=DMARC1; p=none; psd=N", "none none none rr psd=n fo=1 rua=0 ruf=0", "psd=n"},
    {"v=DMARC1; p=none; psd=yes", "none none none rr psd=u fo=1 rua=0 ruf=0",
     "a bad psd is u"},
    {"v=DMARC1; p=reject; t=y", "reject reject reject rr psd=u t fo=1 rua=0 ruf=0",
     "test mode"},
    {"v=DMARC1; p=reject; t=1", "reject reject reject rr psd=u fo=1 rua=0 ruf=0",
     "a bad t is n"},
    {"v=DMARC1; p=reject; pct=0; rf=afrf; ri=3600",
     "reject reject reject rr psd=u fo=1 rua=0 ruf=0", "historic tags are ignored"},
    {"v=DMARC1; p=reject; pct=lots", "reject reject reject rr psd=u fo=1 rua=0 ruf=0",
     "whatever they say"},
    {"v=DMARC1; p=reject; x=1; x=2; y1=3",
     "reject reject reject rr psd=u fo=1 rua=0 ruf=0",
     "unknown tags MUST be ignored, even twice"},
    {"v=DMARC1; p=reject; adkim=\x01s; rua=mailto:\xff@x.test",
     "reject reject reject rr psd=u fo=1 rua=0 ruf=0",
     "control and 8-bit octets cost their tag"},
    /* reporting */
    {"v=DMARC1; p=none; rua=mailto:a@x.test,mailto:b@x.test!10m; ruf=mailto:c@x.test",
     "none none none rr psd=u fo=1 rua=2 ruf=1", "two and one"},
    {"v=DMARC1; p=none; ruf=mailto:c@x.test; fo=1:d:s",
     "none none none rr psd=u fo=14 rua=0 ruf=1", "fo"},
    {"v=DMARC1; p=none; ruf=mailto:c@x.test; fo=D:0",
     "none none none rr psd=u fo=5 rua=0 ruf=1", "fo in any order and case"},
    {"v=DMARC1; p=none; ruf=mailto:c@x.test; fo=s:d",
     "none none none rr psd=u fo=12 rua=0 ruf=1", "fo without a number"},
    {"v=DMARC1; p=none; ruf=mailto:c@x.test; fo=0:1",
     "none none none rr psd=u fo=1 rua=0 ruf=1", "0 and 1 exclude each other"},
    {"v=DMARC1; p=none; ruf=mailto:c@x.test; fo=d:d",
     "none none none rr psd=u fo=1 rua=0 ruf=1", "each at most once"},
    {"v=DMARC1; p=none; ruf=mailto:c@x.test; fo=1:",
     "none none none rr psd=u fo=1 rua=0 ruf=1", "an empty option"},
    {"v=DMARC1; p=none; fo=1", "none none none rr psd=u fo=1 rua=0 ruf=0",
     "fo without ruf MUST be ignored"},
    /* section 4.10.1 */
    {"v=DMARC1; rua=mailto:a@x.test",
     "none none none rr psd=u fo=1 rua=1 ruf=0 as-none", "p missing, rua: p=none"},
    {"v=DMARC1; p=aucun; rua=mailto:a@x.test",
     "none none none rr psd=u fo=1 rua=1 ruf=0 as-none", "p invalid, rua: p=none"},
    {"v=DMARC1; p=reject; sp=x; rua=mailto:a@x.test",
     "none none none rr psd=u fo=1 rua=1 ruf=0 as-none",
     "sp invalid: the whole is none"},
    {"v=DMARC1; p=reject; np=; rua=mailto:a@x.test",
     "none none none rr psd=u fo=1 rua=1 ruf=0 as-none", "np empty: the same"},
    {"v=DMARC1; sp=reject; np=reject; rua=mailto:a@x.test; psd=y; t=y",
     "none none none rr psd=y t fo=1 rua=1 ruf=0 as-none",
     "without p the other policies are void, the other tags are not"},
    {"v=DMARC1; p=x; rua=https://x.test/in",
     "none none none rr psd=u fo=1 rua=1 ruf=0 as-none",
     "valid is about syntax, not about support"},
    {"v=DMARC1; p=x; rua=a@x.test", "none none none rr psd=u fo=1 rua=0 ruf=0 void",
     "no valid URI: no DMARC"},
    {"v=DMARC1; ruf=mailto:a@x.test", "none none none rr psd=u fo=1 rua=0 ruf=1 void",
     "ruf is not rua"},
    {"v=DMARC1", "none none none rr psd=u fo=1 rua=0 ruf=0 void",
     "grammatical, but no policy"},
    {"v=DMARC1;", "none none none rr psd=u fo=1 rua=0 ruf=0 void",
     "what authorises reports, RFC 9990 section 4"},
    {"v=DMARC1; p=rejectall", "none none none rr psd=u fo=1 rua=0 ruf=0 void",
     "a prefix is no policy"},
    {"v=DMARC1; p=none\n", "none none none rr psd=u fo=1 rua=0 ruf=0 void",
     "a line end is no WSP"},
};
/* clang-format on */

static void
accepts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
        struct sceau_slice text = unit_copy(sceau_slice_from(accepted[i].text));
        struct sceau_dmarc_record record;
        char got[200];
        UNIT_CASE(accepted[i].why);
        assert_int_equal(sceau_dmarc_record_parse(arena, text, &record, NULL),
                         SCEAU_OK);
        summarize(&record, got, sizeof got);
        assert_string_equal(got, accepted[i].record);
        assert_true(slice_eq(record.text, text));
        unit_free(text);
        sceau_arena_free(arena);
    }
}

static const struct {
    const char *text;
    size_t offset; /* where the diagnostic points */
    const char *why;
} refused[] = {
    {"",                                0,  "nothing"                              },
    {"p=none; v=DMARC1",                0,  "v is not first"                       },
    {"v=dmarc1; p=reject",              0,  "the value is case-sensitive"          },
    {"v=DMARC2; p=reject",              0,  "another version"                      },
    {"v=DMARC1.0; p=reject",            0,  "a longer version"                     },
    {"v=DMARC1 p=reject",               0,  "the semicolon is missing"             },
    {" v=DMARC1; p=reject",             0,  "a blank in front is not in the ABNF"  },
    {"; v=DMARC1; p=reject",            0,  "an element in front"                  },
    {"v=; p=reject",                    0,  "no version"                           },
    {"v; p=reject",                     0,  "no value"                             },
    {"vv=DMARC1; p=reject",             0,  "another tag"                          },
    {"v=spf1 -all",                     0,  "what a wildcard answers"              },
    {"\"v=DMARC1; p=none\"",            0,  "quotes that were published"           },
    {"v=DMARC1; p=reject; p=none",      20, "p twice; must not depend on the order"},
    {"v=DMARC1; p=none; P=none",        18, "the same name in another letter case" },
    {"v=DMARC1; p=none; v=DMARC1",      18, "v twice"                              },
    {"v=DMARC1; p=none; p=",            18, "p twice, once without a value"        },
    {"v=DMARC1; p=none; pct=1;pct=100", 24, "a historic tag twice"                 },
};

static void
refuses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
        struct sceau_slice text = unit_copy(sceau_slice_from(refused[i].text));
        struct sceau_dmarc_record record;
        struct sceau_diag diag;
        UNIT_CASE(refused[i].why);
        assert_int_equal(sceau_dmarc_record_parse(arena, text, &record, &diag),
                         SCEAU_E_SYNTAX);
        assert_int_equal(diag.offset, refused[i].offset);
        assert_non_null(diag.expected);
        unit_free(text);
        sceau_arena_free(arena);
    }
}

/* SCEAU_DMARC_RECORD_MAX octets are read, one more is a limit, not a shorter record. */
static void
holds_the_limit(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    char *text = malloc(SCEAU_DMARC_RECORD_MAX + 1);
    struct sceau_dmarc_record record;
    assert_non_null(text);
    memset(text, 'x', SCEAU_DMARC_RECORD_MAX + 1);
    memcpy(text, "v=DMARC1;p=reject;x=", 20);
    struct sceau_slice whole = {text, SCEAU_DMARC_RECORD_MAX};
    assert_int_equal(sceau_dmarc_record_parse(arena, whole, &record, NULL), SCEAU_OK);
    assert_int_equal(record.p, SCEAU_DMARC_POLICY_REJECT);
    whole.len++;
    assert_int_equal(sceau_dmarc_record_parse(arena, whole, &record, NULL),
                     SCEAU_E_LIMIT);
    free(text);
    sceau_arena_free(arena);
}

/* A full arena is SCEAU_E_LIMIT: never a record without its URIs, which would be void.
 */
static void
tells_a_full_arena(void **state)
{
    (void)state;
    struct sceau_slice text = SCEAU_SLICE("v=DMARC1; rua=mailto:a@b%C3%BCcher.example");
    struct sceau_dmarc_record record;
    bool has_succeeded = false;
    for (size_t ceiling = 0; ceiling < 4096 && !has_succeeded; ceiling += 16) {
        struct sceau_arena *arena = sceau_arena_new(ceiling);
        enum sceau_status status = sceau_dmarc_record_parse(arena, text, &record, NULL);
        assert_true(status == SCEAU_E_LIMIT || status == SCEAU_OK);
        has_succeeded = status == SCEAU_OK;
        if (has_succeeded)
            assert_true(record.acts_as_none);
        sceau_arena_free(arena);
    }
    assert_true(has_succeeded);
}

/* clang-format off */
static const struct {
    const char *text;
    const char *tags;
    const char *why;
} described[] = {
    {"v=DMARC1; p=none",
     "v=DMARC1 p=none sp=none np=none adkim=r aspf=r psd=u t=n fo=0", "defaults"},
    {"v=DMARC1;np=reject;p=quarantine;t=y;psd=n;adkim=s;aspf=s;fo=1:d;pct=5;"
     "rua=mailto:a@x.test!1k,mailto:b@x.test;ruf=mailto:c@x.test",
     "v=DMARC1 p=quarantine sp=quarantine np=reject adkim=s aspf=s psd=n t=y "
     "rua=mailto:a@x.test,mailto:b@x.test ruf=mailto:c@x.test fo=1:d",
     "every tag, without sizes and historic ones"},
    {"v=DMARC1; sp=reject; psd=y; rua=mailto:a@x.test",
     "v=DMARC1 p=none sp=none np=none adkim=r aspf=r psd=y t=n rua=mailto:a@x.test fo=0",
     "a record that acts as p=none"},
};
/* clang-format on */

static void
describes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof described / sizeof *described; i++) {
        struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
        const struct sceau_dmarc_tag_value *tags = NULL;
        struct sceau_dmarc_record record;
        size_t count = 0, len = 0;
        char got[300] = "";
        UNIT_CASE(described[i].why);
        assert_int_equal(sceau_dmarc_record_parse(arena,
                                                  sceau_slice_from(described[i].text),
                                                  &record, NULL),
                         SCEAU_OK);
        assert_int_equal(sceau_dmarc_record_tags(arena, &record, &tags, &count),
                         SCEAU_OK);
        for (size_t k = 0; k < count; k++)
            len += (size_t)snprintf(got + len, sizeof got - len, "%s%s=%.*s",
                                    k > 0 ? " " : "", tags[k].name,
                                    SLICE_ARG(tags[k].value));
        assert_string_equal(got, described[i].tags);
        sceau_arena_free(arena);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepts),         cmocka_unit_test(refuses),
        cmocka_unit_test(holds_the_limit), cmocka_unit_test(tells_a_full_arena),
        cmocka_unit_test(describes),
    };
    return cmocka_run_group_tests_name("dmarc/record", tests, NULL, NULL);
}
