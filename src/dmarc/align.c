/* RFC 9989 section 4.4: strict alignment is the same name, relaxed alignment the same
 * Organizational Domain. Section 4.10.2 says when no walk is needed; two facts save
 * more of them: a name is in one organization with itself, and an organizational domain
 * is the domain or one of its ancestors, so a name outside the author's organization
 * need not be walked from. That also keeps a stranger's slow DNS out of the verdict. */
#include "align.h"

#include "core/domain.h"
#include "core/trace.h"

static bool
have_common_ancestor(struct sceau_slice a, struct sceau_slice b)
{
    return slice_eq_ci(domain_last_labels(a, 1), domain_last_labels(b, 1));
}

static bool
find_author_organization(struct dmarc_author *author)
{
    return author->organizational.len > 0 ||
           dmarc_organizational_find(author->method, author->domain,
                                     &author->organizational, &author->open);
}

static enum dmarc_aligned
align_relaxed(struct dmarc_author *author, struct sceau_slice identifier,
              const char **why)
{
    struct sceau_slice organizational;
    *why = N_("no common ancestor");
    if (!have_common_ancestor(author->domain, identifier))
        return DMARC_NOT_ALIGNED;
    *why = N_("DNS could not tell");
    if (!find_author_organization(author))
        return DMARC_ALIGNMENT_OPEN;
    *why = N_("outside the author's organization");
    if (!domain_is_within(identifier, author->organizational))
        return DMARC_NOT_ALIGNED;
    *why = N_("DNS could not tell");
    if (!dmarc_organizational_find(author->method, identifier, &organizational,
                                   &author->open))
        return DMARC_ALIGNMENT_OPEN;
    bool is_same = slice_eq_ci(organizational, author->organizational);
    *why = is_same ? N_("one organization") : N_("two organizations");
    return is_same ? DMARC_ALIGNED : DMARC_NOT_ALIGNED;
}

/* Names are compared as RFC 4343 has it. */
static enum dmarc_aligned
align_by(struct dmarc_author *author, struct sceau_slice identifier,
         enum sceau_dmarc_alignment mode, const char **why)
{
    *why = N_("the same name");
    if (slice_eq_ci(identifier, author->domain))
        return DMARC_ALIGNED;
    switch (mode) {
    case SCEAU_DMARC_RELAXED: return align_relaxed(author, identifier, why);
    case SCEAU_DMARC_STRICT: *why = N_("not the same name"); return DMARC_NOT_ALIGNED;
    }
    return DMARC_NOT_ALIGNED;
}

static const char *
aligned_text(enum dmarc_aligned aligned)
{
    switch (aligned) {
    case DMARC_NOT_ALIGNED:
        return N_("{name} and {other}: not aligned ({mode}: {reason})");
    case DMARC_ALIGNED: return N_("{name} and {other}: aligned ({mode}: {reason})");
    case DMARC_ALIGNMENT_OPEN:
        return N_("{name} and {other}: alignment is not known ({mode}: {reason})");
    }
    return "";
}

enum dmarc_aligned
dmarc_align(struct dmarc_author *author, struct sceau_slice identifier,
            enum sceau_dmarc_alignment mode)
{
    const char *why;
    enum dmarc_aligned aligned = align_by(author, identifier, mode, &why);
    TRACE(author->method->lookups->context, aligned_text(aligned),
          TRACE_SLICE("name", identifier), TRACE_SLICE("other", author->domain),
          TRACE_NAME("mode", mode == SCEAU_DMARC_STRICT ? "strict" : "relaxed"),
          TRACE_PHRASE("reason", why));
    return aligned;
}

enum sceau_status
sceau_dmarc_aligned(struct sceau_context *context, enum sceau_dmarc_discovery discovery,
                    const struct sceau_psl *psl, struct sceau_slice a,
                    struct sceau_slice b, enum sceau_dmarc_alignment mode,
                    bool *is_aligned)
{
    struct dmarc_lookups lookups = {.context = context};
    struct dmarc_method method = dmarc_method_for(&lookups, discovery, psl);
    struct dmarc_author author = {.method = &method};
    struct sceau_slice identifier;
    *is_aligned = false;
    if (!domain_normal(context->arena, a, &author.domain) ||
        !domain_normal(context->arena, b, &identifier))
        return SCEAU_OK; /* what is no domain is aligned with nothing */
    enum dmarc_aligned aligned = dmarc_align(&author, identifier, mode);
    *is_aligned = aligned == DMARC_ALIGNED;
    return aligned == DMARC_ALIGNMENT_OPEN ? SCEAU_E_SYSTEM : SCEAU_OK;
}

enum sceau_status
sceau_dmarc_organizational_domain(struct sceau_context *context,
                                  enum sceau_dmarc_discovery discovery,
                                  const struct sceau_psl *psl,
                                  struct sceau_slice domain,
                                  struct sceau_slice *organizational)
{
    struct dmarc_lookups lookups = {.context = context};
    struct dmarc_method method = dmarc_method_for(&lookups, discovery, psl);
    struct sceau_slice name;
    *organizational = SLICE_NONE;
    if (!domain_normal(context->arena, domain, &name))
        return SCEAU_E_SYNTAX;
    return dmarc_organizational_find(&method, name, organizational, NULL)
               ? SCEAU_OK
               : SCEAU_E_SYSTEM;
}
