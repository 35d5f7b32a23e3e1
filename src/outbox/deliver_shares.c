/* The slow beginning of a host, and the shares that an organization has of an hour or a day
 * (FEATURES G5). */
#include "deliver_run.h"
#include "failure.h"
#include "schedule.h"

#define DAY  86400
#define HOUR 3600

/* ---- the ceiling ---- */

static uint32_t
host_reports(const struct run *r)
{
    uint32_t most = r->d->settings->host_reports;
    return most > 0 ? most : OUTBOX_HOST_REPORTS;
}

/* What is left of the day's ceiling. Others send meanwhile, so it is read again behind a mail or
 * two at first, and behind each 64th part of what was sent: no host runs past it by more than
 * that, and a day's rows are not counted for each mail. */
bool
run_look_at_ceiling(struct run *r)
{
    uint64_t sent;
    int64_t first_day, today = run_now(r) / DAY;
    if (!delivery_sent_since(r->d->db, today * DAY, &sent, &first_day))
        return run_failed(r);
    uint64_t ceiling = outbox_ceiling(first_day > today ? 0 : today - first_day);
    r->left_today = ceiling > sent ? ceiling - sent : 0;
    r->reserved = ceiling != UINT64_MAX ? ceiling / 2 : 0;
    r->until_look = ceiling != UINT64_MAX ? 1 + sent / 64 : UINT64_MAX;
    return true;
}

bool
run_begin_pacing(struct run *r)
{
    if (!outbox_rest_read(r->d->db, r->folder, &r->rest))
        return run_failed(r);
    r->delivered->is_down = r->rest.until > run_now(r);
    return run_look_at_ceiling(r);
}

/* The slow beginning has a ceiling. */
void
run_count_sent(struct run *r)
{
    r->delivered->sent++;
    if (r->until_look == UINT64_MAX)
        return;
    r->left_today -= r->left_today > 0;
    r->until_look--;
}

/* ---- shares ---- */

static bool
ask_organization(struct run *r, struct sceau_slice domain,
                 struct sceau_slice *organization)
{
    struct sceau_context context = {.arena = r->arena,
                                    .resolver = r->d->resolver,
                                    .now = run_now(r)};
    /* The suffix list, where there is one, is believed by no owner of a zone. */
    enum sceau_status status =
        sceau_dmarc_organizational_domain(&context,
                                          r->d->psl != NULL ? SCEAU_DMARC_PSL
                                                            : SCEAU_DMARC_TREEWALK,
                                          r->d->psl, domain, organization);
    if (status == SCEAU_E_SYNTAX || (status == SCEAU_OK && organization->len == 0))
        *organization = domain;
    return status != SCEAU_E_SYSTEM && status != SCEAU_E_LIMIT;
}

/* Whose shares this delivery is of; it is kept with it. */
static bool
ask_organizations(struct run *r, struct outbox_next *next)
{
    struct sceau_slice to, about;
    if (next->organization.len > 0)
        return true;
    if (!ask_organization(r, outbox_host_of(next->mailbox), &to) ||
        !ask_organization(r, next->policy_domain, &about))
        return false;
    next->organization = to;
    next->about = about;
    return true;
}

/* Is a share of an hour or day used up? *why: which; NULL: none is. */
static bool
look_at_shares(struct run *r, const struct outbox_next *next, const char **why,
               int64_t *until)
{
    struct database *db = r->d->db;
    bool is_failure = next->kind == OUTBOX_FAILURE;
    uint32_t of_host = host_reports(r), sent_to, sent_about;
    uint32_t of_owner = is_failure ? FAILURE_DOMAIN_HOUR : OUTBOX_ORGANIZATION_REPORTS;
    int64_t day = run_now(r) / DAY * DAY;
    int64_t since = is_failure ? run_now(r) - HOUR : day - 1;
    *why = NULL;
    *until = run_now(r) + HOUR;
    if (!delivery_sent_to(db, next->organization, run_now(r) - HOUR, of_host,
                          &sent_to) ||
        !delivery_sent_about(db, next->about, next->kind, since, of_owner, &sent_about))
        return run_failed(r);
    /* Anybody can cause them: in the slow beginning they may not use up the day. */
    if (is_failure && r->left_today <= r->reserved)
        *why = N_("failure reports have had their share of this day");
    if (sent_about >= of_owner)
        *why = is_failure ? N_("its organization has had its share of this hour")
                          : N_("its organization has had its share of this day");
    if (sent_about >= of_owner && !is_failure)
        *until = outbox_due(next->policy_domain, day + DAY - 1, r->d->settings->spread);
    if (sent_to >= of_host)
        *why = N_("its host has had its share of this hour");
    return true;
}

/* With pacing. */
bool
run_wait_for_share(struct run *r, struct outbox_next *next, bool *is_waiting)
{
    const char *why;
    int64_t until;
    *is_waiting = true;
    if (!ask_organizations(r, next))
        return run_wait_here(r, next, N_("DNS could not tell whether it takes them"));
    if (!look_at_shares(r, next, &why, &until))
        return false;
    *is_waiting = why != NULL;
    if (why == NULL)
        return true;
    r->delivered->is_full = true;
    if (run_now(r) - next->built <= OUTBOX_PATIENCE)
        return run_set_state(r, next, DELIVERY_WAITING, until, why);
    r->delivered->given_up++;
    return run_set_state(r, next, DELIVERY_GIVEN_UP, 0, why);
}
