/* Problems: the language, what is longer than its room, and that every word of the system
 * has its French. */
#include "problem.h"

#include "../../tests/unit.h"

#include <errno.h>
#include <netdb.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void
test_languages(void **state)
{
    struct problem p = {.text = "old"};
    (void)state;
    problem_tell_errno(&p, "/a\x1b", ENOENT);
    assert_string_equal(p.text, "/a\\x1b: No such file or directory");
    p.language = LANGUAGE_FR;
    problem_tell_errno(&p, "/a\x1b", ENOENT);
    assert_string_equal(p.text, "/a\\x1b\u00a0: fichier ou dossier inexistant");
    PROBLEM(&p, "{n} of {m}", LANGUAGE_OURS("n", DECIMAL(2)), THEIRS("m", "x"));
    assert_string_equal(p.text, "2 of x");
    problem_tell_text(&p, "no text of ours");
    assert_string_equal(p.text, "no text of ours");
}

/* The room is used to its end, and never more. */
static void
test_long(void **state)
{
    char path[2 * PROBLEM_SIZE];
    struct problem p = {0};
    (void)state;
    for (size_t len = PROBLEM_SIZE - 10; len < PROBLEM_SIZE + 10; len++) {
        memset(path, 'a', len);
        path[len] = '\0';
        PROBLEM(&p, "{path}", THEIRS("path", path));
        bool is_whole = len < PROBLEM_SIZE - strlen("...");
        assert_int_equal(strlen(p.text), is_whole ? len : strlen(p.text));
        assert_true(is_whole || strcmp(p.text + strlen(p.text) - 3, "...") == 0);
    }
    memset(path, '\xff', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    p.language = LANGUAGE_FR;
    problem_tell_errno(&p, path, EACCES);
    assert_true(strlen(p.text) < PROBLEM_SIZE);
}

static void
test_retold(void **state)
{
    static const struct {
        const char *english, *french, *why;
    } cases[] = {
        {"Permission denied",                 "permission refusée",           "one part"                },
        {"/a: Permission denied",             "/a\u00a0: permission refusée", "a place before it"       },
        {"/a: Permission denied: more of it",
         "/a\u00a0: permission refusée\u00a0: more of it",                    "what has no French stays"},
        {"Permission denied: Is a directory",
         "permission refusée\u00a0: c’est un dossier",                      "each part by itself"     },
        {"/a\x1b: b",                         "/a\\x1b\u00a0: b",              "others' octets"          },
        {"",                                  "",                              "nothing"                 },
        {": ",                                "\u00a0: ",                      "nothing but the joint"   },
    };
    struct problem p = {.language = LANGUAGE_FR};
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        UNIT_CASE(cases[i].why);
        problem_retell(&p, cases[i].english);
        assert_string_equal(p.text, cases[i].french);
    }
    char longer[2 * PROBLEM_SIZE];
    memset(longer, ':', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    problem_retell(&p, longer);
    assert_true(strlen(p.text) < PROBLEM_SIZE);
}

static void
has_french(const char *english)
{
    if (language_text(LANGUAGE_FR, english) == english)
        fail_msg("\"%s\" has no French", english);
}

/* A part of one's own before it stays as it is. */
static void
test_kept(void **state)
{
    struct problem p = {.language = LANGUAGE_FR};
    (void)state;
    problem_retell(&p, "version 9, sceau 8: a newer sceau wrote the store");
    assert_string_equal(
        p.text, "version 9, sceau 8\u00a0: un sceau plus récent a écrit la base");
}

/* Those of POSIX.1-2017, <errno.h>, but for three that no call of ours gives: EDOM, and
 * EIDRM and ENOMSG of System V's queues; and some of Linux. */
static void
test_system(void **state)
{
    static const int numbers[] = {
        E2BIG,         EACCES,       EADDRINUSE,
        EADDRNOTAVAIL, EAFNOSUPPORT, EAGAIN,
        EALREADY,      EBADF,        EBADMSG,
        EBUSY,         ECANCELED,    ECHILD,
        ECONNABORTED,  ECONNREFUSED, ECONNRESET,
        EDEADLK,       EDESTADDRREQ, EDQUOT,
        EEXIST,        EFAULT,       EFBIG,
        EHOSTUNREACH,  EILSEQ,       EINPROGRESS,
        EINTR,         EINVAL,       EIO,
        EISCONN,       EISDIR,       ELOOP,
        EMFILE,        EMLINK,       EMSGSIZE,
        ENAMETOOLONG,  ENETDOWN,     ENETRESET,
        ENETUNREACH,   ENFILE,       ENOBUFS,
        ENODATA,       ENODEV,       ENOENT,
        ENOEXEC,       ENOLCK,       ENOLINK,
        ENOMEM,        ENOPROTOOPT,  ENOSPC,
        ENOSYS,        ENOTCONN,     ENOTDIR,
        ENOTEMPTY,     ENOTSOCK,     ENOTSUP,
        ENOTTY,        ENXIO,        EOPNOTSUPP,
        EOVERFLOW,     EPERM,        EPIPE,
        EPROTO,        EPROTOTYPE,   EPROTONOSUPPORT,
        ERANGE,        EROFS,        ESPIPE,
        ESRCH,         ESTALE,       ETIME,
        ETIMEDOUT,     ETXTBSY,      EXDEV,
        EHOSTDOWN,     EUCLEAN,      EREMOTEIO,
        ENOMEDIUM,     ENONET,       ESOCKTNOSUPPORT,
        EPFNOSUPPORT,  ESHUTDOWN,    EKEYREJECTED,
        EBADFD,        EUSERS,       0,
    };
    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        has_french(strerror(numbers[i]));
        assert_ptr_equal(language_strerror(LANGUAGE_EN, numbers[i]),
                         strerror(numbers[i]));
    }
}

static void
test_names(void **state)
{
    static const int numbers[] = {EAI_AGAIN,   EAI_BADFLAGS, EAI_FAIL,
                                  EAI_FAMILY,  EAI_MEMORY,   EAI_NONAME,
                                  EAI_SERVICE, EAI_SOCKTYPE, EAI_SYSTEM};
    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++)
        has_french(gai_strerror(numbers[i]));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_languages), cmocka_unit_test(test_long),
        cmocka_unit_test(test_retold),    cmocka_unit_test(test_kept),
        cmocka_unit_test(test_system),    cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests_name("language/problem", tests, NULL, NULL);
}
