/* What the checker found, in the table meta: "PROBLEMS WARNINGS EXAMPLE" under
 * check/DOMAIN, and under checked/DOMAIN when it last looked. */
#include "core/text.h"
#include "findings.h"
#include "readiness.h"
#include "store/meta.h"

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
    struct text value = text_new(in->arena, SIZE_MAX);
    struct sceau_slice rest, problems, warnings;
    uint64_t p, w;
    int step = meta_read(in->db, name_of(in, "check/", domain), &value);
    *check = (struct insight_check){0};
    rest = text_so_far(&value);
    check->is_known = step > 0 && slice_next(&rest, ' ', &problems) &&
                      slice_next(&rest, ' ', &warnings) &&
                      slice_decimal(problems, 100000, &p) &&
                      slice_decimal(warnings, 100000, &w);
    if (check->is_known) {
        check->problems = (unsigned)p;
        check->warnings = (unsigned)w;
        check->example = rest;
    }
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
    int64_t last;
    int step = meta_number(in->db, name_of(in, "checked/", domain), &last);
    *is_due = step == 0 || (step > 0 && in->now - last >= age);
    return step >= 0 || scope_fail(in);
}
