#include "named.h"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *text, *domain;
    enum named_kind kind;
    const char *name, *file;
    const char *why;
} cases[] = {
    {"zone \"example.org\" { type master; file \"/z/example.org\"; };",                                        "example.org",
     NAMED_PRIMARY,                                                                                                                            "example.org", "/z/example.org",     "plain"            },
    {"options { directory \"/var/cache/bind\"; };\nzone example.org. IN { file \"db\"; type primary; };",
     "a.example.org",                                                                                                         NAMED_PRIMARY,   "example.org", "/var/cache/bind/db",
     "a name below, a file below the directory"                                                                                                                                                        },
    {"zone \"org\" { type master; file \"/z/o\"; };\nzone \"example.org\" { type master; file \"/z/e\"; };\n"
     "zone \"ample.org\" { type master; file \"/z/a\"; };",                                               "example.org", NAMED_PRIMARY,   "example.org", "/z/e",
     "the longest name wins, an end that is no label does not count"                                                                                                                                   },
    {"zone \"example.org\" { type slave; masters { 192.0.2.1; }; file \"/z/e\"; };",
     "example.org",                                                                                                           NAMED_SECONDARY, "example.org", "/z/e",               "a copy"           },
    {"zone \"example.org\" { type master; update-policy { grant local-ddns zonesub any; }; file \"/z/e\"; };",
     "example.org",                                                                                                           NAMED_DYNAMIC,   "example.org", "/z/e",               "it takes updates" },
    {"/* zone \"example.org\" { */ // x\n# y }\nview \"in\" { match-clients { any; }; zone \"example.org\" { type "
     "master; file \"/z/{e};\"; }; };",                                                                   "example.org", NAMED_PRIMARY,   "example.org", "/z/{e};",
     "comments, a view, braces in a string"                                                                                                                                                            },
    {"zone \".\" { type hint; file \"/usr/share/dns/root.hints\"; };",                                         "example.org",
     NAMED_NONE,                                                                                                                               "",            "",                   "hints are no zone"},
    {"acl a { 192.0.2.0/24; };\nkey k { algorithm hmac-sha256; secret \"x\"; };",
     "example.org",                                                                                                           NAMED_NONE,      "",            "",                   "no zone at all"   },
};

static void
write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void
finds_the_file(void **state)
{
    (void)state;
    char path[] = "/tmp/sceau-named-XXXXXX";
    struct problem problem = {0};
    close(mkstemp(path));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        UNIT_CASE(cases[i].why);
        struct named_zone zone;
        write_file(path, cases[i].text);
        assert_true(
            named_find(path, sceau_slice_from(cases[i].domain), &zone, &problem));
        assert_int_equal(zone.kind, cases[i].kind);
        assert_string_equal(zone.name, cases[i].name);
        assert_string_equal(zone.file, cases[i].file);
    }
    unlink(path);
}

static const struct {
    const char *text, *wanted, *why;
} refused[] = {
    {"zone \"a\" {\ntype master;",      ":2: not understood",           "a block without its end"},
    {"options { directory \"x\"; } };", ":1: not understood",           "a brace too many"       },
    {"include \"/nonexistent/x\";",     "/nonexistent/x: No such file",
     "an include that is not there"                                                              },
};

static void
says_what_it_does_not_understand(void **state)
{
    (void)state;
    char path[] = "/tmp/sceau-named-XXXXXX", loop[600];
    struct problem problem = {0};
    struct named_zone zone;
    close(mkstemp(path));
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        UNIT_CASE(refused[i].why);
        write_file(path, refused[i].text);
        assert_false(named_find(path, SCEAU_SLICE("a"), &zone, &problem));
        assert_non_null(strstr(problem.text, refused[i].wanted));
    }
    snprintf(loop, sizeof loop, "include \"%s\";", path);
    write_file(path, loop);
    assert_false(named_find(path, SCEAU_SLICE("a"), &zone, &problem));
    assert_non_null(strstr(problem.text, "included too deep"));
    unlink(path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_file),
        cmocka_unit_test(says_what_it_does_not_understand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
