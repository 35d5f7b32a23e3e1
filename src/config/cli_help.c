/* What --help prints, drawn from the tables. */
#include "cli_table.h"
#include "core/text.h"

#define WIDTH       79 /* a terminal of 80 columns */
#define OPTION_WIDE 26 /* where sentences start */

/* Words of `sentence` from column `column` on, wrapped and indented to `indent`. */
static void
wrap(struct text *t, struct sceau_slice sentence, size_t column, size_t indent)
{
    struct sceau_slice word;
    bool is_first = true;
    while (slice_next(&sentence, ' ', &word)) {
        if (!is_first && column + 1 + word.len > WIDTH) {
            text_format(t, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!is_first) {
            text_octet(t, ' ');
            column++;
        }
        text_slice(t, word);
        column += word.len;
        is_first = false;
    }
    text_octet(t, '\n');
}

/* "  name            sentence": on a line of its own when the name is long. */
static void
entry(struct text *t, struct sceau_slice name, struct sceau_slice sentence)
{
    text_string(t, "  ");
    text_slice(t, name);
    if (name.len + 4 > OPTION_WIDE)
        text_format(t, "\n%*s", OPTION_WIDE, "");
    else
        text_format(t, "%*s", (int)(OPTION_WIDE - name.len - 2), "");
    wrap(t, sentence, OPTION_WIDE, OPTION_WIDE);
}

static void
option_entry(struct sceau_arena *arena, struct text *t, const struct cli_option *option)
{
    struct text name = text_new(arena, SIZE_MAX);
    struct text sentence = text_new(arena, SIZE_MAX);
    if (option->letter != 0)
        text_format(&name, "-%c, ", option->letter);
    text_format(&name, "--%s", option->name);
    if (option->argument != NULL)
        text_format(&name, " %s", option->argument);
    text_string(&sentence, option->sentence);
    if (option->choices != NULL)
        text_format(&sentence, " (one of: %s)", option->choices);
    if (option->fallback != NULL)
        text_format(&sentence, " (default: %s)", option->fallback);
    if (option->type == CLI_LIST)
        text_string(&sentence,
                    strstr(option->sentence, "repeatable") ? "" : " (repeatable)");
    entry(t, text_done(&name), text_done(&sentence));
}

static void
options_table(struct sceau_arena *arena, struct text *t, const char *title,
              const struct cli_option *options, size_t count)
{
    text_format(t, "\n%s:\n", title);
    for (size_t i = 0; i < count; i++)
        option_entry(arena, t, &options[i]);
}

static void
description(struct text *t, const char *paragraphs)
{
    struct sceau_slice rest = sceau_slice_from(paragraphs), line;
    text_octet(t, '\n');
    while (slice_next(&rest, '\n', &line))
        wrap(t, line, 0, 0);
}

/* A command to copy: where it is long, a shell goes on behind a backslash. */
static void
put_command(struct text *t, struct sceau_slice command)
{
    size_t used = 0;
    struct sceau_slice word;
    while (command.len > 0 && slice_next(&command, ' ', &word)) {
        size_t needed = word.len + 1 + (command.len > 0 ? strlen(" \\") : 0);
        if (used > 0 && used + needed > WIDTH) {
            text_string(t, " \\\n     ");
            used = 5;
        }
        text_format(t, "%s%.*s", used > 0 ? " " : "  ", SLICE_ARG(word));
        used += word.len + (used > 0 ? 1 : 2);
    }
    text_octet(t, '\n');
}

static void
help_for_command(struct sceau_arena *arena, struct text *t,
                 const struct cli_program *program, const struct cli_command *command)
{
    struct sceau_slice operands = sceau_slice_from(command->operands);
    struct text usage = text_new(arena, SIZE_MAX);
    text_format(&usage, "Usage: %s%s%s [OPTION...]%s%.*s", program->name,
                command->name[0] != '\0' ? " " : "", command->name,
                operands.len > 0 ? " " : "", SLICE_ARG(operands));
    wrap(t, text_done(&usage), 0, strlen("Usage: "));
    description(t, command->description);
    if (command->option_count > 0)
        options_table(arena, t, "Options", command->options, command->option_count);
    options_table(arena, t, "Options of every command", cli_global_options,
                  CLI_GLOBAL_OPTIONS);
    if (command->example_count > 0)
        text_string(t, "\nExamples:\n");
    for (size_t i = 0; i < command->example_count; i++) {
        put_command(t, sceau_slice_from(command->examples[i].command));
        text_format(t, "      %s\n", command->examples[i].sentence);
    }
    const char *statuses =
        command->exit_status != NULL ? command->exit_status : cli_usual_exit_status;
    struct sceau_slice rest = sceau_slice_from(statuses), line;
    text_string(t, "\nExit status:\n");
    while (slice_next(&rest, '\n', &line)) {
        if (line.len > 0) {
            text_string(t, "  ");
            wrap(t, line, 2, 2);
        }
    }
}

static void
help_for_program(struct sceau_arena *arena, struct text *t,
                 const struct cli_program *program)
{
    text_format(t, "Usage: %s COMMAND [OPTION...] [OPERAND...]\n", program->name);
    description(t, program->description);
    text_string(t, "\nCommands:\n");
    const struct cli_command *command;
    for (size_t i = 0; (command = cli_command_at(program, i)) != NULL; i++)
        entry(t, sceau_slice_from(command->name), sceau_slice_from(command->sentence));
    options_table(arena, t, "Options of every command", cli_global_options,
                  CLI_GLOBAL_OPTIONS);
    text_format(t, "\n\"%s COMMAND --help\" tells more.\n", program->name);
}

struct sceau_slice
cli_help(struct sceau_arena *arena, const struct cli_program *program,
         const struct cli_command *command)
{
    struct text t = text_new(arena, SIZE_MAX);
    if (command != NULL)
        help_for_command(arena, &t, program, command);
    else
        help_for_program(arena, &t, program);
    return text_done(&t);
}
