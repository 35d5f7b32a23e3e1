/* Files and folders of the journal, record by record. */
#include "segments.h"

#include "core/text.h"
#include "environment.h"
#include "store/frame.h"
#include "store/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define SEGMENT_MEMORY (8 * JOURNAL_SEGMENT_MAX) /* texts grow by doubling */

struct reading {
    enum language language;
    void (*each)(void *self, struct sceau_slice payload);
    void *self;
    struct segments_look *look; /* NULL: standard error gets what is wrong */
    int status;
};

/* Only the first trouble of a look is kept. */
static void
note_trouble(struct segments_look *look, const char *path, const char *why)
{
    if (look->problem.text[0] == '\0')
        problem_tell_file(&look->problem, path, why);
}

static void
cannot_read(struct reading *r, const char *path)
{
    if (r->look == NULL)
        complain_errno(r->language, path, errno);
    else
        note_trouble(r->look, path, strerror(errno));
    r->status = CLI_EXIT_INPUT;
}

/* The octets of a file; NULL, and errno. */
static struct sceau_slice
read_segment(struct sceau_arena *arena, const char *path)
{
    struct text t = text_new(arena, SIZE_MAX);
    char buffer[64 * 1024];
    FILE *file = fopen(path, "rb");
    size_t n;
    if (file == NULL)
        return SLICE_NONE;
    while ((n = fread(buffer, 1, sizeof buffer, file)) > 0)
        text_slice(&t, (struct sceau_slice){buffer, n});
    int why = ferror(file) ? errno : 0;
    fclose(file);
    errno = why != 0 ? why : EFBIG;
    return why != 0 ? SLICE_NONE : text_done(&t);
}

/* One that was just begun has a part of its first record. */
static bool
may_be_a_segment(struct sceau_slice octets)
{
    static const char magic[] = {'S', 'J', '0', '1'};
    size_t len = octets.len < sizeof magic ? octets.len : sizeof magic;
    return len == 0 || memcmp(octets.ptr, magic, len) == 0;
}

/* Octets that are no record, at the end of a segment: its writer is at it, or died before
 * the message was answered. In front of a record they were one. */
static void
take_frames(struct reading *r, const char *path, struct sceau_slice octets)
{
    struct frame_reader reader = {.octets = octets};
    struct sceau_slice payload;
    size_t lost = 0;
    bool is_empty = true;
    while (frame_next(&reader, &payload) == FRAME_GOOD) {
        lost = reader.skipped;
        is_empty = false;
        r->each(r->self, payload);
    }
    if (r->look == NULL && is_empty && !may_be_a_segment(octets)) {
        COMPLAIN(r->language, "{path}: no record of a journal is in it",
                 LANGUAGE_THEIRS("path", sceau_slice_from(path)));
        r->status = CLI_EXIT_INPUT;
        return;
    }
    if (r->look == NULL && reader.skipped > 0)
        COMPLAIN(r->language, "{path}: {count} octets are no record",
                 LANGUAGE_THEIRS("path", sceau_slice_from(path)),
                 LANGUAGE_OURS("count", DECIMAL(reader.skipped)));
    if (r->look != NULL && lost > 0)
        note_trouble(r->look, path, N_("octets in it are no record"));
}

static void
take_segment(struct reading *r, const char *path)
{
    struct sceau_arena *arena = sceau_arena_new(SEGMENT_MEMORY);
    struct sceau_slice octets = arena != NULL ? read_segment(arena, path) : SLICE_NONE;
    if (octets.ptr == NULL)
        cannot_read(r, path);
    else
        take_frames(r, path, octets);
    sceau_arena_free(arena);
}

/* Was its last record written before what is looked for? */
static bool
is_too_old(struct reading *r, const char *path)
{
    struct stat info;
    if (r->look == NULL || r->look->age == 0 || stat(path, &info) != 0 ||
        info.st_mtime >= time(NULL) - r->look->age)
        return false;
    r->look->has_older = true;
    return true;
}

static void
take_folder(struct reading *r, const char *folder)
{
    struct dirent **entries;
    int count = journal_segments(AT_FDCWD, folder, &entries);
    if (count < 0) {
        cannot_read(r, folder);
        return;
    }
    for (int i = 0; i < count; i++) {
        char path[4096 + JOURNAL_NAME_MAX];
        int len = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (len > 0 && (size_t)len < sizeof path && !is_too_old(r, path))
            take_segment(r, path);
        free(entries[i]);
    }
    free(entries);
}

static int
read_path(struct reading *r, const char *path)
{
    struct stat info;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        take_folder(r, path);
    else
        take_segment(r, path);
    return r->status;
}

int
segments_read(enum language language, const char *path,
              void (*each)(void *self, struct sceau_slice payload), void *self)
{
    return read_path(
        &(struct reading){.language = language, .each = each, .self = self}, path);
}

int
segments_look(const char *folder, struct segments_look *look,
              void (*each)(void *self, struct sceau_slice payload), void *self)
{
    look->has_older = false;
    look->problem.text[0] = '\0';
    return read_path(&(struct reading){.each = each, .self = self, .look = look},
                     folder);
}
