/* What the checker found, in the table meta: "PROBLEMS WARNINGS EXAMPLE" under
 * check/DOMAIN, and under checked/DOMAIN when it last looked. */
#include "core/text.h"
#include "findings.h"
#include "readiness.h"

static struct sceau_slice
name_of(struct insight *in, const char *prefix, struct sceau_slice domain)
{
    struct text name = text_new(in->arena, SIZE_MAX);
    text_string(&name, prefix);
    text_slice(&name, domain);
    return text_done(&name);
}

bool
readiness_check(struct insight *in, struct sceau_slice domain,
                struct insight_check *check)
{
    struct statement *st =
        database_prepare(in->db, "SELECT value FROM meta WHERE name = ?1");
    bind_text(st, 1, name_of(in, "check/", domain));
    *check = (struct insight_check){0};
    int step = statement_step(st);
    if (step > 0) {
        struct sceau_slice rest = column_text(st, 0), problems, warnings;
        uint64_t p, w;
        check->is_known =
            slice_next(&rest, ' ', &problems) && slice_next(&rest, ' ', &warnings) &&
            slice_decimal(problems, 100000, &p) && slice_decimal(warnings, 100000, &w);
        if (check->is_known) {
            check->problems = (unsigned)p;
            check->warnings = (unsigned)w;
            check->example = slice_copy(in->arena, rest);
        }
    }
    statement_reset(st);
    return step >= 0 || scope_fail(in);
}

bool
insight_check_write(struct insight *in, struct sceau_slice domain,
                    const struct insight_check *check)
{
    struct text time = text_new(in->arena, SIZE_MAX),
                value = text_new(in->arena, SIZE_MAX);
    text_decimal(&time, (uint64_t)in->now);
    text_format(&value, "%u %u ", check->problems, check->warnings);
    text_slice(&value, check->example);
    return (!check->is_known ||
            scope_note(in, name_of(in, "check/", domain), text_done(&value))) &&
           scope_note(in, name_of(in, "checked/", domain), text_done(&time));
}

bool
insight_check_due(struct insight *in, struct sceau_slice domain, int64_t age,
                  bool *is_due)
{
    struct statement *st =
        database_prepare(in->db, "SELECT value FROM meta WHERE name = ?1");
    uint64_t last;
    bind_text(st, 1, name_of(in, "checked/", domain));
    int step = statement_step(st);
    *is_due = step == 0 || !slice_decimal(column_text(st, 0), INT64_MAX, &last) ||
              in->now - (int64_t)last >= age;
    statement_reset(st);
    return step >= 0 || scope_fail(in);
}
