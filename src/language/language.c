/* Texts in the reader's language: a search in the table that the build makes of po/fr.d,
 * and the filling of holes. gettext's own run-time is left aside: its language belongs to
 * the process, and a bare Debian has no French locale. */
#include "language.h"

#include "core/sentence.h"
#include "messages.h"

#include <assert.h>
#include <stdlib.h>

enum language
language_choose(const char *const *wishes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (wishes[i] == NULL || wishes[i][0] == '\0')
            continue;
        bool is_french =
            ascii_lower(wishes[i][0]) == 'f' && ascii_lower(wishes[i][1]) == 'r';
        return is_french ? LANGUAGE_FR : LANGUAGE_EN;
    }
    return LANGUAGE_EN;
}

static int
compare(const void *key, const void *element)
{
    return strcmp(key, ((const struct language_message *)element)->english);
}

const char *
language_text(enum language language, const char *english)
{
    if (language == LANGUAGE_EN)
        return english;
    const struct language_message *found =
        bsearch(english, language_messages, language_message_count,
                sizeof *language_messages, compare);
    return found != NULL ? found->french : english;
}

static const struct language_word *
word_of(struct sceau_slice name, const struct language_word *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slice_eq(name, sceau_slice_from(words[i].name)))
            return &words[i];
    assert(!"a hole that no word fills");
    return NULL;
}

/* Is it one of them? French says so of none as well. */
static bool
is_singular(enum language language, struct sceau_slice number)
{
    return slice_eq(number, SCEAU_SLICE("1")) ||
           (language == LANGUAGE_FR && slice_eq(number, SCEAU_SLICE("0")));
}

/* "{name}", or "{name|one|many}". */
static void
fill_hole(struct text *t, enum language language, struct sceau_slice hole,
          const struct language_word *words, size_t count)
{
    struct sceau_slice name, one;
    bool has_forms = slice_find(hole, '|') < hole.len;
    slice_next(&hole, '|', &name);
    const struct language_word *word = word_of(name, words, count);
    if (word == NULL)
        return;
    if (has_forms) {
        slice_next(&hole, '|', &one); /* what is left is the form of many */
        text_slice(t, is_singular(language, word->value) ? one : hole);
    } else if (word->is_ours) {
        text_slice(t, word->value);
    } else {
        text_escaped(t, word->value);
    }
}

void
language_fill(struct text *t, enum language language, const char *english,
              const struct language_word *words, size_t count)
{
    struct sceau_slice rest = sceau_slice_from(language_text(language, english));
    struct sceau_slice literal, hole;
    while (sentence_next(&rest, &literal, &hole)) {
        text_slice(t, literal);
        if (hole.len > 0)
            fill_hole(t, language, hole, words, count);
    }
}

struct sceau_slice
language_sentence(struct sceau_arena *arena, enum language language,
                  const char *english, const struct language_word *words, size_t count)
{
    struct text t = text_new(arena, SIZE_MAX);
    language_fill(&t, language, english, words, count);
    return text_done(&t);
}

struct sceau_slice
language_decimal(char text[24], unsigned long long n)
{
    struct text t = text_in(text, 24);
    text_decimal(&t, n);
    return text_done(&t);
}

size_t
language_columns(struct sceau_slice text)
{
    size_t columns = 0;
    for (size_t i = 0; i < text.len; i++)
        columns += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    return columns;
}

/* The octets of the first `columns` characters. */
static size_t
octets_of_columns(struct sceau_slice text, size_t columns)
{
    size_t at = 0;
    for (size_t seen = 0; at < text.len; at++) {
        bool begins = ((unsigned char)text.ptr[at] & 0xc0) != 0x80;
        if (begins && seen++ == columns)
            break;
    }
    return at;
}

void
language_wrap(struct text *t, struct sceau_slice words, size_t columns, size_t indent,
              size_t used)
{
    struct sceau_slice word;
    bool is_first = true;
    while (words.len > 0 && slice_next(&words, ' ', &word)) {
        while (word.len > 0) {
            size_t wide = language_columns(word);
            if (!is_first && used + 1 + wide > columns) {
                text_format(t, "\n%*s", (int)indent, "");
                used = indent;
            } else if (!is_first && used > indent) {
                text_octet(t, ' ');
                used++;
            }
            size_t room = columns > used ? columns - used : 1;
            size_t part = wide > room ? octets_of_columns(word, room) : word.len;
            text_slice(t, slice_sub(word, 0, part));
            used += wide > room ? room : wide;
            word = slice_skip(word, part);
            is_first = false;
        }
    }
}

void
language_cell(struct text *t, struct sceau_slice text, size_t columns)
{
    text_slice(t, text);
    for (size_t used = language_columns(text); used < columns; used++)
        text_octet(t, ' ');
}
