/* Rows of MTA-STS. */
#include "tls_policies.h"

#include "core/text.h"

static const struct table_column columns[] = {
    {"domain",     TABLE_TEXT,   N_("domain"),           24},
    {"policy",     TABLE_WORD,   N_("policy"),           8 },
    {"id",         TABLE_TEXT,   N_("Id"),               0 },
    {"max_age",    TABLE_NUMBER, N_("seconds"),          8 },
    {"mx",         TABLE_TEXT,   N_("mail hosts named"), 24},
    {"mail_hosts", TABLE_NUMBER, N_("MX"),               4 },
    {"covered",    TABLE_NUMBER, N_("named"),            7 },
    {"seen",       TABLE_TIME,   N_("Read"),             0 },
    {"mode",       TABLE_WORD,   N_("mode"),             0 },
    {"kept_until", TABLE_TIME,   N_("Kept until"),       0 },
};

static const struct table_column advice_columns[] = {
    {"domain",    TABLE_TEXT, N_("Domain"),  0},
    {"id",        TABLE_TEXT, N_("Check"),   0},
    {"outcome",   TABLE_TEXT, N_("Outcome"), 0},
    {"found",     TABLE_TEXT, N_("Found"),   0},
    {"why",       TABLE_TEXT, N_("Why"),     0},
    {"fix",       TABLE_TEXT, N_("To do"),   0},
    {"zone_line", TABLE_TEXT, N_("Record"),  0},
};

struct sceau_slice
insight_mtasts_patterns(struct sceau_arena *arena, const struct mtasts_policy *policy)
{
    struct text t = text_new(arena, SIZE_MAX);
    for (size_t i = 0; i < policy->mx_count; i++) {
        text_string(&t, i > 0 ? " " : "");
        text_slice(&t, policy->mx[i]);
    }
    return text_done(&t);
}

static void
put_policy(struct table_maker *m, const struct mtasts_sight *sight)
{
    const struct mtasts_policy *policy = sight->policy;
    if (policy == NULL) {
        table_none(m);
        table_none(m);
        table_number(m, sight->mx_count);
        table_none(m);
        return;
    }
    table_number(m, policy->max_age);
    table_text(m, insight_mtasts_patterns(m->arena, policy));
    table_number(m, sight->mx_count);
    if (policy->mode != MTASTS_NONE)
        table_number(m, sight->covered);
    else
        table_none(m);
}

/* The mode of its file, in force or not; and until when senders may keep one that is gone. */
static void
put_kept(struct table_maker *m, const struct mtasts_sight *sight)
{
    if (sight->policy != NULL)
        table_word(m, mtasts_mode_name(sight->policy->mode));
    else
        table_none(m);
    if (sight->left_until > 0)
        table_signed(m, sight->left_until);
    else
        table_none(m);
}

struct table
insight_tls_policies_table(struct sceau_arena *arena,
                           const struct insight_tls_policy *policies, size_t count)
{
    struct table_maker m =
        table_new(arena, "mta_sts", columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < count; i++) {
        const struct insight_tls_policy *p = &policies[i];
        table_text(&m, p->domain);
        table_word(&m, mtasts_state_word(p->sight.state));
        table_text(&m, p->sight.id);
        put_policy(&m, &p->sight);
        if (p->seen > 0)
            table_signed(&m, p->seen);
        else
            table_none(&m);
        put_kept(&m, &p->sight);
    }
    return table_done(&m);
}

bool
insight_is_advice(const struct check_finding *finding)
{
    return finding->outcome != CHECK_OK && finding->outcome != CHECK_SKIPPED;
}

void
insight_put_finding(struct table_maker *m, const struct check_finding *finding)
{
    table_text(m, sceau_slice_from(finding->rule->id));
    table_text(m, sceau_slice_from(check_outcome_name(finding->outcome)));
    table_text(m, finding->found);
    table_text(m, finding->why);
    table_text(m, finding->fix);
    table_text(m, finding->zone_line);
}

struct table
insight_tls_advice_table(struct sceau_arena *arena,
                         const struct insight_tls_policy *policies, size_t count)
{
    struct table_maker m = table_new(arena, "mta_sts_check", advice_columns,
                                     sizeof advice_columns / sizeof *advice_columns);
    for (size_t i = 0; i < count; i++) {
        for (const struct check_finding *f = policies[i].findings; f != NULL;
             f = f->next) {
            if (!insight_is_advice(f))
                continue;
            table_text(&m, policies[i].domain);
            insight_put_finding(&m, f);
        }
    }
    return table_done(&m);
}
