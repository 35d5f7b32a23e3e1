/* src/check over a text that stands in for DNS: a pasted zone, or the records that
 * sceau-reportd saw last. */
#include "place_check.h"

#include "answer.h"
#include "core/domain.h"
#include "places.h"
#include "stored_check.h"
#include "web/pages_check.h"
#include "zone/lint.h"
#include "zone/names.h"
#include "zone/published.h"

#define ZONE_TEXT_MAX ((size_t)1024 * 1024) /* octets of a pasted zone */
#define NAMES_MAX     20
#define MEMORY_LEFT   ((size_t)8 * 1024 * 1024) /* that a further name may need */

/* What the rules see. */
struct checked_zone {
    struct check_zone zone; /* first */
    struct zone_document document;
    struct zone_part *parts;
    size_t part_count;
    struct zone_index index;
    struct zone_lint lint;
    struct zone_published published;
    struct zone_names names;
};

static bool
locate(const struct check_zone *self, struct sceau_slice owner, uint16_t type,
       struct sceau_slice rdata, struct check_place *place)
{
    const struct checked_zone *z = (const struct checked_zone *)self;
    const struct zone_record *record = zone_index_record(&z->index, owner, type, rdata);
    if (record == NULL)
        return false;
    struct zone_place found = zone_record_place(record);
    *place = (struct check_place){found.file, found.line, found.column};
    return true;
}

/* Run the rules for one name. */
static bool
check_one(struct exchange *x, const struct checked_zone *z, bool is_zone,
          const struct check_options *options, struct sceau_slice name,
          struct pages_checked *checked)
{
    struct check_subject *s = sceau_arena_alloc(x->arena, sizeof *s);
    if (s == NULL ||
        !check_subject_init(s, x->arena,
                            (struct sceau_resolver *)(uintptr_t)&z->published.resolver,
                            x->page.now, options, name))
        return false;
    s->zone = is_zone ? &z->zone : NULL;
    check_run(s);
    checked->name = name;
    checked->findings = s->findings;
    check_summary(s, checked->lines);
    return true;
}

/* ---- a pasted zone --------------------------------------------------------------------------- */

/* What the zone is called: as its SOA says, else as the form does. NULL, or what is wrong. */
static const char *
settle_origin(struct exchange *x, struct checked_zone *z, const struct dns_name *given,
              bool is_given)
{
    struct sceau_slice soa = zone_origin_of(&z->document);
    if (soa.ptr == NULL && !is_given)
        return N_("The zone does not say what it is called: give its name.");
    struct sceau_slice wire = is_given ? dns_name_slice(given) : soa;
    z->parts = sceau_arena_alloc(x->arena, sizeof *z->parts);
    z->zone.origin = slice_copy_lower(x->arena, dns_name_to_asked(x->arena, wire));
    if (z->parts == NULL || z->zone.origin.ptr == NULL)
        return N_("The zone needs more memory than there is.");
    z->parts[0] = (struct zone_part){.document = &z->document,
                                     .is_partial = z->document.is_script,
                                     .origin = slice_copy(x->arena, wire)};
    z->part_count = 1;
    return NULL;
}

static const char *
read_zone(struct exchange *x, struct sceau_slice text, struct checked_zone *z)
{
    struct sceau_slice said = slice_trim(query_get(&x->form, "origin")), normal;
    struct dns_name origin = dns_name_root();
    bool is_given = said.len > 0;
    if (is_given && (!domain_normal(x->arena, said, &normal) ||
                     !dns_name_from_asked(normal, &origin)))
        return N_("That is no name of a zone.");
    if (zone_document_read(x->arena, SCEAU_SLICE("zone"), text, &origin, NULL,
                           &z->document) != SCEAU_OK)
        return N_("The zone needs more memory than there is.");
    const char *problem = settle_origin(x, z, &origin, is_given);
    if (problem != NULL)
        return problem;
    if (zone_index_make(x->arena, z->parts, 1, &z->index) != SCEAU_OK ||
        zone_lint(x->arena, &z->index, 0, x->web->env.psl, x->page.now, &z->lint) !=
            SCEAU_OK ||
        zone_names_find(x->arena, &z->index, 0, &z->names) != SCEAU_OK)
        return N_("The zone needs more memory than there is.");
    zone_published_init(&z->published, &z->index, NULL);
    z->zone.document = &z->document;
    z->zone.lint = &z->lint;
    z->zone.is_partial = z->document.is_script;
    z->zone.told_at = z->names.count > 0 ? z->names.items[0] : z->zone.origin;
    z->zone.locate = locate;
    return NULL;
}

static void
check_zone(struct exchange *x, struct sceau_slice text)
{
    struct checked_zone *z = sceau_arena_alloc(x->arena, sizeof *z);
    struct pages_checked *checked =
        sceau_arena_alloc(x->arena, NAMES_MAX * sizeof *checked);
    const char *problem = z == NULL || checked == NULL
                              ? N_("The zone needs more memory than there is.")
                              : read_zone(x, text, z);
    if (problem != NULL) {
        answer_page(x,
                    pages_check_form(&x->page, sceau_slice_from(language_text(
                                                   x->page.html.language, problem))));
        return;
    }
    const struct check_selector *selectors =
        stored_check_selectors(x->arena, &z->names);
    const struct check_options options = {
        .language = x->page.html.language,
        .is_offline = true,
        .known_selectors = selectors,
        .known_selector_count = selectors != NULL ? z->names.selector_count : 0,
        .discovery = x->web->env.config.dmarc.discovery,
        .psl = x->web->env.psl,
    };
    size_t count = 0;
    while (count < z->names.count && count < NAMES_MAX &&
           sceau_arena_left(x->arena) > MEMORY_LEFT &&
           check_one(x, z, true, &options, z->names.items[count], &checked[count]))
        count++;
    answer_page(x, pages_check_zone(&x->page, checked, count, z->names.count - count));
}

void
place_check(struct exchange *x)
{
    struct sceau_slice name = slice_trim(query_get(&x->query, "name")), normal;
    struct sceau_slice text = x->file.len > 0 ? x->file : query_get(&x->form, "zone");
    if (x->request.method == WEB_POST && text.len > 0 && text.len <= ZONE_TEXT_MAX) {
        check_zone(x, text);
        return;
    }
    if (x->request.method == WEB_POST) {
        answer_page(x, pages_check_form(&x->page,
                                        sceau_slice_from(language_text(
                                            x->page.html.language,
                                            text.len == 0
                                                ? N_("There was no zone in the form.")
                                                : N_("It is larger than what is taken "
                                                     "here.")))));
        return;
    }
    if (name.len > 0 && domain_normal(x->arena, name, &normal)) {
        answer_redirect(x, page_place(&x->page, WEB_CHECK_NAME, normal));
        return;
    }
    answer_page(x, pages_check_form(&x->page, SCEAU_SLICE("")));
}

/* ---- a name by the store ----------------------------------------------------------------------- */

static const struct table_column record_columns[] = {
    {"name",    TABLE_TEXT, N_("Name"),       0},
    {"type",    TABLE_TEXT, N_("Type"),       0},
    {"text",    TABLE_TEXT, N_("Record"),     0},
    {"first",   TABLE_TIME, N_("First seen"), 0},
    {"last",    TABLE_TIME, N_("Last"),       0},
    {"current", TABLE_FLAG, N_("Now"),        0},
};

static void
give_records(struct exchange *x, const struct stored_check *stored)
{
    struct table_maker m = table_new(x->arena, "dns_records", record_columns,
                                     sizeof record_columns / sizeof *record_columns);
    for (size_t i = 0; i < stored->count; i++) {
        table_text(&m, stored->records[i].name);
        table_text(&m, stored->records[i].type);
        table_text(&m, stored->records[i].text);
        table_signed(&m, stored->records[i].first);
        table_signed(&m, stored->records[i].last);
        table_signed(&m, stored->records[i].is_current);
    }
    struct table table = table_done(&m);
    places_table(x, NULL, &table);
}

static const struct pages_record *
records_of(struct exchange *x, const struct stored_check *stored)
{
    struct pages_record *all =
        sceau_arena_alloc(x->arena, (stored->count + 1) * sizeof *all);
    for (size_t i = 0; all != NULL && i < stored->count; i++) {
        const struct stored_record *r = &stored->records[i];
        all[i] = (struct pages_record){r->name,  r->type, r->text,
                                       r->first, r->last, r->is_current};
    }
    return all;
}

bool
place_check_name(struct exchange *x, struct insight *in, const struct filter *f)
{
    const struct stored_check_options options = {
        .language = x->page.html.language,
        .discovery = x->web->env.config.dmarc.discovery,
        .psl = x->web->env.psl,
        .now = x->page.now,
    };
    struct stored_check *stored =
        stored_check(x->arena, in->db, x->page.domain, &options);
    const struct pages_record *records = stored != NULL ? records_of(x, stored) : NULL;
    (void)f;
    if (records == NULL)
        return false;
    struct pages_checked checked = {.name = x->page.domain,
                                    .findings = stored->findings};
    memcpy(checked.lines, stored->lines, sizeof checked.lines);
    if (x->page.match.format == WEB_HTML) {
        answer_page(x, pages_check_name(&x->page, &checked, stored->seen, records,
                                        stored->count));
    } else if (places_asks(x, "dns_records")) {
        give_records(x, stored);
    } else {
        struct table t = pages_check_table(x->arena, &checked, 1);
        places_table(x, NULL, &t);
    }
    return true;
}
