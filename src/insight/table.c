/* Rows of cells, and the ways in which they are written. */
#include "table.h"

#include "analysis/analysis.h"
#include "core/csv.h"
#include "core/date.h"

#include <assert.h>

#define SECONDS_A_DAY 86400

struct table_maker
table_new(struct sceau_arena *arena, const char *name,
          const struct table_column *columns, size_t column_count)
{
    return (struct table_maker){
        .arena = arena,
        .table = {.name = name, .columns = columns, .column_count = column_count},
    };
}

static void
add(struct table_maker *m, struct table_cell cell)
{
    if (m->count == m->capacity && !m->is_full) {
        size_t capacity = m->capacity > 0 ? 2 * m->capacity : 64;
        struct table_cell *room = sceau_arena_alloc(m->arena, capacity * sizeof *room);
        m->is_full = room == NULL;
        if (room != NULL) {
            if (m->count > 0)
                memcpy(room, m->room, m->count * sizeof *room);
            m->room = room;
            m->capacity = capacity;
        }
    }
    if (!m->is_full)
        m->room[m->count++] = cell;
}

void
table_text(struct table_maker *m, struct sceau_slice text)
{
    add(m, (struct table_cell){.text = text, .is_absent = text.len == 0});
}

void
table_word(struct table_maker *m, const char *word)
{
    table_text(m, sceau_slice_from(word));
}

void
table_code(struct table_maker *m, struct sceau_slice code, const char *word)
{
    add(m, (struct table_cell){.text = code, .word = word, .is_absent = code.len == 0});
}

void
table_signed(struct table_maker *m, int64_t number)
{
    add(m, (struct table_cell){.number = number});
}

void
table_number(struct table_maker *m, uint64_t number)
{
    table_signed(m, number > INT64_MAX ? INT64_MAX : (int64_t)number);
}

void
table_share(struct table_maker *m, uint64_t part, uint64_t whole)
{
    if (whole == 0)
        table_none(m);
    else
        table_signed(m, analysis_share_shown(part, whole));
}

void
table_none(struct table_maker *m)
{
    add(m, (struct table_cell){.is_absent = true});
}

void
table_ip(struct table_maker *m, const struct sceau_ip *ip)
{
    char text[SCEAU_IP_TEXT];
    size_t len = sceau_ip_format(ip, text);
    table_text(m, slice_copy(m->arena, (struct sceau_slice){text, len}));
}

void
table_day(struct table_maker *m, int day)
{
    if (day <= 0)
        table_none(m);
    else
        table_signed(m, day);
}

/* A row that was cut off by a full arena is none. */
struct table
table_done(struct table_maker *m)
{
    m->table.cells = m->room;
    m->table.row_count = m->count / m->table.column_count;
    return m->table;
}

struct table
table_narrow(struct sceau_arena *arena, const struct table *table, size_t columns)
{
    struct table narrow = *table;
    struct table_cell *cells =
        sceau_arena_alloc(arena, (table->row_count * columns + 1) * sizeof *cells);
    if (cells == NULL)
        return narrow;
    for (size_t i = 0; i < table->row_count * columns; i++)
        cells[i] = table->cells[i / columns * table->column_count + i % columns];
    narrow.cells = cells;
    narrow.column_count = columns;
    return narrow;
}

static const struct table_cell *
cell_at(const struct table *t, size_t row, size_t column)
{
    return &t->cells[row * t->column_count + column];
}

bool
table_is_text(enum table_type type)
{
    return type == TABLE_TEXT || type == TABLE_WORD || type == TABLE_CODE;
}

/* ---- text ---- */

/* Thousands apart: a narrow no-break space in French, a comma in English. */
static void
put_grouped(struct text *t, enum language language, int64_t number)
{
    char digits[24];
    const char *gap = language == LANGUAGE_FR ? "\u202f" : ",";
    size_t len;
    uint64_t magnitude = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    struct text plain = text_in(digits, sizeof digits);
    text_decimal(&plain, magnitude);
    len = text_so_far(&plain).len;
    if (number < 0)
        text_octet(t, '-');
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            text_string(t, gap);
        text_octet(t, digits[i]);
    }
}

static void
put_time(struct text *t, int64_t seconds)
{
    date_format(t, seconds);
    text_format(t, " %02d:%02dZ", (int)(seconds / 3600 % 24), (int)(seconds / 60 % 60));
}

/* For programs: one form, whatever the language. */
static void
put_plain(struct text *t, enum table_type type, const struct table_cell *cell)
{
    switch (type) {
    case TABLE_TEXT:
    case TABLE_CODE:
    case TABLE_WORD: text_slice(t, cell->text); return;
    case TABLE_NUMBER:
    case TABLE_FLAG: text_format(t, "%lld", (long long)cell->number); return;
    case TABLE_SHARE:
        text_format(t, "%lld.%lld", (long long)(cell->number / 10),
                    (long long)(cell->number % 10));
        return;
    case TABLE_DAY: date_format(t, cell->number * SECONDS_A_DAY); return;
    case TABLE_TIME:
        date_format(t, cell->number);
        text_format(t, "T%02d:%02d:%02dZ", (int)(cell->number / 3600 % 24),
                    (int)(cell->number / 60 % 60), (int)(cell->number % 60));
        return;
    }
}

static void
put_for_people(struct text *t, enum language language, enum table_type type,
               const struct table_cell *cell)
{
    switch (type) {
    case TABLE_TEXT:
    case TABLE_DAY: put_plain(t, type, cell); return;
    case TABLE_CODE:
        if (cell->word != NULL)
            text_string(t, language_text(language, cell->word));
        else
            text_slice(t, cell->text);
        return;
    case TABLE_WORD: {
        char word[200]; /* what is longer has no translation */
        if (cell->text.len >= sizeof word) {
            text_slice(t, cell->text);
            return;
        }
        struct text copy = text_in(word, sizeof word);
        text_slice(&copy, cell->text);
        text_string(t, language_text(language, text_done(&copy).ptr));
        return;
    }
    case TABLE_NUMBER: put_grouped(t, language, cell->number); return;
    case TABLE_FLAG:
        text_string(t, language_text(language, cell->number ? N_("yes") : N_("no")));
        return;
    case TABLE_SHARE:
        text_format(t, "%lld%c%lld%s%%", (long long)(cell->number / 10),
                    language == LANGUAGE_FR ? ',' : '.', (long long)(cell->number % 10),
                    language == LANGUAGE_FR ? "\u202f" : "");
        return;
    case TABLE_TIME: put_time(t, cell->number); return;
    }
}

struct sceau_slice
table_cell_text(struct sceau_arena *arena, enum language language,
                const struct table *table, size_t row, size_t column)
{
    const struct table_cell *cell = cell_at(table, row, column);
    enum table_type type = table->columns[column].type;
    if (cell->is_absent)
        return SCEAU_SLICE("");
    if (type == TABLE_TEXT)
        return cell->text;
    struct text t = text_new(arena, SIZE_MAX);
    put_for_people(&t, language, type, cell);
    return text_done(&t);
}

/* ---- CSV and JSON ---- */

void
table_csv(struct text *out, const struct table *table)
{
    for (size_t c = 0; c < table->column_count; c++)
        text_format(out, "%s%s", c > 0 ? "," : "", table->columns[c].name);
    text_string(out, "\r\n");
    for (size_t r = 0; r < table->row_count; r++)
        for (size_t c = 0; c < table->column_count; c++) {
            const struct table_cell *cell = cell_at(table, r, c);
            const char *end = c + 1 < table->column_count ? "," : "\r\n";
            enum table_type type = table->columns[c].type;
            if (table_is_text(type)) {
                csv_cell(out, cell->text, end);
                continue;
            }
            if (!cell->is_absent)
                put_plain(out, type, cell);
            text_string(out, end);
        }
}

static void
put_value(struct json *j, enum table_type type, const struct table_cell *cell)
{
    if (cell->is_absent) {
        json_none(j);
        return;
    }
    switch (type) {
    case TABLE_TEXT:
    case TABLE_CODE:
    case TABLE_WORD: json_slice(j, cell->text); return;
    case TABLE_NUMBER: json_number(j, cell->number); return;
    case TABLE_FLAG: json_bool(j, cell->number != 0); return;
    case TABLE_DAY:
    case TABLE_TIME: {
        char memory[40];
        struct text t = text_in(memory, sizeof memory);
        put_plain(&t, type, cell);
        json_slice(j, text_done(&t));
        return;
    }
    case TABLE_SHARE: /* a number: percent */
        json_raw(j, "%lld.%lld", (long long)(cell->number / 10),
                 (long long)(cell->number % 10));
        return;
    }
}

static void
put_fields(struct json *j, const struct table *table, size_t row)
{
    for (size_t c = 0; c < table->column_count; c++) {
        json_key(j, table->columns[c].name);
        put_value(j, table->columns[c].type, cell_at(table, row, c));
    }
}

void
table_json(struct json *j, const struct table *table)
{
    json_open(j, '[');
    for (size_t r = 0; r < table->row_count; r++) {
        json_open(j, '{');
        put_fields(j, table, r);
        json_close(j, '}');
    }
    json_close(j, ']');
}

void
table_json_lines(struct text *out, struct sceau_arena *scratch,
                 const struct table *table)
{
    struct json j = json_new(scratch);
    for (size_t r = 0; r < table->row_count; r++) {
        j.needs_comma = false;
        json_open(&j, '{');
        json_key_string(&j, "type", table->name);
        put_fields(&j, table, r);
        json_close(&j, '}');
        text_octet(&j.text, '\n');
    }
    struct sceau_slice lines = json_done(&j);
    if (lines.ptr == NULL)
        out->has_failed = true;
    else
        text_slice(out, lines);
}

/* ---- for a terminal ---- */

static bool
is_right(enum table_type type)
{
    return type == TABLE_NUMBER || type == TABLE_SHARE;
}

/* A cell of exactly `width` columns; what is too long ends in "~". */
static void
put_cell(struct text *out, struct sceau_slice text, size_t width, bool right)
{
    size_t columns = language_columns(text);
    if (columns > width) {
        size_t at = 0;
        for (size_t n = 0; n + 1 < width; n++) {
            size_t len = slice_utf8_length(slice_skip(text, at));
            at += len > 0 ? len : 1;
        }
        text_slice(out, slice_sub(text, 0, at));
        text_octet(out, '~');
        return;
    }
    if (right)
        text_format(out, "%*s", (int)(width - columns), "");
    text_slice(out, text);
    if (!right)
        text_format(out, "%*s", (int)(width - columns), "");
}

#define COLUMNS_MAX 32 /* of a table, on a terminal */
#define TEXT_WIDTH_LEAST \
 12 /* that a text of others keeps when another column needs room */

struct printer {
    struct text *out;
    struct sceau_arena *scratch;
    enum language language;
    const struct table *table;
    size_t cells[COLUMNS_MAX], headings[COLUMNS_MAX]; /* columns that they take */
    size_t widths[COLUMNS_MAX];
};

/* Of others, as a rule. */
static bool
is_text(const struct printer *p, size_t c)
{
    enum table_type type = p->table->columns[c].type;
    return type == TABLE_TEXT || type == TABLE_CODE;
}

static struct sceau_slice
shown_cell(const struct printer *p, size_t r, size_t c)
{
    struct sceau_slice text = table_cell_text(p->scratch, p->language, p->table, r, c);
    if (!is_text(p, c) || cell_at(p->table, r, c)->word != NULL)
        return text;
    struct text t = text_new(p->scratch, SIZE_MAX);
    text_escaped(&t, text);
    return text_done(&t);
}

static void
put_line(const struct printer *p, size_t r, bool is_heading)
{
    const struct table_column *columns = p->table->columns;
    struct text line = text_new(p->scratch, SIZE_MAX);
    for (size_t c = 0; c < p->table->column_count; c++) {
        if (columns[c].width == 0)
            continue;
        struct sceau_slice text =
            is_heading ? sceau_slice_from(language_text(p->language, columns[c].title))
                       : shown_cell(p, r, c);
        if (line.len > 0)
            text_string(&line, "  ");
        put_cell(&line, text, p->widths[c], is_right(columns[c].type));
    }
    struct sceau_slice done = text_done(&line);
    while (done.len > 0 && done.ptr[done.len - 1] == ' ')
        done.len--;
    text_slice(p->out, done);
    text_octet(p->out, '\n');
}

/* Columns that the longest cell and the heading take. */
static void
find_needs(struct printer *p)
{
    for (size_t c = 0; c < p->table->column_count; c++) {
        const char *title = language_text(p->language, p->table->columns[c].title);
        p->headings[c] = language_columns(sceau_slice_from(title));
        for (size_t r = 0; r < p->table->row_count; r++) {
            size_t columns = language_columns(shown_cell(p, r, c));
            p->cells[c] = columns > p->cells[c] ? columns : p->cells[c];
        }
    }
}

static size_t
need_of(const struct printer *p, size_t c)
{
    return p->cells[c] > p->headings[c] ? p->cells[c] : p->headings[c];
}

/* What has room to give: the widest text of others, or what is wider than its cells. */
static size_t
giver_for(const struct printer *p, size_t taker)
{
    size_t at = SIZE_MAX, most = 0;
    for (size_t c = 0; c < p->table->column_count; c++) {
        size_t least = is_text(p, c) ? TEXT_WIDTH_LEAST : need_of(p, c);
        size_t spare = p->widths[c] > least ? p->widths[c] - least : 0;
        if (c == taker || spare <= most || (is_text(p, taker) && is_text(p, c)))
            continue;
        most = spare;
        at = c;
    }
    return at;
}

/* Up to `wanted` columns, of what is left of the line, then of what others can spare. */
static void
widen(struct printer *p, size_t c, size_t wanted, size_t *left, bool from_others)
{
    for (; p->widths[c] < wanted; p->widths[c]++) {
        size_t from = *left == 0 && from_others ? giver_for(p, c) : SIZE_MAX;
        if (*left == 0 && from == SIZE_MAX)
            return;
        if (*left > 0)
            --*left;
        else
            p->widths[from]--;
    }
}

/* Widths as the table has them, a text's no wider than it needs; then what numbers and words
 * need, which are never cut, then headings, then texts; the rest goes to the first text. */
static void
share_out(struct printer *p, size_t columns)
{
    size_t used = 0, first = SIZE_MAX;
    find_needs(p);
    for (size_t c = 0; c < p->table->column_count; c++) {
        p->widths[c] = p->table->columns[c].width;
        if (p->widths[c] == 0)
            continue;
        if (is_text(p, c) && p->widths[c] > need_of(p, c))
            p->widths[c] = need_of(p, c);
        if (first == SIZE_MAX || (is_text(p, c) && !is_text(p, first)))
            first = c;
        used += p->widths[c] + (used > 0 ? 2 : 0);
    }
    size_t left = columns > used ? columns - used : 0;
    for (size_t c = 0; c < p->table->column_count; c++)
        if (p->widths[c] > 0 && !is_text(p, c))
            widen(p, c, p->cells[c], &left, true);
    for (size_t c = 0; c < p->table->column_count; c++)
        if (p->widths[c] > 0)
            widen(p, c, p->headings[c], &left, false);
    for (size_t c = 0; c < p->table->column_count; c++)
        if (p->widths[c] > 0 && is_text(p, c))
            widen(p, c, p->cells[c], &left, true);
    if (first != SIZE_MAX)
        p->widths[first] += left;
}

void
table_print(struct text *out, struct sceau_arena *scratch, enum language language,
            const struct table *table, unsigned columns)
{
    struct printer p = {.out = out,
                        .scratch = scratch,
                        .language = language,
                        .table = table};
    if (table->row_count == 0)
        return;
    assert(table->column_count <= COLUMNS_MAX);
    share_out(&p, columns);
    put_line(&p, 0, true);
    for (size_t r = 0; r < table->row_count; r++)
        put_line(&p, r, false);
}
