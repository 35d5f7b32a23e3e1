/* A reader that fails once. After that every call is a no-op that returns false, 0 or the
 * empty slice, so a grammar reads as a sequence and is checked at its end. */
#ifndef CORE_CURSOR_H
#define CORE_CURSOR_H

#include "slice.h"

struct cursor {
    struct sceau_slice in;
    size_t pos;           /* octets consumed; never above in.len */
    const char *expected; /* NULL while all is well, then static text; pos stays put */
};

static inline struct cursor
cursor_over(struct sceau_slice in)
{
    return (struct cursor){.in = in};
}

static inline bool
cursor_ok(const struct cursor *c)
{
    return c->expected == NULL;
}

/* All read, nothing failed. */
static inline bool
cursor_at_end(const struct cursor *c)
{
    return c->expected == NULL && c->pos == c->in.len;
}

/* The next octet, not consumed; -1 at the end or after a failure. */
static inline int
cursor_peek(const struct cursor *c)
{
    return cursor_ok(c) && c->pos < c->in.len ? (unsigned char)c->in.ptr[c->pos] : -1;
}

/* Fail here, unless it failed before. */
void cursor_fail(struct cursor *c, const char *expected);

/* Consume `octet` when it is next. */
static inline bool
cursor_accept(struct cursor *c, char octet)
{
    if (cursor_peek(c) != (unsigned char)octet)
        return false;
    c->pos++;
    return true;
}

/* Consume `octet` or fail. */
void cursor_expect(struct cursor *c, char octet, const char *expected);

/* Consume `word` when it is next, in any letter case. */
bool cursor_accept_word(struct cursor *c, struct sceau_slice word);

/* What was consumed since `from`. */
static inline struct sceau_slice
cursor_since(const struct cursor *c, size_t from)
{
    return slice_sub(c->in, from, c->pos - from);
}

/* Consume octets while `is_member` says so. Here, so that it is compiled for each set: a
 * call for every octet of a signature is what its parsing would cost most. */
static inline struct sceau_slice
cursor_take_while(struct cursor *c, bool (*is_member)(char))
{
    size_t from = c->pos, pos = from;
    while (cursor_ok(c) && pos < c->in.len && is_member(c->in.ptr[pos]))
        pos++;
    c->pos = pos;
    return cursor_since(c, from);
}

/* Consume WSP (space, tab); with folds: CR and LF too. */
void cursor_skip_wsp(struct cursor *c);
void cursor_skip_fws(struct cursor *c);

/* 1*DIGIT without leading zero (but "0"), from min to max; else fails and gives min. */
unsigned cursor_decimal(struct cursor *c, unsigned min, unsigned max);

/* Say in `diag` (may be NULL) where and what. SCEAU_OK when nothing failed. */
enum sceau_status cursor_status(const struct cursor *c, struct sceau_diag *diag);

#endif
