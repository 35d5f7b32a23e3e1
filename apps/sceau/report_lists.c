/* Who reports, and what came in. */
#include "ask.h"
#include "core/date.h"
#include "insight/reporters.h"
#include "insight/reports.h"
#include "insight/words.h"

int
report_reporters_run(const struct cli_call *call)
{
    struct ask a;
    const struct analysis_reporter *reporters;
    size_t count;
    int status = ask_open(&a, call, DATABASE_READ, ask_operand(call));
    if (status != 0)
        return ask_close(&a, status);
    if (!insight_reporters(&a.insight, &a.filter, &reporters, &count))
        return ask_close(&a, ask_fail(&a));
    struct table table = insight_reporters_table(a.arena, reporters, count), tls;
    if (!insight_tls_reporters(&a.insight, &a.filter, &tls))
        return ask_close(&a, ask_fail(&a));
    ask_say_filter(&a);
    ask_table(&a, &table, true);
    if (tls.row_count > 0)
        ask_heading(&a, N_("Who reports on TLS sessions"));
    ask_table(&a, &tls, false);
    return ask_close(&a, count + tls.row_count > 0 ? CLI_EXIT_OK : CLI_EXIT_UNKNOWN);
}

enum list_part {
    LIST_COUNTED,
    LIST_TLS,
    LIST_FAILURES,
    LIST_NOT_COUNTED,
};
#define LIST_PARTS (LIST_NOT_COUNTED + 1)

static enum list_part
part_of(const struct table_cell *cells)
{
    enum {
        KIND = 4,
        COUNTED = 10
    };
    if (slice_eq(cells[KIND].text, SCEAU_SLICE("failure")))
        return LIST_FAILURES;
    if (cells[COUNTED].number == 0)
        return LIST_NOT_COUNTED;
    return slice_eq(cells[KIND].text, SCEAU_SLICE("TLS")) ? LIST_TLS : LIST_COUNTED;
}

/* The latest first in each part: what is in no figure does not stand among what is. */
static void
show_list(struct ask *a, const struct table *all)
{
    static const char *const headings[LIST_PARTS] = {
        [LIST_TLS] = N_("TLS reports"),
        [LIST_FAILURES] = N_("Failure reports"),
        [LIST_NOT_COUNTED] =
            N_("Not counted: nothing proves the sender, or the reporter is ignored"),
    };
    size_t width = all->column_count * sizeof *all->cells;
    for (enum list_part part = LIST_COUNTED; part < LIST_PARTS; part++) {
        struct table some = *all;
        struct table_cell *cells =
            sceau_arena_alloc(a->arena, (all->row_count + 1) * width);
        some.cells = cells;
        some.row_count = 0;
        for (size_t i = 0; cells != NULL && i < all->row_count; i++)
            if (part_of(&all->cells[i * all->column_count]) == part)
                memcpy(&cells[some.row_count++ * all->column_count],
                       &all->cells[i * all->column_count], width);
        if (some.row_count > 0 && headings[part] != NULL)
            ask_heading(a, headings[part]);
        ask_table(a, &some, false);
    }
}

static void
say_more(struct ask *a, uint64_t count)
{
    if (count > 0)
        ask_say(a,
                language_sentence(a->arena, a->language, N_("and {n} more"),
                                  (struct language_word[]){LANGUAGE_OURS(
                                      "n", words_number(a->arena, a->language, count))},
                                  1));
}

int
report_list_run(const struct cli_call *call)
{
    struct ask a;
    struct insight_reports reports;
    struct insight_part part = {.most = INSIGHT_REPORTS_MAX};
    int status = ask_open(&a, call, DATABASE_READ,
                          call->operands.count > 0 ? call->operands.items[0] : NULL);
    if (status != 0)
        return ask_close(&a, status);
    if (ask_is_for_people(&a))
        part.most = ASK_LIST_MAX;
    if (!insight_reports(&a.insight, &a.filter, &part, &reports))
        return ask_close(&a, ask_fail(&a));
    ask_say_filter(&a);
    if (ask_is_for_people(&a)) {
        show_list(&a, &reports.table);
        say_more(&a, part.total - reports.table.row_count);
    } else {
        ask_table(&a, &reports.table, true);
    }
    return ask_close(&a, reports.table.row_count > 0 ? CLI_EXIT_OK : CLI_EXIT_UNKNOWN);
}

/* The file without its folder, cut where the line ends. */
static void
put_file(struct ask *a, struct text *t, struct sceau_slice path, size_t columns)
{
    struct text name = text_new(a->arena, SIZE_MAX);
    size_t slash = slice_find_last(path, '/');
    text_escaped(&name, slash + 1 < path.len ? slice_skip(path, slash + 1) : path);
    struct sceau_slice shown = text_done(&name); /* escaped: an octet is a column */
    bool is_whole = shown.len <= columns;
    text_slice(t, is_whole ? shown : slice_sub(shown, 0, columns - 1));
    if (!is_whole)
        text_octet(t, '~');
}

/* A line of the log for people: when, what became of it, which file; then why. */
static void
show_intake_line(struct ask *a, const struct table_cell *cells)
{
    enum {
        TIME,
        OUTCOME,
        NAME,
        PLACE,
        WHY,
        LINE
    };
    struct text t = text_new(a->arena, SIZE_MAX), why = text_new(a->arena, SIZE_MAX);
    int64_t seconds = cells[TIME].number;
    struct sceau_slice outcome = sceau_slice_from(ask_word(a, cells[OUTCOME].text.ptr));
    date_format(&t, seconds);
    text_format(&t, " %02d:%02d  ", (int)(seconds / 3600 % 24),
                (int)(seconds / 60 % 60));
    text_slice(&t, outcome);
    text_string(&t, "  ");
    put_file(a, &t, cells[NAME].text, ASK_COLUMNS - 20 - language_columns(outcome));
    ask_say(a, text_done(&t));
    if (cells[WHY].text.len == 0)
        return;
    text_slice(&why, insight_intake_why(a->arena, a->language, cells[WHY].text, true));
    if (cells[LINE].number > 0)
        text_format(&why, " (%s %lld)", ask_word(a, N_("line")),
                    (long long)cells[LINE].number);
    ask_say_wrapped(a, text_done(&why), 4);
}

/* What needs a look, line by line; what was accepted is a number. */
static void
show_intake(struct ask *a, const struct insight_intake *intake)
{
    const struct table *lines = &intake->lines, *sums = &intake->outcomes;
    for (size_t i = 0; i < lines->row_count; i++) {
        const struct table_cell *cells = &lines->cells[i * lines->column_count];
        if (!slice_eq(cells[1].text, SCEAU_SLICE("accepted")))
            show_intake_line(a, cells);
    }
    for (size_t i = 0; i < sums->row_count; i++) {
        const struct table_cell *cells = &sums->cells[i * sums->column_count];
        if (slice_eq(cells[0].text, SCEAU_SLICE("accepted")))
            ask_say(a,
                    language_sentence(
                        a->arena, a->language,
                        N_("Accepted: {count}. With --csv or --json each is a line."),
                        (struct language_word[]){LANGUAGE_OURS(
                            "count", words_number(a->arena, a->language,
                                                  (uint64_t)cells[1].number))},
                        1));
    }
}

int
report_intake_run(const struct cli_call *call)
{
    struct ask a;
    struct insight_intake intake;
    struct insight_part part = {.most = INSIGHT_INTAKE_MAX};
    int status = ask_open(&a, call, DATABASE_READ, NULL);
    if (status != 0)
        return ask_close(&a, status);
    if (ask_is_for_people(&a))
        part.most = ASK_LIST_MAX;
    if (!insight_intake(&a.insight, &a.filter, &part, &intake))
        return ask_close(&a, ask_fail(&a));
    const struct table *lines = &intake.lines;
    if (ask_is_for_people(&a))
        show_intake(&a, &intake);
    else
        ask_table(&a, lines, true);
    for (size_t i = 0; i < lines->row_count; i++)
        if (slice_eq(lines->cells[i * lines->column_count + 1].text,
                     SCEAU_SLICE("refused")))
            status = CLI_EXIT_WARNING;
    return ask_close(&a, lines->row_count > 0 ? status : CLI_EXIT_UNKNOWN);
}
