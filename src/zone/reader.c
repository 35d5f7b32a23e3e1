/* Zone text into entries: what stands on which line, split into fields, each read by its
 * kind. After an error the next entry is read as if nothing had been.
 *
 * The words are those of dns/zonelexer.h: there is one lexer of zone text here. */
#include "reader.h"

#include "dns/zonetext.h"
#include "nsupdate.h"

#include <stdlib.h>

void *
zone_array_add(struct zone_reader *r, struct zone_array *array, size_t size)
{
    if (array->count == array->capacity) {
        size_t capacity = array->capacity > 0 ? 2 * array->capacity : 8;
        char *grown = sceau_arena_alloc(r->arena, capacity * size);
        if (grown == NULL) {
            r->has_failed = true;
            return NULL;
        }
        if (array->count > 0)
            memcpy(grown, array->items, array->count * size);
        array->items = grown;
        array->capacity = capacity;
    }
    return (char *)array->items + array->count++ * size;
}

/* ---- errors ---------------------------------------------------------------------------- */

void
zone_reader_error(struct zone_reader *r, size_t line, size_t column,
                  const char *problem, bool is_expected)
{
    if (r->error_entry == r->entry)
        return;
    r->error_entry = r->entry;
    if (r->is_generating) { /* its text stands in no file */
        line = r->entry->line;
        column = 1;
    }
    if (r->error_count == ZONE_ERRORS_MAX) {
        r->is_cut = true;
        return;
    }
    struct zone_error *error = zone_array_add(r, &r->errors, sizeof *error);
    if (error == NULL)
        return;
    *error = (struct zone_error){r->file, line, column, problem, is_expected};
    r->error_count++;
}

void
zone_reader_error_at(struct zone_reader *r, const struct zone_field *field,
                     size_t offset, const char *problem, bool is_expected)
{
    zone_reader_error(r, field->line, field->column + field->is_quoted + offset,
                      problem, is_expected);
}

void
zone_reader_lose(struct zone_reader *r)
{
    struct sceau_slice *slot = NULL;
    if (!r->has_owner)
        r->has_lost_names = true;
    else if ((slot = zone_array_add(r, &r->lost, sizeof *slot)) != NULL)
        *slot = slice_copy(r->arena, dns_name_slice(&r->owner));
    r->has_failed |= slot != NULL && slot->ptr == NULL;
}

struct zone_field
zone_reader_behind(const struct zone_entry *entry)
{
    if (entry->field_count == 0)
        return (struct zone_field){.line = entry->line, .column = 1};
    struct zone_field field = entry->fields[entry->field_count - 1];
    field.column += field.text.len + (field.is_quoted ? 2 : 0);
    field.is_quoted = false;
    field.text = SLICE_NONE;
    return field;
}

/* Note where a cursor over the field stopped, if it failed or left something. */
static bool
check_cursor(struct zone_reader *r, const struct zone_field *field,
             const struct cursor *c, const char *expected)
{
    if (cursor_at_end(c))
        return true;
    zone_reader_error_at(r, field, c->pos, cursor_ok(c) ? expected : c->expected, true);
    return false;
}

bool
zone_reader_name(struct zone_reader *r, const struct zone_field *field,
                 struct dns_name *name)
{
    struct cursor c = cursor_over(field->text);
    if (field->is_quoted) {
        zone_reader_error_at(r, field, 0, N_("no quotes: they belong to texts only"),
                             true);
        return false;
    }
    zone_text_name(&c, &r->origin, name);
    bool is_absolute =
        field->text.len > 0 && field->text.ptr[field->text.len - 1] == '.';
    if (!is_absolute && r->origin_is_given)
        r->uses_given_origin = true;
    return check_cursor(r, field, &c, N_("a domain name"));
}

bool
zone_reader_ttl(struct zone_reader *r, const struct zone_field *field, uint32_t *ttl)
{
    struct cursor c = cursor_over(field->text);
    *ttl = zone_text_seconds(&c);
    if (!check_cursor(r, field, &c, N_("a time to live")))
        return false;
    if (*ttl <= ZONE_TTL_MAX)
        return true;
    zone_reader_error_at(r, field, 0,
                         N_("a time to live below 2^31 seconds (RFC 2181 section 8)"),
                         true);
    return false;
}

/* ---- entries ------------------------------------------------------------------------------ */

/* Step to the start of the next line. */
static void
skip_line(struct zone_lexer *lexer)
{
    lexer->pos += slice_find(slice_skip(lexer->in, lexer->pos), '\n');
    if (lexer->pos < lexer->in.len)
        lexer->pos++;
    lexer->line++;
    lexer->line_start = lexer->pos;
}

/* After an error: what is left of its line is lost, and with a parenthesis open the lines
 * up to the next one that begins with a word, for there an entry was meant to start. */
static void
recover(struct zone_lexer *lexer)
{
    bool is_open = lexer->open > 0;
    lexer->open = 0;
    skip_line(lexer);
    while (is_open && lexer->pos < lexer->in.len) {
        char c = lexer->in.ptr[lexer->pos];
        if (c > ' ' && c != ')' && c != '(' && c != ';' && c != '"')
            return;
        skip_line(lexer);
    }
}

/* The place of the parenthesis that opens behind `from`, with blanks and comments
 * between. */
static struct zone_field
find_parenthesis(struct zone_lexer lexer, size_t from)
{
    lexer.pos = from;
    while (lexer.pos < lexer.in.len && lexer.in.ptr[lexer.pos] != '(') {
        if (lexer.in.ptr[lexer.pos] == ';' || lexer.in.ptr[lexer.pos] == '\n')
            skip_line(&lexer);
        else
            lexer.pos++;
    }
    return (struct zone_field){.line = lexer.line,
                               .column = lexer.pos - lexer.line_start + 1};
}

static bool
add_field(struct zone_reader *r, const struct zone_token *token)
{
    struct zone_field *field = zone_array_add(r, &r->fields, sizeof *field);
    if (field == NULL)
        return false;
    bool is_quoted = token->kind == ZONE_TOKEN_QUOTED;
    *field = (struct zone_field){token->text, is_quoted, token->line,
                                 token->column - is_quoted};
    return true;
}

/* Take back the fields that do not lie before `end`. */
static void
cut_fields(struct zone_array *fields, const char *end)
{
    const struct zone_field *all = fields->items;
    while (fields->count > 0 && all[fields->count - 1].text.ptr >= end)
        fields->count--;
}

/* The words themselves are broken: say so, and end the entry where the next may begin.
 * `opened` is the lexer before the first word that stands in parentheses. */
static void
end_broken(struct zone_lexer *lexer, const struct zone_token *token,
           struct zone_lexer opened, struct zone_array *fields, const char **problem,
           struct zone_field *at)
{
    *problem = token->problem;
    *at = (struct zone_field){.line = token->line, .column = token->column};
    if (lexer->pos == lexer->in.len && lexer->open > 0) {
        *at = find_parenthesis(opened, opened.pos);
        *lexer = opened;
        lexer->open = 1;
        recover(lexer);
        cut_fields(fields, lexer->in.ptr + lexer->pos);
    } else {
        recover(lexer);
    }
}

/* Give the entry its fields, in an array of their number: an entry that is cut had read
 * the whole text. */
static bool
keep_fields(struct zone_reader *r, struct zone_entry *entry)
{
    size_t octets = r->fields.count * sizeof *entry->fields;
    struct zone_field *fields = sceau_arena_alloc(r->arena, octets);
    if (fields == NULL) {
        r->has_failed = true;
        return false;
    }
    if (octets > 0)
        memcpy(fields, r->fields.items, octets);
    entry->fields = fields;
    entry->field_count = r->fields.count;
    return true;
}

bool
zone_reader_entry(struct zone_reader *r, struct zone_lexer *lexer,
                  struct zone_entry *entry, const char **problem, struct zone_field *at)
{
    size_t from = lexer->pos;
    struct zone_lexer before, opened = *lexer;
    *problem = NULL;
    if (from == lexer->in.len)
        return false;
    *entry = (struct zone_entry){.line = lexer->line};
    r->fields.count = 0;
    for (;;) {
        before = *lexer;
        struct zone_token token = zone_lexer_next(lexer);
        if (before.open == 0)
            opened = before;
        if (token.kind == ZONE_TOKEN_ERROR)
            end_broken(lexer, &token, opened, &r->fields, problem, at);
        if (token.kind != ZONE_TOKEN_WORD && token.kind != ZONE_TOKEN_QUOTED)
            break;
        if (r->fields.count == 0)
            entry->has_owner = token.is_line_start;
        if (!add_field(r, &token))
            return false;
    }
    if (r->fields.count == 0) /* they were cut off again */
        entry->has_owner = false;
    entry->text = slice_sub(lexer->in, from, lexer->pos - from);
    return keep_fields(r, entry);
}

/* ---- files -------------------------------------------------------------------------------- */

/* A parenthesis or a quote that was not closed took the lines behind with it. */
static bool
has_lines(const struct zone_entry *entry)
{
    return slice_find(entry->text, '\n') + 1 < entry->text.len;
}

static void
read_record(struct zone_reader *r, struct zone_entry *entry)
{
    size_t before = r->records.count;
    bool is_whole = entry->kind == ZONE_ENTRY_RECORD;
    if (!zone_reader_record(r, entry))
        entry->kind = ZONE_ENTRY_BROKEN;
    if (r->records.count == before || (!is_whole && has_lines(entry)))
        zone_reader_lose(r);
}

/* BIND takes a record on a last line without a line end, and refuses a directive. */
static bool
expect_line_end(struct zone_reader *r, const struct zone_entry *entry)
{
    struct zone_field behind = zone_reader_behind(entry);
    bool may_end = entry->field_count == 2 && /* an origin might follow */
                   slice_eq_ci(entry->fields[0].text, SCEAU_SLICE("$INCLUDE"));
    if (may_end || entry->text.ptr[entry->text.len - 1] == '\n')
        return true;
    zone_reader_error_at(r, &behind, 0,
                         N_("a line end: BIND refuses a directive without one"), true);
    return false;
}

static void
read_entry(struct zone_reader *r, struct zone_entry *entry, const char *problem,
           const struct zone_field *at)
{
    bool is_directive = entry->has_owner && entry->fields[0].text.ptr[0] == '$';
    if (problem != NULL) {
        zone_reader_error(r, at->line, at->column, problem, false);
        entry->kind = ZONE_ENTRY_BROKEN;
        if (!is_directive && entry->field_count > 0)
            read_record(r, entry);
        else
            r->has_lost_names = true;
    } else if (entry->field_count == 0) {
        entry->kind = ZONE_ENTRY_EMPTY;
    } else if (is_directive) {
        entry->kind = ZONE_ENTRY_DIRECTIVE;
        if (!zone_reader_directive(r, entry)) {
            entry->kind = ZONE_ENTRY_BROKEN;
            r->has_lost_names |=
                !slice_eq_ci(entry->fields[0].text, SCEAU_SLICE("$TTL"));
        } else if (!expect_line_end(r, entry)) {
            entry->kind = ZONE_ENTRY_BROKEN;
        }
    } else {
        entry->kind = ZONE_ENTRY_RECORD;
        read_record(r, entry);
    }
}

/* What lies behind the last error that was noted: one entry, so that the file stays
 * whole. */
static void
keep_rest(struct zone_entry *entry, struct zone_lexer *lexer)
{
    *entry = (struct zone_entry){
        .kind = ZONE_ENTRY_BROKEN,
        .text = slice_skip(lexer->in, lexer->pos),
        .line = lexer->line,
    };
    lexer->pos = lexer->in.len;
}

void
zone_reader_file(struct zone_reader *r, struct zone_file *file)
{
    struct zone_array entries = {0};
    struct zone_lexer lexer = zone_lexer_over(file->text);
    while (!r->has_failed && lexer.pos < lexer.in.len) {
        const char *problem = NULL;
        struct zone_field at = {0};
        struct zone_entry *entry = sceau_arena_alloc(r->arena, sizeof *entry);
        struct zone_entry **slot = zone_array_add(r, &entries, sizeof(void *));
        if (entry == NULL || slot == NULL) {
            r->has_failed = true;
            return;
        }
        *slot = entry;
        r->file = file;
        r->entry = entry;
        if (r->is_cut)
            keep_rest(entry, &lexer);
        else if (zone_reader_entry(r, &lexer, entry, &problem, &at))
            read_entry(r, entry, problem, &at);
    }
    file->entries = entries.items;
    file->entry_count = entries.count;
}

static enum sceau_status
read_document(struct zone_reader *r, struct sceau_slice name, struct sceau_slice text,
              struct zone_document *document)
{
    struct zone_file *file = sceau_arena_alloc(r->arena, sizeof *file);
    struct zone_file **slot = zone_array_add(r, &r->files, sizeof(void *));
    if (file == NULL || slot == NULL)
        return SCEAU_E_LIMIT;
    *slot = file;
    file->name = name;
    file->text = text;
    if (r->is_script)
        zone_reader_script(r, file);
    else
        zone_reader_file(r, file);
    *document = (struct zone_document){
        .files = r->files.items,
        .file_count = r->files.count,
        .records = r->records.items,
        .record_count = r->records.count,
        .errors = r->errors.items,
        .error_count = r->errors.count,
        .lost = r->lost.items,
        .lost_count = r->lost.count,
        .has_lost_names = r->has_lost_names || r->is_cut,
        .is_script = r->is_script,
        .zones = r->zones.items,
        .zone_count = r->zones.count,
        .deletions = r->deletions.items,
        .deletion_count = r->deletions.count,
        .is_cut = r->is_cut,
        .uses_given_origin = r->uses_given_origin,
        .has_default_ttl = r->has_default_ttl,
    };
    return r->has_failed ? SCEAU_E_LIMIT : SCEAU_OK;
}

static enum sceau_status
read_with_parser(struct zone_reader *r, struct sceau_slice name,
                 struct sceau_slice text, struct zone_document *document)
{
    r->parser = calloc(1, sizeof *r->parser);
    if (r->parser == NULL)
        return SCEAU_E_SYSTEM;
    r->parser->error = &r->parser_error;
    enum sceau_status status = read_document(r, name, text, document);
    free(r->parser);
    return status;
}

enum sceau_status
zone_nsupdate_read(struct sceau_arena *arena, struct sceau_slice name,
                   struct sceau_slice text, struct zone_document *document)
{
    struct zone_reader r = {.arena = arena,
                            .is_script = true,
                            .origin = dns_name_root()};
    return read_with_parser(&r, name, text, document);
}

enum sceau_status
zone_document_read(struct sceau_arena *arena, struct sceau_slice name,
                   struct sceau_slice text, const struct dns_name *origin,
                   struct zone_loader *loader, struct zone_document *document)
{
    struct zone_reader r = {
        .arena = arena,
        .loader = loader,
        .origin = *origin,
        .origin_is_given = true,
    };
    if (zone_nsupdate_is(text))
        return zone_nsupdate_read(arena, name, text, document);
    return read_with_parser(&r, name, text, document);
}
