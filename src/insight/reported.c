/* The rows of a report lie in the order they came (store/report_pack.h): the first reading finds
 * which of them are shown, the second one takes these out. */
#include "reported.h"

#include "report/words.h"
#include "scope.h"
#include "store/report_rows.h"

#include <stdlib.h>

#define SHOWN ((size_t)INSIGHT_RECORDS_MAX)

static const struct table_column columns[] = {
    {"source",      TABLE_TEXT,   N_("Address"),       0},
    {"messages",    TABLE_NUMBER, N_("Messages"),      0},
    {"disposition", TABLE_WORD,   N_("Disposition"),   0},
    {"dkim",        TABLE_WORD,   N_("DKIM"),          0},
    {"spf",         TABLE_WORD,   N_("SPF"),           0},
    {"header_from", TABLE_TEXT,   N_("From"),          0},
    {"envelope",    TABLE_TEXT,   N_("Envelope"),      0},
    {"results",     TABLE_TEXT,   N_("Results"),       0},
    {"reasons",     TABLE_TEXT,   N_("Reasons"),       0},
    {"contradicts", TABLE_FLAG,   N_("Contradiction"), 0},
};

/* What is shown of a row. */
struct shown {
    uint64_t count;
    enum report_disposition disposition;
    enum report_aligned dkim, spf;
    bool contradicts;
    struct sceau_slice source, header_from, envelope_from, results, reasons;
};

struct chosen {
    bool passes; /* something is aligned */
    uint64_t count;
    uint64_t n; /* in the report */
    struct shown *shown;
};

struct reading {
    struct insight *in;
    struct chosen *list; /* room for twice as many as are shown */
    size_t count;
    bool is_cut; /* the first of them are the best so far, in order */
    size_t next; /* which is taken out next */
    uint64_t n;  /* of the row at hand */
    bool (*take)(struct reading *g); /* what is done with it; false: no memory */
    struct report_rows_reader rows;
    struct reported_row row;
};

/* ---- which ---- */

static int
by_rank(const void *a, const void *b)
{
    const struct chosen *x = a, *y = b;
    if (x->passes != y->passes)
        return x->passes ? 1 : -1;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return x->n < y->n ? -1 : 1;
}

static int
by_place(const void *a, const void *b)
{
    const struct chosen *x = a, *y = b;
    return x->n < y->n ? -1 : 1;
}

static void
keep_first(struct reading *g)
{
    qsort(g->list, g->count, sizeof *g->list, by_rank);
    g->is_cut = g->count >= SHOWN;
    if (g->is_cut)
        g->count = SHOWN;
}

/* Whenever there are twice as many as are shown, the better half stays: what is not better than
 * its last one is not looked at again. */
static bool
choose(struct reading *g)
{
    const struct report_record *record = &g->row.record;
    const struct chosen one = {.passes = record->dkim == REPORT_ALIGNED_PASS ||
                                         record->spf == REPORT_ALIGNED_PASS,
                               .count = record->count,
                               .n = g->n};
    if (g->is_cut && by_rank(&one, &g->list[SHOWN - 1]) > 0)
        return true;
    g->list[g->count++] = one;
    if (g->count == 2 * SHOWN)
        keep_first(g);
    return true;
}

/* ---- what they say ---- */

/* Texts are the reporter's. */
static void
put_clean(struct text *t, struct sceau_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        text_octet(t, (unsigned char)s.ptr[i] < ' ' ? ' ' : s.ptr[i]);
}

static void
put_word(struct text *t, enum word_set set, unsigned value)
{
    const char *word = word_name(set, value);
    text_string(t, word != NULL ? word : "unknown");
}

static void
put_result(struct text *t, const char *method, struct sceau_slice domain)
{
    if (t->len > 0)
        text_string(t, "; ");
    text_string(t, method);
    text_octet(t, ' ');
    put_clean(t, domain);
    text_octet(t, ' ');
}

/* "dkim example.org s1 pass; spf example.org mfrom pass" */
static struct sceau_slice
results_of(struct sceau_arena *arena, const struct report_record *record)
{
    struct text t = text_new(arena, SIZE_MAX);
    for (size_t i = 0; i < record->dkim_count; i++) {
        const struct report_auth *auth = &record->dkim_results[i];
        put_result(&t, "dkim", auth->domain);
        put_clean(&t, auth->selector);
        text_octet(&t, ' ');
        put_word(&t, WORDS_DKIM, auth->result);
    }
    for (size_t i = 0; i < record->spf_count; i++) {
        const struct report_auth *auth = &record->spf_results[i];
        put_result(&t, "spf", auth->domain);
        put_word(&t, WORDS_SCOPE, auth->scope);
        text_octet(&t, ' ');
        put_word(&t, WORDS_SPF, auth->result);
    }
    return text_done(&t);
}

static struct sceau_slice
reasons_of(struct sceau_arena *arena, const struct report_record *record)
{
    struct text t = text_new(arena, SIZE_MAX);
    for (size_t i = 0; i < record->reason_count; i++) {
        if (i > 0)
            text_string(&t, "; ");
        put_word(&t, WORDS_REASON, record->reasons[i].type);
        text_octet(&t, ' ');
        put_clean(&t, record->reasons[i].comment);
    }
    return text_done(&t);
}

static bool
copy_row(struct reading *g)
{
    struct sceau_arena *arena = g->in->arena;
    const struct report_record *record = &g->row.record;
    while (g->next < g->count && g->list[g->next].n < g->n)
        g->next++; /* it went meanwhile */
    if (g->next == g->count || g->list[g->next].n != g->n)
        return true;
    struct shown *shown = sceau_arena_alloc(arena, sizeof *shown);
    if (shown == NULL)
        return false;
    *shown = (struct shown){
        .count = record->count,
        .disposition = record->disposition,
        .dkim = record->dkim,
        .spf = record->spf,
        .contradicts = (g->row.judgement.flags & ANALYSIS_FLAG_CONTRADICTS) != 0,
        .source = slice_copy(arena, record->source),
        .header_from = slice_copy(arena, record->header_from),
        .envelope_from = slice_copy(arena, record->envelope_from),
        .results = results_of(arena, record),
        .reasons = reasons_of(arena, record),
    };
    g->list[g->next++].shown = shown;
    return true;
}

/* ---- through the report ---- */

static bool
read_piece(struct reading *g, struct sceau_slice octets)
{
    report_rows_over(&g->rows, octets);
    for (; report_rows_next(&g->rows, &g->row); g->n++)
        if (!g->take(g))
            return scope_full(g->in);
    return !g->rows.in.is_broken || scope_broken_report(g->in);
}

static bool
read_all(struct reading *g, int64_t report, bool (*take)(struct reading *g))
{
    struct statement *s = database_prepare(
        g->in->db, "SELECT n, octets FROM report_pack WHERE report = ?1 ORDER BY n");
    int step;
    g->take = take;
    bind_int(s, 1, report);
    while ((step = statement_step(s)) == 1) {
        g->n = (uint64_t)column_int(s, 0);
        if (!read_piece(g, column_blob(s, 1))) {
            statement_reset(s);
            return false;
        }
    }
    return step == 0 || scope_fail(g->in);
}

static const char *
word_or_none(enum word_set set, unsigned value)
{
    const char *word = word_name(set, value);
    return word != NULL ? word : "?";
}

static void
add_shown(struct table_maker *m, const struct shown *row)
{
    table_text(m, row->source);
    table_number(m, row->count);
    table_word(m, word_or_none(WORDS_DISPOSITION, row->disposition));
    table_word(m, word_or_none(WORDS_ALIGNED, row->dkim));
    table_word(m, word_or_none(WORDS_ALIGNED, row->spf));
    table_text(m, row->header_from);
    table_text(m, row->envelope_from);
    table_text(m, row->results);
    table_text(m, row->reasons);
    table_signed(m, row->contradicts);
}

static bool
read_twice(struct reading *g, int64_t report)
{
    if (!read_all(g, report, choose))
        return false;
    keep_first(g);
    qsort(g->list, g->count, sizeof *g->list, by_place);
    if (!read_all(g, report, copy_row))
        return false;
    qsort(g->list, g->count, sizeof *g->list, by_rank);
    return true;
}

bool
reported_records(struct insight *in, int64_t report, struct table *records)
{
    struct reading g;
    struct table_maker m =
        table_new(in->arena, "records", columns, sizeof columns / sizeof *columns);
    g.in = in;
    g.list = sceau_arena_alloc(in->arena, 2 * SHOWN * sizeof *g.list);
    g.count = g.next = 0;
    g.is_cut = false;
    if (g.list == NULL)
        return scope_full(in);
    if (!read_twice(&g, report))
        return false;
    for (size_t i = 0; i < g.count; i++)
        if (g.list[i].shown != NULL)
            add_shown(&m, g.list[i].shown);
    *records = table_done(&m);
    return true;
}
