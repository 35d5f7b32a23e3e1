/* Small files of the state directory. */
#ifndef APP_FILES_H
#define APP_FILES_H

#include "sceau/core.h"

#include <sys/types.h>

/* Write DIR/NAME beside and rename it: a reader sees the old file or the new one, never a
 * part. False, and errno, when the old one stays. */
bool files_replace(const char *dir, const char *name, mode_t mode,
                   struct sceau_slice content);

#endif
