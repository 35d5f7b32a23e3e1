/* Requests and answers as lines. The daemon trusts nobody who can open its socket to write
 * well, and the command line trusts the daemon as little. */
#include "control/control.h"

#include "core/cursor.h"
#include "core/domain.h"

#include <inttypes.h>

static const struct verb {
    const char *words;
    enum control_verb verb;
} verbs[] = {
    {"cache list",  CONTROL_CACHE_LIST },
    {"cache flush", CONTROL_CACHE_FLUSH},
};

/* ---- requests ---- */

static bool
is_name_octet(char c)
{
    return c > ' ' && c < 0x7f;
}

/* A name as it is asked for; one dot alone is the root, and that is everything. */
static void
parse_name(struct cursor *c, struct sceau_slice *name)
{
    size_t start = c->pos;
    *name = cursor_take_while(c, is_name_octet);
    if (name->len > 0 && name->ptr[name->len - 1] == '.')
        name->len--;
    bool is_root = name->len == 0 && c->pos > start;
    if (!cursor_at_end(c) ||
        !(is_root || (name->len <= CONTROL_NAME_MAX && domain_is_askable(*name)))) {
        c->pos = start;
        cursor_fail(c, "a name of DNS");
    }
}

enum sceau_status
control_request_parse(struct sceau_arena *arena, struct sceau_slice line,
                      struct control_request *request, struct sceau_diag *diag)
{
    struct cursor c = cursor_over(line);
    bool is_known = false;
    *request = (struct control_request){0};
    if (line.len >= CONTROL_REQUEST_MAX)
        return SCEAU_E_LIMIT;
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs && !is_known; i++) {
        is_known = cursor_accept_word(&c, sceau_slice_from(verbs[i].words));
        request->verb = verbs[i].verb;
    }
    if (!is_known)
        cursor_fail(&c, "a command: cache list, cache flush");
    struct sceau_slice name = SLICE_NONE;
    if (cursor_ok(&c) && !cursor_at_end(&c)) {
        cursor_expect(&c, ' ', "a blank");
        if (cursor_ok(&c))
            parse_name(&c, &name);
    }
    if (cursor_status(&c, diag) != SCEAU_OK)
        return SCEAU_E_SYNTAX;
    request->name = slice_copy_lower(arena, name);
    return request->name.ptr != NULL || name.len == 0 ? SCEAU_OK : SCEAU_E_LIMIT;
}

void
control_request_format(struct text *out, const struct control_request *request)
{
    text_string(out, verbs[request->verb].words);
    if (request->name.len > 0) {
        text_octet(out, ' ');
        text_slice(out, request->name);
    }
    text_octet(out, '\n');
}

/* ---- answers ---- */

void
control_item_format(struct text *out, const struct control_item *item)
{
    text_escaped(out, item->name);
    if (item->name.len == 0)
        text_octet(out, '.');
    text_format(out, "\t%.*s\t%.*s\t%" PRIu64 "\t%d\t%" PRIu64 "\t%" PRIu64 "\n",
                SLICE_ARG(item->type), SLICE_ARG(item->status), item->records,
                item->secure, item->left_s, item->octets);
}

/* Printable, with blanks: a name of DNS may have them. */
static bool
parse_word(struct sceau_slice *rest, size_t max, struct sceau_slice *word)
{
    if (!slice_next(rest, '\t', word) || word->len == 0 || word->len > max)
        return false;
    for (size_t i = 0; i < word->len; i++) {
        if (word->ptr[i] != ' ' && !is_name_octet(word->ptr[i]))
            return false;
    }
    return true;
}

static bool
parse_number(struct sceau_slice *rest, uint64_t max, uint64_t *number)
{
    struct sceau_slice word;
    return slice_next(rest, '\t', &word) && slice_decimal(word, max, number);
}

static bool
parse_item(struct sceau_slice line, struct control_item *item)
{
    uint64_t secure = 0;
    bool is_good = parse_word(&line, (size_t)CONTROL_NAME_MAX * 4, &item->name) &&
                   parse_word(&line, CONTROL_WORD_MAX, &item->type) &&
                   parse_word(&line, CONTROL_WORD_MAX, &item->status) &&
                   parse_number(&line, INT64_MAX, &item->records) &&
                   parse_number(&line, 1, &secure) &&
                   parse_number(&line, INT64_MAX, &item->left_s) &&
                   parse_number(&line, INT64_MAX, &item->octets) && line.ptr == NULL;
    item->secure = secure != 0;
    return is_good;
}

static bool
take_word(struct sceau_slice *line, struct sceau_slice word)
{
    if (line->len < word.len || memcmp(line->ptr, word.ptr, word.len) != 0)
        return false;
    *line = slice_skip(*line, word.len);
    return true;
}

enum control_line
control_line_parse(struct sceau_slice line, struct control_item *item, uint64_t *count,
                   struct sceau_slice *text)
{
    *item = (struct control_item){0};
    if (slice_eq(line, SCEAU_SLICE("ok")))
        return CONTROL_LINE_OK;
    if (take_word(&line, SCEAU_SLICE("error "))) {
        *text = line;
        return CONTROL_LINE_ERROR;
    }
    if (take_word(&line, SCEAU_SLICE("end ")))
        return slice_decimal(line, INT64_MAX, count) ? CONTROL_LINE_END
                                                     : CONTROL_LINE_BROKEN;
    return parse_item(line, item) ? CONTROL_LINE_ITEM : CONTROL_LINE_BROKEN;
}
