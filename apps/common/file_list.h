/* Which files a path of the command line, or of the configuration, means. */
#ifndef APP_FILE_LIST_H
#define APP_FILE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct file_list {
    char **paths; /* owned */
    size_t count, next;
};

/* A file as it is ("-" is standard input); of a folder its regular files, of a Maildir those
 * in new/ and cur/, by name, without those that begin with a dot. False, and errno. */
bool file_list_add(struct file_list *files, const char *path);

void file_list_clear(struct file_list *files);

#endif
