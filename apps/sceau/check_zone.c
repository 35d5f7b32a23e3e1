/* `sceau check --zone FILE`: finds out what the
 * zone is called and which of its names mail asks for, and answers DNS as if it were
 * published. */
#include "check_zone.h"

#include "check.h"
#include "zone/lint.h"
#include "zone/names.h"
#include "zone/published.h"
#include "zone_file.h"

#include <stdlib.h>
#include <time.h>

struct zone_check {
    struct check_zone zone; /* what the rules see */
    struct sceau_arena *arena;
    struct zone_source source;
    struct zone_document document;
    struct zone_part *parts; /* one; of a script one for each zone it names */
    size_t part_count;
    struct zone_index index;
    struct zone_lint lint;
    struct zone_published published;
    struct zone_names names;
    enum language language; /* of complaints */
};

/* ---- the zone's name -------------------------------------------------------------------- */

/* The name that --origin gives, else the one that the file is called by. */
static bool
first_origin(enum language language, const char *path, const char *given,
             struct dns_name *origin, bool *is_known)
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
        COMPLAIN(language, "--origin {value}: this is not a DNS name",
                 LANGUAGE_THEIRS("value", sceau_slice_from(given)));
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
        COMPLAIN(check->language, "{path} does not say what zone it is; give --origin",
                 LANGUAGE_THEIRS("path", sceau_slice_from(path)));
        return false;
    }
    struct sceau_slice wire =
        soa.ptr != NULL && given == NULL ? soa : dns_name_slice(origin);
    struct sceau_slice asked = dns_name_to_asked(check->arena, wire);
    check->zone.origin = slice_copy_lower(check->arena, asked);
    if (!make_parts(check, wire, given != NULL) || check->zone.origin.ptr == NULL)
        return false;
    if (needs_given && given == NULL)
        COMPLAIN(
            check->language,
            "{path}: taken for the zone {zone}, after its name; --origin says another",
            LANGUAGE_THEIRS("path", sceau_slice_from(path)),
            LANGUAGE_THEIRS("zone", check->zone.origin));
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
    if (!first_origin(check->language, path, origin, &first, &is_known) ||
        !zone_source_open(&check->source, check->language, check->arena, path, &text))
        return false;
    enum sceau_status status =
        zone_document_read(check->arena, sceau_slice_from(path), text, &first,
                           zone_source_loader(&check->source), &check->document);
    if (status != SCEAU_OK) {
        COMPLAIN(check->language, "{path}: more records than memory holds",
                 LANGUAGE_THEIRS("path", sceau_slice_from(path)));
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
        complain_text(env->language, "the zone needs more memory than there is");
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
    zone_source_close(&check->source);
    free(check);
}

struct zone_check *
zone_check_open(struct environment *env, const char *path, const char *origin)
{
    struct zone_check *check = calloc(1, sizeof *check);
    if (check != NULL)
        check->language = env->language;
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
