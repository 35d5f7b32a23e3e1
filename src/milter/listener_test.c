/* Listeners as people write them, and the sockets that come of them. */
#include "milter/listener.h"

#include "../../tests/unit.h"

#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *text;
    bool is_good;
    const char *where; /* path, or address */
    uint16_t port;
    enum milter_role role;
    const char *why;
} listeners[] = {
    {"unix:/run/m.sock",                      true,  "/run/m.sock", 0,    MILTER_ROLE_VERIFY, "a path"                   },
    {"/run/m.sock",                           true,  "/run/m.sock", 0,    MILTER_ROLE_VERIFY, "a bare path"              },
    {"local:/run/m.sock,role=both,mode=0600", true,  "/run/m.sock", 0,    MILTER_ROLE_BOTH,
     "Sendmail's word, settings"                                                                                         },
    {"inet:8891@127.0.0.1",                   true,  "127.0.0.1",   8891, MILTER_ROLE_VERIFY,
     "Sendmail's way"                                                                                                    },
    {"inet:127.0.0.1:8891",                   true,  "127.0.0.1",   8891, MILTER_ROLE_VERIFY,
     "Postfix's way"                                                                                                     },
    {"inet:localhost:8891",                   true,  "127.0.0.1",   8891, MILTER_ROLE_VERIFY,
     "localhost is an address"                                                                                           },
    {"inet:8891",                             true,  "127.0.0.1",   8891, MILTER_ROLE_VERIFY,
     "no address is loopback, never the world"                                                                           },
    {"inet6:8891@::1",                        true,  "::1",         8891, MILTER_ROLE_VERIFY, "IPv6"                     },
    {"inet:[::1]:8891,role=sign",             true,  "::1",         8891, MILTER_ROLE_SIGN,
     "IPv6 in brackets"                                                                                                  },
    {"inet:99999@127.0.0.1",                  false, "",            0,    0,                  "a port has 16 bits"       },
    {"inet:8891@mail.example.org",            false, "",            0,    0,                  "names are not looked up"  },
    {"unix:",                                 false, "",            0,    0,                  "no path"                  },
    {"tcp:8891",                              false, "",            0,    0,                  "no such kind"             },
    {"",                                      false, "",            0,    0,                  "nothing"                  },
    {"unix:/m,role=any",                      false, "",            0,    0,                  "no such role"             },
    {"unix:/m,mode=0888",                     false, "",            0,    0,                  "no octal number"          },
    {"unix:/m,mode=77777",                    false, "",            0,    0,                  "more than permission bits"},
    {"unix:/m,owner=sceau,group=postfix",     true,  "/m",          0,    MILTER_ROLE_VERIFY,
     "owner and group"                                                                                                   },
    {"unix:/m,owner=",                        false, "",            0,    0,                  "an owner without a name"  },
    {"inet:1@127.0.0.1,owner=sceau",          false, "",            0,    0,                  "TCP has none"             },
    {"inet:1@127.0.0.1,mode=0600",            false, "",            0,    0,                  "TCP has no file"          },
};

static void
reads_both_spellings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof listeners / sizeof *listeners; i++) {
        struct sceau_slice copy = unit_copy(sceau_slice_from(listeners[i].text));
        struct milter_listener l;
        char error[256] = "", ip[SCEAU_IP_TEXT];
        UNIT_CASE(listeners[i].why);
        assert_int_equal(milter_listener_parse(copy, &l, error), listeners[i].is_good);
        if (listeners[i].is_good) {
            sceau_ip_format(&l.address, ip);
            assert_string_equal(l.is_unix ? l.path : ip, listeners[i].where);
            assert_int_equal(l.port, listeners[i].port);
            assert_int_equal(l.role, listeners[i].role);
        } else {
            assert_true(error[0] != '\0');
        }
        unit_free(copy);
    }
}

static void
refuses_a_path_that_does_not_fit(void **state)
{
    (void)state;
    char text[200] = "unix:/";
    struct milter_listener l;
    char error[256];
    memset(text + 6, 'x', LISTENER_PATH_MAX - 1);
    assert_true(milter_listener_parse(sceau_slice_from(text), &l, error));
    text[6 + LISTENER_PATH_MAX - 1] = 'x';
    assert_false(milter_listener_parse(sceau_slice_from(text), &l, error));
}

/* ---- sockets ---- */

static void
open_in(const char *folder, struct milter_listener *l, char *text, size_t size)
{
    char error[256] = "";
    snprintf(text, size, "unix:%s/s,mode=0600", folder);
    assert_true(milter_listener_parse(sceau_slice_from(text), l, error));
    assert_true(milter_listener_open(l, error));
}

/* A socket left by a crash is replaced; one that is served is not. */
static void
replaces_only_stale_sockets(void **state)
{
    (void)state;
    char folder[] = "/tmp/sceau-test-XXXXXX", text[64], error[256];
    struct milter_listener first, second;
    struct stat info;
    assert_non_null(mkdtemp(folder));
    open_in(folder, &first, text, sizeof text);
    assert_true(milter_listener_parse(sceau_slice_from(text), &second, error));
    assert_false(milter_listener_open(&second, error));
    assert_non_null(strstr(error, "another program"));
    close(first.fd); /* as a crash: the file stays */
    assert_true(milter_listener_open(&second, error));
    assert_int_equal(stat(second.path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    milter_listener_close(&second);
    assert_int_not_equal(stat(second.path, &info), 0);
    rmdir(folder);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_both_spellings),
        cmocka_unit_test(refuses_a_path_that_does_not_fit),
        cmocka_unit_test(replaces_only_stale_sockets),
    };
    return cmocka_run_group_tests_name("milter/listener", tests, NULL, NULL);
}
