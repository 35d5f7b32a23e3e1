/* Text for generated messages: the same every time. */
#include "words.h"

uint32_t
words_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

void
words_write(struct text *t, uint32_t *seed, size_t size)
{
    static const char *const words[] = {"account", "invoice",  "meeting", "please",
                                        "find",    "attached", "report",  "regards",
                                        "summary", "question", "order",   "delivery"};
    /* One line in forty ends in a blank, and one gap in forty has two: "format=flowed" text,
     * where each line does, costs the relaxed canonicalisation about twice as much. */
    size_t end = t->len + size, line = t->len;
    while (t->len < end) {
        text_string(t, words[words_random(seed) % 12]);
        bool is_rare = words_random(seed) % 40 == 0;
        bool is_full = t->len - line > 70;
        text_string(t, is_full ? (is_rare ? " \r\n" : "\r\n") : is_rare ? "  " : " ");
        line = is_full ? t->len : line;
    }
    text_string(t, "\r\n");
}

size_t
words_body_size(unsigned n, unsigned count)
{
    unsigned percent = n * 100 / count;
    return percent < 50 ? 2000 : percent < 85 ? 10000 : percent < 99 ? 75000 : 1000000;
}
