/* Addresses as the socket calls have them. */
#include "ip_socket.h"

#include "../../tests/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static const struct {
    int family;
    const char *address, *ip, *why;
} cases[] = {
    {AF_INET,  "192.0.2.1",        "192.0.2.1",   "IPv4"                    },
    {AF_INET6, "2001:db8::1",      "2001:db8::1", "IPv6"                    },
    {AF_INET6, "::ffff:192.0.2.1", "192.0.2.1",
     "an IPv4 peer of an IPv6 listener (RFC 3493 section 3.7)"              },
    {AF_INET6, "::192.0.2.1",      "::c000:201",  "compatible is not mapped"},
    {AF_UNIX,  NULL,               "unknown",     "of no address"           },
};

static void
comes_and_goes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sockaddr_storage all = {.ss_family = (sa_family_t)cases[i].family}, back;
        char text[SCEAU_IP_TEXT];
        void *to = cases[i].family == AF_INET
                       ? (void *)&((struct sockaddr_in *)&all)->sin_addr
                       : (void *)&((struct sockaddr_in6 *)&all)->sin6_addr;
        UNIT_CASE(cases[i].why);
        if (cases[i].address != NULL)
            assert_int_equal(inet_pton(cases[i].family, cases[i].address, to), 1);
        struct sceau_ip ip = ip_of_socket((struct sockaddr *)&all);
        sceau_ip_format(&ip, text);
        assert_string_equal(text, cases[i].ip);
        if (ip.version == 0)
            continue;
        socklen_t len = ip_to_socket(&ip, 8460, &back);
        assert_int_equal(len, ip.version == 4 ? sizeof(struct sockaddr_in)
                                              : sizeof(struct sockaddr_in6));
        assert_int_equal(((struct sockaddr_in *)&back)->sin_port, htons(8460));
        struct sceau_ip again = ip_of_socket((struct sockaddr *)&back);
        assert_memory_equal(&again, &ip, sizeof ip);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_and_goes),
    };
    return cmocka_run_group_tests_name("core/ip_socket", tests, NULL, NULL);
}
