/* Readers of what other programs wrote. Line by line: none of them has a line that goes on
 * in the next, but for the value of a block. */
#include "import.h"

#include "core/text.h"

/* ---- lines ---- */

struct lines {
    struct sceau_slice text, rest;
    size_t number; /* of the line at hand, from 1 */
};

static bool
next_line(struct lines *l, struct sceau_slice *line)
{
    if (l->rest.ptr == NULL || !slice_next(&l->rest, '\n', line))
        return false;
    l->number++;
    if (line->len > 0 && line->ptr[line->len - 1] == '\r')
        line->len--;
    return true;
}

static struct lines
lines_of(struct sceau_slice text)
{
    return (struct lines){text, text.len > 0 ? text : SLICE_NONE, 0};
}

static enum sceau_status
refuse(const struct lines *l, struct sceau_slice at, const char *expected,
       struct sceau_diag *diag)
{
    if (diag != NULL)
        *diag = (struct sceau_diag){(size_t)(at.ptr - l->text.ptr), expected};
    return SCEAU_E_SYNTAX;
}

static size_t
count_lines(struct sceau_slice text)
{
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '\n';
    return count;
}

/* ---- what it is ---- */

static const struct sceau_slice domain_heading = {"DKIM Domain:", 12};

enum keys_text
keys_text_kind(struct sceau_slice text)
{
    struct lines l = lines_of(text);
    struct sceau_slice line;
    while (next_line(&l, &line)) {
        if (slice_eq(slice_trim(line), domain_heading))
            return KEYS_TEXT_BLOCKS;
        if (slice_starts_ci(slice_trim(line), SCEAU_SLICE("-----BEGIN ")))
            return KEYS_TEXT_PEM;
    }
    return KEYS_TEXT_TABLE;
}

/* ---- blocks ---- */

/* The headings; what is not wanted has no member. */
static const struct heading {
    const char *text;
    bool is_wanted;
    size_t offset;
} headings[] = {
    {"DKIM Domain:",              true, offsetof(struct keys_found,domain)},
    {"DKIM Selector:",                           true,                offsetof(struct keys_found,selector)},
    {"DKIM Private Key:",                  true,                      offsetof(struct keys_found,                   key)},
    {"DKIM Public signature:", false,0},
    {"DKIM Identity:",                      false,                                              0                                                                                    },
    {"DKIM State:", false,0},
};

static const struct heading *
heading_of(struct sceau_slice line)
{
    for (size_t i = 0; i < sizeof headings / sizeof *headings; i++) {
        if (slice_eq(slice_trim(line), sceau_slice_from(headings[i].text)))
            return &headings[i];
    }
    return NULL;
}

/* A value grows by the line, blank ones at its ends left out. */
static void
add_to_value(struct keys_found *found, const struct heading *heading,
             struct sceau_slice line)
{
    struct sceau_slice *value =
        (struct sceau_slice *)(void *)((char *)found + heading->offset);
    if (slice_trim(line).len == 0)
        return;
    if (value->len == 0)
        *value = line;
    else
        value->len = (size_t)(line.ptr + line.len - value->ptr);
}

static const char *
lack_of(const struct keys_found *found)
{
    if (found->domain.len == 0)
        return N_("a domain behind DKIM Domain:");
    if (found->selector.len == 0)
        return N_("a selector behind DKIM Selector:");
    if (!slice_starts_ci(found->key, SCEAU_SLICE("-----BEGIN ")))
        return N_(
            "the private key behind DKIM Private Key: (sceau key query shows it with "
            "--private)");
    return NULL;
}

/* Whole, or refused at its first line. */
static enum sceau_status
finish_block(const struct lines *l, struct keys_found_list *list,
             struct sceau_slice first, struct sceau_diag *diag)
{
    if (list->count == 0)
        return SCEAU_OK;
    struct keys_found *found = &list->items[list->count - 1];
    found->domain = slice_trim(found->domain);
    found->selector = slice_trim(found->selector);
    const char *lack = lack_of(found);
    return lack != NULL ? refuse(l, first, lack, diag) : SCEAU_OK;
}

enum sceau_status
keys_import_blocks(struct sceau_arena *arena, struct sceau_slice text,
                   struct keys_found_list *list, struct sceau_diag *diag)
{
    struct lines l = lines_of(text);
    struct sceau_slice line, first = SLICE_NONE;
    const struct heading *at = NULL;
    enum sceau_status status = SCEAU_OK;
    *list = (struct keys_found_list){sceau_arena_alloc(arena, count_lines(text) *
                                                                  sizeof *list->items),
                                     0};
    if (list->items == NULL)
        return SCEAU_E_LIMIT;
    while (status == SCEAU_OK && next_line(&l, &line)) {
        const struct heading *heading = heading_of(line);
        if (heading == &headings[0]) {
            status = finish_block(&l, list, first, diag);
            list->items[list->count++] = (struct keys_found){.line = l.number};
            first = line;
        }
        if (heading != NULL)
            at = heading;
        else if (at != NULL && at->is_wanted && list->count > 0)
            add_to_value(&list->items[list->count - 1], at, line);
    }
    return status == SCEAU_OK ? finish_block(&l, list, first, diag) : status;
}

/* ---- tables ---- */

/* Cut a word off the front, and the blanks around it. */
static struct sceau_slice
take_word(struct sceau_slice *rest)
{
    *rest = slice_trim(*rest);
    size_t len = 0;
    while (len < rest->len && !ascii_is_wsp(rest->ptr[len]))
        len++;
    struct sceau_slice word = slice_sub(*rest, 0, len);
    *rest = slice_trim(slice_skip(*rest, len));
    return word;
}

static bool
take_until_colon(struct sceau_slice *rest, struct sceau_slice *part)
{
    size_t colon = slice_find(*rest, ':');
    if (colon == 0 || colon == rest->len)
        return false;
    *part = slice_sub(*rest, 0, colon);
    *rest = slice_skip(*rest, colon + 1);
    return true;
}

static bool
is_row(struct sceau_slice line)
{
    struct sceau_slice text = slice_trim(line);
    return text.len > 0 && text.ptr[0] != '#';
}

enum sceau_status
keys_import_table(struct sceau_arena *arena, struct sceau_slice text,
                  struct keys_found_list *list, struct sceau_diag *diag)
{
    struct lines l = lines_of(text);
    struct sceau_slice line;
    *list = (struct keys_found_list){sceau_arena_alloc(arena, count_lines(text) *
                                                                  sizeof *list->items),
                                     0};
    if (list->items == NULL)
        return SCEAU_E_LIMIT;
    while (next_line(&l, &line)) {
        struct keys_found found = {.line = l.number};
        struct sceau_slice rest = line;
        if (!is_row(line))
            continue;
        found.name = take_word(&rest);
        if (!take_until_colon(&rest, &found.domain) ||
            !take_until_colon(&rest, &found.selector) || rest.len == 0)
            return refuse(&l, line, "NAME DOMAIN:SELECTOR:KEY", diag);
        found.key = rest;
        list->items[list->count++] = found;
    }
    return SCEAU_OK;
}

/* "*@example.org", "ann@example.org", "example.org", ".example.org". */
static struct sceau_slice
domain_of_pattern(struct sceau_slice pattern)
{
    size_t at = slice_find_last(pattern, '@');
    struct sceau_slice domain =
        at < pattern.len ? slice_skip(pattern, at + 1) : pattern;
    bool is_wild =
        slice_find(domain, '*') < domain.len || slice_eq(domain, SCEAU_SLICE("."));
    return is_wild ? SLICE_NONE : domain;
}

enum sceau_status
keys_import_signing(struct sceau_arena *arena, struct sceau_slice text,
                    struct keys_signing_list *list, struct sceau_diag *diag)
{
    struct lines l = lines_of(text);
    struct sceau_slice line;
    *list = (struct keys_signing_list){
        sceau_arena_alloc(arena, count_lines(text) * sizeof *list->items), 0};
    if (list->items == NULL)
        return SCEAU_E_LIMIT;
    while (next_line(&l, &line)) {
        struct sceau_slice rest = line;
        if (!is_row(line))
            continue;
        struct keys_signing row = {.pattern = take_word(&rest), .line = l.number};
        row.name = take_word(&rest);
        if (row.name.len == 0)
            return refuse(&l, line, "PATTERN NAME", diag);
        row.domain = domain_of_pattern(row.pattern);
        list->items[list->count++] = row;
    }
    return SCEAU_OK;
}
