/* RFC 9989 section 4.10.1. The record to be applied is the first there is of:
 *
 *     the Author Domain's,
 *     its Organizational Domain's,
 *     its Public Suffix Domain's.
 *
 * Records at names between the first two count for the organizational domain (section
 * 4.10.2) and for nothing else. What the record asks for is told in check.c. */
#include "discover.h"

#include "core/trace.h"
#include "language/language.h"

#define NO_RECORD N_("no DMARC record was found")
#define SEVERAL   N_("several DMARC records at one name: all are discarded")
#define MALFORMED N_("a tag occurs twice in the DMARC record")
#define VOID      N_("the DMARC record has neither a valid p nor a valid rua")
#define OVERLONG  N_("the DMARC record is longer than 16 KiB")
#define TROUBLE   N_("DNS gave no answer for the DMARC record")

enum sceau_dmarc_result
dmarc_error_of(const struct dmarc_name *open)
{
    return open->finding == DMARC_OVERLONG ? SCEAU_DMARC_PERMERROR
                                           : SCEAU_DMARC_TEMPERROR;
}

static void
note_query(struct dmarc_policy *policy, const struct dmarc_name *name)
{
    if (name->was_asked)
        policy->queries[policy->query_count++] = name->query;
}

/* No record applies, and why. What was malformed explains more than what was missing.
 */
static void
settle_without(struct dmarc_policy *policy, const struct dmarc_name *const *names,
               size_t count)
{
    policy->result = SCEAU_DMARC_NONE;
    policy->reason = NO_RECORD;
    for (size_t i = 0; i < count; i++) {
        switch (names[i]->finding) {
        case DMARC_NO_RECORD:
        case DMARC_RECORD: break;
        case DMARC_SEVERAL:
            if (policy->result == SCEAU_DMARC_NONE)
                policy->reason = SEVERAL;
            break;
        case DMARC_MALFORMED:
            policy->result = SCEAU_DMARC_PERMERROR;
            policy->reason = MALFORMED;
            break;
        case DMARC_OVERLONG:
            policy->result = dmarc_error_of(names[i]);
            policy->reason = OVERLONG;
            return;
        case DMARC_TROUBLE:
            policy->result = dmarc_error_of(names[i]);
            policy->reason = TROUBLE;
            return;
        }
    }
}

/* This record applies, unless it is one that asks for nothing: then "the Mail Receiver
 * applies no DMARC processing to this message", and we say permerror, as section 9.2
 * has it for an improperly formatted record. No record further up takes its place. */
static void
settle_with(struct dmarc_policy *policy, const struct dmarc_name *name,
            const char *whose)
{
    policy->source = name->record->is_void ? NULL : name;
    policy->result = SCEAU_DMARC_PERMERROR;
    policy->reason = name->record->is_void ? VOID : whose;
}

/* The author domain's own record. A psd tag in it ends the walk, so the organizational
 * domain needs no further question. */
static void
settle_with_own(struct dmarc_policy *policy, const struct dmarc_name *own)
{
    settle_with(policy, own, N_("the author domain's record"));
    if (own->record->psd != SCEAU_DMARC_PSD_U)
        policy->organizational_domain = own->domain;
}

/* The record of that domain among the names of a walk. */
static const struct dmarc_name *
record_at(const struct dmarc_walk *walk, struct sceau_slice domain)
{
    for (size_t i = 0; i < walk->count; i++) {
        if (walk->names[i]->finding == DMARC_RECORD &&
            slice_eq_ci(walk->names[i]->domain, domain))
            return walk->names[i];
    }
    return NULL;
}

/* The Public Suffix Domain: psd=y ends a walk, so it stands last. */
static const struct dmarc_name *
psd_record(const struct dmarc_walk *walk)
{
    const struct dmarc_name *last = walk->names[walk->count - 1];
    bool is_psd =
        last->finding == DMARC_RECORD && last->record->psd == SCEAU_DMARC_PSD_Y;
    return is_psd ? last : NULL;
}

static void
discover_by_walk(const struct dmarc_method *method, struct sceau_slice author,
                 struct dmarc_policy *policy)
{
    struct dmarc_lookups *lookups = method->lookups;
    const struct dmarc_name *own = dmarc_ask(lookups, author);
    struct dmarc_walk walk;
    if (own->finding == DMARC_RECORD || dmarc_is_open(own)) {
        note_query(policy, own);
        if (own->finding == DMARC_RECORD)
            settle_with_own(policy, own);
        else
            settle_without(policy, &own, 1);
        return;
    }
    dmarc_walk_from(lookups, author, &walk);
    for (size_t i = 0; i < walk.count; i++)
        note_query(policy, walk.names[i]);
    if (walk.is_open) {
        settle_without(policy, walk.names, walk.count);
        return;
    }
    policy->organizational_domain = dmarc_organizational_of(lookups->context, &walk);
    const struct dmarc_name *of_organization =
        record_at(&walk, policy->organizational_domain);
    if (of_organization != NULL)
        settle_with(policy, of_organization, N_("the organizational domain's record"));
    else if (psd_record(&walk) != NULL)
        settle_with(policy, psd_record(&walk), N_("the public suffix domain's record"));
    else
        settle_without(policy, walk.names, walk.count);
}

/* RFC 7489 section 6.6.3: the author domain, then the organizational domain and nothing
 * else. Several records at a name end the search (step 5). */
static void
discover_by_list(const struct dmarc_method *method, struct sceau_slice author,
                 struct dmarc_policy *policy)
{
    const struct dmarc_name *names[2] = {dmarc_ask(method->lookups, author), NULL};
    size_t count = 1;
    note_query(policy, names[0]);
    dmarc_organizational_find(method, author, &policy->organizational_domain, NULL);
    if (names[0]->finding == DMARC_NO_RECORD &&
        !slice_eq_ci(policy->organizational_domain, author)) {
        names[count++] = dmarc_ask(method->lookups, policy->organizational_domain);
        note_query(policy, names[1]);
    }
    if (names[count - 1]->finding == DMARC_RECORD)
        settle_with(policy, names[count - 1],
                    count == 1 ? N_("the author domain's record")
                               : N_("the organizational domain's record"));
    else
        settle_without(policy, names, count);
}

void
dmarc_discover(const struct dmarc_method *method, struct sceau_slice author,
               struct dmarc_policy *policy)
{
    struct sceau_context *context = method->lookups->context;
    *policy = (struct dmarc_policy){.result = SCEAU_DMARC_NONE};
    TRACE(context,
          method->psl != NULL
              ? N_("policy of {domain} (RFC 7489 section 6.6.3, public suffix list)")
              : N_("policy of {domain} (RFC 9989 section 4.10.1, tree walk)"),
          TRACE_SLICE("domain", author));
    trace_enter(context);
    if (method->psl != NULL)
        discover_by_list(method, author, policy);
    else
        discover_by_walk(method, author, policy);
    trace_leave(context);
    if (policy->source != NULL)
        TRACE(context, N_("in force is {record}: _dmarc.{domain}"),
              TRACE_PHRASE("record", policy->reason),
              TRACE_SLICE("domain", policy->source->domain));
    else
        TRACE(context, N_("{result}: {reason}"),
              TRACE_NAME("result", sceau_dmarc_result_name(policy->result)),
              TRACE_PHRASE("reason", policy->reason));
}
