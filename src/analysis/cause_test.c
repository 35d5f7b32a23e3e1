/* Rows, and what they come to. */
#include "cause.h"

#include "../../tests/unit.h"
#include "core/slice.h"

static const char suffixes[] = "// ===BEGIN ICANN DOMAINS===\ntest\nco.test\n";

/* Results: "d=NAME/RESULT" of DKIM, "s=NAME/RESULT" of SPF, "h=..." of HELO. */
static const struct {
    const char *from, *policy; /* "strict": both modes; else relaxed; "?": not said */
    const char *evaluated;     /* dkim and spf: p f or ? */
    const char *results;
    const char *expect; /* aligned d s, ! contradicts, > passed on; then the cause */
    const char *why;
} cases[] = {
    {"a.test",           "relaxed", "pp", "d=a.test/pass s=a.test/pass",      "ds none",        "both"                   },
    {"a.test",           "relaxed", "pf", "d=m.a.test/pass s=b.test/pass",    "d none",
     "a subdomain signs"                                                                                                 },
    {"x.a.test",         "relaxed", "fp", "s=y.a.test/pass",                  "s none",         "sisters"                },
    {"a.co.test",        "relaxed", "ff", "s=b.co.test/pass",                 " other-spf",
     "a suffix is no organisation"                                                                                       },
    {"a.test",           "relaxed", "ff", "",                                 " unsigned",      "no result at all"       },
    {"a.test",           "relaxed", "ff", "s=a.test/fail",                    " unsigned",
     "SPF of the domain itself fails"                                                                                    },
    {"a.test",           "relaxed", "ff", "d=a.test/none s=a.test/softfail",  " unsigned",
     "none is no signature"                                                                                              },
    {"a.test",           "relaxed", "ff", "d=a.test/fail s=b.test/pass",      " broken",
     "its own signature tells more than somebody's SPF"                                                                  },
    {"a.test",           "relaxed", "ff", "d=a.test/policy",                  " broken",        "a key too short"        },
    {"a.test",           "relaxed", "ff", "d=b.test/pass s=b.test/pass",      " other-signer",
     "signed by a service for itself"                                                                                    },
    {"a.test",           "relaxed", "ff", "s=b.test/pass",                    " other-spf",     "bounces of a service"   },
    {"m.a.test",         "strict",  "ff", "s=a.test/pass",                    " strict",
     "SPF of the parent, aspf=s"                                                                                         },
    {"m.a.test",         "strict",  "ff", "d=a.test/pass d=m.a.test/fail",    " strict",
     "nearest to a pass"                                                                                                 },
    {"a.test",           "relaxed", "ff", "d=a.test/temperror s=b.test/pass", " dns",
     "a key that DNS did not give"                                                                                       },
    {"a.test",           "relaxed", "ff", "s=a.test/permerror",               " dns",
     "a record that cannot be used"                                                                                      },
    {"a.test",           "relaxed", "ff", "d=b.test/temperror",               " nothing",
     "trouble of somebody else's name"                                                                                   },
    {"a.test",           "relaxed", "ff", "d=b.test/fail s=b.test/fail",      " nothing",
     "all of others, none valid"                                                                                         },
    {"a.test",           "relaxed", "ff", "d=a.test/pass",                    "d! nothing",
     "the signature passes, the evaluation does not"                                                                     },
    {"a.test",           "?",       "ff", "d=m.a.test/pass s=b.test/fail",    "d nothing",
     "modes not told: may have been strict"                                                                              },
    {"a.test",           "relaxed", "pf", "d=b.test/pass s=b.test/pass",      "! none",
     "a pass that is aligned with nothing"                                                                               },
    {"m.a.test",         "strict",  "pf", "d=a.test/pass s=b.test/fail",      "! none",
     "adkim=s was not kept to"                                                                                           },
    {"a.test",           "relaxed", "pf", "s=a.test/fail",                    "! none",
     "DKIM passes without a signature"                                                                                   },
    {"a.test",           "relaxed", "pp", "",                                 " none",
     "results left out altogether deny nothing"                                                                          },
    {"a.test",           "relaxed", "pp", "d=a.test/pass",                    "d none",
     "no SPF result: not told, not denied"                                                                               },
    {"a.test",           "relaxed", "??", "d=a.test/pass",                    "d none",
     "not evaluated: by the results"                                                                                     },
    {"a.test",           "relaxed", "??", "d=b.test/pass",                    " other-signer",
     "not evaluated, fails"                                                                                              },
    {"a.test",           "relaxed", "ff", "d=b.test/pass >",                  "> other-signer",
     "a mailing list, says the reporter"                                                                                 },
    {"",                 "relaxed", "ff", "d=p.test/pass",                    "d! nothing",
     "no header_from: the policy's domain"                                                                               },
    {"A.TEST",           "relaxed", "pf", "d=a.test/pass",                    "d none",         "letter case"            },
    {"test",             "relaxed", "ff", "d=test/pass",                      "d! nothing",     "one label, and the same"},
    {"a.test",           "relaxed", "ff", "d=test/pass",                      " other-signer",
     "a suffix signs nobody's mail"                                                                                      },
    {"<script>=cmd|'' ", "relaxed", "ff", "d=\x1b[2J/pass",                   " other-signer",
     "no name of a domain anywhere"                                                                                      },
};

static enum report_result
result_of(struct sceau_slice word)
{
    static const char *const words[] = {"",       "none",      "pass",
                                        "fail",   "softfail",  "neutral",
                                        "policy", "temperror", "permerror"};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (slice_eq(word, sceau_slice_from(words[i])))
            return (enum report_result)i;
    return REPORT_RESULT_UNKNOWN;
}

static enum report_aligned
aligned_of(char c)
{
    return c == 'p'   ? REPORT_ALIGNED_PASS
           : c == 'f' ? REPORT_ALIGNED_FAIL
                      : REPORT_ALIGNED_UNKNOWN;
}

static void
fill(struct report_record *r, const char *text)
{
    struct sceau_slice rest = sceau_slice_from(text), word;
    while (text[0] != '\0' && slice_next(&rest, ' ', &word)) {
        if (word.ptr[0] == '>') {
            r->reasons[r->reason_count++].type = REPORT_REASON_MAILING_LIST;
            continue;
        }
        size_t slash = slice_find_last(word, '/');
        struct report_auth auth = {.domain = slice_sub(word, 2, slash - 2),
                                   .result = result_of(slice_skip(word, slash + 1))};
        if (word.ptr[0] == 'd')
            r->dkim_results[r->dkim_count++] = auth;
        else
            r->spf_results[r->spf_count++] = auth;
    }
}

static void
judge_all(const struct sceau_psl *psl, struct analysis_pairs *pairs)
{
    struct report_record *r = malloc(sizeof *r);
    assert_non_null(r);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct report_policy policy = {.domain = SCEAU_SLICE("p.test")};
        struct analysis_judgement j;
        char got[60];
        UNIT_CASE(cases[i].why);
        memset(r, 0, sizeof *r);
        if (cases[i].policy[0] != '?')
            policy.adkim = policy.aspf =
                cases[i].policy[0] == 's' ? REPORT_MODE_STRICT : REPORT_MODE_RELAXED;
        r->header_from = sceau_slice_from(cases[i].from);
        r->dkim = aligned_of(cases[i].evaluated[0]);
        r->spf = aligned_of(cases[i].evaluated[1]);
        fill(r, cases[i].results);
        analysis_judge(unit_arena, psl, pairs, &policy, r, &j);
        snprintf(got, sizeof got, "%s%s%s%s %s", j.dkim_aligned ? "d" : "",
                 j.spf_aligned ? "s" : "",
                 (j.flags & ANALYSIS_FLAG_CONTRADICTS) ? "!" : "",
                 (j.flags & ANALYSIS_FLAG_FORWARDED) ? ">" : "",
                 analysis_cause_word(j.cause));
        if (strcmp(got, cases[i].expect) != 0)
            fprintf(stderr, "%s\n", cases[i].why);
        assert_string_equal(got, cases[i].expect);
    }
    free(r);
}

/* What was kept of the list's answers changes none of them. */
static void
judges(void **state)
{
    static struct analysis_pairs pairs;
    (void)state;
    struct sceau_psl *psl = sceau_psl_new(sceau_slice_from(suffixes));
    assert_non_null(psl);
    judge_all(psl, NULL);
    judge_all(psl, &pairs);
    judge_all(psl, &pairs);
    sceau_psl_free(psl);
}

/* Without the list: ancestors, and what stands within the policy's domain. */
static void
judges_without_a_list(void **state)
{
    static const struct {
        const char *from, *signer;
        bool is_aligned;
    } pairs[] = {
        {"m.a.test",   "a.test",   true },
        {"a.test",     "m.a.test", true },
        {"m.a.p.test", "n.p.test", true },
        {"m.a.test",   "n.a.test", false},
        {"a.test",     "b.test",   false},
        {"x.test",     "test",     false},
    };
    (void)state;
    struct report_record *r = malloc(sizeof *r);
    assert_non_null(r);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct report_policy policy = {.domain = SCEAU_SLICE("p.test")};
        struct analysis_judgement j;
        memset(r, 0, sizeof *r);
        r->header_from = sceau_slice_from(pairs[i].from);
        r->dkim_results[r->dkim_count++] =
            (struct report_auth){.domain = sceau_slice_from(pairs[i].signer),
                                 .result = REPORT_RESULT_PASS};
        analysis_judge(unit_arena, NULL, NULL, &policy, r, &j);
        if (j.dkim_aligned != pairs[i].is_aligned)
            fprintf(stderr, "%s %s\n", pairs[i].from, pairs[i].signer);
        assert_int_equal(j.dkim_aligned, pairs[i].is_aligned);
    }
    free(r);
}

static void
words_are_read_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ANALYSIS_CAUSES; i++) {
        enum analysis_cause cause;
        struct sceau_slice word =
            sceau_slice_from(analysis_cause_word((enum analysis_cause)i));
        assert_true(analysis_cause_read(word, &cause));
        assert_int_equal(cause, i);
    }
    enum analysis_cause cause;
    assert_false(analysis_cause_read(SCEAU_SLICE("spoof"), &cause));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges),
        cmocka_unit_test(judges_without_a_list),
        cmocka_unit_test(words_are_read_back),
    };
    return cmocka_run_group_tests_name("analysis/cause", tests, unit_arena_up,
                                       unit_arena_down);
}
