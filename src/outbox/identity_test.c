/* Names of reports: they are what RFC 9990 section 3.5 has, and the same each time. */
#include "identity.h"

#include "../../tests/unit.h"

static struct outbox_identity
identity(void)
{
    return (struct outbox_identity){
        .receiver = SCEAU_SLICE("mail.receiver.example"),
        .policy_domain = SCEAU_SLICE("example.com"),
        .begin = 1013662812,
        .end = 1013749130,
        .policy_hash = SCEAU_SLICE("hash"),
    };
}

static void
test_names(void **state)
{
    (void)state;
    struct outbox_identity i = identity();
    char id[OUTBOX_ID_SIZE];
    outbox_id(&i, id);
    assert_int_equal(strspn(id, "0123456789abcdef"), OUTBOX_ID_SIZE - 1);
    char *name, *subject;
    assert_true(
        asprintf(&name,
                 "mail.receiver.example!example.com!1013662812!1013749130!%s.xml.gz",
                 id) > 0);
    assert_true(
        asprintf(
            &subject,
            "Report Domain: example.com\r\n Submitter: mail.receiver.example\r\n Report-ID: %s",
            id) > 0);
    assert_slice(outbox_file_name(unit_arena, &i, id), name);
    assert_slice(outbox_subject(unit_arena, &i, id), subject);
    free(name);
    free(subject);
}

/* One change each: another report. */
static void
test_tells_reports_apart(void **state)
{
    (void)state;
    struct outbox_identity all[8];
    char ids[8][OUTBOX_ID_SIZE];
    for (size_t i = 0; i < 8; i++)
        all[i] = identity();
    all[1].receiver = SCEAU_SLICE("mail.receiver.exampl");
    all[1].policy_domain = SCEAU_SLICE("eexample.com"); /* the same octets in a row */
    all[2].policy_domain = SCEAU_SLICE("example.org");
    all[3].begin++;
    all[4].end++;
    all[5].policy_hash = SCEAU_SLICE("hasi");
    all[6].policy_hash = SCEAU_SLICE("");
    all[7].store = SCEAU_SLICE("another");
    for (size_t i = 0; i < 8; i++) {
        outbox_id(&all[i], ids[i]);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(ids[i], ids[k]);
    }
    struct outbox_identity again = identity();
    char id[OUTBOX_ID_SIZE];
    outbox_id(&again, id);
    assert_string_equal(id, ids[0]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_tells_reports_apart),
    };
    return cmocka_run_group_tests_name("outbox/identity", tests, unit_arena_up,
                                       unit_arena_down);
}
