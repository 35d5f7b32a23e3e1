/* What fuzz targets assert with. Unlike assert() it stays when NDEBUG is set, so the calls
 * inside it are made, and counted, in every build. */
#ifndef TESTS_FUZZ_CHECK_H
#define TESTS_FUZZ_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(claim) check((claim), #claim, __FILE__, __LINE__)

static inline void
check(int holds, const char *claim, const char *file, int line)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, claim);
    abort();
}

#endif
