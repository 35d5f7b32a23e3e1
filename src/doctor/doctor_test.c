/* The checks of what no set-up of tests/doctor has: the kernel's clock, another product. */
#include "doctor.h"

#include "../../tests/folder.h"

#define THERE  "/"
#define ABSENT "/nonexistent/zimbra"

static const struct {
    const char *check;
    int clock;
    const char *zimbra;
    enum doctor_outcome outcome;
    int status;
    bool has_fix;
    const char *why;
} cases[] = {
    {"clock.synchronised", 1,  ABSENT, DOCTOR_OK,      0, false, "NTP keeps the clock"  },
    {"clock.synchronised", 0,  ABSENT, DOCTOR_WARNING, 1, true,
     "nothing keeps the clock"                                                          },
    {"clock.synchronised", -1, ABSENT, DOCTOR_UNKNOWN, 3, false,
     "the kernel is silent"                                                             },
    {"zimbra.present",     1,  ABSENT, DOCTOR_SKIPPED, 0, false, "a host without Zimbra"},
    {"zimbra.present",     1,  THERE,  DOCTOR_INFO,    0, true,  "a host with Zimbra"   },
};

static void
judges(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sceau_context context = {.arena = unit_arena};
        struct doctor_finding findings[DOCTOR_FINDINGS_MAX];
        struct doctor d = {
            .context = &context,
            .clock = cases[i].clock,
            .zimbra = cases[i].zimbra,
            .findings = findings,
        };
        struct sceau_slice only = sceau_slice_from(cases[i].check);
        UNIT_CASE(cases[i].why);
        doctor_run(&d, &only, 1, NULL, 0);
        assert_int_equal(d.count, 1);
        assert_string_equal(findings[0].check->id, cases[i].check);
        assert_int_equal(findings[0].outcome, cases[i].outcome);
        assert_true(findings[0].found.len > 0);
        assert_int_equal(findings[0].fix.len > 0, cases[i].has_fix);
        assert_int_equal(doctor_exit_status(&d), cases[i].status);
    }
}

/* Its master.cf hands mail to OpenDKIM, its main.cf asks us already. */
static void
warns_of_zimbras_opendkim(void **state)
{
    (void)state;
    char folder[TEST_FOLDER];
    struct sceau_context context = {.arena = unit_arena};
    struct doctor_finding findings[DOCTOR_FINDINGS_MAX];
    struct sceau_slice only = SCEAU_SLICE("zimbra.present");
    struct doctor d = {.context = &context, .zimbra = folder, .findings = findings};
    assert_int_equal(test_folder_make(folder, "zimbra"), 0);
    test_folder_write(folder, "common/conf/main.cf",
                      "smtpd_milters = inet:127.0.0.1:8892\n");
    test_folder_write(folder, "common/conf/master.cf",
                      " -o smtpd_milters=inet:localhost:8465\n");
    doctor_run(&d, &only, 1, NULL, 0);
    assert_int_equal(d.count, 2);
    assert_int_equal(findings[0].outcome, DOCTOR_OK);
    assert_int_equal(findings[1].outcome, DOCTOR_WARNING);
    assert_int_equal(test_folder_remove(folder), 0);
}

/* What brings the clients back depends on what stands in front. */
static void
names_the_way_to_clients(void **state)
{
    (void)state;
    static const struct {
        struct sceau_ip client;
        const char *zimbra;
        const char *fix;
    } ways[] = {
        {{.version = 4, .octets = {127, 0, 0, 1}},
         ABSENT,                                              "sceau doctor --only postfix."},
        {{.version = 4, .octets = {198, 51, 100, 7}}, ABSENT, "postconf -e smtpd_auth"      },
        {{.version = 6, .octets = {[15] = 1}},        THERE,  "sceau doctor --only postfix."},
        {{.version = 6, .octets = {0x20, 1, 13}},     THERE,  "zmprov gs"                   },
    };
    static const char *const authors[] = {"a.test", "b.test", "c.test"};
    for (size_t w = 0; w < sizeof ways / sizeof *ways; w++) {
        struct sceau_context context = {.arena = unit_arena};
        struct doctor_finding findings[DOCTOR_FINDINGS_MAX];
        struct sceau_slice only = SCEAU_SLICE("journal.clients");
        struct doctor d = {.context = &context,
                           .zimbra = ways[w].zimbra,
                           .journal = DOCTOR_JOURNAL_READ,
                           .findings = findings};
        UNIT_CASE(ways[w].fix);
        for (size_t i = 0; i < DOCTOR_CLIENT_MESSAGES; i++) {
            struct record_message m = {.client = ways[w].client};
            m.author_domain = sceau_slice_from(authors[i % 3]);
            doctor_clients_add(&d.clients, unit_arena, &m);
        }
        doctor_run(&d, &only, 1, NULL, 0);
        assert_int_equal(d.count, 1);
        assert_int_equal(findings[0].outcome, DOCTOR_WARNING);
        assert_true(slice_starts_ci(findings[0].fix, sceau_slice_from(ways[w].fix)));
    }
}

/* What the kernel says is one of the three that the check knows. */
static void
reads_the_clock(void **state)
{
    (void)state;
    int clock = doctor_clock();
    assert_true(clock >= -1 && clock <= 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges),
        cmocka_unit_test(warns_of_zimbras_opendkim),
        cmocka_unit_test(names_the_way_to_clients),
        cmocka_unit_test(reads_the_clock),
    };
    return cmocka_run_group_tests_name("doctor/doctor", tests, unit_arena_up,
                                       unit_arena_down);
}
