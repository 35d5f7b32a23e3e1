/* The frame of a page: head, navigation, range and search, foot. What a page of the dashboard
 * is made with. No input or output here: data in, HTML out. */
#ifndef WEB_PAGE_H
#define WEB_PAGE_H

#include "web/html.h"
#include "web/query.h"
#include "web/route.h"
#include "web/visitor.h"

struct page_words {
    const struct sceau_slice *items;
    size_t count;
};

/* What every page knows of its request. */
struct page {
    struct html html; /* first */
    struct sceau_arena *arena;
    struct route_match match;
    struct sceau_slice path; /* as it was asked for, without the query */
    const struct query *query;
    const struct visitor *visitor; /* NULL: nobody */
    const char *token;             /* for forms; NULL: none */
    struct sceau_slice domain;     /* that the page is about; empty: none */
    struct page_words domains;     /* for the type-ahead */
    int64_t now;
};

struct page page_new(struct sceau_arena *arena, enum language language);

/* Up to <main> and its <h1>. The title is a text of ours (translated); `subject` stands
 * behind it, as of others, and may be empty. */
void page_begin(struct page *p, const char *title, struct sceau_slice subject);
struct sceau_slice page_end(struct page *p);

/* A whole page that says one thing: an error, a hint. */
struct sceau_slice page_message(struct page *p, const char *title, const char *text);

/* The page for who has to come by a link. */
struct sceau_slice page_closed(struct page *p);

/* What became of something that was asked for, with a way on. */
struct sceau_slice page_told(struct page *p, const char *title, struct sceau_slice text,
                             struct sceau_slice back);

/* A place of this site with the range kept: "/d/x/sources?days=30". In the arena. */
struct sceau_slice page_place(struct page *p, enum web_place place,
                              struct sceau_slice part);
/* Parameters of the query that turn the pages of a list: each of P8's lists has its own. They are
 * left out wherever another parameter is set. */
#define PAGE_TURN          "page"
#define PAGE_TURN_SUMS     "sums_page"
#define PAGE_TURN_FAILURES "failures_page"
bool page_is_turn(struct sceau_slice name);

/* This page with one parameter of its query set (value with NULL ptr: removed). */
struct sceau_slice page_with(struct page *p, const char *name,
                             struct sceau_slice value);
/* This page as CSV or JSON, filters and all. */
struct sceau_slice page_as(struct page *p, const char *suffix, const char *table);

/* <a href=…>text</a> */
void page_link(struct page *p, const char *class, struct sceau_slice url,
               struct sceau_slice text);
void page_link_say(struct page *p, const char *class, struct sceau_slice url,
                   const char *english);

/* A form that changes something: POST with its token. page_form_end closes it. */
void page_form(struct page *p, const char *class, struct sceau_slice action,
               bool has_file);
void page_form_end(struct page *p);
void page_hidden(struct page *p, const char *name, struct sceau_slice value);

/* A day (UTC days since the epoch) as "2026-11-21". */
struct sceau_slice page_day(struct page *p, int64_t day);
/* "2026-11-21 06:30 UTC". */
struct sceau_slice page_time(struct page *p, int64_t seconds);

/* The language for this request: ?lang=, cookie, Accept-Language. */
enum language page_language(struct sceau_slice asked, struct sceau_slice cookie,
                            struct sceau_slice accept);

#endif
