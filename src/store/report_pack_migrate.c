/* Rows as they were kept up to version 15, each by itself, its reasons and results as lines of text. */
#include "core/ip.h"
#include "database_backend.h"
#include "report/words.h"
#include "report_pack.h"

#include <stdlib.h>

#define MEMORY ((size_t)32 * 1024 * 1024)
#define PIECE  1000 /* rows read at a time */

enum {
    OLD_COUNT,
    OLD_DISPOSITION,
    OLD_DKIM,
    OLD_SPF,
    OLD_FLAGS,
    OLD_CAUSE,
    OLD_NUMBERS,
};
enum {
    OLD_POLICY_DOMAIN,
    OLD_DOMAIN,
    OLD_SOURCE,
    OLD_HEADER_FROM,
    OLD_ENVELOPE_FROM,
    OLD_ENVELOPE_TO,
    OLD_REASONS,
    OLD_AUTH,
    OLD_TEXTS,
};

struct old_row {
    int64_t report, n;
    bool is_nobodys; /* its report is gone */
    struct sceau_ip ip;
    int64_t numbers[OLD_NUMBERS];
    struct sceau_slice texts[OLD_TEXTS];
};

struct moving {
    struct database *db;
    struct sceau_arena *arena; /* of the rows at hand */
    struct old_row rows[PIECE];
    size_t count;
    struct report_record record;
    struct report_pack pack;
};

/* ---- out of the lines ---- */

static struct sceau_slice
next_word(struct sceau_slice *line)
{
    struct sceau_slice word = SLICE_NONE;
    slice_next(line, '\t', &word);
    return word;
}

static unsigned
word_value(enum word_set set, struct sceau_slice word)
{
    unsigned value = 0;
    if (!slice_eq(word, SCEAU_SLICE("unknown")))
        word_read(set, word, &value);
    return value;
}

/* "TYPE<TAB>COMMENT" */
static void
read_reasons(struct report_record *record, struct sceau_slice text)
{
    struct sceau_slice line;
    while (text.len > 0 && slice_next(&text, '\n', &line) &&
           record->reason_count < REPORT_REASONS_MAX) {
        struct report_reason *reason = &record->reasons[record->reason_count++];
        reason->type =
            (enum report_reason_type)word_value(WORDS_REASON, next_word(&line));
        reason->comment = line;
    }
}

/* "dkim<TAB>DOMAIN<TAB>SELECTOR<TAB>RESULT", "spf<TAB>DOMAIN<TAB>SCOPE<TAB>RESULT" */
static void
read_auth(struct report_record *record, struct sceau_slice text)
{
    struct sceau_slice line;
    while (text.len > 0 && slice_next(&text, '\n', &line)) {
        struct sceau_slice kind = next_word(&line), domain = next_word(&line);
        struct sceau_slice middle = next_word(&line), result = next_word(&line);
        if (slice_eq(kind, SCEAU_SLICE("dkim")) && record->dkim_count < REPORT_DKIM_MAX)
            record->dkim_results[record->dkim_count++] = (struct report_auth){
                .domain = domain,
                .selector = middle,
                .result = (enum report_result)word_value(WORDS_DKIM, result)};
        if (slice_eq(kind, SCEAU_SLICE("spf")) && record->spf_count < REPORT_SPF_MAX)
            record->spf_results[record->spf_count++] = (struct report_auth){
                .domain = domain,
                .scope = (enum report_scope)word_value(WORDS_SCOPE, middle),
                .result = (enum report_result)word_value(WORDS_SPF, result)};
    }
}

/* ---- from one table to the other ---- */

/* Rows behind that one. No join: a server that knows little of the tables yet would go through all
 * reports for each thousand rows. */
static bool
read_rows(struct moving *m, const struct old_row *behind)
{
    struct statement *s = database_prepare(
        m->db,
        "SELECT w.report, w.n, w.ip, w.count, w.disposition, w.dkim, w.spf, w.flags, "
        "w.cause, (SELECT r.policy_domain FROM report r WHERE r.id = w.report), w.domain, "
        "w.source, w.header_from, w.envelope_from, w.envelope_to, w.reasons, w.auth, "
        "(SELECT count(*) FROM report r WHERE r.id = w.report) FROM report_row w WHERE "
        "(w.report, w.n) > (?1, ?2) ORDER BY w.report, w.n LIMIT ?3");
    int step;
    sceau_arena_clear(m->arena);
    m->count = 0;
    bind_int(s, 1, behind->report);
    bind_int(s, 2, behind->n);
    bind_int(s, 3, PIECE);
    while ((step = statement_step(s)) == 1) {
        struct old_row *row = &m->rows[m->count];
        bool is_copied = true;
        row->report = column_int(s, 0);
        row->n = column_int(s, 1);
        row->ip = ip_of_octets(column_blob(s, 2));
        for (int i = 0; i < OLD_NUMBERS; i++)
            row->numbers[i] = column_int(s, 3 + i);
        for (int i = 0; i < OLD_TEXTS; i++) {
            row->texts[i] = slice_copy(m->arena, column_text(s, 3 + OLD_NUMBERS + i));
            is_copied = is_copied && row->texts[i].ptr != NULL;
        }
        row->is_nobodys = column_int(s, 3 + OLD_NUMBERS + OLD_TEXTS) == 0;
        if (!is_copied)
            break; /* fewer at a time */
        m->count++;
    }
    statement_reset(s);
    return step == 0 || m->count > 0 ||
           (step == 1 && database_note(m->db, DATABASE_ERROR, "out of memory"));
}

static bool
move_row(struct moving *m, const struct old_row *row)
{
    struct report_record *record = &m->record;
    const int64_t *numbers = row->numbers;
    const struct analysis_judgement judgement = {.flags = (unsigned)numbers[OLD_FLAGS],
                                                 .cause = (enum analysis_cause)
                                                     numbers[OLD_CAUSE]};
    record->ip = row->ip;
    record->source = row->texts[OLD_SOURCE];
    record->count = (uint64_t)numbers[OLD_COUNT];
    record->disposition = (enum report_disposition)numbers[OLD_DISPOSITION];
    record->dkim = (enum report_aligned)numbers[OLD_DKIM];
    record->spf = (enum report_aligned)numbers[OLD_SPF];
    record->header_from = row->texts[OLD_HEADER_FROM];
    record->envelope_from = row->texts[OLD_ENVELOPE_FROM];
    record->envelope_to = row->texts[OLD_ENVELOPE_TO];
    record->reason_count = record->dkim_count = record->spf_count = 0;
    read_reasons(record, row->texts[OLD_REASONS]);
    read_auth(record, row->texts[OLD_AUTH]);
    return report_pack_add(&m->pack, row->texts[OLD_DOMAIN], record, &judgement);
}

/* Does it follow the one before in the same piece? Rows that retain.c was at may be missing. */
static bool
is_next(const struct old_row *row, const struct old_row *before)
{
    return before != NULL && row->report == before->report && row->n == before->n + 1;
}

static bool
move_rows(struct moving *m)
{
    const struct old_row *before = NULL;
    for (const struct old_row *row = m->rows; row < m->rows + m->count; row++) {
        if (row->is_nobodys)
            continue;
        if (!is_next(row, before)) {
            if (!report_pack_end(&m->pack))
                return false;
            report_pack_begin(&m->pack, m->db, row->report,
                              row->texts[OLD_POLICY_DOMAIN]);
            m->pack.written = row->n;
        }
        if (!move_row(m, row))
            return false;
        before = row;
    }
    return report_pack_end(&m->pack);
}

static bool
move_all(struct moving *m)
{
    struct old_row last = {.report = INT64_MIN};
    do {
        if (!read_rows(m, &last) || !move_rows(m))
            return false;
        last = m->count > 0 ? m->rows[m->count - 1] : last;
    } while (m->count > 0);
    return database_run(m->db, "DROP TABLE report_row");
}

bool
report_pack_migrate(struct database *db)
{
    struct moving *m = calloc(1, sizeof *m);
    struct sceau_arena *arena = sceau_arena_new(MEMORY);
    bool is_good = false;
    if (m != NULL && arena != NULL) {
        m->db = db;
        m->arena = arena;
        is_good = move_all(m);
        report_pack_clear(&m->pack);
    } else {
        database_note(db, DATABASE_ERROR, "out of memory");
    }
    sceau_arena_free(arena);
    free(m);
    return is_good;
}
