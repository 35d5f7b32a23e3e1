/* The bounds of a DMARC check: length of the walk, size of a record, memory, names. */
#include "check_testing.h"

/* Forty labels, and a name so long that "_dmarc." before it is none: the walk still
 * finds the organization, in at most eight questions. */
static void
bounds_the_walk(void **state)
{
    (void)state;
    char forty[100] = "", longest[260] = "";
    for (int i = 0; i < 38; i++)
        add(forty, sizeof forty, "a.");
    add(forty, sizeof forty, "example.com");
    for (int i = 0; i < 119; i++)
        add(longest, sizeof longest, "a.");
    add(longest, sizeof longest, "example.com");
    const struct scenario cases[] = {
        {ORG, forty,   "", "", "fail p=reject@example.com org=example.com -> reject",
         NULL, "forty labels"},
        {ORG, longest, "", "", "fail p=reject@example.com org=example.com -> reject",
         NULL, "249 octets"  },
    };
    for (size_t i = 0; i < 2; i++) {
        struct dmarc_world world;
        struct sceau_dmarc_outcome outcome;
        run(&cases[i], SCEAU_DMARC_TREEWALK, NULL, &world, &outcome);
        assert_int_equal(outcome.query_count, SCEAU_DMARC_WALK_MAX - i);
        for (size_t k = 0; k < outcome.query_count; k++)
            assert_true(outcome.queries[k].len <= 253);
        dmarc_world_clear(&world);
    }
}

/* A record over 16 KiB is not a shorter one, and not none: an error. */
static void
refuses_a_long_record(void **state)
{
    (void)state;
    static char zone[20000] = "_dmarc.example.com. TXT \"v=DMARC1; p=reject\"";
    for (int i = 0; i < 70; i++)
        add(zone, sizeof zone, " \"%0250d\"", 0);
    add(zone, sizeof zone, "\n_dmarc.com. TXT \"v=DMARC1; p=none\"\n");
    const struct scenario s = {zone,        "example.com",  "example.com", "",
                               "permerror", "~example.com", "17 KiB"};
    struct dmarc_world world;
    struct sceau_dmarc_outcome outcome;
    run(&s, SCEAU_DMARC_TREEWALK, NULL, &world, &outcome);
    dmarc_world_clear(&world);
}

/* When our memory runs out, wherever, the verdict is temperror or the right one: never
 * pass, none or a milder policy. */
static void
survives_a_full_arena(void **state)
{
    (void)state;
    static const char zone[] =
        "_dmarc.example.com. TXT \"v=DMARC1; p=reject; sp=quarantine; np=reject; "
        "rua=mailto:r@example.com\"\n";
    bool has_succeeded = false;
    for (size_t ceiling = 0; ceiling < 20000 && !has_succeeded; ceiling += 16) {
        struct sceau_dmarc_identifier dkim = {.domain = SCEAU_SLICE("b.other.com"),
                                              .is_pass = true};
        struct sceau_dmarc_query query = {.author = SCEAU_SLICE("ghost.example.com"),
                                          .dkim = &dkim,
                                          .dkim_count = 1};
        struct sceau_dmarc_outcome outcome;
        struct dmarc_world world;
        dmarc_world_init(&world, zone);
        struct sceau_arena *small = sceau_arena_new(ceiling);
        world.context.arena = small;
        sceau_dmarc_check(&world.context, &query, &outcome);
        has_succeeded = outcome.result == SCEAU_DMARC_FAIL && outcome.queries != NULL;
        if (outcome.result == SCEAU_DMARC_FAIL)
            assert_int_equal(outcome.disposition, SCEAU_DMARC_POLICY_REJECT);
        else
            assert_int_equal(outcome.result, SCEAU_DMARC_TEMPERROR);
        sceau_arena_free(small);
        dmarc_world_clear(&world);
    }
    assert_true(has_succeeded);
}

/* A name that is none gives no pass and asks nothing. */
static void
refuses_no_domain(void **state)
{
    (void)state;
    static const char *const names[] = {"", "a..b", ".", "a."};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct scenario s = {BASE,        names[i], names[i],   "",
                                   "permerror", "",       "no domain"};
        struct dmarc_world world;
        struct sceau_dmarc_outcome outcome;
        run(&s, SCEAU_DMARC_TREEWALK, NULL, &world, &outcome);
        dmarc_world_clear(&world);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_the_walk),
        cmocka_unit_test(refuses_a_long_record),
        cmocka_unit_test(survives_a_full_arena),
        cmocka_unit_test(refuses_no_domain),
    };
    return cmocka_run_group_tests_name("dmarc/limits", tests, NULL, NULL);
}
