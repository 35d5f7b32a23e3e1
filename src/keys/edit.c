/* Changing a domain's keys: written aside, flushed, renamed, all under the folder's lock.
 * The state file decides what is there: whatever stops between the steps leaves the old
 * state or the new one. */
#include "core/domain.h"
#include "core/text.h"
#include "file/file.h"
#include "files.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#define NEW_FILE ".new" /* one name for all: there is one writer, and no litter grows */

/* ---- files ---- */

/* What root makes belongs to the owner of the folder it is made in: the signer reads it. */
static bool
give_to_owner(int fd, const struct stat *above)
{
    return geteuid() != 0 || fchown(fd, above->st_uid, above->st_gid) == 0;
}

/* Put a file in place of what has that name, if any. False, with errno and no trace, when
 * it cannot be written whole. */
static bool
put_in_folder(int folder, const char *name, mode_t mode, struct sceau_slice text)
{
    struct stat above;
    unlinkat(folder, NEW_FILE, 0); /* of a writer that was killed */
    if (fstat(folder, &above) != 0)
        return false;
    const bool is_root = geteuid() == 0;
    const struct file_owner owner = {mode, is_root ? above.st_uid : geteuid(),
                                     is_root ? above.st_gid : getegid()};
    return file_make(folder, NEW_FILE, text, &owner) &&
           file_take_place(folder, NEW_FILE, name);
}

static bool
put_file(const struct keys_edit *edit, const char *name, struct sceau_slice text)
{
    return put_in_folder(edit->fd, name, 0600, text);
}

static void
pem_name(const struct keys_key *key, char name[KEYS_SELECTOR_MAX + 8])
{
    snprintf(name, KEYS_SELECTOR_MAX + 8, "%.*s.pem", SLICE_ARG(key->selector));
}

static void
remove_pem(const struct keys_edit *edit, const struct keys_key *key)
{
    char name[KEYS_SELECTOR_MAX + 8];
    pem_name(key, name);
    unlinkat(edit->fd, name, 0);
}

static void
tell_unwritten(const struct keys_edit *edit, const char *name, struct problem *problem)
{
    PROBLEM(problem, "{folder}/{domain}/{file}: {why}; nothing was changed",
            THEIRS("folder", edit->place->folder),
            LANGUAGE_THEIRS("domain", edit->name), THEIRS("file", name),
            OURS("why", language_strerror(problem->language, errno)));
}

/* Private keys of what is revoked; whoever was killed before that left them. */
static void
remove_revoked(const struct keys_edit *edit)
{
    for (size_t i = 0; i < edit->domain.count; i++) {
        if (edit->domain.keys[i].state == KEYS_REVOKED)
            remove_pem(edit, &edit->domain.keys[i]);
    }
}

/* ---- begin ---- */

/* A folder that is there or is made, flushed into the one above. */
static bool
make_folder(const char *path, mode_t mode, struct problem *problem)
{
    char above[KEYS_PATH_MAX];
    struct stat st;
    assert(path != NULL);
    if (mkdir(path, mode) != 0) {
        if (errno == EEXIST)
            return true;
        problem_tell_errno(problem, path, errno);
        return false;
    }
    snprintf(above, sizeof above, "%s/..", path);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    int up = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_made = fd >= 0 && up >= 0 && fstat(up, &st) == 0 &&
                   give_to_owner(fd, &st) && fchmod(fd, mode) == 0 && fsync(up) == 0;
    if (!is_made) {
        problem_tell_errno(problem, path, errno);
        rmdir(path);
    }
    if (fd >= 0)
        close(fd);
    if (up >= 0)
        close(up);
    return is_made;
}

/* Open it and wait for its lock. True when it has to be done again: whoever had the lock
 * removed the folder. edit->fd is -1, with errno, when it cannot be done. */
static bool
open_locked(struct keys_edit *edit, const char *path, struct stat *st)
{
    struct stat named;
    edit->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (edit->fd < 0)
        return errno == ENOENT;
    bool is_locked = flock(edit->fd, LOCK_EX) == 0 && fstat(edit->fd, st) == 0;
    int why = errno;
    bool is_there = is_locked && lstat(path, &named) == 0 &&
                    named.st_ino == st->st_ino && named.st_dev == st->st_dev;
    if (!is_there) {
        close(edit->fd);
        edit->fd = -1;
    }
    errno = why;
    return is_locked && !is_there;
}

/* Open and lock the domain's folder. */
static bool
lock_folder(struct keys_edit *edit, struct problem *problem)
{
    char path[KEYS_PATH_MAX];
    struct stat st;
    if (!keys_path(edit->place, edit->name, "", path, problem))
        return false;
    path[strlen(path) - 1] = '\0'; /* without the last slash: O_NOFOLLOW looks at it */
    do {
        if (!make_folder(edit->place->folder, 0700, problem) ||
            !make_folder(path, 0700, problem))
            return false;
    } while (open_locked(edit, path, &st));
    if (edit->fd < 0) {
        problem_tell_errno(problem, path, errno);
        return false;
    }
    if ((st.st_mode & KEYS_MODE_ANY) == 0)
        return true;
    char mode[8];
    snprintf(mode, sizeof mode, "%04o", (unsigned)st.st_mode & 07777);
    PROBLEM(problem,
            "{path} has mode {mode}, so that others may look into it: chmod 0700 "
            "{path}",
            THEIRS("path", path), OURS("mode", mode));
    return false;
}

/* ---- what everybody may know ---- */

/* Is this what the copy says already? */
static bool
is_published(const char *path, struct sceau_arena *arena, struct sceau_slice text)
{
    struct problem problem = {0};
    struct sceau_slice known;
    return keys_file_read(path, KEYS_MODE_WRITE, KEYS_STATE_FILE_MAX, arena, &known,
                          &problem) == SCEAU_OK &&
           slice_eq(known, text);
}

/* The state without the keys, where other programs of ours may read it. It is a copy: what
 * goes wrong is mended by the next edit. */
static void
publish(struct keys_edit *edit)
{
    char path[KEYS_PATH_MAX], folder[KEYS_PATH_MAX];
    struct problem problem = {0};
    const struct keys_place open_place =
        keys_public_place(edit->place, folder, sizeof folder);
    struct text t = text_new(edit->arena, KEYS_STATE_FILE_MAX);
    keys_state_format(&t, edit->name, &edit->domain);
    struct sceau_slice text = text_done(&t);
    if (open_place.folder == NULL || text.ptr == NULL ||
        !keys_path(&open_place, edit->name, "state", path, &problem) ||
        is_published(path, edit->arena, text) || !make_folder(folder, 0755, &problem))
        return;
    *strrchr(path, '/') = '\0';
    if (!make_folder(path, 0755, &problem))
        return;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return;
    put_in_folder(fd, "state", 0644, text);
    close(fd);
}

enum sceau_status
keys_edit_begin(const struct keys_place *place, struct sceau_arena *arena,
                struct sceau_slice domain, struct keys_edit *edit,
                struct problem *problem)
{
    struct keys_domain read;
    *edit =
        (struct keys_edit){.place = place, .arena = arena, .name = domain, .fd = -1};
    edit->domain.keys =
        sceau_arena_alloc(arena, KEYS_PER_DOMAIN_MAX * sizeof *edit->domain.keys);
    if (edit->domain.keys == NULL) {
        problem_tell_text(problem, N_("no memory"));
        return SCEAU_E_LIMIT;
    }
    if (!lock_folder(edit, problem))
        return SCEAU_E_SYSTEM;
    enum sceau_status status = keys_read(place, arena, domain, &read, problem);
    if (status != SCEAU_OK)
        return status;
    if (read.count > 0)
        memcpy(edit->domain.keys, read.keys, read.count * sizeof *read.keys);
    edit->domain.count = edit->committed = read.count;
    remove_revoked(edit);
    if (read.count > 0)
        publish(edit);
    return SCEAU_OK;
}

/* ---- add ---- */

/* What the state says of a key: all of it from the private one. */
static const char *
describe(struct sceau_arena *arena, const struct keys_pem *pem, struct keys_key *key)
{
    const char *reason;
    struct sceau_signer *signer = sceau_private_key_parse(keys_pem_text(pem), &reason);
    if (signer == NULL)
        return reason;
    struct sceau_slice record = sceau_private_key_record(arena, signer);
    size_t head =
        record.len > 0 ? slice_find(record, 'p') : 0; /* "v=DKIM1; k=..; p=" */
    key->algorithm = signer->algorithm;
    key->bits = sceau_private_key_bits(signer);
    key->public_key = record.ptr != NULL ? slice_skip(record, head + 2) : SLICE_NONE;
    sceau_private_key_free(signer);
    return key->public_key.len > 0 ? NULL : N_("no memory");
}

/* Room for one more: the revoked key that is longest so is forgotten. */
static bool
make_room(struct keys_edit *edit)
{
    struct keys_domain *d = &edit->domain;
    if (d->count < KEYS_PER_DOMAIN_MAX)
        return true;
    struct keys_key *oldest = NULL;
    for (size_t i = 0; i < edit->committed; i++) {
        if (d->keys[i].state == KEYS_REVOKED &&
            (oldest == NULL || d->keys[i].revoked < oldest->revoked))
            oldest = &d->keys[i];
    }
    if (oldest == NULL)
        return false;
    size_t behind = (size_t)(d->keys + d->count - (oldest + 1));
    memmove(oldest, oldest + 1, behind * sizeof *oldest);
    d->count--;
    edit->committed--;
    return true;
}

/* The file itself, under the pass phrase if there is one. */
static bool
write_key(struct keys_edit *edit, const struct keys_key *key,
          const struct keys_pem *pem, struct problem *problem)
{
    char name[KEYS_SELECTOR_MAX + 8], phrase[KEYS_PASS_PHRASE_MAX];
    struct sceau_slice pass_phrase;
    struct keys_pem locked = {0};
    bool is_ready = keys_pass_phrase(edit->place, phrase, &pass_phrase, problem);
    pem_name(key, name);
    if (is_ready && pass_phrase.len > 0) {
        is_ready = keys_pem_lock(pem, pass_phrase, &locked);
        pem = &locked;
        if (!is_ready)
            problem_tell_text(problem, N_("OpenSSL cannot encrypt the key"));
    }
    keys_wipe(phrase, sizeof phrase);
    bool is_written = is_ready && put_file(edit, name, keys_pem_text(pem));
    if (is_ready && !is_written)
        tell_unwritten(edit, name, problem);
    keys_pem_wipe(&locked);
    return is_written;
}

struct keys_key *
keys_edit_add(struct keys_edit *edit, struct sceau_slice selector,
              const struct keys_pem *pem, int64_t now, struct problem *problem)
{
    struct keys_key key = {.selector = selector, .state = KEYS_NEXT, .created = now};
    if (!keys_is_selector(selector)) {
        PROBLEM(problem,
                "a selector has letters, digits, \"-\", \"_\" and dots, as "
                "2026a: at most {count} octets",
                LANGUAGE_OURS("count", DECIMAL(KEYS_SELECTOR_MAX)));
        return NULL;
    }
    if (keys_find(&edit->domain, selector) != NULL) {
        PROBLEM(problem, "Selector {selector} is already in use.",
                LANGUAGE_THEIRS("selector", selector));
        return NULL;
    }
    const char *reason = describe(edit->arena, pem, &key);
    if (reason == NULL && !make_room(edit))
        reason = N_("the domain has as many keys as there may be");
    if (reason != NULL) {
        problem_tell_text(problem, reason);
        return NULL;
    }
    if (!write_key(edit, &key, pem, problem))
        return NULL;
    edit->domain.keys[edit->domain.count] = key;
    return &edit->domain.keys[edit->domain.count++];
}

/* ---- commit and end ---- */

static void
forget_added(struct keys_edit *edit)
{
    while (edit->domain.count > edit->committed)
        remove_pem(edit, &edit->domain.keys[--edit->domain.count]);
}

enum sceau_status
keys_edit_commit(struct keys_edit *edit, struct problem *problem)
{
    struct text t = text_new(edit->arena, KEYS_STATE_FILE_MAX);
    keys_state_format(&t, edit->name, &edit->domain);
    struct sceau_slice text = text_done(&t);
    errno = EFBIG;
    if (text.ptr == NULL || !put_file(edit, "state", text)) {
        tell_unwritten(edit, "state", problem);
        forget_added(edit);
        return SCEAU_E_SYSTEM;
    }
    edit->committed = edit->domain.count;
    remove_revoked(edit);
    publish(edit);
    return SCEAU_OK;
}

/* A folder that nothing was put into is not left: a domain with a folder is one with
 * keys. */
static void
remove_if_empty(const struct keys_edit *edit)
{
    char path[KEYS_PATH_MAX];
    struct problem problem = {0};
    if (edit->domain.count == 0 &&
        keys_path(edit->place, edit->name, "", path, &problem))
        rmdir(path);
}

void
keys_edit_end(struct keys_edit *edit)
{
    if (edit->fd < 0)
        return;
    forget_added(edit);
    remove_if_empty(edit);
    close(edit->fd);
    edit->fd = -1;
}
