/* JSON strings as octets and back. In a mail any octet may stand anywhere, and JSON knows
 * code points only: HARNESS.md makes U+0000..U+00FF one octet each. */
#include "core/text.h"
#include "harness.h"

/* Decode one code point of UTF-8 that jansson has checked. */
static unsigned
next_code_point(const unsigned char *text, size_t *pos)
{
    unsigned c = text[(*pos)++];
    unsigned more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    if (more > 0)
        c &= 0x3fu >> more;
    for (; more > 0; more--)
        c = c << 6 | (text[(*pos)++] & 0x3fu);
    return c;
}

struct sceau_slice
harness_text(const json_t *value)
{
    if (!json_is_string(value))
        return SLICE_NONE;
    return (struct sceau_slice){json_string_value(value), json_string_length(value)};
}

struct sceau_slice
harness_octets(struct harness_case *c, const json_t *value)
{
    struct sceau_slice text = harness_text(value);
    char *octets = sceau_arena_alloc(c->inputs, text.len + 1);
    size_t len = 0;
    if (octets == NULL) {
        harness_fail(c, "the strings of this case need more than %zu octets",
                     HARNESS_INPUT_MEMORY);
        return SLICE_NONE;
    }
    for (size_t pos = 0; pos < text.len;) {
        unsigned code_point = next_code_point((const unsigned char *)text.ptr, &pos);
        if (code_point > 0xff)
            return text;
        octets[len++] = (char)(unsigned char)code_point;
    }
    return (struct sceau_slice){octets, len};
}

json_t *
harness_string(struct sceau_slice octets)
{
    if (octets.ptr == NULL)
        return json_null();
    char *text = malloc(2 * octets.len + 1);
    size_t len = 0;
    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < octets.len; i++) {
        unsigned char octet = (unsigned char)octets.ptr[i];
        if (octet >= 0x80)
            text[len++] = (char)(0xc0 | octet >> 6);
        text[len++] = (char)(octet < 0x80 ? octet : 0x80 | (octet & 0x3f));
    }
    json_t *string = json_stringn(text, len);
    free(text);
    return string;
}

json_t *
harness_name(struct sceau_slice name)
{
    return harness_string(name.len > 0 ? name : SLICE_NONE);
}

json_t *
harness_word(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

void
harness_put(json_t *result, const char *key, json_t *value)
{
    json_object_set_new(result, key, value);
}
