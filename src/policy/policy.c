/* A decision: what is added, removed, answered and logged follows from the ruling of rule.c.
 * RFC 8601 sections 4 and 5. */
#include "policy.h"

#include "list.h"
#include "rule.h"
#include "signing.h"
#include "strip.h"
#include "words.h"

void
policy_config_init(struct policy_config *config)
{
    static const struct ip_network loopback[] = {
        {{.version = 4, .octets = {127}},      8  },
        {{.version = 6, .octets = {[15] = 1}}, 128},
    };
    *config = (struct policy_config){
        .mode = POLICY_MODE_QUARANTINE,
        .invalid_from = POLICY_INVALID_FROM_TAG,
        .quarantine = POLICY_QUARANTINE_HEADER,
        .on_temperror = POLICY_TEMPERROR_TEMPFAIL,
        .temperror_tries = 2,
        .exempt_authenticated = true,
        .trusted_networks = loopback,
        .trusted_network_count = sizeof loopback / sizeof *loopback,
        .fail_field = SCEAU_SLICE(POLICY_FAIL_FIELD),
        .suspect_field = SCEAU_SLICE(POLICY_SUSPECT_FIELD),
        .suspect_value = SCEAU_SLICE(POLICY_SUSPECT_VALUE),
    };
}

const char *
policy_mode_name(enum policy_mode mode)
{
    switch (mode) {
    case POLICY_MODE_MONITOR: return "monitor";
    case POLICY_MODE_QUARANTINE: return "quarantine";
    case POLICY_MODE_REJECT_DIRECT: return "reject-direct";
    case POLICY_MODE_REJECT: return "reject";
    }
    return "";
}

const char *
policy_action_name(enum policy_action action)
{
    switch (action) {
    case POLICY_ACCEPT: return "accept";
    case POLICY_REJECT: return "reject";
    case POLICY_QUARANTINE: return "quarantine";
    case POLICY_TEMPFAIL: return "tempfail";
    }
    return "";
}

const char *
policy_override_name(enum policy_override_type type)
{
    switch (type) {
    case POLICY_OVERRIDE_NONE: return "none";
    case POLICY_OVERRIDE_LOCAL_POLICY: return "local_policy";
    case POLICY_OVERRIDE_MAILING_LIST: return "mailing_list";
    case POLICY_OVERRIDE_OTHER: return "other";
    case POLICY_OVERRIDE_POLICY_TEST_MODE: return "policy_test_mode";
    case POLICY_OVERRIDE_TRUSTED_FORWARDER: return "trusted_forwarder";
    }
    return "";
}

struct sceau_slice
policy_authserv_id(const struct policy_config *config, const struct policy_facts *facts)
{
    return config->authserv_id.len > 0 ? config->authserv_id : facts->mta_name;
}

/* Mail of lists is never held, so it is marked where other mail would be held only. */
static bool
marks_by_header(const struct policy_config *config, const struct policy_decision *d)
{
    return d->is_list_mail || config->quarantine != POLICY_QUARANTINE_HOLD;
}

/* The value of the fail field: what was asked for, "quarantine" where nobody could ask. */
static struct sceau_slice
fail_value(const struct sceau_verdict *verdict)
{
    bool asks_reject = verdict->author.status == SCEAU_AUTHOR_ONE &&
                       verdict->dmarc.disposition == SCEAU_DMARC_POLICY_REJECT;
    return asks_reject ? SCEAU_SLICE("reject") : SCEAU_SLICE("quarantine");
}

/* The first line of the header would continue whatever is put above it (case FRM-02). */
static bool
begins_with_space(const struct sceau_header *header)
{
    return (header->defects & SCEAU_HEADER_LEADING_SPACE) != 0 ||
           (header->count > 0 && header->fields[0].raw.len > 0 &&
            ascii_is_wsp(header->fields[0].raw.ptr[0]));
}

#define COMMENT_MAX 400 /* octets of an override's comment: a line has 998 */

/* The field says why the policy it tells of was not applied: a comment behind all results,
 * with the reason type of RFC 9990 section 3.1.6. */
static struct sceau_slice
with_override(struct sceau_arena *arena, struct sceau_slice results,
              const struct policy_override *override)
{
    struct sceau_slice comment = override->comment;
    if (override->type == POLICY_OVERRIDE_NONE || results.len == 0)
        return results;
    struct text out = text_new(arena, SIZE_MAX);
    text_slice(&out, results);
    text_format(&out, "\r\n\t(override %s", policy_override_name(override->type));
    if (comment.len > 0)
        text_string(&out, ": ");
    for (size_t i = 0; i < comment.len && i < COMMENT_MAX; i++) {
        char c = comment.ptr[i];
        if (c == '(' || c == ')' || c == '\\')
            text_octet(&out, '\\');
        text_octet(&out, c >= ' ' && c <= '~' ? c : '?');
    }
    text_octet(&out, ')');
    return text_done(&out);
}

#define ADDED_MAX 5

/* The author as he stood in From, and where answers to him go when he did not say. */
static bool
add_list_fields(const struct policy_question *q, struct policy_added_field *added,
                size_t *count)
{
    const struct sceau_header *header = q->verdict->header;
    const struct sceau_field *from = sceau_header_find(header, SCEAU_SLICE("From"), 0);
    added[(*count)++] = (struct policy_added_field){SCEAU_SLICE(POLICY_ORIGINAL_FIELD),
                                                    slice_trim(from->body)};
    if (sceau_header_find(header, SCEAU_SLICE("Reply-To"), 0) != NULL)
        return true;
    struct sceau_slice value = list_reply_to(q->arena, &q->verdict->author, from);
    added[(*count)++] = (struct policy_added_field){SCEAU_SLICE("Reply-To"), value};
    return value.len > 0;
}

/* Authentication-Results, and for suspect mail the fields that filters match. */
static bool
add_fields(const struct policy_question *q, bool ours_stay, struct policy_decision *d)
{
    struct policy_added_field *added =
        sceau_arena_alloc(q->arena, ADDED_MAX * sizeof *added);
    struct sceau_slice id = policy_authserv_id(q->config, q->facts);
    size_t n = 0;
    if (added == NULL)
        return false;
    if (id.len > 0 && !ours_stay) {
        struct sceau_slice results =
            sceau_verdict_authentication_results(q->arena, q->verdict, id);
        results = with_override(q->arena, results, &d->override);
        if (results.len == 0)
            return false;
        added[n++] =
            (struct policy_added_field){SCEAU_SLICE("Authentication-Results"), results};
    }
    if (d->action == POLICY_QUARANTINE && marks_by_header(q->config, d)) {
        if (q->config->fail_field.len > 0)
            added[n++] = (struct policy_added_field){q->config->fail_field,
                                                     fail_value(q->verdict)};
        if (q->config->suspect_field.len > 0)
            added[n++] = (struct policy_added_field){q->config->suspect_field,
                                                     q->config->suspect_value};
    }
    if (d->changed.name.len > 0 && !add_list_fields(q, added, &n))
        return false;
    d->added = added;
    d->added_count = n;
    d->added_at_end = begins_with_space(q->verdict->header);
    return true;
}

static bool
remove_fields(struct sceau_arena *arena, const struct policy_config *config,
              const struct policy_facts *facts, const struct sceau_header *header,
              struct policy_decision *d, bool *ours_stay)
{
    return policy_strip(arena, config, policy_authserv_id(config, facts),
                        policy_is_from_trusted(config, facts), header, &d->removed,
                        &d->removed_count, ours_stay) == SCEAU_OK;
}

/* Fields that say what we are about to say about the author. */
static bool
remove_original_fields(struct sceau_arena *arena, const struct sceau_header *header,
                       struct policy_decision *d)
{
    static const struct sceau_slice name = {POLICY_ORIGINAL_FIELD,
                                            sizeof POLICY_ORIGINAL_FIELD - 1};
    size_t seen = 0;
    while (sceau_header_find(header, name, seen) != NULL && seen < SCEAU_FIELDS_MAX)
        seen++;
    if (seen == 0)
        return true;
    struct policy_removed_field *removed =
        sceau_arena_alloc(arena, (d->removed_count + seen) * sizeof *removed);
    if (removed == NULL)
        return false;
    if (d->removed_count > 0)
        memcpy(removed, d->removed, d->removed_count * sizeof *removed);
    for (size_t i = 0; i < seen; i++)
        removed[d->removed_count++] = (struct policy_removed_field){name, i + 1};
    d->removed = removed;
    return true;
}

/* L1: the message goes out under the list's name. What Authentication-Results says of it was
 * found before. */
static bool
rewrite_from(const struct policy_question *q, struct policy_decision *d)
{
    if (d->list == NULL)
        return true;
    d->changed = (struct policy_changed_field){SCEAU_SLICE("From"),
                                               list_from(q->arena, d->list,
                                                         &q->verdict->author)};
    return d->changed.value.len > 0 &&
           remove_original_fields(q->arena, q->verdict->header, d);
}

static bool
dress_delivery(const struct policy_question *q, struct policy_decision *d)
{
    bool ours_stay = false;
    d->hold = d->action == POLICY_QUARANTINE && !d->is_list_mail &&
              q->config->quarantine != POLICY_QUARANTINE_HEADER;
    return remove_fields(q->arena, q->config, q->facts, q->verdict->header, d,
                         &ours_stay) &&
           rewrite_from(q, d) && add_fields(q, ours_stay, d);
}

static bool
dress_refusal(const struct policy_question *q, enum policy_cause cause,
              struct policy_decision *d)
{
    const struct sceau_verdict *v = q->verdict;
    if (cause == POLICY_CAUSE_LIST)
        d->reply = policy_reply_list(q->arena, q->config, d->list, v);
    else if (cause == POLICY_CAUSE_SPF)
        d->reply = policy_reply_spf(q->arena, q->config, v);
    else if (cause == POLICY_CAUSE_OWN_DOMAIN)
        d->reply = policy_reply_own_domain(q->arena, q->config, v);
    else if (d->action == POLICY_TEMPFAIL)
        d->reply =
            policy_reply_later(q->arena, q->config, v->author.domain,
                               "DNS did not say whether this message is genuine");
    else if (v->author.status != SCEAU_AUTHOR_ONE)
        d->reply =
            policy_reply_refused(q->arena, q->config,
                                 "the message does not name exactly one author domain",
                                 v->author.reason);
    else if (v->dmarc.result != SCEAU_DMARC_FAIL)
        d->reply = policy_reply_refused(q->arena, q->config, d->reason, NULL);
    else
        d->reply = policy_reply_failed(q->arena, q->config, v);
    return d->reply.len > 0;
}

/* Fields beyond a limit were not kept: a forged result among them could be neither found nor
 * numbered for its removal, and RFC 8601 section 5 does not let it pass. Not a matter of
 * mode: who delivers such a message unread delivers what anybody wrote in our name. */
static bool
hides_fields(const struct policy_config *config, const struct policy_facts *facts,
             const struct sceau_header *header)
{
    return (header->defects & SCEAU_HEADER_LIMIT) != 0 &&
           !policy_is_from_trusted(config, facts);
}

static const struct policy_decision over_limits = {
    .action = POLICY_REJECT,
    .reason = "the header block is over its limits",
    .reply = {"550 5.3.4 the header block is over its limits", 45},
};

/* Memory is exhausted or the message fills its arena: nothing about it can be said, so it
 * is neither delivered untagged nor lost. */
static void
decide_without_memory(const struct policy_config *config, struct policy_decision *d)
{
    *d = (struct policy_decision){
        .action = POLICY_TEMPFAIL,
        .reason = "out of memory",
        .reply = SCEAU_SLICE("451 4.3.0 the message cannot be judged, try again later"),
        .log = config->is_shadow
                   ? SCEAU_SLICE("-: would=tempfail reason=\"out of memory\"")
                   : SCEAU_SLICE("-: action=tempfail reason=\"out of memory\""),
        .is_shadow = config->is_shadow,
    };
}

static void
log_decision(struct sceau_arena *arena, const struct policy_config *config,
             const struct policy_facts *facts, const struct sceau_verdict *verdict,
             struct policy_decision *d)
{
    d->is_shadow = config->is_shadow;
    d->log = policy_log_line(arena, facts, verdict, d);
    if (d->log.len == 0)
        decide_without_memory(config, d);
}

/* What a list of ours makes of a message that would be delivered. */
static const struct policy_list *
ask_list(const struct policy_question *q, struct policy_ruling *r)
{
    const struct policy_list *list = list_of_message(q->config, q->facts);
    bool is_delivered = r->action == POLICY_ACCEPT || r->action == POLICY_QUARANTINE;
    if (list == NULL || !is_delivered)
        return NULL;
    switch (list_step_of(list, q->verdict)) {
    case LIST_NOTHING: return NULL;
    case LIST_REWRITE: break;
    case LIST_REFUSE:
        r->action = POLICY_REJECT;
        r->reason = "the list takes no posts from domains with such a policy";
        r->cause = POLICY_CAUSE_LIST;
        r->override = (struct policy_override){0};
        break;
    }
    return list;
}

/* What a list of ours sends comes from here, or from whoever logged in. */
static bool
is_of_this_host(const struct policy_config *config, const struct policy_facts *facts)
{
    return facts->login.len > 0 || facts->is_local_socket ||
           policy_is_from_trusted(config, facts);
}

void
policy_decide(struct sceau_arena *arena, const struct policy_config *config,
              const struct policy_facts *facts, const struct sceau_verdict *verdict,
              struct policy_decision *decision)
{
    const struct policy_question q = {arena, config, facts, verdict};
    if (hides_fields(config, facts, verdict->header)) {
        *decision = over_limits;
        log_decision(arena, config, facts, verdict, decision);
        return;
    }
    struct policy_ruling r = policy_rule(&q);
    const struct policy_list *list = ask_list(&q, &r);
    *decision = (struct policy_decision){.action = r.action,
                                         .reason = r.reason,
                                         .override = r.override,
                                         .list = list,
                                         .is_list_mail = r.is_list_mail,
                                         .claims_own_domain = r.claims_own_domain};
    if (is_of_this_host(config, facts))
        decision->munged = list_munged(arena, config, verdict->header);
    bool is_delivered = r.action == POLICY_ACCEPT || r.action == POLICY_QUARANTINE;
    if (!(is_delivered ? dress_delivery(&q, decision)
                       : dress_refusal(&q, r.cause, decision))) {
        decide_without_memory(config, decision);
        return;
    }
    log_decision(arena, config, facts, verdict, decision);
}

void
policy_pass_through(struct sceau_arena *arena, const struct policy_config *config,
                    const struct policy_facts *facts, const struct sceau_header *header,
                    struct policy_decision *decision)
{
    bool ours_stay;
    *decision = (struct policy_decision){.action = POLICY_ACCEPT,
                                         .reason = "this listener does not verify"};
    if (hides_fields(config, facts, header))
        *decision = over_limits;
    else if (!remove_fields(arena, config, facts, header, decision, &ours_stay)) {
        decide_without_memory(config, decision);
        return;
    }
    if (is_of_this_host(config, facts))
        decision->munged = list_munged(arena, config, header);
    log_decision(arena, config, facts, NULL, decision);
}

void
policy_cannot_judge(struct sceau_arena *arena, const struct policy_config *config,
                    const struct policy_facts *facts, const char *reason,
                    struct policy_decision *decision)
{
    struct policy_config nothing = {0};
    *decision = (struct policy_decision){
        .action = POLICY_TEMPFAIL,
        .reason = reason,
        .reply = policy_reply_later(arena, &nothing, SLICE_NONE, reason),
    };
    if (decision->reply.len > 0)
        log_decision(arena, config, facts, NULL, decision);
    else
        decide_without_memory(config, decision);
}

/* A refusal beats whatever was decided: it was about to be delivered. */
static void
refuse_long_lines(struct sceau_arena *arena, const struct policy_config *config,
                  const struct policy_facts *facts, struct policy_decision *decision)
{
    *decision = (struct policy_decision){
        .action = POLICY_REJECT,
        .reason = "a body line is over 998 octets",
        .reply = policy_reply_refused(arena, config,
                                      "a line of the message is over 998 octets and "
                                      "would be broken on its way",
                                      NULL),
    };
    if (decision->reply.len > 0)
        log_decision(arena, config, facts, NULL, decision);
    else
        decide_without_memory(config, decision);
}

void
policy_cannot_sign(struct sceau_arena *arena, const struct policy_config *config,
                   const struct policy_signing_config *signing,
                   const struct policy_facts *facts, enum policy_signing_rule rule,
                   struct policy_decision *decision)
{
    bool is_delivered =
        decision->action == POLICY_ACCEPT || decision->action == POLICY_QUARANTINE;
    if (!is_delivered)
        return;
    if (rule == POLICY_UNSIGNED_LONG_LINES && signing->long_lines == POLICY_LONG_REFUSE)
        refuse_long_lines(arena, config, facts, decision);
    else if (policy_signing_rule_is_trouble(rule) &&
             signing->on_error == POLICY_SIGN_ERROR_TEMPFAIL)
        policy_cannot_judge(arena, config, facts, policy_signing_rule_text(rule),
                            decision);
}
