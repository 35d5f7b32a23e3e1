/* $ORIGIN (RFC 1035 section 5.1), $TTL (RFC 2308 section 4), $INCLUDE, and BIND's
 * $GENERATE. */
#include "core/text.h"
#include "reader.h"

#include <stdio.h>

/* What is missing, or more than there should be, behind the fields of a directive. */
static bool
expect_fields(struct zone_reader *r, const struct zone_entry *entry, size_t least,
              size_t most, const char *expected)
{
    struct zone_field behind = zone_reader_behind(entry);
    if (entry->field_count >= least && entry->field_count <= most)
        return true;
    zone_reader_error_at(
        r, entry->field_count > most ? &entry->fields[most] : &behind, 0,
        entry->field_count > most
            ? N_("the end of the line: nothing more belongs to this entry")
            : expected,
        true);
    return false;
}

static bool
directive_origin(struct zone_reader *r, const struct zone_entry *entry)
{
    struct dns_name origin = {0};
    if (!expect_fields(r, entry, 2, 2, N_("a domain name")) ||
        !zone_reader_name(r, &entry->fields[1], &origin))
        return false;
    struct sceau_slice text = entry->fields[1].text;
    if (text.ptr[text.len - 1] == '.')
        r->origin_is_given = false;
    r->origin = origin;
    return true;
}

static bool
directive_ttl(struct zone_reader *r, const struct zone_entry *entry)
{
    uint32_t ttl = 0;
    if (!expect_fields(r, entry, 2, 2, N_("a time to live")) ||
        !zone_reader_ttl(r, &entry->fields[1], &ttl))
        return false;
    r->default_ttl = ttl;
    r->has_default_ttl = true;
    r->default_source = ZONE_TTL_DEFAULT;
    return true;
}

/* ---- $INCLUDE file [origin] ----------------------------------------------------------- */

/* The file's text from the loader, as a file of the document; NULL after noting an
 * error. */
static struct zone_file *
load_file(struct zone_reader *r, const struct zone_field *name)
{
    const char *problem = NULL;
    struct zone_file *file = sceau_arena_alloc(r->arena, sizeof *file);
    if (file == NULL) {
        r->has_failed = true;
        return NULL;
    }
    file->name = name->text;
    if (r->loader == NULL)
        problem = N_("$INCLUDE is not followed here");
    else if (r->depth == ZONE_DEPTH_MAX)
        problem = N_("$INCLUDE is nested more than 8 deep");
    else if (r->files.count == ZONE_FILES_MAX)
        problem = N_("more than 100 files are included");
    else if (!r->loader->load(r->loader, name->text, &file->text, &problem))
        problem = problem != NULL ? problem : N_("the included file cannot be read");
    if (problem != NULL) {
        zone_reader_error_at(r, name, 0, problem, false);
        return NULL;
    }
    struct zone_file **slot = zone_array_add(r, &r->files, sizeof(void *));
    if (slot == NULL)
        return NULL;
    return *slot = file;
}

/* Origin and owner are the includer's again behind it (RFC 1035 section 5.1); the TTL is
 * not, in BIND. */
static bool
directive_include(struct zone_reader *r, const struct zone_entry *entry)
{
    struct dns_name origin = r->origin;
    bool is_given = r->origin_is_given;
    if (!expect_fields(r, entry, 2, 3, N_("a file name")) ||
        (entry->field_count == 3 && !zone_reader_name(r, &entry->fields[2], &origin)))
        return false;
    struct zone_file *file = load_file(r, &entry->fields[1]);
    if (file == NULL)
        return false;
    const struct zone_file *includer = r->file;
    const struct dns_name origin_before = r->origin, owner_before = r->owner;
    bool had_owner = r->has_owner;
    r->origin = origin;
    r->has_owner = false;
    r->depth++;
    zone_reader_file(r, file);
    r->depth--;
    r->file = includer;
    r->entry = entry;
    r->origin = origin_before;
    r->origin_is_given = is_given;
    r->owner = owner_before;
    r->has_owner = had_owner;
    return true;
}

/* ---- $GENERATE start-stop[/step] owner [TTL] [class] type data ------------------------ */

struct range {
    uint64_t start, stop, step;
};

static bool
read_range(struct zone_reader *r, const struct zone_field *field, struct range *range)
{
    struct sceau_slice rest = field->text;
    size_t dash = slice_find(rest, '-');
    struct sceau_slice start = slice_sub(rest, 0, dash);
    struct sceau_slice stop = slice_skip(rest, dash + (dash < rest.len));
    size_t slash = slice_find(stop, '/');
    struct sceau_slice step = slice_skip(stop, slash);
    stop = slice_sub(stop, 0, slash);
    range->step = 1;
    bool is_read =
        slice_decimal(start, INT32_MAX, &range->start) &&
        slice_decimal(stop, INT32_MAX, &range->stop) &&
        (step.len == 0 || slice_decimal(slice_skip(step, 1), INT32_MAX, &range->step));
    if (!is_read || range->start > range->stop || range->step == 0) {
        zone_reader_error_at(r, field, 0, N_("a range: start-stop or start-stop/step"),
                             true);
        return false;
    }
    uint64_t count = (range->stop - range->start) / range->step + 1;
    if (count > ZONE_GENERATE_MAX || r->generated + count > ZONE_GENERATED_MAX) {
        zone_reader_error_at(r, field, 0,
                             N_("$GENERATE makes more than 1000 records here, or more "
                                "than 65536 in all"),
                             false);
        return false;
    }
    r->generated += (size_t)count;
    return true;
}

/* Nibbles of an ip6.arpa name, the lowest first: "f.e.0". */
static void
add_nibbles(struct text *t, uint64_t value, uint64_t width, bool is_upper)
{
    do {
        text_octet(t,
                   (is_upper ? "0123456789ABCDEF" : "0123456789abcdef")[value & 0xf]);
        value >>= 4;
        width -= width > 0;
        if (width > 0 || value != 0)
            text_octet(t, '.');
        width -= width > 0;
    } while (width > 0 || value != 0);
}

/* A number in {offset,width,base}; "" is 0. */
static bool
read_modifier(struct cursor *c, bool may_be_negative, int64_t *value)
{
    uint64_t number = 0;
    bool is_negative = may_be_negative && cursor_accept(c, '-');
    struct sceau_slice digits = cursor_take_while(c, ascii_is_digit);
    if (!slice_decimal(digits, may_be_negative ? INT32_MAX : 255, &number))
        return false;
    *value = is_negative ? -(int64_t)number : (int64_t)number;
    return true;
}

/* The number behind a "$", as "{offset,width,base}" asks. False when that is no such. */
static bool
expand_dollar(struct cursor *c, uint64_t number, struct text *t)
{
    int64_t offset = 0, width = 0;
    char base = 'd';
    if (cursor_accept(c, '{')) {
        bool is_read = read_modifier(c, true, &offset);
        if (is_read && cursor_accept(c, ','))
            is_read = read_modifier(c, false, &width);
        if (is_read && cursor_accept(c, ',') && cursor_peek(c) >= 0)
            base = c->in.ptr[c->pos++];
        if (!is_read || !cursor_accept(c, '}'))
            return false;
    }
    int64_t value = (int64_t)number + offset;
    if (value < INT32_MIN || value > INT32_MAX)
        return false;
    switch (base) {
    case 'd': text_format(t, "%0*d", (int)width, (int)value); return true;
    case 'o': text_format(t, "%0*o", (int)width, (unsigned)value); return true;
    case 'x': text_format(t, "%0*x", (int)width, (unsigned)value); return true;
    case 'X': text_format(t, "%0*X", (int)width, (unsigned)value); return true;
    case 'n':
    case 'N':
        add_nibbles(t, (uint32_t)value, (uint64_t)width, base == 'N');
        return true;
    default: return false;
    }
}

/* A field with its dollars filled in. "$$" is one dollar, "\$" stays as it is. */
static bool
expand(struct zone_reader *r, const struct zone_field *field, uint64_t number,
       struct text *t)
{
    struct cursor c = cursor_over(field->text);
    while (cursor_peek(&c) >= 0) {
        char octet = c.in.ptr[c.pos++];
        if (octet == '\\' && cursor_peek(&c) >= 0) {
            text_octet(t, octet);
            text_octet(t, c.in.ptr[c.pos++]);
        } else if (octet != '$') {
            text_octet(t, octet);
        } else if (cursor_accept(&c, '$')) {
            text_string(t, "\\$");
        } else if (!expand_dollar(&c, number, t)) {
            zone_reader_error_at(
                r, field, c.pos,
                N_("offset, width and base in braces behind the dollar"), true);
            return false;
        }
    }
    return true;
}

/* BIND takes one word as data, or several in quotes, which are no part of it: the type is
 * the word before the last. */
static bool
expect_one_word(struct zone_reader *r, const struct zone_entry *entry)
{
    size_t type = entry->field_count - 2, at = 3;
    while (at < type && sceau_dns_type_parse(entry->fields[at].text) == 0)
        at++;
    if (at == type && sceau_dns_type_parse(entry->fields[type].text) != 0)
        return true;
    zone_reader_error_at(r, &entry->fields[at + 1], 0,
                         N_("a type and one word of data, or all of it in quotes"),
                         true);
    return false;
}

/* One record: the line it stands for, read like any other. */
static bool
generate(struct zone_reader *r, const struct zone_entry *entry, uint64_t number)
{
    struct text t = text_new(r->arena, SIZE_MAX);
    struct zone_entry made;
    const char *problem;
    struct zone_field at;
    for (size_t i = 2; i < entry->field_count; i++) {
        const struct zone_field *field = &entry->fields[i];
        bool is_template = i == 2 || i == entry->field_count - 1;
        if (is_template && !expand(r, field, number, &t))
            return false;
        if (!is_template)
            text_slice(&t, field->text);
        text_octet(&t, i + 1 < entry->field_count ? ' ' : '\n');
    }
    struct zone_lexer lexer = zone_lexer_over(text_done(&t));
    lexer.line = entry->line;
    if (t.has_failed || !zone_reader_entry(r, &lexer, &made, &problem, &at)) {
        r->has_failed |= t.has_failed;
        return false;
    }
    made.kind = ZONE_ENTRY_RECORD;
    if (problem == NULL && made.field_count > 0)
        return zone_reader_record(r, &made);
    zone_reader_error_at(r, &entry->fields[0], 0,
                         N_("what $GENERATE makes is no record"), false);
    return false;
}

static bool
directive_generate(struct zone_reader *r, const struct zone_entry *entry)
{
    struct range range;
    struct dns_name owner = r->owner;
    bool had_owner = r->has_owner, is_read = true;
    if (!expect_fields(r, entry, 5, 7, N_("start-stop owner type data")) ||
        !read_range(r, &entry->fields[1], &range) || !expect_one_word(r, entry))
        return false;
    r->is_generating = true;
    for (uint64_t n = range.start; is_read && !r->has_failed && n <= range.stop;
         n += range.step)
        is_read = generate(r, entry, n);
    r->is_generating = false;
    r->owner = owner;
    r->has_owner = had_owner;
    return is_read;
}

static const struct directive {
    const char *name;
    bool (*read)(struct zone_reader *r, const struct zone_entry *entry);
} directives[] = {
    {"$ORIGIN",   directive_origin  },
    {"$TTL",      directive_ttl     },
    {"$INCLUDE",  directive_include },
    {"$GENERATE", directive_generate},
};

bool
zone_reader_directive(struct zone_reader *r, const struct zone_entry *entry)
{
    for (size_t i = 0; i < sizeof directives / sizeof *directives; i++) {
        if (slice_eq_ci(entry->fields[0].text, sceau_slice_from(directives[i].name)))
            return directives[i].read(r, entry);
    }
    zone_reader_error_at(r, &entry->fields[0], 0,
                         N_("$ORIGIN, $TTL, $INCLUDE or $GENERATE"), true);
    return false;
}
