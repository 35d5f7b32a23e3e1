/* DMARC: where reports go, and whether they can get there (RFC 9990 section 4). */
#include "core/domain.h"
#include "dmarc/uri.h"
#include "dmarc_rules.h"

enum {
    HOSTS_MAX = 32 /* distinct destinations looked at */
};

/* A destination of reports. */
struct destination {
    struct sceau_slice host, mailbox;
};

struct destinations {
    struct destination items[HOSTS_MAX];
    size_t count;
};

static void
add_uris(struct check_subject *s, struct destinations *list,
         const struct sceau_slice *uris, size_t count)
{
    for (size_t i = 0; i < count && list->count < HOSTS_MAX; i++) {
        struct dmarc_uri uri;
        if (dmarc_uri_parse(s->context->arena, uris[i], &uri) != SCEAU_OK ||
            !uri.is_mailto || uri.host.len == 0)
            continue;
        bool is_known = false;
        for (size_t k = 0; k < list->count; k++)
            is_known |= slice_eq_ci(list->items[k].mailbox, uri.mailbox);
        if (!is_known)
            list->items[list->count++] = (struct destination){uri.host, uri.mailbox};
    }
}

/* The mailboxes of rua and ruf of the record in force. False, with the reason reported,
 * when there are none. */
static bool
find_destinations(struct check_subject *s, struct destinations *list)
{
    const struct check_dmarc *d = check_dmarc(s);
    list->count = 0;
    if (dmarc_policy_unknown(s, d))
        return false;
    const struct sceau_dmarc_record *record = d->walk.record;
    if (record != NULL) {
        add_uris(s, list, record->rua, record->rua_count);
        add_uris(s, list, record->ruf, record->ruf_count);
    }
    if (list->count == 0)
        check_skip(s, N_("no address for reports is published"));
    return list->count > 0;
}

/* ---- dmarc.rua_delivers ---------------------------------------------------------- */

/* "no-reply" and its kin, anywhere in the local part. */
static bool
looks_unread(struct sceau_slice mailbox)
{
    static const char *const words[] = {"noreply", "no-reply", "no_reply", "donotreply",
                                        "do-not-reply"};
    struct sceau_slice local = slice_sub(mailbox, 0, slice_find_last(mailbox, '@'));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct sceau_slice word = sceau_slice_from(words[i]);
        for (size_t k = 0; k + word.len <= local.len; k++) {
            if (slice_eq_ci(slice_sub(local, k, word.len), word))
                return true;
        }
    }
    return false;
}

static void
report_address(struct check_subject *s, enum check_outcome outcome,
               const struct destination *to, const char *sentence)
{
    struct check_finding *f =
        check_report_as(s, outcome,
                        CHECK_SAY(s, sentence, LANGUAGE_THEIRS("address", to->mailbox),
                                  LANGUAGE_THEIRS("host", to->host)));
    f->fix = check_tell(s, s->rule->fix);
    check_locate(s, f, check_dmarc(s)->owner, SCEAU_DNS_TXT, SLICE_NONE);
}

static void
tell_delivery(struct check_subject *s, const struct destination *to)
{
    struct sceau_dns_answer mx = check_ask(s, to->host, SCEAU_DNS_MX);
    if (sceau_dns_is_trouble(mx.status)) {
        check_unknown(s, to->host, SCEAU_DNS_MX, &mx);
        return;
    }
    if (mx.count == 1 && slice_eq(mx.rrs[0].name, SCEAU_SLICE("."))) {
        report_address(s, CHECK_PROBLEM, to,
                       N_("{address}: {host} accepts no mail (null MX)"));
        return;
    }
    if (mx.count == 0) {
        const struct check_host *host = check_host(s, to->host);
        if (host->address_count == 0 && !check_host_unknown(s, host))
            report_address(s, CHECK_PROBLEM, to,
                           N_("{address}: {host} has neither an MX nor an address"));
        else if (host->address_count > 0)
            report_address(
                s, CHECK_INFO, to,
                N_("{address}: {host} has no MX; reports go to its address"));
    }
    if (looks_unread(to->mailbox))
        report_address(s, CHECK_INFO, to, N_("{address}: does somebody read it?"));
}

void
dmarc_rua_delivers(struct check_subject *s)
{
    struct destinations list;
    if (!find_destinations(s, &list))
        return;
    for (size_t i = 0; i < list.count; i++)
        tell_delivery(s, &list.items[i]);
}

/* ---- dmarc.external_auth --------------------------------------------------------- */

static void
tell_consent(struct check_subject *s, const struct destination *to)
{
    struct sceau_slice domain = check_dmarc(s)->walk.policy_domain;
    bool accepts = false;
    if (sceau_dmarc_external_accepts(s->context, domain, to->host, &accepts, NULL,
                                     NULL) != SCEAU_OK) {
        check_unknown_because(
            s, CHECK_SAY(s,
                         N_("DNS could not tell whether {host} takes reports about "
                            "{domain}"),
                         LANGUAGE_THEIRS("host", to->host),
                         LANGUAGE_THEIRS("domain", domain)));
        return;
    }
    if (accepts)
        return;
    if (s->zone != NULL && !domain_is_within(to->host, s->zone->origin)) {
        check_unknown_because(s,
                              CHECK_SAY(s, N_("{target} lies outside this zone file"),
                                        LANGUAGE_THEIRS("target", to->host)));
        return;
    }
    struct sceau_slice owner = check_format(s, "%.*s._report._dmarc.%.*s",
                                            SLICE_ARG(domain), SLICE_ARG(to->host));
    struct check_finding *f = check_report(
        s, CHECK_SAY(s,
                     N_("{address}: {host} has not said that it takes reports about "
                        "{domain}"),
                     LANGUAGE_THEIRS("address", to->mailbox),
                     LANGUAGE_THEIRS("host", to->host),
                     LANGUAGE_THEIRS("domain", domain)));
    f->fix = CHECK_SAY(s, s->rule->fix, LANGUAGE_THEIRS("other", to->host));
    f->zone_line = check_txt_line(s, owner, 10800, SCEAU_SLICE("v=DMARC1"));
    check_locate(s, f, check_dmarc(s)->owner, SCEAU_DNS_TXT, SLICE_NONE);
}

void
dmarc_external_auth(struct check_subject *s)
{
    struct destinations list;
    if (!find_destinations(s, &list))
        return;
    for (size_t i = 0; i < list.count; i++)
        tell_consent(s, &list.items[i]);
}

/* ---- dmarc.external_auth_open ---------------------------------------------------- */

/* The name that takes reports about anybody. Beside a zone file only: whether a wildcard
 * is meant is for its owner to say. */
void
dmarc_external_auth_open(struct check_subject *s)
{
    struct sceau_slice owner =
        domain_join(s->context->arena, SCEAU_SLICE("*._report._dmarc"), s->name);
    const struct check_texts *texts = check_dmarc_texts(s, owner);
    if (sceau_dns_is_trouble(texts->answer.status))
        check_unknown(s, owner, SCEAU_DNS_TXT, &texts->answer);
    for (size_t i = 0; i < texts->count; i++) {
        struct check_finding *f =
            check_report(s, check_seen(s, owner, SCEAU_DNS_TXT, texts->rrs[i]));
        f->fix = check_tell(s, s->rule->fix);
        check_locate(s, f, owner, SCEAU_DNS_TXT, texts->rrs[i]->rdata);
    }
}
