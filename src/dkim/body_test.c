/* Body hashes: the RFC's values, lengths, and what is shared. */
#include "body.h"

#include "../../tests/unit.h"
#include "fixture.h"

static struct sceau_slice
base64_digest(struct sceau_arena *arena, const struct body_hash *hash)
{
    return base64_encoded(arena,
                          (struct sceau_slice){(const char *)body_hash_digest(hash),
                                               SHA256_OCTETS});
}

static const struct {
    const char *body;
    enum sceau_canonicalization how;
    int64_t length;
    const char *hash;
    uint64_t octets;
    const char *why;
} cases[] = {
    {"",             SCEAU_SIMPLE,  BODY_WHOLE, "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=", 2,
     "section 3.4.3"                    },
    {"",             SCEAU_RELAXED, BODY_WHOLE, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", 0,
     "section 3.4.4"                    },
    {"Hi.\r\n",      SCEAU_SIMPLE,  0,          "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", 5,
     "l=0 hashes nothing"               },
    {"\r\nHi.\r\n",  SCEAU_SIMPLE,  2,          "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=", 7,
     "l= cuts the canonical body"       },
    {"\r\n\r\n\r\n", SCEAU_SIMPLE,  2,          "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=", 2,
     "and counts its octets"            },
    {"",             SCEAU_SIMPLE,  99,         "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=", 2,
     "l= beyond the end: what there was"},
};

static void
hashes_bodies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_CASE(cases[i].why);
        struct sceau_slice body = sceau_slice_from(cases[i].body);
        for (size_t cut = 0; cut <= body.len; cut++) {
            struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
            struct sceau_body_hashes *hashes = sceau_body_hashes_new(arena);
            struct body_hash *hash =
                body_hashes_want(hashes, cases[i].how, cases[i].length);
            sceau_body_hashes_update(hashes, slice_sub(body, 0, cut));
            sceau_body_hashes_update(hashes, slice_skip(body, cut));
            sceau_body_hashes_finish(hashes);
            assert_slice(base64_digest(arena, hash), cases[i].hash);
            assert_int_equal(body_hash_octets(hash), cases[i].octets);
            sceau_body_hashes_free(hashes);
            sceau_arena_free(arena);
        }
    }
}

static void
shares_hashes_and_limits_them(void **state)
{
    (void)state;
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct sceau_body_hashes *hashes = sceau_body_hashes_new(arena);
    struct body_hash *whole = body_hashes_want(hashes, SCEAU_RELAXED, BODY_WHOLE);
    assert_ptr_equal(body_hashes_want(hashes, SCEAU_RELAXED, BODY_WHOLE), whole);
    assert_ptr_not_equal(body_hashes_want(hashes, SCEAU_SIMPLE, BODY_WHOLE), whole);
    for (int64_t length = 0; length < BODY_HASHES_MAX - 2; length++)
        assert_non_null(body_hashes_want(hashes, SCEAU_RELAXED, length));
    assert_null(body_hashes_want(hashes, SCEAU_RELAXED, 1000));
    assert_ptr_equal(body_hashes_want(hashes, SCEAU_RELAXED, BODY_WHOLE), whole);
    sceau_body_hashes_free(hashes);
    sceau_body_hashes_free(NULL);
    sceau_arena_free(arena);
}

/* A body of 16 MiB takes no octet of the arena. */
static void
takes_no_memory(void **state)
{
    (void)state;
    static char chunk[64 * 1024];
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct sceau_body_hashes *hashes = sceau_body_hashes_new(arena);
    struct body_hash *relaxed = body_hashes_want(hashes, SCEAU_RELAXED, BODY_WHOLE);
    struct body_hash *simple = body_hashes_want(hashes, SCEAU_SIMPLE, BODY_WHOLE);
    size_t before = sceau_arena_used(arena);
    for (size_t i = 0; i < sizeof chunk; i++)
        chunk[i] = i % 64 == 62 ? '\r' : i % 64 == 63 ? '\n' : i % 7 ? 'x' : ' ';
    for (size_t i = 0; i < 256; i++)
        sceau_body_hashes_update(hashes, (struct sceau_slice){chunk, sizeof chunk});
    sceau_body_hashes_finish(hashes);
    assert_int_equal(sceau_arena_used(arena), before);
    assert_int_equal(body_hash_octets(simple), 256 * sizeof chunk);
    assert_true(body_hash_octets(relaxed) <= body_hash_octets(simple));
    sceau_body_hashes_free(hashes);
    sceau_arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_bodies),
        cmocka_unit_test(shares_hashes_and_limits_them),
        cmocka_unit_test(takes_no_memory),
    };
    return cmocka_run_group_tests_name("dkim/body", tests, NULL, NULL);
}
