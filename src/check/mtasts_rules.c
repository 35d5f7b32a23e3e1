/* mtasts.record and mtasts.covers_mx (RFC 8461): do the two halves of MTA-STS agree, and
 * with the mail hosts? */
#include "facts.h"
#include "mtasts_facts.h"

#include <time.h>

#define DAY ((uint32_t)86400)

/* ---- mtasts.record ---- */

/* An id that the next change will not have. */
static struct sceau_slice
stamp(struct check_subject *s)
{
    struct tm tm;
    char text[32];
    time_t now = (time_t)s->context->now;
    gmtime_r(&now, &tm);
    strftime(text, sizeof text, "%Y%m%d%H%M%S", &tm);
    return check_format(s, "%s", text);
}

/* The lines of a policy for these mail hosts, as one sentence has them; of one that can be read
 * mode and max_age stay. */
static struct sceau_slice
fitting_policy(struct check_subject *s, const struct check_mtasts *m)
{
    const struct check_mx *mx = check_mx(s);
    const struct mtasts_policy *policy = check_mtasts_policy(m);
    struct text t = text_new(s->context->arena, SIZE_MAX);
    text_format(&t, "`version: STSv1`, `mode: %s`, ",
                mtasts_mode_name(policy != NULL ? policy->mode : MTASTS_TESTING));
    for (size_t i = 0; i < mx->count; i++) {
        if (mx->hosts[i].host == NULL)
            continue;
        text_string(&t, "`mx: ");
        text_slice(&t, mx->hosts[i].host->name);
        text_string(&t, "`, ");
    }
    text_format(&t, "`max_age: %u`", policy != NULL ? policy->max_age : 7 * DAY);
    return text_done(&t);
}

static void
tell(struct check_subject *s, const struct check_mtasts *m, enum check_outcome outcome,
     struct sceau_slice found)
{
    struct check_finding *f = check_report_as(s, outcome, found);
    f->fix = CHECK_SAY(s, s->rule->fix, LANGUAGE_THEIRS("url", m->url),
                       LANGUAGE_THEIRS("policy", fitting_policy(s, m)));
    f->zone_line =
        check_txt_line(s, m->owner, 3600,
                       check_format(s, "v=STSv1; id=%.*s", SLICE_ARG(stamp(s))));
}

static struct sceau_slice
at_octet(struct check_subject *s, const char *sentence, const struct sceau_diag *diag,
         struct sceau_slice what)
{
    return CHECK_SAY(s, sentence,
                     LANGUAGE_OURS("offset", check_format(s, "%zu", diag->offset)),
                     LANGUAGE_THEIRS("record", what), LANGUAGE_THEIRS("url", what),
                     LANGUAGE_OURS("expected", check_tell(s, diag->expected)));
}

static void
judge_record(struct check_subject *s, const struct check_mtasts *m)
{
    struct sceau_diag diag = {0};
    struct sceau_slice id;
    if (m->record_count > 1)
        tell(s, m, CHECK_WARNING,
             CHECK_SAY(s, N_("{owner} has several MTA-STS records: none counts"),
                       LANGUAGE_THEIRS("owner", m->owner)));
    else if (mtasts_record_parse(m->rr->text, &id, &diag) != SCEAU_OK)
        tell(s, m, CHECK_WARNING,
             at_octet(s, N_("at octet {offset} of \"{record}\": {expected} expected"),
                      &diag, m->rr->text));
}

/* "text/plain", whatever parameters follow (RFC 8461 section 3.3). */
static bool
is_plain_text(struct sceau_slice type)
{
    return slice_eq_ci(slice_trim(slice_sub(type, 0, slice_find(type, ';'))),
                       SCEAU_SLICE("text/plain"));
}

static struct sceau_slice
say_page(struct check_subject *s, const struct check_mtasts *m)
{
    const struct https_answer *page = &m->page;
    struct sceau_slice status = check_format(s, "%ld", page->status);
    if (page->failure != HTTPS_FINE)
        return CHECK_SAY(s, N_("{url}: {error}"), LANGUAGE_THEIRS("url", m->url),
                         LANGUAGE_OURS("error", check_tell(s, https_failure_sentence(
                                                                  page->failure))));
    if (page->status >= 300 && page->status < 400)
        return CHECK_SAY(s,
                         N_("{url} redirects ({status}), which senders do not follow"),
                         LANGUAGE_THEIRS("url", m->url),
                         LANGUAGE_OURS("status", status));
    if (page->status != 200)
        return CHECK_SAY(s, N_("{url} answers {status}, not 200"),
                         LANGUAGE_THEIRS("url", m->url),
                         LANGUAGE_OURS("status", status));
    if (!m->has_policy)
        return m->diag.expected != NULL
                   ? at_octet(s, N_("at octet {offset} of {url}: {expected} expected"),
                              &m->diag, m->url)
                   : CHECK_SAY(s, N_("{url} has more patterns than can be read"),
                               LANGUAGE_THEIRS("url", m->url));
    return CHECK_SAY(s, N_("{url} is of type \"{type}\", not text/plain"),
                     LANGUAGE_THEIRS("url", m->url),
                     LANGUAGE_THEIRS("type", page->type));
}

static void
judge_page(struct check_subject *s, const struct check_mtasts *m)
{
    if (https_is_unknown(m->page.failure))
        check_unknown_because(s, say_page(s, m));
    else if (https_is_unreached(&m->page))
        check_report_as(s, CHECK_WARNING, say_page(s, m))->fix = CHECK_SAY(
            s,
            N_("See that {url} answers senders: it could not be reached from here, and "
               "a firewall on the way out may be why."),
            LANGUAGE_THEIRS("url", m->url));
    else if (!m->has_policy || !is_plain_text(m->page.type))
        tell(s, m, CHECK_WARNING, say_page(s, m));
}

static void
mtasts_record(struct check_subject *s)
{
    const struct check_mtasts *m = check_mtasts(s);
    if (sceau_dns_is_trouble(m->answer.status)) {
        check_unknown(s, m->owner, SCEAU_DNS_TXT, &m->answer);
    } else if (m->record_count > 0) {
        judge_record(s, m);
        judge_page(s, m);
    } else if (m->has_policy) {
        tell(s, m, CHECK_WARNING,
             CHECK_SAY(s, N_("{url} is a policy, and {owner} has no MTA-STS record"),
                       LANGUAGE_THEIRS("url", m->url),
                       LANGUAGE_THEIRS("owner", m->owner)));
    } else {
        tell(s, m, CHECK_INFO,
             CHECK_SAY(s, N_("{owner} has no MTA-STS record"),
                       LANGUAGE_THEIRS("owner", m->owner)));
    }
    if (s->reported == 0)
        check_ok(s, check_seen(s, m->owner, SCEAU_DNS_TXT, m->rr));
}

/* ---- mtasts.covers_mx ---- */

static struct sceau_slice
left_day(struct check_subject *s, const struct check_mtasts *m)
{
    struct tm tm;
    char text[32];
    time_t until = (time_t)m->left_until;
    gmtime_r(&until, &tm);
    strftime(text, sizeof text, "%Y-%m-%d", &tm);
    return check_format(s, "%s", text);
}

static void
tell_host(struct check_subject *s, const struct check_mtasts *m,
          struct sceau_slice host)
{
    /* a policy under test refuses no mail */
    bool is_enforced = check_mtasts_policy(m)->mode == MTASTS_ENFORCE;
    struct check_finding *f = check_report_as(
        s, is_enforced ? CHECK_PROBLEM : CHECK_WARNING,
        m->has_policy
            ? CHECK_SAY(s, N_("the MTA-STS policy does not name {host}"),
                        LANGUAGE_THEIRS("host", host))
            : CHECK_SAY(s,
                        N_("the MTA-STS policy that senders may keep until {day} does "
                           "not name {host}"),
                        LANGUAGE_OURS("day", left_day(s, m)),
                        LANGUAGE_THEIRS("host", host)));
    f->fix = CHECK_SAY(s, s->rule->fix, LANGUAGE_THEIRS("host", host));
    f->zone_line =
        check_txt_line(s, m->owner, 3600,
                       check_format(s, "v=STSv1; id=%.*s", SLICE_ARG(stamp(s))));
}

static void
judge_settings(struct check_subject *s, const struct mtasts_policy *policy)
{
    if (policy->mode != MTASTS_ENFORCE) {
        struct check_finding *f = check_report_as(
            s, CHECK_INFO,
            CHECK_SAY(s,
                      N_("the MTA-STS policy has mode {mode}: mail is not protected"),
                      LANGUAGE_OURS("mode",
                                    sceau_slice_from(mtasts_mode_name(policy->mode)))));
        f->fix = check_tell(s, N_("When TLS-RPT shows no failures, set `mode: enforce` "
                                  "and change the id."));
    }
    if (policy->max_age < DAY && policy->mode != MTASTS_NONE) {
        struct check_finding *f = check_report_as(
            s, CHECK_INFO,
            CHECK_SAY(s,
                      N_("the MTA-STS policy has max_age {seconds}: senders forget it "
                         "within a day"),
                      LANGUAGE_OURS("seconds",
                                    check_format(s, "%u", policy->max_age))));
        f->fix = check_tell(s, N_("Set `max_age: 604800` (a week) or more."));
    }
}

/* The file or its record is gone, and who had it before goes by it. */
static void
judge_left(struct check_subject *s, const struct check_mtasts *m)
{
    const struct check_host *host;
    struct check_finding *f = check_report_as(
        s, CHECK_WARNING,
        CHECK_SAY(s,
                  N_("senders may keep the MTA-STS policy that was there before until "
                     "{day}: its mode is {mode}"),
                  LANGUAGE_OURS("day", left_day(s, m)),
                  LANGUAGE_OURS("mode",
                                sceau_slice_from(mtasts_mode_name(m->left.mode)))));
    f->fix = check_tell(s, N_("Until then take mail on hosts that it names, or "
                              "serve the policy again. To end it, serve `mode: none` "
                              "with a new id as long as it is kept."));
    size_t at = 0;
    while ((host = check_mtasts_uncovered(s, &at)) != NULL)
        tell_host(s, m, host->name);
}

static void
mtasts_covers_mx(struct check_subject *s)
{
    const struct check_mx *mx = check_mx(s);
    const struct check_mtasts *m = check_mtasts(s);
    if (sceau_dns_is_trouble(m->answer.status)) {
        check_unknown(s, m->owner, SCEAU_DNS_TXT, &m->answer);
        return;
    }
    if (!m->has_policy) {
        if (m->left_until > 0)
            judge_left(s, m);
        else if (m->record_count > 0 && https_is_unreached(&m->page))
            check_skip(s, N_("the MTA-STS policy could not be read"));
        else if (m->record_count > 0 && https_is_unknown(m->page.failure))
            check_unknown_because(s, say_page(s, m));
        else
            check_skip(s, N_("there is no MTA-STS policy"));
        return;
    }
    if (!check_has_mail_hosts(s, mx))
        return;
    const struct check_host *host;
    size_t at = 0;
    while ((host = check_mtasts_uncovered(s, &at)) != NULL)
        tell_host(s, m, host->name);
    judge_settings(s, &m->policy);
}

static const struct check_rule rules[] = {
    {"mtasts.record",    N_("MTA-STS record and policy agree"), CHECK_DNS | CHECK_HTTP, 0,
     CHECK_INFO,    N_("If _mta-sts has a record: exactly one, with an id, and the policy answers 200 "
        "without redirect, as text/plain, with a valid certificate. Missing on both sides "
        "is only info."),
     N_("Without both halves anyone on the way can strip TLS from mail to you."),
     N_("Serve {url} as text/plain with these lines: {policy}. Then publish this record, "
        "with a new id at each change."),
     mtasts_record   },
    {"mtasts.covers_mx", N_("MTA-STS policy names every MX"),   CHECK_DNS | CHECK_HTTP, 0,
     CHECK_PROBLEM, N_("Each MX matches an mx line; mode and max_age are sensible (none or testing is "
        "info)."),
     N_("Senders that follow the policy do not deliver to a host that it does not name."),
     N_("Add `mx: {host}` to the policy first, then change the id of the record."),
     mtasts_covers_mx},
};

const struct check_family check_mtasts_family = CHECK_FAMILY(rules);
