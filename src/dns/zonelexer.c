/* Words of master-file text (RFC 1035 section 5.1). No meaning is given to them here. */
#include "zonelexer.h"

#include "core/text.h"

static bool
at_end(const struct zone_lexer *lexer)
{
    return lexer->pos == lexer->in.len;
}

static void
step_line(struct zone_lexer *lexer)
{
    lexer->pos++;
    lexer->line++;
    lexer->line_start = lexer->pos;
}

static struct zone_token
token_at(const struct zone_lexer *lexer, enum zone_token_kind kind, size_t from,
         size_t len)
{
    return (struct zone_token){
        .kind = kind,
        .text = slice_sub(lexer->in, from, len),
        .line = lexer->line,
        .column = from - lexer->line_start + 1,
        .is_line_start = from == lexer->line_start,
    };
}

static struct zone_token
token_error(const struct zone_lexer *lexer, const char *problem)
{
    struct zone_token token = token_at(lexer, ZONE_TOKEN_ERROR, lexer->pos, 0);
    token.problem = problem;
    return token;
}

/* Blanks, comments, and line ends inside parentheses. A CR is a blank: files come from
 * everywhere. */
static void
skip_between(struct zone_lexer *lexer)
{
    while (!at_end(lexer)) {
        char c = lexer->in.ptr[lexer->pos];
        if (c == ' ' || c == '\t' || c == '\r') {
            lexer->pos++;
        } else if (c == ';' && !lexer->no_comments) {
            lexer->pos += slice_find(slice_skip(lexer->in, lexer->pos), '\n');
        } else if (c == '\n' && lexer->open > 0) {
            step_line(lexer);
        } else {
            return;
        }
    }
}

/* Octets to `from`'s end of word; a backslash takes the next octet with it. */
static struct zone_token
lex_word(struct zone_lexer *lexer)
{
    size_t from = lexer->pos;
    while (!at_end(lexer)) {
        char c = lexer->in.ptr[lexer->pos];
        if (c == ' ' || (c >= '\t' && c <= '\r') || c == '(' || c == ')' || c == '"' ||
            (c == ';' && !lexer->no_comments))
            break;
        lexer->pos++;
        if (c == '\\' && !at_end(lexer) && lexer->in.ptr[lexer->pos] != '\n')
            lexer->pos++;
    }
    return token_at(lexer, ZONE_TOKEN_WORD, from, lexer->pos - from);
}

static struct zone_token
lex_quoted(struct zone_lexer *lexer)
{
    size_t from = lexer->pos + 1;
    for (size_t at = from; at < lexer->in.len && lexer->in.ptr[at] != '\n'; at++) {
        bool has_next = at + 1 < lexer->in.len && lexer->in.ptr[at + 1] != '\n';
        if (lexer->in.ptr[at] == '\\' && has_next) {
            at++;
        } else if (lexer->in.ptr[at] == '"') {
            lexer->pos = at + 1;
            return token_at(lexer, ZONE_TOKEN_QUOTED, from, at - from);
        }
    }
    return token_error(lexer, N_("this quote is not closed on its line"));
}

struct zone_token
zone_lexer_next(struct zone_lexer *lexer)
{
    for (;;) {
        skip_between(lexer);
        if (at_end(lexer))
            return lexer->open > 0
                       ? token_error(lexer, N_("a closing parenthesis is missing"))
                       : token_at(lexer, ZONE_TOKEN_END, lexer->pos, 0);
        char c = lexer->in.ptr[lexer->pos];
        if (c == '"')
            return lex_quoted(lexer);
        if (c == '\n') {
            struct zone_token token =
                token_at(lexer, ZONE_TOKEN_LINE_END, lexer->pos, 0);
            step_line(lexer);
            return token;
        }
        if (c == '\v' || c == '\f' || c == '\0')
            return token_error(lexer, N_("a control character has no place here"));
        if (c != '(' && c != ')')
            return lex_word(lexer);
        if (c == ')' && lexer->open == 0)
            return token_error(lexer, N_("nothing was opened that this closes"));
        lexer->open = c == '(' ? lexer->open + 1 : lexer->open - 1;
        lexer->pos++;
    }
}
