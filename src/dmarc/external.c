/* May reports about a domain go to a host of somebody else? (RFC 9990 section 4; RFC
 * 9991 section 5 for failure reports.) Without this a record could aim the world's
 * reports at a victim. */
#include "align.h"
#include "core/domain.h"
#include "core/text.h"
#include "core/trace.h"
#include "record.h"
#include "uri.h"

/* Steps 2 and 3: the domain of the policy, "_report._dmarc", the destination host. */
static struct sceau_slice
authorization_name(struct sceau_arena *arena, struct sceau_slice domain,
                   struct sceau_slice destination)
{
    struct sceau_slice prefix =
        domain_join(arena, domain, SCEAU_SLICE("_report._dmarc"));
    return prefix.ptr != NULL ? domain_join(arena, prefix, destination) : SLICE_NONE;
}

/* Do all these URIs stay with the host that was asked? */
static bool
stay_with(struct sceau_arena *arena, const struct sceau_slice *uris, size_t count,
          struct sceau_slice destination)
{
    for (size_t i = 0; i < count; i++) {
        struct dmarc_uri uri;
        if (dmarc_uri_parse(arena, uris[i], &uri) != SCEAU_OK ||
            !slice_eq_ci(uri.host, destination))
            return false;
    }
    return true;
}

/* What the records at the authorization name say. */
struct authorization {
    bool is_given;      /* step 8: one record that reads is enough */
    bool leads_astray;  /* an override names another host: send to neither */
    bool has_no_memory; /* nothing is known */
    const struct sceau_dmarc_record *replacement;
};

/* Steps 6 to 9 for one TXT record. p does not matter here. */
static void
read_authorization(struct sceau_arena *arena, struct sceau_slice text,
                   struct sceau_slice destination, struct authorization *given)
{
    struct sceau_dmarc_record *record = sceau_arena_alloc(arena, sizeof *record);
    enum sceau_status status = SCEAU_E_LIMIT;
    if (!dmarc_record_is_dmarc1(text) || text.len > SCEAU_DMARC_RECORD_MAX)
        return;
    if (record != NULL)
        status = sceau_dmarc_record_parse(arena, text, record, NULL);
    if (status == SCEAU_E_LIMIT)
        given->has_no_memory = true;
    if (status != SCEAU_OK)
        return;
    given->is_given = true;
    if (!stay_with(arena, record->rua, record->rua_count, destination) ||
        !stay_with(arena, record->ruf, record->ruf_count, destination))
        given->leads_astray = true;
    if (given->replacement == NULL && record->rua_count + record->ruf_count > 0)
        given->replacement = record;
}

/* Steps 2 to 9. */
static enum sceau_status
ask_destination(struct sceau_context *context, struct sceau_slice domain,
                struct sceau_slice destination, struct authorization *given,
                const char **reason)
{
    struct sceau_dns_answer answer;
    struct sceau_slice name = authorization_name(context->arena, domain, destination);
    *reason = N_("DNS could not tell whether the destination agrees");
    if (name.ptr == NULL)
        return SCEAU_E_SYSTEM;
    sceau_dns_lookup(context, name, SCEAU_DNS_TXT, &answer);
    if (sceau_dns_is_trouble(answer.status))
        return SCEAU_E_SYSTEM;
    for (size_t i = 0; answer.status == SCEAU_DNS_OK && i < answer.count; i++)
        read_authorization(context->arena, answer.rrs[i].text, destination, given);
    if (given->has_no_memory)
        return SCEAU_E_SYSTEM;
    if (answer.status == SCEAU_DNS_INVALID)
        *reason = N_("the name to ask is longer than DNS allows");
    else if (given->leads_astray)
        *reason = N_("the destination sends the reports on to another host");
    else if (given->is_given)
        *reason = N_("the destination published its consent");
    else
        *reason = N_("the destination has published no consent");
    return SCEAU_OK;
}

enum sceau_status
sceau_dmarc_external_accepts(struct sceau_context *context, struct sceau_slice domain,
                             struct sceau_slice destination, bool *accepts,
                             const struct sceau_dmarc_record **replacement,
                             const char **reason)
{
    struct dmarc_lookups lookups = {.context = context};
    struct dmarc_method method = dmarc_method_for(&lookups, SCEAU_DMARC_TREEWALK, NULL);
    struct dmarc_author owner = {.method = &method};
    struct authorization given = {0};
    struct sceau_slice host;
    const char *why = N_("the host of the URI is no domain name");
    enum sceau_status status = SCEAU_OK;
    *accepts = false;
    if (replacement != NULL)
        *replacement = NULL;
    if (domain_normal(context->arena, domain, &owner.domain) &&
        domain_normal(context->arena, destination, &host)) {
        switch (dmarc_align(&owner, host, SCEAU_DMARC_RELAXED)) {
        case DMARC_ALIGNED:
            why = N_("the destination belongs to the same organization");
            *accepts = true;
            break;
        case DMARC_NOT_ALIGNED:
            status = ask_destination(context, owner.domain, host, &given, &why);
            *accepts = given.is_given && !given.leads_astray;
            break;
        case DMARC_ALIGNMENT_OPEN:
            why = N_("DNS could not tell whether the destination is external");
            status = SCEAU_E_SYSTEM;
            break;
        }
    }
    if (*accepts && replacement != NULL)
        *replacement = given.replacement;
    if (reason != NULL)
        *reason = why;
    TRACE(context, N_("reports about {domain} at {destination}: {reason}"),
          TRACE_SLICE("domain", domain), TRACE_SLICE("destination", destination),
          TRACE_PHRASE("reason", why));
    return status;
}
