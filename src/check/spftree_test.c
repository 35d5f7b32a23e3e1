/* The tree of an SPF record: costs, voids, loops and trouble, and what flattening makes of
 * it. A tree is written as one line a record: indent, name, state, cost, voids. */
#include "spftree.h"

#include "../../tests/unit.h"
#include "core/text.h"
#include "spfflat.h"

struct world {
    struct sceau_resolver *zone;
    struct sceau_context context;
};

static void
world_open(struct world *w, const char *zone)
{
    struct sceau_zone_error error;
    w->zone = sceau_zone_resolver_new(sceau_slice_from(zone), &error);
    if (w->zone == NULL)
        fail_msg("%zu:%zu: %s", error.line, error.column, error.text);
    sceau_arena_clear(unit_arena);
    w->context = (struct sceau_context){.arena = unit_arena, .resolver = w->zone};
}

static const char *const states[] = {
    [SPFTREE_OK] = "ok",         [SPFTREE_ABSENT] = "absent",
    [SPFTREE_SYNTAX] = "syntax", [SPFTREE_MULTIPLE] = "multiple",
    [SPFTREE_LOOP] = "loop",     [SPFTREE_TROUBLE] = "trouble",
    [SPFTREE_CUT] = "cut",       [SPFTREE_MESSAGE] = "message",
};

static const char *
tree_text(const struct spftree *tree)
{
    struct text t = text_new(unit_arena, SIZE_MAX);
    for (const struct spftree_record *r = tree->root; r != NULL; r = r->next) {
        if (r != tree->root)
            text_string(&t, ", ");
        text_format(&t, "%.*s %s", (int)r->domain.len, r->domain.ptr, states[r->state]);
        if (r->cost > 0 || r->voids > 0)
            text_format(&t, " %u/%u", r->cost, r->voids);
    }
    return text_done(&t).ptr;
}

/* clang-format off */
#define AT(name, record) name ". TXT \"v=spf1 " record "\"\n"

static const struct {
    const char *zone;
    const char *tree;
    const char *why;
} trees[] = {
    {AT("a.test", "ip4:192.0.2.1 -all"), "a.test ok", "nothing is asked"},
    {"a.test. A 192.0.2.1\n", "a.test absent", "no record"},
    {AT("a.test", "-all") AT("a.test", "~all"), "a.test multiple", "section 4.5"},
    {AT("a.test", "ip4:1/99 -all"), "a.test syntax", "an error makes all of it void"},
    {"$FAIL a.test. TXT TIMEOUT\n", "a.test trouble", "trouble is not absence"},
    {AT("a.test", "include:b.test include:c.test -all")
     AT("b.test", "a:h.test mx ~all") AT("c.test", "include:d.test ?all") AT("d.test", "-all")
     "h.test. A 192.0.2.1\nb.test. MX 10 h.test.\n",
     "a.test ok 5/0, b.test ok 2/0, c.test ok 1/0, d.test ok", "sums run up the branches"},
    {AT("a.test", "include:b.test -all"), "a.test ok 1/1, b.test absent",
     "an include that is not there: void, and a permerror"},
    {AT("a.test", "a:x.test a:y.test exists:z.test -all") "y.test. AAAA 2001:db8::1\n",
     "a.test ok 3/2", "void for clients of both versions"},
    {AT("a.test", "a:x.test -all") "$FAIL x.test. A SERVFAIL\n", "a.test ok 1/0",
     "trouble is not void"},
    {AT("a.test", "include:b.test -all") AT("b.test", "include:A.test -all"),
     "a.test ok 2/0, b.test ok 1/0, A.test loop", "a loop, in whatever letter case"},
    {AT("a.test", "include:%{i}.b.test include:%{d}.b.test -all") AT("a.test.b.test", "-all"),
     "a.test ok 2/0,  message, a.test.b.test ok", "%{d} is known without a message"},
    {AT("a.test", "-all a:x.test include:b.test"), "a.test ok", "behind all nothing is asked"},
    {AT("a.test", "-all redirect=b.test"), "a.test ok", "nor a redirect"},
    {AT("a.test", "mx redirect=b.test") AT("b.test", "a -all") "b.test. A 192.0.2.1\n",
     "a.test ok 3/1, b.test ok 1/0", "a redirect costs one"},
    {AT("a.test", "ptr exists:%{ir}.x.test -all"), "a.test ok 2/0", "ptr and what only a message tells"},
};

#define B AT("b.test", "ip4:192.0.2.0/24 ip6:2001:db8::1 ~all")

static const struct {
    const char *zone;
    const char *records; /* name: text; separated by " | " */
    unsigned cost;
    const char *why;
} flats[] = {
    {AT("a.test", "include:b.test -all") B,
     "a.test: v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::1 -all", 0, "an include becomes its networks"},
    {AT("a.test", "ip4:192.0.2.7 include:b.test ip4:192.0.2.0/24 -all") B,
     "a.test: v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::1 -all", 0, "what another holds is left out"},
    {AT("a.test", "-ip4:192.0.2.7 include:b.test -all") B,
     "a.test: v=spf1 -ip4:192.0.2.7 ip4:192.0.2.0/24 ip6:2001:db8::1 -all", 0, "the order stays"},
    {AT("a.test", "a mx:b.test/28 -all") "a.test. A 192.0.2.1\na.test. AAAA 2001:db8::1\n"
     "b.test. MX 5 h.test.\nh.test. A 192.0.2.129\n",
     "a.test: v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 ip4:192.0.2.129/28 -all", 0, "hosts and prefixes"},
    {AT("a.test", "include:b.test ~all") AT("b.test", "-ip4:192.0.2.1 ip4:192.0.2.0/24 -all"),
     "a.test: v=spf1 include:b.test ~all", 1, "an exclusion inside cannot be written here"},
    {AT("a.test", "include:b.test ~all") AT("b.test", "include:c.test -all"),
     "a.test: v=spf1 include:b.test ~all", 2, "what is broken stays, to be seen"},
    {AT("a.test", "include:b.test exists:%{i}.x.test ?include:b.test ~all") B,
     "a.test: v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::1 exists:%{i}.x.test ?include:b.test ~all", 2,
     "macros and other qualifiers stay"},
    {AT("a.test", "ip4:198.51.100.1 redirect=b.test") B,
     "a.test: v=spf1 ip4:198.51.100.1 ip4:192.0.2.0/24 ip6:2001:db8::1 ~all", 0,
     "a redirect gives its end too"},
    {AT("a.test", "ip4:198.51.100.1 redirect=b.test"),
     "a.test: v=spf1 ip4:198.51.100.1 redirect=b.test", 1, "unless it leads nowhere"},
    {AT("a.test", "a:h.test -all") "$FAIL h.test. A TIMEOUT\n",
     "a.test: v=spf1 a:h.test -all", 1, "what DNS could not tell stays"},
    {AT("a.test", "ip4:192.0.2.1 -all include:b.test") B,
     "a.test: v=spf1 ip4:192.0.2.1 -all", 0, "what is never reached goes"},
};
/* clang-format on */

static void
test_trees(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof trees / sizeof *trees; i++) {
        UNIT_CASE(trees[i].why);
        struct world w;
        struct spftree tree;
        world_open(&w, trees[i].zone);
        assert_int_equal(spftree_read(&w.context, SCEAU_SLICE("a.test"), &tree),
                         SCEAU_OK);
        if (strcmp(tree_text(&tree), trees[i].tree) != 0)
            fail_msg("%s: %s", trees[i].why, tree_text(&tree));
        sceau_zone_resolver_free(w.zone);
    }
}

static const char *
flat_text(const struct spfflat *flat)
{
    struct text t = text_new(unit_arena, SIZE_MAX);
    for (size_t i = 0; i < flat->record_count; i++) {
        text_string(&t, i > 0 ? " | " : "");
        text_slice(&t, flat->records[i].name);
        text_string(&t, ": ");
        text_slice(&t, flat->records[i].text);
    }
    return text_done(&t).ptr;
}

static void
flatten(struct world *w, const char *zone, struct spfflat *flat)
{
    struct spftree tree;
    world_open(w, zone);
    assert_int_equal(spftree_read(&w->context, SCEAU_SLICE("a.test"), &tree), SCEAU_OK);
    assert_int_equal(tree.root->state, SPFTREE_OK);
    assert_int_equal(spfflat_make(unit_arena, &tree, flat), SCEAU_OK);
}

static void
test_flat(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof flats / sizeof *flats; i++) {
        UNIT_CASE(flats[i].why);
        struct world w;
        struct spfflat flat;
        flatten(&w, flats[i].zone, &flat);
        if (strcmp(flat_text(&flat), flats[i].records) != 0)
            fail_msg("%s: %s", flats[i].why, flat_text(&flat));
        assert_int_equal(flat.cost, flats[i].cost);
        sceau_zone_resolver_free(w.zone);
    }
}

/* A record of 100 networks of an include: too long for one answer by UDP. */
static void
test_long(void **state)
{
    (void)state;
    struct text zone = text_new(unit_arena, SIZE_MAX);
    sceau_arena_clear(unit_arena);
    text_string(&zone, AT("a.test", "include:b.test exists:%{i}.x.test -all"));
    text_string(&zone, "b.test. TXT \"v=spf1\"");
    for (unsigned i = 0; i < 100; i++)
        text_format(&zone, " \" ip4:198.51.100.%u\"", i);
    text_string(&zone, "\n");
    char *copy = strdup(text_done(&zone).ptr);
    struct world w;
    struct spfflat flat;
    flatten(&w, copy, &flat);
    free(copy);
    assert_int_equal(flat.network_count, 100);
    assert_true(flat.record_count > 4 && flat.record_count < 8);
    assert_int_equal(flat.cost, flat.record_count - 1 + 1);
    for (size_t i = 0; i < flat.record_count; i++)
        assert_true(flat.records[i].text.len <= SPFFLAT_RECORD_MAX);
    assert_string_equal(flat.records[1].name.ptr, "_spf1.a.test");
    sceau_zone_resolver_free(w.zone);
}

/* The original moved one network and gained another: seen, in both directions. */
static void
test_drift(void **state)
{
    (void)state;
    static const char zone[] = AT("a.test", "include:b.test -all")
        AT("b.test", "ip4:192.0.2.0/24 ip4:203.0.113.9 -all");
    struct world w;
    struct spfflat now, before;
    struct spftree tree;
    const struct ip_network *gone, *come;
    size_t gone_count, come_count;
    flatten(&w, zone, &now);
    assert_int_equal(
        spftree_read_text(&w.context, SCEAU_SLICE("a.test"),
                          SCEAU_SLICE("v=spf1 ip4:192.0.2.0/25 ip4:198.51.100.1 -all"),
                          &tree),
        SCEAU_OK);
    assert_int_equal(spfflat_make(unit_arena, &tree, &before), SCEAU_OK);
    assert_int_equal(spfflat_compare(unit_arena, &before, &now, &gone, &gone_count,
                                     &come, &come_count),
                     SCEAU_OK);
    assert_int_equal(gone_count, 1);
    assert_string_equal(spfflat_network_text(unit_arena, gone).ptr, "ip4:198.51.100.1");
    assert_int_equal(come_count, 2);
    assert_string_equal(spfflat_network_text(unit_arena, &come[0]).ptr,
                        "ip4:192.0.2.0/24");
    sceau_zone_resolver_free(w.zone);
}

/* Sixty-four records of eleven includes each would be a million: the reader ends. */
static void
test_limits(void **state)
{
    (void)state;
    struct text zone = text_new(unit_arena, SIZE_MAX);
    sceau_arena_clear(unit_arena);
    for (unsigned i = 0; i < 20; i++) {
        text_format(&zone, "%s%u.test. TXT \"v=spf1",
                    i == 0 ? "a.test. TXT \"v=spf1 include:n1.test\"\nn" : "n", i);
        for (unsigned k = 1; k < 12; k++)
            text_format(&zone, " include:n%u.test", (i * 7 + k * 3) % 97);
        text_string(&zone, " -all\"\n");
    }
    char *copy = strdup(text_done(&zone).ptr);
    struct world w;
    struct spftree tree;
    world_open(&w, copy);
    free(copy);
    assert_int_equal(spftree_read(&w.context, SCEAU_SLICE("a.test"), &tree), SCEAU_OK);
    assert_true(tree.is_cut);
    assert_true(tree.questions <= SPFTREE_QUESTIONS_MAX);
    sceau_zone_resolver_free(w.zone);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trees),  cmocka_unit_test(test_flat),
        cmocka_unit_test(test_long),   cmocka_unit_test(test_drift),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, unit_arena_up, unit_arena_down);
}
