#include "opaque.h"

#define WORD_MIN   16 /* octets of a word that is no link's */
#define NUMBER_MIN 9  /* digits of a number: a date has eight */
#define LINK_MIN   6  /* octets in a link, a digit among them */
#define LINK_LONG  20 /* octets in a link, whatever they are */

size_t
opaque_length(struct sceau_slice s, bool is_link)
{
    size_t len = 0;
    while (len < s.len &&
           (ascii_is_alnum(s.ptr[len]) || s.ptr[len] == '-' || s.ptr[len] == '_' ||
            (is_link && (s.ptr[len] == '%' || s.ptr[len] == '~' || s.ptr[len] == '+'))))
        len++;
    return len;
}

bool
opaque_is(struct sceau_slice word, bool is_link)
{
    size_t digits = 0, letters = 0;
    for (size_t i = 0; i < word.len; i++) {
        digits += ascii_is_digit(word.ptr[i]);
        letters += ascii_is_alpha(word.ptr[i]);
    }
    if (is_link)
        return (digits > 0 && word.len >= LINK_MIN) || word.len >= LINK_LONG;
    return letters > 0 ? digits > 1 && word.len >= WORD_MIN : digits >= NUMBER_MIN;
}

size_t
opaque_link_begin(struct sceau_slice s)
{
    size_t len = 3;
    if (s.len < 3 || memcmp(s.ptr, "://", 3) != 0)
        return 0;
    while (len < s.len && s.ptr[len] != '/' && s.ptr[len] != '?' && s.ptr[len] != '#')
        len++;
    return len;
}
