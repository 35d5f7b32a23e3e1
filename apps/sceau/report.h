/* `sceau report show`: one report explained, for people, as JSON, as CSV. */
#ifndef APP_REPORT_H
#define APP_REPORT_H

#include "config/cli.h"
#include "core/text.h"
#include "environment.h"
#include "report/report.h"
#include "report_worst.h"

struct report_options {
    bool csv;
    const char *state;
};

int report_show_run(const struct cli_call *call);

/* What hears a report and prints it. */
struct report_printer {
    struct report_sink sink;
    struct environment *env;
    struct sceau_arena *arena; /* of what is heard at the moment */
    struct sceau_slice file;   /* as named on the command line */
    char name[256]; /* of the report at hand: the file, a member, an attachment */
    bool is_quiet;
    /* what the exit status tells */
    bool has_refused,
        is_broken;   /* one was refused; the process that reads broke down */
    bool has_failed; /* mail without an aligned pass, sessions that failed */
    bool has_told;   /* anything at all */
    /* for people: kept until the end of a report */
    struct report_worst worst;
    uint64_t records;
    struct text lines; /* repairs, TLS policies: what comes before its heading */
    struct sceau_arena *lines_arena;
    bool has_heading; /* something was printed */
};

void report_text_sink(struct report_printer *p);
void report_json_sink(struct report_printer *p);
void report_csv_sink(struct report_printer *p);

/* A report of that name begins. */
void report_printer_begin(struct report_printer *p, struct sceau_slice name);

/* Give back the rows. */
void report_text_clear(struct report_printer *p);

/* How bad: see struct report_row. */
unsigned report_rank(const struct report_record *record);

#endif
