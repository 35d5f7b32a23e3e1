/* A man page of section 1, or 8 for a daemon, drawn from the same tables as --help. */
#include "cli_table.h"
#include "roff.h"

/* A program of one command without a name is a daemon: nothing to choose from. */
static bool
is_daemon(const struct cli_command *command)
{
    return command != NULL && command->name[0] == '\0';
}

/* "sceau-config-show": blanks are no part of a page's name. */
static const char *
page_name(struct sceau_arena *arena, const struct cli_program *program,
          const struct cli_command *command)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_string(&t, program->name);
    if (command != NULL && command->name[0] != '\0')
        text_octet(&t, '-');
    for (const char *c = command != NULL ? command->name : ""; *c != '\0'; c++)
        text_octet(&t, *c == ' ' ? '-' : *c);
    struct sceau_slice name = text_done(&t);
    return name.ptr != NULL ? name.ptr : program->name;
}

static void
option_entry(struct sceau_arena *arena, struct text *t, const struct cli_option *option)
{
    struct text term = text_new(arena, SIZE_MAX);
    struct text sentence = text_new(arena, SIZE_MAX);
    if (option->letter != 0)
        text_format(&term, "-%c, ", option->letter);
    text_format(&term, "--%s", option->name);
    text_string(&sentence, option->sentence);
    if (option->choices != NULL)
        text_format(&sentence, "; one of: %s", option->choices);
    if (option->fallback != NULL)
        text_format(&sentence, "; default: %s", option->fallback);
    struct sceau_slice name = text_done(&term);
    roff_entry(t, name.ptr != NULL ? name.ptr : option->name, option->argument,
               text_done(&sentence));
}

static void
options_section(struct sceau_arena *arena, struct text *t, const char *title,
                const struct cli_option *options, size_t count)
{
    if (count == 0)
        return;
    roff_section(t, title);
    for (size_t i = 0; i < count; i++)
        option_entry(arena, t, &options[i]);
}

static void
command_body(struct sceau_arena *arena, struct text *t,
             const struct cli_program *program, const struct cli_command *command)
{
    roff_section(t, "synopsis");
    struct sceau_slice operands = sceau_slice_from(command->operands);
    text_format(t, "\\fB%s%s%s\\fR [\\fIOPTION\\fR...]%s", program->name,
                is_daemon(command) ? "" : " ", command->name,
                operands.len > 0 ? " " : "");
    roff_text(t, operands);
    text_octet(t, '\n');
    roff_section(t, "description");
    roff_paragraphs(t, sceau_slice_from(command->description));
    options_section(arena, t, "options", command->options, command->option_count);
    options_section(arena, t, "options of every command", cli_global_options,
                    CLI_GLOBAL_OPTIONS);
    if (command->example_count > 0)
        roff_section(t, "examples");
    for (size_t i = 0; i < command->example_count; i++)
        roff_entry(t, command->examples[i].command, NULL,
                   sceau_slice_from(command->examples[i].sentence));
    roff_section(t, "exit status");
    if (command->exit_status != NULL)
        roff_paragraphs(t, sceau_slice_from(command->exit_status));
    else
        roff_verbatim(t, sceau_slice_from(cli_usual_exit_status));
}

static void
program_body(struct sceau_arena *arena, struct text *t,
             const struct cli_program *program)
{
    roff_section(t, "synopsis");
    text_format(t,
                "\\fB%s\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIOPERAND\\fR...]\n",
                program->name);
    roff_section(t, "description");
    roff_paragraphs(t, sceau_slice_from(program->description));
    roff_section(t, "commands");
    const struct cli_command *command;
    for (size_t i = 0; (command = cli_command_at(program, i)) != NULL; i++)
        roff_entry(t, command->name, NULL, sceau_slice_from(command->sentence));
    options_section(arena, t, "options of every command", cli_global_options,
                    CLI_GLOBAL_OPTIONS);
    roff_section(t, "exit status");
    roff_verbatim(t, sceau_slice_from(cli_usual_exit_status));
}

/* The program's page names those of its commands. */
static void
see_also(struct sceau_arena *arena, struct text *t, const struct cli_program *program,
         const struct cli_command *command)
{
    roff_section(t, "see also");
    const struct cli_command *other;
    for (size_t i = 0; command == NULL && (other = cli_command_at(program, i)); i++)
        text_format(t, ".BR %s (1),\n", page_name(arena, program, other));
    text_format(t, "%s.BR sceau.conf (5)\n", command == NULL ? "" : ".BR sceau (1),\n");
}

struct sceau_slice
cli_man(struct sceau_arena *arena, const struct cli_program *program,
        const struct cli_command *command)
{
    struct text t = text_new(arena, SIZE_MAX);
    roff_head(&t, page_name(arena, program, command), is_daemon(command) ? 8 : 1,
              command != NULL ? command->sentence : program->sentence);
    if (command != NULL)
        command_body(arena, &t, program, command);
    else
        program_body(arena, &t, program);
    see_also(arena, &t, program, command);
    return text_done(&t);
}
