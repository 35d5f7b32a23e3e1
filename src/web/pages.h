/* The pages of the dashboard: what src/insight gives, as HTML. Pure; NULL ptr when the arena
 * was full. */
#ifndef WEB_PAGES_H
#define WEB_PAGES_H

#include "insight/insight.h"
#include "insight/reports.h"
#include "web/page.h"

struct sceau_slice pages_today(struct page *p, const struct filter *f,
                               const struct insight_today *today);

/* `sources` and `readiness` give the two sentences on top; either may be NULL. */
struct sceau_slice pages_domain(struct page *p, const struct filter *f,
                                const struct insight_domain *domain,
                                const struct insight_sources *sources,
                                const struct insight_readiness *readiness);
struct sceau_slice pages_sources(struct page *p, const struct filter *f,
                                 const struct insight_sources *sources);
struct sceau_slice pages_source(struct page *p, const struct filter *f,
                                const struct insight_source *source);
struct sceau_slice pages_readiness(struct page *p,
                                   const struct insight_readiness *readiness);
struct sceau_slice pages_failures(struct page *p, const struct filter *f,
                                  const struct insight_failures *failures);
struct sceau_slice pages_keys(struct page *p, const struct filter *f,
                              const struct analysis_key *keys, size_t count);
/* `part` of the reporters; `tls`: insight_tls_reporters. */
struct sceau_slice pages_reporters(struct page *p, const struct filter *f,
                                   const struct analysis_reporter *reporters,
                                   const struct insight_part *part,
                                   const struct table *tls);

/* ---- parts that several share (pages_parts.c) ---- */

/* A disposition of a report as p= has it: "none", "quarantine"; "?" when not known. */
const char *pages_policy_word(enum report_disposition disposition);

/* Class of style and text of a source's class. */
void pages_class_badge(struct page *p, enum analysis_class class);
void pages_answer_badge(struct page *p, enum analysis_answer answer);

/* Findings as a list, each with what to do. */
void pages_findings(struct page *p, const struct analysis_finding *findings,
                    size_t count);

/* Which rows of a list these are, and the way to the others: N_() each. */
void pages_turns(struct page *p, const struct insight_part *part, size_t rows,
                 const char *before, const char *behind);

/* The same of one of several lists of a page; `name` is its PAGE_TURN, and the id of its
 * heading. */
void pages_turns_of(struct page *p, const char *name, const struct insight_part *part,
                    size_t rows, const char *before, const char *behind);

/* The line above a table: the filter in words. */
void pages_about(struct page *p, const struct filter *f, const char *table);

/* Below a table, when there is more than it shows: a forged domain has tens of thousands of
 * sources, and a page of them would be neither read nor built in time. Files have all. */
#define PAGES_SOURCES_MAX ((size_t)300)
void pages_more(struct page *p, size_t count);

/* A place of the domain's with one more parameter. */
struct sceau_slice pages_link(struct page *p, enum web_place place,
                              struct sceau_slice domain, const char *name,
                              struct sceau_slice value);

/* Text whose commands do not break; one whose answer is a page here, too, is a link to that
 * page. Of which domain may be empty. */
void pages_prose(struct page *p, struct sceau_slice text, struct sceau_slice domain);
/* A paragraph of that; `english` is N_(), and its domain the page's. */
void pages_paragraph(struct page *p, const char *class, const char *english);
/* A paragraph of what to do. */
void pages_advice(struct page *p, struct sceau_slice text, struct sceau_slice domain);

/* How to get reports at all, and where they were looked for. */
void pages_no_reports(struct page *p, const struct insight_today *today);

void pages_figure(struct page *p, const char *title);
void pages_figure_end(struct page *p, const char *small);

/* A table of rows that know their names: for what needs no own look. */
void pages_table(struct page *p, const struct table *table, const char *caption);

#endif
