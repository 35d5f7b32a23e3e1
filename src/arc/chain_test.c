/* Which ARC fields form a chain (RFC 8617 sections 4.2, 5.2 step 3). */
#include "chain.h"

#include "../../tests/unit.h"
#include "dkim/fixture.h"

#define TAGS "a=rsa-sha256; d=example.org; s=s; b=AAAA; "
#define BH   "bh=MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI="

#define AAR(i)     "ARC-Authentication-Results: i=" i "; example.org; spf=pass\r\n"
#define AMS(i)     "ARC-Message-Signature: i=" i "; " TAGS "h=from; " BH "\r\n"
#define AS(i, cv)  "ARC-Seal: i=" i "; " TAGS "cv=" cv "\r\n"
#define SET(i, cv) AS(i, cv) AMS(i) AAR(i)

static const struct {
    const char *header;
    const char *defect; /* NULL: a chain, or nothing */
    unsigned highest;
    const char *why;
} cases[] = {
    {"From: a@example.com\r\n",                  NULL,0, "no ARC field"},
    {SET("1",                                    "none"),NULL,1,"the least chain"},
    {SET("3",                                          "pass") SET("2","pass") SET("1","none"),NULL, 3, "three sets"},
    {AAR("1") AMS("1") AS("1",                                      "none"),NULL,1,                                          "fields in any order"},
    {SET("1","none") SET("2","pass"),NULL,2, "sets in any order"},
    {"arc-seal : i=1; " TAGS "cv=none\r\n" AMS("1") AAR("1"),                                    NULL,1,
     "names have no case"},
    {AMS("1") AAR("1"),                       "a set has no ARC-Seal",1,"3A"},
    {AS("1",                       "none") AAR("1"),"a set has no ARC-Message-Signature",1,"3A"},
    {AS("1",                                      "none") AMS("1"),"a set has no ARC-Authentication-Results",                                                                 1,                                                                                                                                                       "3A"},
    {AAR("1"),                                         "a set has no ARC-Message-Signature",1,                               "3A: one field only"                                                                                                                     },
    {SET("1", "none") AAR("1"),"two ARC-Authentication-Results have one instance",1,
     "3A"},
    {SET("1","none") AMS("1"),"two ARC-Message-Signatures have one instance",1,
     "3A"},
    {SET("1",                          "none") AS("1","none"),                                                                 "two ARC-Seals have one instance",1, "3A"},
    {SET("3",                                    "pass") SET("1", "none"),                            "an instance is missing",                                                                                                                                    3, "3B: a gap"},
    {SET("2",                                          "pass"),"an instance is missing",2,"3B: no beginning"},
    {SET("1",                                         "pass"),"cv= of the first seal is not none",1,"3C"},
    {SET("1",                                   "fail"),"cv= of the first seal is not none",1,"3C"},
    {SET("2",                                    "none") SET("1","none"),"cv= of a later seal is not pass",2, "3C"},
    {SET("2",                                          "pass") SET("1","fail"),"cv= of the first seal is not none",2, "3C"},
    {SET("2",                                      "maybe") SET("1","none"),"cv= of a later seal is not pass",2,
     "no such cv="},
    {SET("0",                                         "none"),"an ARC-Seal has no instance from 1 to 50",                                                       0,                                                                                                                                                                                                                                                                      "below 1"},
    {SET("51",                                   "none"),               "an ARC-Seal has no instance from 1 to 50",                                                                                      0,                                                                                                 "above 50"},
    {AMS("x") AAR("1"),                                    "an ARC-Message-Signature has no instance from 1 to 50",0,
     "no digit"},
    {AAR("1x"),                                      "an ARC-Authentication-Results has no instance from 1 to 50",0,"1x"},
};

static void
collects_sets(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arc_chain chain;
        struct sceau_slice octets = unit_copy(sceau_slice_from(cases[i].header));
        struct fixture_message m = fixture_read(unit_arena, octets);
        UNIT_CASE(cases[i].why);
        assert_true(arc_chain_read(unit_arena, &m.header, &chain));
        assert_slice(sceau_slice_from(chain.defect != NULL ? chain.defect : "sound"),
                     cases[i].defect != NULL ? cases[i].defect : "sound");
        assert_int_equal(chain.highest, cases[i].highest);
        unit_free(octets);
    }
}

/* arc-info = instance [CFWS] ";" authres-payload */
static const struct {
    const char *body;
    unsigned instance; /* 0: none */
    const char *payload;
    const char *why;
} infos[] = {
    {" i=1; example.org; spf=pass",             1,  "example.org; spf=pass", "the common form"               },
    {"i=50;x",                                  50, "x",                     "the highest"                   },
    {" (a(b)) i (c)= (d)\r\n 7 (e) ; x; none ", 7,  "x; none",
     "CFWS wherever the grammar has it"                                                                      },
    {"i=01; x",                                 1,  "x",                     "position = 1*2DIGIT"           },
    {"i=1;",                                    1,  "",                      "an empty payload is for policy"},
    {"I=1; x",                                  0,  "",                      "%s\"i\" is in lower case"      },
    {"i=0; x",                                  0,  "",                      "below 1"                       },
    {"i=51; x",                                 0,  "",                      "above 50"                      },
    {"i=001; x",                                0,  "",                      "three digits"                  },
    {"i=4294967297; x",                         0,  "",                      "1, modulo 2^32"                },
    {"i=-1; x",                                 0,  "",                      "a sign"                        },
    {"i=1x; x",                                 0,  "",                      "digits only"                   },
    {"i=; x",                                   0,  "",                      "no digit"                      },
    {"i=1 x",                                   0,  "",                      "no semicolon"                  },
    {"x; i=1;",                                 0,  "",                      "the instance comes first"      },
    {"(i=1; x",                                 0,  "",                      "a comment without end"         },
    {"",                                        0,  "",                      "nothing"                       },
};

static void
reads_instances_of_results(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof infos / sizeof *infos; i++) {
        struct sceau_slice payload = SLICE_NONE;
        struct sceau_slice body = unit_copy(sceau_slice_from(infos[i].body));
        UNIT_CASE(infos[i].why);
        assert_int_equal(arc_results_instance(body, &payload), infos[i].instance);
        assert_slice(payload, infos[i].payload);
        unit_free(body);
    }
}

/* Five thousand fields of one name: read until the second, not parsed all. */
static void
stops_at_the_first_defect(void **state)
{
    (void)state;
    struct sceau_header header = {.fields = NULL};
    struct arc_chain chain;
    for (size_t i = 0; i < SCEAU_FIELDS_MAX; i++)
        assert_int_equal(sceau_header_add(unit_arena, &header, SCEAU_SLICE("ARC-Seal"),
                                          SCEAU_SLICE("i=1; " TAGS "cv=none")),
                         SCEAU_OK);
    size_t before = sceau_arena_used(unit_arena);
    assert_true(arc_chain_read(unit_arena, &header, &chain));
    assert_slice(sceau_slice_from(chain.defect), "two ARC-Seals have one instance");
    assert_true(sceau_arena_used(unit_arena) - before < (size_t)64 * 1024);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(collects_sets),
        cmocka_unit_test(reads_instances_of_results),
        cmocka_unit_test(stops_at_the_first_defect),
    };
    return cmocka_run_group_tests_name("arc/chain", tests, unit_arena_up,
                                       unit_arena_down);
}
