/* Received-SPF as RFC 7208 section 9.1 has it. */
#include "authres/received_spf.h"

#include "../../tests/unit.h"

static void
writes_the_field(void **state)
{
    (void)state;
    struct received_spf spf = {
        .result = "pass",
        .comment = SCEAU_SLICE("example.com designates 192.0.2.1"),
        .identity = "mailfrom",
        .envelope_from = SCEAU_SLICE("myname@example.com"),
        .helo = SCEAU_SLICE("foo.example.com"),
        .receiver = SCEAU_SLICE("mybox.example.org"),
        .mechanism = SCEAU_SLICE("ip4:192.0.2.1"),
    };
    sceau_ip_parse(SCEAU_SLICE("192.0.2.1"), &spf.ip);
    assert_slice(received_spf_write(unit_arena, &spf, false),
                 "pass (example.com designates 192.0.2.1) identity=mailfrom;\r\n"
                 "\tclient-ip=192.0.2.1; envelope-from=\"myname@example.com\";\r\n"
                 "\thelo=foo.example.com; receiver=mybox.example.org; "
                 "mechanism=\"ip4:192.0.2.1\";");
}

static void
holds_a_stranger_down(void **state)
{
    (void)state;
    struct received_spf spf = {
        .result = "permerror",
        .identity = "helo",
        .envelope_from = SCEAU_SLICE("a\"; x=y\r\nX: \xc3\xa9@example.com"),
        .helo = SCEAU_SLICE("a b; result=pass"),
        .problem = SCEAU_SLICE("(unclosed \"comment\""),
    };
    assert_slice(received_spf_write(unit_arena, &spf, false),
                 "permerror identity=helo; envelope-from=\"example.com\";\r\n"
                 "\thelo=\"a b; result=pass\"; problem=\"(unclosed \\\"comment\\\"\";");
    assert_slice(
        received_spf_write(unit_arena, &spf, true),
        "permerror identity=helo;\r\n"
        "\tenvelope-from=\"\\\"a\\\\\\\"; x=y  X: \xc3\xa9\\\"@example.com\"; "
        "helo=\"a b; result=pass\";\r\n\tproblem=\"(unclosed \\\"comment\\\"\";");
}

static void
leaves_out_what_is_not_known(void **state)
{
    (void)state;
    struct received_spf spf = {.result = "none", .identity = "mailfrom"};
    assert_slice(received_spf_write(unit_arena, &spf, false),
                 "none identity=mailfrom;");
    sceau_ip_parse(SCEAU_SLICE("2001:db8::1"), &spf.ip);
    assert_slice(received_spf_write(unit_arena, &spf, false),
                 "none identity=mailfrom; client-ip=\"2001:db8::1\";");
    struct sceau_arena *full = sceau_arena_new(0);
    assert_int_equal(received_spf_write(full, &spf, false).len, 0);
    sceau_arena_free(full);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_the_field),
        cmocka_unit_test(holds_a_stranger_down),
        cmocka_unit_test(leaves_out_what_is_not_known),
    };
    return cmocka_run_group_tests_name("authres/received_spf", tests, unit_arena_up,
                                       unit_arena_down);
}
