/* A flat object of strings is all JSON that is read here, and only what was written here:
 * anything else is refused as a whole. */
#include "finding_store.h"

#include "core/date.h"
#include "core/json.h"

#define TEXT_MAX 1000 /* octets of a value */

void
finding_arguments_write(struct text *out, struct sceau_arena *scratch,
                        const struct analysis_finding *f)
{
    char number[24];
    struct json j = json_new(scratch);
    struct text weight = text_in(number, sizeof number);
    text_decimal(&weight, f->weight);
    json_open(&j, '{');
    json_key_string(&j, "cause_", analysis_cause_word(f->cause));
    json_key_slice(&j, "weight_", text_done(&weight));
    for (size_t i = 0; i < f->argument_count; i++) {
        struct sceau_slice value = f->arguments[i].value;
        if (value.len > TEXT_MAX)
            value.len = TEXT_MAX;
        json_key_slice(&j, f->arguments[i].name,
                       value.ptr != NULL ? value : SCEAU_SLICE(""));
    }
    json_close(&j, '}');
    text_slice(out, json_done(&j));
}

/* ---- reading ---- */

struct object_reader {
    struct sceau_slice rest;
    bool has_failed;
};

static void
expect(struct object_reader *r, char c)
{
    if (r->rest.len == 0 || r->rest.ptr[0] != c)
        r->has_failed = true;
    else
        r->rest = slice_skip(r->rest, 1);
}

static int
hex_digit(char c)
{
    if (ascii_is_digit(c))
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* \u00XX, \", \\: no other is written. */
static void
read_escape(struct object_reader *r, struct text *out)
{
    if (r->rest.len > 0 && (r->rest.ptr[0] == '"' || r->rest.ptr[0] == '\\')) {
        text_octet(out, r->rest.ptr[0]);
        r->rest = slice_skip(r->rest, 1);
        return;
    }
    int high = r->rest.len >= 5 ? hex_digit(r->rest.ptr[3]) : -1;
    int low = r->rest.len >= 5 ? hex_digit(r->rest.ptr[4]) : -1;
    if (high < 0 || low < 0 || memcmp(r->rest.ptr, "u00", 3) != 0) {
        r->has_failed = true;
        return;
    }
    unsigned value = (unsigned)(high * 16 + low);
    if (value >= 0x80)
        text_octet(out, (char)0xc2);
    text_octet(out, (char)value);
    r->rest = slice_skip(r->rest, 5);
}

static struct sceau_slice
read_string(struct object_reader *r, struct sceau_arena *arena)
{
    struct text out = text_new(arena, SIZE_MAX);
    expect(r, '"');
    while (!r->has_failed && r->rest.len > 0 && r->rest.ptr[0] != '"') {
        char c = r->rest.ptr[0];
        r->rest = slice_skip(r->rest, 1);
        if (c == '\\')
            read_escape(r, &out);
        else
            text_octet(&out, c);
    }
    expect(r, '"');
    return text_done(&out);
}

static void
take_argument(struct analysis_finding *f, struct sceau_slice name,
              struct sceau_slice value)
{
    uint64_t weight;
    if (slice_eq(name, SCEAU_SLICE("cause_")))
        analysis_cause_read(value, &f->cause);
    else if (slice_eq(name, SCEAU_SLICE("weight_")))
        f->weight = slice_decimal(value, INT64_MAX, &weight) ? weight : 0;
    else if (slice_eq(name, SCEAU_SLICE("since")) && !date_parse(value, &f->since))
        f->since = 0;
    else if (f->argument_count < ANALYSIS_ARGUMENTS_MAX)
        f->arguments[f->argument_count++] = (struct analysis_argument){name.ptr, value};
}

bool
finding_arguments_read(struct sceau_arena *arena, struct sceau_slice json,
                       struct analysis_finding *f)
{
    struct object_reader r = {json, false};
    expect(&r, '{');
    while (!r.has_failed && r.rest.len > 0 && r.rest.ptr[0] != '}') {
        struct sceau_slice name = read_string(&r, arena);
        expect(&r, ':');
        struct sceau_slice value = read_string(&r, arena);
        if (r.has_failed || name.ptr == NULL || value.ptr == NULL)
            return false;
        take_argument(f, name, value);
        if (r.rest.len > 0 && r.rest.ptr[0] == ',')
            r.rest = slice_skip(r.rest, 1);
    }
    expect(&r, '}');
    return !r.has_failed && r.rest.len == 0;
}

/* ---- the table ---- */

static bool
read_first(struct insight *in, struct analysis_finding *f)
{
    struct statement *st =
        database_prepare(in->db, "SELECT first FROM finding WHERE id = ?1");
    bind_text(st, 1, f->id);
    int step = statement_step(st);
    if (step > 0)
        f->first = column_int(st, 0);
    statement_reset(st);
    return step >= 0 || scope_fail(in);
}

static bool
insert(struct insight *in, const struct analysis_finding *f)
{
    struct text arguments = text_new(in->arena, SIZE_MAX);
    finding_arguments_write(&arguments, in->arena, f);
    struct statement *st = database_prepare(
        in->db, "INSERT INTO finding (id, rule, domain, source, severity, first, last, "
                "arguments, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'open') "
                "ON CONFLICT (id) DO NOTHING");
    bind_text(st, 1, f->id);
    bind_text(st, 2, sceau_slice_from(analysis_finding_word(f->rule)));
    bind_text(st, 3, f->domain.ptr != NULL ? f->domain : SCEAU_SLICE(""));
    bind_text(st, 4, f->source.ptr != NULL ? f->source : SCEAU_SLICE(""));
    bind_int(st, 5, f->severity);
    bind_int(st, 6, f->first);
    bind_int(st, 7, f->last);
    bind_text(st, 8, text_done(&arguments));
    return statement_step(st) >= 0 || scope_fail(in);
}

bool
finding_store_replace(struct insight *in, struct analysis_finding *findings,
                      size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!read_first(in, &findings[i]))
            return false;
    if (!database_run(in->db, "DELETE FROM finding"))
        return scope_fail(in);
    for (size_t i = 0; i < count; i++)
        if (!insert(in, &findings[i]))
            return false;
    return true;
}

/* ---- reading it ---- */

static int
by_severity(const struct analysis_finding *x, const struct analysis_finding *y)
{
    if (x->severity != y->severity)
        return x->severity > y->severity ? -1 : 1;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return x->rule < y->rule ? -1 : x->rule > y->rule;
}

/* Few: put each where it belongs. */
static void
put_in_order(struct analysis_finding *list, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t n = i; n > 0 && by_severity(&list[n - 1], &list[n]) > 0; n--) {
            struct analysis_finding moved = list[n];
            list[n] = list[n - 1];
            list[n - 1] = moved;
        }
}

static bool
read_finding(struct insight *in, struct statement *st, struct analysis_finding *f)
{
    int64_t severity = column_int(st, 4), muted = column_int(st, 8);
    *f = (struct analysis_finding){
        .id = scope_text(in, st, 0),
        .domain = scope_text(in, st, 2),
        .source = scope_text(in, st, 3),
        .severity = severity >= 0 && severity <= ANALYSIS_PROBLEM
                        ? (enum analysis_severity)severity
                        : ANALYSIS_INFO,
        .first = column_int(st, 5),
        .last = column_int(st, 6),
        .is_muted = muted > in->now,
        .muted_until = muted,
    };
    return analysis_finding_read(column_text(st, 1), &f->rule) &&
           finding_arguments_read(in->arena, column_text(st, 7), f);
}

bool
insight_findings(struct insight *in, struct sceau_slice domain, bool with_muted,
                 const struct analysis_finding **findings, size_t *count)
{
    struct growing list = {.arena = in->arena, .size = sizeof(struct analysis_finding)};
    struct statement *st = database_prepare(
        in->db,
        "SELECT f.id, f.rule, f.domain, f.source, f.severity, f.first, f.last, "
        "f.arguments, coalesce(m.until, 0) FROM finding f LEFT JOIN mute m ON m.id = f.id "
        "WHERE ?1 = '' OR f.domain = ?1 ORDER BY f.severity DESC, f.id LIMIT 1000");
    int step;
    bind_text(st, 1, domain.len > 0 ? domain : SCEAU_SLICE(""));
    while ((step = statement_step(st)) > 0) {
        struct analysis_finding one, *slot;
        if (!read_finding(in, st, &one) || (one.is_muted && !with_muted))
            continue;
        slot = growing_add(&list);
        if (slot == NULL)
            return scope_full(in);
        *slot = one;
    }
    put_in_order(list.items, list.count);
    *findings = list.items;
    *count = list.count;
    return step == 0 || scope_fail(in);
}
