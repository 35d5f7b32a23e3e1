/* What a case names: files below the root, zones and suffix lists. A zone or a list is
 * parsed once and kept, for hundreds of cases share it. */
#include "core/text.h"
#include "harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A parsed file. One of the two is set. */
struct harness_file {
    struct harness_file *next;
    struct sceau_resolver *zone;
    struct sceau_psl *list;
    char path[];
};

json_t *
harness_fail(struct harness_case *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(c->error, sizeof c->error, format, args);
    va_end(args);
    return NULL;
}

/* All of `file`, which has `size` octets. */
static struct sceau_slice
read_octets(struct harness_case *c, const char *path, FILE *file, size_t size)
{
    char *octets = malloc(size + 1);
    size_t got = octets != NULL ? fread(octets, 1, size, file) : 0;
    if (octets != NULL && got == size)
        return (struct sceau_slice){octets, size};
    harness_fail(c, "%s: %s", path, errno != 0 ? strerror(errno) : "short read");
    free(octets);
    return SLICE_NONE;
}

struct sceau_slice
harness_read(struct harness_case *c, const char *path)
{
    char full[4096];
    struct stat info;
    struct sceau_slice octets = SLICE_NONE;
    int len = snprintf(full, sizeof full, "%s/%s", c->harness->root, path);
    if (len < 0 || (size_t)len >= sizeof full) {
        harness_fail(c, "%.100s...: the path is too long", path);
        return SLICE_NONE;
    }
    errno = 0;
    FILE *file = fopen(full, "rb");
    if (file == NULL || fstat(fileno(file), &info) != 0 || !S_ISREG(info.st_mode))
        harness_fail(c, "%s: %s", path, errno != 0 ? strerror(errno) : "not a file");
    else
        octets = read_octets(c, path, file, (size_t)info.st_size);
    if (file != NULL)
        fclose(file);
    return octets;
}

struct sceau_slice
harness_mail(struct harness_case *c)
{
    struct text wire = text_new(c->inputs, SIZE_MAX);
    if (memmem(c->message.ptr, c->message.len, "\r\n", 2) != NULL)
        return c->message;
    for (size_t i = 0; i < c->message.len; i++) {
        if (c->message.ptr[i] == '\n')
            text_octet(&wire, '\r');
        text_octet(&wire, c->message.ptr[i]);
    }
    return text_done(&wire);
}

static struct harness_file *
find(struct harness_file *files, const char *path)
{
    while (files != NULL && strcmp(files->path, path) != 0)
        files = files->next;
    return files;
}

/* Remember what was parsed from `path`. NULL when memory is exhausted. */
static struct harness_file *
keep(struct harness_file **files, const char *path)
{
    size_t size = strlen(path) + 1;
    struct harness_file *file = calloc(1, sizeof *file + size);
    if (file == NULL)
        return NULL;
    memcpy(file->path, path, size);
    file->next = *files;
    *files = file;
    return file;
}

struct sceau_resolver *
harness_zone(struct harness_case *c, const char *path)
{
    const char *key = path != NULL ? path : "";
    struct harness_file *file = find(c->harness->zones, key);
    if (file != NULL)
        return file->zone;
    struct sceau_slice text = path != NULL ? harness_read(c, path) : SCEAU_SLICE("");
    if (text.ptr == NULL)
        return NULL;
    struct sceau_zone_error error = {0};
    struct sceau_resolver *zone = sceau_zone_resolver_new(text, &error);
    if (path != NULL)
        free((void *)(uintptr_t)text.ptr);
    if (zone == NULL)
        harness_fail(c, "%.100s:%zu:%zu: %.100s", key, error.line, error.column,
                     error.text);
    else if ((file = keep(&c->harness->zones, key)) == NULL) {
        sceau_zone_resolver_free(zone);
        harness_fail(c, "no memory left for the zone");
    } else
        file->zone = zone;
    return file != NULL ? zone : NULL;
}

const struct sceau_psl *
harness_psl(struct harness_case *c, const char *path)
{
    struct harness_file *file = find(c->harness->lists, path);
    if (file != NULL)
        return file->list;
    struct sceau_slice text = harness_read(c, path);
    if (text.ptr == NULL)
        return NULL;
    struct sceau_psl *list = sceau_psl_new(text);
    free((void *)(uintptr_t)text.ptr);
    if (list == NULL)
        harness_fail(c, "%s: not a public suffix list", path);
    else if ((file = keep(&c->harness->lists, path)) == NULL) {
        sceau_psl_free(list);
        harness_fail(c, "no memory left for the suffix list");
    } else
        file->list = list;
    return file != NULL ? list : NULL;
}

static void
forget(struct harness_file **files)
{
    while (*files != NULL) {
        struct harness_file *file = *files;
        *files = file->next;
        sceau_zone_resolver_free(file->zone);
        sceau_psl_free(file->list);
        free(file);
    }
}

void
harness_clear(struct harness *harness)
{
    forget(&harness->zones);
    forget(&harness->lists);
}
