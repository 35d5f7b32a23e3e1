/* Reading the keys' files. Modes are looked at on the open file, not on a name that may be
 * another file by then. */
#include "store.h"

#include "core/domain.h"
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- the state ---- */

/* Where in the text, for a person. */
static void
tell_place(struct problem *problem, const char *path, struct sceau_slice text,
           const struct sceau_diag *diag)
{
    size_t line = 1, column = 1;
    for (size_t i = 0; i < diag->offset && i < text.len; i++) {
        column = text.ptr[i] == '\n' ? 1 : column + 1;
        line += text.ptr[i] == '\n';
    }
    PROBLEM(problem, "{path}:{line}:{column}: expected {what}", THEIRS("path", path),
            LANGUAGE_OURS("line", DECIMAL(line)),
            LANGUAGE_OURS("column", DECIMAL(column)),
            OURS("what", language_text(problem->language, diag->expected)));
}

enum sceau_status
keys_read(const struct keys_place *place, struct sceau_arena *arena,
          struct sceau_slice domain, struct keys_domain *keys, struct problem *problem)
{
    char path[KEYS_PATH_MAX];
    struct sceau_slice text;
    struct sceau_diag diag;
    *keys = (struct keys_domain){0};
    if (!keys_path(place, domain, "state", path, problem))
        return SCEAU_E_SYNTAX;
    enum sceau_status status =
        keys_file_read(path, KEYS_MODE_WRITE, KEYS_STATE_FILE_MAX, arena, &text,
                       problem);
    if (status != SCEAU_OK)
        return status == SCEAU_E_SYSTEM && errno == ENOENT ? SCEAU_OK : status;
    status = keys_state_parse(arena, text, keys, &diag);
    if (status == SCEAU_E_SYNTAX)
        tell_place(problem, path, text, &diag);
    else if (status == SCEAU_E_LIMIT)
        PROBLEM(problem, "{path}: more than {count} keys, or too large",
                THEIRS("path", path),
                LANGUAGE_OURS("count", DECIMAL(KEYS_PER_DOMAIN_MAX)));
    return status;
}

struct timespec
keys_changed(const struct keys_place *place, struct sceau_slice domain)
{
    char path[KEYS_PATH_MAX];
    struct problem problem = {0};
    struct stat st;
    if (!keys_path(place, domain, "state", path, &problem) || stat(path, &st) != 0)
        return (struct timespec){0};
    return st.st_mtim;
}

/* ---- private keys ---- */

bool
keys_pass_phrase(const struct keys_place *place, char out[KEYS_PASS_PHRASE_MAX],
                 struct sceau_slice *pass_phrase, struct problem *problem)
{
    const char *path = place->passphrase_file;
    *pass_phrase = SLICE_NONE;
    if (path == NULL || *path == '\0')
        return true;
    struct sceau_slice text;
    if (keys_file_read_secret(path, out, KEYS_PASS_PHRASE_MAX, &text, problem) !=
        SCEAU_OK)
        return false;
    text.len = slice_find(text, '\n');
    *pass_phrase = slice_trim(text);
    if (pass_phrase->len == 0)
        problem_tell_file(problem, path,
                          N_("the first line is empty: write a pass phrase there"));
    return pass_phrase->len > 0;
}

bool
keys_private_pem(const struct keys_place *place, struct sceau_slice domain,
                 const struct keys_key *key, struct keys_pem *pem,
                 struct problem *problem)
{
    char path[KEYS_PATH_MAX], name[KEYS_SELECTOR_MAX + 8], phrase[KEYS_PASS_PHRASE_MAX];
    char octets[KEYS_PEM_MAX];
    struct sceau_slice text, pass_phrase;
    const char *reason = "";
    snprintf(name, sizeof name, "%.*s.pem", SLICE_ARG(key->selector));
    if (keys_path(place, domain, name, path, problem) &&
        keys_file_read_secret(path, octets, sizeof octets, &text, problem) ==
            SCEAU_OK &&
        keys_pass_phrase(place, phrase, &pass_phrase, problem)) {
        reason = keys_pem_open(text, pass_phrase, pem);
        if (reason != NULL)
            problem_tell_file(problem, path, reason);
    }
    keys_wipe(octets, sizeof octets);
    keys_wipe(phrase, sizeof phrase);
    return reason == NULL;
}

/* Has the private key the public one that the state names? Else signatures would fail
 * wherever they are verified. */
static bool
is_pair(const struct sceau_signer *signer, const struct keys_key *key)
{
    struct sceau_arena *arena = sceau_arena_new(64 * 1024);
    bool is_same = false;
    if (arena != NULL) {
        struct sceau_slice record = sceau_private_key_record(arena, signer);
        is_same = record.ptr != NULL && slice_eq(record, keys_record(arena, key));
    }
    sceau_arena_free(arena);
    return is_same;
}

struct sceau_signer *
keys_private(const struct keys_place *place, struct sceau_slice domain,
             const struct keys_key *key, struct problem *problem)
{
    struct keys_pem pem;
    const char *reason;
    if (!keys_private_pem(place, domain, key, &pem, problem))
        return NULL;
    struct sceau_signer *signer = sceau_private_key_parse(keys_pem_text(&pem), &reason);
    keys_pem_wipe(&pem);
    if (signer != NULL && is_pair(signer, key))
        return signer;
    char path[KEYS_PATH_MAX];
    snprintf(path, sizeof path, "%s/%.*s/%.*s.pem", place->folder, SLICE_ARG(domain),
             SLICE_ARG(key->selector));
    if (signer == NULL)
        problem_tell_file(problem, path, reason);
    else
        PROBLEM(problem, "{path} is not the key that the state names",
                THEIRS("path", path));
    sceau_private_key_free(signer);
    return NULL;
}

/* ---- all domains ---- */

static int
by_name(const void *a, const void *b)
{
    const struct sceau_slice *x = a, *y = b;
    int order = memcmp(x->ptr, y->ptr, x->len < y->len ? x->len : y->len);
    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* One more name, in an array that doubles. */
static bool
add_name(struct sceau_arena *arena, struct sceau_slice **names, size_t *count,
         const char *name)
{
    bool is_full = (*count & (*count - 1)) == 0; /* 0 or a power of two */
    if (is_full) {
        struct sceau_slice *more =
            sceau_arena_alloc(arena, (*count > 0 ? 2 * *count : 1) * sizeof *more);
        if (more == NULL)
            return false;
        if (*count > 0)
            memcpy(more, *names, *count * sizeof *more);
        *names = more;
    }
    struct sceau_slice copy = slice_copy(arena, sceau_slice_from(name));
    (*names)[(*count)++] = copy;
    return copy.ptr != NULL;
}

enum sceau_status
keys_domains(const struct keys_place *place, struct sceau_arena *arena,
             struct sceau_slice **names, size_t *count, struct problem *problem)
{
    const struct dirent *entry;
    DIR *folder = opendir(place->folder);
    enum sceau_status status = SCEAU_OK;
    *names = NULL;
    *count = 0;
    if (folder == NULL && errno == ENOENT)
        return SCEAU_OK;
    if (folder == NULL) {
        problem_tell_errno(problem, place->folder, errno);
        return SCEAU_E_SYSTEM;
    }
    while (status == SCEAU_OK && (entry = readdir(folder)) != NULL) {
        if (domain_is_ldh(sceau_slice_from(entry->d_name)) &&
            !add_name(arena, names, count, entry->d_name))
            status = SCEAU_E_LIMIT;
    }
    closedir(folder);
    if (status == SCEAU_E_LIMIT)
        problem_tell_file(problem, place->folder, N_("too many domains"));
    else if (*count > 0)
        qsort(*names, *count, sizeof **names, by_name);
    return status;
}

struct keys_place
keys_public_place(const struct keys_place *place, char *folder, size_t size)
{
    int len = snprintf(folder, size, "%s.public", place->folder);
    return (struct keys_place){.folder = len > 0 && (size_t)len < size ? folder : NULL};
}
