/* The evidence rules of reject-direct, one function each, in a table. RFC 9989 section 7.4:
 * p=reject alone must not make a receiver refuse; what honest indirect mail looks like
 * (RFC 7960 sections 3 and 4) is the other knowledge asked for. */
#include "direct.h"

#include "core/domain.h"

/* Only a record that says "not from there" is evidence: softfail, neutral, none and
 * errors leave open who sent the message. */
static bool
spf_is_not_fail(const struct sceau_verdict *v)
{
    return v->spf_mail_from.result != SCEAU_SPF_FAIL;
}

/* A forwarder that uses its own name for HELO and leaves MAIL FROM as it was. */
static bool
helo_passes(const struct sceau_verdict *v)
{
    return v->spf_helo.result == SCEAU_SPF_PASS;
}

/* Even a broken one: a list or gateway that changes text leaves it behind. */
static bool
has_signature_of_author(const struct sceau_verdict *v)
{
    struct sceau_slice home = v->dmarc.organizational_domain.len > 0
                                  ? v->dmarc.organizational_domain
                                  : v->author.domain;
    for (size_t i = 0; i < v->dkim_count; i++) {
        if (v->dkim[i].domain.len > 0 && domain_is_within(v->dkim[i].domain, home))
            return true;
    }
    return false;
}

static bool
has_passing_signature(const struct sceau_verdict *v)
{
    for (size_t i = 0; i < v->dkim_count; i++) {
        if (v->dkim[i].result == SCEAU_DKIM_PASS)
            return true;
    }
    return false;
}

static bool
has_arc(const struct sceau_verdict *v)
{
    return v->arc.instances > 0 || v->arc.result != SCEAU_ARC_NONE;
}

/* Fields of RFC 2369, 2919, 5064, of list programs, and of redirection (RFC 5322 section
 * 3.6.6). */
static bool
has_list_field(const struct sceau_verdict *v)
{
    static const char *const prefixes[] = {"List-", "Resent-", "X-Mailman-",
                                           "X-BeenThere"};
    static const char *const names[] = {"Mailing-List",   "X-Mailing-List",
                                        "Archived-At",    "X-List",
                                        "X-Forwarded-To", "X-Forwarded-For",
                                        "X-Loop",         "Errors-To"};
    for (size_t i = 0; i < v->header->count; i++) {
        struct sceau_slice name = v->header->fields[i].name;
        for (size_t k = 0; k < sizeof prefixes / sizeof *prefixes; k++) {
            if (slice_starts_ci(name, sceau_slice_from(prefixes[k])))
                return true;
        }
        for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
            if (slice_eq_ci(name, sceau_slice_from(names[k])))
                return true;
        }
    }
    return false;
}

static const struct {
    bool (*is_seen)(const struct sceau_verdict *verdict);
    const char *sign;
} signs[] = {
    {spf_is_not_fail,         "SPF does not say fail"             },
    {helo_passes,             "the HELO name passes SPF"          },
    {has_signature_of_author, "a signature of the author's domain"},
    {has_passing_signature,   "a passing signature of a third"    },
    {has_arc,                 "an ARC chain"                      },
    {has_list_field,          "fields of a list or forwarder"     },
};

const char *
policy_indirect_sign(const struct sceau_verdict *verdict)
{
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (signs[i].is_seen(verdict))
            return signs[i].sign;
    }
    return NULL;
}
