/* Landlock (Linux 5.13) by system call: glibc has no functions for it. */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rights that came with a later version; the kernel's header may be older than the kernel. */
#define ACCESS_REFER     (UINT64_C(1) << 13) /* version 2 */
#define ACCESS_TRUNCATE  (UINT64_C(1) << 14) /* version 3 */
#define ACCESS_IOCTL_DEV (UINT64_C(1) << 15) /* version 5 */

#define ACCESS_FIRST ((UINT64_C(1) << 13) - 1) /* all of version 1 */

#define READ_FILE (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE)
#define READ_ALL  (READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE_ALL                                                  \
 (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR |     \
  LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
  LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | ACCESS_TRUNCATE)

#define MAKE_ALL                                                   \
 (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
  LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | ACCESS_TRUNCATE)

static uint64_t
rights_of_kernel(long version)
{
    uint64_t rights = ACCESS_FIRST;
    if (version >= 2)
        rights |= ACCESS_REFER;
    if (version >= 3)
        rights |= ACCESS_TRUNCATE;
    if (version >= 5)
        rights |= ACCESS_IOCTL_DEV;
    return rights;
}

/* READ holds execution as well: libraries may still be loaded, and execve(2) is none of
 * the calls that are left. */
static uint64_t
rights_of(enum sandbox_right right, bool is_folder)
{
    switch (right) {
    case SANDBOX_READ: return is_folder ? READ_ALL : READ_FILE;
    case SANDBOX_WRITE: return is_folder ? WRITE_ALL : READ_FILE;
    case SANDBOX_MAKE: return is_folder ? MAKE_ALL : 0;
    case SANDBOX_REMOVE: return is_folder ? LANDLOCK_ACCESS_FS_REMOVE_FILE : 0;
    }
    return 0;
}

static bool
add_path(int ruleset, const struct sandbox_path *path, uint64_t known)
{
    struct stat info;
    int fd = open(path->path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == EACCES; /* unreachable already */
    struct landlock_path_beneath_attr rule = {.parent_fd = fd};
    if (fstat(fd, &info) == 0)
        rule.allowed_access = rights_of(path->right, S_ISDIR(info.st_mode)) & known;
    bool is_added =
        rule.allowed_access == 0 || syscall(SYS_landlock_add_rule, ruleset,
                                            LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    close(fd);
    return is_added;
}

bool
sandbox_confine_files(const struct sandbox_path *paths, size_t count,
                      char error[SANDBOX_ERROR])
{
    long version =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) {
        snprintf(error, SANDBOX_ERROR, "this kernel has no Landlock");
        return false;
    }
    struct landlock_ruleset_attr all = {.handled_access_fs = rights_of_kernel(version)};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    bool is_done = ruleset >= 0;
    for (size_t i = 0; i < count && is_done; i++)
        is_done = add_path(ruleset, &paths[i], all.handled_access_fs);
    is_done = is_done && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
              syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    if (!is_done)
        snprintf(error, SANDBOX_ERROR, "Landlock: %s", strerror(errno));
    if (ruleset >= 0)
        close(ruleset);
    return is_done;
}
