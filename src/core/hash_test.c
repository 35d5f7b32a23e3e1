/* SipHash-2-4 against the vectors its authors publish: key 00..0f, message 00..n-1. */
#include "hash.h"

#include "../../tests/unit.h"

static const struct {
    size_t len;
    uint64_t hash;
    const char *why;
} vectors[] = {
    {0,  0x726fdb47dd0e0e31, "no octet"                            },
    {1,  0x74f839c593dc67fd, "a tail of one"                       },
    {7,  0xab0200f58b01d137, "the longest tail"                    },
    {8,  0x93f5f5799a932462, "one word, empty tail"                },
    {15, 0xa129ca6149be45e5, "the paper's example, appendix A"     },
    {63, 0x958a324ceb064572, "the last vector of the reference set"},
};

static void
agrees_with_the_reference(void **state)
{
    (void)state;
    const struct hash_key key = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
    char message[64];
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (char)i;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        UNIT_CASE(vectors[i].why);
        struct sceau_slice in =
            unit_copy((struct sceau_slice){message, vectors[i].len});
        assert_true(hash_octets(&key, in) == vectors[i].hash);
        unit_free(in);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_reference),
    };
    return cmocka_run_group_tests_name("core/hash", tests, NULL, NULL);
}
