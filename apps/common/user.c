/* Another user than root. */
#include "sandbox.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool
sandbox_find_user(const char *user, uid_t *uid, gid_t *gid)
{
    const struct passwd *entry = getpwnam(user);
    if (entry == NULL)
        return false;
    *uid = entry->pw_uid;
    *gid = entry->pw_gid;
    return true;
}

bool
sandbox_become(const char *user, char error[SANDBOX_ERROR])
{
    uid_t uid;
    gid_t gid;
    if (!sandbox_find_user(user, &uid, &gid)) {
        snprintf(error, SANDBOX_ERROR, "there is no user %s", user);
        return false;
    }
    if (initgroups(user, gid) != 0 || setresgid(gid, gid, gid) != 0 ||
        setresuid(uid, uid, uid) != 0) {
        snprintf(error, SANDBOX_ERROR, "cannot become %s: %s", user, strerror(errno));
        return false;
    }
    /* What was given up must not be had back. */
    if (uid != 0 && setuid(0) == 0) {
        snprintf(error, SANDBOX_ERROR, "root came back after becoming %s", user);
        return false;
    }
    return true;
}
