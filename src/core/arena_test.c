/* The arena: its ceiling holds, memory is zeroed and aligned, clearing keeps it usable. */
#include "../../tests/unit.h"
#include "slice.h"

#include <stdalign.h>

static void
gives_zeroed_aligned_octets(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new((size_t)64 * 1024);
    for (size_t size = 0; size < 200; size++) {
        unsigned char *p = sceau_arena_alloc(arena, size);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xff, size);
    }
    for (size_t round = 0; round < 3; round++) { /* nothing of the message before */
        sceau_arena_clear(arena);
        for (size_t given = 0; given < (size_t)12 * 1024; given += 112) {
            unsigned char *again = sceau_arena_alloc(arena, 112);
            for (size_t i = 0; i < 112; i++)
                assert_int_equal(again[i], 0);
            memset(again, 0xff, 112);
        }
    }
    sceau_arena_free(arena);
}

static void
holds_its_ceiling(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(1000);
    size_t given = 0;
    while (sceau_arena_alloc(arena, 7) != NULL)
        given++;
    assert_true(given * 7 <= 1000 && given >= 1000 / 16);
    assert_true(sceau_arena_used(arena) <= 1000);
    assert_int_equal(sceau_arena_left(arena), 1000 - sceau_arena_used(arena));
    assert_null(sceau_arena_alloc(arena, SIZE_MAX)); /* rounding up must not wrap */
    assert_null(sceau_arena_alloc(arena, SIZE_MAX - 8));
    sceau_arena_clear(arena);
    assert_int_equal(sceau_arena_used(arena), 0);
    assert_null(sceau_arena_alloc(arena, 1001));
    assert_non_null(sceau_arena_alloc(arena, 992));
    sceau_arena_free(arena);
    sceau_arena_free(NULL);
}

static void
an_endless_ceiling_does_not_wrap(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(SIZE_MAX);
    assert_null(sceau_arena_alloc(arena, SIZE_MAX));
    assert_null(sceau_arena_alloc(arena, SIZE_MAX - 1));
    assert_non_null(sceau_arena_alloc(arena, 1));
    sceau_arena_free(arena);
}

/* Large pieces between small ones must not make each small one cost a block. */
static void
large_pieces_leave_room_for_small_ones(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new((size_t)4 * 1024 * 1024);
    char *first = sceau_arena_alloc(arena, 16);
    assert_non_null(sceau_arena_alloc(arena, 100000));
    char *second = sceau_arena_alloc(arena, 16);
    assert_ptr_equal(second, first + 16);
    sceau_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_zeroed_aligned_octets),
        cmocka_unit_test(holds_its_ceiling),
        cmocka_unit_test(an_endless_ceiling_does_not_wrap),
        cmocka_unit_test(large_pieces_leave_room_for_small_ones),
    };
    return cmocka_run_group_tests_name("core/arena", tests, NULL, NULL);
}
