/* sqlite:PATH, or postgresql://... where several hosts have one store. */
#include "store_place.h"

#include "file/file.h"

#include <errno.h>
#include <fcntl.h>
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
store_make_folder(const char *state, const char *path, mode_t mode)
{
    if (mkdir(path, mode) != 0 && errno != EEXIST)
        return false;
    int above = open(state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int made = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool is_given =
        geteuid() != 0 || (above >= 0 && made >= 0 && file_give_away(above, made));
    int why = errno;
    if (above >= 0)
        close(above);
    if (made >= 0)
        close(made);
    errno = why;
    return is_given;
}

/* Behind the URL: the file of the password, and where other files may lie. */
static bool
server_place(const struct environment *env, const char *folder,
             char place[STORE_PLACE_MAX])
{
    const struct config_store *store = &env->config.store;
    int len = snprintf(place, STORE_PLACE_MAX, "%.*s\n%.*s\n%s", SLICE_ARG(store->url),
                       SLICE_ARG(store->password_file), folder);
    return len > 0 && len < STORE_PLACE_MAX;
}

bool
store_place(const struct environment *env, const char *state,
            char place[STORE_PLACE_MAX])
{
    struct sceau_slice url = env->config.store.url;
    char folder[4096];
    store_state(env, state, folder, sizeof folder);
    if (!slice_starts_ci(url, SCEAU_SLICE(SCHEME))) {
        if (url.len < STORE_PLACE_MAX &&
            database_is_server(
                snprintf(place, STORE_PLACE_MAX, "%.*s", SLICE_ARG(url)) > 0 ? place
                                                                             : ""))
            return server_place(env, folder, place);
        COMPLAIN(env->language,
                 "store.url = {url}: only sqlite:FILE and postgresql://... are known",
                 LANGUAGE_THEIRS("url", url));
        return false;
    }
    url = slice_skip(url, strlen(SCHEME));
    int len = url.len > 0 && url.ptr[0] == '/'
                  ? snprintf(place, STORE_PLACE_MAX, "%.*s", SLICE_ARG(url))
                  : snprintf(place, STORE_PLACE_MAX, "%s/%.*s", folder, SLICE_ARG(url));
    return len > 0 && len < STORE_PLACE_MAX;
}

/* What root made belongs to whom the folder does, so that the daemons can go on with it. */
static void
give_away(enum language language, const char *path)
{
    static const char *const endings[] = {"", "-wal", "-shm"};
    char folder[STORE_PLACE_MAX], name[STORE_PLACE_MAX + 8];
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
store_open_why(const struct environment *env, const char *state,
               enum database_mode mode, int *exit_status, enum database_status *why)
{
    char place[STORE_PLACE_MAX], error[DATABASE_ERROR_MAX];
    *exit_status = CLI_EXIT_INPUT;
    *why = DATABASE_ERROR;
    if (!store_place(env, state, place))
        return NULL;
    mode_t mask = umask(007);
    struct database *db = database_open(place, mode, why, error);
    enum database_status status = *why;
    umask(mask);
    if (db != NULL) {
        if (mode != DATABASE_READ && !database_is_server(place))
            give_away(env->language, place);
        *exit_status = CLI_EXIT_OK;
        return db;
    }
    place[strcspn(place, "\n")] = '\0'; /* the URL is what people know it by */
    if (mode == DATABASE_READ && !database_is_server(place) &&
        access(place, F_OK) != 0 && errno == ENOENT) {
        COMPLAIN(
            env->language,
            "{path}: there is no store yet: sceau report ingest makes one, and so does "
            "sceau-reportd",
            LANGUAGE_THEIRS("path", sceau_slice_from(place)));
        return NULL;
    }
    complain_kept(env->language, place, error);
    bool may_pass = status == DATABASE_VERSION || status == DATABASE_HALF ||
                    status == DATABASE_BUSY || status == DATABASE_AWAY ||
                    status == DATABASE_FULL;
    *exit_status = may_pass ? CLI_EXIT_TEMPORARY : CLI_EXIT_INPUT;
    return NULL;
}

struct database *
store_open(const struct environment *env, const char *state, enum database_mode mode,
           int *exit_status)
{
    enum database_status why;
    return store_open_why(env, state, mode, exit_status, &why);
}

struct database *
store_look(const struct environment *env, const char *state,
           char error[DATABASE_ERROR_MAX])
{
    char place[STORE_PLACE_MAX];
    enum database_status status;
    error[0] = '\0';
    if (!store_place(env, state, place) ||
        (!database_is_server(place) && access(place, F_OK) != 0))
        return NULL;
    struct database *db = database_open(place, DATABASE_READ, &status, error);
    if (db == NULL && status == DATABASE_ABSENT)
        error[0] = '\0';
    return db;
}
