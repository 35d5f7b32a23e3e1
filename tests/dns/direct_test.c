/* One question to one server: nsd, and the small server that misbehaves. */
#include "dns/direct.h"

#include "../unit.h"
#include "core/slice.h"
#include "server.h"

static struct nsd nsd;

static struct dns_direct_options
to(const char *address, bool is_tcp)
{
    struct dns_direct_options options = {.is_tcp = is_tcp, .timeout_ms = 5000};
    struct sceau_slice text = sceau_slice_from(address);
    size_t at = slice_find(text, '@');
    uint64_t port = 0;
    sceau_ip_parse(slice_sub(text, 0, at), &options.server);
    slice_decimal(slice_skip(text, at + 1), 65535, &port);
    options.port = (uint16_t)port;
    return options;
}

static struct dns_direct_reply
ask(struct dns_direct_options options, const char *name, uint16_t type)
{
    struct dns_direct_reply reply;
    dns_direct_ask(unit_arena, &options, sceau_slice_from(name), type, &reply);
    return reply;
}

static const struct {
    const char *name;
    uint16_t type;
    bool is_tcp;
    enum sceau_dns_status status;
    size_t count;
    bool is_truncated;
    const char *why;
} questions[] = {
    {"live.test",     SCEAU_DNS_MX,  false, SCEAU_DNS_OK,       2, false, "two MX over UDP"},
    {"live.test",     SCEAU_DNS_MX,  true,  SCEAU_DNS_OK,       2, false, "two MX over TCP"},
    {"LIVE.test",     SCEAU_DNS_SOA, false, SCEAU_DNS_OK,       1, false, "letter case"    },
    {"c1.live.test",  SCEAU_DNS_A,   false, SCEAU_DNS_OK,       3, false,
     "aliases inside the zone"                                                             },
    {"live.test",     SCEAU_DNS_A,   false, SCEAU_DNS_NODATA,   0, false,
     "the name without the type"                                                           },
    {"no.live.test",  SCEAU_DNS_A,   true,  SCEAU_DNS_NXDOMAIN, 0, false, "no such name"   },
    {"other.example", SCEAU_DNS_A,   false, SCEAU_DNS_REFUSED,  0, false, "not its zone"   },
    {"big.live.test", SCEAU_DNS_TXT, false, SCEAU_DNS_LIMIT,    0, true,  "cut over UDP"   },
};

static void
asks_nsd(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        UNIT_CASE(questions[i].why);
        struct dns_direct_options options = to(nsd.address, questions[i].is_tcp);
        struct dns_direct_reply reply =
            ask(options, questions[i].name, questions[i].type);
        assert_int_equal(reply.answer.status, questions[i].status);
        assert_int_equal(reply.answer.count, questions[i].count);
        assert_int_equal(reply.is_truncated, questions[i].is_truncated);
        assert_true(reply.has_reply);
        assert_true(reply.has_edns);
        assert_int_equal(reply.is_authoritative,
                         reply.answer.status != SCEAU_DNS_REFUSED);
        assert_false(reply.is_recursive);
    }
    struct dns_direct_reply reply =
        ask(to(nsd.address, true), "big.live.test", SCEAU_DNS_TXT);
    assert_int_equal(reply.answer.status, SCEAU_DNS_OK); /* whole over TCP */
}

static void
survives_bad_servers(void **state)
{
    static const struct {
        enum server_mode mode;
        enum sceau_dns_status status;
        bool has_reply;
    } cases[] = {
        {SERVER_ANSWERS,  SCEAU_DNS_OK,       true },
        {SERVER_SERVFAIL, SCEAU_DNS_SERVFAIL, true },
        {SERVER_REFUSED,  SCEAU_DNS_REFUSED,  true },
        {SERVER_SILENT,   SCEAU_DNS_TIMEOUT,  false},
        {SERVER_GARBAGE,  SCEAU_DNS_TIMEOUT,  false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct server server;
        server_start(&server, cases[i].mode);
        struct dns_direct_options options = to(server.address, false);
        if (!cases[i].has_reply)
            options.timeout_ms = 300;
        struct dns_direct_reply reply = ask(options, "a.example", SCEAU_DNS_A);
        assert_int_equal(reply.answer.status, cases[i].status);
        assert_int_equal(reply.has_reply, cases[i].has_reply);
        assert_false(reply.has_edns); /* it cuts it off */
        assert_true(reply.answer.elapsed_ms < 5000);
        options.is_tcp = true; /* nobody listens there */
        reply = ask(options, "a.example", SCEAU_DNS_A);
        assert_int_equal(reply.answer.status, SCEAU_DNS_TIMEOUT);
        assert_true(reply.is_refused_connection);
        server_stop(&server);
    }
}

static void
asks_names_only(void **state)
{
    (void)state;
    struct dns_direct_reply reply = ask(to(nsd.address, false), "a..b", SCEAU_DNS_A);
    assert_int_equal(reply.answer.status, SCEAU_DNS_INVALID);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(asks_nsd),
        cmocka_unit_test(survives_bad_servers),
        cmocka_unit_test(asks_names_only),
    };
    if (argc < 2 || !nsd_start(&nsd, argv[1]))
        return 1; /* nsd is among the packages that tests need */
    int failed = cmocka_run_group_tests_name("dns/direct", tests, unit_arena_up,
                                             unit_arena_down);
    nsd_stop(&nsd);
    return failed;
}
