/* What unit tests share: cmocka, the name of the case at hand, and heap copies that end
 * exactly where the input does, so that ASan sees a one-octet overread. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include "sceau/core.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Printed when the program dies in this case: say why the case is there. */
#define UNIT_CASE(why) unit_case(__FILE__, __LINE__, (why))

static inline void
unit_case(const char *file, int line, const char *why)
{
    if (getenv("UNIT_VERBOSE") != NULL)
        fprintf(stderr, "%s:%d: %s\n", file, line, why);
}

/* An exactly-sized heap copy; free(copy.ptr) with unit_free. */
static inline struct sceau_slice
unit_copy(struct sceau_slice s)
{
    char *copy = malloc(s.len > 0 ? s.len : 1);
    assert_non_null(copy);
    if (s.len > 0)
        memcpy(copy, s.ptr, s.len);
    return (struct sceau_slice){copy, s.len};
}

static inline void
unit_free(struct sceau_slice s)
{
    free((void *)(uintptr_t)s.ptr);
}

/* One arena for the cases of a program: name the two functions to
 * cmocka_run_group_tests_name. */
static struct sceau_arena *unit_arena __attribute__((unused));

static inline int
unit_arena_up(void **state)
{
    (void)state;
    unit_arena = sceau_arena_new((size_t)16 * 1024 * 1024);
    return unit_arena == NULL;
}

static inline int
unit_arena_down(void **state)
{
    (void)state;
    sceau_arena_free(unit_arena);
    return 0;
}

/* Equal, or both are shown. */
#define assert_slice(got, want) unit_assert_slice((got), (want), __FILE__, __LINE__)

static inline void
unit_assert_slice(struct sceau_slice got, const char *want, const char *file, int line)
{
    if (got.len == strlen(want) &&
        (got.len == 0 || memcmp(got.ptr, want, got.len) == 0))
        return;
    fprintf(stderr, "%s:%d: got \"%.*s\", want \"%s\"\n", file, line, (int)got.len,
            got.len ? got.ptr : "", want);
    _fail(file, line);
}

#endif
