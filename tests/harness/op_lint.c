/* `dmarc-lint` and `spf-lint`: what the text of a record alone tells. */
#include "check/lint.h"
#include "harness.h"

typedef enum sceau_status lint_function(struct sceau_arena *arena,
                                        enum language language,
                                        struct sceau_slice record,
                                        struct check_lint *lint);

static json_t *
finding_of(const struct check_lint_finding *finding)
{
    json_t *result = json_object();
    harness_put(result, "id", harness_word(finding->id));
    harness_put(result, "severity",
                harness_word(check_outcome_name(finding->severity)));
    harness_put(result, "offset", json_integer((json_int_t)finding->offset));
    harness_put(result, "text", harness_string(finding->text));
    return result;
}

static json_t *
run_lint(struct harness_case *c, lint_function *run)
{
    struct check_lint lint;
    struct sceau_slice record = harness_text(json_object_get(c->in, "record"));
    if (run(c->context.arena, LANGUAGE_EN, record, &lint) != SCEAU_OK)
        return harness_fail(c, "the findings need more than %zu octets",
                            SCEAU_MESSAGE_MEMORY);
    json_t *result = json_object();
    json_t *findings = json_array();
    for (size_t i = 0; i < lint.count; i++)
        json_array_append_new(findings, finding_of(&lint.findings[i]));
    harness_put(result, "valid", json_boolean(lint.is_valid));
    harness_put(result, "findings", findings);
    return result;
}

json_t *
op_dmarc_lint(struct harness_case *c)
{
    return run_lint(c, check_lint_dmarc);
}

json_t *
op_spf_lint(struct harness_case *c)
{
    return run_lint(c, check_lint_spf);
}
