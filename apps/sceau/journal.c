/* `sceau journal cat`: the records of journal segments, one JSON object a line, oldest
 * first. Read only; a segment that is being written, or that a crash cut short, is read up
 * to its last whole record. */
#include "journal.h"

#include "core/json.h"
#include "environment.h"
#include "record_json.h"
#include "store/frame.h"
#include "store/journal.h"
#include "store/record.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SEGMENT_MEMORY (8 * JOURNAL_SEGMENT_MAX) /* texts grow by doubling */
#define LINE_MEMORY    ((size_t)8 * 1024 * 1024) /* a record of FRAME_MAX, escaped */

struct reading {
    struct sceau_arena *line; /* of one record */
    int status;
};

/* ---- one record ---- */

/* A newer milter may write records of other types: they are told, not read. */
static void
put_unknown(struct json *j, struct sceau_slice payload, bool is_broken)
{
    json_open(j, '{');
    json_key_string(j, "type", is_broken ? "broken" : "unknown");
    json_key_number(j, "number", record_type(payload));
    json_key_number(j, "octets", (int64_t)payload.len);
    json_close(j, '}');
}

static void
put_message(struct json *j, const struct record_message *message)
{
    json_open(j, '{');
    json_key_string(j, "type", "message");
    record_members(j, message);
    json_close(j, '}');
}

static void
print_record(struct reading *r, struct sceau_slice payload)
{
    static struct record_message message; /* large for a stack */
    sceau_arena_clear(r->line);
    struct json j = json_new(r->line);
    if (record_read(payload, &message) == SCEAU_OK)
        put_message(&j, &message);
    else
        put_unknown(&j, payload, record_type(payload) == RECORD_MESSAGE);
    struct sceau_slice line = json_done(&j);
    if (line.ptr != NULL)
        print_line(stdout, line);
    else
        r->status = CLI_EXIT_TEMPORARY;
}

/* ---- one segment ---- */

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

static void
cat_segment(struct reading *r, const char *path)
{
    struct sceau_arena *arena = sceau_arena_new(SEGMENT_MEMORY);
    struct frame_reader reader = {0};
    struct sceau_slice payload;
    if (arena != NULL)
        reader.octets = read_segment(arena, path);
    if (reader.octets.ptr == NULL) {
        complain("%s: %s", path, strerror(errno));
        r->status = CLI_EXIT_INPUT;
    }
    while (reader.octets.ptr != NULL && frame_next(&reader, &payload) == FRAME_GOOD)
        print_record(r, payload);
    if (reader.skipped > 0)
        complain("%s: %zu octets are no record", path, reader.skipped);
    sceau_arena_free(arena);
}

/* ---- files and folders ---- */

static int
is_segment_name(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* HOST-BOOT-SEQUENCE, numbers by their value. */
static int
by_version(const struct dirent **a, const struct dirent **b)
{
    return strverscmp((*a)->d_name, (*b)->d_name);
}

static void
cat_folder(struct reading *r, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_segment_name, by_version);
    if (count < 0) {
        complain("%s: %s", folder, strerror(errno));
        r->status = CLI_EXIT_INPUT;
        return;
    }
    for (int i = 0; i < count; i++) {
        char path[4096 + JOURNAL_NAME_MAX];
        int len = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        if (len > 0 && (size_t)len < sizeof path)
            cat_segment(r, path);
        free(entries[i]);
    }
    free(entries);
}

int
journal_cat_run(const struct cli_call *call)
{
    struct reading r = {.line = sceau_arena_new(LINE_MEMORY)};
    if (r.line == NULL) {
        complain("out of memory");
        return CLI_EXIT_TEMPORARY;
    }
    for (size_t i = 0; i < call->operands.count; i++) {
        const char *path = call->operands.items[i];
        struct stat info;
        if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
            cat_folder(&r, path);
        else
            cat_segment(&r, path);
    }
    sceau_arena_free(r.line);
    return r.status;
}
