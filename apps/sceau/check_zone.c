/* `sceau check --zone FILE`: reads a zone file with what it includes, finds out what the
 * zone is called and which of its names mail asks for, and answers DNS as if it were
 * published. */
#include "check_zone.h"

#include "check.h"
#include "zone/lint.h"
#include "zone/names.h"
#include "zone/published.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ZONE_FILE_MAX ((size_t)64 * 1024 * 1024)
#define ZONE_MEMORY   ((size_t)1024 * 1024 * 1024) /* of a file and all it includes */

struct zone_check {
    struct check_zone zone; /* what the rules see */
    struct sceau_arena *arena;
    struct zone_loader loader;
    char *folder; /* included files lie in it; ends in no slash */
    struct zone_document document;
    struct zone_part *parts; /* one; of a script one for each zone it names */
    size_t part_count;
    struct zone_index index;
    struct zone_lint lint;
    struct zone_published published;
    struct zone_names names;
};

/* ---- files ------------------------------------------------------------------------------ */

/* A regular file (or standard input) as it is. False with errno; EFBIG when it is too
 * large. */
static bool
read_all(struct sceau_arena *arena, int fd, struct sceau_slice *text)
{
    size_t capacity = (size_t)64 * 1024, len = 0;
    char *buffer = malloc(capacity);
    ssize_t got = 1;
    while (buffer != NULL && got > 0 && len <= ZONE_FILE_MAX) {
        if (len == capacity) {
            char *grown = realloc(buffer, capacity *= 2);
            if (grown == NULL)
                break;
            buffer = grown;
        }
        got = read(fd, buffer + len, capacity - len);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            len += (size_t)got;
    }
    bool is_read = buffer != NULL && got == 0;
    int reason = buffer == NULL ? ENOMEM : got < 0 ? errno : EFBIG;
    char *copy = is_read ? sceau_arena_alloc(arena, len + 1) : NULL;
    if (copy != NULL)
        memcpy(copy, buffer, len);
    free(buffer);
    *text = (struct sceau_slice){copy, len};
    errno = is_read ? ENOMEM : reason;
    return copy != NULL;
}

static bool
read_path(struct sceau_arena *arena, const char *path, struct sceau_slice *text)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    bool is_read = false;
    if (fd < 0)
        return false;
    if (fstat(fd, &info) == 0 && !S_ISREG(info.st_mode))
        errno = S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
    else
        is_read = read_all(arena, fd, text);
    int reason = errno;
    close(fd);
    errno = reason;
    return is_read;
}

/* The text of an included file: one inside the folder of the zone file, wherever links
 * lead. */
static bool
load_included(struct zone_loader *self, struct sceau_slice name,
              struct sceau_slice *text, const char **problem)
{
    struct zone_check *check =
        (struct zone_check *)((char *)self - offsetof(struct zone_check, loader));
    char path[PATH_MAX], real[PATH_MAX];
    bool is_absolute = name.len > 0 && name.ptr[0] == '/';
    int len = snprintf(path, sizeof path, "%s%s%.*s", is_absolute ? "" : check->folder,
                       is_absolute ? "" : "/", SLICE_ARG(name));
    size_t folder = strlen(check->folder);
    if (name.len == 0 || memchr(name.ptr, '\0', name.len) != NULL || len < 0 ||
        (size_t)len >= sizeof path || realpath(path, real) == NULL) {
        *problem = N_("the included file is not there");
        return false;
    }
    if (strncmp(real, check->folder, folder) != 0 || real[folder] != '/') {
        *problem = N_("the included file lies outside the folder of the zone file");
        return false;
    }
    if (read_path(check->arena, real, text))
        return true;
    *problem = N_("the included file cannot be read");
    return false;
}

static bool
read_zone_file(struct zone_check *check, const char *path, struct sceau_slice *text)
{
    char real[PATH_MAX];
    bool is_input = strcmp(path, "-") == 0;
    bool is_read = is_input ? read_all(check->arena, STDIN_FILENO, text)
                            : read_path(check->arena, path, text);
    if (!is_read) {
        complain("%s: %s", path, strerror(errno));
        return false;
    }
    if (!is_input && realpath(path, real) != NULL) {
        *strrchr(real, '/') = '\0';
        check->folder = strdup(real);
    }
    return true;
}

/* ---- the zone's name -------------------------------------------------------------------- */

/* The name that --origin gives, else the one that the file is called by. */
static bool
first_origin(const char *path, const char *given, struct dns_name *origin,
             bool *is_known)
{
    struct sceau_slice text = sceau_slice_from(given);
    *origin = dns_name_root();
    if (given == NULL) {
        *is_known = zone_origin_guess(sceau_slice_from(path), origin);
        return true;
    }
    if (text.len > 1 && text.ptr[text.len - 1] == '.')
        text.len--;
    *is_known = dns_name_from_asked(text, origin);
    if (!*is_known)
        complain("--origin %s: this is not a DNS name", given);
    return *is_known;
}

/* The name that the file says: of its SOA, or of a script's first `zone`. */
static struct sceau_slice
said_origin(const struct zone_document *document)
{
    if (!document->is_script)
        return zone_origin_of(document);
    return document->zone_count > 0 ? document->zones[0] : SLICE_NONE;
}

/* The zone at `origin`, or all those that a script names. */
static bool
make_parts(struct zone_check *check, struct sceau_slice origin, bool is_given)
{
    const struct zone_document *document = &check->document;
    size_t count = is_given || document->zone_count == 0 ? 1 : document->zone_count;
    check->parts = sceau_arena_alloc(check->arena, count * sizeof *check->parts);
    if (check->parts == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        check->parts[i] = (struct zone_part){
            .document = document,
            .is_partial = document->is_script,
            .origin =
                slice_copy(check->arena, count == 1 ? origin : document->zones[i]),
        };
    check->part_count = count;
    return check->parts[0].origin.ptr != NULL;
}

/* Settle the zone's name, and say so when only the file's name told it. */
static bool
settle_origin(struct zone_check *check, const char *path, const char *given,
              const struct dns_name *origin, bool is_known)
{
    struct sceau_slice soa = said_origin(&check->document);
    bool needs_given = check->document.uses_given_origin || soa.ptr == NULL;
    if (needs_given && !is_known) {
        complain("%s does not say what zone it is; give --origin", path);
        return false;
    }
    struct sceau_slice wire =
        soa.ptr != NULL && given == NULL ? soa : dns_name_slice(origin);
    struct sceau_slice asked = dns_name_to_asked(check->arena, wire);
    check->zone.origin = slice_copy_lower(check->arena, asked);
    if (!make_parts(check, wire, given != NULL) || check->zone.origin.ptr == NULL)
        return false;
    if (needs_given && given == NULL)
        complain("%s: taken for the zone %.*s, after its name; --origin says another",
                 path, SLICE_ARG(check->zone.origin));
    return true;
}

/* ---- for the rules ------------------------------------------------------------------------- */

static bool
locate(const struct check_zone *self, struct sceau_slice owner, uint16_t type,
       struct sceau_slice rdata, struct check_place *place)
{
    const struct zone_check *check = (const struct zone_check *)self;
    const struct zone_record *record =
        zone_index_record(&check->index, owner, type, rdata);
    if (record == NULL)
        return false;
    struct zone_place found = zone_record_place(record);
    *place = (struct check_place){found.file, found.line, found.column};
    return true;
}

/* The selectors of the zone, behind those that are known otherwise. */
static bool
add_selectors(struct zone_check *check, struct check_options *options)
{
    size_t known = options->known_selector_count;
    size_t count = known + check->names.selector_count;
    struct check_selector *all =
        sceau_arena_alloc(check->arena, (count + 1) * sizeof *all);
    if (all == NULL)
        return false;
    if (known > 0)
        memcpy(all, options->known_selectors, known * sizeof *all);
    for (size_t i = 0; i < check->names.selector_count; i++)
        all[known + i] = (struct check_selector){
            .domain = check->names.selectors[i].domain,
            .selector = check->names.selectors[i].selector,
            .source = N_("stands in the zone file"),
        };
    options->known_selectors = all;
    options->known_selector_count = count;
    return true;
}

static bool
read_document(struct zone_check *check, const char *path, const char *origin)
{
    struct sceau_slice text;
    struct dns_name first;
    bool is_known;
    if (!first_origin(path, origin, &first, &is_known) ||
        !read_zone_file(check, path, &text))
        return false;
    check->loader.load = load_included;
    enum sceau_status status =
        zone_document_read(check->arena, sceau_slice_from(path), text, &first,
                           check->folder != NULL ? &check->loader : NULL,
                           &check->document);
    if (status != SCEAU_OK) {
        complain("%s: more records than memory holds", path);
        return false;
    }
    return settle_origin(check, path, origin, &first, is_known);
}

static bool
prepare(struct zone_check *check, struct environment *env, int64_t now)
{
    if (zone_index_make(check->arena, check->parts, check->part_count, &check->index) !=
            SCEAU_OK ||
        zone_lint(check->arena, &check->index, 0, env->psl, now, &check->lint) !=
            SCEAU_OK ||
        zone_names_find(check->arena, &check->index, 0, &check->names) != SCEAU_OK) {
        complain("the zone needs more memory than there is");
        return false;
    }
    zone_published_init(&check->published, &check->index, env->resolver);
    check->zone.document = &check->document;
    check->zone.lint = &check->lint;
    check->zone.is_partial = check->document.is_script;
    check->zone.told_at = check->zone.origin;
    check->zone.locate = locate;
    return true;
}

void
zone_check_close(struct zone_check *check)
{
    if (check == NULL)
        return;
    sceau_arena_free(check->arena);
    free(check->folder);
    free(check);
}

struct zone_check *
zone_check_open(struct environment *env, const char *path, const char *origin)
{
    struct zone_check *check = calloc(1, sizeof *check);
    if (check != NULL && (check->arena = sceau_arena_new(ZONE_MEMORY)) != NULL &&
        read_document(check, path, origin) && prepare(check, env, time(NULL)))
        return check;
    zone_check_close(check);
    return NULL;
}

bool
zone_check_use(struct zone_check *check, struct environment *env,
               struct check_options *options, struct check_batch *batch)
{
    if (batch->names.count == 0)
        batch->names = (struct check_names){check->names.items, check->names.count};
    if (batch->names.count > 0)
        check->zone.told_at = batch->names.items[0];
    batch->zone = &check->zone;
    batch->resolver = &check->published.resolver;
    batch->live = env->resolver;
    return add_selectors(check, options);
}
