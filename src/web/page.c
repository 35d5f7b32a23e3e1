/* The frame that all pages share. */
#include "web/page.h"

#include "core/date.h"

struct page
page_new(struct sceau_arena *arena, enum language language)
{
    return (struct page){.html = html_new(arena, language), .arena = arena};
}

/* ---- places ------------------------------------------------------------------------- */

/* What a reader keeps from page to page. */
static const char *const kept[] = {"days", "from", "to"};

struct sceau_slice
page_place(struct page *p, enum web_place place, struct sceau_slice part)
{
    struct text t = text_new(p->arena, SIZE_MAX);
    struct query query = {.count = 0};
    route_write(&t, place, part);
    for (size_t i = 0; i < sizeof kept / sizeof *kept && p->query != NULL; i++) {
        struct sceau_slice value = query_get(p->query, kept[i]);
        if (value.len > 0)
            query_set(&query, kept[i], value);
    }
    query_write(&t, &query);
    return text_done(&t);
}

/* Which rows of its lists a page shows: P8 has three. */
static const char *const turns[] = {PAGE_TURN, PAGE_TURN_SUMS, PAGE_TURN_FAILURES};

bool
page_is_turn(struct sceau_slice name)
{
    for (size_t i = 0; i < sizeof turns / sizeof *turns; i++)
        if (slice_eq(name, sceau_slice_from(turns[i])))
            return true;
    return false;
}

static struct sceau_slice
with_query(struct page *p, struct sceau_slice path, const char *suffix,
           const char *name, struct sceau_slice value)
{
    struct text t = text_new(p->arena, SIZE_MAX);
    struct query query = {.count = 0};
    if (p->query != NULL)
        query = *p->query;
    query_remove(&query, "lang");
    bool stays = name != NULL &&
                 (page_is_turn(sceau_slice_from(name)) || strcmp(name, "lang") == 0);
    for (size_t i = 0; !stays && i < sizeof turns / sizeof *turns; i++)
        query_remove(&query, turns[i]); /* other rows have other pages */
    if (name != NULL)
        query_remove(&query, name);
    if (name != NULL && value.ptr != NULL)
        query_set(&query, name, value);
    text_slice(&t, path);
    text_string(&t, suffix);
    query_write(&t, &query);
    return text_done(&t);
}

struct sceau_slice
page_with(struct page *p, const char *name, struct sceau_slice value)
{
    return with_query(p, p->path, "", name, value);
}

struct sceau_slice
page_as(struct page *p, const char *suffix, const char *table)
{
    bool is_root = slice_eq(p->path, SCEAU_SLICE("/"));
    return with_query(p, is_root ? SCEAU_SLICE("/today") : p->path, suffix, "table",
                      table != NULL ? sceau_slice_from(table) : SLICE_NONE);
}

/* ---- small parts --------------------------------------------------------------------- */

void
page_link(struct page *p, const char *class, struct sceau_slice url,
          struct sceau_slice text)
{
    html_open(&p->html, "a");
    if (class != NULL)
        html_attr_string(&p->html, "class", class);
    html_url(&p->html, "href", url);
    html_text(&p->html, text);
    html_close(&p->html, "a");
}

void
page_link_say(struct page *p, const char *class, struct sceau_slice url,
              const char *english)
{
    page_link(p, class, url,
              sceau_slice_from(language_text(p->html.language, english)));
}

void
page_hidden(struct page *p, const char *name, struct sceau_slice value)
{
    html_open(&p->html, "input");
    html_attr_string(&p->html, "type", "hidden");
    html_attr_string(&p->html, "name", name);
    html_attr(&p->html, "value", value);
    html_close(&p->html, "input");
}

void
page_form(struct page *p, const char *class, struct sceau_slice action, bool has_file)
{
    html_open(&p->html, "form");
    html_attr_string(&p->html, "method", "post");
    if (class != NULL)
        html_attr_string(&p->html, "class", class);
    if (has_file)
        html_attr_string(&p->html, "enctype", "multipart/form-data");
    html_url(&p->html, "action", action);
    page_hidden(p, "token", sceau_slice_from(p->token));
}

void
page_form_end(struct page *p)
{
    html_close(&p->html, "form");
}

struct sceau_slice
page_day(struct page *p, int64_t day)
{
    struct text t = text_new(p->arena, SIZE_MAX);
    date_format(&t, day * 86400);
    return text_done(&t);
}

struct sceau_slice
page_time(struct page *p, int64_t seconds)
{
    struct text t = text_new(p->arena, SIZE_MAX);
    int64_t second = ((seconds % 86400) + 86400) % 86400;
    date_format(&t, seconds);
    text_format(&t, " %02d:%02d UTC", (int)(second / 3600), (int)(second / 60 % 60));
    return text_done(&t);
}

enum language
page_language(struct sceau_slice asked, struct sceau_slice cookie,
              struct sceau_slice accept)
{
    const struct sceau_slice wishes[] = {asked, cookie, accept};
    for (size_t i = 0; i < 3; i++) {
        struct sceau_slice rest = slice_trim(wishes[i]), one;
        while (rest.len > 0 && slice_next(&rest, ',', &one)) {
            one = slice_trim(one);
            if (slice_starts_ci(one, SCEAU_SLICE("fr")))
                return LANGUAGE_FR;
            if (slice_starts_ci(one, SCEAU_SLICE("en")))
                return LANGUAGE_EN;
        }
    }
    return LANGUAGE_EN;
}

/* ---- the frame ----------------------------------------------------------------------- */

static void
put_meta(struct html *h, const char *name, const char *content)
{
    html_open(h, "meta");
    html_attr_string(h, "name", name);
    html_attr_string(h, "content", content);
    html_close(h, "meta");
}

static void
put_head(struct page *p, const char *title, struct sceau_slice subject)
{
    struct html *h = &p->html;
    html_doctype(h);
    html_open(h, "html");
    html_attr_string(h, "lang", h->language == LANGUAGE_FR ? "fr" : "en");
    html_open(h, "head");
    html_open(h, "meta");
    html_attr_string(h, "charset", "utf-8");
    html_close(h, "meta");
    put_meta(h, "viewport", "width=device-width, initial-scale=1");
    put_meta(h, "color-scheme", "light dark");
    html_open(h, "title");
    html_say(h, title);
    if (subject.len > 0) {
        html_string(h, " \xc2\xb7 ");
        html_text(h, subject);
    }
    html_string(h, " \xc2\xb7 sceau");
    html_close(h, "title");
    html_open(h, "link");
    html_attr_string(h, "rel", "stylesheet");
    html_url(h, "href", SCEAU_SLICE("/static/sceau.css"));
    html_close(h, "link");
    html_open(h, "script");
    html_url(h, "src", SCEAU_SLICE("/static/sceau.js"));
    html_flag(h, "defer");
    html_close(h, "script");
    html_close(h, "head");
}

static void
put_entry(struct page *p, enum web_place place, struct sceau_slice part,
          const char *english, bool is_here)
{
    struct html *h = &p->html;
    html_open(h, "li");
    html_open(h, "a");
    html_url(h, "href", page_place(p, place, part));
    if (is_here)
        html_attr_string(h, "aria-current", "page");
    html_say(h, english);
    html_close(h, "a");
    html_close(h, "li");
}

struct entry {
    enum web_place place;
    const char *english;
};

static const struct entry site[] = {
    {WEB_TODAY,    N_("Today")   },
    {WEB_REPORTS,  N_("Reports") },
    {WEB_TLS,      N_("TLS")     },
    {WEB_CHECK,    N_("Check")   },
    {WEB_INTAKE,   N_("Intake")  },
    {WEB_OUTBOX,   N_("Outbox")  },
    {WEB_SETTINGS, N_("Settings")},
};

static const struct entry tabs[] = {
    {WEB_DOMAIN,     N_("Overview") },
    {WEB_SOURCES,    N_("Sources")  },
    {WEB_READINESS,  N_("Readiness")},
    {WEB_FAILURES,   N_("Failures") },
    {WEB_KEYS,       N_("Keys")     },
    {WEB_CHECK_NAME, N_("DNS check")},
};

static enum web_place
here(const struct page *p)
{
    return p->match.route != NULL ? p->match.route->place : WEB_PLACES;
}

static void
put_navigation(struct page *p)
{
    struct html *h = &p->html;
    html_open(h, "nav");
    html_attr_say(h, "aria-label", N_("Pages"));
    html_open(h, "ul");
    for (size_t i = 0; i < sizeof site / sizeof *site; i++) {
        if (site[i].place == WEB_SETTINGS && p->visitor->role != VISITOR_ADMINISTRATOR)
            continue;
        put_entry(p, site[i].place, SCEAU_SLICE(""), site[i].english,
                  here(p) == site[i].place);
    }
    html_close(h, "ul");
    html_close(h, "nav");
}

/* A domain, an address, a host, a selector, a report: one box for all of them. */
static void
put_search(struct page *p)
{
    struct html *h = &p->html;
    html_open(h, "form");
    html_attr_string(h, "class", "search");
    html_attr_string(h, "role", "search");
    html_url(h, "action", SCEAU_SLICE("/search"));
    html_open(h, "label");
    html_attr_string(h, "class", "unseen");
    html_attr_string(h, "for", "q");
    html_say(h, N_("Domain, address, network, selector or report"));
    html_close(h, "label");
    html_open(h, "input");
    html_attr_string(h, "type", "search");
    html_attr_string(h, "id", "q");
    html_attr_string(h, "name", "q");
    html_attr_string(h, "list", "domains");
    html_attr_string(h, "autocomplete", "off");
    html_attr_say(h, "placeholder", N_("domain, IP, selector, report"));
    html_close(h, "input");
    html_open(h, "datalist");
    html_attr_string(h, "id", "domains");
    for (size_t i = 0; i < p->domains.count; i++) {
        html_open(h, "option");
        html_attr(h, "value", p->domains.items[i]);
        html_close(h, "option");
    }
    html_close(h, "datalist");
    html_open(h, "button");
    html_say(h, N_("Go"));
    html_close(h, "button");
    html_close(h, "form");
}

static void
put_banner(struct page *p)
{
    struct html *h = &p->html;
    html_open(h, "a");
    html_attr_string(h, "class", "skip");
    html_url(h, "href", SCEAU_SLICE("#main"));
    html_say(h, N_("Skip to the content"));
    html_close(h, "a");
    html_open(h, "header");
    html_attr_string(h, "class", "banner");
    html_open(h, "a");
    html_attr_string(h, "class", "brand");
    html_url(h, "href", SCEAU_SLICE("/"));
    html_string(h, "sceau");
    html_close(h, "a");
    if (p->visitor != NULL && p->visitor->role != VISITOR_NOBODY) {
        put_navigation(p);
        put_search(p);
    }
    html_close(h, "header");
}

static bool
has_range(const struct page *p)
{
    switch (here(p)) {
    case WEB_TODAY:
    case WEB_DOMAIN:
    case WEB_SOURCES:
    case WEB_SOURCE:
    case WEB_FAILURES:
    case WEB_KEYS:
    case WEB_REPORTS:
    case WEB_REPORTERS:
    case WEB_TLS:
    case WEB_INTAKE: return true;
    default: return false;
    }
}

static void
put_date(struct page *p, const char *name, const char *english)
{
    struct html *h = &p->html;
    html_open(h, "label");
    html_say(h, english);
    html_string(h, " ");
    html_open(h, "input");
    html_attr_string(h, "type", "date");
    html_attr_string(h, "name", name);
    if (p->query != NULL)
        html_attr(h, "value", query_get(p->query, name));
    html_close(h, "input");
    html_close(h, "label");
}

/* 7, 30, 90 days or any; whatever else is in the query stays. */
static void
put_range(struct page *p)
{
    static const char *const presets[] = {"7", "30", "90"};
    struct html *h = &p->html;
    struct sceau_slice days =
        p->query != NULL ? query_get(p->query, "days") : SLICE_NONE;
    bool is_free = p->query != NULL && query_get(p->query, "from").len > 0;
    html_open(h, "div");
    html_attr_string(h, "class", "range");
    html_attr_string(h, "role", "group");
    html_attr_say(h, "aria-label", N_("Range"));
    for (size_t i = 0; i < 3; i++) {
        struct query bare = p->query != NULL ? *p->query : (struct query){.count = 0};
        const struct query *whole = p->query;
        query_remove(&bare, "from");
        query_remove(&bare, "to");
        p->query = &bare;
        struct sceau_slice preset = sceau_slice_from(presets[i]);
        bool is_on = !is_free && (days.len > 0 ? slice_eq(days, preset) : i == 1);
        html_open(h, "a");
        html_url(h, "href", page_with(p, "days", preset));
        if (is_on)
            html_attr_string(h, "aria-current", "true");
        HTML_SENTENCE(h, N_("{n} {n|day|days}"), LANGUAGE_OURS("n", preset));
        html_close(h, "a");
        p->query = whole;
    }
    html_open(h, "form");
    html_url(h, "action", p->path);
    for (size_t i = 0; p->query != NULL && i < p->query->count; i++) {
        struct sceau_slice name = p->query->items[i].name;
        if (slice_eq(name, SCEAU_SLICE("days")) ||
            slice_eq(name, SCEAU_SLICE("from")) || slice_eq(name, SCEAU_SLICE("to")) ||
            slice_eq(name, SCEAU_SLICE("lang")) || page_is_turn(name))
            continue;
        html_open(h, "input");
        html_attr_string(h, "type", "hidden");
        html_attr(h, "name", name);
        html_attr(h, "value", p->query->items[i].value);
        html_close(h, "input");
    }
    put_date(p, "from", N_("from"));
    put_date(p, "to", N_("to"));
    html_open(h, "button");
    html_say(h, N_("Show"));
    html_close(h, "button");
    html_close(h, "form");
    html_close(h, "div");
}

static void
put_tabs(struct page *p)
{
    struct html *h = &p->html;
    html_open(h, "nav");
    html_attr_string(h, "class", "tabs");
    html_attr_say(h, "aria-label", N_("This domain"));
    html_open(h, "ul");
    for (size_t i = 0; i < sizeof tabs / sizeof *tabs; i++) {
        bool is_here = here(p) == tabs[i].place ||
                       (here(p) == WEB_SOURCE && tabs[i].place == WEB_SOURCES);
        put_entry(p, tabs[i].place, p->domain, tabs[i].english, is_here);
    }
    html_close(h, "ul");
    html_close(h, "nav");
}

void
page_begin(struct page *p, const char *title, struct sceau_slice subject)
{
    struct html *h = &p->html;
    put_head(p, title, subject);
    html_open(h, "body");
    put_banner(p);
    html_open(h, "main");
    html_attr_string(h, "id", "main");
    html_open(h, "div");
    html_attr_string(h, "class", "title");
    html_open(h, "h1");
    if (subject.len > 0) {
        html_element(h, "span", "subject", subject);
        html_string(h, " ");
    }
    html_element_say(h, "span", subject.len > 0 ? "topic" : NULL, title);
    html_close(h, "h1");
    if (p->visitor != NULL && p->visitor->role != VISITOR_NOBODY && has_range(p))
        put_range(p);
    html_close(h, "div");
    if (p->domain.len > 0)
        put_tabs(p);
}

static void
put_language(struct page *p)
{
    struct html *h = &p->html;
    bool is_french = h->language == LANGUAGE_FR;
    struct text t = text_new(p->arena, SIZE_MAX);
    struct query query = {.count = 0};
    query_set(&query, "to", is_french ? SCEAU_SLICE("en") : SCEAU_SLICE("fr"));
    query_set(&query, "back", page_with(p, "lang", SLICE_NONE));
    text_string(&t, "/language");
    query_write(&t, &query);
    html_open(h, "a");
    html_url(h, "href", text_done(&t));
    html_attr_string(h, "lang", is_french ? "en" : "fr");
    html_attr_string(h, "hreflang", is_french ? "en" : "fr");
    html_string(h, is_french ? "English"
                             : "Fran\xc3\xa7"
                               "ais");
    html_close(h, "a");
}

struct sceau_slice
page_end(struct page *p)
{
    struct html *h = &p->html;
    html_close(h, "main");
    html_open(h, "footer");
    html_open(h, "p");
    html_string(h, "sceau " SCEAU_VERSION " \xc2\xb7 ");
    html_say(h, N_("Days and times are UTC."));
    html_close(h, "p");
    html_open(h, "p");
    put_language(p);
    if (p->visitor != NULL && p->visitor->role != VISITOR_NOBODY) {
        html_string(h, " ");
        page_link_say(p, NULL, SCEAU_SLICE("/openapi.json"), N_("API"));
    }
    html_close(h, "p");
    if (p->visitor != NULL && p->visitor->is_by_link) {
        page_form(p, "inline", SCEAU_SLICE("/logout"), false);
        html_open(h, "button");
        html_say(h, N_("Sign out"));
        html_close(h, "button");
        page_form_end(p);
    } else if (p->visitor != NULL && p->visitor->name.len > 0) {
        html_element(h, "p", NULL, p->visitor->name);
    }
    html_close(h, "footer");
    html_close(h, "body");
    html_close(h, "html");
    html_string(h, "\n");
    return html_done(h);
}

/* ---- whole pages that say one thing -------------------------------------------------- */

struct sceau_slice
page_message(struct page *p, const char *title, const char *text)
{
    page_begin(p, title, SCEAU_SLICE(""));
    html_element_say(&p->html, "p", "lead", text);
    return page_end(p);
}

struct sceau_slice
page_told(struct page *p, const char *title, struct sceau_slice text,
          struct sceau_slice back)
{
    page_begin(p, title, SCEAU_SLICE(""));
    html_element(&p->html, "p", "lead", text);
    html_open(&p->html, "p");
    page_link_say(p, "button", back, N_("Go on"));
    html_close(&p->html, "p");
    return page_end(p);
}

struct sceau_slice
page_closed(struct page *p)
{
    struct html *h = &p->html;
    page_begin(p, N_("Sign in"), SCEAU_SLICE(""));
    html_element_say(
        h, "p", "lead",
        N_("This dashboard opens with a one-time link. On the server, type:"));
    html_open(h, "pre");
    html_element(h, "code", NULL, SCEAU_SLICE("sceau web login"));
    html_close(h, "pre");
    html_element_say(
        h, "p", NULL,
        N_("and open the address that it prints, within ten minutes. There is "
           "no password: whoever can run that command on the server may "
           "see this."));
    return page_end(p);
}
