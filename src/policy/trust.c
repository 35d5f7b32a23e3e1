/* The local policy override by ARC. A valid chain says who sealed and that nothing changed
 * since, not that any of it is true: only sealers the administrator names are believed, and
 * only without an untrusted one above them, who could have edited the message and sealed
 * again.
 *
 * This is the one place where a verdict is read from header text (rule R2's exception): the
 * text is protected by the seals, and by whom we trust. */
#include "trust.h"

#include "authres/authres.h"
#include "core/domain.h"
#include "scope.h"

bool
policy_sealer_is_trusted(const struct policy_config *config,
                         const struct policy_facts *facts, struct sceau_slice domain)
{
    for (size_t i = 0; i < config->sealer_count; i++) {
        const struct policy_sealer *s = &config->sealers[i];
        if (facts->now < s->until && slice_eq_ci(s->domain, domain) &&
            (s->recipients.count == 0 ||
             scope_covers_recipients(&s->recipients, facts)))
            return true;
    }
    return false;
}

/* Is it "dmarc", and about this author? Without header.from it says nothing: a sealer that
 * saw several authors could have meant another. */
static bool
is_about(struct sceau_arena *arena, const struct authres_result_read *result,
         struct sceau_slice author)
{
    if (!slice_eq(result->method, SCEAU_SLICE("dmarc")))
        return false;
    for (size_t i = 0; i < result->property_count; i++) {
        const struct authres_property_read *p = &result->properties[i];
        struct sceau_slice domain;
        if (slice_eq_ci(p->ptype, SCEAU_SLICE("header")) &&
            slice_eq_ci(p->property, SCEAU_SLICE("from")) &&
            domain_normal(arena, p->value, &domain))
            return slice_eq(domain, author);
    }
    return false;
}

/* Do the results that a sealer stored say dmarc=pass for this author, and nothing else? */
static bool
says_dmarc_pass(struct sceau_arena *arena, struct sceau_slice results,
                struct sceau_slice author)
{
    struct authres stored;
    if (authres_parse(arena, results, &stored, NULL) != SCEAU_OK)
        return false;
    bool has_pass = false;
    for (size_t i = 0; i < stored.result_count; i++) {
        if (!is_about(arena, &stored.results[i], author))
            continue;
        if (!slice_eq(stored.results[i].result, SCEAU_SLICE("pass")))
            return false;
        has_pass = true;
    }
    return has_pass;
}

/* From the newest set down, as far as trust reaches. */
static bool
trusted_sets_say_pass(struct sceau_arena *arena, const struct policy_config *config,
                      const struct sceau_verdict *verdict,
                      const struct policy_facts *facts)
{
    const struct sceau_arc_outcome *arc = &verdict->arc;
    for (size_t i = arc->set_count; i > 0; i--) {
        const struct sceau_arc_set *set = &arc->sets[i - 1];
        if (!policy_sealer_is_trusted(config, facts, set->seal_domain))
            return false;
        if (says_dmarc_pass(arena, set->results, verdict->author.domain))
            return true;
    }
    return false;
}

/* Where the first sealer says that the message came from (RFC 8617 section 7.2.2), when it
 * says so and it is an address. */
static bool
find_origin(struct sceau_arena *arena, const struct sceau_arc_set *first,
            struct sceau_ip *ip)
{
    struct authres stored;
    if (authres_parse(arena, first->results, &stored, NULL) != SCEAU_OK)
        return false;
    for (size_t i = 0; i < stored.result_count; i++) {
        for (size_t k = 0; k < stored.results[i].property_count; k++) {
            const struct authres_property_read *p = &stored.results[i].properties[k];
            if (slice_eq_ci(p->ptype, SCEAU_SLICE("smtp")) &&
                slice_eq_ci(p->property, SCEAU_SLICE("remote-ip")) &&
                sceau_ip_parse(p->value, ip))
                return true;
        }
    }
    return false;
}

static struct sceau_slice
describe_chain(struct sceau_arena *arena, const struct sceau_arc_outcome *arc)
{
    struct text out = text_new(arena, SIZE_MAX);
    struct sceau_ip origin;
    char ip[SCEAU_IP_TEXT];
    text_string(&out, "arc=pass");
    for (size_t i = arc->set_count; i > 0; i--) {
        const struct sceau_arc_set *set = &arc->sets[i - 1];
        text_format(&out, " as[%u].d=", set->instance);
        text_escaped(&out, set->seal_domain);
        text_format(&out, " as[%u].s=", set->instance);
        text_escaped(&out, set->seal_selector);
    }
    if (find_origin(arena, &arc->sets[0], &origin)) {
        sceau_ip_format(&origin, ip);
        text_format(&out, " remote-ip[1]=%s", ip);
    }
    return text_done(&out);
}

enum policy_arc_finding
policy_arc_excuse(struct sceau_arena *arena, const struct policy_config *config,
                  const struct sceau_verdict *verdict, const struct policy_facts *facts,
                  struct sceau_slice *comment)
{
    enum sceau_arc_result result = verdict->arc.result;
    *comment = SLICE_NONE;
    if (result != SCEAU_ARC_PASS && result != SCEAU_ARC_TEMPERROR)
        return POLICY_ARC_SAYS_NOTHING;
    if (!trusted_sets_say_pass(arena, config, verdict, facts))
        return POLICY_ARC_SAYS_NOTHING;
    if (result == SCEAU_ARC_TEMPERROR)
        return POLICY_ARC_UNDECIDED;
    *comment = describe_chain(arena, &verdict->arc);
    return POLICY_ARC_EXCUSES;
}
