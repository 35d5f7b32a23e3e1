/* Whose results does a field claim to be? (RFC 8601 sections 2.5 and 5)
 *
 * A forger writes our authserv-id in a way that we do not see and some reader behind us
 * does: in quotes, behind a comment, folded in two, cut by a control octet. So the id is
 * read in each way a reader could read it, and a field is ours when one of them says so.
 * One field too many removed costs a stranger's claim; one too few is a forged verdict.
 *
 * A look-alike letter makes another name, for us as for DNS; what UTS 46 maps to our name
 * (fullwidth letters, invisible characters) is our name. */
#include "authres/authres.h"
#include "core/domain.h"
#include "message/encoded_word.h"

enum {
    ID_MAX = 4 * DOMAIN_MAX /* octets of an id: a domain name in UTF-8 is no longer */
};

/* What a reader makes of what may stand inside a name. */
struct reading {
    enum {
        COMMENT_ENDS_NAME,
        COMMENT_VANISHES,
        COMMENT_IS_TEXT
    } comment;
    bool joins_at_space; /* white space of any kind, folds among it */
    bool joins_at_quote;
};

/* RFC 8601's: a token or a quoted string, CFWS around it. */
static const struct reading strict = {.comment = COMMENT_ENDS_NAME};

/* White space of Unicode above ASCII, as text libraries strip it. */
static bool
is_unicode_space(struct sceau_slice character)
{
    static const char *const spaces[] = {
        "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\xa8",
        "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80",
    };
    for (size_t i = 0; i < sizeof spaces / sizeof *spaces; i++) {
        if (slice_eq(character, sceau_slice_from(spaces[i])))
            return true;
    }
    return character.len == 3 && memcmp(character.ptr, "\xe2\x80", 2) == 0 &&
           (unsigned char)character.ptr[2] <= 0x8a; /* U+2000 to U+200A */
}

/* Octets of the piece of a name at the start of `s`; 0 when none stands there. */
static size_t
name_piece(struct sceau_slice s)
{
    char c = s.ptr[0];
    if (ascii_is_alnum(c) || c == '-' || c == '_' || c == '.')
        return 1;
    size_t len = slice_utf8_length(s);
    return len > 1 && !is_unicode_space(slice_sub(s, 0, len)) ? len : 0;
}

/* Octets of the comment at the start of `s`, closed or not. */
static size_t
comment_length(struct sceau_slice s)
{
    size_t depth = 0, i = 0;
    do {
        if (s.ptr[i] == '\\')
            i++;
        else if (s.ptr[i] == '(')
            depth++;
        else if (s.ptr[i] == ')')
            depth--;
        i++;
    } while (depth > 0 && i < s.len);
    return i < s.len ? i : s.len;
}

/* Octets of the white space at the start of `s`, folded or not. A reader that takes the id
 * for a domain name of RFC 5322 section 4.4 lets it stand around the dots. */
static size_t
space_length(struct sceau_slice s)
{
    size_t i = 0;
    while (i < s.len && ascii_is_fws(s.ptr[i]))
        i++;
    return i;
}

/* What stands at the start of `s` and is no piece of a name. */
struct between {
    size_t len;
    bool joins; /* the name goes on behind it */
};

static struct between
read_between(struct sceau_slice s, const struct reading *how, bool is_quoted)
{
    size_t space = space_length(s);
    if (s.ptr[0] == '\\')
        return (struct between){1, true};
    if (s.ptr[0] == '"')
        return (struct between){1, how->joins_at_quote};
    if (s.ptr[0] == '(' && !is_quoted && how->comment != COMMENT_IS_TEXT)
        return (struct between){comment_length(s), how->comment == COMMENT_VANISHES};
    if (space > 0)
        return (struct between){space, how->joins_at_space};
    return (struct between){1, false};
}

/* A name as it was read, in lower case. */
struct name {
    char octets[ID_MAX];
    size_t len;
};

static struct sceau_slice
name_slice(const struct name *name)
{
    return (struct sceau_slice){name->octets, name->len};
}

/* Append octets; false when it grows too long to be anybody's. */
static bool
name_add(struct name *name, struct sceau_slice piece)
{
    if (piece.len > ID_MAX - name->len)
        return false;
    for (size_t i = 0; i < piece.len; i++)
        name->octets[name->len++] = ascii_lower(piece.ptr[i]);
    return true;
}

/* The first name in `body`, read that way; empty when there is none. */
static void
read_name(struct sceau_slice body, const struct reading *how, struct name *name)
{
    bool is_quoted = false;
    name->len = 0;
    while (body.len > 0) {
        size_t len = name_piece(body);
        if (len > 0) {
            if (!name_add(name, slice_sub(body, 0, len))) {
                name->len = 0;
                return;
            }
        } else {
            struct between between = read_between(body, how, is_quoted);
            if (!between.joins && name->len > 0)
                break;
            is_quoted ^= body.ptr[0] == '"';
            len = between.len;
        }
        body = slice_skip(body, len);
    }
    while (name->len > 0 && name->octets[name->len - 1] == '.')
        name->len--;
}

/* A-labels where it is a domain name in U-labels; else itself. */
static struct sceau_slice
normal(struct sceau_arena *arena, struct sceau_slice name)
{
    struct sceau_slice labels;
    return domain_normal(arena, name, &labels) ? labels : name;
}

struct sceau_slice
authres_read_id(struct sceau_arena *arena, struct sceau_slice body)
{
    struct name name;
    read_name(body, &strict, &name);
    return slice_copy(arena, normal(arena, name_slice(&name)));
}

static bool
any_reading_is(struct sceau_arena *arena, struct sceau_slice body,
               struct sceau_slice own)
{
    struct name name;
    for (unsigned i = 0; i < 12; i++) {
        struct reading how = {.comment = i / 4,
                              .joins_at_space = (i & 1) != 0,
                              .joins_at_quote = (i & 2) != 0};
        read_name(body, &how, &name);
        if (slice_eq(name_slice(&name), own) ||
            slice_eq(normal(arena, name_slice(&name)), own))
            return true;
    }
    return false;
}

/* Some libraries decode a whole field before they parse it. */
static bool
is_own_decoded(struct sceau_arena *arena, struct sceau_slice body,
               struct sceau_slice own)
{
    if (!encoded_words_begin(body))
        return false;
    struct sceau_slice decoded = encoded_words_decoded(arena, body);
    return decoded.ptr == NULL || any_reading_is(arena, decoded, own);
}

/* What cannot be decided for want of memory is taken for ours. */
bool
authres_is_from(struct sceau_arena *arena, struct sceau_slice body,
                struct sceau_slice authserv_id)
{
    struct sceau_slice own = authres_read_id(arena, authserv_id);
    if (own.ptr != NULL && own.len == 0)
        return false;
    return own.ptr == NULL || any_reading_is(arena, body, own) ||
           is_own_decoded(arena, body, own) || sceau_arena_alloc(arena, ID_MAX) == NULL;
}
