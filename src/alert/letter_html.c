/* The HTML form: a page that stands alone, with the few styles that mail programs keep on
 * the elements themselves, and no image, script or style from elsewhere. */
#include "insight/words.h"
#include "letter.h"
#include "letter_parts.h"
#include "web/html.h"

#define CELL  "padding:4px 10px;border-bottom:1px solid #ccc;text-align:right"
#define FIRST "padding:4px 10px;border-bottom:1px solid #ccc;text-align:left"

static void
put_styled(struct html *h, const char *tag, const char *style)
{
    html_open(h, tag);
    html_attr_string(h, "style", style);
}

static void
put_link(struct html *h, struct sceau_slice url, const char *text)
{
    html_open(h, "a");
    html_attr(h, "href", url);
    html_say(h, text);
    html_close(h, "a");
}

static void
put_item(struct html *h, struct sceau_arena *arena, const struct letter *l,
         const struct letter_item *item)
{
    static const char *const styles[] = {
        [ANALYSIS_INFO] = "margin:12px 0;padding:4px 12px;border-left:4px solid #888",
        [ANALYSIS_WARNING] =
            "margin:12px 0;padding:4px 12px;border-left:4px solid #b80",
        [ANALYSIS_PROBLEM] =
            "margin:12px 0;padding:4px 12px;border-left:4px solid #b00",
    };
    put_styled(h, "div", styles[item->severity]);
    html_open(h, "strong");
    html_say(h, letter_severity(item->severity));
    html_close(h, "strong");
    html_string(h, ": ");
    html_text(h, item->what);
    html_open(h, "br");
    html_close(h, "br");
    html_text(h, item->remedy);
    html_string(h, " ");
    put_link(h, letter_link(arena, l, item->evidence), N_("evidence"));
    html_close(h, "div");
}

static void
put_row(struct html *h, struct sceau_arena *arena, const struct letter *l,
        const struct insight_domain_line *d)
{
    html_open(h, "tr");
    put_styled(h, "td", FIRST);
    html_text(h, d->domain);
    html_close(h, "td");
    put_styled(h, "td", CELL);
    html_number(h, (int64_t)d->messages);
    html_close(h, "td");
    put_styled(h, "td", CELL);
    html_text(h, d->compliance < 0 ? SCEAU_SLICE("-")
                                   : words_share(arena, l->language, d->compliance));
    html_close(h, "td");
    put_styled(h, "td", CELL);
    html_number(h, (int64_t)d->reporters_heard);
    html_close(h, "td");
    html_close(h, "tr");
}

static void
put_figures(struct html *h, struct sceau_arena *arena, const struct letter *l)
{
    html_element(h, "h2", NULL, letter_figures_heading(arena, l));
    put_styled(h, "table", "border-collapse:collapse");
    html_open(h, "tr");
    for (size_t i = 0; i < LETTER_COLUMNS; i++) {
        put_styled(h, "th", i == 0 ? FIRST : CELL);
        html_say(h, letter_columns[i]);
        html_close(h, "th");
    }
    html_close(h, "tr");
    for (size_t i = 0; i < l->line_count && i < LETTER_LINES_MAX; i++)
        put_row(h, arena, l, &l->lines[i]);
    html_close(h, "table");
}

static void
put_body(struct html *h, struct sceau_arena *arena, const struct letter *l)
{
    size_t new_count = letter_count_new(l);
    for (size_t i = 0; i < l->item_count; i++) {
        if (i == 0 || i == new_count)
            html_element_say(h, "h2", NULL, letter_headings[i >= new_count]);
        put_item(h, arena, l, &l->items[i]);
    }
    if (l->item_count == 0)
        html_element_say(h, "p", NULL, letter_nothing);
    if (l->left_out > 0)
        html_element(h, "p", NULL, letter_left_out(arena, l));
    if (l->line_count > 0)
        put_figures(h, arena, l);
    html_open(h, "p");
    put_link(h, letter_link(arena, l, SCEAU_SLICE("/")), N_("the dashboard"));
    html_close(h, "p");
    put_styled(h, "p", "color:#555");
    html_say(h, letter_footer);
    html_close(h, "p");
}

struct sceau_slice
letter_html(struct sceau_arena *arena, const struct letter *l)
{
    struct html h = html_new(arena, l->language);
    html_doctype(&h);
    html_open(&h, "html");
    html_attr_string(&h, "lang", l->language == LANGUAGE_FR ? "fr" : "en");
    html_open(&h, "head");
    html_open(&h, "meta");
    html_attr_string(&h, "charset", "utf-8");
    html_close(&h, "meta");
    html_element(&h, "title", NULL, letter_subject(arena, l));
    html_close(&h, "head");
    put_styled(&h, "body", "font-family:sans-serif;max-width:46em;line-height:1.4");
    put_body(&h, arena, l);
    html_close(&h, "body");
    html_close(&h, "html");
    return text_done(&h.text);
}
