/* Authentication-Results for a verdict (RFC 8601): one statement per method and identity.
 * How text of a stranger is quoted, put into A-labels or dropped is src/authres' business;
 * what is told at all is decided here. */
#include "sceau/verify.h"

#include "authres/authres.h"
#include "core/domain.h"

#define SIGNATURE_OCTETS 8 /* of b= that name a signature, when no other begins so */
#define COMMENT_OCTETS   100

static void
write_reason(struct authres_writer *w, const char *reason)
{
    if (reason != NULL)
        authres_reason(w, sceau_slice_from(reason));
}

/* ---- SPF: section 2.7.2 ------------------------------------------------------------- */

/* What decided, for people: "192.0.2.1 matches ip4:192.0.2.0/24". */
static void
write_mechanism(struct authres_writer *w, struct sceau_arena *arena,
                const struct sceau_ip *ip, struct sceau_slice mechanism)
{
    char address[SCEAU_IP_TEXT];
    struct text comment = text_new(arena, SCEAU_IP_TEXT + COMMENT_OCTETS);
    if (mechanism.len == 0)
        return;
    sceau_ip_format(ip, address);
    text_string(&comment, address);
    text_string(&comment, " matches ");
    text_slice(&comment, slice_eq(mechanism, SCEAU_SLICE("default"))
                             ? SCEAU_SLICE("nothing")
                             : mechanism);
    struct sceau_slice text = text_done(&comment);
    if (text.len > 0)
        authres_comment(w, text);
}

/* The domain alone: section 2.7.2 wants no local part unless the record spoke of it. */
static void
write_spf(struct authres_writer *w, struct sceau_arena *arena,
          const struct sceau_ip *ip, const struct sceau_spf_outcome *outcome,
          const char *property)
{
    authres_result(w, "spf", sceau_spf_result_name(outcome->result));
    write_mechanism(w, arena, ip, outcome->mechanism);
    write_reason(w, outcome->reason);
    authres_property(w, "smtp", property, outcome->domain);
}

/* ---- DKIM: section 2.7.1 ------------------------------------------------------------ */

static size_t
shared_octets(struct sceau_slice a, struct sceau_slice b)
{
    size_t n = 0;
    while (n < a.len && n < b.len && a.ptr[n] == b.ptr[n])
        n++;
    return n;
}

/* The first octets of b=, enough to tell the signature from every other (RFC 6008). */
static struct sceau_slice
name_of(const struct sceau_verdict *verdict, size_t i)
{
    struct sceau_slice b = verdict->dkim[i].signature;
    size_t len = SIGNATURE_OCTETS;
    for (size_t k = 0; k < verdict->dkim_count; k++) {
        size_t shared = shared_octets(b, verdict->dkim[k].signature);
        if (k != i && shared >= len)
            len = shared + 1;
    }
    return slice_sub(b, 0, b.len < len ? b.len : len);
}

static void
write_dkim(struct authres_writer *w, struct sceau_arena *arena,
           const struct sceau_verdict *verdict, size_t i)
{
    const struct sceau_dkim_outcome *outcome = &verdict->dkim[i];
    bool is_known = outcome->algorithm != SCEAU_DKIM_ALGORITHM_UNKNOWN;
    authres_result(w, "dkim", sceau_dkim_result_name(outcome->result));
    if (outcome->bits > 0) {
        struct text comment = text_new(arena, COMMENT_OCTETS);
        text_decimal(&comment, outcome->bits);
        text_string(&comment, outcome->is_testing ? "-bit key, testing" : "-bit key");
        authres_comment(w, text_done(&comment));
    }
    write_reason(w, outcome->reason);
    authres_property(w, "header", "d", outcome->domain);
    authres_property(w, "header", "i", outcome->identity);
    authres_property(w, "header", "s", outcome->selector);
    if (is_known)
        authres_property(w, "header", "a",
                         sceau_slice_from(
                             sceau_dkim_algorithm_name(outcome->algorithm)));
    authres_property(w, "header", "b", name_of(verdict, i));
}

/* ---- ARC: RFC 8617 section 6 -------------------------------------------------------- */

/* The sealing domains, first sealer first. The writer leaves out a chain too long for one
 * line: half of one would mislead. */
static struct sceau_slice
chain_of(struct sceau_arena *arena, const struct sceau_arc_outcome *outcome)
{
    struct text chain = text_new(arena, SIZE_MAX);
    for (size_t i = 0; i < outcome->set_count; i++) {
        if (i > 0)
            text_octet(&chain, ':');
        text_slice(&chain, outcome->sets[i].seal_domain);
    }
    return text_done(&chain);
}

static void
write_number(struct authres_writer *w, struct sceau_arena *arena, const char *ptype,
             const char *property, unsigned value)
{
    struct text number = text_new(arena, 16);
    text_decimal(&number, value);
    authres_property(w, ptype, property, text_done(&number));
}

static void
write_address(struct authres_writer *w, const char *ptype, const char *property,
              const struct sceau_ip *ip)
{
    char address[SCEAU_IP_TEXT];
    size_t len = sceau_ip_format(ip, address);
    authres_property(w, ptype, property, (struct sceau_slice){address, len});
}

static void
write_arc(struct authres_writer *w, struct sceau_arena *arena,
          const struct sceau_verdict *verdict)
{
    const struct sceau_arc_outcome *outcome = &verdict->arc;
    authres_result(w, "arc", sceau_arc_result_name(outcome->result));
    write_reason(w, outcome->reason);
    if (outcome->result != SCEAU_ARC_PASS)
        return;
    if (verdict->envelope.ip.version != 0)
        write_address(w, "smtp", "remote-ip", &verdict->envelope.ip);
    write_number(w, arena, "header", "oldest-pass", outcome->oldest_pass);
    authres_property(w, "arc", "chain", chain_of(arena, outcome));
}

/* ---- DMARC: RFC 9989 section 9.1 ---------------------------------------------------- */

static void
write_dmarc(struct authres_writer *w, struct sceau_arena *arena,
            const struct sceau_verdict *verdict)
{
    const struct sceau_dmarc_outcome *outcome = &verdict->dmarc;
    authres_result(w, "dmarc", sceau_dmarc_result_name(outcome->result));
    if (outcome->record != NULL) {
        struct text comment = text_new(arena, DOMAIN_MAX + COMMENT_OCTETS);
        text_string(&comment, sceau_dmarc_tag_name(outcome->applied_tag));
        text_octet(&comment, '=');
        text_string(&comment, sceau_dmarc_policy_name(outcome->policy));
        text_string(&comment, " at ");
        text_slice(&comment, outcome->policy_domain);
        authres_comment(w, text_done(&comment));
    }
    write_reason(w, outcome->reason);
    authres_property(w, "header", "from", verdict->author.domain);
    if (outcome->result == SCEAU_DMARC_PASS || outcome->result == SCEAU_DMARC_FAIL)
        authres_property(w, "policy", "dmarc",
                         sceau_slice_from(
                             sceau_dmarc_policy_name(outcome->disposition)));
}

/* ---- the field ---------------------------------------------------------------------- */

static void
write_iprev(struct authres_writer *w, const struct sceau_verdict *verdict)
{
    authres_result(w, "iprev", sceau_iprev_result_name(verdict->iprev));
    if (domain_is_ldh(verdict->iprev_name)) /* any octet may stand in a PTR record */
        authres_comment(w, verdict->iprev_name);
    write_address(w, "policy", "iprev", &verdict->envelope.ip);
}

struct sceau_slice
sceau_verdict_authentication_results(struct sceau_arena *arena,
                                     const struct sceau_verdict *verdict,
                                     struct sceau_slice authserv_id)
{
    struct authres_writer w;
    authres_begin(&w, arena, authserv_id, verdict->envelope.is_smtputf8);
    if (verdict->has_spf) {
        const struct sceau_ip *ip = &verdict->envelope.ip;
        /* The order of RFC 7208 section 2.3. Readers that take one spf= of several take the
         * last: MAIL FROM, which is what DMARC saw. */
        write_spf(&w, arena, ip, &verdict->spf_helo, "helo");
        write_spf(&w, arena, ip, &verdict->spf_mail_from, "mailfrom");
    }
    if (verdict->dkim_count == 0)
        authres_result(&w, "dkim", sceau_dkim_result_name(SCEAU_DKIM_NONE));
    for (size_t i = 0; i < verdict->dkim_count; i++)
        write_dkim(&w, arena, verdict, i);
    write_arc(&w, arena, verdict);
    write_dmarc(&w, arena, verdict);
    if (verdict->iprev != SCEAU_IPREV_NOT_ASKED)
        write_iprev(&w, verdict);
    return authres_end(&w);
}
