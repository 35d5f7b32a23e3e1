/* HTML under construction. Text and attributes are escaped here and nowhere else: there is
 * no call that takes markup, so what a stranger wrote can only come out as text.
 *
 *     html_open(h, "a");
 *     html_url(h, "href", url);
 *     html_text(h, name);          // closes the start tag
 *     html_close(h, "a");
 *
 * A control character, an octet that is not UTF-8, and the invisible characters that turn
 * the direction of writing come out as their number: nothing is hidden. No input or output
 * here. */
#ifndef WEB_HTML_H
#define WEB_HTML_H

#include "core/text.h"
#include "language/language.h"

struct html {
    struct text text;
    enum language language;
    bool is_in_tag; /* a start tag is open for attributes */
};

struct html html_new(struct sceau_arena *arena, enum language language);

/* A start tag; attributes may follow. `tag` and the names of attributes are literals. */
void html_open(struct html *h, const char *tag);
void html_attr(struct html *h, const char *name, struct sceau_slice value);
void html_attr_string(struct html *h, const char *name, const char *value);
void html_attr_number(struct html *h, const char *name, int64_t value);
/* As "%.1f" has it. */
void html_attr_tenths(struct html *h, const char *name, double value);
/* One that people read: translated. */
void html_attr_say(struct html *h, const char *name, const char *english);
/* An attribute without a value: checked. */
void html_flag(struct html *h, const char *name);
/* href, src, action: a place on this site ("/…", "?…", "#…"). Any other becomes "#". */
void html_url(struct html *h, const char *name, struct sceau_slice url);

void html_text(struct html *h, struct sceau_slice text);
void html_string(struct html *h, const char *text);
/* In <pre>: the same, but a line end stays one. */
void html_lines(struct html *h, struct sceau_slice text);
/* A name that may break behind its dots, dashes and the like, and nowhere else first. */
void html_name(struct html *h, struct sceau_slice name);
/* A text of ours in the reader's language. */
void html_say(struct html *h, const char *english);
/* The same with holes; what others wrote is escaped for the page, not for a terminal. */
void html_sentence(struct html *h, const char *english,
                   const struct language_word *words, size_t count);
#define HTML_SENTENCE(h, english, ...)                                \
 html_sentence((h), (english), (struct language_word[]){__VA_ARGS__}, \
               sizeof((struct language_word[]){__VA_ARGS__}) /        \
                   sizeof(struct language_word))

/* 1234567 as "1,234,567"; in French with thin spaces that do not break. */
void html_number(struct html *h, int64_t number);
/* ": ", in French with its space before. */
void html_colon(struct html *h);

/* The end tag; of an element without content, nothing but the end of its start tag. */
void html_close(struct html *h, const char *tag);

/* The whole of an element. `class` may be NULL. */
void html_element(struct html *h, const char *tag, const char *class,
                  struct sceau_slice text);
void html_element_say(struct html *h, const char *tag, const char *class,
                      const char *english);

/* "<!doctype html>", once, in front. */
void html_doctype(struct html *h);

/* The page; {NULL, 0} when the arena was full. */
struct sceau_slice html_done(struct html *h);

/* A text of ours that begins a line: its first letter is a capital. In the arena. */
struct sceau_slice html_capital(struct sceau_arena *arena, const char *text);

/* Text as it may stand in a page, a CSV cell or a header: what is not to be seen becomes
 * \xHH or \u{HHHH}. In the arena. */
struct sceau_slice html_visible(struct sceau_arena *arena, struct sceau_slice text);

#endif
