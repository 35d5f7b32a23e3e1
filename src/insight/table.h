/* Tables as everybody shows them: named and typed columns, rows of cells. One writer of
 * CSV and one of JSON for commands and pages; the names of columns are those of the
 * fields, English and stable. */
#ifndef INSIGHT_TABLE_H
#define INSIGHT_TABLE_H

#include "core/json.h"
#include "language/language.h"

enum table_type {
    TABLE_TEXT, /* of others */
    TABLE_WORD, /* of ours, English: translated for people, as it is in CSV and JSON */
    TABLE_CODE, /* of others; for people in our words, where there are some */
    TABLE_NUMBER, /* messages and the like */
    TABLE_SHARE,  /* thousandths: 987 is 98.7 % */
    TABLE_DAY,    /* days since the epoch */
    TABLE_TIME,   /* seconds since the epoch */
    TABLE_FLAG,   /* 0 or 1 */
};

struct table_column {
    const char *name; /* "dkim_aligned" */
    enum table_type type;
    const char *title; /* for people, N_ */
    unsigned width;    /* columns on a terminal; 0: not shown there */
};

struct table_cell {
    struct sceau_slice text; /* TABLE_TEXT, TABLE_WORD, TABLE_CODE; others: ignored */
    const char *word;        /* TABLE_CODE: N_(); NULL: there is none for it */
    int64_t number;
    bool is_absent; /* nothing known: empty in CSV, null in JSON */
};

struct table {
    const char *name; /* "sources" */
    const struct table_column *columns;
    size_t column_count;
    const struct table_cell *cells; /* row_count times column_count */
    size_t row_count;
};

/* How rows are made. `name` and `columns` are static; cells grow in the arena. */
struct table_maker {
    struct sceau_arena *arena;
    struct table table;
    struct table_cell *room;
    size_t capacity, count; /* cells */
    bool is_full;           /* of the arena: the table is not whole */
};

struct table_maker table_new(struct sceau_arena *arena, const char *name,
                             const struct table_column *columns, size_t column_count);
/* Cells in the order of the columns; each call adds one. */
void table_text(struct table_maker *m, struct sceau_slice text);
void table_word(struct table_maker *m, const char *word);
void table_code(struct table_maker *m, struct sceau_slice code, const char *word);
void table_number(struct table_maker *m, uint64_t number);
void table_signed(struct table_maker *m, int64_t number);
void table_share(struct table_maker *m, uint64_t part, uint64_t whole);
void table_none(struct table_maker *m);
void table_ip(struct table_maker *m, const struct sceau_ip *ip);
void table_day(struct table_maker *m, int day); /* not above 0: none */
struct table table_done(struct table_maker *m);

/* The same with its first columns alone. */
struct table table_narrow(struct sceau_arena *arena, const struct table *table,
                          size_t columns);

/* Is it a column of texts? */
bool table_is_text(enum table_type type);

/* A cell as text for people: numbers with blanks between thousands, "98.7 %", "2026-11-29",
 * times as "2026-11-29 14:05Z", words translated; text of others as it is: escape it. */
struct sceau_slice table_cell_text(struct sceau_arena *arena, enum language language,
                                   const struct table *table, size_t row,
                                   size_t column);

/* The heading, then the rows (RFC 4180). A cell that a spreadsheet would run as a formula
 * begins with an apostrophe; what a terminal would obey is \xHH. */
void table_csv(struct text *out, const struct table *table);

/* An array of objects as a value. */
void table_json(struct json *j, const struct table *table);

/* One object a line, each with "type": the table's name. */
void table_json_lines(struct text *out, struct sceau_arena *scratch,
                      const struct table *table);

/* For a terminal of `columns`: a heading and a line a row, text of others escaped and cut.
 * Empty tables give nothing. */
void table_print(struct text *out, struct sceau_arena *scratch, enum language language,
                 const struct table *table, unsigned columns);

#endif
