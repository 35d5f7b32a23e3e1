/* RFC 9990 section 4: who may be sent reports about a domain, and the two public
 * questions that rest on the walk alone. */
#include "../../tests/unit.h"
#include "dmarc_testing.h"

#define ZONE                                      \
 "_dmarc.example.com. TXT \"v=DMARC1; p=none\"\n" \
 "_dmarc.blue.example.com. TXT \"v=DMARC1; p=none; psd=n\"\n"

#define CONSENT(text) ZONE "example.com._report._dmarc.dest.example.net. TXT " text "\n"

/* clang-format off */
static const struct {
    const char *zone;
    const char *domain;
    const char *destination;
    const char *answer; /* "yes", "no", "unknown", and what replaces rua and ruf */
    const char *why;
} cases[] = {
    {ZONE, "example.com", "example.com", "yes",
     "the domain itself: no question at all"},
    {ZONE, "mail.example.com", "Reports.Example.COM", "yes", "the same organization"},
    {ZONE, "blue.example.com", "example.com", "no",
     "a subdomain that is an organization of its own"},
    {ZONE, "example.com", "dest.example.net", "no", "no record: no consent"},
    {CONSENT( "\"v=DMARC1\"" ), "example.com", "dest.example.net", "yes",
     "the bare minimum"},
    {CONSENT( "\"v=DMARC1;\"" ), "example.com", "DEST.example.net", "yes",
     "RFC 9989 B.2.3, with a final semicolon"},
    {CONSENT( "\"v=DMARC1; p=bogus\"" ), "example.com", "dest.example.net", "yes",
     "p is of no interest here"},
    {CONSENT( "\"v=DMARC1\"" ), "mail.example.com", "dest.example.net", "no",
     "consent is for the domain where the policy was found"},
    {CONSENT( "\"v=dmarc1\"" ), "example.com", "dest.example.net", "no",
     "step 6: v=DMARC1 comes first, in this case"},
    {CONSENT( "\"v=spf1 -all\"" ), "example.com", "dest.example.net", "no",
     "no tag list"},
    {CONSENT(
     "\"v=DMARC1; rua=mailto:a@dest.example.net; rua=mailto:b@dest.example.net\"" ),
     "example.com", "dest.example.net", "no", "a tag twice is no valid list"},
    {CONSENT( "\"x\"\nexample.com._report._dmarc.dest.example.net. TXT \"v=DMARC1\"\n"
     "example.com._report._dmarc.dest.example.net. TXT \"v=DMARC1\"" ), "example.com",
     "dest.example.net", "yes", "step 8: at least one is enough"},
    {CONSENT( "\"v=DMARC1; rua=mailto:aggregate@dest.example.net; "
     "ruf=mailto:failure@dest.example.net\"" ), "example.com", "dest.example.net",
     "yes rua=mailto:aggregate@dest.example.net ruf=mailto:failure@dest.example.net",
     "RFC 9989 B.2.4: another address at the same host"},
    {CONSENT( "\"v=DMARC1; rua=https://Dest.Example.NET/in!10m\"" ), "example.com",
     "dest.example.net", "yes rua=https://Dest.Example.NET/in",
     "another scheme at the same host"},
    {CONSENT( "\"v=DMARC1; rua=mailto:a@victim.example\"" ), "example.com",
     "dest.example.net", "no", "an override to another host: send to neither"},
    {CONSENT( "\"v=DMARC1; rua=mailto:a@dest.example.net,mailto:a@victim.example\"" ),
     "example.com", "dest.example.net", "no", "nor when it is one of two"},
    {CONSENT( "\"v=DMARC1; ruf=mailto:a@sub.dest.example.net\"" ), "example.com",
     "dest.example.net", "no", "nor to a name below"},
    {CONSENT( "\"v=DMARC1; rua=urn:nobody\"" ), "example.com", "dest.example.net", "no",
     "nor to a URI without host"},
    {CONSENT( "\"v=DMARC1; rua=broken\"" ), "example.com", "dest.example.net", "yes",
     "a malformed override is none"},
    {CONSENT( "\"v=DMARC1\"\nexample.com._report._dmarc.dest.example.net. TXT "
     "\"v=DMARC1; rua=mailto:a@victim.example\"" ), "example.com", "dest.example.net",
     "no", "one of two records leads astray"},
    {ZONE "$FAIL example.com._report._dmarc.dest.example.net. TXT TIMEOUT\n",
     "example.com", "dest.example.net", "unknown", "step 5: ask again later"},
    {ZONE "$FAIL _dmarc.mail.example.com. TXT SERVFAIL\n", "example.com",
     "mail.example.com", "unknown", "whether it is external is not known"},
    {ZONE, "example.com",
     "a.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.net", "no",
     "step 4: the name is too long for DNS"},
    {ZONE, "example.com", "[192.0.2.1]", "no", "a literal is no domain"},
    {ZONE, "example.com", "", "no", "no host"},
};
/* clang-format on */

static void
summarize(bool accepts, const struct sceau_dmarc_record *r, char *out, size_t size)
{
    size_t len = (size_t)snprintf(out, size, "%s", accepts ? "yes" : "no");
    if (r != NULL && r->rua_count > 0)
        len +=
            (size_t)snprintf(out + len, size - len, " rua=%.*s", SLICE_ARG(r->rua[0]));
    if (r != NULL && r->ruf_count > 0)
        snprintf(out + len, size - len, " ruf=%.*s", SLICE_ARG(r->ruf[0]));
}

static void
verifies_destinations(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct dmarc_world world;
        const struct sceau_dmarc_record *replacement = NULL;
        const char *reason = NULL;
        char got[300] = "unknown";
        bool accepts = true;
        UNIT_CASE(cases[i].why);
        dmarc_world_init(&world, cases[i].zone);
        enum sceau_status status =
            sceau_dmarc_external_accepts(&world.context,
                                         sceau_slice_from(cases[i].domain),
                                         sceau_slice_from(cases[i].destination),
                                         &accepts, &replacement, &reason);
        if (status == SCEAU_OK)
            summarize(accepts, replacement, got, sizeof got);
        else
            assert_int_equal(status, SCEAU_E_SYSTEM);
        assert_string_equal(got, cases[i].answer);
        assert_non_null(reason);
        assert_true(status == SCEAU_OK || !accepts);
        dmarc_world_clear(&world);
    }
}

static void
asks_nothing_for_itself(void **state)
{
    (void)state;
    struct dmarc_world world;
    bool accepts = false;
    dmarc_world_init(&world, ZONE);
    assert_int_equal(sceau_dmarc_external_accepts(&world.context,
                                                  SCEAU_SLICE("example.com"),
                                                  SCEAU_SLICE("example.com"), &accepts,
                                                  NULL, NULL),
                     SCEAU_OK);
    assert_true(accepts);
    assert_string_equal(world.asked, "");
    dmarc_world_clear(&world);
}

/* clang-format off */
static const struct {
    const char *a, *b;
    enum sceau_dmarc_alignment mode;
    const char *answer;
    const char *why;
} pairs[] = {
    {"mail.example.com", "example.com", SCEAU_DMARC_RELAXED, "yes", "relaxed"},
    {"mail.example.com", "example.com", SCEAU_DMARC_STRICT, "no", "strict"},
    {"MAIL.example.com.", "mail.EXAMPLE.com", SCEAU_DMARC_STRICT, "yes",
     "spelling does not count"},
    {"b\xc3\xbc" "cher.example", "xn--bcher-kva.example", SCEAU_DMARC_STRICT, "yes",
     "U-labels are A-labels"},
    {"example.com", "example.net", SCEAU_DMARC_RELAXED, "no", "another domain"},
    {"example.com", "", SCEAU_DMARC_RELAXED, "no", "no domain"},
    {"a b", "a b", SCEAU_DMARC_STRICT, "no", "what is no domain, even twice"},
    {"a.slow.test", "b.slow.test", SCEAU_DMARC_RELAXED, "unknown", "DNS trouble"},
};
/* clang-format on */

static void
aligns_pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct dmarc_world world;
        bool is_aligned = true;
        UNIT_CASE(pairs[i].why);
        dmarc_world_init(&world, ZONE "$FAIL _dmarc.slow.test. TXT SERVFAIL\n");
        enum sceau_status status =
            sceau_dmarc_aligned(&world.context, SCEAU_DMARC_TREEWALK, NULL,
                                sceau_slice_from(pairs[i].a),
                                sceau_slice_from(pairs[i].b), pairs[i].mode,
                                &is_aligned);
        const char *got = status == SCEAU_E_SYSTEM ? "unknown"
                          : is_aligned             ? "yes"
                                                   : "no";
        assert_string_equal(got, pairs[i].answer);
        dmarc_world_clear(&world);
    }
}

static void
finds_organizations(void **state)
{
    (void)state;
    struct dmarc_world world;
    struct sceau_slice organizational;
    dmarc_world_init(&world, ZONE "$FAIL _dmarc.slow.test. TXT SERVFAIL\n");
    assert_int_equal(sceau_dmarc_organizational_domain(
                         &world.context, SCEAU_DMARC_TREEWALK, NULL,
                         SCEAU_SLICE("A.Mail.example.com."), &organizational),
                     SCEAU_OK);
    assert_slice(organizational, "example.com");
    assert_int_equal(sceau_dmarc_organizational_domain(&world.context,
                                                       SCEAU_DMARC_TREEWALK, NULL,
                                                       SCEAU_SLICE("a.slow.test"),
                                                       &organizational),
                     SCEAU_E_SYSTEM);
    assert_int_equal(sceau_dmarc_organizational_domain(&world.context,
                                                       SCEAU_DMARC_TREEWALK, NULL,
                                                       SCEAU_SLICE("a b"),
                                                       &organizational),
                     SCEAU_E_SYNTAX);
    dmarc_world_clear(&world);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verifies_destinations),
        cmocka_unit_test(asks_nothing_for_itself),
        cmocka_unit_test(aligns_pairs),
        cmocka_unit_test(finds_organizations),
    };
    return cmocka_run_group_tests_name("dmarc/external", tests, NULL, NULL);
}
