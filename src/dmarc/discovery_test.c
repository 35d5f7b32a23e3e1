/* Where the policy is sought: by the suffix list of RFC 7489, or by both ways at once. */
#include "check_testing.h"

#define LIST "com\nco.uk\nuk\nshared.example.com\n"

/* clang-format off */
static const struct scenario by_list[] = {
    {ORG, "a.mail.example.com", "b.example.com", "",
     "pass p=reject@example.com org=example.com spf -> none",
     "~a.mail.example.com ~example.com", "two questions at most"},
    {ORG "_dmarc.mail.example.com. TXT \"v=DMARC1; p=none\"\n"
     "_dmarc.mail.example.com. TXT \"v=DMARC1; p=none\"\n", "mail.example.com", "", "",
     "none org=example.com", "~mail.example.com",
     "section 6.6.3 step 5: several records end the search"},
    {BASE "_dmarc.com. TXT \"v=DMARC1; p=reject; psd=y\"\n", "example.com", "", "",
     "none org=example.com", "~example.com", "there is no walk"},
    {"_dmarc.co.uk. TXT \"v=DMARC1; p=reject\"\n", "co.uk", "", "a.co.uk",
     "fail p=reject@co.uk org=co.uk -> reject", NULL,
     "a public suffix is its own organization"},
    {ORG, "t.shared.example.com", "", "u.shared.example.com",
     "none org=t.shared.example.com", NULL,
     "tenants of a private suffix are strangers"},
    {ORG "_dmarc.t.shared.example.com. TXT \"v=DMARC1; p=reject\"\n",
     "t.shared.example.com", "", "u.shared.example.com example.com",
     "fail p=reject@t.shared.example.com org=t.shared.example.com -> reject", NULL,
     "and not aligned with what hosts them"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; rua=mailto:r@example.com\"\n",
     "example.com", "", "", "fail p=none@example.com org=example.com -> none", NULL,
     "section 6.6.3 step 6: p missing, rua valid"},
    {BASE "_dmarc.example.com. TXT \"v=DMARC1; p=none; sp=none; np=reject\"\n",
     "ghost.example.com", "", "",
     "fail np=reject@example.com org=example.com ghost -> reject", NULL,
     "np of RFC 9091"},
    {"$FAIL _dmarc.example.com. TXT SERVFAIL\n", "a.example.com", "", "",
     "temperror org=example.com", NULL, "trouble at the organizational domain"},
};
/* clang-format on */

static void
goes_by_the_list(void **state)
{
    (void)state;
    struct sceau_psl *psl = sceau_psl_new(sceau_slice_from(LIST));
    assert_non_null(psl);
    for (size_t i = 0; i < sizeof by_list / sizeof *by_list; i++) {
        struct dmarc_world world;
        struct sceau_dmarc_outcome outcome;
        run(&by_list[i], SCEAU_DMARC_PSL, psl, &world, &outcome);
        assert_true(
            slice_eq(outcome.psl_organizational_domain, outcome.organizational_domain));
        dmarc_world_clear(&world);
    }
    sceau_psl_free(psl);
}

/* clang-format off */
static const struct {
    struct scenario scenario;
    bool differs;
} hybrids[] = {
    {{ORG, "a.mail.example.com", "b.example.com", "",
     "pass p=reject@example.com org=example.com spf -> none", NULL, "both agree"},
     false},
    {{ORG "_dmarc.mail.example.com. TXT \"v=DMARC1; p=none; psd=n\"\n",
     "a.mail.example.com", "", "example.com",
     "fail p=none@mail.example.com org=mail.example.com -> none", NULL,
     "psd=n: the walk decides"}, true},
    {{ORG, "t.shared.example.com", "", "u.shared.example.com",
     "pass p=reject@example.com org=example.com dkim -> none", NULL,
     "a private suffix that the DNS does not know of"}, true},
};
/* clang-format on */

static void
notes_differences(void **state)
{
    (void)state;
    struct sceau_psl *psl = sceau_psl_new(sceau_slice_from(LIST));
    assert_non_null(psl);
    for (size_t i = 0; i < sizeof hybrids / sizeof *hybrids; i++) {
        struct dmarc_world world;
        struct sceau_dmarc_outcome outcome;
        run(&hybrids[i].scenario, SCEAU_DMARC_HYBRID, psl, &world, &outcome);
        assert_int_equal(outcome.discovery_differs, hybrids[i].differs);
        assert_true(outcome.psl_organizational_domain.len > 0);
        dmarc_world_clear(&world);
    }
    sceau_psl_free(psl);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_by_the_list),
        cmocka_unit_test(notes_differences),
    };
    return cmocka_run_group_tests_name("dmarc/discovery", tests, NULL, NULL);
}
