/* Journal records and frames: what is written reads back, whatever a crash left behind. */
#include "store/record.h"

#include "../../tests/unit.h"
#include "store/frame.h"

static struct record_message
example(void)
{
    struct record_message m = {
        .time_us = 1767225600000001,
        .host = SCEAU_SLICE("mx1.example.org"),
        .boot = 1767225000000000,
        .sequence = 42,
        .queue_id = SCEAU_SLICE("4AbCdE"),
        .client = {.version = 4, .octets = {192, 0, 2, 1}},
        .mail_from_domain = SCEAU_SLICE("example.net"),
        .recipients = 3,
        .author_domain = SCEAU_SLICE("example.com"),
        .has_spf = 1,
        .spf_mail_from_result = SCEAU_SPF_PASS,
        .spf_mail_from_domain = SCEAU_SLICE("example.net"),
        .signature_count = 2,
        .dmarc_result = SCEAU_DMARC_FAIL,
        .dmarc_policy = SCEAU_DMARC_POLICY_REJECT,
        .record = SCEAU_SLICE("v=DMARC1; p=reject"),
        .selector_count = 1,
    };
    m.signatures[0] =
        (struct record_signature){SCEAU_DKIM_PASS, SCEAU_DKIM_RSA_SHA256,
                                  SCEAU_SLICE("example.net"), SCEAU_SLICE("s1")};
    m.signatures[1] =
        (struct record_signature){SCEAU_DKIM_FAIL, 0, SLICE_NONE, SLICE_NONE};
    m.selectors[0] = SCEAU_SLICE("2026a");
    m.is_shadow = 1;
    m.shadow_compared = 0x1b;
    m.difference_count = 2;
    m.differences[0] =
        (struct record_difference){3, SCEAU_SLICE("pass"), SCEAU_SLICE("fail"),
                                   SCEAU_SLICE("example.com")};
    m.differences[1] =
        (struct record_difference){1, SLICE_NONE, SLICE_NONE, SLICE_NONE};
    m.differences_more = 5;
    m.claims_own_domain = 1;
    m.is_unverified = 1;
    m.signing_domain = SCEAU_SLICE("example.org");
    return m;
}

static void
reads_back_what_it_wrote(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(65536);
    struct record_message m = example(), back;
    struct text t = text_new(arena, SIZE_MAX);
    assert_true(record_write(&t, &m));
    struct sceau_slice payload = unit_copy(text_so_far(&t));
    assert_int_equal(record_read(payload, &back), SCEAU_OK);
    assert_true(back.time_us == m.time_us && back.sequence == 42 &&
                back.recipients == 3);
    assert_slice(back.host, "mx1.example.org");
    assert_int_equal(back.client.version, 4);
    assert_int_equal(back.client.octets[0], 192);
    assert_int_equal(back.signature_count, 2);
    assert_slice(back.signatures[0].domain, "example.net");
    assert_slice(back.signatures[0].selector, "s1");
    assert_int_equal(back.signatures[1].result, SCEAU_DKIM_FAIL);
    assert_int_equal(back.signatures[1].domain.len, 0);
    assert_slice(back.record, "v=DMARC1; p=reject");
    assert_slice(back.selectors[0], "2026a");
    assert_true(back.is_shadow && back.shadow_compared == 0x1b &&
                back.difference_count == 2 && back.differences_more == 5 &&
                back.claims_own_domain == 1 && back.is_unverified == 1);
    assert_slice(record_signing_domain(&back), "example.org");
    back.signing_domain = SLICE_NONE; /* older writers */
    assert_slice(record_signing_domain(&back), "example.com");
    assert_int_equal(back.differences[0].method, 3);
    assert_slice(back.differences[0].theirs, "pass");
    assert_slice(back.differences[0].ours, "fail");
    assert_slice(back.differences[0].domain, "example.com");
    assert_int_equal(back.differences[1].domain.len, 0);
    assert_int_equal(back.helo.len, 0);
    unit_free(payload);
    sceau_arena_free(arena);
}

static void
skips_fields_of_newer_writers(void **state)
{
    (void)state;
    struct record_message back;
    struct sceau_slice payload =
        unit_copy(SCEAU_SLICE("\x01\x07\xc8\x00\x02??\x02\x00\x02mx\xc9\x00\x00"));
    assert_int_equal(record_read(payload, &back), SCEAU_OK);
    assert_slice(back.host, "mx");
    unit_free(payload);
}

static const struct {
    const char *octets;
    size_t len;
    const char *why;
} broken[] = {
    {"",                                  0,  "no type"                      },
    {"\x02\x01",                          2,  "another type"                 },
    {"\x01\x01\x02",                      3,  "a field without length"       },
    {"\x01\x01\x02\x00\x05host",          9,  "a length beyond the end"      },
    {"\x01\x01\x01\x00\x04time",          9,  "a number of the wrong size"   },
    {"\x01\x01\x06\x00\x05"
     "12345",                        10, "an address of five octets"    },
    {"\x01\x01\x11\x00\x02\x01\x01",      7,  "a signature without its head" },
    {"\x01\x01\x11\x00\x03\x01\x01\x05",  8,  "a domain beyond the signature"},
    {"\x01\x01\x24\x00\x02\x01\x00",      7,  "a difference without its head"},
    {"\x01\x01\x24\x00\x04\x01\x01\x01x", 9,  "words beyond the difference"  },
};

static void
refuses_broken_payloads(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct record_message back;
        struct sceau_slice copy =
            unit_copy((struct sceau_slice){broken[i].octets, broken[i].len});
        UNIT_CASE(broken[i].why);
        assert_int_equal(record_read(copy, &back), SCEAU_E_SYNTAX);
        unit_free(copy);
    }
}

/* Three frames; the file cut at every octet: the whole ones before the cut are read. */
static void
reads_what_a_crash_left(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(65536);
    struct text t = text_new(arena, SIZE_MAX);
    size_t ends[3];
    for (size_t i = 0; i < 3; i++) {
        frame_write(&t, (struct sceau_slice){"payload SJ01 inside", 17 + i});
        ends[i] = t.len;
    }
    for (size_t cut = 0; cut <= t.len; cut++) {
        struct sceau_slice file = unit_copy((struct sceau_slice){t.ptr, cut});
        struct frame_reader r = {.octets = file};
        struct sceau_slice payload;
        size_t want = 0, got = 0;
        while (want < 3 && ends[want] <= cut)
            want++;
        while (frame_next(&r, &payload) == FRAME_GOOD)
            got++;
        assert_int_equal(got, want);
        unit_free(file);
    }
    sceau_arena_free(arena);
}

/* A torn frame in the middle (a crash, then a restart that appended): one is lost. */
static void
goes_on_behind_a_torn_frame(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(65536);
    struct text t = text_new(arena, SIZE_MAX);
    struct sceau_slice payload;
    frame_write(&t, SCEAU_SLICE("one"));
    text_slice(&t, SCEAU_SLICE("SJ01\0\0\0\xff torn"));
    frame_write(&t, SCEAU_SLICE("two"));
    struct frame_reader r = {.octets = text_so_far(&t)};
    assert_int_equal(frame_next(&r, &payload), FRAME_GOOD);
    assert_slice(payload, "one");
    assert_int_equal(frame_next(&r, &payload), FRAME_GOOD);
    assert_slice(payload, "two");
    assert_int_equal(r.skipped, 13);
    assert_int_equal(frame_next(&r, &payload), FRAME_END);
    sceau_arena_free(arena);
}

/* RFC 1952 section 8, a bit at a time. */
static uint32_t
plain_crc32(struct sceau_slice octets)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < octets.len; i++) {
        crc ^= (uint8_t)octets.ptr[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

/* Of every length up to some words, from every octet of a word, and in two parts. */
static void
has_the_crc_of_gzip(void **state)
{
    (void)state;
    char octets[256];
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (char)(i * 167 + 13); /* each octet once */
    assert_true(frame_crc32(0, SCEAU_SLICE("123456789")) == 0xcbf43926);
    for (size_t len = 0; len + 8 <= sizeof octets; len++) {
        struct sceau_slice all = {octets + len % 8, len};
        uint32_t first = frame_crc32(0, slice_sub(all, 0, len / 3));
        assert_true(frame_crc32(0, all) == plain_crc32(all));
        assert_true(frame_crc32(first, slice_skip(all, len / 3)) == plain_crc32(all));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_back_what_it_wrote),
        cmocka_unit_test(skips_fields_of_newer_writers),
        cmocka_unit_test(refuses_broken_payloads),
        cmocka_unit_test(reads_what_a_crash_left),
        cmocka_unit_test(goes_on_behind_a_torn_frame),
        cmocka_unit_test(has_the_crc_of_gzip),
    };
    return cmocka_run_group_tests_name("store/record", tests, NULL, NULL);
}
