/* Text under construction in an arena. Fails once: after the arena or the ceiling is
 * reached nothing more is added and text_done gives the empty slice with NULL ptr. */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include "slice.h"

#include <stdarg.h>

/* Marks a text for translation and leaves it as it is: for tables and static text. Who
 * shows it translates it (language/language.h). */
#define N_(text) (text)

/* Marks what is the same in every language: a command, a format of others. */
#define AS_IS(text) (text)

struct text {
    struct sceau_arena *arena;
    char *ptr;
    size_t len;
    size_t capacity;
    size_t max; /* octets; adding beyond fails */
    bool has_failed;
};

/* A text of at most `max` octets (SIZE_MAX: the arena's ceiling only). */
struct text text_new(struct sceau_arena *arena, size_t max);

/* A text of at most `size` - 1 octets in memory of the caller's. */
struct text text_in(char *memory, size_t size);

/* Make room for `more` octets and a NUL; false, and failed, when there is none. */
bool text_grow(struct text *t, size_t more);

/* The same. What is there already (capacity is 0 or above len, and at most max + 1) is
 * found without a call: most text is written an octet or a word at a time. */
static inline bool
text_reserve(struct text *t, size_t more)
{
    return (!t->has_failed && more < t->capacity - t->len) || text_grow(t, more);
}

static inline void
text_octet(struct text *t, char c)
{
    if (text_reserve(t, 1))
        t->ptr[t->len++] = c;
}

static inline void
text_slice(struct text *t, struct sceau_slice s)
{
    if (s.len == 0 || !text_reserve(t, s.len))
        return;
    memcpy(t->ptr + t->len, s.ptr, s.len);
    t->len += s.len;
}

static inline void
text_string(struct text *t, const char *s)
{
    text_slice(t, (struct sceau_slice){s, s != NULL ? strlen(s) : 0});
}

void text_decimal(struct text *t, uint64_t n);
void text_lower(struct text *t, struct sceau_slice s);
void text_format(struct text *t, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void text_vformat(struct text *t, const char *format, va_list args);

/* A quoted-string: in double quotes, with a backslash before quotes and backslashes. */
void text_quoted(struct text *t, struct sceau_slice s);

/* For logs, terminals and SMTP: printable ASCII as it is; a backslash as \\, every other
 * octet as \xHH. */
void text_escaped(struct text *t, struct sceau_slice s);

/* The inside of a JSON string, quotes included: valid UTF-8 as it is, control characters
 * (C0, DEL, C1) as \u00XX, an octet that is not UTF-8 as the four characters \xHH (the
 * backslash doubled as JSON asks). */
void text_json(struct text *t, struct sceau_slice s);

/* What stands so far. */
static inline struct sceau_slice
text_so_far(const struct text *t)
{
    return (struct sceau_slice){t->ptr, t->len};
}

/* The finished text, also NUL-terminated; {NULL, 0} when anything did not fit. */
struct sceau_slice text_done(struct text *t);

#endif
