/* Texts that people read, in their language. The English text is the key: it stands where
 * it is used, marked for xgettext, and po/fr.d has its French; what is not found there
 * stays English. Logs, SMTP replies, JSON and metrics are English and do not come here.
 *
 *     static const struct heading { const char *text; } headings[] = {{N_("host")}};
 *     language_text(language, headings[i].text)
 *
 * A sentence has named holes, for French has another order:
 *
 *     language_sentence(arena, language, "{domain} publishes {tag}={value}",
 *                       (struct language_word[]){LANGUAGE_THEIRS("domain", domain),
 *                                                LANGUAGE_OURS("tag", tag),
 *                                                LANGUAGE_THEIRS("value", value)}, 3)
 *
 * What a number decides stands in a hole as well, as {count} {count|record|records}: the first
 * form where the word "count" is 1 (in French also 0), else the second.
 *
 * No text is a printf format: holes do that. Extracted are literals inside N_(), and those
 * given straight to the two calls below. */
#ifndef LANGUAGE_LANGUAGE_H
#define LANGUAGE_LANGUAGE_H

#include "core/text.h"

enum language {
    LANGUAGE_EN,
    LANGUAGE_FR,
};

/* The first wish that is neither NULL nor empty decides, by its first two letters: --lang,
 * then LANGUAGE, LC_ALL, LC_MESSAGES, LANG. English when there is none, or it is no
 * language of ours. */
enum language language_choose(const char *const *wishes, size_t count);

/* The translation, else `english` itself. Static where `english` is. O(log n). */
const char *language_text(enum language language, const char *english);

/* What stands in a hole. */
struct language_word {
    const char *name; /* as between the braces */
    struct sceau_slice value;
    bool is_ours; /* clean text of this program, translated or not: goes in as it is */
};

/* Text of others (a record, a name, a server's words): escaped for a terminal. */
#define LANGUAGE_THEIRS(hole, text) \
 {                                  \
  (hole), (text), false             \
 }
#define LANGUAGE_OURS(hole, text) \
 {                                \
  (hole), (text), true            \
 }

/* The same of NUL-terminated text. */
#define OURS(hole, string)   LANGUAGE_OURS((hole), sceau_slice_from(string))
#define THEIRS(hole, string) LANGUAGE_THEIRS((hole), sceau_slice_from(string))

/* A number as a word of a sentence; lives as long as the block it stands in. */
#define DECIMAL(n) language_decimal((char[24]){0}, (unsigned long long)(n))
struct sceau_slice language_decimal(char text[24], unsigned long long n);

/* Words as two arguments: where they are, and how many. */
#define LANGUAGE_WORDS(...)             \
 (struct language_word[]){__VA_ARGS__}, \
     sizeof((struct language_word[]){__VA_ARGS__}) / sizeof(struct language_word)

/* The translation of `english` with its {holes} filled; "{{" stands for one brace. A hole
 * that no word fills is a bug (assert). In the arena, NUL-terminated; {NULL, 0} when that
 * is full. */
struct sceau_slice language_sentence(struct sceau_arena *arena, enum language language,
                                     const char *english,
                                     const struct language_word *words, size_t count);

/* The same, added to a text. */
void language_fill(struct text *t, enum language language, const char *english,
                   const struct language_word *words, size_t count);

/* What strerror says, in that language; static. */
const char *language_strerror(enum language language, int error);

/* Columns that our own text takes on a terminal: its characters. printf's widths count
 * octets, and French has some that take two. */
size_t language_columns(struct sceau_slice text);

/* Add words, over lines of at most `columns`, from column `used` on; further lines begin with
 * `indent` blanks. A word that no line holds is cut. No line end behind the last. */
void language_wrap(struct text *t, struct sceau_slice words, size_t columns,
                   size_t indent, size_t used);

/* Add `text`, then blanks up to `columns`: a cell of a table. */
void language_cell(struct text *t, struct sceau_slice text, size_t columns);

#endif
