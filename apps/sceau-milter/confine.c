/* What is given up, and when. */
#include "confine.h"

#include "control/control.h"
#include "sandbox_paths.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool
confine_user(const struct environment *env, const char *state)
{
    struct sceau_slice name = env->config.milter.user;
    char user[64], journal[4096], keys[4096], control[4096], error[SANDBOX_ERROR];
    uid_t uid;
    gid_t gid;
    if (name.len == 0 || geteuid() != 0)
        return true;
    snprintf(user, sizeof user, "%.*s", SLICE_ARG(name));
    if (state != NULL && sandbox_find_user(user, &uid, &gid)) {
        snprintf(journal, sizeof journal, "%s/journal", state);
        snprintf(keys, sizeof keys, "%s/keys", state);
        snprintf(control, sizeof control, "%s/%s", state, CONTROL_SOCKET);
        /* That user may have put links there: they are not followed. */
        if (chown(state, uid, (gid_t)-1) != 0 || lchown(journal, uid, (gid_t)-1) != 0 ||
            (lchown(keys, uid, (gid_t)-1) != 0 && errno != ENOENT) ||
            (lchown(control, uid, (gid_t)-1) != 0 && errno != ENOENT)) {
            complain("%s: %s", state, strerror(errno));
            return false;
        }
    }
    if (sandbox_become(user, error))
        return true;
    complain("%s", error);
    return false;
}

/* ---- files ---- */

/* What the C library, OpenSSL and the resolver read when they feel like it. */
static const char *const system_files[] = {
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/nsswitch.conf",
    "/etc/localtime",
    "/etc/ld.so.cache",
    "/etc/ssl",
    "/usr/lib",
    "/lib",
    "/lib64",
    "/usr/share/dns",
    "/usr/share/zoneinfo",
    "/dev/urandom",
    "/dev/null",
    "/proc/self",
    "/proc/sys/kernel",
    "/sys/devices/system/cpu",
};

/* The state directory: files are made in it, and of those there only some are read, for the
 * private keys lie below it. A folder's rights hold for all below. */
static void
keep_state(struct sandbox_paths *k, struct sceau_arena *arena, const char *state)
{
    static const struct state_file {
        const char *name;
        enum sandbox_right right;
    } files[] = {
        {"",             SANDBOX_MAKE },
        {"/journal",     SANDBOX_WRITE},
        {"/privacy.key", SANDBOX_READ },
        {"/tempfail",    SANDBOX_READ },
    };
    for (size_t i = 0; state != NULL && i < sizeof files / sizeof *files; i++) {
        sandbox_keep_joined(k, arena, state, files[i].name, files[i].right);
    }
}

void
confine_files(const struct environment *env, const char *state,
              const struct milter_listener *listeners, size_t count)
{
    struct sandbox_paths k = {.count = 0};
    struct sceau_arena *arena = env->arena;
    char error[SANDBOX_ERROR];
    const struct cli_globals *globals = &env->call->globals;
    keep_state(&k, arena, state);
    const struct sceau_slice read[] = {
        sceau_slice_from(globals->config != NULL ? globals->config : CONFIG_PLACE),
        sceau_slice_from(globals->dns != NULL ? globals->dns : ""),
        env->config.dmarc.psl_file,
        environment_login_map(env),
    };
    for (size_t i = 0; i < sizeof read / sizeof *read; i++)
        sandbox_keep_folder_of(&k, arena, read[i], SANDBOX_READ);
    for (size_t i = 0; i < sizeof system_files / sizeof *system_files; i++)
        sandbox_keep(&k, system_files[i], SANDBOX_READ);
    for (size_t i = 0; i < count; i++) {
        if (listeners[i].is_ours)
            sandbox_keep_folder_of(&k, arena, sceau_slice_from(listeners[i].path),
                                   SANDBOX_REMOVE);
    }
    if (!sandbox_confine_files(k.items, k.count, error) && !globals->quiet)
        complain("files are not confined: %s", error);
}

void
confine_calls(const struct environment *env)
{
    char error[SANDBOX_ERROR];
    if (!sandbox_confine_calls(SANDBOX_MILTER, error) && !env->call->globals.quiet)
        complain("system calls are not confined: %s", error);
}

void
confine_signer(const struct environment *env, const char *keys, enum keys_part part)
{
    char error[SANDBOX_ERROR];
    struct sandbox_paths k = {.count = 0};
    bool is_quiet = env->call->globals.quiet;
    sandbox_keep(&k, keys, SANDBOX_READ);
    sandbox_keep_folder_of(&k, env->arena, env->config.keys.passphrase_file,
                           SANDBOX_READ);
    if (part == KEYS_GUARD && !sandbox_confine_files(k.items, k.count, error) &&
        !is_quiet)
        complain("the signer's files are not confined: %s", error);
    if (!sandbox_confine_calls(part == KEYS_GUARD ? SANDBOX_GUARD : SANDBOX_SIGNER,
                               error) &&
        part == KEYS_GUARD && !is_quiet)
        complain("the signer's system calls are not confined: %s", error);
}
