/* Whom nothing is sent to: an administrator says so, it refused lately, or it does not say that it
 * takes reports about others (RFC 9990 section 4; RFC 9991 section 5). */
#include "deliver_run.h"
#include "dmarc/uri.h"

/* An override of the same host takes the mailbox's place, with each mailbox that it names (RFC
 * 9990 section 4, step 9; RFC 9991 section 5: ruf of a failure report). One of these stays. */
static void
take_replacement(struct run *r, struct outbox_next *next,
                 const struct sceau_dmarc_record *replacement)
{
    bool is_failure = next->kind == OUTBOX_FAILURE, is_named = false;
    struct sceau_slice own[2];
    struct outbox_names ours = outbox_own_names(r->d->settings, own);
    r->replacement_count = 0;
    if (replacement == NULL)
        return;
    const struct sceau_slice *uris = is_failure ? replacement->ruf : replacement->rua;
    size_t count = is_failure ? replacement->ruf_count : replacement->rua_count;
    for (size_t i = 0; i < count && r->replacement_count < OUTBOX_URIS_USED; i++) {
        struct dmarc_uri uri;
        if (dmarc_uri_parse(r->arena, uris[i], &uri) != SCEAU_OK || !uri.is_mailto ||
            uri.mailbox.len == 0 || outbox_names_have(ours, uri.mailbox))
            continue;
        is_named = is_named || slice_eq(uri.mailbox, next->mailbox);
        r->replacements[r->replacement_count++] = uri.mailbox;
    }
    if (r->replacement_count > 0 && !is_named)
        next->mailbox = r->replacements[0];
}

/* The other mailboxes that the override names become deliveries of their own. */
bool
run_add_replacements(struct run *r, const struct outbox_next *next)
{
    struct database *db = r->d->db;
    bool is_good = r->replacement_count < 2 || database_begin_durable(db);
    for (size_t i = 1; i < r->replacement_count && is_good; i++)
        is_good = delivery_add(db, next, r->replacements[i], run_now(r));
    if (is_good && (r->replacement_count < 2 || database_commit(db)))
        return true;
    run_failed(r);
    database_rollback(db);
    return false;
}

enum permission
run_asks_destination(struct run *r, struct outbox_next *next, const char **why)
{
    struct sceau_context context = {.arena = r->arena,
                                    .resolver = r->d->resolver,
                                    .now = run_now(r)};
    const struct sceau_dmarc_record *replacement = NULL;
    bool accepts = false;
    *why = NULL;
    if (outbox_names_have(r->d->settings->accepting, next->mailbox))
        return MAY; /* an administrator knows (FEATURES G3) */
    enum sceau_status status =
        sceau_dmarc_external_accepts(&context, next->policy_domain,
                                     outbox_host_of(next->mailbox), &accepts,
                                     &replacement, why);
    if (status != SCEAU_OK)
        return MAY_BE;
    if (accepts)
        take_replacement(r, next, replacement);
    return accepts ? MAY : MAY_NOT;
}

/* Nothing is sent to it: an administrator says so, or it refused. One refusal, which may be of
 * another domain's report, makes the others wait: it costs nobody his reports before it has been
 * said again and again. */
bool
run_leave_alone(struct run *r, struct outbox_next *next, bool *is_left)
{
    int64_t until;
    const struct outbox_names never = r->d->settings->never;
    if (!destination_until(r->d->db, next->mailbox, run_now(r), &until))
        return run_failed(r);
    bool is_named = outbox_names_have(never, next->mailbox) ||
                    outbox_names_have(never, next->policy_domain);
    *is_left = is_named || until > 0;
    if (!*is_left)
        return true;
    r->delivered->suppressed++;
    if (!is_named && until - run_now(r) <= OUTBOX_PATIENCE)
        return run_set_state(r, next, DELIVERY_WAITING, until,
                             N_("it refused reports lately"));
    return run_set_state(r, next, DELIVERY_SUPPRESSED, 0,
                         is_named ? N_("report.never names it")
                                  : N_("it refused reports lately"));
}

/* Another mailbox has taken this one's place: what holds of that one, and is it told already? */
bool
run_look_at_replacement(struct run *r, struct outbox_next *next, bool *is_left)
{
    if (!run_leave_alone(r, next, is_left))
        return false;
    if (*is_left)
        return true;
    if (!delivery_is_double(r->d->db, next, is_left))
        return run_failed(r);
    return !*is_left || run_set_state(r, next, DELIVERY_UNUSABLE, 0,
                                      N_("the same mailbox is named before"));
}
