/* Rows of one report as octets, in the order they came. Of a row: messages; disposition and both
 * alignments in one octet; flags and cause of the judgement; the address, its length first; source, the
 * From domain it is filed under, header_from, envelope_from, envelope_to; how many reasons, each a type and
 * a comment; how many signatures, each a result, domain and selector; how many SPF results, each
 * scope and result in one octet, and a domain. Numbers are of seven bits an octet, the lowest
 * first. A text is the number of one that these octets have told before, 1 being the empty one; or 0,
 * its length, and the text. Values of enums are those of report.h and cause.h: stores hold them. */
#ifndef STORE_REPORT_ROWS_H
#define STORE_REPORT_ROWS_H

#include "analysis/cause.h"
#include "core/text.h"
#include "packed.h"

#define REPORT_ROWS_OCTETS 8000 /* of a piece: a page of the store, all but its head */
#define REPORT_ROWS_TEXTS  1024 /* that are remembered; a row has 231 at most */
#define REPORT_ROWS_SLOTS  1024

struct reported_row {
    struct sceau_slice domain;   /* of its author: header_from, or the policy domain */
    struct report_record record; /* human_result is not kept */
    struct analysis_judgement judgement; /* flags and cause */
};

struct report_rows_writer {
    struct sceau_slice policy_domain; /* the caller's, as long as rows are added */
    char *octets;
    size_t len, capacity;
    char *authors; /* of that capacity as well */
    size_t authors_len;
    uint64_t rows, messages;
    struct {
        uint32_t at, len;
    } texts[REPORT_ROWS_TEXTS];
    unsigned text_count;
    uint16_t slots[REPORT_ROWS_SLOTS]; /* by hash, the latest of those that share one */
};

/* Zeroed before the first; report_rows_clear frees. Keeps its memory, and nothing else of what was
 * added before. */
void report_rows_begin(struct report_rows_writer *w, struct sceau_slice policy_domain);
void report_rows_clear(struct report_rows_writer *w);

/* A row more. False: there is no room, and it fits after report_rows_begin; of the first row,
 * which may be of any length: no memory. Texts that are none are mended (slice_mend). */
bool report_rows_add(struct report_rows_writer *w, struct sceau_slice domain,
                     const struct report_record *record,
                     const struct analysis_judgement *judgement);

struct report_rows_reader {
    struct packed in;
    unsigned text_count;
    struct sceau_slice texts[REPORT_ROWS_TEXTS];
};

void report_rows_over(struct report_rows_reader *r, struct sceau_slice octets);

/* For who finds one broken. */
#define REPORT_ROWS_DAMAGED N_("rows of a report are damaged")

/* The next row; texts lie in the octets. Values of enums are in their bounds. False at the end, or
 * when it is broken. */
bool report_rows_next(struct report_rows_reader *r, struct reported_row *row);

#endif
