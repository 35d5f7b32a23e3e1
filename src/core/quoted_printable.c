#include "quoted_printable.h"

#include "hex.h"

/* ---- reading ---- */

/* A line without its end; true when it goes on in the next one. */
static bool
decode_line(struct text *out, struct sceau_slice line)
{
    while (line.len > 0 && ascii_is_fws(line.ptr[line.len - 1]))
        line.len--;
    bool goes_on = line.len > 0 && line.ptr[line.len - 1] == '=';
    line.len -= goes_on;
    for (size_t i = 0; i < line.len; i++) {
        bool is_escape = line.ptr[i] == '=' && line.len - i >= 3 &&
                         ascii_hex_digit(line.ptr[i + 1]) >= 0 &&
                         ascii_hex_digit(line.ptr[i + 2]) >= 0;
        if (is_escape) {
            text_octet(out, (char)(ascii_hex_digit(line.ptr[i + 1]) * 16 +
                                   ascii_hex_digit(line.ptr[i + 2])));
            i += 2;
        } else {
            text_octet(out, line.ptr[i]);
        }
    }
    return goes_on;
}

struct sceau_slice
quoted_printable_decoded(struct sceau_arena *arena, struct sceau_slice text)
{
    struct text out = text_new(arena, SIZE_MAX);
    struct sceau_slice line;
    text_reserve(&out, text.len); /* of nothing comes an empty text, not none */
    while (text.len > 0 && slice_next(&text, '\n', &line)) {
        bool has_end = text.ptr != NULL;
        if (!decode_line(&out, line) && has_end)
            text_octet(&out, '\n');
    }
    return text_done(&out);
}

/* ---- writing ---- */

/* Has the octet at `i` of the line to be an escape? */
static bool
is_escaped(struct sceau_slice line, size_t i)
{
    char c = line.ptr[i];
    if (ascii_is_wsp(c))
        return i + 1 == line.len;
    return c <= ' ' || c > '~' || c == '=';
}

static void
write_line(struct text *t, struct sceau_slice line)
{
    size_t len = 0; /* of the line that is written */
    for (size_t i = 0; i < line.len; i++) {
        bool is_mark = len == 0 &&
                       (line.ptr[i] == '-' || line.ptr[i] == 'F' || line.ptr[i] == '.');
        bool is_escape = is_mark || is_escaped(line, i);
        if (len + (is_escape ? 3 : 1) > QUOTED_PRINTABLE_LINE - 1) {
            text_string(t, "=\r\n");
            len = 0;
            i--;
            continue;
        }
        if (is_escape)
            text_format(t, "=%02X", (unsigned)(unsigned char)line.ptr[i]);
        else
            text_octet(t, line.ptr[i]);
        len += is_escape ? 3 : 1;
    }
    text_string(t, "\r\n");
}

void
quoted_printable_write(struct text *t, struct sceau_slice octets)
{
    struct sceau_slice line;
    while (octets.len > 0 && slice_next(&octets, '\n', &line)) {
        if (line.len > 0 && line.ptr[line.len - 1] == '\r')
            line.len--;
        write_line(t, line);
    }
}
