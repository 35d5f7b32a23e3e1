/* `milter`: a connection given as the MTA's commands. All are sent, whatever was answered
 * before. */
#include "connection.h"

#include <stdio.h>
#include <string.h>

/* The strings of a command behind its name. */
static struct sceau_slice *
read_arguments(struct harness_case *c, const json_t *command, size_t *count)
{
    size_t size = json_array_size(command);
    struct sceau_slice *arguments =
        sceau_arena_alloc(c->inputs, (size + 2) * sizeof *arguments);
    *count = arguments != NULL && size > 0 ? size - 1 : 0;
    for (size_t i = 0; i < *count; i++)
        arguments[i] = harness_octets(c, json_array_get(command, i + 1));
    return arguments; /* two more are there, and empty */
}

static void
run_negotiate(struct connection *connection, const json_t *command)
{
    const json_t *options = json_array_get(command, 1);
    const json_t *version = json_object_get(options, "version");
    connection_negotiate(connection,
                         json_is_integer(version)
                             ? (uint32_t)json_integer_value(version)
                             : MILTER_VERSION,
                         !json_is_false(
                             json_object_get(options, "header_leading_space")));
}

/* Words of HARNESS.md and the commands they stand for. */
static const struct command {
    const char *name;
    enum milter_command command;
} commands[] = {
    {"connect", MILTER_CONNECT   },
    {"helo",    MILTER_HELO      },
    {"mail",    MILTER_MAIL      },
    {"rcpt",    MILTER_RCPT      },
    {"data",    MILTER_DATA      },
    {"header",  MILTER_HEADER    },
    {"eoh",     MILTER_END_HEADER},
    {"body",    MILTER_BODY      },
    {"eom",     MILTER_END       },
    {"abort",   MILTER_ABORT     },
    {"quit",    MILTER_QUIT      },
    {"unknown", MILTER_UNKNOWN   },
};

static const struct command *
find_command(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (name != NULL && strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static void
run_macro(struct connection *connection, const json_t *command)
{
    struct harness_case *c = connection->c;
    const struct command *stage =
        find_command(json_string_value(json_array_get(command, 1)));
    json_t *values = json_array_get(command, 2);
    struct sceau_slice *pairs =
        sceau_arena_alloc(c->inputs,
                          (2 * json_object_size(values) + 1) * sizeof *pairs);
    size_t count = 0;
    if (stage == NULL || pairs == NULL) {
        harness_fail(c, "a macro command names no command");
        return;
    }
    for (void *i = json_object_iter(values); i != NULL;
         i = json_object_iter_next(values, i)) {
        pairs[count++] = sceau_slice_from(json_object_iter_key(i));
        pairs[count++] = harness_octets(c, json_object_iter_value(i));
    }
    connection_macros(connection, stage->command, pairs, count);
}

static void
run_command(struct connection *connection, const struct command *command,
            const struct sceau_slice *arguments, size_t count)
{
    switch (command->command) {
    case MILTER_CONNECT:
        connection_connect(connection, arguments[0], arguments[1]);
        break;
    case MILTER_HELO:
    case MILTER_MAIL:
    case MILTER_RCPT:
    case MILTER_UNKNOWN:
        connection_strings(connection, command->command, arguments, count);
        break;
    case MILTER_HEADER:
        connection_header(connection, arguments[0], arguments[1]);
        break;
    case MILTER_BODY: connection_body(connection, arguments[0]); break;
    case MILTER_END: connection_end(connection); break;
    case MILTER_ABORT: connection_abort(connection); break;
    case MILTER_DATA:
    case MILTER_END_HEADER:
    case MILTER_QUIT: connection_plain(connection, command->command); break;
    case MILTER_MACRO:
    case MILTER_NEGOTIATE:
    case MILTER_QUIT_NEW: break; /* not in the table */
    }
}

static void
run_line(struct connection *connection, const json_t *line)
{
    const char *name = json_string_value(json_array_get(line, 0));
    const struct command *command = find_command(name);
    size_t count;
    struct sceau_slice *arguments = read_arguments(connection->c, line, &count);
    if (name != NULL && strcmp(name, "negotiate") == 0)
        run_negotiate(connection, line);
    else if (name != NULL && strcmp(name, "macro") == 0)
        run_macro(connection, line);
    else if (command != NULL && arguments != NULL)
        run_command(connection, command, arguments, count);
    else
        harness_fail(connection->c, "no such milter command: %.40s",
                     name != NULL ? name : "(not a word)");
}

json_t *
op_milter(struct harness_case *c)
{
    struct connection connection;
    const json_t *lines = json_object_get(c->in, "commands");
    if (connection_open(&connection, c))
        for (size_t i = 0; i < json_array_size(lines); i++)
            run_line(&connection, json_array_get(lines, i));
    return json_pack("{s:o}", "messages", connection_close(&connection));
}
