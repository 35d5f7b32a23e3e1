/* P5: which mail failed, and why? */
#include "analysis/failures.h"

#include "scope.h"

#define SAMPLES_MAX 50

static bool
read_samples(struct scope *s, struct sceau_slice policy, struct growing *list)
{
    struct insight *in = s->in;
    struct statement *st = database_prepare(
        in->db,
        "SELECT received, domain, auth_failure, dkim_domain, dkim_selector, "
        "delivery_result, header, reporter, ip FROM failure WHERE policy_domain = ?1 "
        "AND received BETWEEN ?2 AND ?3 ORDER BY received DESC, id LIMIT 50");
    int step;
    bind_text(st, 1, policy);
    bind_int(st, 2, (int64_t)s->from_day * 86400);
    bind_int(st, 3, (int64_t)(s->to_day + 1) * 86400 - 1);
    while ((step = statement_step(st)) > 0) {
        const struct filter *f = s->f;
        struct sceau_ip ip = scope_ip(st, 8);
        if (f->has_network &&
            !ip_in_network(&ip, &f->network.address, f->network.prefix))
            continue;
        struct insight_sample *one = growing_add(list);
        if (one == NULL)
            return scope_full(in);
        *one = (struct insight_sample){
            .received = column_int(st, 0),
            .domain = scope_text(in, st, 1),
            .auth_failure = scope_text(in, st, 2),
            .dkim_domain = scope_text(in, st, 3),
            .dkim_selector = scope_text(in, st, 4),
            .delivery_result = scope_text(in, st, 5),
            .header = scope_text(in, st, 6),
            .reporter = scope_text(in, st, 7),
            .ip = ip,
        };
    }
    return step == 0 || scope_fail(in);
}

bool
insight_failures(struct insight *in, const struct filter *f,
                 struct insight_failures *out)
{
    struct scope s;
    struct analysis_source *const *list;
    size_t count, wanted = 0;
    struct growing samples = {.arena = in->arena,
                              .size = sizeof(struct insight_sample)};
    *out = (struct insight_failures){0};
    if (!scope_open(&s, in, f) || scope_sources(&s, &list, &count) == NULL)
        return false;
    struct analysis_source **chosen =
        sceau_arena_alloc(in->arena, (count + 1) * sizeof *chosen);
    if (chosen == NULL)
        return scope_full(in);
    for (size_t i = 0; i < count; i++) {
        if (!scope_wants_source(f, list[i]))
            continue;
        chosen[wanted++] = list[i];
        out->messages += list[i]->counts.messages;
        out->fails += list[i]->counts.neither;
    }
    out->groups = analysis_failures_make(in->arena, chosen, wanted, &out->group_count);
    if (out->groups == NULL)
        return scope_full(in);
    for (size_t i = 0; i < s.policy_count && samples.count < SAMPLES_MAX; i++)
        if (!read_samples(&s, s.policies[i], &samples))
            return false;
    out->samples = samples.items;
    out->sample_count = samples.count;
    return true;
}
