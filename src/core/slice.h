/* Small questions about borrowed octets. Letter case means ASCII letter case, always. */
#ifndef CORE_SLICE_H
#define CORE_SLICE_H

#include "sceau/core.h"

#include <string.h>

#define SLICE_NONE ((struct sceau_slice){NULL, 0})

/* In a table that is static: SCEAU_SLICE() is no constant. */
#define SLICE_STATIC(literal)    \
 {                               \
  (literal), sizeof(literal) - 1 \
 }

/* printf("%.*s", SLICE_ARG(s)): for text already known to be short and clean. */
#define SLICE_ARG(slice) (int)(slice).len, ((slice).len ? (slice).ptr : "")

static inline char
ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static inline bool
ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool
ascii_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
ascii_is_alnum(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c);
}

/* WSP of RFC 5234: space or tab. */
static inline bool
ascii_is_wsp(char c)
{
    return c == ' ' || c == '\t';
}

/* WSP or an octet of a fold. */
static inline bool
ascii_is_fws(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline bool
slice_eq(struct sceau_slice a, struct sceau_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* All behind the first `from` octets (at most s.len). NULL stays NULL: adding to it is not
 * defined in C, not even zero. */
static inline struct sceau_slice
slice_skip(struct sceau_slice s, size_t from)
{
    return (struct sceau_slice){from > 0 ? s.ptr + from : s.ptr, s.len - from};
}

/* `len` octets from `from`; both lie inside. */
static inline struct sceau_slice
slice_sub(struct sceau_slice s, size_t from, size_t len)
{
    return (struct sceau_slice){from > 0 ? s.ptr + from : s.ptr, len};
}

bool slice_octets_eq_ci(const char *a, const char *b, size_t len);

/* Most names that are compared differ in their length. */
static inline bool
slice_eq_ci(struct sceau_slice a, struct sceau_slice b)
{
    return a.len == b.len && slice_octets_eq_ci(a.ptr, b.ptr, a.len);
}

bool slice_starts_ci(struct sceau_slice s, struct sceau_slice prefix);
bool slice_ends_ci(struct sceau_slice s, struct sceau_slice suffix);

/* No octet above 0x7f. */
bool slice_is_ascii(struct sceau_slice s);

/* Where `c` first stands, or s.len. */
static inline size_t
slice_find(struct sceau_slice s, char c)
{
    const char *at = s.len > 0 ? (const char *)memchr(s.ptr, c, s.len) : NULL;
    return at != NULL ? (size_t)(at - s.ptr) : s.len;
}

/* Where `c` last stands, or s.len. */
size_t slice_find_last(struct sceau_slice s, char c);

/* Without WSP and fold octets at both ends. */
struct sceau_slice slice_trim(struct sceau_slice s);

/* Cut off the part before `c` (or all when there is none) and step behind it.
 * False when *rest is exhausted: the last part was given out. Start with a non-NULL ptr. */
bool slice_next(struct sceau_slice *rest, char c, struct sceau_slice *part);

/* Copies in the arena; the empty slice with NULL ptr when it is full. */
struct sceau_slice slice_copy(struct sceau_arena *arena, struct sceau_slice s);
struct sceau_slice slice_copy_lower(struct sceau_arena *arena, struct sceau_slice s);

/* Octets of the UTF-8 character at the start of `s` (not empty), 0 when it is none
 * (RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF). */
size_t slice_utf8_length(struct sceau_slice s);

/* Is all of it UTF-8? The empty slice is. */
bool slice_is_utf8(struct sceau_slice s);

/* UTF-8 without NUL: what a store takes as text. */
bool slice_is_text(struct sceau_slice s);

/* Into `out`, of 3 * s.len octets, with U+FFFD for each octet that is no text; octets written. */
size_t slice_mend(struct sceau_slice s, char *out);

/* A decimal number of digits only, at most `max`; false when it is none or larger. */
bool slice_decimal(struct sceau_slice s, uint64_t max, uint64_t *value);

#endif
