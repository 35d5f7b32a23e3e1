/* The engine: each rule that is asked for is run, or skipped with its reason; a rule that
 * reports nothing is ok; the worst findings come first. */
#include "check.h"
#include "facts.h"

#include <assert.h>

/* "dmarc" names the rules "dmarc.…". */
static bool
is_named(const struct check_words *words, const char *id)
{
    struct sceau_slice whole = sceau_slice_from(id);
    struct sceau_slice family = slice_sub(whole, 0, slice_find(whole, '.'));
    for (size_t i = 0; i < words->count; i++) {
        if (slice_eq_ci(words->items[i], whole) || slice_eq_ci(words->items[i], family))
            return true;
    }
    return false;
}

bool
check_is_wanted(const struct check_options *options, const struct check_rule *rule)
{
    bool is_only = options->only.count == 0 || is_named(&options->only, rule->id);
    return is_only && !is_named(&options->skip, rule->id);
}

/* Why this rule does not run here; NULL when it does. */
static const char *
skip_reason(const struct check_subject *s, const struct check_rule *rule)
{
    unsigned probes = (rule->needs & (CHECK_SMTP | CHECK_HTTP)) & ~rule->optional;
    unsigned missing = probes & ~s->options->probes;
    if (s->zone != NULL && ((rule->needs | rule->optional) & CHECK_ZONE) == 0)
        return N_("needs servers, and a zone file was read");
    if (s->zone == NULL && rule->needs == CHECK_ZONE)
        return N_("a zone file tells: give it with --zone");
    if ((missing & CHECK_SMTP) != 0)
        return N_("connects to mail servers: ask for it with --smtp");
    if ((missing & CHECK_HTTP) != 0)
        return N_("fetches a page: ask for it with --http");
    return NULL;
}

/* What was reported while memory ran out cannot be trusted to be all. */
static void
run_rule(struct check_subject *s, const struct check_rule *rule)
{
    s->rule = rule;
    s->reported = 0;
    const char *reason = skip_reason(s, rule);
    if (reason != NULL)
        check_skip(s, reason);
    else
        rule->run(s);
    if (s->reported == 0 && s->has_failed)
        check_unknown_because(s, check_tell(s, N_("the answers need too much memory")));
    else if (s->reported == 0)
        check_ok(s, SLICE_NONE);
}

/* Take the findings of one weight out of the list, in their order. */
static struct check_finding **
move_weight(struct check_finding **from, struct check_finding **to, unsigned weight)
{
    while (*from != NULL) {
        struct check_finding *f = *from;
        if (check_outcome_weight(f->outcome) != weight) {
            from = &f->next;
            continue;
        }
        *from = f->next;
        *to = f;
        to = &f->next;
    }
    return to;
}

static void
sort_findings(struct check_subject *s)
{
    struct check_finding *sorted = NULL, **last = &sorted;
    for (unsigned weight = check_outcome_weight(CHECK_PROBLEM) + 1; weight-- > 0;)
        last = move_weight(&s->findings, last, weight);
    *last = NULL;
    s->findings = sorted;
    s->last = last;
}

void
check_run(struct check_subject *s)
{
    size_t families;
    const struct check_family *const *family = check_families(&families);
    s->findings = NULL;
    s->last = &s->findings;
    for (size_t i = 0; i < families; i++) {
        for (size_t k = 0; k < family[i]->count; k++) {
            if (check_is_wanted(s->options, &family[i]->rules[k]))
                run_rule(s, &family[i]->rules[k]);
        }
    }
    sort_findings(s);
}

int
check_exit_status(const struct check_finding *findings)
{
    static const int statuses[] = {
        [CHECK_OK] = 0,      [CHECK_INFO] = 0,    [CHECK_WARNING] = 1,
        [CHECK_PROBLEM] = 2, [CHECK_UNKNOWN] = 3, [CHECK_SKIPPED] = 0,
    };
    const struct check_finding *worst = findings;
    for (const struct check_finding *f = findings; f != NULL; f = f->next) {
        if (check_outcome_weight(f->outcome) > check_outcome_weight(worst->outcome))
            worst = f;
    }
    return worst != NULL ? statuses[worst->outcome] : 0;
}
