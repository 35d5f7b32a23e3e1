/* P7 and P10 as HTML, uploads, the search, the settings. */
#ifndef WEB_PAGES_REPORTS_H
#define WEB_PAGES_REPORTS_H

#include "config/config.h"
#include "insight/reports.h"
#include "web/page.h"

struct sceau_slice pages_reports(struct page *p, const struct filter *f,
                                 const struct insight_reports *reports,
                                 const struct insight_part *part);
struct sceau_slice pages_report(struct page *p, const struct insight_report *report);
struct sceau_slice pages_intake(struct page *p, const struct filter *f,
                                const struct insight_intake *intake,
                                const struct insight_part *part);

/* Three groups, as MDaemon has them: verification, reporting, the rest. */
struct table pages_settings_table(struct sceau_arena *arena,
                                  const struct config_setting *settings, size_t count);
struct sceau_slice pages_settings(struct page *p, const struct config_setting *settings,
                                  size_t count);

/* What a search found. */
struct pages_hit {
    const char *kind; /* N_(): "domain" */
    struct sceau_slice text, detail, url;
};
struct sceau_slice pages_search(struct page *p, struct sceau_slice query,
                                const struct pages_hit *hits, size_t count,
                                bool has_more);

#endif
