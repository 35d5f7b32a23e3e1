/* src/check over a text that stands in for DNS: a pasted zone, or the records that
 * sceau-reportd saw last. */
#include "place_check.h"

#include "answer.h"
#include "core/domain.h"
#include "places.h"
#include "web/pages_check.h"
#include "zone/lint.h"
#include "zone/names.h"
#include "zone/published.h"

#define ZONE_TEXT_MAX ((size_t)1024 * 1024) /* octets of a pasted zone */
#define NAMES_MAX     20
#define MEMORY_LEFT   ((size_t)8 * 1024 * 1024) /* that a further name may need */
#define RECORDS_MAX   5000
#define CURRENT_S     (3 * 86400) /* a look a day, and a day may fail */

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

static const struct check_selector *
selectors_of(struct exchange *x, const struct checked_zone *z)
{
    struct check_selector *all =
        sceau_arena_alloc(x->arena, (z->names.selector_count + 1) * sizeof *all);
    for (size_t i = 0; all != NULL && i < z->names.selector_count; i++)
        all[i] = (struct check_selector){.domain = z->names.selectors[i].domain,
                                         .selector = z->names.selectors[i].selector,
                                         .source = N_("stands in the zone file")};
    return all;
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
    const struct check_selector *selectors = selectors_of(x, z);
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

struct stored {
    struct pages_record *records;
    size_t count;
    int64_t seen; /* the last look */
};

static bool
load_records(struct exchange *x, struct insight *in, struct stored *stored)
{
    struct statement *s = database_prepare(
        in->db,
        "SELECT name, type, text, first, last FROM dns_record WHERE domain = ?1 "
        "ORDER BY name, type, last DESC LIMIT 5000");
    stored->records =
        sceau_arena_alloc(x->arena, RECORDS_MAX * sizeof *stored->records);
    if (stored->records == NULL)
        return false;
    bind_text(s, 1, x->page.domain);
    int step = statement_step(s);
    for (; step == 1 && stored->count < RECORDS_MAX; step = statement_step(s)) {
        struct pages_record *r = &stored->records[stored->count++];
        *r = (struct pages_record){.name = slice_copy(x->arena, column_text(s, 0)),
                                   .type = slice_copy(x->arena, column_text(s, 1)),
                                   .text = slice_copy(x->arena, column_text(s, 2)),
                                   .first = column_int(s, 3),
                                   .last = column_int(s, 4)};
        stored->seen = r->last > stored->seen ? r->last : stored->seen;
    }
    for (size_t i = 0; i < stored->count; i++)
        stored->records[i].is_current =
            stored->records[i].last > stored->seen - CURRENT_S &&
            !(i > 0 && slice_eq(stored->records[i].name, stored->records[i - 1].name) &&
              slice_eq(stored->records[i].type, stored->records[i - 1].type) &&
              stored->records[i].last < stored->records[i - 1].last);
    return step >= 0;
}

/* Texts in strings of 255 octets; whatever else as it stands. */
static void
put_data(struct text *t, const struct pages_record *r)
{
    if (!slice_eq(r->type, SCEAU_SLICE("TXT"))) {
        text_slice(t, r->text);
        /* Names of the store have no final dot. */
        if (slice_eq(r->type, SCEAU_SLICE("MX")) && r->text.len > 0 &&
            r->text.ptr[r->text.len - 1] != '.')
            text_octet(t, '.');
        return;
    }
    for (size_t i = 0; i < r->text.len; i++) {
        unsigned char c = (unsigned char)r->text.ptr[i];
        if (i % 255 == 0)
            text_string(t, i == 0 ? "\"" : "\" \"");
        if (c == '"' || c == '\\' || c < ' ' || c > '~')
            text_format(t, "\\%03u", c);
        else
            text_octet(t, (char)c);
    }
    text_string(t, "\"");
}

static struct sceau_slice
zone_of(struct exchange *x, const struct stored *stored)
{
    struct text t = text_new(x->arena, SIZE_MAX);
    for (size_t i = 0; i < stored->count; i++) {
        const struct pages_record *r = &stored->records[i];
        if (!r->is_current || r->text.len == 0 ||
            slice_find(r->text, '\n') < r->text.len)
            continue;
        text_slice(&t, r->name);
        text_string(&t, ". 3600 IN ");
        text_slice(&t, r->type);
        text_octet(&t, ' ');
        put_data(&t, r);
        text_octet(&t, '\n');
    }
    return text_done(&t);
}

static bool
check_stored(struct exchange *x, const struct stored *stored,
             struct pages_checked *checked)
{
    static const struct sceau_slice only[] = {
        {"spf",   3},
        {"dmarc", 5},
        {"dkim",  4}
    };
    struct checked_zone *z = sceau_arena_alloc(x->arena, sizeof *z);
    struct dns_name origin;
    if (z == NULL || !dns_name_from_asked(x->page.domain, &origin) ||
        zone_document_read(x->arena, SCEAU_SLICE("store"), zone_of(x, stored), &origin,
                           NULL, &z->document) != SCEAU_OK)
        return false;
    struct zone_part part = {.document = &z->document,
                             .origin = slice_copy(x->arena, dns_name_slice(&origin))};
    if (zone_index_make(x->arena, &part, 1, &z->index) != SCEAU_OK ||
        zone_names_find(x->arena, &z->index, 0, &z->names) != SCEAU_OK)
        return false;
    zone_published_init(&z->published, &z->index, NULL);
    const struct check_selector *selectors = selectors_of(x, z);
    const struct check_options options = {
        .language = x->page.html.language,
        .is_offline = true,
        .only = {only, 3},
        .known_selectors = selectors,
        .known_selector_count = selectors != NULL ? z->names.selector_count : 0,
        .discovery = x->web->env.config.dmarc.discovery,
        .psl = x->web->env.psl,
    };
    return check_one(x, z, false, &options, x->page.domain, checked);
}

static const struct table_column record_columns[] = {
    {"name",    TABLE_TEXT, N_("Name"),       0},
    {"type",    TABLE_TEXT, N_("Type"),       0},
    {"text",    TABLE_TEXT, N_("Record"),     0},
    {"first",   TABLE_TIME, N_("First seen"), 0},
    {"last",    TABLE_TIME, N_("Last"),       0},
    {"current", TABLE_FLAG, N_("Now"),        0},
};

static void
give_records(struct exchange *x, const struct stored *stored)
{
    struct table_maker m = table_new(x->arena, "records", record_columns,
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

bool
place_check_name(struct exchange *x, struct insight *in, const struct filter *f)
{
    struct stored stored = {.count = 0};
    struct pages_checked checked = {.findings = NULL};
    (void)f;
    if (!load_records(x, in, &stored) ||
        (stored.seen > 0 && !check_stored(x, &stored, &checked)))
        return false;
    if (x->page.match.format == WEB_HTML) {
        answer_page(x, pages_check_name(&x->page, &checked, stored.seen, stored.records,
                                        stored.count));
    } else if (places_asks(x, "records")) {
        give_records(x, &stored);
    } else {
        struct table t = pages_check_table(x->arena, &checked, 1);
        places_table(x, NULL, &t);
    }
    return true;
}
