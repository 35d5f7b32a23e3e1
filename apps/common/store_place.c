/* sqlite:PATH today; postgresql:// comes with several hosts. */
#include "store_place.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCHEME "sqlite:"

void
store_state(const struct environment *env, const char *state, char *path, size_t size)
{
    if (state != NULL)
        snprintf(path, size, "%s", state);
    else
        snprintf(path, size, "%.*s", SLICE_ARG(env->config.milter.state));
}

bool
store_place(const struct environment *env, const char *state, char *path, size_t size)
{
    struct sceau_slice url = env->config.store.url;
    char folder[4096];
    if (!slice_starts_ci(url, SCEAU_SLICE(SCHEME))) {
        COMPLAIN(env->language, "store.url = {url}: only sqlite:FILE is known",
                 LANGUAGE_THEIRS("url", url));
        return false;
    }
    url = slice_skip(url, strlen(SCHEME));
    store_state(env, state, folder, sizeof folder);
    int len = url.len > 0 && url.ptr[0] == '/'
                  ? snprintf(path, size, "%.*s", SLICE_ARG(url))
                  : snprintf(path, size, "%s/%.*s", folder, SLICE_ARG(url));
    return len > 0 && (size_t)len < size;
}

/* What root made belongs to whom the folder does, so that the daemons can go on with it. */
static void
give_away(enum language language, const char *path)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    char folder[4096], name[4096 + 8];
    struct stat info;
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash == NULL || slash == folder || geteuid() != 0)
        return;
    *slash = '\0';
    if (stat(folder, &info) != 0 || info.st_uid == 0)
        return;
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        snprintf(name, sizeof name, "%s%s", path, endings[i]);
        if (lchown(name, info.st_uid, info.st_gid) != 0 && i == 0)
            COMPLAIN(language, "{path} stays root's",
                     LANGUAGE_THEIRS("path", sceau_slice_from(name)));
    }
}

struct database *
store_open(const struct environment *env, const char *state, enum database_mode mode,
           int *exit_status)
{
    char path[4096], error[DATABASE_ERROR_MAX];
    enum database_status status;
    *exit_status = CLI_EXIT_INPUT;
    if (!store_place(env, state, path, sizeof path))
        return NULL;
    mode_t mask = umask(007);
    struct database *db = database_open(path, mode, &status, error);
    umask(mask);
    if (db != NULL) {
        if (mode == DATABASE_WRITE)
            give_away(env->language, path);
        *exit_status = CLI_EXIT_OK;
        return db;
    }
    complain_kept(env->language, path, error);
    bool may_pass = status == DATABASE_VERSION || status == DATABASE_BUSY ||
                    status == DATABASE_FULL;
    *exit_status = may_pass ? CLI_EXIT_TEMPORARY : CLI_EXIT_INPUT;
    return NULL;
}

struct database *
store_look(const struct environment *env, const char *state,
           char error[DATABASE_ERROR_MAX])
{
    char path[4096];
    enum database_status status;
    error[0] = '\0';
    if (!store_place(env, state, path, sizeof path) || access(path, F_OK) != 0)
        return NULL;
    struct database *db = database_open(path, DATABASE_READ, &status, error);
    if (db == NULL && status == DATABASE_ABSENT)
        error[0] = '\0';
    return db;
}
