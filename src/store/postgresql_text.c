/* One table of words, one reader of SQL's outermost shape: quotes, comments, words. */
#include "postgresql_text.h"

#include <stdlib.h>

static const struct {
    const char *ours, *theirs;
} words[] = {
    {"INTEGER",         "bigint"            },
    {"BLOB",            "bytea"             },
    {"TEXT",            "text COLLATE \"C\""},
    {"STRICT",          ""                  },
    {", WITHOUT ROWID", ""                  },
};

#define GROWTH 8 /* a word is at most so many times as long; TEXT is */

/* Quoted texts and comments go as they are: the octets from `at` on. */
static size_t
opaque(const char *at)
{
    const char *end = at;
    if (at[0] == '\'' || at[0] == '"') {
        end = strchr(at + 1, at[0]);
        return end != NULL ? (size_t)(end - at) + 1 : strlen(at);
    }
    if (at[0] == '-' && at[1] == '-')
        return strcspn(at, "\n");
    return 0;
}

char *
postgresql_statement(const char *sql, unsigned *count, bool used[POSTGRESQL_PARAMETERS])
{
    char *out = strdup(sql);
    *count = 0;
    memset(used, 0, POSTGRESQL_PARAMETERS * sizeof *used);
    for (char *at = out; at != NULL && *at != '\0';) {
        size_t len = opaque(at);
        if (*at == '?' && ascii_is_digit(at[1])) {
            unsigned n = (unsigned)strtoul(at + 1, NULL, 10);
            if (n < 1 || n > POSTGRESQL_PARAMETERS) {
                free(out);
                return NULL;
            }
            *count = n > *count ? n : *count;
            used[n - 1] = true;
            *at = '$';
        }
        at += len > 0 ? len : 1;
    }
    return out;
}

static bool
is_word_octet(char c)
{
    return ascii_is_alnum(c) || c == '_';
}

/* The row of `words` that begins here, or the number of rows. */
static size_t
word_at(const char *script, const char *at)
{
    const size_t count = sizeof words / sizeof *words;
    if (at > script && is_word_octet(at[-1]) && is_word_octet(at[0]))
        return count;
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(words[i].ours);
        if (strncmp(at, words[i].ours, len) == 0 && !is_word_octet(at[len]))
            return i;
    }
    return count;
}

char *
postgresql_script(const char *script)
{
    char *out = malloc(strlen(script) * GROWTH + 1), *end = out;
    for (const char *at = script; out != NULL && *at != '\0';) {
        size_t i = word_at(script, at), len = opaque(at);
        if (i < sizeof words / sizeof *words) {
            end = stpcpy(end, words[i].theirs);
            at += strlen(words[i].ours);
            continue;
        }
        len = len > 0 ? len : 1;
        memcpy(end, at, len);
        end += len;
        at += len;
    }
    if (out != NULL)
        *end = '\0';
    return out;
}

/* ---- numeric ---- */

#define NUMERIC_BASE     10000
#define NUMERIC_NEGATIVE 0x4000

static int
short_at(const unsigned char *octets)
{
    return (int16_t)((unsigned)octets[0] << 8 | octets[1]);
}

/* Digits of base 10000: count, weight of the first, sign, scale, digits. */
int64_t
postgresql_numeric(const unsigned char *octets, size_t len)
{
    int64_t value = 0;
    if (len < 8)
        return 0;
    int count = short_at(octets), weight = short_at(octets + 2);
    for (int i = 0; i <= weight; i++) {
        int digit = i < count && len >= 10 + 2 * (size_t)i
                        ? short_at(octets + 8 + 2 * (size_t)i)
                        : 0;
        if (__builtin_mul_overflow(value, (int64_t)NUMERIC_BASE, &value) ||
            __builtin_add_overflow(value, (int64_t)digit, &value)) {
            value = INT64_MAX;
            break;
        }
    }
    return short_at(octets + 4) == NUMERIC_NEGATIVE ? -value : value;
}
