/* `sceau store copy`: from a file of SQLite to a PostgreSQL server, or back. */
#include "store.h"

#include "core/json.h"
#include "store/copy.h"
#include "store_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

struct copy_options {
    const char *state;
};

static const char *
operand(const struct environment *env, size_t n)
{
    return env->call->operands.items[n];
}

static struct database *
open_end(struct environment *env, const struct copy_options *options, size_t n,
         int *status)
{
    env->config.store.url = sceau_slice_from(operand(env, n));
    return store_open(env, options->state, n == 0 ? DATABASE_READ : DATABASE_COPY,
                      status);
}

/* The sceau-reportd of a file holds this lock; while we hold it none starts. -1: nobody ever
 * ran there. */
static bool
lock_folder(const struct database *file, int *fd)
{
    char path[STORE_PLACE_MAX];
    snprintf(path, sizeof path, "%s/reportd.lock", database_folder(file));
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    return *fd < 0 || flock(*fd, LOCK_EX | LOCK_NB) == 0;
}

static void
show_progress(void *self, const char *table, int64_t copied)
{
    (void)self;
    fprintf(stderr, "\r\033[K%s %lld", table, (long long)copied);
}

static struct sceau_slice
number(const struct environment *env, int64_t n)
{
    struct text t = text_new(env->arena, SIZE_MAX);
    text_decimal(&t, (uint64_t)n);
    return text_done(&t);
}

static void
tell_json(const struct environment *env, const struct store_copy *copy)
{
    struct json j = json_new(env->arena);
    json_open(&j, '{');
    json_key(&j, "tables");
    json_open(&j, '[');
    for (size_t i = 0; i < copy->count; i++) {
        json_open(&j, '{');
        json_key_string(&j, "table", copy->tables[i].name);
        json_key_number(&j, "rows", copy->tables[i].rows);
        json_key_number(&j, "copied", copy->tables[i].copied);
        json_close(&j, '}');
    }
    json_close(&j, ']');
    json_close(&j, '}');
    print_line(stdout, json_done(&j));
}

static void
tell(const struct environment *env, const struct store_copy *copy)
{
    int64_t rows = 0, copied = 0;
    for (size_t i = 0; i < copy->count; i++) {
        rows += copy->tables[i].rows;
        copied += copy->tables[i].copied;
    }
    if (env->call->globals.json)
        tell_json(env, copy);
    else if (!env->call->globals.quiet)
        print_line(
            stdout,
            ENV_SAY(env,
                    N_("{rows} rows in {tables} tables, the same in both stores; "
                       "{copied} of them were copied now"),
                    LANGUAGE_OURS("rows", number(env, rows)),
                    LANGUAGE_OURS("tables", number(env, (int64_t)copy->count)),
                    LANGUAGE_OURS("copied", number(env, copied))));
}

static int
tell_outcome(const struct environment *env, const struct store_copy *copy,
             enum store_copy_outcome outcome)
{
    struct sceau_slice table =
        sceau_slice_from(copy->table != NULL ? copy->table->name : "");
    switch (outcome) {
    case STORE_COPY_DONE: tell(env, copy); return CLI_EXIT_OK;
    case STORE_COPY_ALIKE:
        complain_text(env->language,
                      N_("one of the two has to be sqlite:FILE, the other "
                         "postgresql://...: a file is copied with cp, a server with "
                         "pg_dump"));
        return CLI_EXIT_USAGE;
    case STORE_COPY_FULL:
        COMPLAIN(env->language, "{to} holds other data, in table {table}",
                 LANGUAGE_THEIRS("to", sceau_slice_from(operand(env, 1))),
                 LANGUAGE_OURS("table", table));
        return CLI_EXIT_INPUT;
    case STORE_COPY_WRITTEN:
        complain_text(env->language,
                      N_("a sceau-reportd writes to one of the two stores: stop it on "
                         "every host (one that was killed counts for six minutes)"));
        return CLI_EXIT_TEMPORARY;
    case STORE_COPY_DIFFERS:
        COMPLAIN(env->language,
                 "the two stores do not hold the same rows in table {table}: something "
                 "else wrote to one of them",
                 LANGUAGE_OURS("table", table));
        return CLI_EXIT_INPUT;
    case STORE_COPY_FROM:
        complain_kept(env->language, operand(env, 0), database_error(copy->from));
        return CLI_EXIT_TEMPORARY;
    case STORE_COPY_TO:
        complain_kept(env->language, operand(env, 1), database_error(copy->to));
        return CLI_EXIT_TEMPORARY;
    }
    return CLI_EXIT_BUG;
}

static int
copy_between(struct environment *env, struct database *from, struct database *to)
{
    static struct store_copy copy;
    bool shows_progress = isatty(STDERR_FILENO) && !env->call->globals.quiet;
    int fd = -1;
    copy = (struct store_copy){.from = from,
                               .to = to,
                               .name = sceau_slice_from(operand(env, 0)),
                               .now = (int64_t)time(NULL),
                               .arena = env->arena,
                               .tell = shows_progress ? show_progress : NULL};
    enum store_copy_outcome outcome =
        lock_folder(database_is_shared(from) ? to : from, &fd) ? store_copy(&copy)
                                                               : STORE_COPY_WRITTEN;
    if (shows_progress)
        fputs("\r\033[K", stderr);
    int status = tell_outcome(env, &copy, outcome);
    if (fd >= 0)
        close(fd);
    return status;
}

static int
copy_run(const struct cli_call *call)
{
    struct environment env = {.call = call};
    struct database *from = NULL, *to = NULL;
    int status = environment_load_config(&env, call);
    if (status == 0)
        from = open_end(&env, call->options, 0, &status);
    if (from != NULL)
        to = open_end(&env, call->options, 1, &status);
    if (to != NULL)
        status = copy_between(&env, from, to);
    database_close(to);
    database_close(from);
    environment_close(&env);
    return status;
}

static const struct cli_option copy_options[] = {
    {"state", 0, CLI_TEXT, "DIR", NULL, NULL, offsetof(struct copy_options, state),
     "where a relative FILE is; beats milter.state"},
};

static const struct cli_example copy_examples[] = {
    {"sceau store copy sqlite:store.db postgresql://sceau@db.example.org/sceau",
     "to a server; then set store.url"},
    {"sceau store copy postgresql://sceau@db.example.org/sceau sqlite:store.db",
     "back to a file"                 },
};

const struct cli_command store_commands[STORE_COMMAND_COUNT] = {
    {
     .name = "store copy",
     .operands = "FROM TO",
     .operands_min = 2,
     .operands_max = 2,
     .sentence = "move the store between SQLite and PostgreSQL",
     .description =
            "FROM and TO are written as store.url is; one is a file, the other a server. TO "
            "is made; it may hold nothing but the beginning of this same copy, which goes on "
            "where it was stopped; until it is whole no other program opens TO. Stop every "
            "sceau-reportd before. In the end the rows of each table are read from both "
            "and compared, value by value. The journal, and reports that were built and "
            "not sent, stay where they are.", .exit_status =
            "0 copied and compared, 64 usage, 65 TO holds other data, or the rows "
            "differ, 75 a store is away or written to: again later", .options = copy_options,
     .option_count = sizeof copy_options / sizeof *copy_options,
     .options_size = sizeof(struct copy_options),
     .examples = copy_examples,
     .example_count = sizeof copy_examples / sizeof *copy_examples,
     .run = copy_run,
     },
};
