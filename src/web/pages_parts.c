/* What several pages are made of. */
#include "insight/words.h"
#include "web/grid.h"
#include "web/pages.h"

#include <stdio.h>

const char *
pages_policy_word(enum report_disposition disposition)
{
    switch (disposition) {
    case REPORT_DISPOSITION_NONE:
    case REPORT_DISPOSITION_PASS: return "none";
    case REPORT_DISPOSITION_QUARANTINE: return "quarantine";
    case REPORT_DISPOSITION_REJECT: return "reject";
    case REPORT_DISPOSITION_UNKNOWN: break;
    }
    return "?";
}

void
pages_class_badge(struct page *p, enum analysis_class class)
{
    static const char *const styles[ANALYSIS_CLASSES] = {
        [ANALYSIS_OURS] = "good",      [ANALYSIS_SENDS_WELL] = "good",
        [ANALYSIS_FORWARDER] = "info", [ANALYSIS_TO_FIX] = "warn",
        [ANALYSIS_NOT_YOURS] = "bad",  [ANALYSIS_TOO_LITTLE] = "none",
    };
    grid_badge(p, styles[class], analysis_class_text(class));
}

void
pages_answer_badge(struct page *p, enum analysis_answer answer)
{
    switch (answer) {
    case ANALYSIS_MET: grid_badge(p, "good", N_("met")); break;
    case ANALYSIS_NOT_MET: grid_badge(p, "bad", N_("not met")); break;
    case ANALYSIS_NO_DATA: grid_badge(p, "none", N_("no data")); break;
    }
}

struct sceau_slice
pages_link(struct page *p, enum web_place place, struct sceau_slice domain,
           const char *name, struct sceau_slice value)
{
    struct sceau_slice path = p->path;
    struct text t = text_new(p->arena, SIZE_MAX);
    struct query bare = {.count = 0};
    static const char *const kept[] = {"days", "from", "to"};
    const struct query *whole = p->query;
    for (size_t i = 0; i < 3 && whole != NULL; i++) {
        if (query_get(whole, kept[i]).len > 0)
            query_set(&bare, kept[i], query_get(whole, kept[i]));
    }
    route_write(&t, place, domain);
    p->path = text_done(&t);
    p->query = &bare;
    struct sceau_slice link = page_with(p, name, value);
    p->path = path;
    p->query = whole;
    return link;
}

void
pages_about(struct page *p, const struct filter *f, const char *table)
{
    struct text t = text_new(p->arena, SIZE_MAX);
    filter_query(&t, f, true);
    grid_about(p, filter_sentence(p->arena, p->html.language, f), t.len > 0, table);
}

void
pages_more(struct page *p, size_t count)
{
    struct html *h = &p->html;
    if (count == 0)
        return;
    html_open(h, "p");
    HTML_SENTENCE(h, N_("and {n} more"),
                  LANGUAGE_OURS("n", words_number(p->arena, h->language, count)));
    html_close(h, "p");
}

/* ---- findings ------------------------------------------------------------------------- */

static const char *
severity_style(const struct analysis_finding *f)
{
    if (f->rule == ANALYSIS_FINDING_READY)
        return "good";
    return f->severity == ANALYSIS_PROBLEM   ? "bad"
           : f->severity == ANALYSIS_WARNING ? "warn"
                                             : "info";
}

static const char *
severity_word(const struct analysis_finding *f)
{
    if (f->rule == ANALYSIS_FINDING_READY)
        return N_("Good news");
    return f->severity == ANALYSIS_PROBLEM   ? N_("Problem")
           : f->severity == ANALYSIS_WARNING ? N_("Warning")
                                             : N_("Note");
}

static void
put_mute(struct page *p, const struct analysis_finding *f)
{
    struct html *h = &p->html;
    if (p->visitor == NULL || p->visitor->role != VISITOR_ADMINISTRATOR)
        return;
    html_open(h, "details");
    html_attr_string(h, "class", "quiet");
    html_element_say(h, "summary", NULL, f->is_muted ? N_("Show again") : N_("Hide"));
    page_form(p, "row", SCEAU_SLICE("/mute"), false);
    page_hidden(p, "id", f->id);
    page_hidden(p, "back", page_with(p, "lang", SLICE_NONE));
    if (f->is_muted) {
        page_hidden(p, "days", SCEAU_SLICE("0"));
    } else {
        html_open(h, "label");
        html_say(h, N_("Days"));
        html_open(h, "input");
        html_attr_string(h, "name", "days");
        html_attr_string(h, "type", "number");
        html_attr_string(h, "min", "1");
        html_attr_string(h, "max", "365");
        html_attr_string(h, "value", "30");
        html_close(h, "input");
        html_close(h, "label");
        html_open(h, "label");
        html_say(h, N_("Note"));
        html_open(h, "input");
        html_attr_string(h, "name", "note");
        html_attr_string(h, "maxlength", "500");
        html_close(h, "input");
        html_close(h, "label");
    }
    html_open(h, "button");
    html_say(h, f->is_muted ? N_("Show again") : N_("Hide it"));
    html_close(h, "button");
    page_form_end(p);
    html_close(h, "details");
}

static const struct command_page {
    const char *command;
    enum web_place place;
    bool is_of_domain;
} command_pages[] = {
    {"sceau report readiness", WEB_READINESS,  true },
    {"sceau report intake",    WEB_INTAKE,     false},
    {"sceau key show",         WEB_KEYS,       true },
    {"sceau check",            WEB_CHECK_NAME, true },
};

/* The command that stands at the beginning of `text`; NULL: none that has a page. */
static const struct command_page *
command_at(struct sceau_slice text)
{
    for (size_t i = 0; i < sizeof command_pages / sizeof *command_pages; i++)
        if (slice_starts_ci(text, sceau_slice_from(command_pages[i].command)))
            return &command_pages[i];
    return NULL;
}

/* What stands in a command behind "sceau": the rest is the sentence's. */
static bool
is_command_word(struct sceau_slice word)
{
    static const char *const words[] = {
        "check", "report",   "readiness", "intake",  "ingest", "outbox", "retry",
        "show",  "suppress", "selftest",  "preview", "key",    "rotate", "setup",
        "web",   "login",    "NAME",      "DOMAIN",  "FILE",
    };
    if (slice_starts_ci(word, SCEAU_SLICE("--")))
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (slice_eq(word, sceau_slice_from(words[i])))
            return true;
    return false;
}

/* Octets of the command that stands at the beginning of `text`; 0: there is none. */
static size_t
command_length(struct sceau_slice text)
{
    static const char program[] = "sceau";
    size_t len = sizeof program - 1;
    if (text.len <= len || memcmp(text.ptr, program, len) != 0)
        return 0;
    size_t whole = 0;
    while (len < text.len && text.ptr[len] == ' ') {
        size_t from = len + 1, end = from;
        /* NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
        while (end < text.len && memchr(" .,:;)", text.ptr[end], 6) == NULL)
            end++;
        if (!is_command_word(slice_sub(text, from, end - from)))
            break;
        whole = len = end;
    }
    return whole;
}

static void
put_command(struct page *p, struct sceau_slice command, struct sceau_slice domain)
{
    const struct command_page *c = command_at(command);
    bool has_page = c != NULL && (!c->is_of_domain || domain.len > 0);
    if (has_page) {
        html_open(&p->html, "a");
        html_url(&p->html, "href",
                 page_place(p, c->place, c->is_of_domain ? domain : SCEAU_SLICE("")));
    }
    html_element(&p->html, "code", "command", command);
    if (has_page)
        html_close(&p->html, "a");
}

#define DAY_LENGTH 10 /* "2026-11-20" */

static bool
is_day(struct sceau_slice text)
{
    static const char form[] = "dddd-dd-dd";
    for (size_t i = 0; i < DAY_LENGTH; i++)
        if (i >= text.len ||
            (form[i] == 'd' ? !ascii_is_digit(text.ptr[i]) : text.ptr[i] != form[i]))
            return false;
    return true;
}

void
pages_prose(struct page *p, struct sceau_slice text, struct sceau_slice domain)
{
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        struct sceau_slice rest = slice_skip(text, i);
        size_t command = command_length(rest), day = is_day(rest) ? DAY_LENGTH : 0;
        size_t len = command > 0 ? command : day;
        if (len == 0)
            continue;
        html_text(&p->html, slice_sub(text, from, i - from));
        if (command > 0)
            put_command(p, slice_sub(text, i, len), domain);
        else
            html_element(&p->html, "time", NULL, slice_sub(text, i, len));
        from = i + len;
        i = from - 1;
    }
    html_text(&p->html, slice_skip(text, from));
}

void
pages_paragraph(struct page *p, const char *class, const char *english)
{
    html_open(&p->html, "p");
    if (class != NULL)
        html_attr_string(&p->html, "class", class);
    pages_prose(p, sceau_slice_from(language_text(p->html.language, english)),
                p->domain);
    html_close(&p->html, "p");
}

void
pages_advice(struct page *p, struct sceau_slice text, struct sceau_slice domain)
{
    html_open(&p->html, "p");
    pages_prose(p, text, domain);
    html_close(&p->html, "p");
}

/* A day does not break at its hyphens. */
static void
put_days(struct html *h, struct sceau_slice text)
{
    while (text.len > 0) {
        size_t len = slice_find(text, ' ');
        struct sceau_slice word = slice_sub(text, 0, len);
        if (slice_find(word, '-') < word.len)
            html_element(h, "span", "day", word);
        else
            html_text(h, word);
        html_string(h, len < text.len ? " " : "");
        text = slice_skip(text, len < text.len ? len + 1 : len);
    }
}

static void
put_finding(struct page *p, const struct analysis_finding *f)
{
    struct html *h = &p->html;
    char class[32];
    struct words_finding words = words_finding(p->arena, h->language, f);
    snprintf(class, sizeof class, "finding %s", severity_style(f));
    html_open(h, "li");
    html_attr_string(h, "class", class);
    html_open(h, "p");
    html_attr_string(h, "class", "what");
    grid_badge(p, severity_style(f), severity_word(f));
    html_open(h, "span");
    pages_prose(p, words.what, SLICE_NONE);
    html_close(h, "span");
    html_close(h, "p");
    html_open(h, "p");
    html_attr_string(h, "class", "do");
    pages_prose(p, words.remedy, f->domain);
    html_close(h, "p");
    html_open(h, "div");
    html_attr_string(h, "class", "actions");
    if (words.evidence.len > 0)
        page_link_say(p, NULL, words.evidence, N_("Evidence"));
    html_open(h, "span");
    html_attr_string(h, "class", "soft");
    put_days(h, words_since(p->arena, h->language, f));
    html_close(h, "span");
    put_mute(p, f);
    html_close(h, "div");
    html_close(h, "li");
}

void
pages_findings(struct page *p, const struct analysis_finding *findings, size_t count)
{
    html_open(&p->html, "ul");
    html_attr_string(&p->html, "class", "findings");
    for (size_t i = 0; i < count; i++)
        put_finding(p, &findings[i]);
    html_close(&p->html, "ul");
}

/* ---- figures -------------------------------------------------------------------------- */

void
pages_figure(struct page *p, const char *title)
{
    html_open(&p->html, "div");
    html_element_say(&p->html, "dt", NULL, title);
    html_open(&p->html, "dd");
}

void
pages_figure_end(struct page *p, const char *small)
{
    if (small != NULL)
        html_element_say(&p->html, "small", NULL, small);
    html_close(&p->html, "dd");
    html_close(&p->html, "div");
}

/* ---- nothing yet ---------------------------------------------------------------------- */

static void
put_places(struct page *p, const struct insight_today *today)
{
    struct html *h = &p->html;
    html_element_say(h, "h3", NULL, N_("Where reports were looked for"));
    if (today->place_count == 0) {
        html_element_say(
            h, "p", NULL,
            N_("Nowhere yet: sceau-reportd has not run with this store. Start "
               "it, and tell it under [intake] where the mail is."));
        return;
    }
    html_open(h, "ul");
    for (size_t i = 0; i < today->place_count; i++) {
        const struct insight_place *place = &today->places[i];
        html_open(h, "li");
        html_text(h, place->name);
        html_colon(h);
        if (place->last_run > 0)
            html_text(h, page_time(p, place->last_run));
        if (place->last_error.len > 0) {
            html_string(h, " ");
            grid_badge(p, "bad", N_("failed"));
            html_string(h, " ");
            html_text(h, place->last_error);
        }
        html_close(h, "li");
    }
    html_close(h, "ul");
}

void
pages_no_reports(struct page *p, const struct insight_today *today)
{
    struct html *h = &p->html;
    html_open(h, "section");
    html_attr_string(h, "class", "panel");
    html_element_say(h, "h2", NULL, N_("No reports yet"));
    html_element_say(
        h, "p", NULL,
        N_("Receivers send a report each day to the address that a domain's DMARC record "
           "names (rua). The first ones come a day or two after it is published:"));
    html_element(h, "pre", NULL,
                 SCEAU_SLICE("_dmarc.example.org. 3600 IN TXT \"v=DMARC1; p=none; "
                             "rua=mailto:dmarc@example.org\""));
    pages_paragraph(p, NULL,
                    N_("sceau setup DOMAIN prints this record for your domain. Reports "
                       "that you have already can be brought in by hand: on the page "
                       "Intake, or with sceau report ingest."));
    put_places(p, today);
    html_close(h, "section");
}

/* ---- tables that need no own look ------------------------------------------------------ */

/* A column that says nothing in any row is left out. */
static bool
has_values(const struct table *table, size_t column)
{
    for (size_t row = 0; row < table->row_count; row++) {
        const struct table_cell *cell =
            &table->cells[row * table->column_count + column];
        enum table_type type = table->columns[column].type;
        bool is_text = table_is_text(type);
        if (!cell->is_absent && (!is_text || cell->text.len > 0))
            return true;
    }
    return table->row_count == 0;
}

static size_t
choose_columns(const struct table *table, struct grid_column columns[GRID_COLUMNS_MAX],
               size_t which[GRID_COLUMNS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < table->column_count && count < GRID_COLUMNS_MAX; i++) {
        enum table_type type = table->columns[i].type;
        bool is_number = type == TABLE_NUMBER || type == TABLE_SHARE;
        bool is_short = type == TABLE_DAY || type == TABLE_TIME;
        if (i > 0 && !has_values(table, i))
            continue;
        which[count] = i;
        columns[count++] =
            (struct grid_column){table->columns[i].title, is_number  ? GRID_NUMBER
                                                          : is_short ? GRID_SHORT
                                                                     : GRID_TEXT};
    }
    return count;
}

static void
put_table_cell(struct page *p, struct grid *g, const struct table *table, size_t row,
               size_t column)
{
    const struct table_cell *cell = &table->cells[row * table->column_count + column];
    enum table_type type = table->columns[column].type;
    struct sceau_slice text =
        table_cell_text(p->arena, p->html.language, table, row, column);
    if (cell->is_absent || text.len == 0) {
        grid_none(g);
    } else if (type == TABLE_TIME) {
        grid_time(g, cell->number);
    } else if (type == TABLE_CODE && cell->word != NULL) {
        grid_open_text(g);
        html_open(&p->html, "span");
        html_attr(&p->html, "title", cell->text);
        html_text(&p->html, text);
        html_close(&p->html, "span");
        grid_close(g);
    } else if (table_is_text(type) || type == TABLE_FLAG) {
        grid_text(g, text);
    } else {
        grid_open(g, cell->number);
        html_text(&p->html, text);
        grid_close(g);
    }
}

void
pages_table(struct page *p, const struct table *table, const char *caption)
{
    struct grid_column columns[GRID_COLUMNS_MAX];
    size_t which[GRID_COLUMNS_MAX];
    size_t count = choose_columns(table, columns, which);
    struct grid g = grid_begin(p, caption, columns, count);
    for (size_t row = 0; row < table->row_count; row++) {
        grid_row(&g, NULL);
        for (size_t i = 0; i < count; i++)
            put_table_cell(p, &g, table, row, which[i]);
        grid_row_end(&g);
    }
    grid_end(&g);
}

/* ---- a list in pages ---- */

struct turns {
    const char *name; /* of the query's parameter */
    bool is_further_down;
    const struct insight_part *part;
};

static void
put_turn(struct page *p, const struct turns *turns, const char *rel, uint64_t from,
         const char *english)
{
    struct html *h = &p->html;
    struct text number = text_new(p->arena, SIZE_MAX),
                url = text_new(p->arena, SIZE_MAX);
    text_decimal(&number, from / turns->part->most + 1);
    text_slice(&url,
               page_with(p, turns->name, from > 0 ? text_done(&number) : SLICE_NONE));
    if (turns->is_further_down)
        text_format(&url, "#%s", turns->name);
    html_open(h, "a");
    html_attr_string(h, "class", "button");
    html_attr_string(h, "rel", rel);
    html_url(h, "href", text_done(&url));
    html_say(h, english);
    html_close(h, "a");
}

static void
put_turns(struct page *p, const struct turns *turns, size_t rows, const char *before,
          const char *behind)
{
    struct html *h = &p->html;
    const struct insight_part *part = turns->part;
    if (part->total <= part->most)
        return;
    html_open(h, "nav");
    html_attr_string(h, "class", "turns");
    html_attr_say(h, "aria-label", N_("Pages of this list"));
    if (part->from > 0)
        put_turn(p, turns, "prev", part->from - part->most, before);
    html_open(h, "span");
    HTML_SENTENCE(
        h, N_("{first} to {last} of {total}"),
        LANGUAGE_OURS("first", words_number(p->arena, h->language, part->from + 1)),
        LANGUAGE_OURS("last", words_number(p->arena, h->language, part->from + rows)),
        LANGUAGE_OURS("total", words_number(p->arena, h->language, part->total)));
    html_close(h, "span");
    if (part->from + rows < part->total)
        put_turn(p, turns, "next", part->from + part->most, behind);
    html_close(h, "nav");
}

void
pages_turns(struct page *p, const struct insight_part *part, size_t rows,
            const char *before, const char *behind)
{
    const struct turns turns = {PAGE_TURN, false, part};
    put_turns(p, &turns, rows, before, behind);
}

void
pages_turns_of(struct page *p, const char *name, const struct insight_part *part,
               size_t rows, const char *before, const char *behind)
{
    const struct turns turns = {name, true, part};
    put_turns(p, &turns, rows, before, behind);
}
