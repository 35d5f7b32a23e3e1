/* tlsrpt.record: are reports about TLS asked for (RFC 8460 section 3)? */
#include "core/domain.h"
#include "mtasts_facts.h"
#include "smtp_facts.h"
#include "tlsrpt.h"

enum {
    TYPE_TLSA = 52
};

static bool
has_tlsa(struct check_subject *s, struct sceau_slice host)
{
    struct sceau_slice owner =
        domain_join(s->context->arena, SCEAU_SLICE("_25._tcp"), host);
    return check_ask(s, owner, TYPE_TLSA).status == SCEAU_DNS_OK;
}

/* Does MTA-STS or DANE make mail fail for want of TLS? Then nobody may miss the reports. */
static bool
is_tls_required(struct check_subject *s)
{
    const struct check_mx *mx = check_mx(s);
    if (check_has_mtasts_record(s) || (mx->is_implicit && has_tlsa(s, s->name)))
        return true;
    for (size_t i = 0; i < mx->count; i++) {
        if (mx->hosts[i].host != NULL && has_tlsa(s, mx->hosts[i].host->name))
            return true;
    }
    return false;
}

/* A name whose mail nobody routes by MX, and that asks for no TLS: a host of the network, as
 * a rule. Mail to it is no reason for a record of its own. */
static bool
is_no_mail_domain(struct check_subject *s)
{
    const struct check_mx *mx = check_mx(s);
    return !sceau_dns_is_trouble(mx->answer.status) &&
           (mx->count == 0 || (mx->is_null && mx->count == 1)) && !is_tls_required(s);
}

static void
tell_absent(struct check_subject *s, struct sceau_slice owner, struct sceau_slice found)
{
    struct check_finding *f =
        check_report_as(s, is_tls_required(s) ? CHECK_WARNING : s->rule->severity,
                        found);
    f->fix = CHECK_SAY(s, s->rule->fix, LANGUAGE_THEIRS("owner", owner));
    f->zone_line = check_txt_line(s, owner, 3600,
                                  check_format(s, "v=TLSRPTv1; rua=mailto:tlsrpt@%.*s",
                                               SLICE_ARG(s->name)));
}

static void
tell_record(struct check_subject *s, struct sceau_slice owner,
            const struct sceau_dns_rr *rr)
{
    struct tlsrpt_record record;
    struct sceau_diag diag = {0};
    enum sceau_status status =
        tlsrpt_record_parse(s->context->arena, rr->text, &record, &diag);
    if (status == SCEAU_E_SYNTAX)
        tell_absent(
            s, owner,
            CHECK_SAY(s, N_("at octet {offset} of \"{record}\": {expected} expected"),
                      LANGUAGE_OURS("offset", check_format(s, "%zu", diag.offset)),
                      LANGUAGE_THEIRS("record", rr->text),
                      LANGUAGE_OURS("expected", check_tell(s, diag.expected))));
    else if (status != SCEAU_OK || record.rua_count == 0)
        tell_absent(s, owner,
                    CHECK_SAY(s, N_("\"{record}\" has no URI that can be used"),
                              LANGUAGE_THEIRS("record", rr->text)));
    else
        check_ok(s, check_seen(s, owner, SCEAU_DNS_TXT, rr));
}

static void
tlsrpt_record_rule(struct check_subject *s)
{
    struct sceau_slice owner =
        domain_join(s->context->arena, SCEAU_SLICE("_smtp._tls"), s->name);
    struct sceau_dns_answer answer = check_ask(s, owner, SCEAU_DNS_TXT);
    const struct sceau_dns_rr *rr = NULL;
    size_t count = 0;
    if (sceau_dns_is_trouble(answer.status)) {
        check_unknown(s, owner, SCEAU_DNS_TXT, &answer);
        return;
    }
    for (size_t i = 0; i < answer.count; i++) {
        if (!tlsrpt_is_record(answer.rrs[i].text))
            continue;
        rr = &answer.rrs[i];
        count++;
    }
    if (count == 0 && is_no_mail_domain(s))
        check_skip(s,
                   N_("the name has no MX and asks for no TLS: no reports are missed"));
    else if (count == 0)
        tell_absent(s, owner,
                    CHECK_SAY(s, N_("{owner} has no TLS-RPT record"),
                              LANGUAGE_THEIRS("owner", owner)));
    else if (count > 1)
        tell_absent(s, owner,
                    CHECK_SAY(s, N_("{owner} has several TLS-RPT records: none counts"),
                              LANGUAGE_THEIRS("owner", owner)));
    else
        tell_record(s, owner, rr);
}

static const struct check_rule rules[] = {
    {"tlsrpt.record", N_("TLS reports are asked for"), CHECK_DNS | CHECK_ZONE, 0,
     CHECK_INFO, N_("One TXT v=TLSRPTv1 at _smtp._tls with a valid rua; a warning if MTA-STS or DANE is "
        "in use without it."),
     N_("Without it nobody tells you that mail failed for want of TLS."),
     N_("Publish one such record at {owner}."), tlsrpt_record_rule},
};

const struct check_family check_tlsrpt_family = CHECK_FAMILY(rules);
