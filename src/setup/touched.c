/* The journal of what setup touched, and the way back. */
#include "touched.h"

#include "file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#define ENTRIES_MAX 1000
#define DIGEST_TEXT 65

enum entry_kind {
    ENTRY_FILE,
    ENTRY_ABSENT,
    ENTRY_FOLDER,
};

static const char *const kinds[] = {"file", "absent", "folder"};

struct entry {
    unsigned number;
    enum entry_kind kind;
    unsigned mode, uid, gid;
    char *path;
    char wrote[DIGEST_TEXT]; /* "": setup did not come to it */
};

struct entries {
    struct entry items[ENTRIES_MAX];
    size_t count;
};

/* ---- the journal as text ---- */

static void
clear(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++)
        free(entries->items[i].path);
    free(entries);
}

static bool
read_entry(struct entries *entries, const char *line)
{
    unsigned number;
    int at = 0;
    char word[16], digest[DIGEST_TEXT];
    struct entry e = {0};
    /* NOLINTNEXTLINE(cert-err34-c): a line of ours */
    if (sscanf(line, "%u wrote %64[0-9a-f]", &number, digest) == 2) {
        for (size_t i = 0; i < entries->count; i++) {
            if (entries->items[i].number == number)
                memcpy(entries->items[i].wrote, digest, sizeof digest);
        }
        return true;
    }
    /* NOLINTNEXTLINE(cert-err34-c): the same */
    if (sscanf(line, "%u %15s %o %u %u %n", &e.number, word, &e.mode, &e.uid, &e.gid,
               &at) != 5 ||
        line[at] != '/' || entries->count == ENTRIES_MAX)
        return false;
    while (strcmp(word, kinds[e.kind]) != 0) {
        if (++e.kind > ENTRY_FOLDER)
            return false;
    }
    e.path = strdup(line + at);
    entries->items[entries->count++] = e;
    return e.path != NULL;
}

/* NULL with a problem; no journal gives none. The last line may be torn: then its file was
 * not touched. */
static struct entries *
read_journal(const char *folder, struct problem *problem)
{
    char path[PATH_MAX], *text = NULL, *rest, *line;
    size_t len = 0;
    struct entries *entries = calloc(1, sizeof *entries);
    snprintf(path, sizeof path, "%s/journal", folder);
    if (entries == NULL) {
        setup_fail_errno(problem, path, errno);
        return NULL;
    }
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return entries;
    if (!setup_read(path, &text, &len, problem)) {
        clear(entries);
        return NULL;
    }
    char *end = strrchr(text, '\n');
    if (end != NULL)
        end[1] = '\0';
    bool is_good = true;
    for (rest = end != NULL ? text : NULL;
         is_good && rest != NULL && (line = strsep(&rest, "\n")) != NULL;)
        is_good = *line == '\0' || read_entry(entries, line);
    free(text);
    if (is_good)
        return entries;
    setup_fail(problem, path, N_("a line that this version does not understand"));
    clear(entries);
    return NULL;
}

static struct entry *
find(struct entries *entries, const char *path)
{
    for (size_t i = 0; i < entries->count; i++) {
        if (strcmp(entries->items[i].path, path) == 0)
            return &entries->items[i];
    }
    return NULL;
}

static bool
add_line(const char *folder, const char *line, struct problem *problem)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/journal", folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    bool is_good =
        fd >= 0 && file_write_all(fd, sceau_slice_from(line)) && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    return is_good || setup_fail_errno(problem, path, why);
}

static void
digest_text(struct sceau_slice octets, char text[DIGEST_TEXT])
{
    unsigned char digest[32] = {0};
    EVP_Digest(octets.ptr, octets.len, digest, NULL, EVP_sha256(), NULL);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

/* ---- before a change ---- */

static bool
save(const char *folder, const struct entry *e, struct problem *problem)
{
    char copy[PATH_MAX], *octets;
    size_t len;
    if (!setup_read(e->path, &octets, &len, problem))
        return false;
    snprintf(copy, sizeof copy, "%s/%u", folder, e->number);
    bool is_good = setup_replace(copy, (struct sceau_slice){octets, len}, 0600,
                                 geteuid(), getegid(), problem);
    free(octets);
    return is_good;
}

static bool
remember(const char *folder, const char *path, bool is_folder, struct problem *problem)
{
    struct stat info;
    char line[PATH_MAX + 100];
    if (path[0] != '/' || strchr(path, '\n') != NULL)
        return setup_fail(problem, path, N_("not a path that setup can remember"));
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return setup_fail_errno(problem, folder, errno);
    struct entries *entries = read_journal(folder, problem);
    if (entries == NULL)
        return false;
    struct entry e = {.number = (unsigned)entries->count + 1,
                      .path = (char *)(uintptr_t)path};
    bool is_known = find(entries, path) != NULL,
         has_room = entries->count < ENTRIES_MAX;
    clear(entries);
    bool is_there = stat(path, &info) == 0;
    if (!is_there && errno != ENOENT && errno != ENOTDIR)
        return setup_fail_errno(problem, path, errno);
    if (is_known || (is_folder && is_there))
        return true;
    if (!has_room)
        return setup_fail(problem, path, N_("too many files are remembered already"));
    if (is_there) {
        e.mode = info.st_mode & 07777;
        e.uid = info.st_uid;
        e.gid = info.st_gid;
        if (!save(folder, &e, problem))
            return false;
    }
    e.kind = is_folder ? ENTRY_FOLDER : is_there ? ENTRY_FILE : ENTRY_ABSENT;
    snprintf(line, sizeof line, "%u %s %o %u %u %s\n", e.number, kinds[e.kind], e.mode,
             e.uid, e.gid, path);
    return add_line(folder, line, problem);
}

bool
setup_remember(const char *folder, const char *path, struct problem *problem)
{
    return remember(folder, path, false, problem);
}

bool
setup_remember_folder(const char *folder, const char *path, struct problem *problem)
{
    return remember(folder, path, true, problem);
}

bool
setup_wrote(const char *folder, const char *path, struct problem *problem)
{
    char *octets, line[DIGEST_TEXT + 32], digest[DIGEST_TEXT];
    size_t len;
    struct entries *entries = read_journal(folder, problem);
    if (entries == NULL)
        return false;
    const struct entry *e = find(entries, path);
    unsigned number = e != NULL ? e->number : 0;
    clear(entries);
    if (number == 0 || !setup_read(path, &octets, &len, problem))
        return number == 0 && setup_fail(problem, path, N_("was not remembered"));
    digest_text((struct sceau_slice){octets, len}, digest);
    free(octets);
    snprintf(line, sizeof line, "%u wrote %s\n", number, digest);
    return add_line(folder, line, problem);
}

/* ---- the way back ---- */

struct undo {
    const char *folder;
    void (*told)(void *self, enum setup_undone what, const char *path,
                 const char *detail);
    void *self;
    int failures;
    struct problem problem;
};

static void
failed(struct undo *u, const char *path)
{
    u->failures++;
    u->told(u->self, SETUP_FAILED, path, u->problem.text);
}

/* A copy of what somebody else made of the file since. `copy` is "" when it is as setup
 * left it, or as it was before. */
static bool
keep_changes(struct undo *u, const struct entry *e, struct sceau_slice before,
             char copy[PATH_MAX + 16])
{
    char *octets, digest[DIGEST_TEXT];
    struct stat info;
    size_t len;
    copy[0] = '\0';
    if (lstat(e->path, &info) != 0)
        return true;
    if (!setup_read(e->path, &octets, &len, &u->problem))
        return false;
    struct sceau_slice now = {octets, len};
    digest_text(now, digest);
    bool is_good = true;
    if (!slice_eq(now, before) && strcmp(digest, e->wrote) != 0) {
        snprintf(copy, PATH_MAX + 16, "%s.before-undo", e->path);
        is_good = setup_replace(copy, now, info.st_mode & 0777, info.st_uid,
                                info.st_gid, &u->problem);
    }
    free(octets);
    return is_good;
}

static void
undo_file(struct undo *u, const struct entry *e)
{
    char saved[PATH_MAX], copy[PATH_MAX + 16], *octets = NULL;
    size_t len = 0;
    snprintf(saved, sizeof saved, "%s/%u", u->folder, e->number);
    bool is_absent = e->kind == ENTRY_ABSENT;
    bool is_good = is_absent || setup_read(saved, &octets, &len, &u->problem);
    struct sceau_slice before = {octets, len};
    is_good = is_good && keep_changes(u, e, before, copy);
    if (is_good && is_absent)
        is_good = unlink(e->path) == 0 || errno == ENOENT || errno == ENOTDIR ||
                  setup_fail_errno(&u->problem, e->path, errno);
    else if (is_good)
        is_good = setup_replace(e->path, before, (mode_t)e->mode, (uid_t)e->uid,
                                (gid_t)e->gid, &u->problem);
    free(octets);
    if (!is_good)
        failed(u, e->path);
    else
        u->told(u->self,
                copy[0] != '\0' ? SETUP_KEPT
                : is_absent     ? SETUP_REMOVED
                                : SETUP_RESTORED,
                e->path, copy);
}

static void
undo_folder(struct undo *u, const struct entry *e)
{
    if (rmdir(e->path) == 0 || errno == ENOENT)
        u->told(u->self, SETUP_REMOVED, e->path, "");
    else if (errno == ENOTEMPTY || errno == EEXIST)
        u->told(u->self, SETUP_STAYS, e->path, "");
    else {
        setup_fail_errno(&u->problem, e->path, errno);
        failed(u, e->path);
    }
}

static void
forget(const char *folder, const struct entries *entries)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/journal", folder);
    unlink(path);
    for (size_t i = 0; i < entries->count; i++) {
        snprintf(path, sizeof path, "%s/%u", folder, entries->items[i].number);
        unlink(path);
    }
    rmdir(folder);
}

int
setup_undo(const char *folder, enum language language,
           void (*told)(void *self, enum setup_undone what, const char *path,
                        const char *detail),
           void *self)
{
    struct undo u = {.folder = folder, .told = told, .self = self};
    u.problem.language = language;
    struct entries *entries = read_journal(folder, &u.problem);
    if (entries == NULL) {
        failed(&u, folder);
        return u.failures;
    }
    size_t count = entries->count;
    /* What is to go last is the state folder, where this journal lies. */
    for (size_t i = count; i > 0; i--) {
        const struct entry *e = &entries->items[i - 1];
        if (e->kind != ENTRY_FOLDER)
            undo_file(&u, e);
    }
    if (u.failures == 0 && count > 0)
        forget(folder, entries);
    for (size_t i = count; i > 0; i--) {
        const struct entry *e = &entries->items[i - 1];
        if (e->kind == ENTRY_FOLDER && u.failures == 0)
            undo_folder(&u, e);
    }
    clear(entries);
    return count == 0 ? -1 : u.failures;
}
