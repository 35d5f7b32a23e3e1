/* `sceau cache list|flush`: one question over the control socket of the running milter. What
 * comes back is checked line by line before it is shown. */
#include "cache.h"

#include "control/control.h"
#include "core/domain.h"
#include "core/json.h"
#include "environment.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE_S    10
#define LINE_MAX_READ 4096
#define LINE_MEMORY   ((size_t)64 * 1024)

struct asking {
    struct environment env;
    struct sceau_arena *line; /* of one line of the answer */
    bool is_json;
    uint64_t count; /* what the milter said at the end */
    bool has_end;
    int status;
};

/* ---- the socket ---- */

static int
no_milter(enum language language, const char *path)
{
    const char *why =
        errno == ENOENT || errno == ECONNREFUSED
            ? language_text(language,
                            N_("no sceau-milter runs with this state directory"))
            : language_strerror(language, errno);
    complain("%s: %s", path, why);
    return CLI_EXIT_TEMPORARY;
}

/* A connected socket, or -1 and `status`. */
static int
connect_milter(struct asking *a)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    int len = snprintf(address.sun_path, sizeof address.sun_path, "%.*s/%s",
                       SLICE_ARG(a->env.config.milter.state), CONTROL_SOCKET);
    if (len < 0 || (size_t)len >= sizeof address.sun_path) {
        COMPLAIN(a->env.language, "{path}: too long for a socket",
                 LANGUAGE_THEIRS("path", a->env.config.milter.state));
        a->status = CLI_EXIT_INPUT;
        return -1;
    }
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    a->status = no_milter(a->env.language, address.sun_path);
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool
send_request(int fd, struct sceau_arena *arena, const struct control_request *request)
{
    struct text out = text_new(arena, CONTROL_REQUEST_MAX);
    control_request_format(&out, request);
    struct sceau_slice line = text_so_far(&out);
    return !out.has_failed &&
           send(fd, line.ptr, line.len, MSG_NOSIGNAL) == (ssize_t)line.len;
}

/* ---- the answer ---- */

/* "1h 04m" is for people; seconds are in the JSON. */
static void
print_left(uint64_t seconds)
{
    if (seconds >= 3600)
        printf("%3" PRIu64 "h %02um  ", seconds / 3600, (unsigned)(seconds / 60 % 60));
    else
        printf("%3um %02us  ", (unsigned)(seconds / 60), (unsigned)(seconds % 60));
}

static void
print_item(struct asking *a, const struct control_item *item)
{
    if (!a->is_json) {
        print_left(item->left_s);
        printf("%-8.*s %-9.*s %3" PRIu64 " %-7s %6" PRIu64 "  %.*s\n",
               SLICE_ARG(item->type), SLICE_ARG(item->status), item->records,
               item->secure ? "secure" : "", item->octets, SLICE_ARG(item->name));
        return;
    }
    struct json j = json_new(a->line);
    json_open(&j, '{');
    json_key_slice(&j, "name", item->name);
    json_key_slice(&j, "type", item->type);
    json_key_slice(&j, "status", item->status);
    json_key_number(&j, "records", (int64_t)item->records);
    json_key_bool(&j, "secure", item->secure);
    json_key_number(&j, "left", (int64_t)item->left_s);
    json_key_number(&j, "octets", (int64_t)item->octets);
    json_close(&j, '}');
    print_line(stdout, json_done(&j));
}

static void
take_line(struct asking *a, struct sceau_slice line)
{
    struct control_item item;
    struct sceau_slice text;
    sceau_arena_clear(a->line);
    switch (control_line_parse(line, &item, &a->count, &text)) {
    case CONTROL_LINE_OK: break;
    case CONTROL_LINE_ITEM: print_item(a, &item); break;
    case CONTROL_LINE_END: a->has_end = true; break;
    case CONTROL_LINE_ERROR:
        fputs("sceau: ", stderr);
        print_escaped(stderr, a->line, text);
        a->status = CLI_EXIT_PROBLEM;
        break;
    case CONTROL_LINE_BROKEN:
        complain_text(a->env.language,
                      "the milter's answer cannot be read: another version?");
        a->status = CLI_EXIT_TEMPORARY;
        break;
    }
}

static void
read_answer(struct asking *a, int fd)
{
    char line[LINE_MAX_READ];
    FILE *file = fdopen(fd, "r");
    while (file != NULL && a->status == 0 && !a->has_end &&
           fgets(line, sizeof line, file) != NULL) {
        struct sceau_slice text = sceau_slice_from(line);
        bool is_whole = text.len > 0 && text.ptr[text.len - 1] == '\n';
        text.len -= is_whole;
        take_line(a, text);
    }
    if (a->status == 0 && !a->has_end) {
        complain_text(a->env.language, "the milter's answer was cut off");
        a->status = CLI_EXIT_TEMPORARY;
    }
    if (file != NULL)
        fclose(file);
    else
        close(fd);
}

/* ---- the commands ---- */

/* What the milter counted, in people's language. */
static void
print_count(const struct cli_call *call, uint64_t answers, const char *english)
{
    char count[24];
    struct sceau_arena *arena = sceau_arena_new(LINE_MEMORY);
    snprintf(count, sizeof count, "%" PRIu64, answers);
    if (arena != NULL)
        print_line(stdout, language_sentence(arena, environment_language(call), english,
                                             (struct language_word[]){LANGUAGE_OURS(
                                                 "count", sceau_slice_from(count))},
                                             1));
    sceau_arena_free(arena);
}

/* The operand as DNS has it: A-labels, lower case. */
static int
name_of(struct asking *a, const struct cli_call *call, struct sceau_slice *name)
{
    struct sceau_diag diag;
    struct control_request request;
    struct text line = text_new(a->env.arena, SIZE_MAX);
    *name = SLICE_NONE;
    if (call->operands.count == 0)
        return 0;
    struct sceau_slice said = sceau_slice_from(call->operands.items[0]);
    if (!domain_normal(a->env.arena, said, name))
        *name = said; /* what is no host's name may still be one of DNS */
    text_string(&line, AS_IS("cache list "));
    text_slice(&line, *name);
    if (control_request_parse(a->env.arena, text_so_far(&line), &request, &diag) ==
        SCEAU_OK) {
        *name = request.name;
        return 0;
    }
    environment_complain(&a->env, "{name}: not a name of DNS", said);
    return CLI_EXIT_USAGE;
}

static int
ask(const struct cli_call *call, enum control_verb verb, struct asking *a)
{
    struct control_request request = {.verb = verb};
    a->is_json = call->globals.json;
    a->status = environment_load_config(&a->env, call);
    a->line = sceau_arena_new(LINE_MEMORY);
    if (a->status == 0 && a->line == NULL)
        a->status = CLI_EXIT_TEMPORARY;
    if (a->status == 0)
        a->status = name_of(a, call, &request.name);
    int fd = a->status == 0 ? connect_milter(a) : -1;
    if (fd >= 0 && !send_request(fd, a->env.arena, &request))
        a->status = no_milter(a->env.language,
                              language_text(a->env.language, N_("control socket")));
    if (fd >= 0)
        read_answer(a, fd);
    sceau_arena_free(a->line);
    environment_close(&a->env);
    return a->status;
}

int
cache_list_run(const struct cli_call *call)
{
    struct asking a = {.count = 0};
    int status = ask(call, CONTROL_CACHE_LIST, &a);
    if (status == 0 && !a.is_json)
        print_count(call, a.count, N_("{count} answers"));
    return status;
}

int
cache_flush_run(const struct cli_call *call)
{
    struct asking a = {.count = 0};
    int status = ask(call, CONTROL_CACHE_FLUSH, &a);
    if (status != 0)
        return status;
    if (a.is_json)
        printf("{\"forgotten\":%" PRIu64 "}\n", a.count);
    else
        print_count(call, a.count, N_("{count} answers forgotten"));
    return 0;
}
