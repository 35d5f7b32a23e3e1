/* bimi.ready: can the logo be shown (draft-brand-indicators-for-message-identification)? */
#include "bimi.h"
#include "core/domain.h"
#include "facts.h"
#include "https.h"
#include "smtp_facts.h"

#include <time.h>

#include <openssl/pem.h>
#include <openssl/x509.h>

static void
tell(struct check_subject *s, struct sceau_slice found, const char *fix)
{
    struct check_finding *f = check_report(s, found);
    f->fix = check_tell(s, fix);
}

/* ---- DMARC ---- */

/* pct below 100: receivers that show logos still look at it. */
static bool
is_partial(struct sceau_slice record)
{
    struct sceau_slice tag;
    while (slice_next(&record, ';', &tag)) {
        size_t equals = slice_find(tag, '=');
        if (equals < tag.len &&
            slice_eq_ci(slice_trim(slice_sub(tag, 0, equals)), SCEAU_SLICE("pct")))
            return !slice_eq(slice_trim(slice_skip(tag, equals + 1)),
                             SCEAU_SLICE("100"));
    }
    return false;
}

static void
judge_dmarc(struct check_subject *s)
{
    const struct sceau_dmarc_outcome *walk = &check_dmarc(s)->walk;
    if (walk->result == SCEAU_DMARC_TEMPERROR) {
        check_unknown_because(s,
                              check_tell(s, N_("DNS could not tell the DMARC policy")));
    } else if (walk->record == NULL || walk->policy == SCEAU_DMARC_POLICY_NONE ||
               walk->record->is_testing || is_partial(walk->record->text)) {
        tell(s,
             check_tell(s,
                        N_("no logo is shown without a DMARC policy of quarantine or "
                           "reject for all mail, without t=y and pct")),
             N_("Bring DMARC to p=quarantine or p=reject first."));
    }
}

/* ---- what the record points at ---- */

/* Fetched with status 200; false, told, when not. */
static bool
fetch(struct check_subject *s, struct sceau_slice url, struct https_answer *page)
{
    *page = https_get(s, url);
    if (page->failure == HTTPS_FINE && page->status == 200)
        return true;
    struct sceau_slice found =
        page->failure != HTTPS_FINE
            ? CHECK_SAY(s, N_("{url}: {error}"), LANGUAGE_THEIRS("url", url),
                        LANGUAGE_OURS("error", check_tell(s, https_failure_sentence(
                                                                 page->failure))))
            : CHECK_SAY(s, N_("{url} answers {status}, not 200"),
                        LANGUAGE_THEIRS("url", url),
                        LANGUAGE_OURS("status", check_format(s, "%ld", page->status)));
    if (https_is_unknown(page->failure))
        check_unknown_because(s, found);
    else
        tell(s, found, N_("Serve the file over HTTPS at just this address."));
    return false;
}

static void
judge_logo(struct check_subject *s, struct sceau_slice url)
{
    struct https_answer page;
    if (!fetch(s, url, &page))
        return;
    unsigned faults = bimi_logo_faults(page.body);
    for (unsigned fault = 1; fault <= BIMI_FAULT_LAST; fault *= 2) {
        if ((faults & fault) == 0)
            continue;
        const char *sentence = bimi_fault_sentence((enum bimi_fault)fault);
        tell(
            s,
            CHECK_SAY(s, N_("the logo {url} {fault}"), LANGUAGE_THEIRS("url", url),
                      LANGUAGE_OURS("fault", check_tell(s, sentence))),
            N_("Export the logo as SVG Tiny PS: square, with a title, 32 KiB at most."));
    }
}

/* The end of the first certificate; false when there is none. */
static bool
read_dates(struct sceau_slice pem, struct tm *from, struct tm *to)
{
    BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    X509 *x = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
    bool is_read = x != NULL && ASN1_TIME_to_tm(X509_get0_notBefore(x), from) == 1 &&
                   ASN1_TIME_to_tm(X509_get0_notAfter(x), to) == 1;
    X509_free(x);
    BIO_free(bio);
    return is_read;
}

static void
judge_evidence(struct check_subject *s, struct sceau_slice url)
{
    struct https_answer page;
    struct tm from, to;
    char day[16];
    if (!fetch(s, url, &page))
        return;
    if (!read_dates(page.body, &from, &to)) {
        tell(s,
             CHECK_SAY(s, N_("{url} holds no certificate as PEM"),
                       LANGUAGE_THEIRS("url", url)),
             N_("Put there the PEM file as the authority gave it."));
        return;
    }
    bool is_early = timegm(&from) > s->context->now;
    if (!is_early && timegm(&to) >= s->context->now)
        return;
    strftime(day, sizeof day, "%Y-%m-%d", is_early ? &from : &to);
    tell(s,
         CHECK_SAY(s,
                   is_early ? N_("the certificate {url} is valid from {day} only")
                            : N_("the certificate {url} expired on {day}"),
                   LANGUAGE_THEIRS("url", url),
                   LANGUAGE_OURS("day", sceau_slice_from(day))),
         N_("Renew the mark certificate."));
}

/* ---- the rule ---- */

static void
judge_record(struct check_subject *s, struct sceau_slice owner,
             const struct sceau_dns_rr *rr)
{
    struct bimi_record record;
    struct sceau_diag diag = {0};
    enum sceau_status status =
        bimi_record_parse(s->context->arena, rr->text, &record, &diag);
    if (status != SCEAU_OK) {
        tell(
            s,
            CHECK_SAY(s, N_("at octet {offset} of \"{record}\": {expected} expected"),
                      LANGUAGE_OURS("offset", check_format(s, "%zu", diag.offset)),
                      LANGUAGE_THEIRS("record", rr->text),
                      LANGUAGE_OURS("expected", check_tell(s, diag.expected != NULL
                                                                  ? diag.expected
                                                                  : N_("fewer tags")))),
            N_("Write `v=BIMI1; l=https://LOGO; a=https://CERTIFICATE`, a= when you have a mark "
               "certificate."));
        return;
    }
    if (!record.is_declined) {
        judge_dmarc(s);
        if (record.logo.len > 0)
            judge_logo(s, record.logo);
        if (record.evidence.len > 0)
            judge_evidence(s, record.evidence);
    }
    if (s->reported == 0)
        check_ok(s, check_seen(s, owner, SCEAU_DNS_TXT, rr));
}

/* BIMI records at default._bimi of a domain. */
struct found {
    struct sceau_slice owner;
    struct sceau_dns_answer answer;
    const struct sceau_dns_rr *rr; /* the last of them */
    size_t count;
};

static void
find(struct check_subject *s, struct sceau_slice domain, struct found *found)
{
    *found = (struct found){
        .owner = domain_join(s->context->arena, SCEAU_SLICE("default._bimi"), domain)};
    found->answer = check_ask(s, found->owner, SCEAU_DNS_TXT);
    for (size_t i = 0; i < found->answer.count; i++) {
        if (!bimi_is_record(found->answer.rrs[i].text))
            continue;
        found->rr = &found->answer.rrs[i];
        found->count++;
    }
}

/* A name without a record has that of its organizational domain (the draft's assertion record
 * discovery). */
static void
bimi_ready(struct check_subject *s)
{
    struct found found;
    find(s, s->name, &found);
    if (found.count == 0 && !sceau_dns_is_trouble(found.answer.status)) {
        struct sceau_slice organization = check_dmarc(s)->organizational_domain;
        if (organization.len > 0 && !slice_eq_ci(organization, s->name))
            find(s, organization, &found);
    }
    if (sceau_dns_is_trouble(found.answer.status))
        check_unknown(s, found.owner, SCEAU_DNS_TXT, &found.answer);
    else if (found.count == 0)
        check_skip(s, N_("there is no BIMI record"));
    else if (found.count > 1)
        tell(s,
             CHECK_SAY(s, N_("{owner} has several BIMI records: none counts"),
                       LANGUAGE_THEIRS("owner", found.owner)),
             N_("Leave one."));
    else
        judge_record(s, found.owner, found.rr);
}

static const struct check_rule rules[] = {
    {"bimi.ready", N_("BIMI, if used, can work"), CHECK_DNS | CHECK_HTTP, 0, CHECK_INFO,
     N_("A record at default._bimi, of the name or of its organizational domain, parses; DMARC is quarantine or reject without t=y or "
        "pct; the SVG is Tiny PS, square, at most 32 KiB, with a title; the certificate, "
        "if any, is in date."),
     N_("Mail programs show no logo when one of these is not so, and say nothing."),
     N_("Mend what is found; the rest of mail does not depend on it."), bimi_ready},
};

const struct check_family check_bimi_family = CHECK_FAMILY(rules);
