/* Which page answers where: what is asked is read from the query, what is known from the
 * store, and either becomes a page, or CSV, or JSON. */
#include "places.h"

#include "acts.h"
#include "answer.h"
#include "insight/reporters.h"
#include "insights.h"
#include "place_check.h"
#include "place_outbox.h"
#include "place_reports.h"
#include "stored_policies.h"
#include "web/pages.h"
#include "web/pages_tls.h"

#define ROWS 50 /* of a page of a list */

/* ---- tables as files -------------------------------------------------------------------- */

/* "sources-example.org.csv": letters, digits, dots and dashes alone. */
static struct sceau_slice
file_name(struct exchange *x, const char *name)
{
    struct text t = text_new(x->arena, SIZE_MAX);
    text_string(&t, "attachment; filename=\"");
    text_string(&t, name);
    if (x->page.domain.len > 0) {
        text_octet(&t, '-');
        text_slice(&t, x->page.domain);
    }
    text_string(&t, ".csv\"");
    return text_done(&t);
}

void
places_table(struct exchange *x, const struct filter *f, const struct table *table)
{
    if (x->page.match.format == WEB_CSV) {
        struct text t = text_new(x->arena, SIZE_MAX);
        table_csv(&t, table);
        struct sceau_slice text = text_done(&t);
        x->answer = (struct answer){.status = text.ptr != NULL ? 200 : 503,
                                    .type = "text/csv; charset=utf-8; header=present",
                                    .body = text,
                                    .disposition = file_name(x, table->name)};
        return;
    }
    struct json j = json_new(x->arena);
    json_open(&j, '{');
    json_key_string(&j, "table", table->name);
    if (f != NULL) {
        json_key_slice(&j, "filter", filter_sentence(x->arena, LANGUAGE_EN, f));
    }
    json_key(&j, "rows");
    table_json(&j, table);
    json_close(&j, '}');
    struct sceau_slice text = json_done(&j);
    x->answer = (struct answer){.status = text.ptr != NULL ? 200 : 503,
                                .type = "application/json",
                                .body = text};
}

bool
places_asks(const struct exchange *x, const char *name)
{
    return slice_eq(query_get(&x->query, "table"), sceau_slice_from(name));
}

static bool
is_page(const struct exchange *x)
{
    return x->page.match.format == WEB_HTML;
}

/* Of a page that has several lists, each with a parameter of its own. */
static struct insight_part
part_of(const struct exchange *x, const char *name, uint64_t all)
{
    uint64_t number = 1;
    if (!is_page(x))
        return (struct insight_part){.most = all};
    if (!slice_decimal(query_get(&x->query, name), UINT32_MAX, &number) || number == 0)
        number = 1;
    return (struct insight_part){.from = (number - 1) * ROWS, .most = ROWS};
}

struct insight_part
places_part(const struct exchange *x, uint64_t all)
{
    return part_of(x, PAGE_TURN, all);
}

/* ---- what is asked ------------------------------------------------------------------------ */

/* Names that are the pages' own. */
static bool
is_ours(struct sceau_slice name)
{
    static const char *const names[] = {"table", "lang", "muted"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (slice_eq(name, sceau_slice_from(names[i])))
            return true;
    }
    return page_is_turn(name);
}

bool
places_filter(struct exchange *x, struct filter *f)
{
    struct sceau_slice problem = SLICE_NONE;
    filter_init(f, x->page.now);
    for (size_t i = 0; i < x->query.count; i++) {
        const struct query_parameter *q = &x->query.items[i];
        if (is_ours(q->name))
            continue;
        if (!filter_set(f, x->arena, x->page.html.language, q->name, q->value,
                        &problem)) {
            x->answer.status = 400;
            x->page.domain = SCEAU_SLICE("");
            answer_page(x, page_told(&x->page, N_("That request is not understood"),
                                     problem, x->path));
            return false;
        }
    }
    if (x->page.domain.len > 0)
        f->domain = x->page.domain;
    return true;
}

/* What a reader may not see leaves. */
static void
keep_domains(struct exchange *x, struct insight_today *today)
{
    struct insight_domain_line *kept =
        sceau_arena_alloc(x->arena, (today->domain_count + 1) * sizeof *kept);
    size_t n = 0;
    for (size_t i = 0; kept != NULL && i < today->domain_count; i++) {
        if (visitor_sees(&x->visitor, today->domains[i].domain))
            kept[n++] = today->domains[i];
    }
    today->domains = kept;
    today->domain_count = n;
}

/* Names for the type-ahead. */
static void
find_domains(struct exchange *x, struct insight *in)
{
    const struct sceau_slice *domains;
    size_t count = 0, n = 0;
    if (!is_page(x) || !insight_domains(in, &domains, &count))
        return;
    struct sceau_slice *kept = sceau_arena_alloc(x->arena, (count + 1) * sizeof *kept);
    for (size_t i = 0; kept != NULL && i < count; i++) {
        if (visitor_sees(&x->visitor, domains[i]))
            kept[n++] = domains[i];
    }
    x->page.domains = (struct page_words){kept, n};
}

/* ---- the places ----------------------------------------------------------------------------- */

/* Each gives false when the store could not be read. */
typedef bool place(struct exchange *x, struct insight *in, const struct filter *f);

static bool
show_today(struct exchange *x, struct insight *in, const struct filter *f)
{
    struct insight_today today;
    if (!insight_today(in, f, &today))
        return false;
    keep_domains(x, &today);
    if (is_page(x)) {
        answer_page(x, pages_today(&x->page, f, &today));
    } else if (places_asks(x, "findings") && x->visitor.role == VISITOR_ADMINISTRATOR) {
        struct table t = insight_findings_table(x->arena, LANGUAGE_EN, today.findings,
                                                today.finding_count);
        places_table(x, f, &t);
    } else {
        struct table t = insight_domains_table(x->arena, &today);
        places_table(x, f, &t);
    }
    return true;
}

static bool
show_domain(struct exchange *x, struct insight *in, const struct filter *f)
{
    struct insight_domain d;
    struct insight_sources sources;
    struct insight_readiness readiness;
    struct table t;
    if (!insight_domain(in, f, &d))
        return false;
    if (is_page(x)) {
        if (!insight_sources(in, f, &sources) ||
            !insight_readiness(in, f, NULL, &readiness))
            return false;
        answer_page(x, pages_domain(&x->page, f, &d, &sources, &readiness));
        return true;
    }
    if (places_asks(x, "policies"))
        t = insight_policies_table(x->arena, d.policies, d.policy_count);
    else if (places_asks(x, "findings"))
        t = insight_findings_table(x->arena, LANGUAGE_EN, d.findings, d.finding_count);
    else
        t = insight_days_table(x->arena, d.days, d.day_count);
    places_table(x, f, &t);
    return true;
}

static bool
show_sources(struct exchange *x, struct insight *in, const struct filter *f)
{
    struct insight_sources sources;
    if (!insight_sources(in, f, &sources))
        return false;
    if (is_page(x)) {
        answer_page(x, pages_sources(&x->page, f, &sources));
        return true;
    }
    struct table t = insight_sources_table(x->arena, sources.sources, sources.count);
    places_table(x, f, &t);
    return true;
}

static bool
show_source(struct exchange *x, struct insight *in, const struct filter *f)
{
    struct insight_source s;
    struct table t;
    if (!insight_source(in, f, &s))
        return false;
    if (is_page(x)) {
        answer_page(x, pages_source(&x->page, f, &s));
        return true;
    }
    if (s.source == NULL) {
        answer_refusal(x, 404, N_("No report speaks of such a source in this range."));
        return true;
    }
    if (places_asks(x, "pairs"))
        t = insight_pairs_table(x->arena, s.pairs, s.pair_count);
    else if (places_asks(x, "heard"))
        t = insight_heard_table(x->arena, s.reporters, s.reporter_count);
    else
        t = insight_addresses_table(x->arena, s.source);
    places_table(x, f, &t);
    return true;
}

static bool
show_readiness(struct exchange *x, struct insight *in, const struct filter *f)
{
    struct insight_readiness r;
    if (!insight_readiness(in, f, NULL, &r))
        return false;
    if (is_page(x)) {
        answer_page(x, pages_readiness(&x->page, &r));
        return true;
    }
    struct table t = places_asks(x, "what_if")
                         ? insight_what_if_table(x->arena, &r.readiness)
                         : insight_readiness_table(x->arena, LANGUAGE_EN, &r.readiness);
    places_table(x, f, &t);
    return true;
}

static bool
show_failures(struct exchange *x, struct insight *in, const struct filter *f)
{
    struct insight_failures failures;
    if (!insight_failures(in, f, &failures))
        return false;
    if (is_page(x)) {
        answer_page(x, pages_failures(&x->page, f, &failures));
        return true;
    }
    struct table t = places_asks(x, "samples")
                         ? insight_samples_table(x->arena, &failures)
                         : insight_failures_table(x->arena, &failures);
    places_table(x, f, &t);
    return true;
}

static bool
show_keys(struct exchange *x, struct insight *in, const struct filter *f)
{
    const struct analysis_key *keys;
    size_t count;
    if (!insight_keys(in, f, &keys, &count))
        return false;
    if (is_page(x)) {
        answer_page(x, pages_keys(&x->page, f, keys, count));
        return true;
    }
    struct table t = insight_keys_table(x->arena, keys, count);
    places_table(x, f, &t);
    return true;
}

/* A reader asks about one of his domains. */
static bool
is_about_one(struct exchange *x, const struct filter *f)
{
    if (x->visitor.role == VISITOR_ADMINISTRATOR ||
        (f->domain.len > 0 && visitor_sees(&x->visitor, f->domain)))
        return true;
    answer_refusal(x, 403,
                   N_("Say which of your domains: add ?domain= to the address."));
    return false;
}

/* Programs read English. */
static bool
find_published(struct exchange *x, struct insight *in, const struct filter *f,
               struct pages_tls *tls)
{
    const struct stored_check_options options = {
        .language = is_page(x) ? x->page.html.language : LANGUAGE_EN,
        .discovery = x->web->env.config.dmarc.discovery,
        .psl = x->web->env.psl,
        .now = x->page.now,
    };
    tls->domains = places_part(x, INSIGHT_TLS_PUBLISHED_MAX);
    return insight_tls_published(in, f, &tls->domains, &tls->published, &tls->count) &&
           ((!is_page(x) && places_asks(x, "tls_published")) ||
            stored_policies(in, &options, tls->published, tls->count, &tls->policies));
}

/* The page, or one of its tables that tell what we publish. */
static bool
show_tls_published(struct exchange *x, struct insight *in, const struct filter *f)
{
    struct pages_tls tls = {0};
    struct table t;
    if (!find_published(x, in, f, &tls))
        return false;
    if (is_page(x)) {
        if (!insight_tls(in, f, &tls.tls))
            return false;
        tls.sums = part_of(x, PAGE_TURN_SUMS, 0);
        insight_part_of(&tls.sums, tls.tls.policy_count);
        tls.failures = part_of(x, PAGE_TURN_FAILURES, 0);
        insight_part_of(&tls.failures, tls.tls.failure_count);
        answer_page(x, pages_tls(&x->page, f, &tls));
        return true;
    }
    if (places_asks(x, "mta_sts"))
        t = insight_tls_policies_table(x->arena, tls.policies, tls.count);
    else if (places_asks(x, "mta_sts_check"))
        t = insight_tls_advice_table(x->arena, tls.policies, tls.count);
    else
        t = insight_tls_published_table(x->arena, tls.published, tls.count);
    places_table(x, f, &t);
    return true;
}

static bool
show_tls(struct exchange *x, struct insight *in, const struct filter *f)
{
    struct insight_tls tls;
    struct table t;
    if (!is_about_one(x, f))
        return true;
    if (is_page(x) || places_asks(x, "tls_published") || places_asks(x, "mta_sts") ||
        places_asks(x, "mta_sts_check"))
        return show_tls_published(x, in, f);
    if (!insight_tls(in, f, &tls))
        return false;
    t = places_asks(x, "tls_failures") ? insight_tls_failures_table(x->arena, &tls)
                                       : insight_tls_table(x->arena, &tls);
    places_table(x, f, &t);
    return true;
}

static bool
show_reporters(struct exchange *x, struct insight *in, const struct filter *f)
{
    const struct analysis_reporter *reporters;
    size_t count;
    if (!is_about_one(x, f))
        return true;
    struct table t;
    if (!insight_reporters(in, f, &reporters, &count) ||
        !insight_tls_reporters(in, f, &t))
        return false;
    if (is_page(x)) {
        struct insight_part part = places_part(x, count);
        insight_part_of(&part, count);
        answer_page(x, pages_reporters(&x->page, f, reporters, &part, &t));
        return true;
    }
    if (!places_asks(x, "tls_reporters"))
        t = insight_reporters_table(x->arena, reporters, count);
    places_table(x, f, &t);
    return true;
}

/* ---- which one ------------------------------------------------------------------------------ */

static place *const places[WEB_PLACES] = {
    [WEB_TODAY] = show_today,         [WEB_DOMAIN] = show_domain,
    [WEB_SOURCES] = show_sources,     [WEB_SOURCE] = show_source,
    [WEB_READINESS] = show_readiness, [WEB_FAILURES] = show_failures,
    [WEB_KEYS] = show_keys,           [WEB_TLS] = show_tls,
    [WEB_REPORTERS] = show_reporters, [WEB_REPORTS] = place_reports,
    [WEB_REPORT] = place_report,      [WEB_REPORT_RAW] = place_report_raw,
    [WEB_INTAKE] = place_intake,      [WEB_CHECK_NAME] = place_check_name,
    [WEB_SEARCH] = place_search,      [WEB_OUTBOX] = place_outbox,
};

void
places_answer(struct exchange *x)
{
    enum web_place at = x->page.match.route->place;
    struct insight in;
    struct filter f;
    if (places[at] == NULL) {
        acts_answer(x);
        return;
    }
    if (at == WEB_SEARCH || at == WEB_CHECK_NAME || at == WEB_REPORT ||
        at == WEB_REPORT_RAW)
        filter_init(&f, x->page.now);
    else if (!places_filter(x, &f))
        return;
    if (!insights_take(x, &in))
        return;
    find_domains(x, &in);
    if (!places[at](x, &in, &f)) {
        answer_refusal(
            x, 503, N_("The store cannot be read now; the log of sceau-web says why."));
        if (in.error == NULL)
            in.error = "out of memory";
    }
    insights_give(x, &in);
}
