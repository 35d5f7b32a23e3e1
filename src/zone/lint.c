/* The lint's frame: findings, mended lines, and the order of the rules. */
#include "lint.h"

#include "linter.h"

struct zone_finding *
linter_add_at(struct linter *l, enum zone_fault fault, const struct zone_file *file,
              size_t line, size_t column)
{
    bool is_full = l->count == ZONE_FINDINGS_MAX;
    struct zone_finding *finding = &l->findings[l->count]; /* one is spare */
    l->is_cut |= is_full;
    l->count += !is_full;
    *finding = (struct zone_finding){
        .fault = fault, .place = {file->name, line, column}
    };
    return finding;
}

struct zone_finding *
linter_add(struct linter *l, enum zone_fault fault, const struct zone_record *record,
           const struct zone_field *field)
{
    struct zone_place place = zone_field_place(record, field);
    struct zone_finding *finding =
        linter_add_at(l, fault, record->file, place.line, place.column);
    finding->record = record;
    return finding;
}

static struct sceau_slice
done(struct linter *l, struct text *t)
{
    struct sceau_slice text = text_done(t);
    l->has_failed |= text.ptr == NULL;
    return text;
}

struct sceau_slice
linter_replace(struct linter *l, const struct zone_record *record,
               const struct zone_field *field, struct sceau_slice replacement)
{
    struct sceau_slice whole = zone_record_text(record);
    if (record->is_generated || field == NULL)
        return SLICE_NONE;
    struct text t = text_new(l->arena, SIZE_MAX);
    size_t from = (size_t)(field->text.ptr - whole.ptr) - field->is_quoted;
    size_t to = from + field->text.len + (field->is_quoted ? 2 : 0);
    text_slice(&t, slice_sub(whole, 0, from));
    text_slice(&t, replacement);
    text_slice(&t, slice_skip(whole, to));
    return done(l, &t);
}

/* A text as strings of at most 255 octets each, quoted. */
static void
add_strings(struct text *t, struct sceau_slice text)
{
    size_t count = text.len > 0 ? (text.len + 254) / 255 : 1;
    if (count > 1)
        text_string(t, "( ");
    for (size_t i = 0; i < count; i++) {
        size_t left = text.len - i * 255;
        struct sceau_slice part = slice_sub(text, i * 255, left < 255 ? left : 255);
        text_octet(t, '"');
        for (size_t c = 0; c < part.len; c++) {
            char octet = part.ptr[c];
            if (octet == '"' || octet == '\\')
                text_octet(t, '\\');
            if (octet >= ' ' && octet < 0x7f)
                text_octet(t, octet);
            else
                text_format(t, "\\%03u", (unsigned char)octet);
        }
        text_string(t, i + 1 < count ? "\" " : "\"");
    }
    if (count > 1)
        text_string(t, " )");
}

struct sceau_slice
linter_quoted(struct linter *l, const struct zone_record *record,
              struct sceau_slice text)
{
    struct sceau_slice whole = zone_record_text(record);
    if (record->is_generated)
        return SLICE_NONE;
    struct text t = text_new(l->arena, SIZE_MAX);
    const char *end = record->type_field->text.ptr + record->type_field->text.len;
    text_slice(&t, slice_sub(whole, 0, (size_t)(end - whole.ptr)));
    text_octet(&t, ' ');
    add_strings(&t, text);
    return done(l, &t);
}

struct sceau_slice
linter_name(struct linter *l, struct sceau_slice wire)
{
    struct text t = text_new(l->arena, SIZE_MAX);
    dns_name_present(&t, wire);
    return done(l, &t);
}

struct sceau_slice
linter_format(struct linter *l, const char *format, ...)
{
    struct text t = text_new(l->arena, SIZE_MAX);
    va_list args;
    va_start(args, format);
    text_vformat(&t, format, args);
    va_end(args);
    return done(l, &t);
}

struct sceau_slice
linter_text(struct linter *l, const struct zone_record *record)
{
    struct sceau_slice rdata = record->rdata;
    if (!linter_is_text(record) || rdata.ptr == NULL)
        return SLICE_NONE;
    struct text t = text_new(l->arena, SIZE_MAX);
    text_string(&t, "");
    while (rdata.len > 0) {
        size_t len = (unsigned char)rdata.ptr[0];
        text_slice(&t, slice_sub(rdata, 1, len));
        rdata = slice_skip(rdata, 1 + len);
    }
    return done(l, &t);
}

enum sceau_status
zone_lint(struct sceau_arena *arena, const struct zone_index *index, size_t part,
          const struct sceau_psl *psl, int64_t now, struct zone_lint *lint)
{
    struct linter l = {
        .arena = arena,
        .index = index,
        .part = &index->parts[part],
        .document = index->parts[part].document,
        .psl = psl,
        .now = now,
        .findings =
            sceau_arena_alloc(arena, (ZONE_FINDINGS_MAX + 1) * sizeof *l.findings),
    };
    if (l.findings == NULL)
        return SCEAU_E_LIMIT;
    lint_document(&l);
    lint_zone(&l);
    lint_names(&l);
    lint_texts(&l);
    lint_typography(&l);
    lint_sets(&l);
    *lint = (struct zone_lint){l.findings, l.count, l.is_cut};
    return l.has_failed ? SCEAU_E_LIMIT : SCEAU_OK;
}
