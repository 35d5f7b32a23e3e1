/* Any order of adding, using and removing against the plainest model of it: a list of what
 * is in, newest first. */
#include "core/recent.h"

#include "../../tests/unit.h"

enum {
    NODES = 24,
    STEPS = 20000
};

static struct recent_node nodes[NODES];
static struct recent_node *model[NODES]; /* newest first */
static size_t count;

static void
model_remove(size_t at)
{
    memmove(model + at, model + at + 1, (count - at - 1) * sizeof *model);
    count--;
}

static void
model_add(struct recent_node *node)
{
    memmove(model + 1, model, count * sizeof *model);
    model[0] = node;
    count++;
}

/* The list from both ends is the model; each node is found by its hash, once. */
static void
assert_is_model(const struct recent *r)
{
    const struct recent_node *newest = r->newest, *oldest = r->oldest;
    for (size_t i = 0; i < count; i++) {
        size_t found = 0;
        assert_ptr_equal(newest, model[i]);
        assert_ptr_equal(oldest, model[count - 1 - i]);
        newest = newest->older;
        oldest = oldest->newer;
        for (const struct recent_node *n = recent_first(r, model[i]->hash); n != NULL;
             n = recent_next(n)) {
            assert_int_equal(n->hash, model[i]->hash);
            found += n == model[i];
        }
        assert_int_equal(found, 1);
    }
    assert_null(newest);
    assert_null(oldest);
}

static size_t
place_of(const struct recent_node *node)
{
    size_t i = 0;
    while (i < count && model[i] != node)
        i++;
    return i;
}

static void
keeps_the_order_of_use(void **state)
{
    static const size_t buckets[] = {1, 2, 5, 64}; /* all in one chain; nearly none */
    (void)state;
    for (size_t b = 0; b < sizeof buckets / sizeof *buckets; b++) {
        struct recent r;
        uint32_t random = 1;
        assert_true(recent_init(&r, buckets[b]));
        count = 0;
        for (size_t step = 0; step < STEPS; step++) {
            random = random * 1664525 + 1013904223;
            struct recent_node *node = &nodes[(random >> 16) % NODES];
            size_t place = place_of(node);
            bool is_in = place < count;
            if (is_in)
                model_remove(place);
            if (is_in && (random >> 8 & 1)) {
                recent_remove(&r, node);
            } else if (is_in) {
                recent_use(&r, node);
                model_add(node);
            } else {
                recent_add(&r, node, (uint64_t)(node - nodes) % 7); /* shared hashes */
                model_add(node);
            }
            assert_is_model(&r);
        }
        recent_clear(&r);
    }
}

static void
finds_nothing_in_an_empty_one(void **state)
{
    struct recent r;
    (void)state;
    assert_true(recent_init(&r, 0));
    assert_null(recent_first(&r, 0));
    assert_null(recent_first(&r, UINT64_MAX));
    recent_clear(&r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_order_of_use),
        cmocka_unit_test(finds_nothing_in_an_empty_one),
    };
    return cmocka_run_group_tests_name("core/recent", tests, NULL, NULL);
}
