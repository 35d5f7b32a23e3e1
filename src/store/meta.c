#include "meta.h"

int
meta_read(struct database *db, struct sceau_slice name, struct text *value)
{
    struct statement *s =
        database_prepare(db, "SELECT value FROM meta WHERE name = ?1");
    bind_text(s, 1, name);
    int step = statement_step(s);
    if (step == 1)
        text_slice(value, column_text(s, 0));
    statement_reset(s);
    return step;
}

int
meta_number(struct database *db, struct sceau_slice name, int64_t *number)
{
    char digits[32];
    uint64_t read;
    struct text value = text_in(digits, sizeof digits);
    int step = meta_read(db, name, &value);
    if (step == 1 && !slice_decimal(text_done(&value), INT64_MAX, &read))
        return 0;
    if (step == 1)
        *number = (int64_t)read;
    return step;
}

static bool
write(struct statement *s, struct sceau_slice name, struct sceau_slice value)
{
    bind_text(s, 1, name);
    bind_text(s, 2, value);
    return statement_step(s) == 0;
}

bool
meta_write(struct database *db, struct sceau_slice name, struct sceau_slice value)
{
    return write(database_prepare(
                     db, "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT "
                         "(name) DO UPDATE SET value = excluded.value"),
                 name, value);
}

bool
meta_write_number(struct database *db, struct sceau_slice name, int64_t number)
{
    char digits[32];
    struct text value = text_in(digits, sizeof digits);
    text_decimal(&value, (uint64_t)number);
    return meta_write(db, name, text_done(&value));
}

bool
meta_keep(struct database *db, struct sceau_slice name, struct sceau_slice value)
{
    return write(database_prepare(
                     db, "INSERT INTO meta (name, value) VALUES (?1, ?2) ON CONFLICT "
                         "(name) DO NOTHING"),
                 name, value);
}

bool
meta_remove(struct database *db, struct sceau_slice name)
{
    struct statement *s = database_prepare(db, "DELETE FROM meta WHERE name = ?1");
    bind_text(s, 1, name);
    return statement_step(s) == 0;
}
