/* Reading and writing of query strings and cookies. Source: the URL standard, section
 * application/x-www-form-urlencoded; RFC 6265 section 4.2. */
#include "web/query.h"

#include "core/hex.h"

bool
query_decode(struct sceau_arena *arena, struct sceau_slice text, bool is_form,
             struct sceau_slice *value)
{
    char *out = sceau_arena_alloc(arena, text.len + 1);
    size_t n = 0;
    if (out == NULL)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '+' && is_form) {
            c = ' ';
        } else if (c == '%') {
            int high = i + 2 < text.len ? ascii_hex_digit(text.ptr[i + 1]) : -1;
            int low = i + 2 < text.len ? ascii_hex_digit(text.ptr[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        }
        if (c == '\0')
            return false;
        out[n++] = c;
    }
    *value = (struct sceau_slice){out, n};
    return true;
}

bool
query_set(struct query *query, const char *name, struct sceau_slice value)
{
    query_remove(query, name);
    if (query->count == QUERY_PARAMETERS_MAX)
        return false;
    query->items[query->count++] =
        (struct query_parameter){sceau_slice_from(name), value};
    return true;
}

static size_t
find(const struct query *query, struct sceau_slice name)
{
    size_t i = 0;
    while (i < query->count && !slice_eq(query->items[i].name, name))
        i++;
    return i;
}

void
query_remove(struct query *query, const char *name)
{
    size_t at = find(query, sceau_slice_from(name));
    if (at == query->count)
        return;
    query->count--;
    for (size_t i = at; i < query->count; i++)
        query->items[i] = query->items[i + 1];
}

struct sceau_slice
query_get(const struct query *query, const char *name)
{
    size_t at = find(query, sceau_slice_from(name));
    return at < query->count ? query->items[at].value : SLICE_NONE;
}

static bool
add(struct sceau_arena *arena, struct sceau_slice pair, struct query *query)
{
    size_t equals = slice_find(pair, '=');
    struct query_parameter *p = &query->items[query->count];
    struct sceau_slice raw = slice_sub(pair, 0, equals);
    struct sceau_slice value =
        equals < pair.len ? slice_skip(pair, equals + 1) : SCEAU_SLICE("");
    if (query->count == QUERY_PARAMETERS_MAX ||
        !query_decode(arena, raw, true, &p->name) ||
        !query_decode(arena, value, true, &p->value) || p->name.len == 0 ||
        find(query, p->name) < query->count)
        return false;
    query->count++;
    return true;
}

bool
query_parse(struct sceau_arena *arena, struct sceau_slice text, struct query *query)
{
    struct sceau_slice pair;
    query->count = 0;
    if (text.len > QUERY_TEXT_MAX)
        return false;
    if (text.len == 0)
        return true;
    while (slice_next(&text, '&', &pair)) {
        if (pair.len > 0 && !add(arena, pair, query))
            return false;
    }
    return true;
}

void
query_encode(struct text *t, struct sceau_slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (ascii_is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~')
            text_octet(t, c);
        else
            text_format(t, "%%%02X", (unsigned char)c);
    }
}

void
query_write(struct text *t, const struct query *query)
{
    for (size_t i = 0; i < query->count; i++) {
        text_octet(t, i == 0 ? '?' : '&');
        query_encode(t, query->items[i].name);
        text_octet(t, '=');
        query_encode(t, query->items[i].value);
    }
}

struct sceau_slice
cookie_get(struct sceau_slice field, const char *name)
{
    struct sceau_slice pair, wanted = sceau_slice_from(name), found = SLICE_NONE;
    if (field.len == 0)
        return SLICE_NONE;
    while (slice_next(&field, ';', &pair)) {
        pair = slice_trim(pair);
        size_t equals = slice_find(pair, '=');
        if (equals == pair.len || !slice_eq(slice_sub(pair, 0, equals), wanted))
            continue;
        if (found.ptr != NULL)
            return SLICE_NONE;
        found = slice_skip(pair, equals + 1);
    }
    return found;
}
