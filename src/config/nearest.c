/* Distance between words, counting slips of typing (optimal string alignment: insertion,
 * deletion, substitution, swap of neighbours). */
#include "nearest.h"

#include "core/text.h"

static size_t
least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static bool
same(char a, char b)
{
    return ascii_lower(a) == ascii_lower(b);
}

/* Both at most NEAREST_WORD_MAX long. Three rows of the table are enough: a swap looks
 * two rows back. */
static size_t
slips_between(struct sceau_slice a, struct sceau_slice b)
{
    size_t rows[3][NEAREST_WORD_MAX + 1];
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *row = rows[i % 3], *above = rows[(i - 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            char x = a.ptr[i - 1], y = b.ptr[j - 1];
            row[j] = least(least(row[j - 1], above[j]) + 1, above[j - 1] + !same(x, y));
            if (i > 1 && j > 1 && same(x, b.ptr[j - 2]) && same(a.ptr[i - 2], y))
                row[j] = least(row[j], rows[(i - 2) % 3][j - 2] + 1);
        }
    }
    return rows[a.len % 3][b.len];
}

struct nearest
nearest_to(struct sceau_slice wrong)
{
    return (struct nearest){.wrong = wrong, .distance = wrong.len / 3 + 2};
}

void
nearest_try(struct nearest *n, struct sceau_slice candidate)
{
    if (n->wrong.len > NEAREST_WORD_MAX || candidate.len > NEAREST_WORD_MAX)
        return;
    size_t slips = slips_between(n->wrong, candidate);
    if (slips < n->distance && slips < candidate.len) {
        n->distance = slips;
        n->word = candidate;
    }
}

void
nearest_try_words(struct nearest *n, const char *words)
{
    struct sceau_slice rest = sceau_slice_from(words), word;
    while (slice_next(&rest, ' ', &word))
        nearest_try(n, word);
}

struct sceau_slice
nearest_hint(struct sceau_arena *arena, enum language language, const struct nearest *n,
             const char *prefix)
{
    const struct language_word words[] = {LANGUAGE_OURS("prefix",
                                                        sceau_slice_from(prefix)),
                                          LANGUAGE_OURS("word", n->word)};
    if (n->word.len == 0)
        return SLICE_NONE;
    return language_sentence(arena, language, "; did you mean \"{prefix}{word}\"?",
                             words, 2);
}

bool
nearest_is_listed(const char *words, struct sceau_slice word)
{
    struct sceau_slice rest = sceau_slice_from(words), part;
    while (slice_next(&rest, ' ', &part)) {
        if (slice_eq(part, word))
            return true;
    }
    return false;
}
