#include "compose.h"

#include "core/base64.h"
#include "core/date.h"

/* RFC 2047 section 2: a line with encoded words has at most 76 characters, "Subject: " in
 * front of the first included, so 39 octets go into one; it may not end within a UTF-8
 * character. */
#define ENCODED_WORD 39

void
compose_encoded(struct text *t, struct sceau_arena *arena, struct sceau_slice s)
{
    while (s.len > 0) {
        size_t len = 0;
        while (len < s.len) {
            size_t n = slice_utf8_length(slice_skip(s, len));
            n = n > 0 ? n : 1;
            if (len + n > ENCODED_WORD)
                break;
            len += n;
        }
        text_format(t, "=?UTF-8?B?%.*s?=%s",
                    SLICE_ARG(base64_encoded(arena, slice_sub(s, 0, len))),
                    len < s.len ? "\r\n " : "");
        s = slice_skip(s, len);
    }
}

void
compose_date(struct text *t, int64_t seconds)
{
    static const char days[][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct date d = date_of(seconds);
    int64_t second = seconds % 86400;
    text_format(t, "%s, %02u %s %04u %02d:%02d:%02d +0000", days[seconds / 86400 % 7],
                d.day, months[d.month - 1], d.year, (int)(second / 3600),
                (int)(second / 60 % 60), (int)(second % 60));
}
