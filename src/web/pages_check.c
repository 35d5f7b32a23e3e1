/* The page Check. The words of the three lines are English in every language: they are what
 * users of MXToolbox look for. */
#include "web/pages_check.h"

#include "insight/tls_policies.h"
#include "web/grid.h"
#include "web/pages.h"

#include <stdio.h>

static const struct outcome {
    const char *style, *word;
} outcomes[] = {
    [CHECK_OK] = {"good", N_("Ok")     },
    [CHECK_INFO] = {"info", N_("Info")   },
    [CHECK_WARNING] = {"warn", N_("Warning")},
    [CHECK_PROBLEM] = {"bad",  N_("Problem")},
    [CHECK_UNKNOWN] = {"none", N_("Unknown")},
    [CHECK_SKIPPED] = {"none", N_("Skipped")},
};

static struct sceau_slice
decimal(struct page *p, uint64_t n)
{
    struct text t = text_new(p->arena, SIZE_MAX);
    text_decimal(&t, n);
    return text_done(&t);
}

static void
put_lines(struct page *p, const struct pages_checked *c)
{
    struct html *h = &p->html;
    html_open(h, "ul");
    html_attr_string(h, "class", "lines");
    for (size_t i = 0; i < CHECK_SUMMARY_LINES; i++) {
        const struct check_status_line *line = &c->lines[i];
        html_open(h, "li");
        html_open(h, "p");
        grid_badge(p, outcomes[line->outcome].style, line->status);
        html_close(h, "p");
        html_open(h, "p");
        html_element(h, "strong", NULL, sceau_slice_from(line->label));
        html_string(h, " \xe2\x80\x93 ");
        html_string(h, line->text);
        html_close(h, "p");
        html_close(h, "li");
    }
    html_close(h, "ul");
}

/* What stands in `backquotes` is to be copied. */
static void
put_quoted(struct page *p, struct sceau_slice text)
{
    struct html *h = &p->html;
    struct sceau_slice rest = text, part;
    html_open(h, "p");
    for (bool is_code = false; slice_next(&rest, '`', &part); is_code = !is_code) {
        if (is_code)
            html_element(h, "code", NULL, part);
        else
            html_text(h, part);
    }
    html_close(h, "p");
}

void
pages_check_finding(struct page *p, const struct check_finding *f,
                    struct sceau_slice domain)
{
    struct html *h = &p->html;
    char class[32];
    snprintf(class, sizeof class, "finding %s", outcomes[f->outcome].style);
    html_open(h, "li");
    html_attr_string(h, "class", class);
    html_open(h, "p");
    html_attr_string(h, "class", "what");
    grid_badge(p, outcomes[f->outcome].style, outcomes[f->outcome].word);
    if (domain.len > 0)
        html_element(h, "strong", NULL, domain);
    html_element_say(h, "strong", NULL, f->rule->title);
    html_element(h, "span", "soft mono", sceau_slice_from(f->rule->id));
    html_close(h, "p");
    if (f->place.line > 0) {
        html_open(h, "p");
        html_attr_string(h, "class", "soft");
        HTML_SENTENCE(h, N_("line {line}, column {column}"),
                      LANGUAGE_OURS("line", decimal(p, f->place.line)),
                      LANGUAGE_OURS("column", decimal(p, f->place.column)));
        html_close(h, "p");
    }
    html_element(h, "p", "mono", f->found);
    html_element(h, "p", NULL, f->why);
    if (f->fix.len > 0)
        put_quoted(p, f->fix);
    if (f->zone_line.len > 0)
        html_element(h, "pre", NULL, f->zone_line);
    html_close(h, "li");
}

static void
put_findings(struct page *p, const struct pages_checked *c)
{
    struct html *h = &p->html;
    size_t passed = 0;
    html_open(h, "ul");
    html_attr_string(h, "class", "findings");
    for (const struct check_finding *f = c->findings; f != NULL; f = f->next) {
        if (insight_is_advice(f))
            pages_check_finding(p, f, SCEAU_SLICE(""));
        passed += f->outcome == CHECK_OK;
    }
    html_close(h, "ul");
    html_open(h, "p");
    html_attr_string(h, "class", "soft");
    HTML_SENTENCE(h, N_("{n} {n|check|checks} passed."),
                  LANGUAGE_OURS("n", decimal(p, passed)));
    html_close(h, "p");
}

static void
put_checked(struct page *p, const struct pages_checked *c)
{
    struct html *h = &p->html;
    html_open(h, "section");
    html_attr_string(h, "class", "panel");
    html_element(h, "h2", NULL, c->name);
    put_lines(p, c);
    html_close(h, "section");
    put_findings(p, c);
}

/* ---- forms ----------------------------------------------------------------------------- */

static void
put_name_form(struct page *p)
{
    struct html *h = &p->html;
    html_open(h, "section");
    html_attr_string(h, "class", "panel");
    html_element_say(h, "h2", NULL, N_("A name, by the records seen last"));
    html_open(h, "form");
    html_attr_string(h, "class", "row");
    html_url(h, "action", SCEAU_SLICE("/check"));
    html_open(h, "label");
    html_say(h, N_("Domain"));
    html_open(h, "input");
    html_attr_string(h, "name", "name");
    html_attr_string(h, "list", "domains");
    html_flag(h, "required");
    html_close(h, "input");
    html_close(h, "label");
    html_open(h, "button");
    html_attr_string(h, "class", "main-button");
    html_say(h, N_("Check"));
    html_close(h, "button");
    html_close(h, "form");
    pages_paragraph(
        p, "soft",
        N_("This page asks no DNS itself: sceau-reportd looks once a day, and "
           "sceau check NAME asks now."));
    html_close(h, "section");
}

static void
put_zone_form(struct page *p)
{
    struct html *h = &p->html;
    html_open(h, "section");
    html_attr_string(h, "class", "panel");
    html_element_say(h, "h2", NULL, N_("A zone, before it is published"));
    page_form(p, NULL, SCEAU_SLICE("/check"), true);
    html_open(h, "p");
    html_open(h, "label");
    html_attr_string(h, "for", "zone");
    html_say(h, N_("The zone's text (BIND's format)"));
    html_close(h, "label");
    html_close(h, "p");
    html_open(h, "textarea");
    html_attr_string(h, "id", "zone");
    html_attr_string(h, "name", "zone");
    html_attr_string(h, "spellcheck", "false");
    html_text(h, SCEAU_SLICE(""));
    html_close(h, "textarea");
    html_open(h, "div");
    html_attr_string(h, "class", "fields");
    html_open(h, "label");
    html_say(h, N_("or a file"));
    html_open(h, "input");
    html_attr_string(h, "type", "file");
    html_attr_string(h, "name", "file");
    html_close(h, "input");
    html_close(h, "label");
    html_open(h, "label");
    html_say(h, N_("Name of the zone, if it does not say it"));
    html_open(h, "input");
    html_attr_string(h, "name", "origin");
    html_attr_string(h, "placeholder", "example.org");
    html_close(h, "input");
    html_close(h, "label");
    html_close(h, "div");
    html_open(h, "p");
    html_open(h, "button");
    html_attr_string(h, "class", "main-button");
    html_say(h, N_("Check the zone"));
    html_close(h, "button");
    html_close(h, "p");
    page_form_end(p);
    html_element_say(
        h, "p", "soft",
        N_("Nothing of it is kept, and no server is asked. $INCLUDE is not "
           "followed; $GENERATE makes 1,000 records at most."));
    html_close(h, "section");
}

struct sceau_slice
pages_check_form(struct page *p, struct sceau_slice told)
{
    page_begin(p, N_("Check"), SCEAU_SLICE(""));
    if (told.len > 0) {
        html_open(&p->html, "p");
        html_attr_string(&p->html, "class", "lead");
        html_attr_string(&p->html, "role", "alert");
        grid_badge(p, "bad", N_("not read"));
        html_string(&p->html, " ");
        html_text(&p->html, told);
        html_close(&p->html, "p");
    }
    html_open(&p->html, "div");
    html_attr_string(&p->html, "class", "columns");
    put_zone_form(p);
    put_name_form(p);
    html_close(&p->html, "div");
    return page_end(p);
}

struct sceau_slice
pages_check_zone(struct page *p, const struct pages_checked *checked, size_t count,
                 size_t left)
{
    page_begin(p, N_("Check"), count > 0 ? checked[0].name : SCEAU_SLICE(""));
    if (count == 0)
        html_element_say(&p->html, "p", "lead",
                         N_("No name of this zone sends or receives mail."));
    for (size_t i = 0; i < count; i++)
        put_checked(p, &checked[i]);
    if (left > 0)
        pages_paragraph(
            p, "lead",
            N_("The zone has more names than this page looks at; sceau check "
               "--zone FILE takes them all."));
    html_open(&p->html, "p");
    page_link_say(p, "button", SCEAU_SLICE("/check"), N_("Another zone"));
    html_close(&p->html, "p");
    return page_end(p);
}

/* ---- a name ------------------------------------------------------------------------------ */

static const struct grid_column columns[] = {
    {N_("Name"),       GRID_TEXT },
    {N_("Type"),       GRID_SHORT},
    {N_("Record"),     GRID_TEXT },
    {N_("First seen"), GRID_SHORT},
    {N_("Last"),       GRID_SHORT},
    {N_("Now"),        GRID_SHORT},
};

static void
put_history(struct page *p, const struct pages_record *records, size_t count)
{
    html_element_say(&p->html, "h2", NULL, N_("All records, and when they were seen"));
    grid_about(p, SCEAU_SLICE(""), false, "dns_records");
    struct grid g = grid_begin(p, N_("All records, and when they were seen"), columns,
                               sizeof columns / sizeof *columns);
    for (size_t i = 0; i < count; i++) {
        const struct pages_record *r = &records[i];
        grid_row(&g, r->is_current ? NULL : "dim");
        grid_text(&g, r->name);
        grid_text(&g, r->type);
        grid_open_text(&g);
        if (r->text.len > 0)
            html_element(&p->html, "code", NULL, r->text);
        else
            html_say(&p->html, N_("none"));
        grid_close(&g);
        grid_time(&g, r->first);
        grid_time(&g, r->last);
        grid_open(&g, r->is_current);
        if (r->is_current && r->text.len == 0)
            grid_badge(p, "none", N_("absent"));
        else if (r->is_current)
            grid_badge(p, "good", N_("published"));
        else
            grid_badge(p, "none", N_("gone"));
        grid_close(&g);
        grid_row_end(&g);
    }
    grid_end(&g);
}

struct sceau_slice
pages_check_name(struct page *p, const struct pages_checked *checked, int64_t seen,
                 const struct pages_record *records, size_t record_count)
{
    struct html *h = &p->html;
    page_begin(p, N_("DNS check"), p->domain);
    if (seen == 0) {
        pages_paragraph(
            p, "lead",
            N_("The records of this name were not looked at yet: sceau-reportd "
               "looks once a day. sceau check NAME asks now."));
        return page_end(p);
    }
    html_open(h, "p");
    html_attr_string(h, "class", "soft");
    HTML_SENTENCE(
        h, N_("By the records seen on {time}; what was not asked for is unknown."),
        LANGUAGE_THEIRS("time", page_time(p, seen)));
    html_close(h, "p");
    grid_about(p, SCEAU_SLICE(""), false, NULL);
    put_checked(p, checked);
    pages_diff(p, records, record_count);
    put_history(p, records, record_count);
    return page_end(p);
}

/* ---- as a table ---------------------------------------------------------------------------- */

static const struct table_column check_columns[] = {
    {"name",      TABLE_TEXT, N_("Name"),    0},
    {"id",        TABLE_TEXT, N_("Check"),   0},
    {"outcome",   TABLE_TEXT, N_("Outcome"), 0},
    {"found",     TABLE_TEXT, N_("Found"),   0},
    {"why",       TABLE_TEXT, N_("Why"),     0},
    {"fix",       TABLE_TEXT, N_("To do"),   0},
    {"zone_line", TABLE_TEXT, N_("Record"),  0},
};

struct table
pages_check_table(struct sceau_arena *arena, const struct pages_checked *checked,
                  size_t count)
{
    struct table_maker m = table_new(arena, "check", check_columns,
                                     sizeof check_columns / sizeof *check_columns);
    for (size_t i = 0; i < count; i++) {
        for (const struct check_finding *f = checked[i].findings; f != NULL;
             f = f->next) {
            table_text(&m, checked[i].name);
            insight_put_finding(&m, f);
        }
    }
    return table_done(&m);
}
