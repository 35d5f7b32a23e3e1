/* From rows to a zone's text, and from that to findings. */
#include "stored_check.h"

#include <string.h>

#define RECORDS_MAX 5000
#define CURRENT_S   (INT64_C(3) * 86400) /* a look a day, and a day may fail */

static bool
is_same_set(const struct stored_record *a, const struct stored_record *b)
{
    return slice_eq(a->name, b->name) && slice_eq(a->type, b->type);
}

struct stored_rows
stored_rows_of(struct database *db, struct sceau_slice first, struct sceau_slice last,
               bool only_mtasts)
{
    struct statement *st = database_prepare(
        db,
        "SELECT domain, name, type, text, first, last FROM dns_record WHERE "
        "domain >= ?1 AND domain <= ?2 AND (?3 = 0 OR type IN ('MX', 'A', 'AAAA') OR "
        "name = '_mta-sts.' || domain) ORDER BY domain, name, type, last DESC, text, "
        "first");
    bind_text(st, 1, first);
    bind_text(st, 2, last);
    bind_int(st, 3, only_mtasts);
    return (struct stored_rows){st, statement_step(st)};
}

void
stored_rows_end(struct stored_rows *rows)
{
    statement_reset(rows->st);
}

static void
take_record(struct sceau_arena *arena, struct statement *st, struct stored_check *c)
{
    struct stored_record *r = &c->records[c->count++];
    *r = (struct stored_record){.name = slice_copy(arena, column_text(st, 1)),
                                .type = slice_copy(arena, column_text(st, 2)),
                                .text = slice_copy(arena, column_text(st, 3)),
                                .first = column_int(st, 4),
                                .last = column_int(st, 5)};
    c->seen = r->last > c->seen ? r->last : c->seen;
}

/* The latest look at a name and type shows all that there was then. */
static void
mark_current(struct stored_check *c)
{
    for (size_t i = 0; i < c->count; i++) {
        struct stored_record *r = &c->records[i];
        bool is_older = i > 0 && is_same_set(r, r - 1) &&
                        (!r[-1].is_current || r->last < r[-1].last);
        r->is_current = r->last > c->seen - CURRENT_S && !is_older;
    }
}

/* As the rows lie: by octets. */
static int
order_of(struct sceau_slice a, struct sceau_slice b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    int order = len > 0 ? memcmp(a.ptr, b.ptr, len) : 0;
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

/* Those of the domain; those before it are passed over, and the row behind them waits. */
static bool
load(struct sceau_arena *arena, struct stored_rows *rows, struct sceau_slice domain,
     struct stored_check *c)
{
    c->records = sceau_arena_alloc(arena, RECORDS_MAX * sizeof *c->records);
    if (c->records == NULL)
        return false;
    while (rows->step == 1) {
        int order = order_of(column_text(rows->st, 0), domain);
        if (order > 0)
            break;
        if (order == 0 && c->count < RECORDS_MAX)
            take_record(arena, rows->st, c);
        rows->step = statement_step(rows->st);
    }
    mark_current(c);
    return rows->step >= 0;
}

/* "10 mx.example.org", whose name is a stranger's: any octet may be in it. Nothing of one that is
 * no name. */
static void
put_mx(struct text *t, struct sceau_slice text)
{
    struct sceau_slice preference;
    struct dns_name name;
    char escaped[DNS_NAME_TEXT_MAX] = ".";
    if (!slice_next(&text, ' ', &preference) || preference.len == 0)
        return;
    if (text.len > 0 && !slice_eq(text, SCEAU_SLICE("."))) {
        if (!dns_name_from_asked(text, &name))
            return;
        dns_name_escape(dns_name_slice(&name), escaped);
    }
    text_slice(t, preference);
    text_octet(t, ' ');
    text_string(t, escaped);
}

/* In strings of 255 octets. */
static void
put_strings(struct text *t, const struct stored_record *r)
{
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
data_of(struct sceau_arena *arena, const struct stored_record *r)
{
    struct text t = text_new(arena, SIZE_MAX);
    if (slice_eq(r->type, SCEAU_SLICE("TXT")))
        put_strings(&t, r);
    else if (slice_eq(r->type, SCEAU_SLICE("MX")))
        put_mx(&t, r->text);
    else
        text_slice(&t, r->text); /* an address of ours */
    return text_done(&t);
}

static struct sceau_slice
zone_of(struct sceau_arena *arena, const struct stored_check *c)
{
    struct text t = text_new(arena, SIZE_MAX);
    for (size_t i = 0; i < c->count; i++) {
        const struct stored_record *r = &c->records[i];
        struct sceau_slice data = SLICE_NONE;
        if (r->is_current && r->text.len > 0)
            data = data_of(arena, r);
        if (data.len == 0)
            continue;
        text_slice(&t, r->name);
        text_string(&t, ". 3600 IN ");
        text_slice(&t, r->type);
        text_octet(&t, ' ');
        text_slice(&t, data);
        text_octet(&t, '\n');
    }
    return text_done(&t);
}

const struct check_selector *
stored_check_selectors(struct sceau_arena *arena, const struct zone_names *names)
{
    struct check_selector *all =
        sceau_arena_alloc(arena, (names->selector_count + 1) * sizeof *all);
    for (size_t i = 0; all != NULL && i < names->selector_count; i++)
        all[i] = (struct check_selector){.domain = names->selectors[i].domain,
                                         .selector = names->selectors[i].selector,
                                         .source = N_("stands in the zone file")};
    return all;
}

static bool
prepare(struct sceau_arena *arena, struct sceau_slice domain, struct stored_check *c)
{
    struct dns_name origin;
    if (!dns_name_from_asked(domain, &origin) ||
        zone_document_read(arena, SCEAU_SLICE("store"), zone_of(arena, c), &origin,
                           NULL, &c->document) != SCEAU_OK)
        return false;
    c->part = (struct zone_part){.document = &c->document,
                                 .origin = slice_copy(arena, dns_name_slice(&origin))};
    if (zone_index_make(arena, &c->part, 1, &c->index) != SCEAU_OK ||
        zone_names_find(arena, &c->index, 0, &c->names) != SCEAU_OK)
        return false;
    zone_published_init(&c->published, &c->index, NULL);
    return true;
}

static bool
run(struct sceau_arena *arena, struct sceau_slice domain,
    const struct stored_check_options *o, struct stored_check *c)
{
    static const struct sceau_slice only[] = {
        {"spf",   3},
        {"dmarc", 5},
        {"dkim",  4}
    };
    static const struct sceau_slice mtasts = {"mtasts", 6};
    const struct check_selector *selectors = stored_check_selectors(arena, &c->names);
    struct check_options *options = sceau_arena_alloc(arena, sizeof *options);
    struct check_subject *s = sceau_arena_alloc(arena, sizeof *s);
    if (selectors == NULL || options == NULL || s == NULL)
        return false;
    *options = (struct check_options){
        .language = o->language,
        .is_offline = true,
        .only = o->only_mtasts ? (struct check_words){&mtasts, 1}
                               : (struct check_words){only,    3},
        .probes = o->mtasts_page != NULL ? CHECK_HTTP : 0,
        .mtasts_page = o->mtasts_page,
        .mtasts_left = o->mtasts_left,
        .known_selectors = selectors,
        .known_selector_count = c->names.selector_count,
        .discovery = o->discovery,
        .psl = o->psl,
    };
    if (!check_subject_init(s, arena, &c->published.resolver, o->now, options, domain))
        return false;
    check_run(s);
    check_summary(s, c->lines);
    c->findings = s->findings;
    c->subject = s;
    return true;
}

struct stored_check *
stored_check_next(struct sceau_arena *arena, struct stored_rows *rows,
                  struct sceau_slice domain, const struct stored_check_options *options)
{
    struct stored_check *c = sceau_arena_alloc(arena, sizeof *c);
    if (c == NULL || !load(arena, rows, domain, c))
        return NULL;
    if (c->seen > 0 && (!prepare(arena, domain, c) || !run(arena, domain, options, c)))
        return NULL;
    return c;
}

struct stored_check *
stored_check(struct sceau_arena *arena, struct database *db, struct sceau_slice domain,
             const struct stored_check_options *options)
{
    struct stored_rows rows = stored_rows_of(db, domain, domain, options->only_mtasts);
    struct stored_check *c = stored_check_next(arena, &rows, domain, options);
    stored_rows_end(&rows);
    return c;
}
