/* The files of folders and Maildirs, in the order of their names. */
#include "file_list.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool
files_add(struct file_list *files, const char *folder, const char *name)
{
    char **paths = realloc(files->paths, (files->count + 1) * sizeof *paths);
    char *path = NULL;
    if (paths == NULL)
        return false;
    files->paths = paths;
    if (folder == NULL)
        path = strdup(name);
    else if (asprintf(&path, "%s/%s", folder, name) < 0)
        path = NULL;
    if (path == NULL)
        return false;
    paths[files->count++] = path;
    return true;
}

static bool
is_kind(const char *folder, const char *name, mode_t kind)
{
    char path[4096];
    struct stat info;
    int len = snprintf(path, sizeof path, "%s/%s", folder, name);
    return len > 0 && (size_t)len < sizeof path && stat(path, &info) == 0 &&
           (info.st_mode & S_IFMT) == kind;
}

/* Most file systems say so in the folder itself; where a link leads, they do not. */
static bool
is_file(const char *folder, const struct dirent *entry)
{
    if (entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)
        return entry->d_type == DT_REG;
    return is_kind(folder, entry->d_name, S_IFREG);
}

/* The regular files of a folder, by name; those that begin with a dot are left out. */
static bool
files_of_folder(struct file_list *files, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    bool is_ok = count >= 0;
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        if (is_ok && name[0] != '.' && is_file(folder, entries[i]))
            is_ok = files_add(files, folder, name);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return is_ok;
}

static bool
files_of_maildir(struct file_list *files, const char *folder)
{
    static const char *const parts[] = {"new", "cur"};
    for (size_t i = 0; i < 2; i++) {
        char path[4096];
        int len = snprintf(path, sizeof path, "%s/%s", folder, parts[i]);
        if (len < 0 || (size_t)len >= sizeof path || !files_of_folder(files, path))
            return false;
    }
    return true;
}

bool
file_list_add(struct file_list *files, const char *path)
{
    struct stat info;
    bool is_standard_input = strcmp(path, "-") == 0;
    if (!is_standard_input && stat(path, &info) != 0)
        return false;
    if (is_standard_input || !S_ISDIR(info.st_mode))
        return files_add(files, NULL, path);
    if (is_kind(path, "cur", S_IFDIR) && is_kind(path, "new", S_IFDIR))
        return files_of_maildir(files, path);
    return files_of_folder(files, path);
}

void
file_list_clear(struct file_list *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->paths[i]);
    free(files->paths);
    *files = (struct file_list){0};
}
