/* Trusted forwarders and other people's lists. RFC 9989 section 7.4, RFC 7960 section 3.2.
 *
 * A list is believed to be one by two signs that agree: a domain that a signature or SPF
 * proves, and the same domain in List-Id (RFC 2919) or List-Post (RFC 2369). Anyone can make
 * both for a domain of his own; so it keeps mail from being refused or held, and no more. */
#include "forward.h"

#include "core/domain.h"
#include "scope.h"

#define LIST_FIELDS_READ 8 /* of a header: nested lists have one or two */

const struct policy_forwarder *
policy_find_forwarder(const struct policy_config *config,
                      const struct policy_facts *facts,
                      const struct sceau_verdict *verdict)
{
    for (size_t i = 0; i < config->forwarder_count; i++) {
        const struct policy_forwarder *f = &config->forwarders[i];
        const struct policy_names name = {&f->domain, 1};
        bool is_proven = scope_find_signer(&name, verdict).len > 0 ||
                         scope_find_spf(&name, verdict).len > 0;
        if (is_proven && facts->now < f->until &&
            (f->networks.count == 0 || scope_covers_client(&f->networks, facts)) &&
            (f->recipients.count == 0 ||
             scope_covers_recipients(&f->recipients, facts)))
            return f;
    }
    return NULL;
}

static bool
is_list_field(const struct sceau_field *field)
{
    return slice_eq_ci(field->name, SCEAU_SLICE("List-Id")) ||
           slice_eq_ci(field->name, SCEAU_SLICE("List-Post"));
}

bool
policy_names_a_list(const struct sceau_header *header)
{
    for (size_t i = 0; i < header->count; i++) {
        if (is_list_field(&header->fields[i]))
            return true;
    }
    return false;
}

/* What stands between the last angle brackets: "dev.lists.example.org", or of
 * "mailto:dev@lists.example.org?subject=x" the domain. Not askable when it is neither. */
static struct sceau_slice
list_domain_of(const struct sceau_field *field)
{
    struct sceau_slice body = field->body;
    size_t from = slice_find_last(body, '<');
    if (from == body.len)
        return SLICE_NONE;
    body = slice_skip(body, from + 1);
    body.len = slice_find(body, '>');
    body.len = slice_find(body, '?');
    size_t at = slice_find_last(body, '@');
    if (at < body.len)
        body = slice_skip(body, at + 1);
    body = slice_trim(body);
    return domain_is_ldh(body) && domain_labels(body) >= 2 ? body : SLICE_NONE;
}

/* Is the proven name the list's, or that of the host it is a part of? One label (a top-level
 * domain) proves nothing. */
static bool
is_domain_of_list(struct sceau_slice proven, struct sceau_slice list)
{
    return domain_labels(proven) >= 2 &&
           (domain_is_within(list, proven) || domain_is_within(proven, list));
}

/* The first proven domain that belongs to the list's. */
static struct sceau_slice
find_proof(const struct sceau_verdict *v, struct sceau_slice list)
{
    const struct sceau_spf_outcome *const checks[] = {&v->spf_mail_from, &v->spf_helo};
    for (size_t i = 0; i < v->dkim_count; i++) {
        if (v->dkim[i].result == SCEAU_DKIM_PASS &&
            is_domain_of_list(v->dkim[i].domain, list))
            return v->dkim[i].domain;
    }
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        if (checks[i]->result == SCEAU_SPF_PASS && !checks[i]->is_permissive &&
            is_domain_of_list(checks[i]->domain, list))
            return checks[i]->domain;
    }
    return SLICE_NONE;
}

struct sceau_slice
policy_find_list_domain(const struct sceau_verdict *verdict)
{
    const struct sceau_header *header = verdict->header;
    size_t seen = 0;
    for (size_t i = 0; i < header->count && seen < LIST_FIELDS_READ; i++) {
        if (!is_list_field(&header->fields[i]))
            continue;
        seen++;
        struct sceau_slice list = list_domain_of(&header->fields[i]);
        struct sceau_slice proof =
            list.len > 0 ? find_proof(verdict, list) : SLICE_NONE;
        if (proof.len > 0)
            return proof;
    }
    return SLICE_NONE;
}
