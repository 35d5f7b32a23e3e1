/* The identity to check, cut into its parts. One normal form of the domain goes to DNS, to
 * the macros and to whoever compares it later, so nobody sees two forms of one name. */
#include "identity.h"

#include "core/domain.h"
#include "core/text.h"

/* Section 4.3: a name of several labels, none empty or over 63 octets. What is no host name
 * either ("a.test; dmarc=pass", "[192.0.2.1]") is never asked. */
static struct sceau_slice
valid_domain(struct sceau_arena *arena, struct sceau_slice text)
{
    struct sceau_slice name;
    if (!domain_normal(arena, text, &name) || domain_labels(name) < 2)
        return SCEAU_SLICE("");
    return name;
}

/* RFC 8616 section 4: U-labels become A-labels before a macro sees them. A HELO that is no
 * name stays as it was said. */
static struct sceau_slice
without_u_labels(struct sceau_arena *arena, struct sceau_slice helo)
{
    struct sceau_slice name;
    return !slice_is_ascii(helo) && domain_normal(arena, helo, &name) ? name : helo;
}

bool
spf_identity_init(struct spf_identity *identity, struct sceau_arena *arena,
                  const struct sceau_spf_query *query)
{
    /* Section 2.3, and section 2.4 for the null path: postmaster@HELO. */
    struct sceau_slice local_part = SLICE_NONE, domain = query->helo;
    if (query->identity == SCEAU_SPF_MAIL_FROM && query->sender.len > 0) {
        /* The last "@": a quoted local part may hold others. */
        size_t at = slice_find_last(query->sender, '@');
        bool has_at = at < query->sender.len;
        local_part = slice_sub(query->sender, 0, has_at ? at : 0);
        domain = slice_skip(query->sender, has_at ? at + 1 : 0);
    }
    if (local_part.len == 0)
        local_part = SCEAU_SLICE("postmaster"); /* section 4.3 */
    struct text sender = text_new(arena, SIZE_MAX);
    *identity = (struct spf_identity){
        .local_part = local_part,
        .domain = valid_domain(arena, domain),
        .helo = without_u_labels(arena, query->helo),
        .is_ascii = slice_is_ascii(local_part),
    };
    text_slice(&sender, local_part);
    text_octet(&sender, '@');
    text_slice(&sender, identity->domain);
    identity->sender = text_done(&sender);
    return identity->sender.ptr != NULL;
}
