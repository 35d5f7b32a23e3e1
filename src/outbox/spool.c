#include "spool.h"

#include "file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define PATH ((size_t)4096 + 64)

static const char *const suffixes[] = {
    ".xml.gz",
    OUTBOX_RFC7489_SUFFIX ".xml.gz",
    OUTBOX_FAILURE_SUFFIX,
};
#define FORMS (sizeof suffixes / sizeof *suffixes)

const char *
outbox_spool_suffix(enum spool_form form)
{
    return suffixes[form];
}

bool
outbox_spool_place(struct database *db, const char *folder,
                   char name[OUTBOX_FOLDER_NAME])
{
    name[0] = '\0';
    return database_is_shared(db) || outbox_folder_name(folder, name);
}

/* ---- into the store ---- */

static bool
put_piece(struct database *db, const char *id, enum spool_form form, int64_t n,
          struct sceau_slice octets)
{
    struct statement *s = database_prepare(
        db, "INSERT INTO spool (report, form, n, octets) VALUES (?1, ?2, ?3, ?4) ON "
            "CONFLICT (report, form, n) DO UPDATE SET octets = excluded.octets");
    bind_text(s, 1, sceau_slice_from(id));
    bind_int(s, 2, form);
    bind_int(s, 3, n);
    bind_blob(s, 4, octets);
    return statement_step(s) == 0;
}

bool
outbox_spool_put(struct database *db, const char *id, enum spool_form form,
                 struct sceau_slice octets)
{
    bool is_put = true;
    for (int64_t n = 0; octets.len > 0 && is_put; n++) {
        size_t len = octets.len < SPOOL_PIECE ? octets.len : SPOOL_PIECE;
        is_put = put_piece(db, id, form, n, slice_sub(octets, 0, len));
        octets = slice_skip(octets, len);
    }
    return is_put;
}

/* How many octets there were, SPOOL_PIECE at most; -1, and errno. */
static ssize_t
read_piece(int fd, char octets[SPOOL_PIECE])
{
    size_t len = 0;
    while (len < SPOOL_PIECE) {
        ssize_t n = read(fd, octets + len, SPOOL_PIECE - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        len += (size_t)n;
    }
    return (ssize_t)len;
}

bool
outbox_spool_put_file(struct database *db, const char *id, enum spool_form form, int fd)
{
    char octets[SPOOL_PIECE];
    ssize_t len = SPOOL_PIECE;
    for (int64_t n = 0; len == (ssize_t)SPOOL_PIECE; n++) {
        len = read_piece(fd, octets);
        struct sceau_slice piece = {octets, len > 0 ? (size_t)len : 0};
        if (len < 0)
            return false;
        if (len > 0 && !put_piece(db, id, form, n, piece)) {
            errno = 0;
            return false;
        }
    }
    return true;
}

/* ---- out of both ---- */

/* 1: `take` has had it; 0: there is none; -1 */
static int
read_stored(struct database *db, const char *id, enum spool_form form, int64_t n,
            void (*take)(void *self, struct sceau_slice octets), void *self)
{
    struct statement *s = database_prepare(
        db, "SELECT octets FROM spool WHERE report = ?1 AND form = ?2 AND n = ?3");
    bind_text(s, 1, sceau_slice_from(id));
    bind_int(s, 2, form);
    bind_int(s, 3, n);
    int step = statement_step(s);
    if (step == 1 && take != NULL)
        take(self, column_blob(s, 0));
    statement_reset(s);
    return step;
}

static int
open_file(const char *folder, const char *id, enum spool_form form)
{
    char path[PATH];
    snprintf(path, sizeof path, "%s/%s%s", folder, id, outbox_spool_suffix(form));
    return open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

static enum spool_found
read_file(int fd, void (*take)(void *self, struct sceau_slice octets), void *self)
{
    char octets[SPOOL_PIECE];
    ssize_t len = fd >= 0 ? (ssize_t)SPOOL_PIECE : -1;
    while (len == (ssize_t)SPOOL_PIECE) {
        len = read_piece(fd, octets);
        if (len > 0)
            take(self, (struct sceau_slice){octets, (size_t)len});
    }
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return len >= 0 ? SPOOL_FOUND : SPOOL_ABSENT;
}

enum spool_found
outbox_spool_read(struct database *db, const char *folder, const char *id,
                  enum spool_form form,
                  void (*take)(void *self, struct sceau_slice octets), void *self)
{
    int64_t n = 0;
    int step;
    while ((step = read_stored(db, id, form, n, take, self)) == 1)
        n++;
    if (step < 0 || n > 0)
        return step < 0 ? SPOOL_FAILED : SPOOL_FOUND;
    return read_file(open_file(folder, id, form), take, self);
}

enum spool_found
outbox_spool_look(struct database *db, const char *folder, const char *id,
                  enum spool_form form)
{
    int step = read_stored(db, id, form, 0, NULL, NULL);
    if (step != 0)
        return step < 0 ? SPOOL_FAILED : SPOOL_FOUND;
    int fd = open_file(folder, id, form);
    if (fd < 0)
        return SPOOL_ABSENT;
    close(fd);
    return SPOOL_FOUND;
}

/* ---- what is over ---- */

bool
outbox_spool_forget(struct database *db, const char *folder, const char *id)
{
    struct statement *s = database_prepare(db, "DELETE FROM spool WHERE report = ?1");
    bind_text(s, 1, sceau_slice_from(id));
    /* A file that stays is of no report, and overwritten by none. */
    for (size_t i = 0; i < FORMS; i++) {
        char path[PATH];
        snprintf(path, sizeof path, "%s/%s%s", folder, id, suffixes[i]);
        unlink(path);
    }
    return statement_step(s) == 0;
}

bool
outbox_spool_expire(struct database *db, int64_t before)
{
    struct statement *s = database_prepare(
        db,
        "DELETE FROM spool WHERE report IN (SELECT id FROM outgoing WHERE state = 2 "
        "AND finished < ?1)");
    bind_int(s, 1, before);
    return statement_step(s) == 0;
}
