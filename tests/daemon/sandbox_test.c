/* What each program gave up stays given up: each call is tried in a child that confined
 * itself. */
#include "sandbox.h"

#include "../unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/sceau-sandbox.XXXXXX";

static void *
nothing(void *argument)
{
    return argument;
}

/* Each gives 0, or the errno it failed with. */
static int
make_thread(void)
{
    pthread_t thread;
    int error = pthread_create(&thread, NULL, nothing, NULL);
    if (error == 0)
        pthread_join(thread, NULL);
    return error;
}

static int
run_program(void)
{
    char *const argv[] = {"true", NULL}, *const env[] = {NULL};
    execve("/bin/true", argv, env);
    return errno;
}

static int
make_process(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return child < 0 ? errno : 0;
}

static int
open_at(const char *path, int flags)
{
    int fd = open(path, flags, 0600);
    return fd < 0 ? errno : 0;
}

static int
write_state(void)
{
    char path[64];
    snprintf(path, sizeof path, "%s/new", folder);
    int error = open_at(path, O_WRONLY | O_CREAT);
    return error != 0 || unlink(path) == 0 ? error : errno;
}

static int
read_password_file(void)
{
    return open_at("/etc/passwd", O_RDONLY);
}

static int
write_elsewhere(void)
{
    return open_at("/tmp/sceau-sandbox-elsewhere", O_WRONLY | O_CREAT);
}

static int
raw_socket(void)
{
    return socket(AF_PACKET, SOCK_RAW, 0) < 0 ? errno : 0;
}

static int
tcp_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static int
trace_itself(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? errno : 0;
}

static int
become_root(void)
{
    return setuid(0) < 0 ? errno : 0;
}

static int
unix_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static int
remove_file(void)
{
    return unlink("/nowhere/key.pem") < 0 && errno != ENOENT ? errno : 0;
}

static int
rename_file(void)
{
    return rename("/nowhere/a", "/nowhere/b") < 0 && errno != ENOENT ? errno : 0;
}

static int
signal_somebody(void)
{
    return kill(getppid(), 0) < 0 ? errno : 0;
}

/* Pairs that were there before: what a signer answers on. */
static int given[2];

static int
answer_on_what_was_given(void)
{
    char octet = 'x';
    bool is_done = send(given[0], &octet, 1, MSG_NOSIGNAL) == 1 &&
                   recv(given[1], &octet, 1, 0) == 1;
    return is_done ? 0 : errno;
}

static int
read_and_write(void)
{
    char octet = 'x';
    return write(given[0], &octet, 1) == 1 && read(given[1], &octet, 1) == 1 ? 0
                                                                             : errno;
}

static int
take_memory(void)
{
    void *memory = malloc((size_t)8 * 1024 * 1024);
    free(memory);
    return memory != NULL ? 0 : errno;
}

static int
wait_for_child(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return child > 0 && waitpid(child, NULL, 0) == child ? 0 : errno;
}

enum kind {
    FILES, /* what Landlock holds */
    CALLS, /* what seccomp holds, of the milter */
    GUARD,
    SIGNER, /* behind its guard's, as it is forked */
    READER,
    WEB,
    WEB_OF_SERVER,
};

static const struct {
    int (*try)(void);
    enum kind kind;
    int error; /* 0: it works */
    const char *why;
} tries[] = {
    {write_state,              FILES,         0,      "the state directory is ours"                   },
    {read_password_file,       FILES,         EACCES, "a file nobody needs"                           },
    {write_elsewhere,          FILES,         EACCES, "no file is made anywhere else"                 },
    {make_thread,              CALLS,         0,      "connections need threads"                      },
    {tcp_socket,               CALLS,         0,      "DNS over TCP"                                  },
    {run_program,              CALLS,         EPERM,  "no shell"                                      },
    {make_process,             CALLS,         EPERM,  "no process"                                    },
    {raw_socket,               CALLS,         EPERM,  "mail and DNS need no raw packets"              },
    {trace_itself,             CALLS,         EPERM,  "nobody is looked into"                         },
    {become_root,              CALLS,         EPERM,  "who we are is settled before the filter stands"},
    {signal_somebody,          CALLS,         EPERM,  "nobody is ended"                               },
    {wait_for_child,           GUARD,         0,      "it starts the signer, and waits for it"        },
    {answer_on_what_was_given, GUARD,         0,      "it tells what was lost"                        },
    {run_program,              GUARD,         EPERM,  "what it starts is itself"                      },
    {unix_socket,              GUARD,         EPERM,  "its sockets were there before"                 },
    {become_root,              GUARD,         EPERM,  "it has nobody to become"                       },
    {signal_somebody,          GUARD,         EPERM,  "it waits for a death and causes none"          },
    {make_thread,              SIGNER,        0,      "a thread a channel"                            },
    {read_password_file,       SIGNER,        0,      "files are Landlock's; it reads keys"           },
    {answer_on_what_was_given, SIGNER,        0,      "requests and answers"                          },
    {take_memory,              SIGNER,        0,      "numbers of RSA"                                },
    {make_process,             SIGNER,        EPERM,  "its guard may, it may not"                     },
    {run_program,              SIGNER,        EPERM,  "no shell beside the keys"                      },
    {unix_socket,              SIGNER,        EPERM,  "no way out but the channels"                   },
    {tcp_socket,               SIGNER,        EPERM,  "no key over the network"                       },
    {remove_file,              SIGNER,        EPERM,  "keys are removed by sceau key"                 },
    {rename_file,              SIGNER,        EPERM,  "and made by it"                                },
    {trace_itself,             SIGNER,        EPERM,  "nobody looks into it"                          },
    {signal_somebody,          SIGNER,        EPERM,  "it ends nobody"                                },
    {read_and_write,           READER,        0,      "a report in, what it says out"                 },
    {take_memory,              READER,        0,      "a document in parts"                           },
    {read_password_file,       READER,        EACCES, "libraries look for files, and do without"      },
    {write_elsewhere,          READER,        EACCES, "nor is one made"                               },
    {make_thread,              READER,        EAGAIN, "one is enough"                                 },
    {make_process,             READER,        EAGAIN, "no process"                                    },
    {run_program,              READER,        EPERM,  "no shell for a hostile report"                 },
    {unix_socket,              READER,        EPERM,  "no socket at all"                              },
    {tcp_socket,               READER,        EPERM,  "no network"                                    },
    {remove_file,              READER,        EPERM,  "no file is removed"                            },
    {become_root,              READER,        EPERM,  "nor anybody become"                            },
    {unix_socket,              WEB,           0,      "the service manager"                           },
    {make_thread,              WEB,           0,      "browsers"                                      },
    {tcp_socket,               WEB,           EPERM,  "its listener was there before"                 },
    {run_program,              WEB,           EPERM,  "no shell"                                      },
    {tcp_socket,               WEB_OF_SERVER, 0,      "its store is elsewhere"                        },
    {raw_socket,               WEB_OF_SERVER, EPERM,  "no raw packets for that"                       },
    {run_program,              WEB_OF_SERVER, EPERM,  "no shell"                                      },
};

/* 200: this kernel or build cannot. */
static int
in_sandbox(size_t n)
{
    static const enum sandbox_program programs[] = {
        [CALLS] = SANDBOX_MILTER,  [GUARD] = SANDBOX_GUARD,
        [SIGNER] = SANDBOX_SIGNER, [READER] = SANDBOX_READER,
        [WEB] = SANDBOX_WEB,       [WEB_OF_SERVER] = SANDBOX_WEB_OF_SERVER};
    char error[SANDBOX_ERROR];
    const struct sandbox_path paths[] = {
        {folder,     SANDBOX_WRITE},
        {"/nowhere", SANDBOX_READ },
        {"/bin",     SANDBOX_READ },
    };
    bool is_confined;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, given) != 0)
        return 201;
    if (tries[n].kind == FILES)
        is_confined = sandbox_confine_files(paths, 3, error);
    else if (tries[n].kind == SIGNER)
        is_confined = sandbox_confine_calls(SANDBOX_GUARD, error) &&
                      sandbox_confine_calls(SANDBOX_SIGNER, error);
    else
        is_confined = sandbox_confine_calls(programs[tries[n].kind], error);
    return is_confined ? tries[n].try() : 200;
}

/* Run one in a child; what it said on standard error is in `said`. */
static int
try_in_child(size_t n, char said[512])
{
    int ends[2], status;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        _exit(in_sandbox(n));
    }
    close(ends[1]);
    ssize_t len = read(ends[0], said, 511);
    said[len > 0 ? len : 0] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status)); /* never a kill */
    return WEXITSTATUS(status);
}

static void
holds(enum kind kind)
{
    char said[512];
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        if (tries[i].kind != kind)
            continue;
        UNIT_CASE(tries[i].why);
        int got = try_in_child(i, said);
        if (got == 200)
            skip();
        assert_int_equal(got, tries[i].error);
        if (kind != FILES && tries[i].error == EPERM)
            assert_non_null(strstr(said, "is refused (seccomp)\n"));
        else
            assert_string_equal(said, "");
    }
}

static void
reaches_its_files_only(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    holds(FILES);
    assert_int_equal(rmdir(folder), 0);
}

static void
makes_its_calls_only(void **state)
{
    (void)state;
    holds(CALLS);
}

static void
guard_forks_and_waits(void **state)
{
    (void)state;
    holds(GUARD);
}

static void
signer_reads_and_answers(void **state)
{
    (void)state;
    holds(SIGNER);
}

static void
reader_has_what_it_was_given(void **state)
{
    (void)state;
    holds(READER);
}

static void
web_opens_no_network_but_to_its_store(void **state)
{
    (void)state;
    holds(WEB);
    holds(WEB_OF_SERVER);
}

/* The first of a kind is told, not each. */
static void
tells_once(void **state)
{
    (void)state;
    char error[SANDBOX_ERROR], said[512];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        if (!sandbox_confine_calls(SANDBOX_MILTER, error))
            _exit(200);
        for (int i = 0; i < 5; i++)
            become_root();
        _exit(0);
    }
    close(ends[1]);
    ssize_t len = read(ends[0], said, sizeof said - 1);
    int status;
    waitpid(child, &status, 0);
    close(ends[0]);
    if (WEXITSTATUS(status) == 200)
        skip();
    said[len > 0 ? len : 0] = '\0';
    char *end = strchr(said, '\n');
    assert_non_null(end);
    assert_string_equal(end, "\n");
}

static void
becomes_another_user(void **state)
{
    (void)state;
    char error[SANDBOX_ERROR];
    assert_false(sandbox_become("no-such-user", error));
    assert_string_equal(error, "there is no user no-such-user");
    if (geteuid() != 0)
        skip();
    pid_t child = fork();
    if (child == 0) {
        uid_t real, effective, saved;
        bool is_done = sandbox_become("nobody", error) &&
                       getresuid(&real, &effective, &saved) == 0 && real != 0 &&
                       real == effective && real == saved && setuid(0) != 0;
        _exit(is_done ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reaches_its_files_only),
        cmocka_unit_test(makes_its_calls_only),
        cmocka_unit_test(guard_forks_and_waits),
        cmocka_unit_test(signer_reads_and_answers),
        cmocka_unit_test(reader_has_what_it_was_given),
        cmocka_unit_test(web_opens_no_network_but_to_its_store),
        cmocka_unit_test(tells_once),
        cmocka_unit_test(becomes_another_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
