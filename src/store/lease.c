/* The rule first, pure; then the two statements that it needs. */
#include "lease.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static bool
is_same(const struct lease_row *a, const struct lease_row *b)
{
    return a->is_there == b->is_there && a->beat == b->beat &&
           strcmp(a->holder, b->holder) == 0;
}

enum lease_wish
lease_look(struct lease *l, const struct lease_row *row, int64_t at)
{
    bool is_own = row->is_there && strcmp(row->holder, l->self) == 0;
    l->is_ours = l->is_ours && is_own;
    if (!is_same(row, &l->seen)) {
        l->seen = *row;
        l->seen_at = at;
    }
    bool is_free = is_own || row->holder[0] == '\0' || at - l->seen_at > LEASE_SECONDS;
    if (row->is_there && !is_free)
        return LEASE_LEAVE;
    l->asked = at;
    return row->is_there ? LEASE_UPDATE : LEASE_INSERT;
}

void
lease_told(struct lease *l, enum lease_wish wish, bool is_done)
{
    l->is_ours = is_done && wish != LEASE_LEAVE;
    if (!l->is_ours)
        return;
    l->seen.is_there = true;
    l->seen.beat++;
    snprintf(l->seen.holder, sizeof l->seen.holder, "%s", l->self);
    l->seen_at = l->asked;
}

bool
lease_is_held(const struct lease *l, int64_t at)
{
    return l->is_ours && at - l->asked < LEASE_VALID;
}

static bool
read_row(struct database *db, const char *name, struct lease_row *row)
{
    struct statement *s =
        database_prepare(db, "SELECT holder, beat FROM lease WHERE name = ?1");
    bind_text(s, 1, sceau_slice_from(name));
    int step = statement_step(s);
    *row = (struct lease_row){.is_there = step == 1};
    if (step == 1) {
        snprintf(row->holder, sizeof row->holder, "%.*s", SLICE_ARG(column_text(s, 0)));
        row->beat = column_int(s, 1);
    }
    statement_reset(s);
    return step >= 0;
}

static bool
write_row(struct database *db, const struct lease *l, enum lease_wish wish,
          bool *is_done)
{
    struct statement *s =
        wish == LEASE_INSERT
            ? database_prepare(db, "INSERT INTO lease (name, holder, beat) VALUES (?1, "
                                   "?2, 1) ON CONFLICT (name) DO NOTHING")
            : database_prepare(db,
                               "UPDATE lease SET holder = ?2, beat = beat + 1 WHERE "
                               "name = ?1 AND holder = ?3 AND beat = ?4");
    bind_text(s, 1, sceau_slice_from(l->name));
    bind_text(s, 2, sceau_slice_from(l->self));
    if (wish == LEASE_UPDATE) {
        bind_text(s, 3, sceau_slice_from(l->seen.holder));
        bind_int(s, 4, l->seen.beat);
    }
    int64_t rows = statement_step(s) == 0 ? database_changes(db) : -1;
    *is_done = rows == 1;
    return rows >= 0;
}

int64_t
lease_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return t.tv_sec;
}

bool
lease_boot(char boot[LEASE_BOOT])
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd >= 0 ? read(fd, boot, LEASE_BOOT - 1) : -1;
    if (fd >= 0)
        close(fd);
    boot[len > 0 ? len : 0] = '\0';
    boot[strcspn(boot, "\n")] = '\0';
    return strspn(boot, "0123456789abcdef-") == strlen(boot) && boot[0] != '\0';
}

/* A look alone takes no part in what transactions read and write. */
bool
lease_take(struct database *db, struct lease *l, int64_t at)
{
    struct lease_row row;
    bool is_done = false;
    if (!read_row(db, l->name, &row))
        return false;
    enum lease_wish wish = lease_look(l, &row, at);
    if (wish == LEASE_LEAVE) {
        lease_told(l, wish, false);
        return true;
    }
    bool is_fine = database_begin(db) && write_row(db, l, wish, &is_done);
    is_fine = is_fine && database_commit(db);
    if (!is_fine)
        database_rollback(db);
    /* A commit whose answer was lost may have been one: the row tells the next time. */
    if (is_fine)
        lease_told(l, wish, is_done);
    return is_fine;
}

int
lease_confirm(struct database *db, const struct lease *l)
{
    struct statement *s = database_prepare(
        db,
        "UPDATE lease SET beat = beat + 1 WHERE name = ?1 AND holder = ?2 RETURNING "
        "beat");
    bind_text(s, 1, sceau_slice_from(l->name));
    bind_text(s, 2, sceau_slice_from(l->self));
    int step = statement_step(s);
    statement_reset(s);
    return step;
}

bool
lease_give(struct database *db, struct lease *l)
{
    bool is_ours = l->is_ours;
    l->is_ours = false;
    if (!is_ours)
        return true;
    /* By its holder alone: commits have counted the beat up (lease_confirm). */
    struct statement *s = database_prepare(
        db,
        "UPDATE lease SET holder = '', beat = beat + 1 WHERE name = ?1 AND holder = "
        "?2");
    bind_text(s, 1, sceau_slice_from(l->name));
    bind_text(s, 2, sceau_slice_from(l->self));
    return statement_step(s) == 0;
}

bool
lease_give_of(struct database *db, struct sceau_slice holder)
{
    struct statement *s = database_prepare(
        db, "UPDATE lease SET holder = '', beat = beat + 1 WHERE holder = ?1");
    bind_text(s, 1, holder);
    return statement_step(s) == 0;
}
