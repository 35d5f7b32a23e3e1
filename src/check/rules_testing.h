/* For tests of rules: one rule over a zone text, what it comes to, as a line.
 *
 *     {"example.com. TXT \"v=spf1 +all\"\n", "spf.all_permissive", "problem", "~all", "why"}
 *
 * `want` is outcomes by blanks ("problem problem"); `has` a text that must stand in what the
 * findings say (found, fix or line to paste), or NULL. */
#ifndef CHECK_RULES_TESTING_H
#define CHECK_RULES_TESTING_H

#include "../../tests/unit.h"
#include "check.h"

struct rule_case {
    const char *zone;
    const char *id;
    const char *want;
    const char *has;
    const char *why;
};

/* All that the findings say, and their outcomes. */
static inline const char *
rule_outcomes(const struct check_finding *f, struct text *said)
{
    struct text outcomes = text_new(said->arena, SIZE_MAX);
    for (; f != NULL; f = f->next) {
        text_string(&outcomes, outcomes.len > 0 ? " " : "");
        text_string(&outcomes, check_outcome_name(f->outcome));
        text_slice(said, f->found);
        text_string(said, "\n");
        text_slice(said, f->fix);
        text_string(said, "\n");
        text_slice(said, f->zone_line);
        text_string(said, "\n");
    }
    return text_done(&outcomes).ptr;
}

/* Run one case about `name`. `more` is added to every zone. */
static inline void
rule_check(const struct rule_case *c, const char *name, const char *more,
           struct check_options options)
{
    UNIT_CASE(c->why);
    struct sceau_zone_error error;
    struct check_subject s;
    struct sceau_slice id = sceau_slice_from(c->id);
    sceau_arena_clear(unit_arena);
    struct text zone = text_new(unit_arena, SIZE_MAX);
    text_string(&zone, c->zone);
    text_string(&zone, more);
    struct sceau_resolver *resolver = sceau_zone_resolver_new(text_done(&zone), &error);
    if (resolver == NULL)
        fail_msg("%s: zone %zu:%zu: %s", c->why, error.line, error.column, error.text);
    options.only = (struct check_words){&id, 1};
    assert_true(check_subject_init(&s, unit_arena, resolver, 1767225600, &options,
                                   sceau_slice_from(name)));
    check_run(&s);
    struct text said = text_new(unit_arena, SIZE_MAX);
    const char *outcomes = rule_outcomes(s.findings, &said);
    const char *words = text_done(&said).ptr;
    if (strcmp(outcomes, c->want) != 0 ||
        (c->has != NULL && strstr(words, c->has) == NULL))
        fail_msg("%s (%s): %s\n%s", c->id, c->why, outcomes, words);
    sceau_zone_resolver_free(resolver);
}

#endif
