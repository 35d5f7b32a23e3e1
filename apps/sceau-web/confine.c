/* Of the state directory this program changes its own folder, and where uploads and requests
 * go. It reads the rest: files there are replaced by new ones of their name, and Landlock
 * knows folders. Private keys below it are kept from it by their folder's mode (0700, of
 * another user). */
#include "confine.h"

#include "sandbox_paths.h"
#include "web_link.h"

#include <errno.h>
#include <unistd.h>

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

struct server_files {
    struct sandbox_paths *kept;
    struct sceau_arena *arena;
};

static void
keep_server_file(void *self, const char *path)
{
    struct server_files *files = self;
    sandbox_keep_joined(files->kept, files->arena, path, "", SANDBOX_READ);
}

/* What it takes to find a server and to believe it. */
static void
keep_server(struct sandbox_paths *k, struct web *web)
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
        sandbox_keep(k, read[i], SANDBOX_READ);
    struct text file = text_new(web->env.arena, SIZE_MAX);
    text_slice(&file, web->env.config.store.password_file);
    sandbox_keep(k, text_done(&file).ptr, SANDBOX_READ);
    database_url_files(web->store, keep_server_file, &named);
}

/* Readers of a store in WAL mode write its shared memory. One that is not there yet can be
 * opened later only with its whole folder. */
static void
keep_state(struct sandbox_paths *k, struct web *web)
{
    static const char *const written[] = {"/" WEB_LINK_FOLDER, "/incoming",
                                          "/requests"};
    static const char *const endings[] = {"", "-wal", "-shm"};
    struct sceau_arena *arena = web->env.arena;
    sandbox_keep(k, web->state, SANDBOX_READ);
    for (size_t i = 0; i < sizeof written / sizeof *written; i++)
        sandbox_keep_joined(k, arena, web->state, written[i], SANDBOX_WRITE);
    if (database_is_server(web->store)) {
        keep_server(k, web);
        return;
    }
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        sandbox_keep_joined(k, arena, web->store, endings[i], SANDBOX_WRITE);
    if (access(web->store, F_OK) != 0)
        sandbox_keep_folder_of(k, arena, sceau_slice_from(web->store), SANDBOX_WRITE);
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
    struct sandbox_paths k = {.count = 0};
    char error[SANDBOX_ERROR];
    keep_state(&k, web);
    for (size_t i = 0; i < sizeof system_files / sizeof *system_files; i++)
        sandbox_keep(&k, system_files[i], SANDBOX_READ);
    if (web->listener.is_ours)
        sandbox_keep_folder_of(&k, web->env.arena, sceau_slice_from(web->listener.path),
                               SANDBOX_REMOVE);
    if (!sandbox_confine_files(k.items, k.count, error) &&
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
