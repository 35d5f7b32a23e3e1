/* The grammar of SMTP replies: RFC 5321 section 4.2, and nothing of what they mean.
 *
 *     Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
 *
 * Lenient where servers are: a line may end in LF alone, its text may be any octet but LF.
 * Strict where it matters: one code for all lines, and limits. */
#include "smtp_reply.h"

#include "core/text.h"

/* Reply-code = %x32-35 %x30-35 %x30-39 */
static bool
read_code(struct sceau_slice line, unsigned *code)
{
    if (line.len < 3 || line.ptr[0] < '2' || line.ptr[0] > '5' || line.ptr[1] < '0' ||
        line.ptr[1] > '5' || !ascii_is_digit(line.ptr[2]))
        return false;
    *code = (unsigned)(line.ptr[0] - '0') * 100 + (unsigned)(line.ptr[1] - '0') * 10 +
            (unsigned)(line.ptr[2] - '0');
    return true;
}

/* Can an unfinished line still become one? Its code is looked at as soon as it is there. */
static const char *
judge_start(struct sceau_slice rest)
{
    unsigned code;
    if (rest.len >= SMTP_REPLY_LINE_MAX)
        return N_("the end of a line");
    if (rest.len >= 3 && !read_code(rest, &code))
        return N_("a reply code");
    if (rest.len > 3 && rest.ptr[3] != ' ' && rest.ptr[3] != '-' && rest.ptr[3] != '\r')
        return N_("a blank or a hyphen behind the code");
    return NULL;
}

/* One whole line without its end. NULL, or what should have stood there. */
static const char *
read_line(struct smtp_reply *reply, struct sceau_slice line, bool *is_last)
{
    unsigned code;
    if (!read_code(line, &code))
        return N_("a reply code");
    if (line.len > 3 && line.ptr[3] != ' ' && line.ptr[3] != '-')
        return N_("a blank or a hyphen behind the code");
    if (reply->line_count > 0 && code != reply->code)
        return N_("the same code on each line");
    if (reply->line_count == SMTP_REPLY_LINES_MAX)
        return N_("a reply of at most 100 lines");
    *is_last = line.len == 3 || line.ptr[3] == ' ';
    reply->code = code;
    reply->lines[reply->line_count++] = slice_skip(line, line.len > 3 ? 4 : 3);
    return NULL;
}

enum smtp_reading
smtp_reply_read(struct sceau_slice in, struct smtp_reply *reply, const char **expected)
{
    bool is_last = false;
    reply->code = 0;
    reply->octets = 0;
    reply->line_count = 0;
    reply->has_bare_lf = false;
    *expected = NULL;
    while (!is_last && *expected == NULL) {
        struct sceau_slice rest = slice_skip(in, reply->octets);
        size_t end = slice_find(rest, '\n');
        if (end == rest.len) {
            *expected = judge_start(rest);
            return *expected != NULL ? SMTP_READING_BROKEN : SMTP_READING_MORE;
        }
        reply->octets += end + 1;
        if (end >= SMTP_REPLY_LINE_MAX || reply->octets > SMTP_REPLY_MAX) {
            *expected = N_("a shorter reply");
            break;
        }
        bool has_cr = end > 0 && rest.ptr[end - 1] == '\r';
        reply->has_bare_lf = reply->has_bare_lf || !has_cr;
        *expected =
            read_line(reply, slice_sub(rest, 0, has_cr ? end - 1 : end), &is_last);
    }
    return *expected != NULL ? SMTP_READING_BROKEN : SMTP_READING_WHOLE;
}

/* Up to the first blank. */
static struct sceau_slice
first_word(struct sceau_slice line)
{
    return slice_sub(line, 0, slice_find(line, ' '));
}

bool
smtp_reply_offers(const struct smtp_reply *reply, struct sceau_slice keyword)
{
    for (size_t i = 1; i < reply->line_count; i++) {
        if (slice_eq_ci(first_word(reply->lines[i]), keyword))
            return true;
    }
    return false;
}

struct sceau_slice
smtp_reply_name(const struct smtp_reply *reply)
{
    return reply->line_count > 0 ? first_word(slice_trim(reply->lines[0])) : SLICE_NONE;
}
