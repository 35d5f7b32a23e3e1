/* TLS-RPT records that are taken, and those that are not. */
#include "tlsrpt.h"

#include "../../tests/unit.h"
#include "core/text.h"

static const struct {
    const char *text;
    enum sceau_status status;
    size_t usable, unusable;
    size_t offset;
    const char *why;
} records[] = {
    {"v=TLSRPTv1;rua=mailto:reports@example.com",               SCEAU_OK,       1, 0, 0,
     "the example of RFC 8460 section 3.1"                                                                         },
    {"v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt", SCEAU_OK,       1, 0, 0,
     "the other one"                                                                                               },
    {"v=TLSRPTv1; rua=mailto:a@b.test , https://c.test/x ;",    SCEAU_OK,       2, 0, 0,
     "a list"                                                                                                      },
    {"v=TLSRPTv1; new=1; rua=mailto:a@b.test",                  SCEAU_OK,       1, 0, 0,  "an extension"           },
    {"v=TLSRPTv1; rua=a@b.test",                                SCEAU_OK,       0, 1, 0,  "no scheme"              },
    {"v=TLSRPTv1; rua=http://b.test/",                          SCEAU_OK,       0, 1, 0,  "http is none of the two"},
    {"v=TLSRPTv1; rua=mailto:a@b.test!10m",                     SCEAU_OK,       0, 1, 0,  "DMARC's old size"       },
    {"v=TLSRPTv1; rua=mailto:a@b.test, ,mailto:c@b.test",       SCEAU_OK,       2, 1, 0,
     "an empty one in the list"                                                                                    },
    {"v=TLSRPTv1; rua=",                                        SCEAU_E_SYNTAX, 0, 0, 16, "no value"               },
    {"v=TLSRPTv1; ruf=mailto:a@b.test",                         SCEAU_E_SYNTAX, 0, 0, 31, "no rua"                 },
    {"v=TLSRPTv1",                                              SCEAU_E_SYNTAX, 0, 0, 10, "no field"               },
    {"v=TLSRPTV1; rua=mailto:a@b.test",                         SCEAU_E_SYNTAX, 0, 0, 0,  "letter case counts"     },
    {"v=DMARC1; rua=mailto:a@b.test",                           SCEAU_E_SYNTAX, 0, 0, 0,  "another record"         },
};

static void
reads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        struct sceau_slice text = unit_copy(sceau_slice_from(records[i].text));
        struct tlsrpt_record record;
        struct sceau_diag diag = {0};
        UNIT_CASE(records[i].why);
        assert_int_equal(tlsrpt_record_parse(unit_arena, text, &record, &diag),
                         records[i].status);
        if (records[i].status == SCEAU_OK) {
            assert_int_equal(record.rua_count, records[i].usable);
            assert_int_equal(record.unusable, records[i].unusable);
        } else {
            assert_int_equal(diag.offset, records[i].offset);
        }
        unit_free(text);
    }
}

static void
keeps_limits(void **state)
{
    struct text t = text_new(unit_arena, SIZE_MAX);
    struct tlsrpt_record record;
    struct sceau_diag diag;
    (void)state;
    text_string(&t, "v=TLSRPTv1; rua=mailto:a@b.test");
    for (size_t i = 1; i < TLSRPT_URIS_MAX; i++)
        text_string(&t, ",mailto:a@b.test");
    assert_int_equal(tlsrpt_record_parse(unit_arena, text_so_far(&t), &record, &diag),
                     SCEAU_OK);
    text_string(&t, ",mailto:a@b.test");
    assert_int_equal(tlsrpt_record_parse(unit_arena, text_so_far(&t), &record, &diag),
                     SCEAU_E_LIMIT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(keeps_limits),
    };
    return cmocka_run_group_tests_name("check/tlsrpt", tests, unit_arena_up,
                                       unit_arena_down);
}
