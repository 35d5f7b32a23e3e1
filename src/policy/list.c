/* When a list rewrites From, when it refuses, and the text of the new fields. RFC 7960
 * section 4.1.3.1 describes the means; what stands in a name is the author's text, so nothing
 * of it is copied as it is: decoded, cleaned, cut, and written anew. */
#include "list.h"

#include "core/base64.h"
#include "core/text.h"
#include "message/encoded_word.h"
#include "message/lexical.h"

/* -- what to do -- */

const struct policy_list *
list_find(const struct policy_config *config, struct sceau_slice recipient)
{
    for (size_t i = 0; recipient.len > 0 && i < config->list_count; i++) {
        const struct policy_list *list = &config->lists[i];
        bool acts =
            list->rewrite_from != POLICY_REWRITE_NEVER || list->refuse_restrictive;
        if (acts && slice_eq_ci(list->address, recipient))
            return list;
    }
    return NULL;
}

const struct policy_list *
list_of_message(const struct policy_config *config, const struct policy_facts *facts)
{
    const struct policy_list *list = NULL;
    if (facts->recipients_known == 0)
        return NULL;
    list = list_find(config, facts->recipients[0]);
    for (size_t i = 1; i < facts->recipients_known; i++) {
        if (list_find(config, facts->recipients[i]) != list)
            return NULL;
    }
    return list;
}

/* Does the author's domain ask to quarantine or reject what a list breaks? t=y counts as
 * what it announces. */
static bool
is_restrictive(const struct sceau_verdict *v)
{
    return v->dmarc.record != NULL && v->dmarc.policy != SCEAU_DMARC_POLICY_NONE;
}

static bool
is_from_list_itself(const struct policy_list *list, const struct sceau_author *author)
{
    struct sceau_slice address = list->address;
    size_t at = slice_find_last(address, '@');
    return slice_eq_ci(slice_sub(address, 0, at), author->local) &&
           slice_eq_ci(slice_skip(address, at + 1), author->domain);
}

/* A policy that DNS did not tell may be a strict one: rewriting harms nobody, a subscriber
 * bounced off does. Nobody is refused for it (rule R7). */
enum list_step
list_step_of(const struct policy_list *list, const struct sceau_verdict *v)
{
    bool is_unknown =
        v->dmarc.result == SCEAU_DMARC_TEMPERROR && v->dmarc.record == NULL;
    if (v->author.status != SCEAU_AUTHOR_ONE || is_from_list_itself(list, &v->author))
        return LIST_NOTHING;
    if (list->refuse_restrictive && is_restrictive(v))
        return LIST_REFUSE;
    switch (list->rewrite_from) {
    case POLICY_REWRITE_NEVER: return LIST_NOTHING;
    case POLICY_REWRITE_ALWAYS: return LIST_REWRITE;
    case POLICY_REWRITE_DMARC: break;
    }
    return is_restrictive(v) || is_unknown ? LIST_REWRITE : LIST_NOTHING;
}

/* -- addresses -- */

static bool
is_dot_atom(struct sceau_slice local)
{
    char before = '.';
    for (size_t i = 0; i < local.len; i++) {
        char c = local.ptr[i];
        if (c == '.' ? before == '.' : !lexical_is_atext(c))
            return false;
        before = c;
    }
    return before != '.';
}

static void
put_address(struct text *out, struct sceau_slice local, struct sceau_slice domain)
{
    if (is_dot_atom(local))
        text_slice(out, local);
    else
        text_quoted(out, local);
    text_octet(out, '@');
    text_slice(out, domain);
}

/* -- names -- */

/* A phrase without its quotes and their backslashes. */
static struct sceau_slice
unquoted(struct sceau_arena *arena, struct sceau_slice phrase)
{
    struct text out = text_new(arena, SIZE_MAX);
    bool is_quoted = false;
    for (size_t i = 0; i < phrase.len; i++) {
        bool is_escape = is_quoted && phrase.ptr[i] == '\\';
        i += is_escape;
        if (!is_escape && phrase.ptr[i] == '"')
            is_quoted = !is_quoted;
        else if (i < phrase.len)
            text_octet(&out, phrase.ptr[i]);
    }
    return text_done(&out);
}

/* Characters that show as nothing or turn the rest around: C1 controls, and the marks of
 * direction U+200B to U+200F, U+202A to U+202E, U+2060 to U+206F. */
static bool
is_invisible(struct sceau_slice character)
{
    const unsigned char *c = (const unsigned char *)character.ptr;
    if (character.len == 2)
        return c[0] == 0xc2 && c[1] < 0xa0;
    if (character.len != 3 || c[0] != 0xe2)
        return false;
    return (c[1] == 0x80 &&
            ((c[2] >= 0x8b && c[2] <= 0x8f) || (c[2] >= 0xaa && c[2] <= 0xae))) ||
           (c[1] == 0x81 && c[2] >= 0xa0 && c[2] <= 0xaf);
}

/* Valid UTF-8 without controls, white space in single spaces, cut between two characters. */
static void
put_clean(struct text *out, struct sceau_slice name)
{
    size_t end = out->len + LIST_NAME_MAX;
    bool needs_space = false, is_empty = true;
    while (name.len > 0) {
        size_t len = slice_utf8_length(name);
        struct sceau_slice character = slice_sub(name, 0, len > 0 ? len : 1);
        name = slice_skip(name, character.len);
        unsigned char first = (unsigned char)*character.ptr;
        if (first <= ' ' || first == 0x7f) {
            needs_space = !is_empty;
            continue;
        }
        if (len == 0)
            character = SCEAU_SLICE("\xef\xbf\xbd"); /* U+FFFD */
        if (is_invisible(character))
            continue;
        if (out->len + needs_space + character.len > end)
            return;
        if (needs_space)
            text_octet(out, ' ');
        text_slice(out, character);
        needs_space = is_empty = false;
    }
}

/* Octets of text in one encoded word: 75 (RFC 2047 section 2) less its frame, as base64. */
#define WORD_OCTETS 45

/* At most WORD_OCTETS from the start, whole characters (RFC 2047 section 5). */
static size_t
word_length(struct sceau_slice name)
{
    size_t len = 0;
    while (len < name.len) {
        size_t next = slice_utf8_length(slice_skip(name, len));
        next = next > 0 ? next : 1;
        if (len + next > WORD_OCTETS)
            break;
        len += next;
    }
    return len;
}

static void
put_encoded_words(struct text *out, struct sceau_slice name)
{
    while (name.len > 0) {
        size_t len = word_length(name);
        struct sceau_slice word = base64_encoded(out->arena, slice_sub(name, 0, len));
        name = slice_skip(name, len);
        if (word.ptr == NULL)
            out->has_failed = true;
        text_string(out, "=?UTF-8?B?");
        text_slice(out, word);
        text_string(out, name.len > 0 ? "?=\r\n\t" : "?=");
    }
}

/* What looks like an encoded word inside a name would be decoded by careless readers. */
static void
put_name(struct text *out, struct sceau_slice name)
{
    if (slice_is_ascii(name) && !encoded_words_begin(name))
        text_quoted(out, name);
    else
        put_encoded_words(out, name);
}

/* "Ann via Dev": the author's display name, else the local part, and the list's name. */
static struct sceau_slice
full_name(struct sceau_arena *arena, const struct policy_list *list,
          const struct sceau_author *author)
{
    struct text name = text_new(arena, SIZE_MAX);
    struct sceau_slice plain = unquoted(arena, author->display);
    struct sceau_slice decoded = encoded_words_decoded(arena, plain);
    size_t at = slice_find_last(list->address, '@');
    if (author->display.len > 0 && (plain.ptr == NULL || decoded.ptr == NULL))
        return SLICE_NONE;
    put_clean(&name, decoded);
    if (name.len == 0)
        put_clean(&name, author->local);
    text_string(&name, name.len > 0 ? " via " : "via ");
    put_clean(&name, list->name.len > 0 ? list->name : slice_sub(list->address, 0, at));
    return text_done(&name);
}

struct sceau_slice
list_from(struct sceau_arena *arena, const struct policy_list *list,
          const struct sceau_author *author)
{
    struct text out = text_new(arena, SIZE_MAX);
    struct sceau_slice name = full_name(arena, list, author);
    size_t at = slice_find_last(list->address, '@');
    if (name.ptr == NULL)
        return SLICE_NONE;
    put_name(&out, name);
    text_string(&out, out.len > 60 ? "\r\n\t<" : " <");
    put_address(&out, slice_sub(list->address, 0, at),
                slice_skip(list->address, at + 1));
    text_octet(&out, '>');
    return text_done(&out);
}

struct sceau_slice
list_reply_to(struct sceau_arena *arena, const struct sceau_author *author,
              const struct sceau_field *from)
{
    struct sceau_slice all = slice_trim(from->body);
    if (author->mailboxes > 1 && all.len <= LIST_REPLY_TO_MAX)
        return all;
    struct text out = text_new(arena, SIZE_MAX);
    put_address(&out, author->local, author->domain);
    return text_done(&out);
}

/* -- two who rewrite -- */

static const struct policy_list *
list_of_author(const struct policy_config *config, const struct sceau_author *author)
{
    for (size_t i = 0; i < config->list_count; i++) {
        const struct policy_list *list = &config->lists[i];
        if (list->rewrite_from != POLICY_REWRITE_NEVER &&
            is_from_list_itself(list, author))
            return list;
    }
    return NULL;
}

/* The author that X-Original-From tells. */
static void
find_original(struct sceau_arena *arena, const struct sceau_field *original,
              struct sceau_author *author)
{
    struct sceau_header header = {0};
    *author = (struct sceau_author){.status = SCEAU_AUTHOR_NO_FROM};
    if (sceau_header_add(arena, &header, SCEAU_SLICE("From"), original->body) ==
        SCEAU_OK)
        sceau_author_find(arena, &header, author);
}

/* Names are compared as people read them: a list program may fold and encode anew. */
static bool
reads_alike(struct sceau_arena *arena, struct sceau_slice display,
            struct sceau_slice name)
{
    struct text out = text_new(arena, SIZE_MAX);
    struct sceau_slice plain = unquoted(arena, display);
    struct sceau_slice decoded = encoded_words_decoded(arena, plain);
    text_slice(&out, decoded);
    struct sceau_slice got = text_done(&out);
    return got.ptr == NULL || slice_eq(slice_trim(got), name);
}

const struct policy_list *
list_munged(struct sceau_arena *arena, const struct policy_config *config,
            const struct sceau_header *header)
{
    struct sceau_author author, writer;
    const struct sceau_field *original =
        sceau_header_find(header, SCEAU_SLICE(POLICY_ORIGINAL_FIELD), 0);
    if (original == NULL || config->list_count == 0)
        return NULL;
    sceau_author_find(arena, header, &author);
    find_original(arena, original, &writer);
    if (author.status != SCEAU_AUTHOR_ONE || writer.status != SCEAU_AUTHOR_ONE)
        return NULL;
    const struct policy_list *list = list_of_author(config, &author);
    if (list == NULL || is_from_list_itself(list, &writer))
        return NULL;
    struct sceau_slice name = full_name(arena, list, &writer);
    return name.ptr == NULL || reads_alike(arena, author.display, name) ? NULL : list;
}
