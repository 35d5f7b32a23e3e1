/* The rules judge; this counts. */
#include "mtasts_sight.h"

#include "facts.h"

static const char *const words[] = {
    [MTASTS_STATE_ABSENT] = N_("absent"),
    [MTASTS_STATE_UNREAD] = N_("not read"),
    [MTASTS_STATE_UNKNOWN] = N_("unknown"),
    [MTASTS_STATE_BROKEN] = N_("broken"),
    [MTASTS_STATE_UNREACHED] = N_("not reached"),
    [MTASTS_STATE_NONE] = "none",
    [MTASTS_STATE_TESTING] = "testing",
    [MTASTS_STATE_ENFORCE] = "enforce",
};

const char *
mtasts_state_word(enum mtasts_state state)
{
    return words[state];
}

static enum mtasts_state
state_of(struct check_subject *s, const struct check_mtasts *m, bool has_id)
{
    static const enum mtasts_state of_mode[] = {
        [MTASTS_NONE] = MTASTS_STATE_NONE,
        [MTASTS_TESTING] = MTASTS_STATE_TESTING,
        [MTASTS_ENFORCE] = MTASTS_STATE_ENFORCE,
    };
    if (sceau_dns_is_trouble(m->answer.status))
        return MTASTS_STATE_UNKNOWN;
    if (m->record_count == 0 && check_mtasts_policy(m) == NULL)
        return MTASTS_STATE_ABSENT;
    if ((s->options->probes & CHECK_HTTP) == 0)
        return MTASTS_STATE_UNREAD;
    if (!has_id)
        return MTASTS_STATE_BROKEN;
    if (m->has_policy)
        return of_mode[m->policy.mode];
    if (https_is_unknown(m->page.failure))
        return MTASTS_STATE_UNKNOWN;
    return https_is_unreached(&m->page) ? MTASTS_STATE_UNREACHED : MTASTS_STATE_BROKEN;
}

bool
mtasts_sight_binds(const struct mtasts_sight *sight)
{
    return sight->state >= MTASTS_STATE_NONE || sight->left_until > 0;
}

struct mtasts_sight
mtasts_sight_of(struct check_subject *s)
{
    const struct check_mtasts *m = check_mtasts(s);
    const struct check_mx *mx = check_mx(s);
    struct mtasts_sight sight = {.policy = check_mtasts_policy(m),
                                 .left_until = m->left_until};
    struct sceau_diag diag;
    size_t at = 0, uncovered = 0;
    bool has_id = m->record_count == 1 &&
                  mtasts_record_parse(m->rr->text, &sight.id, &diag) == SCEAU_OK;
    if (!has_id)
        sight.id = SLICE_NONE;
    sight.state = state_of(s, m, has_id);
    for (size_t i = 0; i < mx->count; i++)
        sight.mx_count += mx->hosts[i].host != NULL;
    while (check_mtasts_uncovered(s, &at) != NULL)
        uncovered++;
    bool names_any = sight.policy != NULL && sight.policy->mode != MTASTS_NONE;
    sight.covered = names_any ? sight.mx_count - uncovered : 0;
    return sight;
}
