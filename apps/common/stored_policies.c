/* One question to the store, since its server may be far; a domain at a time in memory of its own:
 * what a check needs is much, what is told little. */
#include "stored_policies.h"

#define ONE_MEMORY ((size_t)32 * 1024 * 1024) /* a ceiling */

static struct check_finding *
copy_findings(struct sceau_arena *arena, const struct check_finding *findings)
{
    struct check_finding *first = NULL, **next = &first;
    for (const struct check_finding *f = findings; f != NULL; f = f->next) {
        struct check_finding *copy = sceau_arena_alloc(arena, sizeof *copy);
        if (copy == NULL)
            return NULL;
        *copy = (struct check_finding){
            .rule = f->rule,
            .outcome = f->outcome,
            .found = slice_copy(arena, f->found),
            .why = slice_copy(arena, f->why),
            .fix = slice_copy(arena, f->fix),
            .zone_line = slice_copy(arena, f->zone_line),
        };
        *next = copy;
        next = &copy->next;
    }
    return first;
}

static const struct mtasts_policy *
copy_policy(struct sceau_arena *arena, const struct mtasts_policy *policy)
{
    struct mtasts_policy *copy = sceau_arena_alloc(arena, sizeof *copy);
    struct sceau_slice *mx =
        sceau_arena_alloc(arena, (policy->mx_count + 1) * sizeof *mx);
    if (copy == NULL || mx == NULL)
        return NULL;
    for (size_t i = 0; i < policy->mx_count; i++)
        mx[i] = slice_copy(arena, policy->mx[i]);
    *copy = *policy;
    copy->mx = mx;
    return copy;
}

static bool
judge(struct insight *in, struct sceau_arena *scratch, struct stored_rows *rows,
      const struct stored_check_options *options,
      const struct insight_tls_published *published, struct insight_tls_policy *out)
{
    struct stored_check_options mine = *options;
    mine.only_mtasts = true;
    mine.mtasts_page = published->look.seen > 0 ? &published->look.page : NULL;
    mine.mtasts_left = &published->look.left;
    struct stored_check *c = stored_check_next(scratch, rows, published->domain, &mine);
    *out = (struct insight_tls_policy){.domain = published->domain,
                                       .seen = published->look.seen};
    if (c == NULL ||
        c->subject == NULL) /* cannot be judged; its records went meanwhile */
        return rows->step >= 0;
    out->sight = mtasts_sight_of(c->subject);
    out->sight.id = slice_copy(in->arena, out->sight.id);
    if (out->sight.policy != NULL &&
        (out->sight.policy = copy_policy(in->arena, out->sight.policy)) == NULL)
        return false;
    out->findings = copy_findings(in->arena, c->findings);
    return out->findings != NULL;
}

bool
stored_policies(struct insight *in, const struct stored_check_options *options,
                const struct insight_tls_published *published, size_t count,
                const struct insight_tls_policy **policies)
{
    struct insight_tls_policy *out =
        sceau_arena_alloc(in->arena, (count + 1) * sizeof *out);
    struct sceau_arena *scratch = sceau_arena_new(ONE_MEMORY);
    bool is_good = out != NULL && scratch != NULL;
    *policies = out;
    if (is_good && count > 0) {
        struct stored_rows rows = stored_rows_of(in->db, published[0].domain,
                                                 published[count - 1].domain, true);
        for (size_t i = 0; is_good && i < count; i++) {
            sceau_arena_clear(scratch);
            is_good = judge(in, scratch, &rows, options, &published[i], &out[i]);
        }
        stored_rows_end(&rows);
    }
    if (!is_good && in->error == NULL)
        in->error = database_failure(in->db) != DATABASE_OK
                        ? database_error(in->db)
                        : N_("more memory is needed than one answer may have");
    sceau_arena_free(scratch);
    return is_good;
}
