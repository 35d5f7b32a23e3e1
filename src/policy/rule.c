/* What becomes of a message, by its verdict, this host's configuration and the session:
 * `policy_rule` at the end is the procedure, read from there upwards. RFC 9989 sections 5.3.6,
 * 5.4 and 7.4. */
#include "rule.h"

#include "direct.h"
#include "forward.h"
#include "scope.h"
#include "trust.h"

#define BEYOND_MEMORY "the message needs more memory than one message may take"

static struct policy_ruling
ruling(enum policy_action action, const char *reason)
{
    return (struct policy_ruling){.action = action, .reason = reason};
}

static struct policy_ruling
overridden(enum policy_action action, const char *reason,
           enum policy_override_type type, struct sceau_slice comment)
{
    return (struct policy_ruling){
        .action = action, .reason = reason, .override = {type, comment}
    };
}

bool
policy_is_from_trusted(const struct policy_config *config,
                       const struct policy_facts *facts)
{
    if (facts->is_local_socket)
        return config->exempt_local_socket;
    for (size_t i = 0; i < config->trusted_network_count; i++) {
        const struct ip_network *n = &config->trusted_networks[i];
        if (ip_in_network(&facts->client, &n->address, n->prefix))
            return true;
    }
    return false;
}

/* Why policy does not look at this message at all (P4), or NULL. */
static const char *
exemption(const struct policy_question *q)
{
    const struct policy_config *config = q->config;
    const struct policy_facts *facts = q->facts;
    if (config->exempt_authenticated && facts->login.len > 0)
        return "authenticated session";
    if (policy_is_from_trusted(config, facts))
        return facts->is_local_socket ? "local socket" : "trusted network";
    if (scope_covers_client(&config->exempt_networks, facts))
        return "exempt network";
    if (scope_covers_recipients(&config->exempt_recipients, facts))
        return "exempt recipient";
    if (q->verdict->author.status == SCEAU_AUTHOR_ONE &&
        scope_covers_domain(&config->exempt_senders, q->verdict->author.domain))
        return "exempt sender";
    if (scope_find_signer(&config->exempt_dkim, q->verdict).len > 0)
        return "signed by an exempt domain";
    return NULL;
}

/* Bounded: a message that came often enough is let through, for trouble with DNS is never a
 * reason to lose mail (rule R7). RFC 9989 section 5.3.6 leaves the handling to us. */
static bool
may_tempfail(const struct policy_question *q)
{
    return q->config->mode != POLICY_MODE_MONITOR &&
           q->config->on_temperror == POLICY_TEMPERROR_TEMPFAIL &&
           q->facts->tempfails_so_far < q->config->temperror_tries;
}

static struct policy_ruling
rule_no_author(const struct policy_question *q)
{
    const char *exempt = exemption(q);
    if (exempt != NULL)
        return ruling(POLICY_ACCEPT, exempt);
    if (q->config->invalid_from == POLICY_INVALID_FROM_REFUSE)
        return ruling(POLICY_REJECT, "not exactly one author domain");
    if (q->config->mode == POLICY_MODE_MONITOR)
        return ruling(POLICY_ACCEPT, "not exactly one author domain; mode monitor");
    return ruling(POLICY_QUARANTINE, "not exactly one author domain");
}

static struct policy_ruling
rule_temperror(const struct policy_question *q)
{
    const struct sceau_dmarc_outcome *dmarc = &q->verdict->dmarc;
    const char *exempt = exemption(q);
    if (exempt != NULL)
        return ruling(POLICY_ACCEPT, exempt);
    if (dmarc->record != NULL && dmarc->policy == SCEAU_DMARC_POLICY_NONE)
        return ruling(POLICY_ACCEPT, "DNS trouble, but the policy is none");
    if (may_tempfail(q))
        return ruling(POLICY_TEMPFAIL, "DNS trouble");
    return ruling(POLICY_ACCEPT, "DNS trouble; policy is not applied");
}

/* What an error verdict may leave of a message's memory. Below it the message has used up its
 * own memory, with a header and with DNS answers of its sender's making, and the error is not
 * DNS trouble: it would come back each time until the message is let through. */
#define MEMORY_RESERVE ((size_t)512 * 1024)

static bool
is_beyond_memory(const struct policy_question *q)
{
    return sceau_arena_left(q->arena) < MEMORY_RESERVE;
}

/* A limit hit is an error verdict (rule R4): such a message names no author that we could
 * hold it against. */
static struct policy_ruling
rule_beyond_memory(const struct policy_question *q)
{
    struct policy_ruling r = rule_no_author(q);
    r.reason = BEYOND_MEMORY;
    return r;
}

/* The author domain asks to reject, and nothing excuses the message. */
static struct policy_ruling
rule_reject(const struct policy_question *q)
{
    const char *sign;
    switch (q->config->mode) {
    case POLICY_MODE_MONITOR: break; /* rule_fail saw to it */
    case POLICY_MODE_QUARANTINE:
        return overridden(POLICY_QUARANTINE, "the policy is reject; mode quarantine",
                          POLICY_OVERRIDE_LOCAL_POLICY,
                          SCEAU_SLICE("p=reject is treated as quarantine"));
    case POLICY_MODE_REJECT_DIRECT:
        sign = policy_indirect_sign(q->verdict);
        if (sign == NULL)
            return ruling(POLICY_REJECT,
                          "the policy is reject; the mail came directly");
        return overridden(POLICY_QUARANTINE,
                          "the policy is reject; the mail may be indirect",
                          POLICY_OVERRIDE_LOCAL_POLICY, sceau_slice_from(sign));
    case POLICY_MODE_REJECT: break;
    }
    return ruling(POLICY_REJECT, "the policy is reject");
}

/* A forwarder whom the administrator trusts; a list among them is told as one. */
static struct policy_ruling
rule_forwarded(const struct policy_question *q,
               const struct policy_forwarder *forwarder)
{
    bool is_list = policy_names_a_list(q->verdict->header);
    return overridden(POLICY_ACCEPT, "it came through a trusted forwarder",
                      is_list ? POLICY_OVERRIDE_MAILING_LIST
                              : POLICY_OVERRIDE_TRUSTED_FORWARDER,
                      forwarder->domain);
}

/* L5: two signs of a list, one of them proven. Neither refused nor held, and still marked:
 * anyone can have a domain and write List-Id. */
static struct policy_ruling
rule_list_mail(const struct policy_question *q, struct sceau_slice list)
{
    bool asks_reject = q->verdict->dmarc.disposition == SCEAU_DMARC_POLICY_REJECT;
    struct policy_ruling r =
        ruling(POLICY_QUARANTINE, "failed; it came through a mailing list");
    r.is_list_mail = true;
    if (asks_reject)
        r.override = (struct policy_override){POLICY_OVERRIDE_MAILING_LIST, list};
    return r;
}

static bool
spares_lists(enum policy_mode mode)
{
    switch (mode) {
    case POLICY_MODE_QUARANTINE:
    case POLICY_MODE_REJECT_DIRECT: return true;
    case POLICY_MODE_MONITOR:
    case POLICY_MODE_REJECT: break;
    }
    return false;
}

/* What the domain asks for is quarantine or reject; who may be excused? */
static struct policy_ruling
rule_fail(const struct policy_question *q)
{
    struct sceau_slice comment, list;
    const struct policy_forwarder *forwarder;
    const char *exempt = exemption(q);
    if (exempt != NULL)
        return overridden(POLICY_ACCEPT, exempt, POLICY_OVERRIDE_LOCAL_POLICY,
                          sceau_slice_from(exempt));
    forwarder = policy_find_forwarder(q->config, q->facts, q->verdict);
    if (forwarder != NULL)
        return rule_forwarded(q, forwarder);
    switch (policy_arc_excuse(q->arena, q->config, q->verdict, q->facts, &comment)) {
    case POLICY_ARC_EXCUSES:
        return overridden(POLICY_ACCEPT,
                          "a trusted ARC chain says that it passed before",
                          POLICY_OVERRIDE_LOCAL_POLICY, comment);
    case POLICY_ARC_UNDECIDED:
        if (may_tempfail(q))
            return ruling(POLICY_TEMPFAIL, "DNS trouble with a trusted ARC chain");
        break; /* the failure itself is proven */
    case POLICY_ARC_SAYS_NOTHING: break;
    }
    if (q->config->mode == POLICY_MODE_MONITOR)
        return overridden(POLICY_ACCEPT, "failed; mode monitor",
                          POLICY_OVERRIDE_LOCAL_POLICY,
                          SCEAU_SLICE("policies are not applied here"));
    list = policy_find_list_domain(q->verdict);
    if (list.len > 0 && spares_lists(q->config->mode))
        return rule_list_mail(q, list);
    if (q->verdict->dmarc.disposition == SCEAU_DMARC_POLICY_REJECT)
        return rule_reject(q);
    return ruling(POLICY_QUARANTINE, "the policy is quarantine");
}

/* t=y lowers what is asked for by one level (RFC 9989 section 4.7). The report says so when
 * nothing else kept the policy from being applied. */
static void
note_test_mode(const struct sceau_dmarc_outcome *dmarc, struct policy_ruling *r)
{
    if (r->override.type == POLICY_OVERRIDE_NONE && dmarc->disposition < dmarc->policy)
        r->override.type = POLICY_OVERRIDE_POLICY_TEST_MODE;
}

static struct policy_ruling
rule_by_dmarc(const struct policy_question *q)
{
    const struct sceau_dmarc_outcome *dmarc = &q->verdict->dmarc;
    if (q->verdict->author.status != SCEAU_AUTHOR_ONE)
        return rule_no_author(q);
    bool is_error = dmarc->result == SCEAU_DMARC_TEMPERROR ||
                    dmarc->result == SCEAU_DMARC_PERMERROR;
    if (is_error && is_beyond_memory(q))
        return rule_beyond_memory(q);
    switch (dmarc->result) {
    case SCEAU_DMARC_NONE: return ruling(POLICY_ACCEPT, "no DMARC policy");
    case SCEAU_DMARC_PASS: return ruling(POLICY_ACCEPT, "passed");
    case SCEAU_DMARC_PERMERROR:
        return ruling(POLICY_ACCEPT, "the DMARC record cannot be used");
    case SCEAU_DMARC_TEMPERROR: return rule_temperror(q);
    case SCEAU_DMARC_FAIL: break;
    }
    struct policy_ruling r = dmarc->disposition == SCEAU_DMARC_POLICY_NONE
                                 ? ruling(POLICY_ACCEPT, "failed; the policy is none")
                                 : rule_fail(q);
    note_test_mode(dmarc, &r);
    return r;
}

/* May a rule of this host's own refuse it? Those who are exempt and those who forward for us
 * are spared, as from DMARC; so is a list (L5), whose mail fails as honest mail does. */
static bool
is_excused(const struct policy_question *q)
{
    struct sceau_slice comment;
    return exemption(q) != NULL ||
           policy_find_forwarder(q->config, q->facts, q->verdict) != NULL ||
           policy_find_list_domain(q->verdict).len > 0 ||
           policy_arc_excuse(q->arena, q->config, q->verdict, q->facts, &comment) ==
               POLICY_ARC_EXCUSES;
}

/* Could an answer that DNS did not give have proven the message? Then nothing is held against
 * it (rule R7). */
static bool
is_undecided(const struct sceau_verdict *v)
{
    for (size_t i = 0; i < v->dkim_count; i++) {
        if (v->dkim[i].result == SCEAU_DKIM_TEMPERROR)
            return true;
    }
    return v->spf_mail_from.result == SCEAU_SPF_TEMPERROR ||
           v->dmarc.result == SCEAU_DMARC_TEMPERROR;
}

/* P10: it names one of our domains as its author's, comes from outside, and neither a
 * signature nor SPF of that domain agrees, whatever its record says. */
static bool
claims_own_domain(const struct policy_question *q)
{
    const struct sceau_verdict *v = q->verdict;
    const struct policy_names *own = &q->config->own_domains;
    bool spf_proves = v->spf_mail_from.result == SCEAU_SPF_PASS &&
                      scope_covers_domain(own, v->spf_mail_from.domain);
    return v->author.status == SCEAU_AUTHOR_ONE &&
           scope_covers_domain(own, v->author.domain) &&
           v->dmarc.result != SCEAU_DMARC_PASS && !spf_proves &&
           scope_find_signer(own, v).len == 0 && !is_undecided(v) && !is_excused(q);
}

struct policy_ruling
policy_rule(const struct policy_question *q)
{
    struct policy_ruling r;
    bool claims_own = claims_own_domain(q);
    if (q->config->refuse_spf_fail &&
        q->verdict->spf_mail_from.result == SCEAU_SPF_FAIL && !is_excused(q)) {
        r = ruling(POLICY_REJECT, "SPF says fail");
        r.cause = POLICY_CAUSE_SPF;
    } else if (claims_own && q->config->refuse_own_domains) {
        r = ruling(POLICY_REJECT, "it claims a domain of this host");
        r.cause = POLICY_CAUSE_OWN_DOMAIN;
    } else {
        r = rule_by_dmarc(q);
    }
    r.claims_own_domain = claims_own;
    return r;
}
