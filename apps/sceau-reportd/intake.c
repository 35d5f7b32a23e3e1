/* Files that lie in STATE/incoming and in the folders of the configuration. A file moves
 * only after the commit that holds it: into done/ or refused/ beside it, in a Maildir to
 * cur/ with its mark of being seen. A crash in between reads it again, and finds it there
 * already. */
#include "core/hash.h"
#include "file_list.h"
#include "reportd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PUT_OFF     600   /* seconds until DNS is asked again about a mail's sender */
#define PUT_OFF_MAX 256   /* mails */
#define PATIENCE    86400 /* seconds */
#define SETTLED     2     /* seconds without a change before a file counts as whole */

struct taken {
    const char *path;
    enum ingest_outcome outcome;
};

struct batch {
    struct reportd *r;
    const char *folder;
    bool is_maildir;
    struct taken *files;
    size_t count, moved;
    size_t first, next,
        ahead; /* of the files that there are: since the last commit, to be
                                * taken, not yet expected */
};

/* ---- after the commit ---- */

static const char *
base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* FOLDER/SUB/NAME, made when it is not there; a name that is taken gets a number. */
static bool
move_beside(const struct batch *b, const char *path, const char *sub)
{
    char target[2 * REPORTD_PATH];
    snprintf(target, sizeof target, "%s/%s", b->folder, sub);
    if (mkdir(target, 0770) != 0 && errno != EEXIST)
        return false;
    for (unsigned n = 0; n < 10000; n++) {
        int len = n == 0 ? snprintf(target, sizeof target, "%s/%s/%s", b->folder, sub,
                                    base_of(path))
                         : snprintf(target, sizeof target, "%s/%s/%u-%s", b->folder,
                                    sub, n, base_of(path));
        if (len < 0 || (size_t)len >= sizeof target) {
            errno = ENAMETOOLONG;
            return false;
        }
        if (renameat2(AT_FDCWD, path, AT_FDCWD, target, RENAME_NOREPLACE) == 0)
            return true;
        if (errno == EINVAL && access(target, F_OK) != 0) /* a file system without */
            return rename(path, target) == 0;
        if (errno != EEXIST)
            return false;
    }
    return false;
}

/* NAME:2,FLAGS in cur/, with S for seen, and F for who should look at it. */
static bool
move_in_maildir(const struct batch *b, const char *path, bool is_refused)
{
    char target[2 * REPORTD_PATH], flags[64];
    const char *base = base_of(path), *info = strstr(base, ":2,");
    int len = info != NULL ? (int)(info - base) : (int)strlen(base);
    /* In the order of their letters, each once. */
    char *out = flags;
    for (int c = 'A'; c <= 'Z'; c++)
        if (c == 'S' || (c == 'F' && is_refused) ||
            (info != NULL && strchr(info + 3, c) != NULL))
            *out++ = (char)c;
    *out = '\0';
    int n = snprintf(target, sizeof target, "%s/cur/%.*s:2,%s", b->folder, len, base,
                     flags);
    return n > 0 && (size_t)n < sizeof target && rename(path, target) == 0;
}

static void
move_all(struct batch *b)
{
    for (size_t i = 0; i < b->count; i++) {
        const struct taken *file = &b->files[i];
        bool is_refused = file->outcome == INGEST_REFUSED;
        bool is_moved =
            b->is_maildir ? move_in_maildir(b, file->path, is_refused)
                          : move_beside(b, file->path, is_refused ? "refused" : "done");
        if (!is_moved && errno != ENOENT)
            reportd_trouble(b->r, "%s: %s", file->path, strerror(errno));
    }
    b->moved += b->count;
    b->count = 0;
}

/* All since the last commit was taken back; may it be taken once more? */
static bool
go_back(struct batch *b)
{
    b->count = 0;
    b->next = b->ahead = b->first;
    return ingest_again(b->r->ingest);
}

static bool
commit(struct batch *b)
{
    if (ingest_commit(b->r->ingest)) {
        move_all(b);
        b->first = b->next;
        return true;
    }
    if (go_back(b))
        return true;
    reportd_trouble(b->r, "%s", ingest_error(b->r->ingest));
    return false;
}

/* ---- which files ---- */

/* Mails whose sender DNS cannot tell now: not asked about again at once, or a domain without an
 * answer would hold up all others. Of this process alone; the oldest makes room. */
static struct put_off {
    uint64_t hash;
    time_t until;
} put_off[PUT_OFF_MAX];

static uint64_t
hash_of(const char *path)
{
    static const struct hash_key key = {0x7265706f, 0x727464}; /* names, not secrets */
    return hash_octets(&key, sceau_slice_from(path));
}

static bool
is_put_off(const char *path)
{
    uint64_t hash = hash_of(path);
    for (size_t i = 0; i < PUT_OFF_MAX; i++)
        if (put_off[i].hash == hash)
            return put_off[i].until > time(NULL);
    return false;
}

static void
put_it_off(const char *path)
{
    uint64_t hash = hash_of(path);
    size_t at = 0;
    for (size_t i = 0; i < PUT_OFF_MAX; i++) {
        if (put_off[i].hash == hash) {
            at = i;
            break;
        }
        if (put_off[i].until < put_off[at].until)
            at = i;
    }
    put_off[at] = (struct put_off){hash, time(NULL) + PUT_OFF};
}

/* For a day, it may be our trouble; then it counts as not proven. */
static bool
may_wait(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && info.st_mtime + PATIENCE > time(NULL);
}

/* Still being written, or not for us. */
static bool
is_ready(const struct batch *b, const char *path)
{
    static const char *const unfinished[] = {".part", ".tmp", ".new", "~"};
    struct sceau_slice name = sceau_slice_from(base_of(path));
    struct stat info;
    const char *flags = b->is_maildir ? strstr(name.ptr, ":2,") : NULL;
    if (flags != NULL && strchr(flags + 3, 'S') != NULL)
        return false;
    if (lstat(path, &info) != 0 || !S_ISREG(info.st_mode) || is_put_off(path))
        return false;
    if (b->is_maildir)
        return true;
    for (size_t i = 0; i < sizeof unfinished / sizeof *unfinished; i++)
        if (slice_ends_ci(name, sceau_slice_from(unfinished[i])))
            return false;
    return b->r->is_once || info.st_mtime + SETTLED <= time(NULL);
}

static bool
take(struct batch *b, const char *path)
{
    struct ingest_source source = {.place = sceau_slice_from(b->folder),
                                   .name = sceau_slice_from(base_of(path)),
                                   .waits = may_wait(path)};
    enum ingest_outcome outcome = ingest_path(b->r->ingest, path, &source);
    if (outcome == INGEST_FAILED) {
        if (go_back(b))
            return true;
        reportd_trouble(b->r, "%s: %s", path, ingest_error(b->r->ingest));
        return false;
    }
    if (outcome == INGEST_UNREADABLE) {    /* those behind it do not wait for it */
        if (errno != 0 && errno != ENOENT) /* somebody took it away */
            reportd_trouble(b->r, "%s: %s", path, strerror(errno));
        return true;
    }
    if (outcome == INGEST_LATER)
        put_it_off(path);
    else
        b->files[b->count++] = (struct taken){path, outcome};
    return !ingest_is_full(b->r->ingest) || commit(b);
}

/* For the dashboard: when something came from there, and what went wrong. */
static bool
write_place(const struct batch *b, const char *error)
{
    struct statement *s = database_prepare(
        b->r->db,
        "INSERT INTO place (name, kind, last_run, last_mail, last_error, count) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (name) DO UPDATE SET "
        "last_run = excluded.last_run, last_mail = CASE WHEN excluded.last_mail > "
        "place.last_mail THEN excluded.last_mail ELSE place.last_mail END, last_error = excluded.last_error, count = place.count "
        "+ excluded.count");
    int64_t now = reportd_now(b->r);
    bind_text(s, 1, sceau_slice_from(b->folder));
    bind_text(s, 2, sceau_slice_from(b->is_maildir ? "maildir" : "folder"));
    bind_int(s, 3, now);
    bind_int(s, 4, b->moved > 0 ? now : 0);
    bind_text(s, 5, sceau_slice_from(error));
    bind_int(s, 6, (int64_t)b->moved);
    return statement_step(s) == 0;
}

/* Those that come next are read meanwhile. */
static void
look_ahead(struct batch *b, const struct file_list *files)
{
    if (b->ahead < b->next || !ingest_expects(b->r->ingest))
        b->ahead = b->next;
    while (b->ahead < files->count) {
        const char *path = files->paths[b->ahead];
        if (is_ready(b, path) &&
            !ingest_expect(b->r->ingest, path, sceau_slice_from(base_of(path))))
            return;
        b->ahead++;
    }
}

static bool
take_files(struct batch *b, const struct file_list *files)
{
    bool is_good = true;
    do {
        while (b->next < files->count && is_good && !reportd_stops(b->r)) {
            look_ahead(b, files);
            const char *path = files->paths[b->next++];
            if (is_ready(b, path))
                is_good = take(b, path);
        }
        is_good = is_good && commit(b);
    } while (is_good && b->next < files->count && !reportd_stops(b->r));
    return is_good;
}

static bool
take_folder(struct reportd *r, const char *folder)
{
    char part[REPORTD_PATH + 8];
    struct file_list files = {0};
    struct stat info;
    struct batch b = {.r = r, .folder = folder};
    snprintf(part, sizeof part, "%s/cur", folder);
    b.is_maildir = stat(part, &info) == 0 && S_ISDIR(info.st_mode);
    if (!file_list_add(&files, folder)) {
        const char *why = strerror(errno);
        reportd_trouble(r, "%s: %s", folder, why);
        write_place(&b, why);
        return false;
    }
    b.files = calloc(files.count + 1, sizeof *b.files);
    bool is_good = b.files != NULL && take_files(&b, &files);
    ingest_expect_none(r->ingest);
    if (b.moved > 0 && !write_place(&b, ""))
        is_good = false;
    free(b.files);
    file_list_clear(&files);
    return is_good;
}

bool
step_intake(struct reportd *r)
{
    const struct config_words *folders = &r->env.config.intake.folders;
    char folder[REPORTD_PATH + 16];
    snprintf(folder, sizeof folder, "%s/incoming", r->state);
    bool is_good = take_folder(r, folder);
    for (size_t i = 0; i < folders->count && !reportd_stops(r); i++) {
        snprintf(folder, sizeof folder, "%.*s", SLICE_ARG(folders->items[i]));
        is_good = take_folder(r, folder) && is_good;
    }
    return is_good;
}
