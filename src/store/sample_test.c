/* Samples of failed messages: what is written reads back; what is broken is no sample. */
#include "store/sample.h"

#include "../../tests/unit.h"
#include "store/frame.h"
#include "store/record.h"

static char large[2 * SAMPLE_HEADER_MAX];

static struct store_sample
example(void)
{
    return (struct store_sample){
        .time_us = 1767225600000001,
        .host = SCEAU_SLICE("mx1.example.org"),
        .sequence = 7,
        .kind = 1,
        .cause = 200,
        .policy_domain = SCEAU_SLICE("example.com"),
        .record = SCEAU_SLICE("v=DMARC1; p=none; ruf=mailto:x@example.com"),
        .header = SCEAU_SLICE("From: x@example.com\r\nSubject: y\r\n"),
        .has_body = 1,
        .client = {.version = 6,                                             .octets = {0x20, 1}},
        .port = 65535,
        .spf_count = 2,
        .spf_records = {{SCEAU_SLICE("example.com"), SCEAU_SLICE("v=spf1 -all")},
                   {SLICE_NONE, SLICE_NONE}                                                     },
    };
}

static struct sceau_slice
written(struct sceau_arena *arena, const struct store_sample *s)
{
    struct text t = text_new(arena, SIZE_MAX);
    assert_true(sample_write(&t, s));
    return unit_copy(text_so_far(&t));
}

static void
reads_back_what_it_wrote(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(1024 * 1024);
    struct store_sample s = example(), back;
    struct sceau_slice payload = written(arena, &s);
    assert_int_equal(record_type(payload), RECORD_FAILURE_SAMPLE);
    assert_int_equal(sample_read(payload, &back), SCEAU_OK);
    assert_true(back.time_us == s.time_us && back.sequence == 7 && back.kind == 1 &&
                back.cause == 200 && back.port == 65535 && back.has_body == 1);
    assert_true(slice_eq(back.header, s.header) && slice_eq(back.record, s.record));
    assert_int_equal(back.client.version, 6);
    assert_int_equal(back.spf_count, 2);
    assert_true(slice_eq(back.spf_records[0].text, s.spf_records[0].text) &&
                slice_eq(back.spf_records[0].domain, s.spf_records[0].domain));
    sceau_arena_free(arena);
    unit_free(payload);
}

/* The largest one has to fit into a frame, or the message would lose its record. */
static void
the_largest_fits_a_frame(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(4 * 1024 * 1024);
    struct store_sample s = example(), back;
    const struct sceau_slice all = {large, sizeof large};
    s.header = s.canonical_header = all;
    s.body = s.canonical_body = slice_sub(all, 0, SAMPLE_BODY_MAX);
    s.record = slice_sub(all, 0, 16 * 1024);
    s.spf_count = SAMPLE_SPF_MAX;
    for (size_t i = 0; i < SAMPLE_SPF_MAX; i++)
        s.spf_records[i] =
            (struct sample_spf_record){slice_sub(all, 0, 255), slice_sub(all, 0, 4000)};
    struct sceau_slice payload = written(arena, &s);
    assert_true(payload.len <= FRAME_MAX);
    assert_int_equal(sample_read(payload, &back), SCEAU_OK);
    assert_int_equal(back.header.len, SAMPLE_HEADER_MAX);
    assert_int_equal(back.spf_count, SAMPLE_SPF_RECORDS_MAX / 4000);
    sceau_arena_free(arena);
    unit_free(payload);
}

static const struct {
    const char *octets;
    size_t len;
    const char *why;
} broken[] = {
    {"",                  0, "nothing"                         },
    {"\1\1",              2, "a record of a message"           },
    {"\2\1\1",            3, "half a head"                     },
    {"\2\1\1\0\2ab",      7, "a time of two octets"            },
    {"\2\1\7\0\5abc",     8, "a text that ends early"          },
    {"\2\1\41\0\0",       5, "an SPF record without its length"},
    {"\2\1\41\0\2\5a",    7, "a domain longer than its field"  },
    {"\2\1\16\0\3\1\1\1", 8, "an address of three octets"      },
};

static void
refuses_what_is_broken(void **state)
{
    (void)state;
    struct store_sample s;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        UNIT_CASE(broken[i].why);
        struct sceau_slice copy =
            unit_copy((struct sceau_slice){broken[i].octets, broken[i].len});
        assert_int_equal(sample_read(copy, &s), SCEAU_E_SYNTAX);
        unit_free(copy);
    }
    assert_int_equal(sample_read((struct sceau_slice){"\2\7\377\0\1x", 6}, &s),
                     SCEAU_OK); /* a field and a version of later times */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_back_what_it_wrote),
        cmocka_unit_test(the_largest_fits_a_frame),
        cmocka_unit_test(refuses_what_is_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
