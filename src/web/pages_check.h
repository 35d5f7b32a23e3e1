/* P9: is my DNS right? The three lines of MXToolbox first, then findings by severity. */
#ifndef WEB_PAGES_CHECK_H
#define WEB_PAGES_CHECK_H

#include "check/check.h"
#include "check/summary.h"
#include "insight/table.h"
#include "web/page.h"

/* One name's outcome. */
struct pages_checked {
    struct sceau_slice name;
    struct check_status_line lines[CHECK_SUMMARY_LINES];
    const struct check_finding *findings;
};

/* One finding, an item of a list; `domain` where the list is of several, else empty. */
void pages_check_finding(struct page *p, const struct check_finding *f,
                         struct sceau_slice domain);

/* The forms: a name, a zone. `told` is what went wrong with the last one; may be empty. */
struct sceau_slice pages_check_form(struct page *p, struct sceau_slice told);

/* What came of a pasted zone. `left` names were not looked at: there were too many. */
struct sceau_slice pages_check_zone(struct page *p, const struct pages_checked *checked,
                                    size_t count, size_t left);

/* What changed in the records of a name, the latest first. */
struct pages_record {
    struct sceau_slice name, type, text;
    int64_t first, last;
    bool is_current;
};

/* Each change: when, and both texts with the words that differ marked. */
void pages_diff(struct page *p, const struct pages_record *records, size_t count);

/* A name by the records that were seen last, at `seen`. 0: never looked at. */
struct sceau_slice pages_check_name(struct page *p, const struct pages_checked *checked,
                                    int64_t seen, const struct pages_record *records,
                                    size_t record_count);

struct table pages_check_table(struct sceau_arena *arena,
                               const struct pages_checked *checked, size_t count);

#endif
