/* Of the state directory this program changes its own folder, and where uploads and requests
 * go. It reads the rest: files there are replaced by new ones of their name, and Landlock
 * knows folders. Private keys below it are kept from it by their folder's mode (0700, of
 * another user). */
#include "confine.h"

#include "sandbox.h"
#include "web_link.h"

#include <errno.h>
#include <unistd.h>

#define PATHS_MAX 40

bool
confine_web_user(const struct environment *env, const char *state)
{
    char user[64], folder[WEB_STATE_MAX + 16], error[SANDBOX_ERROR];
    struct sceau_slice name = env->config.web.user;
    uid_t uid;
    gid_t gid;
    if (name.len == 0 || geteuid() != 0)
        return true;
    snprintf(user, sizeof user, "%.*s", SLICE_ARG(name));
    snprintf(folder, sizeof folder, "%s/" WEB_LINK_FOLDER, state);
    if (sandbox_find_user(user, &uid, &gid) && lchown(folder, uid, gid) != 0) {
        complain("%s: %s", folder, strerror(errno));
        return false;
    }
    if (sandbox_become(user, error))
        return true;
    complain("%s", error);
    return false;
}

struct kept {
    struct sandbox_path paths[PATHS_MAX];
    size_t count;
};

static void
keep(struct kept *k, const char *path, enum sandbox_right right)
{
    k->paths[k->count++] = (struct sandbox_path){path, right};
}

/* NULL and an arena that is full: left out. */
static void
keep_joined(struct kept *k, struct sceau_arena *arena, const char *a, const char *b,
            enum sandbox_right right)
{
    struct text path = text_new(arena, SIZE_MAX);
    text_format(&path, "%s%s", a, b);
    struct sceau_slice text = text_done(&path);
    if (text.ptr != NULL)
        keep(k, text.ptr, right);
}

/* The folder that a store lies in. */
static void
keep_folder(struct kept *k, struct sceau_arena *arena, const char *file)
{
    struct sceau_slice path = sceau_slice_from(file);
    struct text folder = text_new(arena, SIZE_MAX);
    text_slice(&folder, slice_sub(path, 0, slice_find_last(path, '/')));
    struct sceau_slice text = text_done(&folder);
    if (text.len > 0)
        keep(k, text.ptr, SANDBOX_WRITE);
}

struct server_files {
    struct kept *kept;
    struct sceau_arena *arena;
};

static void
keep_server_file(void *self, const char *path)
{
    struct server_files *files = self;
    keep_joined(files->kept, files->arena, path, "", SANDBOX_READ);
}

/* What it takes to find a server and to believe it. */
static void
keep_server(struct kept *k, struct web *web)
{
    struct server_files named = {k, web->env.arena};
    static const char *const read[] = {
        "/etc/passwd",      "/etc/hosts",
        "/etc/host.conf",   "/etc/nsswitch.conf",
        "/etc/resolv.conf", "/run/systemd/resolve",
        "/etc/gai.conf",    "/etc/services",
        "/etc/ssl",         "/usr/share/ca-certificates",
    };
    for (size_t i = 0; i < sizeof read / sizeof *read; i++)
        keep(k, read[i], SANDBOX_READ);
    struct sceau_slice file = web->env.config.store.password_file;
    struct text path = text_new(web->env.arena, SIZE_MAX);
    text_slice(&path, file);
    file = text_done(&path);
    if (file.len > 0)
        keep(k, file.ptr, SANDBOX_READ);
    database_url_files(web->store, keep_server_file, &named);
}

/* Readers of a store in WAL mode write its shared memory. One that is not there yet can be
 * opened later only with its whole folder. */
static void
keep_state(struct kept *k, struct web *web)
{
    static const char *const written[] = {"/" WEB_LINK_FOLDER, "/incoming",
                                          "/requests"};
    static const char *const endings[] = {"", "-wal", "-shm"};
    struct sceau_arena *arena = web->env.arena;
    keep(k, web->state, SANDBOX_READ);
    for (size_t i = 0; i < sizeof written / sizeof *written; i++)
        keep_joined(k, arena, web->state, written[i], SANDBOX_WRITE);
    if (database_is_server(web->store)) {
        keep_server(k, web);
        return;
    }
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        keep_joined(k, arena, web->store, endings[i], SANDBOX_WRITE);
    if (access(web->store, F_OK) != 0)
        keep_folder(k, arena, web->store);
}

void
confine_web_files(struct web *web)
{
    static const char *const system_files[] = {"/etc/localtime",
                                               "/usr/lib",
                                               "/lib",
                                               "/lib64",
                                               "/dev/urandom",
                                               "/dev/null",
                                               "/sys/devices/system/cpu"};
    struct kept k = {.count = 0};
    char error[SANDBOX_ERROR], socket[LISTENER_PATH_MAX + 1];
    keep_state(&k, web);
    for (size_t i = 0; i < sizeof system_files / sizeof *system_files; i++)
        keep(&k, system_files[i], SANDBOX_READ);
    if (web->listener.is_ours) {
        memcpy(socket, web->listener.path, sizeof socket);
        char *slash = strrchr(socket, '/');
        if (slash != NULL && slash > socket) {
            *slash = '\0';
            keep(&k, socket, SANDBOX_REMOVE);
        }
    }
    if (!sandbox_confine_files(k.paths, k.count, error) &&
        !web->env.call->globals.quiet)
        complain("files are not confined: %s", error);
}

void
confine_web_calls(const struct web *web)
{
    char error[SANDBOX_ERROR];
    enum sandbox_program program =
        database_is_server(web->store) ? SANDBOX_WEB_OF_SERVER : SANDBOX_WEB;
    if (!sandbox_confine_calls(program, error) && !web->env.call->globals.quiet)
        complain("system calls are not confined: %s", error);
}
