/* Master-file text as words (RFC 1035 section 5.1): comments dropped, parentheses joining
 * lines, quotes kept apart from words. Escapes stay as written: what a dot means depends
 * on them. */
#ifndef DNS_ZONELEXER_H
#define DNS_ZONELEXER_H

#include "core/slice.h"

enum zone_token_kind {
    ZONE_TOKEN_WORD,
    ZONE_TOKEN_QUOTED, /* text is what stands between the quotes */
    ZONE_TOKEN_LINE_END,
    ZONE_TOKEN_END, /* of the text */
    ZONE_TOKEN_ERROR,
};

struct zone_token {
    enum zone_token_kind kind;
    struct sceau_slice text;
    size_t line;         /* from 1 */
    size_t column;       /* from 1, octets; of the first octet of text */
    bool is_line_start;  /* stands in the first column of its line */
    const char *problem; /* ERROR: what should have stood here; static */
};

struct zone_lexer {
    struct sceau_slice in;
    size_t pos;
    size_t line;
    size_t line_start; /* where the current line begins in `in` */
    size_t open;       /* parentheses not yet closed */
    bool no_comments;  /* a semicolon is an octet like others: nsupdate's commands */
};

static inline struct zone_lexer
zone_lexer_over(struct sceau_slice in)
{
    return (struct zone_lexer){.in = in, .line = 1};
}

/* The next token. After END or ERROR it is the same again. */
struct zone_token zone_lexer_next(struct zone_lexer *lexer);

#endif
