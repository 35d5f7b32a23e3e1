/* The folder of built reports. Where a store has several hosts each has its own, and only who
 * has a report's file can send it. */
#ifndef OUTBOX_FOLDER_H
#define OUTBOX_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#define OUTBOX_FOLDER_NAME 33 /* octets of the name with its NUL */

/* The name that the folder has for the store: a random number in FOLDER/.name, made at the first
 * call. Not the host's: that may change, and files do not go with it. False, and errno. */
bool outbox_folder_name(const char *folder, char name[OUTBOX_FOLDER_NAME]);

/* A name that nothing else has: `size` - 1 random hexadecimal digits, an even number, and a NUL.
 * False when there is no random number to be had. */
bool outbox_random_name(char *name, size_t size);

#endif
