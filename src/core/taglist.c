/* The tag=value list of RFC 6376 section 3.2:
 *
 *     tag-list  = tag-spec *( ";" tag-spec ) [ ";" ]
 *     tag-spec  = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]
 *     tag-value = [ tval *( 1*(WSP / FWS) tval ) ]   ; tval = 1*VALCHAR
 *     VALCHAR   = %x21-3A / %x3C-7E
 *
 * RFC 8616 lets 8-bit octets of UTF-8 stand in values. */
#include "taglist.h"

#include "cursor.h"

/* tag-name = ALPHA *ALNUMPUNC, with "_" */
static bool
is_name_octet(char c)
{
    return ascii_is_alnum(c) || c == '_';
}

static bool
is_value_octet(char c)
{
    unsigned char u = (unsigned char)c;
    return ascii_is_fws(c) || (u > 0x20 && u != ';' && u != 0x7f);
}

static struct tag
parse_tag_spec(struct cursor *c)
{
    struct tag tag = {0};
    cursor_skip_fws(c);
    if (!ascii_is_alpha((char)cursor_peek(c)))
        cursor_fail(c, "a tag name");
    tag.name = cursor_take_while(c, is_name_octet);
    cursor_skip_fws(c);
    cursor_expect(c, '=', "\"=\" after the tag name");
    tag.value_offset = c->pos;
    struct sceau_slice value = cursor_take_while(c, is_value_octet);
    tag.value_length = value.len;
    tag.value = slice_trim(value);
    return tag;
}

enum sceau_status
taglist_parse(struct sceau_arena *arena, struct sceau_slice text, struct taglist *list,
              struct sceau_diag *diag)
{
    struct tag tags[TAGLIST_TAGS_MAX];
    struct taglist found = {.tags = tags};
    struct cursor c = cursor_over(text);
    while (cursor_ok(&c)) {
        size_t start = c.pos;
        struct tag tag = parse_tag_spec(&c);
        if (!cursor_ok(&c))
            break;
        if (taglist_find(&found, tag.name) != NULL) {
            c.pos = start;
            cursor_fail(&c, "each tag once");
            break;
        }
        if (found.count == TAGLIST_TAGS_MAX)
            return SCEAU_E_LIMIT;
        tags[found.count++] = tag;
        if (!cursor_accept(&c, ';')) {
            if (c.pos < c.in.len)
                cursor_fail(&c, "\";\" or the end");
            break;
        }
        size_t after = c.pos;
        cursor_skip_fws(&c);
        if (c.pos == c.in.len)
            break;
        c.pos = after;
    }
    if (!cursor_ok(&c))
        return cursor_status(&c, diag);
    list->tags = sceau_arena_alloc(arena, (found.count + 1) * sizeof *tags);
    if (list->tags == NULL)
        return SCEAU_E_LIMIT;
    memcpy(list->tags, tags, found.count * sizeof *tags);
    list->count = found.count;
    return SCEAU_OK;
}

const struct tag *
taglist_find(const struct taglist *list, struct sceau_slice name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (slice_eq(list->tags[i].name, name))
            return &list->tags[i];
    }
    return NULL;
}
