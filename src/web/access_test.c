/* Sessions, tokens, roles, Host: who gets in. */
#include "../../tests/unit.h"
#include "web/session.h"
#include "web/visitor.h"

static struct sessions sessions;
static char cookie[SESSION_TEXT];

static const struct sceau_slice hosts[] = {
    {"localhost", 9},
    {"127.0.0.1", 9},
    {"[::1]",     5}
};
static const struct sceau_slice readers[] = {
    {"rea=example.org,example.net", 27}
};
static const struct sceau_slice administrators[] = {
    {"ann", 3}
};

static struct config_web
settings(void)
{
    static struct ip_network proxy = {.prefix = 32};
    assert_true(sceau_ip_parse(SCEAU_SLICE("192.0.2.7"), &proxy.address));
    return (struct config_web){
        .hosts = {hosts,          3},
        .trusted_proxy = {&proxy,         1},
        .user_field = SCEAU_SLICE("X-Remote-User"),
        .administrators = {administrators, 1},
        .readers = {readers,        1},
    };
}

/* clang-format off */
static const struct {
    const char *host;
    bool fits;
    const char *why;
} host_cases[] = {
    {"localhost", true, "a name"},
    {"LOCALHOST:8460", true, "with a port"},
    {"127.0.0.1:1", true, "an address"},
    {"[::1]:8460", true, "with brackets and port"},
    {"[::1]", true, "without"},
    {"localhost.", false, "another spelling is another name"},
    {"evil.example", false, "DNS rebinding"},
    {"localhost:x", false, "no port"},
    {"localhost:8460:1", false, "two"},
    {"", false, "nothing"},
};

static const struct {
    const char *peer; /* NULL: a Unix socket */
    const char *user;
    bool has_cookie;
    enum visitor_role role;
    const char *why;
} visits[] = {
    {"127.0.0.1", "", false, VISITOR_NOBODY, "nobody"},
    {"127.0.0.1", "", true, VISITOR_ADMINISTRATOR, "came by a link"},
    {"127.0.0.1", "ann", false, VISITOR_NOBODY, "the field is not believed from anywhere"},
    {"192.0.2.7", "ann", false, VISITOR_ADMINISTRATOR, "the proxy's administrator"},
    {"192.0.2.7", "rea", false, VISITOR_READER, "a reader"},
    {"192.0.2.7", "rea", true, VISITOR_READER, "who stays one with a cookie"},
    {"192.0.2.7", "eve", true, VISITOR_NOBODY, "a user whom we do not know"},
    {NULL, "ann", false, VISITOR_ADMINISTRATOR, "over the Unix socket"},
};
/* clang-format on */

static void
test_sessions(void **state)
{
    (void)state;
    uint8_t random[SESSION_SECRET] = {1};
    char token[SESSION_TEXT], other[SESSION_TEXT];
    sessions_init(&sessions, random);
    random[1] = 2;
    session_begin(&sessions, random, 1000, cookie);
    struct sceau_slice c = sceau_slice_from(cookie);
    assert_true(session_holds(&sessions, c, 999));
    assert_false(session_holds(&sessions, c, 1000));
    assert_false(session_holds(&sessions, slice_sub(c, 0, 63), 0));
    assert_false(session_holds(&sessions, SCEAU_SLICE(""), 0));
    session_token(&sessions, c, token);
    assert_true(session_token_fits(&sessions, c, sceau_slice_from(token)));
    assert_false(
        session_token_fits(&sessions, SCEAU_SLICE("ann"), sceau_slice_from(token)));
    assert_false(session_token_fits(&sessions, c, SCEAU_SLICE("")));
    assert_string_not_equal(token, cookie);
    session_end(&sessions, c);
    assert_false(session_holds(&sessions, c, 0));
    session_link_name(c, other);
    assert_string_not_equal(other, cookie);
}

/* The oldest of too many goes, the newest stays. */
static void
test_many_sessions(void **state)
{
    (void)state;
    uint8_t random[SESSION_SECRET] = {0};
    char first[SESSION_TEXT], last[SESSION_TEXT];
    sessions_init(&sessions, random);
    session_begin(&sessions, random, 1000, first);
    for (int i = 1; i <= SESSIONS_MAX; i++) {
        random[0] = (uint8_t)i;
        session_begin(&sessions, random, 1000 + i, last);
    }
    assert_false(session_holds(&sessions, sceau_slice_from(first), 1));
    assert_true(session_holds(&sessions, sceau_slice_from(last), 1));
}

static void
test_hosts(void **state)
{
    (void)state;
    struct config_web config = settings();
    for (size_t i = 0; i < sizeof host_cases / sizeof *host_cases; i++) {
        UNIT_CASE(host_cases[i].why);
        assert_int_equal(visitor_host_fits(&config,
                                           sceau_slice_from(host_cases[i].host)),
                         host_cases[i].fits);
    }
}

static void
test_visits(void **state)
{
    (void)state;
    struct config_web config = settings();
    uint8_t random[SESSION_SECRET] = {7};
    char field[128];
    sessions_init(&sessions, random);
    session_begin(&sessions, random, 1000, cookie);
    snprintf(field, sizeof field, "sceau=%s", cookie);
    for (size_t i = 0; i < sizeof visits / sizeof *visits; i++) {
        UNIT_CASE(visits[i].why);
        struct visitor_request request = {.is_unix = visits[i].peer == NULL,
                                          .user = sceau_slice_from(visits[i].user),
                                          .cookie = sceau_slice_from(
                                              visits[i].has_cookie ? field : NULL)};
        struct visitor visitor;
        if (visits[i].peer != NULL)
            sceau_ip_parse(sceau_slice_from(visits[i].peer), &request.peer);
        visitor_find(&config, &sessions, &request, 10, &visitor);
        assert_int_equal(visitor.role, visits[i].role);
        assert_int_equal(visitor_sees(&visitor, SCEAU_SLICE("example.org")),
                         visits[i].role != VISITOR_NOBODY);
        assert_int_equal(visitor_sees(&visitor, SCEAU_SLICE("mail.example.net")),
                         visits[i].role != VISITOR_NOBODY);
        assert_int_equal(visitor_sees(&visitor, SCEAU_SLICE("example.com")),
                         visits[i].role == VISITOR_ADMINISTRATOR);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sessions),
        cmocka_unit_test(test_many_sessions),
        cmocka_unit_test(test_hosts),
        cmocka_unit_test(test_visits),
    };
    return cmocka_run_group_tests_name("access", tests, unit_arena_up, unit_arena_down);
}
