/* Words are found as failure-proof as can be: what looks like an address is one. Too much
 * hidden costs little; a name told cannot be taken back. */
#include "redact.h"

#include "address_forms.h"
#include "beyond_ascii.h"
#include "opaque.h"
#include "redact_fields.h"

#include <stdio.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#define QUOTED_MAX 512 /* octets of a quoted local part that is looked for */
#define AHEAD_MAX \
 512 /* octets in which the "@" of an old address, or the "=" of "z", is looked for */

struct writer {
    struct text text;
    struct sceau_arena *arena;
    const struct redaction *redaction;
    unsigned hashes;   /* made so far */
    size_t line;       /* octets of the line at hand */
    bool has_keys;     /* the field is made of "key=value" */
    bool is_trace;     /* Received */
    bool is_secret;    /* the next word names a person, with an "@" or without */
    bool keeps_ids;    /* what stands in <> is told as it is */
    bool hides_tokens; /* words of databases (opaque.h) */
    bool is_part;      /* 8-bit octets and long lines are written as they are */
};

bool
redact_hash(const uint8_t key[REDACT_KEY], struct sceau_slice local,
            struct sceau_slice domain, char hash[REDACT_HASH + 1])
{
    unsigned char mac[EVP_MAX_MD_SIZE], both[1024];
    size_t len = 0;
    /* Longer than any address: its end does not count. */
    for (size_t i = 0; i < local.len && len < sizeof both / 2; i++)
        both[len++] = (unsigned char)local.ptr[i];
    both[len++] = '@';
    for (size_t i = 0; i < domain.len && len < sizeof both; i++)
        both[len++] = (unsigned char)ascii_lower(domain.ptr[i]);
    if (HMAC(EVP_sha256(), key, REDACT_KEY, both, len, mac, NULL) == NULL)
        return false;
    for (size_t i = 0; i < REDACT_HASH / 2; i++)
        snprintf(hash + 2 * i, 3, "%02x", mac[i]);
    return true;
}

static struct writer
writer_of(struct sceau_arena *arena, const struct redaction *redaction)
{
    struct writer w = {.text = text_new(arena, SIZE_MAX),
                       .arena = arena,
                       .redaction = redaction};
    text_reserve(&w.text, 1); /* of nothing comes an empty text, not none */
    return w;
}

/* ---- words ---- */

static struct sceau_slice
domain_behind(struct sceau_slice s)
{
    size_t len = 0;
    while (len < s.len &&
           (ascii_is_alnum(s.ptr[len]) || s.ptr[len] == '-' || s.ptr[len] == '.' ||
            s.ptr[len] == '_' || (unsigned char)s.ptr[len] > 0x7f))
        len++;
    return slice_sub(s, 0, len);
}

/* Keys before whose "=" no name stands. Any other "=" may belong to a local part. */
static const char *const keys[] = {
    "i",           "smtp.mailfrom", "smtp.mail",     "smtp.rcptto", "smtp.auth",
    "header.from", "header.i",      "header.sender", "identity",    "envelope-from",
};

static size_t
key_length(struct sceau_slice word)
{
    size_t equals = slice_find(word, '=');
    for (size_t i = 0; equals < word.len && i < sizeof keys / sizeof *keys; i++)
        if (slice_eq_ci(slice_sub(word, 0, equals), sceau_slice_from(keys[i])))
            return equals + 1;
    return 0;
}

static void
end_line(struct writer *w)
{
    text_string(&w->text, "\r\n");
    w->line = 0;
}

/* A line end among it ends the line. */
static void
put(struct writer *w, char c)
{
    if (c == '\n') {
        end_line(w);
        return;
    }
    if (w->line >= REDACT_LINE && !w->is_part) {
        end_line(w);
        text_octet(&w->text, ' ');
        w->line = 1;
    }
    bool is_plain = (c >= ' ' && c <= '~') || c == '\t';
    bool is_kept = is_plain || (w->is_part && (unsigned char)c > 0x7f);
    text_octet(&w->text, is_kept ? c : '?');
    w->line++;
}

static void
put_all(struct writer *w, struct sceau_slice s)
{
    for (size_t i = 0; i < s.len; i++)
        put(w, s.ptr[i]);
}

static void
put_hash(struct writer *w, struct sceau_slice local, struct sceau_slice behind)
{
    char hash[REDACT_HASH + 1] = "0000000000000000";
    if (w->hashes++ >= REDACT_HASHES ||
        redact_hash(w->redaction->key, local, domain_behind(behind), hash))
        put_all(w, sceau_slice_from(hash));
    else
        w->text.has_failed = true;
}

/* The first `len` octets. No link in it works, wherever in the word it begins (RFC 9991 section
 * 7.3). */
static void
put_disarmed(struct writer *w, struct sceau_slice s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        struct sceau_slice rest = slice_skip(s, i);
        if (slice_starts_ci(rest, SCEAU_SLICE("http://")) ||
            slice_starts_ci(rest, SCEAU_SLICE("https://"))) {
            put_all(w, SCEAU_SLICE("hxxp"));
            i += 3;
        } else {
            put(w, s.ptr[i]);
        }
    }
}

/* Host and words of a link stay, so that one sees where it leads. */
static void
put_tokens(struct writer *w, struct sceau_slice s)
{
    bool is_link = false;
    while (s.len > 0) {
        size_t len = opaque_link_begin(s);
        is_link = is_link || len > 0;
        if (len > 0)
            put_all(w, slice_sub(s, 0, len));
        else if ((len = opaque_length(s, is_link)) == 0)
            put(w, s.ptr[len++]);
        else if (opaque_is(slice_sub(s, 0, len), is_link))
            put_hash(w, slice_sub(s, 0, len), SLICE_NONE);
        else
            put_disarmed(w, s, len);
        s = slice_skip(s, len);
    }
}

/* Words before the name of a mailbox or a user of the host that the message came from: with
 * "@" or without (RFC 5321 section 4.4, and what mail servers add). */
static bool
names_user(const struct writer *w, struct sceau_slice word)
{
    static const char *const before[] = {"for", "sender:", "user:", "login:", "userid"};
    if (w->has_keys && slice_eq_ci(word, SCEAU_SLICE("smtp.auth=")))
        return true;
    for (size_t i = 0; w->is_trace && i < sizeof before / sizeof *before; i++)
        if (slice_eq_ci(word, sceau_slice_from(before[i])))
            return true;
    return false;
}

#define REDACTED SCEAU_SLICE("[redacted]")
#define TYPE     SCEAU_SLICE("Content-Type")
#define ENCODING SCEAU_SLICE("Content-Transfer-Encoding")

/* A run of address_octet: an address, a link, or anything. */
static void
put_word(struct writer *w, struct sceau_slice word)
{
    size_t key = w->has_keys ? key_length(word) : 0, at, behind = 0;
    bool is_secret = w->is_secret || names_user(w, slice_sub(word, 0, key));
    put_all(w, slice_sub(word, 0, key));
    w->is_secret = key > 0 && key == word.len ? is_secret : names_user(w, word);
    word = slice_skip(word, key);
    if (address_of_exchange(word) || address_in_base64(word)) {
        put_all(w, REDACTED);
        return;
    }
    if (slice_starts_ci(word, SCEAU_SLICE("mailto:"))) {
        put_all(w, slice_sub(word, 0, 7));
        word = slice_skip(word, 7);
    } else if (slice_starts_ci(word, SCEAU_SLICE("http"))) {
        put_all(w, SCEAU_SLICE("hxxp")); /* RFC 9991 section 7.3 */
        word = slice_skip(word, 4);
    }
    at = address_last_sign(
        word, &behind); /* what holds another "@" is no address: all of it goes */
    if (at == word.len && at > 0 && is_secret) {
        put_hash(w, word, SLICE_NONE);
        return;
    }
    if (at < word.len && at > 0) {
        put_hash(w, slice_sub(word, 0, at), slice_skip(word, behind));
        word = slice_skip(word, at);
    }
    if (w->hides_tokens)
        put_tokens(w, word);
    else
        put_disarmed(w, word, word.len);
}

/* The octets of a quoted-string with its quotes; 0 when it does not end. */
static size_t
quoted_length(struct sceau_slice s)
{
    for (size_t i = 1; i < s.len && i < QUOTED_MAX; i++) {
        if (s.ptr[i] == '\\')
            i++;
        else if (s.ptr[i] == '"')
            return i + 1;
    }
    return 0;
}

/* Blanks, folds and comments, one in another. */
static size_t
skip_cfws(struct sceau_slice s, size_t at)
{
    unsigned depth = 0;
    for (; at < s.len; at++) {
        char c = s.ptr[at];
        if (depth == 0 && (address_sign(slice_skip(s, at)) > 0 ||
                           (c == '(' && address_spoken_dot(slice_skip(s, at)) > 0)))
            return at;
        if (c == '(')
            depth++;
        else if (c == ')' && depth > 0)
            depth--;
        else if (c == '\\' && depth > 0)
            at++;
        else if (depth == 0 && !ascii_is_fws(c))
            return at;
    }
    return s.len;
}

/* A word or a quoted-string at `at`: where it ends. */
static size_t
skip_element(struct sceau_slice s, size_t at)
{
    struct sceau_slice rest = slice_skip(s, at);
    return at + (*rest.ptr == '"' ? quoted_length(rest) : address_word(rest));
}

/* Is what stands in the first `len` octets, of a word or quoted, the beginning of an old address
 * (RFC 5322 section 4.4)? Blanks, folds and comments may stand before its "@", and around the
 * dots of its local part. In doubt it is. */
static bool
is_before_at(struct sceau_slice s, size_t len)
{
    bool is_cut = s.len - len > AHEAD_MAX, has_dot = s.ptr[len - 1] == '.';
    struct sceau_slice ahead = slice_sub(s, len, is_cut ? AHEAD_MAX : s.len - len);
    size_t at = 0, behind;
    while (at < ahead.len) {
        size_t next = skip_cfws(ahead, at);
        if (next == ahead.len)
            break;
        if (address_sign(slice_skip(ahead, next)) > 0 ||
            address_spoken_at(slice_skip(ahead, next)))
            return true;
        size_t dot = address_spoken_dot(slice_skip(ahead, next));
        if (dot > 0) {
            has_dot = true;
            at = next + dot;
            continue;
        }
        size_t end = skip_element(ahead, next);
        bool goes_on = next == at || has_dot || ahead.ptr[next] == '.';
        if (end == next || !goes_on)
            return false;
        if (ahead.ptr[next] != '"' &&
            address_last_sign(slice_sub(ahead, next, end - next), &behind) < end - next)
            return true;
        has_dot = ahead.ptr[end - 1] == '.';
        at = end;
    }
    return is_cut;
}

/* A quoted local part is hashed without its quotes, so that "ann"@x is ann@x. */
static size_t
put_quoted(struct writer *w, struct sceau_slice s)
{
    size_t len = quoted_length(s);
    if (len < 2)
        return 0;
    bool is_direct = len < s.len && s.ptr[len] == '@';
    if (!is_direct && !w->is_secret && !is_before_at(s, len))
        return 0;
    w->is_secret = false;
    put_hash(w, slice_sub(s, 1, len - 2),
             is_direct ? slice_skip(s, len + 1) : SLICE_NONE);
    return len; /* its domain is a word */
}

/* Fields of a signed message, copied into the signature (RFC 6376 section 3.5, "z="). */
static bool
is_copy_of_fields(const struct writer *w, struct sceau_slice rest, size_t len)
{
    if (!w->has_keys || ascii_lower(*rest.ptr) != 'z')
        return false;
    bool is_cut = rest.len > AHEAD_MAX;
    struct sceau_slice near = slice_sub(rest, 0, is_cut ? AHEAD_MAX : rest.len);
    size_t at = len == 1 ? skip_cfws(near, 1) : 1;
    return at < near.len ? near.ptr[at] == '=' : is_cut;
}

/* What begins with a word. Returns the octets that are done. */
static size_t
put_from_word(struct writer *w, struct sceau_slice rest)
{
    size_t len = address_word(rest);
    struct sceau_slice word = slice_sub(rest, 0, len);
    if (is_copy_of_fields(w, rest, len)) {
        put_all(w, SCEAU_SLICE("z=[redacted]"));
        size_t end = slice_find(rest, ';');
        return end == rest.len && rest.ptr[end - 1] == '\n' ? end - 1 : end;
    }
    if (!is_before_at(rest, len))
        put_word(w, word);
    else
        put_hash(w, word, SLICE_NONE);
    return len;
}

/* One in its brackets: nothing with blanks in it is (RFC 5322 section 3.6.4). None whose left part
 * says an address, as mailers of lists make them. */
static size_t
identifier_length(struct sceau_slice s)
{
    size_t len = 1 + (*s.ptr == '<' ? address_word(slice_skip(s, 1)) : 0);
    if (len == 1 || len == s.len || s.ptr[len] != '>')
        return 0;
    struct sceau_slice id = slice_sub(s, 1, len - 1);
    return address_in_identifier(slice_sub(id, 0, slice_find_last(id, '@'))) ? 0
                                                                             : len + 1;
}

static void
put_plain_text(struct writer *w, struct sceau_slice s)
{
    for (size_t i = 0; i < s.len && !w->text.has_failed;) {
        struct sceau_slice rest = slice_skip(s, i);
        size_t len = *rest.ptr == '"' ? put_quoted(w, rest) : 0;
        size_t id = len == 0 && w->keeps_ids ? identifier_length(rest) : 0;
        if (id > 0) {
            put_all(w, slice_sub(rest, 0, id));
            len = id;
        } else if (len == 0 && !address_octet(*rest.ptr)) {
            put(w, *rest.ptr);
            len = 1;
        } else if (len == 0) {
            len = put_from_word(w, rest);
        }
        i += len;
    }
}

static void
put_text(struct writer *w, struct sceau_slice s)
{
    size_t begin, end;
    w->is_secret = false;
    if (w->redaction->level == REDACT_NOTHING) {
        put_all(w, s);
        return;
    }
    address_hidden(s, &begin, &end);
    put_plain_text(w, slice_sub(s, 0, begin));
    if (begin < s.len)
        put_all(w, REDACTED);
    if (begin < s.len && end == s.len)
        end_line(w);
    else
        put_plain_text(w, slice_skip(s, end));
}

/* ---- fields ---- */

static void
put_name(struct writer *w, struct sceau_slice name)
{
    for (size_t i = 0; i < name.len && i < REDACT_LINE / 2; i++) {
        bool is_of_name = name.ptr[i] > ' ' && name.ptr[i] <= '~' && name.ptr[i] != ':';
        put(w, is_of_name ? name.ptr[i] : '?');
    }
    if (name.len == 0)
        put(w, '?');
    put(w, ':');
}

/* Its lines, ended by LF alone. Of a header field each but the first behind a blank, and none of
 * blanks alone. */
static struct sceau_slice
lines_of(struct writer *w, struct sceau_slice octets, bool is_field)
{
    struct text t = text_new(w->arena, SIZE_MAX);
    struct sceau_slice line;
    text_reserve(&t, octets.len + 1);
    while (octets.len > 0 && slice_next(&octets, '\n', &line)) {
        if (line.len > 0 && line.ptr[line.len - 1] == '\r')
            line.len--;
        if (is_field && slice_trim(line).len == 0)
            continue;
        if (is_field && t.len > 0 && !ascii_is_wsp(*line.ptr))
            text_octet(&t, ' ');
        text_slice(&t, line);
        text_octet(&t, '\n');
    }
    w->text.has_failed = w->text.has_failed || t.has_failed;
    return text_so_far(&t);
}

/* At REDACT_MOST a name is worth as much as an address: only what stands in <> is told, or all
 * of it where nothing does. */
static struct sceau_slice
without_name(struct sceau_slice body)
{
    size_t end = slice_find_last(body, '>');
    struct sceau_slice before = slice_sub(body, 0, end);
    size_t begin = end < body.len ? slice_find_last(before, '<') : before.len;
    if (begin < before.len)
        return slice_sub(body, begin, end - begin + 1);
    size_t comment = slice_find(body, '(');
    return slice_sub(body, 0, comment);
}

/* Hidden first, encoded then. */
static void
put_wide_field(struct writer *w, struct sceau_slice lines)
{
    struct writer wide = *w;
    wide.text = text_new(w->arena, SIZE_MAX);
    wide.is_part = true;
    put_text(&wide, beyond_ascii_clean(w->arena, lines));
    w->hashes = wide.hashes;
    struct sceau_slice encoded = beyond_ascii_encode(w->arena, text_done(&wide.text));
    w->text.has_failed = w->text.has_failed || encoded.ptr == NULL;
    put_all(w, encoded);
}

static void
put_field(struct writer *w, const struct sceau_field *field)
{
    const struct redaction *given = w->redaction;
    struct sceau_slice body = field->body;
    put_name(w, field->name);
    w->has_keys = redact_field_has_keys(field->name);
    if (given->level == REDACT_MOST &&
        (slice_eq_ci(field->name, SCEAU_SLICE("From")) ||
         slice_eq_ci(field->name, SCEAU_SLICE("Sender")))) {
        put(w, ' ');
        body = slice_trim(without_name(body));
    }
    w->is_trace = slice_eq_ci(field->name, SCEAU_SLICE("Received")) ||
                  slice_eq_ci(field->name, SCEAU_SLICE("X-Received"));
    w->keeps_ids = given->level == REDACT_ADDRESSES &&
                   slice_eq_ci(field->name, SCEAU_SLICE("Message-ID"));
    w->hides_tokens = redact_field_hides_tokens(field->name);
    struct sceau_slice lines = lines_of(w, body, true);
    if (slice_is_ascii(lines))
        put_text(w, lines.len > 0 ? lines : SCEAU_SLICE("\n"));
    else
        put_wide_field(w, lines);
}

/* What the body is told as, where that is not what the field says. */
static bool
put_instead(struct writer *w, struct sceau_slice name)
{
    struct sceau_slice value = slice_eq_ci(name, TYPE)       ? w->redaction->type
                               : slice_eq_ci(name, ENCODING) ? w->redaction->encoding
                                                             : SLICE_NONE;
    if (value.len == 0)
        return false;
    put_name(w, name);
    put(w, ' ');
    put_all(w, value);
    end_line(w);
    return true;
}

struct sceau_slice
redact_header(struct sceau_arena *arena, const struct redaction *redaction,
              const struct sceau_header *header, size_t max)
{
    struct writer w = writer_of(arena, redaction);
    for (size_t i = 0; i < header->count && !w.text.has_failed; i++) {
        size_t before = w.text.len;
        if (!redact_field_is_told(redaction->level, header->fields[i].name))
            continue;
        if (!put_instead(&w, header->fields[i].name))
            put_field(&w, &header->fields[i]);
        if (w.text.len > max) {
            w.text.len = before;
            break;
        }
    }
    size_t before = w.text.len;
    if (sceau_header_find(header, TYPE, 0) == NULL)
        put_instead(&w, TYPE);
    if (sceau_header_find(header, ENCODING, 0) == NULL)
        put_instead(&w, ENCODING);
    if (w.text.len > max)
        w.text.len = before;
    return text_done(&w.text);
}

/* ---- bodies and addresses ---- */

struct sceau_slice
redact_body(struct sceau_arena *arena, const struct redaction *redaction,
            struct sceau_slice body, size_t max)
{
    struct writer w = writer_of(arena, redaction);
    put_text(&w, lines_of(&w, body, false));
    struct sceau_slice all = text_done(&w.text);
    if (all.len <= max)
        return all;
    size_t end = slice_find_last(slice_sub(all, 0, max), '\n');
    return slice_sub(all, 0, end < max ? end + 1 : 0); /* whole lines */
}

struct sceau_slice
redact_text(struct sceau_arena *arena, const struct redaction *redaction,
            struct sceau_slice text, bool is_utf8)
{
    struct writer w = writer_of(arena, redaction);
    struct sceau_slice lines = lines_of(&w, text, false);
    if (is_utf8)
        lines = beyond_ascii_clean(arena, lines);
    w.is_part = w.hides_tokens = true;
    put_text(&w, lines);
    w.text.has_failed = w.text.has_failed || lines.ptr == NULL;
    return text_done(&w.text);
}

struct sceau_slice
redact_address(struct sceau_arena *arena, const struct redaction *redaction,
               struct sceau_slice address)
{
    struct writer w = writer_of(arena, redaction);
    put_text(&w, address);
    return text_done(&w.text);
}
