/* Some at a time, so that nobody waits long for the store. A file goes before its row: a row
 * without a file is of a report that nobody sends any more. */
#include "forget.h"

#include "build.h"

#include <stdio.h>

#define AT_ONCE 500

static bool
forget_report(struct database *db, const char *folder, const char *id)
{
    struct statement *deliveries =
        database_prepare(db, "DELETE FROM delivery WHERE report = ?1");
    struct statement *report =
        database_prepare(db, "DELETE FROM outgoing WHERE id = ?1");
    bind_text(deliveries, 1, sceau_slice_from(id));
    bind_text(report, 1, sceau_slice_from(id));
    return outbox_spool_forget(db, folder, id) && statement_step(deliveries) == 0 &&
           statement_step(report) == 0;
}

/* How many there were, AT_ONCE at most; -1: the database failed. */
static int
forget_some(struct database *db, const char *folder, int64_t before)
{
    char ids[AT_ONCE][OUTBOX_ID_SIZE];
    int count = 0, step = 1;
    struct statement *s = database_prepare(
        db, "SELECT id FROM outgoing WHERE kind = 0 AND state = 2 AND finished < ?1");
    bind_int(s, 1, before);
    while (count < AT_ONCE && (step = statement_step(s)) == 1) {
        struct sceau_slice id = column_text(s, 0);
        snprintf(ids[count++], OUTBOX_ID_SIZE, "%.*s", SLICE_ARG(id));
    }
    statement_reset(s);
    for (int i = 0; i < count; i++)
        if (!forget_report(db, folder, ids[i]))
            return -1;
    return step >= 0 ? count : -1;
}

bool
outbox_forget(struct database *db, const char *folder, int64_t before)
{
    int count = AT_ONCE;
    while (count == AT_ONCE) {
        if (!database_begin(db))
            return false;
        count = forget_some(db, folder, before);
        if (count < 0) {
            database_rollback(db);
            return false;
        }
        if (!database_commit(db))
            return false;
    }
    return true;
}
