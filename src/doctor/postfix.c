/* postconf(1) run and read. It is Postfix's own reader, so includes, defaults, -o lines and
 * $names mean here what they mean there. */
#include "postfix.h"

#include "core/text.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX     ((size_t)1024 * 1024)
#define PARAMETERS_MAX 4000
#define SERVICES_MAX   400

/* ---- the program ---- */

/* All that the program writes; *status is its exit status, -1 when it did not run. */
static struct sceau_slice
run(struct sceau_arena *arena, char *const argv[], int *status)
{
    static const char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                                              "LC_ALL=C", NULL};
    struct text t = text_new(arena, OUTPUT_MAX);
    posix_spawn_file_actions_t actions;
    int ends[2], code = 0;
    char buffer[4096];
    ssize_t n;
    pid_t pid;
    *status = -1;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return SLICE_NONE;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    int error = posix_spawn(&pid, argv[0], &actions, NULL, argv,
                            (char *const *)(uintptr_t)environment);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    while (error == 0 && ((n = read(ends[0], buffer, sizeof buffer)) > 0 ||
                          (n < 0 && errno == EINTR)))
        text_slice(&t, (struct sceau_slice){buffer, n > 0 ? (size_t)n : 0});
    close(ends[0]);
    if (error == 0 && waitpid(pid, &code, 0) == pid && WIFEXITED(code))
        *status = WEXITSTATUS(code);
    return text_done(&t);
}

static struct sceau_slice
postconf(struct sceau_arena *arena, const char *dir, const char *flag, int *status)
{
    static const char *const places[] = {"/usr/sbin/postconf", "/usr/bin/postconf",
                                         "/opt/zimbra/common/sbin/postconf"};
    size_t i = 0;
    while (i < 2 && access(places[i], X_OK) != 0)
        i++;
    const char *argv[] = {places[i], flag, dir != NULL ? "-c" : NULL, dir, NULL};
    *status = -1;
    if (access(places[i], X_OK) != 0)
        return SLICE_NONE;
    return run(arena, (char *const *)(uintptr_t)argv, status);
}

/* ---- what it prints ---- */

/* "name = value", the name's own blanks and "=" aside. */
static bool
read_pair(struct sceau_slice line, struct postfix_pair *pair)
{
    size_t at = slice_find(line, '=');
    if (at == line.len || slice_starts_ci(line, SCEAU_SLICE("postconf:")))
        return false;
    pair->name = slice_trim(slice_sub(line, 0, at));
    pair->value = slice_trim(slice_skip(line, at + 1));
    return pair->name.len > 0;
}

static const struct postfix_pair *
read_pairs(struct sceau_arena *arena, struct sceau_slice text, size_t *count)
{
    struct postfix_pair *pairs =
        sceau_arena_alloc(arena, PARAMETERS_MAX * sizeof *pairs);
    struct sceau_slice line;
    *count = 0;
    while (pairs != NULL && text.ptr != NULL && *count < PARAMETERS_MAX &&
           slice_next(&text, '\n', &line))
        *count += read_pair(line, &pairs[*count]);
    return pairs;
}

static struct sceau_slice
next_column(struct sceau_slice *rest)
{
    size_t from = 0;
    while (from < rest->len && ascii_is_wsp(rest->ptr[from]))
        from++;
    struct sceau_slice column = slice_skip(*rest, from);
    size_t len = 0;
    while (len < column.len && !ascii_is_wsp(column.ptr[len]))
        len++;
    column = slice_sub(column, 0, len);
    *rest = slice_skip(*rest, from + len);
    return column;
}

/* name type private unpriv chroot wakeup maxproc command. "-" for chroot is Postfix 3's
 * "n" unless compatibility_level says that the file is of Postfix 2. */
static bool
read_service(struct sceau_slice line, bool is_chrooted_by_default,
             struct postfix_service *service)
{
    struct sceau_slice columns[7];
    for (size_t i = 0; i < 7; i++)
        columns[i] = next_column(&line);
    service->name = columns[0];
    service->type = columns[1];
    service->command = slice_trim(line);
    service->is_chrooted =
        slice_eq(columns[4], SCEAU_SLICE("y")) ||
        (is_chrooted_by_default && slice_eq(columns[4], SCEAU_SLICE("-")));
    return service->command.len > 0 && service->name.ptr[0] != '#';
}

static void
read_services(struct sceau_arena *arena, struct sceau_slice text,
              struct postfix *postfix)
{
    struct postfix_service *services =
        sceau_arena_alloc(arena, SERVICES_MAX * sizeof *services);
    struct sceau_slice line, level = postfix_get(postfix, "compatibility_level");
    bool is_old = slice_eq(level, SCEAU_SLICE("0"));
    while (services != NULL && text.ptr != NULL &&
           postfix->service_count < SERVICES_MAX && slice_next(&text, '\n', &line))
        postfix->service_count +=
            read_service(line, is_old, &services[postfix->service_count]);
    postfix->services = services;
}

void
postfix_read(struct sceau_arena *arena, const char *dir, struct postfix *postfix)
{
    int status = -1;
    *postfix = (struct postfix){.dir = dir};
    struct sceau_slice text = postconf(arena, dir, "-x", &status);
    postfix->has_postconf = status >= 0;
    postfix->is_readable = status == 0;
    if (status != 0) {
        postfix->problem = slice_trim(slice_sub(text, 0, slice_find(text, '\n')));
        return;
    }
    postfix->parameters = read_pairs(arena, text, &postfix->parameter_count);
    text = postconf(arena, dir, "-M", &status);
    postfix->is_readable = status == 0;
    read_services(arena, text, postfix);
    text = postconf(arena, dir, "-P", &status);
    postfix->overrides = read_pairs(arena, text, &postfix->override_count);
}

/* ---- questions ---- */

struct sceau_slice
postfix_get(const struct postfix *postfix, const char *name)
{
    struct sceau_slice wanted = sceau_slice_from(name);
    for (size_t i = 0; i < postfix->parameter_count; i++) {
        if (slice_eq(postfix->parameters[i].name, wanted))
            return postfix->parameters[i].value;
    }
    return SLICE_NONE;
}

/* The -o of that name: "service/type/name" in postconf -P. */
static const struct postfix_pair *
find_override(const struct postfix *postfix, const struct postfix_service *service,
              const char *name)
{
    char key[512];
    int len = snprintf(key, sizeof key, "%.*s/%.*s/%s", SLICE_ARG(service->name),
                       SLICE_ARG(service->type), name);
    struct sceau_slice wanted = {key,
                                 len > 0 && (size_t)len < sizeof key ? (size_t)len : 0};
    for (size_t i = 0; i < postfix->override_count; i++) {
        if (slice_eq(postfix->overrides[i].name, wanted))
            return &postfix->overrides[i];
    }
    return NULL;
}

bool
postfix_is_overridden(const struct postfix *postfix,
                      const struct postfix_service *service, const char *name)
{
    return find_override(postfix, service, name) != NULL;
}

struct sceau_slice
postfix_get_for(const struct postfix *postfix, const struct postfix_service *service,
                const char *name)
{
    const struct postfix_pair *override = find_override(postfix, service, name);
    return override != NULL ? override->value : postfix_get(postfix, name);
}

bool
postfix_runs(const struct postfix_service *service, struct sceau_slice daemon)
{
    struct sceau_slice rest = service->command;
    return slice_eq(next_column(&rest), daemon);
}

bool
postfix_is_submission(const struct postfix *postfix,
                      const struct postfix_service *service)
{
    static const char *const names[] = {"submission", "submissions", "smtps", "587",
                                        "465"};
    struct sceau_slice name = service->name;
    size_t colon = slice_find_last(name, ':');
    if (colon < name.len)
        name = slice_skip(name, colon + 1);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (slice_eq_ci(name, sceau_slice_from(names[i])))
            return true;
    }
    return slice_eq(postfix_get_for(postfix, service, "milter_macro_daemon_name"),
                    SCEAU_SLICE("ORIGINATING"));
}

bool
postfix_seconds(struct sceau_slice text, uint64_t unit, uint64_t *seconds)
{
    static const struct {
        char letter;
        uint64_t seconds;
    } units[] = {
        {'s', 1     },
        {'m', 60    },
        {'h', 3600  },
        {'d', 86400 },
        {'w', 604800}
    };
    uint64_t number;
    for (size_t i = 0; text.len > 1 && i < sizeof units / sizeof *units; i++) {
        if (ascii_lower(text.ptr[text.len - 1]) == units[i].letter) {
            unit = units[i].seconds;
            text.len--;
            break;
        }
    }
    if (text.len == 0 || !slice_decimal(text, UINT32_MAX, &number))
        return false;
    *seconds = number * unit;
    return true;
}

/* ---- lists ---- */

static bool
is_separator(char c)
{
    return c == ',' || ascii_is_fws(c);
}

bool
postfix_next(struct sceau_slice *rest, struct sceau_slice *word)
{
    while (rest->len > 0 && is_separator(rest->ptr[0]))
        *rest = slice_skip(*rest, 1);
    if (rest->len == 0)
        return false;
    bool is_braced = rest->ptr[0] == '{';
    size_t end = is_braced ? slice_find(*rest, '}') : 0;
    while (!is_braced && end < rest->len && !is_separator(rest->ptr[end]))
        end++;
    *word = is_braced ? slice_trim(slice_sub(slice_skip(*rest, 1), 0, end - 1))
                      : slice_sub(*rest, 0, end);
    *rest = slice_skip(*rest, end < rest->len ? end + 1 : end);
    return true;
}

struct postfix_milter
postfix_milter_of(struct sceau_slice word)
{
    struct postfix_milter milter = {0};
    struct sceau_slice part, rest = word;
    struct postfix_pair pair;
    /* within braces "name = value" may have blanks: parts are set apart by commas */
    while (rest.ptr != NULL && slice_next(&rest, ',', &part)) {
        part = slice_trim(part);
        if (milter.endpoint.len == 0) {
            milter.endpoint = part;
        } else if (read_pair(part, &pair)) {
            if (slice_eq(pair.name, SCEAU_SLICE("default_action")))
                milter.default_action = pair.value;
            else if (slice_eq(pair.name, SCEAU_SLICE("command_timeout")))
                milter.command_timeout = pair.value;
            else if (slice_eq(pair.name, SCEAU_SLICE("content_timeout")))
                milter.content_timeout = pair.value;
        }
    }
    return milter;
}
