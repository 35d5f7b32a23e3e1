/* Which questions are put before their turn: those that may come to it, and no more than the
 * sender may cost. The verdict is the same with and without. */
#include "sceau/dns.h"
#include "sceau/spf.h"

#include "../../tests/unit.h"
#include "core/text.h"

struct listening {
    struct sceau_resolver resolver;
    struct sceau_resolver *zone;
    struct text asked; /* "TYPE name\n" of each prefetch */
};

static void
listen_lookup(struct sceau_resolver *self, struct sceau_arena *arena,
              struct sceau_slice name, uint16_t type, uint32_t timeout_ms,
              struct sceau_dns_answer *answer)
{
    struct sceau_resolver *zone = ((struct listening *)self)->zone;
    zone->lookup(zone, arena, name, type, timeout_ms, answer);
}

static void
listen_prefetch(struct sceau_resolver *self, struct sceau_slice name, uint16_t type)
{
    struct text *asked = &((struct listening *)self)->asked;
    char type_name[16];
    text_format(asked, "%s %.*s\n", sceau_dns_type_name(type, type_name),
                SLICE_ARG(name));
}

static const struct {
    const char *zone;
    const char *asked;
    enum sceau_spf_result result;
    const char *why;
} cases[] = {
    {"a.test. TXT \"v=spf1 a mx:m.test include:i.test exists:%{l}.e.test -all\"\n"
     "a.test. A 192.0.2.9\n",                                                        "A a.test\nMX m.test\nTXT i.test\nA ann.e.test\n", SCEAU_SPF_PERMERROR,
     "one of each, macros expanded; i.test has no record"                                                                                                                                                      },
    {"a.test. TXT \"v=spf1 ip4:198.51.100.0/24 a:b.test ip4:192.0.2.1 a:c.test -all\"\n",
     "A b.test\n",                                                                                                                           SCEAU_SPF_PASS,
     "what stands behind a match without DNS is not asked"                                                                                                                                                     },
    {"a.test. TXT \"v=spf1 -all redirect=r.test\"\n",                                     "",                                                SCEAU_SPF_FAIL,
     "nor behind all (section 6.1)"                                                                                                                                                                            },
    {"a.test. TXT \"v=spf1 a:%{p}.test redirect=r.test\"\n"
     "r.test. TXT \"v=spf1 ?all\"\n",                                                "TXT r.test\n",                                    SCEAU_SPF_NEUTRAL,   "%{p} needs DNS itself; the redirect is next"},
    {"a.test. TXT \"v=spf1 mx -all\"\na.test. MX 1 x.test.\na.test. MX 2 y.test.\n"
     "y.test. A 192.0.2.1\n",                                                        "MX a.test\nA x.test\nA y.test\n",                 SCEAU_SPF_PASS,
     "the hosts of an MX answer at once"                                                                                                                                                                       },
    {"a.test. TXT \"v=spf1 include:i.test a:z.test -all\"\n"
     "i.test. TXT \"v=spf1 a:1.test a:2.test a:3.test a:4.test a:5.test a:6.test a:7.test"
     " a:8.test a:9.test ip4:192.0.2.1\"\n",                                         "TXT i.test\nA z.test\nA 1.test\nA 2.test\nA 3.test\nA 4.test\nA 5.test\nA 6.test\n"
     "A 7.test\nA 8.test\n",                                                                SCEAU_SPF_PERMERROR,
     "ten in all, whatever the records hold; two voids are too many"                                                                                                                                           },
};

static enum sceau_spf_result
check(struct listening *l, struct sceau_arena *arena, bool asks_ahead)
{
    struct sceau_context context = {.arena = arena, .resolver = &l->resolver};
    struct sceau_spf_query query = {.sender = SCEAU_SLICE("ann@a.test"),
                                    .identity = SCEAU_SPF_MAIL_FROM};
    struct sceau_spf_outcome outcome;
    sceau_ip_parse(SCEAU_SLICE("192.0.2.1"), &query.ip);
    l->resolver.prefetch = asks_ahead ? listen_prefetch : NULL;
    sceau_spf_check(&context, &query, &outcome);
    return outcome.result;
}

static void
asks_what_may_come(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sceau_arena *arena = sceau_arena_new((size_t)1024 * 1024);
        struct sceau_zone_error error;
        struct listening l = {
            .resolver = {.lookup = listen_lookup},
            .zone = sceau_zone_resolver_new(sceau_slice_from(cases[i].zone), &error),
            .asked = text_new(arena, SIZE_MAX),
        };
        UNIT_CASE(cases[i].why);
        assert_non_null(l.zone);
        assert_int_equal(check(&l, arena, true), cases[i].result);
        struct sceau_slice asked = text_done(&l.asked);
        assert_string_equal(asked.len > 0 ? asked.ptr : "", cases[i].asked);
        assert_int_equal(check(&l, arena, false), cases[i].result);
        sceau_zone_resolver_free(l.zone);
        sceau_arena_free(arena);
    }
}

/* The look ahead awaits the record and asks for its terms; it decides nothing. */
static void
looks_ahead(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new((size_t)1024 * 1024);
    struct sceau_zone_error error;
    struct listening l = {
        .resolver = {listen_lookup, listen_prefetch},
        .zone =
            sceau_zone_resolver_new(SCEAU_SLICE("mail.test. TXT \"v=spf1 a -all\"\n"),
                                    &error),
        .asked = text_new(arena, SIZE_MAX),
    };
    struct sceau_context context = {.arena = arena, .resolver = &l.resolver};
    struct sceau_spf_query query = {.helo = SCEAU_SLICE("mail.test"),
                                    .identity = SCEAU_SPF_HELO};
    sceau_spf_look_ahead(&context, &query); /* no address: nothing to look for */
    assert_int_equal(l.asked.len, 0);
    sceau_ip_parse(SCEAU_SLICE("192.0.2.1"), &query.ip);
    sceau_spf_look_ahead(&context, &query);
    assert_string_equal(text_done(&l.asked).ptr, "A mail.test\n");
    sceau_zone_resolver_free(l.zone);
    sceau_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_what_may_come),
        cmocka_unit_test(looks_ahead),
    };
    return cmocka_run_group_tests_name("spf/ahead", tests, NULL, NULL);
}
