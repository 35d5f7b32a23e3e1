/* Cells of CSV. What a terminal would obey is written as \xHH: the file may be looked at
 * before a spreadsheet opens it. */
#include "csv.h"

/* Octets of the character at the start, 0 when it is a control character or none. */
static size_t
clean_length(struct sceau_slice s)
{
    unsigned char c = (unsigned char)s.ptr[0];
    if (c == '\n' || c == '\t')
        return 1;
    if (c < 0x20 || c == 0x7f)
        return 0;
    size_t len = slice_utf8_length(s);
    bool is_c1 = len == 2 && c == 0xc2 && (unsigned char)s.ptr[1] < 0xa0;
    return is_c1 ? 0 : len;
}

void
csv_cell(struct text *out, struct sceau_slice cell, const char *end)
{
    text_octet(out, '"');
    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): looked for in seven octets */
    if (cell.len > 0 && memchr("=+-@\t\r\n", cell.ptr[0], 7) != NULL)
        text_octet(out, '\'');
    while (cell.len > 0) {
        size_t len = clean_length(cell);
        if (cell.ptr[0] == '"')
            text_octet(out, '"');
        if (len == 0)
            text_format(out, "\\x%02x", (unsigned)(unsigned char)cell.ptr[0]);
        text_slice(out, slice_sub(cell, 0, len));
        cell = slice_skip(cell, len > 0 ? len : 1);
    }
    text_octet(out, '"');
    text_string(out, end);
}
