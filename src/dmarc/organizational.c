/* RFC 9989 section 4.10.2: of the records that one walk retrieved, from the longest
 * name to the shortest, which names the organization? */
#include "organizational.h"

#include "core/domain.h"
#include "core/trace.h"

#include <assert.h>

#define TOLD N_("organizational domain of {domain}: {organization} ({reason})")

struct dmarc_method
dmarc_method_for(struct dmarc_lookups *lookups, enum sceau_dmarc_discovery discovery,
                 const struct sceau_psl *psl)
{
    bool by_list = discovery == SCEAU_DMARC_PSL;
    assert(!by_list || psl != NULL);
    return (struct dmarc_method){.lookups = lookups, .psl = by_list ? psl : NULL};
}

struct sceau_slice
dmarc_organizational_of(struct sceau_context *context, const struct dmarc_walk *walk)
{
    struct sceau_slice start = walk->names[0]->domain;
    struct sceau_slice organizational = start;
    const char *why = N_("no record above or here: the domain itself");
    for (size_t i = 0; i < walk->count; i++) {
        const struct dmarc_name *name = walk->names[i];
        if (name->finding != DMARC_RECORD)
            continue;
        if (name->record->psd == SCEAU_DMARC_PSD_Y && i > 0) {
            /* Rule 2, one label below, with or without a record of its own. At the
             * start itself psd=y pushes nothing down: rule 3. */
            organizational = domain_last_labels(start, domain_labels(name->domain) + 1);
            why = N_("one label below the record with psd=y");
            break;
        }
        organizational = name->domain; /* rule 3, until a shorter one comes */
        why = N_("the record with the fewest labels");
        if (name->record->psd == SCEAU_DMARC_PSD_N) {
            why = N_("its record says psd=n"); /* rule 1 */
            break;
        }
    }
    TRACE(context, TOLD, TRACE_SLICE("domain", start),
          TRACE_SLICE("organization", organizational), TRACE_PHRASE("reason", why));
    return organizational;
}

/* RFC 7489 section 3.2. A domain that is a public suffix is its own organization. */
static struct sceau_slice
organizational_by_list(const struct dmarc_method *method, struct sceau_slice domain)
{
    struct sceau_context *context = method->lookups->context;
    struct sceau_slice organizational =
        sceau_psl_organizational(method->psl, context->arena, domain);
    if (organizational.len == 0)
        organizational = domain;
    TRACE(context, TOLD, TRACE_SLICE("domain", domain),
          TRACE_SLICE("organization", organizational),
          TRACE_PHRASE("reason", N_("public suffix list")));
    return organizational;
}

bool
dmarc_organizational_find(const struct dmarc_method *method, struct sceau_slice domain,
                          struct sceau_slice *organizational,
                          const struct dmarc_name **open)
{
    struct dmarc_walk walk;
    if (method->psl != NULL) {
        *organizational = organizational_by_list(method, domain);
        return true;
    }
    dmarc_walk_from(method->lookups, domain, &walk);
    if (!walk.is_open) {
        *organizational = dmarc_organizational_of(method->lookups->context, &walk);
        return true;
    }
    if (open != NULL)
        *open = walk.names[walk.count - 1];
    return false;
}
