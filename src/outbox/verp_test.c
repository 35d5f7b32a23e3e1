/* Bounces: to whom they are about, and that nobody can make one up. */
#include "verp.h"

#include "../../tests/unit.h"
#include "core/text.h"

static const uint8_t secret[OUTBOX_SECRET] = {1, 2, 3};
static const uint8_t other[OUTBOX_SECRET] = {1, 2, 4};

static void
test_comes_back(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {0, 1, 77, UINT64_MAX};
    for (size_t i = 0; i < 4; i++) {
        uint64_t found = 5;
        struct sceau_slice path =
            outbox_return_path(unit_arena, secret,
                               SCEAU_SLICE("dmarc-noreply@mail.example.org"),
                               numbers[i]);
        assert_true(outbox_delivery(secret, path, &found));
        assert_true(found == numbers[i]);
        assert_true(path.len <= 64 + 1 + 255);
        assert_false(outbox_delivery(other, path, &found));
    }
}

static void
test_is_no_address(void **state)
{
    (void)state;
    assert_null(outbox_return_path(unit_arena, secret, SCEAU_SLICE(""), 1).ptr);
    assert_null(
        outbox_return_path(unit_arena, secret, SCEAU_SLICE("postmaster"), 1).ptr);
    assert_null(
        outbox_return_path(unit_arena, secret, SCEAU_SLICE("@example.org"), 1).ptr);
}

/* The address of delivery 1, changed in one way each. */
static void
test_refuses_others(void **state)
{
    (void)state;
    char token[OUTBOX_TOKEN];
    outbox_token(secret, 1, token);
    uint64_t delivery;
    for (size_t i = 0; i < OUTBOX_TOKEN - 1; i++) {
        struct text t = text_new(unit_arena, SIZE_MAX);
        char changed[OUTBOX_TOKEN];
        memcpy(changed, token, sizeof changed);
        changed[i] = changed[i] == '0' ? '1' : '0';
        text_format(&t, "a+%s@example.org", changed);
        assert_false(outbox_delivery(secret, text_done(&t), &delivery));
    }
    static const char *const addresses[] = {
        "", "@", "+", "a@b", "a+@b", "+@", "a+0000000000000001@b"};
    for (size_t i = 0; i < sizeof addresses / sizeof *addresses; i++)
        assert_false(
            outbox_delivery(secret, sceau_slice_from(addresses[i]), &delivery));
}

/* Letter case is lost on the way; a second plus is the local part's own. */
static void
test_is_tolerant(void **state)
{
    (void)state;
    char token[OUTBOX_TOKEN];
    outbox_token(secret, 0xabcdef, token);
    uint64_t delivery = 0;
    struct text t = text_new(unit_arena, SIZE_MAX);
    text_string(&t, "Reports+DMARC+");
    for (size_t i = 0; token[i] != '\0'; i++)
        text_octet(&t, (char)(token[i] >= 'a' ? token[i] - 32 : token[i]));
    text_string(&t, "@EXAMPLE.org");
    assert_true(outbox_delivery(secret, text_done(&t), &delivery));
    assert_true(delivery == 0xabcdef);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_comes_back),
        cmocka_unit_test(test_is_no_address),
        cmocka_unit_test(test_refuses_others),
        cmocka_unit_test(test_is_tolerant),
    };
    return cmocka_run_group_tests_name("outbox/verp", tests, unit_arena_up,
                                       unit_arena_down);
}
