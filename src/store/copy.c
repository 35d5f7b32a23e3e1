/* What tables there are is asked of the file: both have the same migrations. A mark in `meta`
 * says, until all rows have been compared, that a copy is under way and of what: nobody else
 * opens a store with that mark (database.c). */
#include "copy.h"

#include "core/text.h"
#include "meta.h"

#define MARK         SCEAU_SLICE("copying") /* in `meta` */
#define BATCH        2000                   /* rows */
#define BATCH_MEMORY ((size_t)16 * 1024 * 1024)

/* Of processes, not of the store. */
static const char *const left_behind[] = {"lease", "worker"};

/* ---- the tables ---- */

static bool
is_left_behind(struct sceau_slice name)
{
    for (size_t i = 0; i < sizeof left_behind / sizeof *left_behind; i++)
        if (slice_eq(name, sceau_slice_from(left_behind[i])))
            return true;
    return false;
}

static const char *
kept(struct store_copy *copy, struct sceau_slice text)
{
    struct text t = text_new(copy->arena, SIZE_MAX);
    text_slice(&t, text);
    return text_done(&t).ptr;
}

static enum store_copy_kind
kind_of(struct sceau_slice type)
{
    if (slice_eq(type, SCEAU_SLICE("INTEGER")))
        return STORE_COPY_NUMBER;
    return slice_eq(type, SCEAU_SLICE("TEXT")) ? STORE_COPY_TEXT : STORE_COPY_OCTETS;
}

static struct store_copy_table *
table_of(struct store_copy *copy, struct sceau_slice name)
{
    if (copy->count > 0 &&
        slice_eq(name, sceau_slice_from(copy->tables[copy->count - 1].name)))
        return &copy->tables[copy->count - 1];
    if (copy->count == STORE_COPY_TABLES)
        return NULL;
    copy->tables[copy->count] = (struct store_copy_table){.name = kept(copy, name)};
    return &copy->tables[copy->count++];
}

static bool
read_tables(struct store_copy *copy, struct database *file)
{
    struct statement *s = database_columns(file);
    int step;
    while ((step = statement_step(s)) == 1) {
        if (is_left_behind(column_text(s, 0)))
            continue;
        struct store_copy_table *t = table_of(copy, column_text(s, 0));
        int64_t place = column_int(s, 3);
        if (t == NULL || t->column_count == STORE_COPY_COLUMNS)
            break;
        if (place > 0 && place <= STORE_COPY_COLUMNS) {
            t->key[place - 1] = t->column_count;
            t->key_count++;
        }
        t->kinds[t->column_count] = kind_of(column_text(s, 2));
        t->columns[t->column_count++] = kept(copy, column_text(s, 1));
    }
    statement_reset(s);
    return step == 0;
}

/* ---- statements ---- */

static void
list(struct text *t, const struct store_copy_table *table, bool is_key,
     const char *behind)
{
    int count = is_key ? table->key_count : table->column_count;
    for (int i = 0; i < count; i++)
        text_format(t, "%s%s%s", i > 0 ? ", " : "",
                    table->columns[is_key ? table->key[i] : i], behind);
}

static void
holes(struct text *t, int count)
{
    for (int i = 0; i < count; i++)
        text_format(t, "%s?%d", i > 0 ? ", " : "", i + 1);
}

static const char *
count_of(struct store_copy *copy, const struct store_copy_table *table)
{
    struct text t = text_new(copy->arena, SIZE_MAX);
    text_format(&t, "%s count(*) FROM %s", "SELECT", table->name);
    return text_done(&t).ptr;
}

/* The last row of what lies there. */
static const char *
tail_of(struct store_copy *copy, const struct store_copy_table *table)
{
    struct text t = text_new(copy->arena, SIZE_MAX);
    text_format(&t, "%s ", "SELECT");
    list(&t, table, true, "");
    text_format(&t, " FROM %s ORDER BY ", table->name);
    list(&t, table, true, " DESC");
    text_string(&t, " LIMIT 1");
    return text_done(&t).ptr;
}

/* All rows in the order of the key. */
static const char *
all_of(struct store_copy *copy, const struct store_copy_table *table)
{
    struct text t = text_new(copy->arena, SIZE_MAX);
    text_format(&t, "%s ", "SELECT");
    list(&t, table, false, "");
    text_format(&t, " FROM %s ORDER BY ", table->name);
    list(&t, table, true, "");
    return text_done(&t).ptr;
}

static const char *
batch_of(struct store_copy *copy, const struct store_copy_table *table, bool is_first)
{
    struct text t = text_new(copy->arena, SIZE_MAX);
    text_format(&t, "%s ", "SELECT");
    list(&t, table, false, "");
    text_format(&t, " FROM %s", table->name);
    if (!is_first) {
        text_string(&t, " WHERE (");
        list(&t, table, true, "");
        text_string(&t, ") > (");
        holes(&t, table->key_count);
        text_octet(&t, ')');
    }
    text_string(&t, " ORDER BY ");
    list(&t, table, true, "");
    text_format(&t, " LIMIT %d", BATCH);
    return text_done(&t).ptr;
}

static const char *
insert_of(struct store_copy *copy, const struct store_copy_table *table)
{
    struct text t = text_new(copy->arena, SIZE_MAX);
    text_format(&t, "%s INTO %s (", "INSERT", table->name);
    list(&t, table, false, "");
    text_string(&t, ") VALUES (");
    holes(&t, table->column_count);
    text_octet(&t, ')');
    return text_done(&t).ptr;
}

/* ---- rows ---- */

/* Column `from` of a row, kept in `memory` unless that is NULL. */
static void
hand_over(struct statement *to, int n, enum store_copy_kind kind, struct statement *row,
          int column, struct sceau_arena *memory)
{
    struct sceau_slice octets;
    if (kind == STORE_COPY_NUMBER) {
        bind_int(to, n, column_int(row, column));
        return;
    }
    octets =
        kind == STORE_COPY_TEXT ? column_text(row, column) : column_blob(row, column);
    if (memory != NULL)
        octets = slice_copy(memory, octets);
    if (kind == STORE_COPY_TEXT)
        bind_text(to, n, octets);
    else
        bind_blob(to, n, octets);
}

struct table_statements {
    const char *tail, *first, *next, *insert;
};

/* The rows behind the last one that is there already. */
static struct statement *
rest_of(struct store_copy *copy, const struct store_copy_table *table,
        const struct table_statements *sql, struct sceau_arena *memory, bool *is_fine)
{
    struct statement *tail = database_prepare(copy->to, sql->tail);
    int step = statement_step(tail);
    struct statement *rest =
        database_prepare(copy->from, step == 1 ? sql->next : sql->first);
    for (int i = 0; step == 1 && i < table->key_count; i++)
        hand_over(rest, i + 1, table->kinds[table->key[i]], tail, i, memory);
    statement_reset(tail);
    *is_fine = step >= 0;
    return rest;
}

static enum store_copy_outcome
copy_batch(struct store_copy *copy, struct store_copy_table *table,
           const struct table_statements *sql, struct sceau_arena *memory, int *rows)
{
    bool is_fine;
    int step = 0;
    *rows = 0;
    if (!database_begin(copy->to))
        return STORE_COPY_TO;
    struct statement *rest = rest_of(copy, table, sql, memory, &is_fine);
    while (is_fine && (step = statement_step(rest)) == 1) {
        struct statement *insert = database_prepare(copy->to, sql->insert);
        for (int i = 0; i < table->column_count; i++)
            hand_over(insert, i + 1, table->kinds[i], rest, i, NULL);
        is_fine = statement_step(insert) == 0;
        *rows += 1;
    }
    statement_reset(rest);
    if (is_fine && step == 0)
        return database_commit(copy->to) ? STORE_COPY_DONE : STORE_COPY_TO;
    database_rollback(copy->to);
    return is_fine ? STORE_COPY_FROM : STORE_COPY_TO;
}

static enum store_copy_outcome
copy_table(struct store_copy *copy, struct store_copy_table *table)
{
    struct sceau_arena *memory = sceau_arena_new(BATCH_MEMORY);
    const struct table_statements sql = {tail_of(copy, table),
                                         batch_of(copy, table, true),
                                         batch_of(copy, table, false),
                                         insert_of(copy, table)};
    enum store_copy_outcome outcome = memory != NULL ? STORE_COPY_DONE : STORE_COPY_TO;
    int rows = BATCH;
    while (outcome == STORE_COPY_DONE && rows == BATCH) {
        sceau_arena_clear(memory);
        outcome = copy_batch(copy, table, &sql, memory, &rows);
        table->copied += rows;
        if (copy->tell != NULL)
            copy->tell(copy->self, table->name, table->copied);
    }
    sceau_arena_free(memory);
    return outcome;
}

/* ---- meta: versions, secrets, and our mark ---- */

static bool
is_meta(const struct store_copy_table *table)
{
    return strcmp(table->name, "meta") == 0;
}

/* Ours, or none; false: another copy is under way. */
static bool
read_mark(struct store_copy *copy, bool *is_marked)
{
    struct text mark = text_new(copy->arena, SIZE_MAX);
    *is_marked = meta_read(copy->to, MARK, &mark) == 1;
    return !*is_marked || slice_eq(text_so_far(&mark), copy->name);
}

static bool
write_mark(struct store_copy *copy)
{
    if (!database_begin_durable(copy->to))
        return false;
    if (meta_write(copy->to, MARK, copy->name))
        return database_commit(copy->to);
    database_rollback(copy->to);
    return false;
}

/* All of it, and the mark is taken away: the copy is whole. */
static enum store_copy_outcome
finish(struct store_copy *copy)
{
    if (!database_begin_durable(copy->to))
        return STORE_COPY_TO;
    struct statement *s = database_prepare(
        copy->from,
        "SELECT name, value FROM meta WHERE name NOT IN ('version', 'copying')");
    bool is_fine = true;
    int step = 0;
    while (is_fine && (step = statement_step(s)) == 1)
        is_fine = meta_write(copy->to, column_text(s, 0), column_text(s, 1));
    statement_reset(s);
    is_fine = is_fine && step == 0 && meta_remove(copy->to, MARK);
    if (is_fine)
        return database_commit(copy->to) ? STORE_COPY_DONE : STORE_COPY_TO;
    database_rollback(copy->to);
    return step < 0 ? STORE_COPY_FROM : STORE_COPY_TO;
}

/* ---- before and after ---- */

static int64_t
number_of(struct database *db, const char *sql)
{
    struct statement *s = database_prepare(db, sql);
    int64_t number = statement_step(s) == 1 ? column_int(s, 0) : -1;
    statement_reset(s);
    return number;
}

/* 1: somebody does, -1: an error. */
static int
is_written(struct store_copy *copy, struct database *db)
{
    struct statement *s =
        database_prepare(db, "SELECT count(*) FROM worker WHERE seen > ?1");
    bind_int(s, 1, copy->now - STORE_COPY_SILENT);
    int found = statement_step(s) != 1 ? -1 : column_int(s, 0) > 0;
    statement_reset(s);
    return found;
}

static enum store_copy_outcome
look_at_both(struct store_copy *copy)
{
    bool is_marked;
    int from = is_written(copy, copy->from), to = is_written(copy, copy->to);
    if (from < 0 || to < 0)
        return from < 0 ? STORE_COPY_FROM : STORE_COPY_TO;
    if (from > 0 || to > 0)
        return STORE_COPY_WRITTEN;
    bool is_ours = read_mark(copy, &is_marked);
    for (size_t i = 0; i < copy->count && (!is_marked || !is_ours); i++) {
        copy->table = &copy->tables[i];
        int64_t rows = number_of(copy->to, count_of(copy, copy->table));
        if (rows < 0)
            return STORE_COPY_TO;
        if (rows > (is_meta(copy->table) ? 1 : 0)) /* the version */
            return STORE_COPY_FULL;
    }
    return STORE_COPY_DONE;
}

static bool
is_same(struct statement *a, struct statement *b, enum store_copy_kind kind, int column)
{
    switch (kind) {
    case STORE_COPY_NUMBER: return column_int(a, column) == column_int(b, column);
    case STORE_COPY_TEXT:
        return slice_eq(column_text(a, column), column_text(b, column));
    case STORE_COPY_OCTETS: break;
    }
    return slice_eq(column_blob(a, column), column_blob(b, column));
}

static bool
is_same_row(const struct store_copy_table *table, struct statement *a,
            struct statement *b)
{
    for (int i = 0; i < table->column_count; i++)
        if (!is_same(a, b, table->kinds[i], i))
            return false;
    return true;
}

/* Both in the order of the key, row beside row. */
static enum store_copy_outcome
compare_table(struct store_copy *copy, struct store_copy_table *table)
{
    const char *sql = all_of(copy, table);
    struct statement *a = database_prepare(copy->from, sql);
    struct statement *b = database_prepare(copy->to, sql);
    int from = statement_step(a), to = statement_step(b);
    for (; from == 1 && to == 1 && is_same_row(table, a, b); table->rows++) {
        from = statement_step(a);
        to = statement_step(b);
        if (copy->tell != NULL && table->rows % BATCH == 0)
            copy->tell(copy->self, table->name, table->rows);
    }
    statement_reset(a);
    statement_reset(b);
    if (from < 0 || to < 0)
        return from < 0 ? STORE_COPY_FROM : STORE_COPY_TO;
    return from == 0 && to == 0 ? STORE_COPY_DONE : STORE_COPY_DIFFERS;
}

static enum store_copy_outcome
compare(struct store_copy *copy)
{
    enum store_copy_outcome outcome = STORE_COPY_DONE;
    for (size_t i = 0; i < copy->count && outcome == STORE_COPY_DONE; i++) {
        copy->table = &copy->tables[i];
        if (!is_meta(copy->table)) /* finish() writes that */
            outcome = compare_table(copy, &copy->tables[i]);
    }
    return outcome;
}

enum store_copy_outcome
store_copy(struct store_copy *copy)
{
    if (database_is_shared(copy->from) == database_is_shared(copy->to))
        return STORE_COPY_ALIKE;
    struct database *file = database_is_shared(copy->from) ? copy->to : copy->from;
    if (!read_tables(copy, file))
        return file == copy->from ? STORE_COPY_FROM : STORE_COPY_TO;
    enum store_copy_outcome outcome = look_at_both(copy);
    if (outcome == STORE_COPY_DONE && !write_mark(copy))
        outcome = STORE_COPY_TO;
    for (size_t i = 0; i < copy->count && outcome == STORE_COPY_DONE; i++)
        if (!is_meta(&copy->tables[i]))
            outcome = copy_table(copy, &copy->tables[i]);
    if (outcome == STORE_COPY_DONE)
        outcome = compare(copy);
    return outcome == STORE_COPY_DONE ? finish(copy) : outcome;
}
