#include "observation.h"

#include "core/domain.h"
#include "policy/policy.h"
#include "report/aggregate_write.h"

/* ---- a message as a record ---- */

static bool
is_refused_by_its_policy(const struct record_message *m)
{
    return m->dmarc_result == SCEAU_DMARC_FAIL &&
           m->dmarc_policy == SCEAU_DMARC_POLICY_REJECT;
}

bool
observation_is_reported(const struct record_message *m, bool refused_too)
{
    if (m->is_unverified || !domain_is_ldh(m->policy_domain) ||
        (!slice_eq(m->author_domain, m->policy_domain) &&
         !domain_is_ldh(m->author_domain)) ||
        m->client.version == 0)
        return false;
    if (m->is_shadow) /* nothing of its action was done */
        return true;
    if (m->action == POLICY_TEMPFAIL)
        return false;
    return refused_too || m->action != POLICY_REJECT || is_refused_by_its_policy(m);
}

/* RFC 9990 appendix A: "pass" is a pass where the policy would have done something. */
static enum report_disposition
disposition_of(const struct record_message *m)
{
    if (m->dmarc_result == SCEAU_DMARC_PASS)
        return m->dmarc_policy == SCEAU_DMARC_POLICY_NONE ? REPORT_DISPOSITION_NONE
                                                          : REPORT_DISPOSITION_PASS;
    if (m->is_shadow)
        return REPORT_DISPOSITION_NONE;
    switch ((enum policy_action)m->action) {
    case POLICY_REJECT: return REPORT_DISPOSITION_REJECT;
    case POLICY_QUARANTINE: return REPORT_DISPOSITION_QUARANTINE;
    default: return REPORT_DISPOSITION_NONE;
    }
}

static enum report_disposition
disposition_asked(const struct record_message *m)
{
    static const enum report_disposition of[] = {
        [SCEAU_DMARC_POLICY_NONE] = REPORT_DISPOSITION_NONE,
        [SCEAU_DMARC_POLICY_QUARANTINE] = REPORT_DISPOSITION_QUARANTINE,
        [SCEAU_DMARC_POLICY_REJECT] = REPORT_DISPOSITION_REJECT,
    };
    return m->dmarc_policy < sizeof of / sizeof *of ? of[m->dmarc_policy]
                                                    : REPORT_DISPOSITION_NONE;
}

static enum report_reason_type
reason_of(uint8_t override)
{
    switch ((enum policy_override_type) override) {
    case POLICY_OVERRIDE_NONE: return REPORT_REASON_UNKNOWN;
    case POLICY_OVERRIDE_LOCAL_POLICY: return REPORT_REASON_LOCAL_POLICY;
    case POLICY_OVERRIDE_MAILING_LIST: return REPORT_REASON_MAILING_LIST;
    case POLICY_OVERRIDE_OTHER: return REPORT_REASON_OTHER;
    case POLICY_OVERRIDE_POLICY_TEST_MODE: return REPORT_REASON_POLICY_TEST_MODE;
    case POLICY_OVERRIDE_TRUSTED_FORWARDER: return REPORT_REASON_TRUSTED_FORWARDER;
    }
    return REPORT_REASON_OTHER;
}

/* A passed message has none: nothing was overridden. */
static void
add_reason(const struct record_message *m, struct report_record *r)
{
    enum report_reason_type type = reason_of(m->override);
    if (m->dmarc_result == SCEAU_DMARC_PASS)
        return;
    if (type == REPORT_REASON_UNKNOWN && r->disposition == disposition_asked(m))
        return;
    r->reasons[r->reason_count++] =
        (struct report_reason){type != REPORT_REASON_UNKNOWN
                                   ? type
                                   : REPORT_REASON_LOCAL_POLICY,
                               m->override_comment};
}

static enum report_result
dkim_result(uint8_t result)
{
    switch ((enum sceau_dkim_result)result) {
    case SCEAU_DKIM_NONE: return REPORT_RESULT_NONE;
    case SCEAU_DKIM_PASS: return REPORT_RESULT_PASS;
    case SCEAU_DKIM_FAIL: return REPORT_RESULT_FAIL;
    case SCEAU_DKIM_POLICY: return REPORT_RESULT_POLICY;
    case SCEAU_DKIM_NEUTRAL: return REPORT_RESULT_NEUTRAL;
    case SCEAU_DKIM_TEMPERROR: return REPORT_RESULT_TEMPERROR;
    case SCEAU_DKIM_PERMERROR: return REPORT_RESULT_PERMERROR;
    }
    return REPORT_RESULT_UNKNOWN;
}

static enum report_result
spf_result(uint8_t result)
{
    switch ((enum sceau_spf_result)result) {
    case SCEAU_SPF_NONE: return REPORT_RESULT_NONE;
    case SCEAU_SPF_NEUTRAL: return REPORT_RESULT_NEUTRAL;
    case SCEAU_SPF_PASS: return REPORT_RESULT_PASS;
    case SCEAU_SPF_FAIL: return REPORT_RESULT_FAIL;
    case SCEAU_SPF_SOFTFAIL: return REPORT_RESULT_SOFTFAIL;
    case SCEAU_SPF_TEMPERROR: return REPORT_RESULT_TEMPERROR;
    case SCEAU_SPF_PERMERROR: return REPORT_RESULT_PERMERROR;
    default: return REPORT_RESULT_UNKNOWN;
    }
}

static void
add_results(const struct record_message *m, struct report_record *r)
{
    for (size_t i = 0; i < m->signature_count && i < REPORT_DKIM_MAX; i++)
        r->dkim_results[r->dkim_count++] =
            (struct report_auth){.domain = m->signatures[i].domain,
                                 .selector = m->signatures[i].selector,
                                 .result = dkim_result(m->signatures[i].result)};
    aggregate_order_signatures(r->dkim_results, r->dkim_count, m->author_domain,
                               m->policy_domain);
    if (m->has_spf)
        r->spf_results[r->spf_count++] =
            (struct report_auth){.domain = m->spf_mail_from_domain,
                                 .scope = REPORT_SCOPE_MFROM,
                                 .result = spf_result(m->spf_mail_from_result)};
}

void
observation_of(const struct record_message *m, struct report_record *r)
{
    r->ip = m->client;
    r->source = SLICE_NONE;
    r->count = 1;
    r->disposition = disposition_of(m);
    r->dkim = m->dkim_aligned ? REPORT_ALIGNED_PASS : REPORT_ALIGNED_FAIL;
    r->spf = m->spf_aligned ? REPORT_ALIGNED_PASS : REPORT_ALIGNED_FAIL;
    r->header_from = m->author_domain;
    r->envelope_from = m->mail_from_domain;
    r->envelope_to = SLICE_NONE;
    r->reason_count = r->dkim_count = r->spf_count = 0;
    add_reason(m, r);
    add_results(m, r);
}

/* ---- octets ---- */

static void
put_text(struct text *out, struct sceau_slice s)
{
    size_t len = s.len <= UINT16_MAX ? s.len : UINT16_MAX;
    text_octet(out, (char)(uint8_t)(len >> 8));
    text_octet(out, (char)(uint8_t)len);
    text_slice(out, slice_sub(s, 0, len));
}

static void
put_auth(struct text *out, const struct report_auth *a)
{
    text_octet(out, (char)a->result);
    put_text(out, a->domain);
}

void
observation_write(struct text *out, const struct report_record *r)
{
    const struct report_reason none = {REPORT_REASON_UNKNOWN, SLICE_NONE};
    const struct report_reason *reason = r->reason_count > 0 ? &r->reasons[0] : &none;
    const struct report_auth no_spf = {.result = REPORT_RESULT_UNKNOWN};
    text_octet(out, OBSERVATION_VERSION);
    text_octet(out, (char)r->disposition);
    text_octet(out, (char)r->dkim);
    text_octet(out, (char)r->spf);
    text_octet(out, (char)reason->type);
    put_text(out, reason->comment);
    put_auth(out, r->spf_count > 0 ? &r->spf_results[0] : &no_spf);
    text_octet(out, (char)(uint8_t)r->dkim_count);
    for (size_t i = 0; i < r->dkim_count; i++) {
        put_auth(out, &r->dkim_results[i]);
        put_text(out, r->dkim_results[i].selector);
    }
}

/* A walk over octets that fails once. */
struct octets {
    struct sceau_slice rest;
    bool is_short;
};

static unsigned
take_small(struct octets *o)
{
    if (o->rest.len == 0) {
        o->is_short = true;
        return 0;
    }
    unsigned char octet = (unsigned char)*o->rest.ptr;
    o->rest = slice_skip(o->rest, 1);
    return octet;
}

static struct sceau_slice
take_text(struct octets *o)
{
    size_t len = (size_t)take_small(o) << 8;
    len |= take_small(o);
    if (len > o->rest.len) {
        o->is_short = true;
        return SLICE_NONE;
    }
    struct sceau_slice text = slice_sub(o->rest, 0, len);
    o->rest = slice_skip(o->rest, len);
    return text;
}

static struct report_auth
take_auth(struct octets *o)
{
    struct report_auth a = {.result = (enum report_result)take_small(o)};
    a.domain = take_text(o);
    return a;
}

bool
observation_read(struct sceau_slice octets, struct report_record *r)
{
    struct octets o = {.rest = octets};
    if (take_small(&o) != OBSERVATION_VERSION)
        return false;
    r->disposition = (enum report_disposition)take_small(&o);
    r->dkim = (enum report_aligned)take_small(&o);
    r->spf = (enum report_aligned)take_small(&o);
    r->reasons[0].type = (enum report_reason_type)take_small(&o);
    r->reasons[0].comment = take_text(&o);
    r->reason_count = r->reasons[0].type != REPORT_REASON_UNKNOWN;
    r->spf_results[0] = take_auth(&o);
    r->spf_results[0].scope = REPORT_SCOPE_MFROM;
    r->spf_count = r->spf_results[0].result != REPORT_RESULT_UNKNOWN;
    r->dkim_count = take_small(&o);
    if (r->dkim_count > REPORT_DKIM_MAX)
        return false;
    for (size_t i = 0; i < r->dkim_count; i++) {
        r->dkim_results[i] = take_auth(&o);
        r->dkim_results[i].selector = take_text(&o);
    }
    return !o.is_short && o.rest.len == 0;
}
