/* `sceau check` in front of DNS servers that are slow, silent or lie: what they leave open
 * is unknown, never absent, within bounded time; and a thousand names of a server that
 * answers, with silent names among them. */
#include "live_testing.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *sceau, *zones_dir; /* argv[1], argv[2]; argv[3]: which test */

/* ---- a run of the program ------------------------------------------------------------- */

struct child {
    pid_t pid;
    int output;
    int64_t started_ms;
    int64_t took_ms;
    int status;
    char *text;
};

/* `sceau check --json` of one name, or of the names in `file`. */
static void
start(struct child *child, const char *resolver, const char *name, const char *file)
{
    const char *args[] = {sceau,
                          "check",
                          "--json",
                          "--config",
                          "/dev/null",
                          "--set",
                          "milter.state=/nonexistent/state",
                          "--resolver",
                          resolver,
                          file != NULL ? "--file" : name,
                          file,
                          NULL};
    child->output = memfd_create("output", MFD_CLOEXEC);
    child->started_ms = monotonic_ms();
    child->pid = fork();
    assert_true(child->output >= 0 && child->pid >= 0);
    if (child->pid == 0) {
        dup2(child->output, STDOUT_FILENO);
        execv(sceau, (char **)(uintptr_t)args);
        _exit(127);
    }
}

static void
finish(struct child *child, int status)
{
    off_t len = lseek(child->output, 0, SEEK_END);
    child->took_ms = monotonic_ms() - child->started_ms;
    child->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    child->text = calloc(1, (size_t)len + 1);
    assert_non_null(child->text);
    assert_int_equal(pread(child->output, child->text, (size_t)len, 0), len);
    close(child->output);
}

/* How many findings have all of these texts in their line? */
static size_t
count(const char *text, const char *one, const char *other)
{
    size_t found = 0;
    const char *end, *last = text + strlen(text);
    for (const char *line = text;
         (end = memchr(line, '\n', (size_t)(last - line))) != NULL; line = end + 1) {
        size_t len = (size_t)(end - line);
        found += memmem(line, len, one, strlen(one)) != NULL &&
                 memmem(line, len, other, strlen(other)) != NULL;
    }
    return found;
}

/* ---- hostile servers --------------------------------------------------------------------- */

#define NAME_MAX_MS 25000 /* one name, on a busy machine */

static const struct {
    enum server_mode mode;
    unsigned delay_ms;
    size_t told; /* findings that it lets be told */
    const char *why;
} hostile[] = {
    {SERVER_SILENT,    0,    0, "never answers"                              },
    {SERVER_ANSWERS,   7000, 0, "answers after the question's end"           },
    {SERVER_SERVFAIL,  0,    0, "SERVFAIL"                                   },
    {SERVER_REFUSED,   0,    0, "REFUSED"                                    },
    {SERVER_GARBAGE,   0,    0, "what is no reply"                           },
    {SERVER_WRONG_ID,  0,    0, "a reply to nothing that was asked"          },
    {SERVER_TRUNCATED, 0,    0, "half an answer, the rest over no TCP"       },
    {SERVER_LOOP,      0,    1, "an alias of itself: zone.cname is told that"},
};

#define HOSTILE (sizeof hostile / sizeof *hostile)

static void
expect_unknown(const struct child *child, size_t told, const char *why)
{
    size_t all = count(child->text, "\"id\":", "");
    size_t unknown = count(child->text, "", "\"outcome\":\"unknown\"");
    size_t skipped = count(child->text, "", "\"outcome\":\"skipped\"");
    if (child->status != 3 || unknown + skipped + told != all || unknown < 20 ||
        child->took_ms > NAME_MAX_MS)
        fail_msg(
            "%s: status %d after %u ms; of %zu findings %zu unknown, %zu skipped:\n%s",
            why, child->status, (unsigned)child->took_ms, all, unknown, skipped,
            child->text);
    /* what everything else rests on, by name */
    static const char *const ids[] = {"mx.exists", "spf.exists", "dmarc.exists"};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        char id[64];
        snprintf(id, sizeof id, "\"id\":\"%s\"", ids[i]);
        if (count(child->text, id, "\"outcome\":\"unknown\"") != 1)
            fail_msg("%s: %s", why, id);
    }
}

static void
unknown_from_hostile_servers(void **state)
{
    struct server servers[HOSTILE];
    struct child children[HOSTILE] = {0};
    (void)state;
    for (size_t i = 0; i < HOSTILE; i++) {
        server_start(&servers[i], hostile[i].mode);
        servers[i].delay_ms = hostile[i].delay_ms;
        start(&children[i], servers[i].address, "example.org", NULL);
    }
    for (size_t left = HOSTILE; left > 0; left--) { /* in the order of their ends */
        int status;
        pid_t pid = wait(&status);
        for (size_t i = 0; i < HOSTILE; i++) {
            if (children[i].pid == pid)
                finish(&children[i], status);
        }
    }
    for (size_t i = 0; i < HOSTILE; i++) {
        UNIT_CASE(hostile[i].why);
        printf("%s: %u ms\n", hostile[i].why, (unsigned)children[i].took_ms);
        assert_true(servers[i].questions > 0);
        expect_unknown(&children[i], hostile[i].told, hostile[i].why);
        free(children[i].text);
        servers[i].delay_ms = 0;
        server_stop(&servers[i]);
    }
}

/* ---- many names --------------------------------------------------------------------------- */

/* 10 s are promised, and 12 more for the silent ones; machines that run tests are busy */
#ifdef __SANITIZE_ADDRESS__
# define BULK_MAX_MS 60000
#else
# define BULK_MAX_MS 30000
#endif
#define SILENT 6 /* each with its thread of 16: in turn they would take 120 s */

/* The names, and SILENT others near the beginning, for which the server never answers. */
static char *
write_names(const struct nsd *nsd, int silent)
{
    char *path = NULL;
    assert_true(asprintf(&path, "%s/names", nsd->dir) > 0);
    FILE *names = fopen(path, "w");
    assert_non_null(names);
    for (int i = 0; i < NSD_BULK_NAMES; i++) {
        if (i < silent)
            fprintf(names, "black%d.bulk\n", i);
        fprintf(names, "n%d.bulk\n", i);
    }
    fclose(names);
    return path;
}

static void
check_bulk(const struct nsd *nsd, const char *address, int silent)
{
    struct child child = {0};
    int status;
    char *names = write_names(nsd, silent);
    start(&child, address, NULL, names);
    assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
    finish(&child, status);
    unlink(names);
    free(names);
    printf("%d names, %d silent: %u ms\n", NSD_BULK_NAMES, silent,
           (unsigned)child.took_ms);
    static const char *const ids[] = {"\"mx.exists\"", "\"spf.exists\"",
                                      "\"dmarc.exists\""};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        assert_int_equal(count(child.text, ids[i], "\"outcome\":\"ok\""),
                         NSD_BULK_NAMES);
        assert_int_equal(count(child.text, ids[i], "\"outcome\":\"unknown\""), silent);
    }
    assert_in_range(child.took_ms, 1, BULK_MAX_MS);
    free(child.text);
}

static void
a_thousand_names(void **state)
{
    struct nsd nsd;
    char address[32];
    (void)state;
    assert_true(nsd_start(&nsd, zones_dir));
    relay_start(nsd.address, address);
    check_bulk(&nsd, nsd.address, 0);
    check_bulk(&nsd, address, SILENT);
    nsd_stop(&nsd);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unknown_from_hostile_servers),
        cmocka_unit_test(a_thousand_names),
    };
    if (argc != 4)
        return 64;
    sceau = argv[1];
    zones_dir = argv[2];
    cmocka_set_test_filter(argv[3]);
    return cmocka_run_group_tests_name("dns/check", tests, NULL, NULL);
}
