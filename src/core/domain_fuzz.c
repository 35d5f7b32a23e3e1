/* The normal form is normal: askable, lower case, stable; labels add up. */
#include "domain.h"

#include "../../tests/fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_labels(struct sceau_slice name)
{
    size_t labels = domain_labels(name), seen = 0;
    for (struct sceau_slice rest = name; rest.len > 0; rest = domain_parent(rest)) {
        CHECK(slice_eq(domain_last_labels(name, labels - seen), rest));
        CHECK(domain_is_within(name, rest));
        CHECK(rest.len == name.len || !domain_is_within(rest, name));
        seen++;
    }
    CHECK(seen == labels);
    CHECK(domain_last_labels(name, 0).len == 0);
    CHECK(slice_eq(domain_last_labels(name, labels + 1), name));
}

/* A label in front makes a name below this one. */
static void
check_join(struct sceau_arena *arena, struct sceau_slice name)
{
    struct sceau_slice below = domain_join(arena, SCEAU_SLICE("_dmarc"), name);
    CHECK(domain_labels(below) == domain_labels(name) + 1);
    CHECK(slice_eq(domain_parent(below), name) && domain_is_within(below, name));
    struct sceau_slice beside = domain_join(arena, SCEAU_SLICE("a"), SCEAU_SLICE("b"));
    CHECK(!domain_is_within(name, beside) || domain_is_within(name, SCEAU_SLICE("b")));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_arena *arena = sceau_arena_new((size_t)64 * 1024);
    struct sceau_slice text = {(const char *)data, size}, name, again;
    if (domain_normal(arena, text, &name)) {
        CHECK(domain_is_ldh(name) && domain_is_askable(name));
        for (size_t i = 0; i < name.len; i++)
            CHECK(name.ptr[i] == ascii_lower(name.ptr[i]));
        CHECK(domain_normal(arena, name, &again) && slice_eq(name, again));
        check_labels(name);
        check_join(arena, name);
        struct sceau_arena *none = sceau_arena_new(0);
        CHECK(!domain_normal(none, text, &again));
        sceau_arena_free(none);
    }
    sceau_arena_free(arena);
    return 0;
}
