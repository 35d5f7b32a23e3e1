/* Reports one by one, what came in, and the search over all. */
#include "place_reports.h"

#include "answer.h"
#include "core/domain.h"
#include "insight/search.h"
#include "places.h"
#include "web/pages_reports.h"

#define HITS_MAX 100

static bool
is_html(const struct exchange *x)
{
    return x->page.match.format == WEB_HTML;
}

/* A reader names one of his domains. */
static bool
is_allowed(struct exchange *x, struct sceau_slice domain)
{
    if (x->visitor.role == VISITOR_ADMINISTRATOR ||
        (domain.len > 0 && visitor_sees(&x->visitor, domain)))
        return true;
    answer_refusal(x, 403,
                   N_("Say which of your domains: add ?domain= to the address."));
    return false;
}

bool
place_reports(struct exchange *x, struct insight *in, const struct filter *f)
{
    struct insight_part part = places_part(x, INSIGHT_REPORTS_MAX);
    struct insight_reports reports;
    if (!is_allowed(x, f->domain))
        return true;
    if (!insight_reports(in, f, &part, &reports))
        return false;
    if (is_html(x))
        answer_page(x, pages_reports(&x->page, f, &reports, &part));
    else
        places_table(x, f, &reports.table);
    return true;
}

bool
place_report(struct exchange *x, struct insight *in, const struct filter *f)
{
    struct insight_report report = {.is_known = false};
    int64_t id;
    (void)f;
    if (insight_report_read(x->page.match.part, &id) &&
        !insight_report(in, id, &report))
        return false;
    if (!report.is_known || !visitor_sees(&x->visitor, report.policy_domain))
        answer_refusal(x, 404, N_("What was here may have been removed."));
    else if (is_html(x))
        answer_page(x, pages_report(&x->page, &report));
    else
        places_table(x, NULL,
                     places_asks(x, "repairs") ? &report.repairs : &report.rows);
    return true;
}

/* Never shown in the browser: it is a stranger's file. */
bool
place_report_raw(struct exchange *x, struct insight *in, const struct filter *f)
{
    struct insight_raw raw = {.is_known = false};
    int64_t id;
    (void)f;
    if (insight_report_read(x->page.match.part, &id) &&
        !insight_report_raw(in, id, &raw))
        return false;
    if (!raw.is_known || !visitor_sees(&x->visitor, raw.policy_domain)) {
        answer_refusal(x, 404, N_("What was here may have been removed."));
        return true;
    }
    struct text t = text_new(x->arena, SIZE_MAX);
    text_string(&t, "attachment; filename=\"report-");
    text_slice(&t, insight_report_name(x->arena, id));
    text_string(&t, "\"");
    x->answer = (struct answer){.status = 200,
                                .type = "application/octet-stream",
                                .body = raw.octets,
                                .disposition = text_done(&t)};
    return true;
}

bool
place_intake(struct exchange *x, struct insight *in, const struct filter *f)
{
    struct insight_part part = places_part(x, INSIGHT_INTAKE_MAX);
    struct insight_intake intake;
    if (x->visitor.role != VISITOR_ADMINISTRATOR) {
        answer_refusal(x, 403, N_("That is for administrators."));
        return true;
    }
    if (!insight_intake(in, f, &part, &intake))
        return false;
    if (is_html(x))
        answer_page(x, pages_intake(&x->page, f, &intake, &part));
    else if (places_asks(x, "places"))
        places_table(x, f, &intake.places);
    else if (places_asks(x, "outcomes"))
        places_table(x, f, &intake.outcomes);
    else
        places_table(x, f, &intake.lines);
    return true;
}

/* ---- search ---------------------------------------------------------------------------------- */

struct search {
    struct exchange *x;
    struct sceau_slice query; /* as typed, trimmed */
    struct ip_network network;
    bool has_network;
    struct pages_hit *hits;
    size_t count;
};

static bool
contains(struct sceau_slice text, struct sceau_slice part)
{
    for (size_t i = 0; i + part.len <= text.len; i++) {
        if (slice_eq_ci(slice_sub(text, i, part.len), part))
            return true;
    }
    return false;
}

static void
add_hit(struct search *s, const char *kind, struct sceau_slice text,
        struct sceau_slice detail, struct sceau_slice url)
{
    if (s->count < HITS_MAX)
        s->hits[s->count++] = (struct pages_hit){kind, text, detail, url};
}

struct choice {
    const char *name;
    struct sceau_slice value;
};

/* "/d/x/source?days=90&source=key" */
static struct sceau_slice
url_of(struct search *s, enum web_place place, struct sceau_slice domain,
       const struct choice *choices, size_t count)
{
    struct text t = text_new(s->x->arena, SIZE_MAX);
    struct query q = {.count = 0};
    route_write(&t, place, domain);
    query_set(&q, "days", SCEAU_SLICE("90"));
    for (size_t i = 0; i < count; i++)
        query_set(&q, choices[i].name, choices[i].value);
    query_write(&t, &q);
    return text_done(&t);
}

static void
add_source(struct search *s, const struct insight_hit *hit)
{
    struct choice source = {"source", hit->key};
    add_hit(s, N_("source"), hit->name, hit->domain,
            url_of(s, WEB_SOURCE, hit->domain, &source, 1));
}

static void
add_selector(struct search *s, const struct insight_hit *hit)
{
    struct choice selector = {"selector", hit->name};
    add_hit(s, N_("selector"), hit->name, hit->domain,
            url_of(s, WEB_KEYS, hit->domain, &selector, 1));
}

/* An address within the network, and whose it is. */
static void
add_address(struct search *s, const struct insight_hit *hit)
{
    char text[SCEAU_IP_TEXT];
    struct sceau_slice ip =
        slice_copy(s->x->arena,
                   (struct sceau_slice){text, sceau_ip_format(&hit->ip, text)});
    struct choice choices[] = {
        {"source", hit->key},
        {"ip",     ip      }
    };
    struct text detail = text_new(s->x->arena, SIZE_MAX);
    text_slice(&detail, hit->domain);
    if (!slice_eq(hit->name, ip)) {
        text_string(&detail, " \xc2\xb7 ");
        text_slice(&detail, hit->name);
    }
    add_hit(s, N_("address"), ip, text_done(&detail),
            url_of(s, WEB_SOURCE, hit->domain, choices, 2));
}

/* All sources of a domain with addresses there, however many. */
static void
add_network(struct search *s, struct sceau_slice domain)
{
    char text[SCEAU_IP_TEXT];
    struct text t = text_new(s->x->arena, SIZE_MAX);
    text_slice(&t,
               (struct sceau_slice){text, sceau_ip_format(&s->network.address, text)});
    text_format(&t, "/%u", s->network.prefix);
    struct choice choice = {"ip", text_done(&t)};
    add_hit(s, N_("network"), choice.value, domain,
            url_of(s, WEB_SOURCES, domain, &choice, 1));
}

static bool
search_domains(struct search *s, struct insight *in)
{
    const struct insight_hit *found;
    size_t count;
    bool is_address = s->has_network &&
                      s->network.prefix == (s->network.address.version == 4 ? 32 : 128);
    if (!insight_search(in, s->x->page.domains.items, s->x->page.domains.count,
                        s->query, s->has_network ? &s->network : NULL,
                        HITS_MAX - s->count, &found, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool is_first = i == 0 || !slice_eq(found[i].domain, found[i - 1].domain);
        if (s->has_network && !is_address && is_first)
            add_network(s, found[i].domain);
        if (s->has_network)
            add_address(s, &found[i]);
        else if (found[i].is_selector)
            add_selector(s, &found[i]);
        else
            add_source(s, &found[i]);
    }
    return true;
}

static bool
add_reports(struct search *s, struct insight *in, struct statement *q)
{
    int step;
    bind_text(q, 1, s->query);
    while ((step = statement_step(q)) == 1) {
        struct sceau_slice domain = slice_copy(in->arena, column_text(q, 3));
        struct text t = text_new(in->arena, SIZE_MAX);
        if (!visitor_sees(&s->x->visitor, domain))
            continue;
        text_slice(&t, column_text(q, 1));
        text_octet(&t, ' ');
        text_slice(&t, column_text(q, 2));
        struct sceau_slice name = insight_report_name(in->arena, column_int(q, 0));
        add_hit(s, N_("report"), text_done(&t), domain,
                page_place(&s->x->page, WEB_REPORT, name));
    }
    return step == 0;
}

/* By its own id, and those of a reporter within the range of the other hits. */
static bool
search_reports(struct search *s, struct insight *in)
{
    struct statement *q =
        database_prepare(in->db,
                         "SELECT id, org_name, report_id, policy_domain FROM report "
                         "WHERE report_id = ?1 ORDER BY received DESC, id LIMIT 20");
    if (!add_reports(s, in, q))
        return false;
    q = database_prepare(in->db,
                         "SELECT id, org_name, report_id, policy_domain FROM report "
                         "WHERE lower(org_name) = lower(?1) AND day > ?2 "
                         "ORDER BY day DESC, received DESC, id LIMIT 20");
    bind_int(q, 2, in->now / 86400 - INSIGHT_SEARCH_DAYS);
    return add_reports(s, in, q);
}

bool
place_search(struct exchange *x, struct insight *in, const struct filter *f)
{
    const struct sceau_slice *domains = x->page.domains.items;
    struct search s = {.x = x, .query = slice_trim(query_get(&x->query, "q"))};
    struct sceau_slice normal;
    (void)f;
    s.hits = sceau_arena_alloc(x->arena, HITS_MAX * sizeof *s.hits);
    if (s.hits == NULL)
        return false;
    if (s.query.len == 0 || s.query.len > 255) {
        answer_redirect(x, SCEAU_SLICE("/"));
        return true;
    }
    s.has_network = insight_search_network(s.query, &s.network);
    bool is_name = domain_normal(x->arena, s.query, &normal);
    for (size_t i = 0; i < x->page.domains.count; i++) {
        if (is_name && slice_eq(domains[i], normal)) {
            answer_redirect(x, page_place(&x->page, WEB_DOMAIN, normal));
            return true;
        }
        if (contains(domains[i], s.query))
            add_hit(&s, N_("domain"), domains[i], SCEAU_SLICE(""),
                    url_of(&s, WEB_DOMAIN, domains[i], NULL, 0));
    }
    if (!search_domains(&s, in) || !search_reports(&s, in))
        return false;
    answer_page(x,
                pages_search(&x->page, s.query, s.hits, s.count, s.count == HITS_MAX));
    return true;
}
