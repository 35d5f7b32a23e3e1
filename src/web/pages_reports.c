/* Reports one by one, the intake, the search, the settings. */
#include "web/pages_reports.h"

#include "config/table.h"
#include "insight/words.h"
#include "web/grid.h"
#include "web/pages.h"

#include <stdio.h>

/* ---- the list --------------------------------------------------------------------------- */

/* A cell of a table as it stands, by its type. */
static void
put_cell(struct grid *g, const struct table *table, size_t row, size_t column)
{
    struct page *p = g->page;
    const struct table_cell *cell = &table->cells[row * table->column_count + column];
    struct sceau_slice text =
        table_cell_text(p->arena, p->html.language, table, row, column);
    enum table_type type = table->columns[column].type;
    if (cell->is_absent || text.len == 0) {
        grid_none(g);
    } else if (table_is_text(type)) {
        grid_text(g, text);
    } else if (type == TABLE_TIME) {
        grid_time(g, cell->number);
    } else {
        grid_open(g, cell->number);
        html_text(&p->html, text);
        grid_close(g);
    }
}

static const struct grid_column list_columns[] = {
    {N_("Reporter"),       GRID_TEXT  },
    {N_("Day"),            GRID_SHORT },
    {N_("Domain"),         GRID_TEXT  },
    {N_("Kind"),           GRID_SHORT },
    {N_("Messages"),       GRID_NUMBER},
    {N_("Failed"),         GRID_NUMBER},
    {N_("Repairs"),        GRID_NUMBER},
    {N_("Contradictions"), GRID_NUMBER},
    {N_("Sender"),         GRID_TEXT  },
    {N_("Received"),       GRID_SHORT },
};

static void
put_listed(struct page *p, struct grid *g, const struct insight_reports *r, size_t row)
{
    const struct table *t = &r->table;
    const struct table_cell *cells = &t->cells[row * t->column_count];
    bool is_counted = cells[10].number != 0;
    grid_row(g, is_counted ? NULL : "dim");
    grid_link(g, page_place(p, WEB_REPORT, insight_report_name(p->arena, r->ids[row])),
              cells[2].text.len > 0
                  ? cells[2].text
                  : sceau_slice_from(language_text(p->html.language, N_("not said"))));
    static const unsigned char columns[] = {1, 3, 4, 5, 6};
    for (size_t i = 0; i < sizeof columns; i++)
        put_cell(g, t, row, columns[i]);
    for (size_t column = 7; column <= 8; column++) /* none, as a rule */
        grid_rare(g, cells[column].number > 0 ? (uint64_t)cells[column].number : 0);
    grid_open_text(g);
    html_text(&p->html, table_cell_text(p->arena, p->html.language, t, row, 9));
    if (!is_counted) {
        html_string(&p->html, " ");
        grid_badge(p, "none", N_("not counted"));
    }
    grid_close(g);
    put_cell(g, t, row, 11);
    grid_row_end(g);
}

struct sceau_slice
pages_reports(struct page *p, const struct filter *f,
              const struct insight_reports *reports, const struct insight_part *part)
{
    page_begin(p, N_("Reports"), SCEAU_SLICE(""));
    html_open(&p->html, "p");
    page_link_say(p, NULL, page_place(p, WEB_REPORTERS, SCEAU_SLICE("")),
                  N_("The reporters: delay, gaps, contradictions"));
    html_close(&p->html, "p");
    pages_about(p, f, NULL);
    struct grid g = grid_begin(p, N_("Reports"), list_columns,
                               sizeof list_columns / sizeof *list_columns);
    for (size_t i = 0; i < reports->table.row_count; i++)
        put_listed(p, &g, reports, i);
    grid_end(&g);
    pages_turns(p, part, reports->table.row_count, N_("Newer"), N_("Older"));
    return page_end(p);
}

/* ---- one -------------------------------------------------------------------------------- */

static void
put_fact(struct page *p, const char *name, struct sceau_slice value)
{
    if (value.len == 0)
        return;
    html_element_say(&p->html, "dt", NULL, name);
    html_open(&p->html, "dd");
    html_element(&p->html, "span", value.len > 300 ? "long" : NULL, value);
    html_close(&p->html, "dd");
}

static struct sceau_slice
policy_of(struct page *p, const struct insight_report *r)
{
    static const char *const modes[] = {"?", "r", "s"};
    struct text t = text_new(p->arena, SIZE_MAX);
    text_format(&t, "p=%s", pages_policy_word(r->p));
    if (r->sp != REPORT_DISPOSITION_UNKNOWN)
        text_format(&t, " sp=%s", pages_policy_word(r->sp));
    if (r->np != REPORT_DISPOSITION_UNKNOWN)
        text_format(&t, " np=%s", pages_policy_word(r->np));
    if (r->adkim != REPORT_MODE_UNKNOWN)
        text_format(&t, " adkim=%s", modes[r->adkim]);
    if (r->aspf != REPORT_MODE_UNKNOWN)
        text_format(&t, " aspf=%s", modes[r->aspf]);
    if (r->pct.len > 0) {
        text_string(&t, " pct=");
        text_slice(&t, r->pct);
    }
    return text_done(&t);
}

static void
put_facts(struct page *p, const struct insight_report *r)
{
    static const char *const kinds[] = {N_("aggregate"), N_("TLS"), N_("failure")};
    static const char *const senders[] = {N_("a file given by hand"),
                                          N_("its mail proves the sender (DMARC)"),
                                          N_("its mail does not prove the sender")};
    struct html *h = &p->html;
    html_open(h, "dl");
    html_attr_string(h, "class", "facts");
    put_fact(p, N_("Reporter"), r->org_name);
    put_fact(p, N_("Address"), r->email);
    put_fact(p, N_("Contact"), r->contact);
    put_fact(p, N_("Report"), r->report_id);
    put_fact(p, N_("Range"), page_time(p, r->begin));
    put_fact(p, N_("until"), page_time(p, r->end));
    put_fact(p, N_("Received"), page_time(p, r->received));
    if (r->format < 3)
        put_fact(p, N_("Kind"),
                 sceau_slice_from(language_text(h->language, kinds[r->format])));
    if (r->format == 0)
        put_fact(p, N_("Policy"), policy_of(p, r));
    if (r->authenticated < 3)
        put_fact(p, N_("Sender"),
                 sceau_slice_from(
                     language_text(h->language, senders[r->authenticated])));
    put_fact(p, N_("Generator"), r->generator);
    put_fact(p, N_("Says of itself"), r->error);
    put_fact(p, N_("Came as"), r->origin);
    put_fact(p, N_("Within"), r->container);
    html_close(h, "dl");
    if (!r->is_whole) {
        html_open(h, "p");
        grid_badge(p, "warn", N_("it ends early: what came is counted"));
        html_close(h, "p");
    }
    if (!r->is_counted) {
        html_open(h, "p");
        grid_badge(p, "none", N_("not counted in any total"));
        html_close(h, "p");
    }
    if (r->has_raw) {
        html_open(h, "p");
        page_link_say(p, "button",
                      page_place(p, WEB_REPORT_RAW,
                                 insight_report_name(p->arena, r->id)),
                      N_("The file as it came"));
        html_close(h, "p");
    }
}

struct sceau_slice
pages_report(struct page *p, const struct insight_report *r)
{
    struct html *h = &p->html;
    page_begin(p, N_("Report"), r->policy_domain);
    html_open(h, "section");
    html_attr_string(h, "class", "panel");
    put_facts(p, r);
    html_close(h, "section");
    html_element_say(h, "h2", NULL, N_("Records"));
    grid_about(p, SCEAU_SLICE(""), false, NULL);
    /* Its last column says whether a record contradicts itself: as a rule none does. */
    struct table records =
        r->contradictions > 0
            ? r->rows
            : table_narrow(p->arena, &r->rows, r->rows.column_count - 1);
    pages_table(p, &records, N_("Records"));
    if (r->repairs.row_count > 0) {
        html_element_say(h, "h2", NULL, N_("Read otherwise than it stands there"));
        grid_about(p, SCEAU_SLICE(""), false, "repairs");
        pages_table(p, &r->repairs, N_("Read otherwise than it stands there"));
    }
    return page_end(p);
}

/* ---- the intake --------------------------------------------------------------------------- */

static void
put_upload(struct page *p)
{
    struct html *h = &p->html;
    if (p->visitor->role != VISITOR_ADMINISTRATOR)
        return;
    html_open(h, "section");
    html_attr_string(h, "class", "panel");
    html_element_say(h, "h2", NULL, N_("Bring in a report"));
    page_form(p, "row", SCEAU_SLICE("/upload"), true);
    html_open(h, "label");
    html_say(h, N_("XML, JSON, gzip, zip, or the mail it came in"));
    html_open(h, "input");
    html_attr_string(h, "type", "file");
    html_attr_string(h, "name", "file");
    html_flag(h, "required");
    html_close(h, "input");
    html_close(h, "label");
    html_open(h, "button");
    html_attr_string(h, "class", "main-button");
    html_say(h, N_("Upload"));
    html_close(h, "button");
    page_form_end(p);
    html_close(h, "section");
}

static const struct grid_column line_columns[] = {
    {N_("File"),    GRID_TEXT  },
    {N_("Outcome"), GRID_SHORT },
    {N_("Time"),    GRID_SHORT },
    {N_("Why"),     GRID_TEXT  },
    {N_("Line"),    GRID_NUMBER},
    {N_("Octets"),  GRID_NUMBER},
    {N_("Place"),   GRID_TEXT  },
};

static const char *
outcome_style(struct sceau_slice word)
{
    static const struct {
        const char *word, *style;
    } styles[] = {
        {"accepted",        "good"},
        {"repaired",        "info"},
        {"duplicate",       "none"},
        {"refused",         "bad" },
        {"unauthenticated", "warn"},
    };
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
        if (slice_eq(word, sceau_slice_from(styles[i].word)))
            return styles[i].style;
    }
    return "none";
}

/* Without the folder, which stands in the files of the same table. */
static struct sceau_slice
base_name(struct sceau_slice path)
{
    size_t slash = slice_find_last(path, '/');
    return slash + 1 < path.len ? slice_skip(path, slash + 1) : path;
}

static void
put_line(struct page *p, struct grid *g, const struct insight_intake *intake,
         size_t row)
{
    const struct table *t = &intake->lines;
    const struct table_cell *cells = &t->cells[row * t->column_count];
    struct text word = text_new(p->arena, SIZE_MAX);
    grid_row(g, NULL);
    if (intake->line_reports[row] != 0)
        grid_link(g,
                  page_place(p, WEB_REPORT,
                             insight_report_name(p->arena, intake->line_reports[row])),
                  base_name(cells[2].text));
    else
        grid_text(g, base_name(cells[2].text));
    grid_open_text(g);
    text_slice(&word, cells[1].text);
    struct sceau_slice english = text_done(&word);
    grid_badge(p, outcome_style(english), english.ptr != NULL ? english.ptr : "?");
    grid_close(g);
    put_cell(g, t, row, 0);
    if (cells[4].text.len > 0)
        grid_text(g,
                  insight_intake_why(p->arena, p->html.language, cells[4].text, false));
    else
        grid_none(g);
    if (cells[5].number > 0)
        put_cell(g, t, row, 5);
    else
        grid_none(g);
    put_cell(g, t, row, 6);
    if (slice_eq(cells[3].text, SCEAU_SLICE("by hand")))
        grid_say(g, N_("by hand"));
    else
        put_cell(g, t, row, 3);
    grid_row_end(g);
}

struct sceau_slice
pages_intake(struct page *p, const struct filter *f,
             const struct insight_intake *intake, const struct insight_part *part)
{
    struct html *h = &p->html;
    page_begin(p, N_("Intake"), SCEAU_SLICE(""));
    html_open(h, "dl");
    html_attr_string(h, "class", "figures");
    for (size_t i = 0; i < intake->outcomes.row_count; i++) {
        const struct table_cell *cells = &intake->outcomes.cells[i * 2];
        html_open(h, "div");
        html_element(h, "dt", NULL,
                     table_cell_text(p->arena, h->language, &intake->outcomes, i, 0));
        html_open(h, "dd");
        html_number(h, cells[1].number);
        html_close(h, "dd");
        html_close(h, "div");
    }
    html_close(h, "dl");
    html_element_say(h, "h2", NULL, N_("Where reports are looked for"));
    grid_about(p, SCEAU_SLICE(""), false, "places");
    pages_table(p, &intake->places, N_("Where reports are looked for"));
    put_upload(p);
    html_element_say(h, "h2", NULL, N_("What came in"));
    html_element_say(h, "p", "soft", N_("What was not simply accepted stands first."));
    pages_about(p, f, NULL);
    struct grid g = grid_begin(p, N_("What came in"), line_columns,
                               sizeof line_columns / sizeof *line_columns);
    for (size_t i = 0; i < intake->lines.row_count; i++)
        put_line(p, &g, intake, i);
    grid_end(&g);
    pages_turns(p, part, intake->lines.row_count, N_("Newer"), N_("Older"));
    return page_end(p);
}

/* ---- settings ---------------------------------------------------------------------------- */

static const char *const groups[] = {N_("Verification"), N_("Reporting"),
                                     N_("Options")};

/* Which of MDaemon's three groups a section would stand in. */
static size_t
group_of(const char *section)
{
    static const struct {
        const char *section;
        size_t group;
    } places[] = {
        {"policy",    0},
        {"dmarc",     0},
        {"verify",    0},
        {"list",      0},
        {"sealer",    0},
        {"forwarder", 0},
        {"report",    1},
        {"failure",   1},
        {"intake",    1},
        {"mailbox",   1},
        {"alert",     1},
        {"digest",    1},
        {"enrich",    1},
        {"outbox",    1},
        {"retention", 1},
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (strcmp(places[i].section, section) == 0)
            return places[i].group;
    }
    return 2;
}

static struct sceau_slice
name_of(struct sceau_arena *arena, const struct config_setting *s)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_string(&t, s->section);
    if (s->name.len > 0) {
        text_string(&t, " \"");
        text_slice(&t, s->name);
        text_octet(&t, '"');
    }
    text_octet(&t, '.');
    text_string(&t, s->key);
    return text_done(&t);
}

static const char *
sentence_of(const struct config_setting *s)
{
    for (size_t i = 0; i < config_section_count; i++) {
        const struct config_section *section = &config_sections[i];
        bool is_named = section->naming != CONFIG_UNNAMED;
        if (strcmp(section->name, s->section) != 0 || is_named != (s->name.len > 0))
            continue;
        for (size_t k = 0; k < section->option_count; k++) {
            if (strcmp(section->options[k].key, s->key) == 0)
                return section->options[k].sentence;
        }
    }
    return "";
}

static struct sceau_slice
origin_of(struct sceau_arena *arena, enum language language,
          const struct config_setting *s)
{
    struct text t = text_new(arena, SIZE_MAX);
    switch (s->layer) {
    case CONFIG_DEFAULT:
        return sceau_slice_from(language_text(language, N_("default")));
    case CONFIG_SET: return SCEAU_SLICE("--set");
    case CONFIG_FILE: break;
    }
    text_format(&t, "sceau.conf:%zu", s->line);
    return text_done(&t);
}

static const struct table_column setting_columns[] = {
    {"setting", TABLE_TEXT, N_("Setting"), 0},
    {"value",   TABLE_TEXT, N_("Value"),   0},
    {"origin",  TABLE_TEXT, N_("Set by"),  0},
    {"meaning", TABLE_TEXT, N_("Meaning"), 0},
};

static void
add_setting(struct table_maker *m, struct sceau_arena *arena, enum language language,
            const struct config_setting *s)
{
    table_text(m, name_of(arena, s));
    table_text(m, s->value);
    table_text(m, origin_of(arena, language, s));
    table_text(m, sceau_slice_from(language_text(language, sentence_of(s))));
}

struct table
pages_settings_table(struct sceau_arena *arena, const struct config_setting *settings,
                     size_t count)
{
    struct table_maker m = table_new(arena, "settings", setting_columns,
                                     sizeof setting_columns / sizeof *setting_columns);
    for (size_t i = 0; i < count; i++)
        add_setting(&m, arena, LANGUAGE_EN, &settings[i]);
    return table_done(&m);
}

/* What each section of a group is about. */
static void
put_sections(struct html *h, size_t group)
{
    html_open(h, "ul");
    for (size_t i = 0; i < config_section_count; i++) {
        const struct config_section *section = &config_sections[i];
        if (group_of(section->name) != group)
            continue;
        html_open(h, "li");
        html_open(h, "code");
        html_string(h, "[");
        html_string(h, section->name);
        html_string(h, section->naming == CONFIG_UNNAMED ? "]" : " \"\xe2\x80\xa6\"]");
        html_close(h, "code");
        html_string(h, " ");
        html_say(h, section->sentence);
        html_close(h, "li");
    }
    html_close(h, "ul");
}

struct sceau_slice
pages_settings(struct page *p, const struct config_setting *settings, size_t count)
{
    struct html *h = &p->html;
    page_begin(p, N_("Settings"), SCEAU_SLICE(""));
    html_element_say(
        h, "p", NULL,
        N_("As they are in force for sceau-web: from sceau.conf, --set, or the "
           "default. They are changed in the file, not here; sceau.conf(5) tells "
           "more."));
    grid_about(p, SCEAU_SLICE(""), false, NULL);
    for (size_t g = 0; g < sizeof groups / sizeof *groups; g++) {
        struct table_maker m =
            table_new(p->arena, "settings", setting_columns,
                      sizeof setting_columns / sizeof *setting_columns);
        for (size_t i = 0; i < count; i++) {
            if (group_of(settings[i].section) == g)
                add_setting(&m, p->arena, h->language, &settings[i]);
        }
        struct table table = table_done(&m);
        html_element_say(h, "h2", NULL, groups[g]);
        put_sections(h, g);
        pages_table(p, &table, groups[g]);
    }
    return page_end(p);
}

/* ---- search ------------------------------------------------------------------------------ */

static const struct grid_column hit_columns[] = {
    {N_("Found"), GRID_TEXT },
    {N_("What"),  GRID_SHORT},
    {N_("Where"), GRID_TEXT },
};

struct sceau_slice
pages_search(struct page *p, struct sceau_slice query, const struct pages_hit *hits,
             size_t count, bool has_more)
{
    page_begin(p, N_("Search"), query);
    if (count == 0) {
        html_element_say(&p->html, "p", "lead",
                         N_("Nothing of that kind is known here."));
        html_element_say(&p->html, "p", NULL,
                         N_("Searched were the names of domains, the sources and "
                            "selectors of the last 90 days, and reports by id and "
                            "reporter."));
        return page_end(p);
    }
    if (has_more)
        html_element_say(&p->html, "p", "soft",
                         N_("There may be more; these are the first."));
    struct grid g = grid_begin(p, N_("Search"), hit_columns,
                               sizeof hit_columns / sizeof *hit_columns);
    for (size_t i = 0; i < count; i++) {
        grid_row(&g, NULL);
        grid_link(&g, hits[i].url, hits[i].text);
        grid_say(&g, hits[i].kind);
        grid_text(&g, hits[i].detail);
        grid_row_end(&g);
    }
    grid_end(&g);
    return page_end(p);
}
