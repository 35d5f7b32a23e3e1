/* Received fields as MTAs really write them:
 *
 *     from HELO (NAME [ADDRESS]) by HOST with …        Postfix, Sendmail
 *     from [ADDRESS] (helo=HELO) by HOST …             Exim
 *     from NAME ([ADDRESS] helo=HELO) by HOST …        Exim
 *     from HELO (ADDRESS) by HOST …                    others
 *
 * The clauses stand before the semicolon of the date; comments nest. */
#include "received.h"

#include "core/cursor.h"
#include "core/ip.h"

static bool
is_word_octet(char c)
{
    return !ascii_is_fws(c) && c != '(' && c != ')' && c != ';';
}

/* "[192.0.2.1]", "[IPv6:2001:db8::1]", "192.0.2.1", with or without brackets. */
static bool
parse_address(struct sceau_slice word, struct sceau_ip *ip)
{
    if (word.len >= 2 && word.ptr[0] == '[') {
        size_t end = slice_find(word, ']');
        if (end == word.len)
            return false;
        word = slice_sub(word, 1, end - 1);
    }
    if (slice_starts_ci(word, SCEAU_SLICE("IPv6:")))
        word = slice_skip(word, 5);
    return sceau_ip_parse(word, ip);
}

/* One word of the "from" clause: the name itself, or what a comment adds. */
static void
read_from_word(struct sceau_slice word, bool is_first, struct received *out)
{
    static const struct sceau_slice helo = {"helo=", 5};
    struct sceau_ip ip;
    bool is_address = parse_address(word, &ip);
    /* An address in the comment is what the server saw; the first word is what the
     * client said, and counts only when nothing better follows. */
    if (is_address)
        out->ip = ip;
    if (is_first)
        out->helo = word;
    else if (slice_starts_ci(word, helo))
        out->helo = slice_skip(word, helo.len);
}

bool
received_parse(struct sceau_slice body, struct received *out)
{
    enum {
        BEFORE,
        FROM,
        BY,
        AFTER
    } clause = BEFORE;
    struct cursor c = cursor_over(body);
    unsigned depth = 0;
    bool is_first = false;
    *out = (struct received){0};
    while (cursor_peek(&c) >= 0 && (depth > 0 || cursor_peek(&c) != ';')) {
        struct sceau_slice word = cursor_take_while(&c, is_word_octet);
        if (word.len == 0) {
            int octet = cursor_peek(&c);
            depth += octet == '(';
            depth -= octet == ')' && depth > 0;
            c.pos++;
        } else if (depth == 0 && clause == BEFORE &&
                   slice_eq_ci(word, SCEAU_SLICE("from"))) {
            clause = FROM;
            is_first = true;
        } else if (depth == 0 && clause < BY && slice_eq_ci(word, SCEAU_SLICE("by"))) {
            clause = BY;
        } else if (clause == FROM) {
            read_from_word(word, is_first, out);
            is_first = false;
        } else if (clause == BY && depth == 0) {
            out->by = word;
            clause = AFTER;
        }
    }
    return clause != BEFORE;
}
