/* Text for generated messages: the same every time. */
#ifndef BENCH_WORDS_H
#define BENCH_WORDS_H

#include "core/text.h"

/* A small generator; `seed` is its state. */
uint32_t words_random(uint32_t *seed);

/* About `size` octets of words in lines, with a double space now and then, so that relaxed
 * canonicalisation has something to do. */
void words_write(struct text *t, uint32_t *seed, size_t size);

/* The body of message `n` of `count`: 50 % of 2 KB, 35 % of 10 KB, 14 % of 75 KB, 1 % of
 * 1 MB, which is 22 KB in the mean. */
size_t words_body_size(unsigned n, unsigned count);

#endif
