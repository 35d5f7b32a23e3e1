/* The command line's parser: argv in, a struct or one usage message out. What --help
 * prints is in cli_help.c, the man page in cli_man.c. */
#include "config/cli.h"

#include "cli_table.h"
#include "core/text.h"
#include "nearest.h"

struct parser {
    struct sceau_arena *arena;
    struct cli_call *call;
    int argc;
    const char *const *argv;
    int next;                  /* the next of argv */
    const char *group;         /* first word of a two-word command, while alone */
    void *options;             /* the command's struct */
    const char **operands;     /* room for argc */
    bool is_man;               /* --help=man */
    struct sceau_slice *error; /* where usage errors go */
};

/* -- usage errors -- */

enum language
cli_language(const struct cli_call *call)
{
    return call->globals.lang != NULL ? language_choose(&call->globals.lang, 1)
                                      : call->language;
}

struct sceau_slice
cli_usage_error(struct sceau_arena *arena, const struct cli_call *call,
                const char *english, const struct language_word *words, size_t count)
{
    struct text t = text_new(arena, SIZE_MAX);
    struct text name = text_new(arena, SIZE_MAX);
    text_string(&name, call->program->name);
    if (call->command != NULL && call->command->name[0] != '\0')
        text_format(&name, " %s", call->command->name);
    struct sceau_slice command = text_done(&name);
    const struct language_word tried[] = {LANGUAGE_OURS("command", command)};
    text_slice(&t, command);
    text_string(&t, ": ");
    text_slice(&t, language_sentence(arena, cli_language(call), english, words, count));
    text_octet(&t, '\n');
    text_slice(&t, language_sentence(arena, cli_language(call),
                                     "Try \"{command} --help\".", tried, 1));
    text_octet(&t, '\n');
    return text_done(&t);
}

#define FAIL(parser, english, ...)                                               \
 (*(parser)->error = cli_usage_error((parser)->arena, (parser)->call, (english), \
                                     LANGUAGE_WORDS(__VA_ARGS__)),               \
  false)

/* The same without holes. */
#define FAIL_TEXT(parser, english)                                          \
 (*(parser)->error =                                                        \
      cli_usage_error((parser)->arena, (parser)->call, (english), NULL, 0), \
  false)

/* -- options -- */

/* A member of the command's struct, or of the globals. */
static void *
member(void *base, const struct cli_option *option)
{
    return (char *)base + option->offset;
}

static bool
add_to_list(struct parser *p, struct cli_list *list, const char *item)
{
    if (list->items == NULL)
        list->items = sceau_arena_alloc(p->arena, (size_t)p->argc * sizeof item);
    if (list->items == NULL)
        return FAIL_TEXT(p, "the command line is too long");
    const char **items = (const char **)list->items; /* ours, and never full:
                                              each item took one of argv */
    items[list->count++] = item;
    return true;
}

static bool
store(struct parser *p, const struct cli_option *option, void *base, const char *value)
{
    struct sceau_slice text = sceau_slice_from(value);
    if (option->choices != NULL && !nearest_is_listed(option->choices, text))
        return FAIL(p, "--{option} is one of: {choices}; not \"{value}\"",
                    OURS("option", option->name), OURS("choices", option->choices),
                    THEIRS("value", value));
    switch (option->type) {
    case CLI_FLAG: *(bool *)member(base, option) = true; return true;
    case CLI_TEXT: *(const char **)member(base, option) = value; return true;
    case CLI_LIST: return add_to_list(p, member(base, option), value);
    case CLI_NUMBER: {
        struct cli_number *number = member(base, option);
        if (!slice_decimal(text, UINT64_MAX, &number->value))
            return FAIL(p, "--{option} wants a number, not \"{value}\"",
                        OURS("option", option->name), THEIRS("value", value));
        number->is_given = true;
        return true;
    }
    }
    return false;
}

static const struct cli_option *
find_option(const struct cli_option *options, size_t count, struct sceau_slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_eq(sceau_slice_from(options[i].name), name))
            return &options[i];
    }
    return NULL;
}

static const struct cli_option *
find_letter(const struct cli_option *options, size_t count, char letter)
{
    for (size_t i = 0; i < count; i++) {
        if (options[i].letter == letter)
            return &options[i];
    }
    return NULL;
}

/* `; did you mean "--json"?` of all options that may stand here. */
static struct sceau_slice
near_option(struct parser *p, struct sceau_slice name)
{
    struct nearest n = nearest_to(name);
    const struct cli_command *command = p->call->command;
    for (size_t i = 0; i < CLI_GLOBAL_OPTIONS; i++)
        nearest_try(&n, sceau_slice_from(cli_global_options[i].name));
    for (size_t i = 0; command != NULL && i < command->option_count; i++)
        nearest_try(&n, sceau_slice_from(command->options[i].name));
    return nearest_hint(p->arena, cli_language(p->call), &n, "--");
}

static bool
unknown_option(struct parser *p, struct sceau_slice name)
{
    struct sceau_slice hint = near_option(p, name);
    if (p->call->command == NULL && hint.len == 0)
        return FAIL(p, "no option --{option} before the command's name",
                    LANGUAGE_THEIRS("option", name));
    return FAIL(p, "no option --{option}{hint}", LANGUAGE_THEIRS("option", name),
                LANGUAGE_OURS("hint", hint));
}

/* The option's value: behind "=", or the next of argv. NULL when there is none. */
static const char *
take_value(struct parser *p, const char *attached)
{
    if (attached != NULL)
        return attached;
    return p->next < p->argc ? p->argv[p->next++] : NULL;
}

static bool
read_option(struct parser *p, const struct cli_option *option, void *base,
            const char *attached)
{
    bool is_help = base == &p->call->globals &&
                   slice_eq(sceau_slice_from(option->name), SCEAU_SLICE("help"));
    if (is_help && attached != NULL &&
        slice_eq(sceau_slice_from(attached), SCEAU_SLICE("man"))) {
        p->is_man = true;
        return store(p, option, base, "");
    }
    if (option->type == CLI_FLAG) {
        if (attached != NULL)
            return FAIL(p, "--{option} takes no value", OURS("option", option->name));
        return store(p, option, base, "");
    }
    const char *value = take_value(p, attached);
    if (value == NULL)
        return FAIL(p, "--{option} wants a value: --{option} {argument}",
                    OURS("option", option->name), OURS("argument", option->argument));
    return store(p, option, base, value);
}

static bool
read_long(struct parser *p, const char *word)
{
    const struct cli_command *command = p->call->command;
    const char *equals = strchr(word, '=');
    struct sceau_slice name = sceau_slice_from(word);
    if (equals != NULL)
        name.len = (size_t)(equals - word);
    const char *attached = equals != NULL ? equals + 1 : NULL;
    const struct cli_option *option;
    if (command != NULL &&
        (option = find_option(command->options, command->option_count, name)) != NULL)
        return read_option(p, option, p->options, attached);
    option = find_option(cli_global_options, CLI_GLOBAL_OPTIONS, name);
    if (option != NULL)
        return read_option(p, option, &p->call->globals, attached);
    return unknown_option(p, name);
}

/* "-x" or "-x value"; several letters in one word are not taken apart. */
static bool
read_short(struct parser *p, const char *word)
{
    const struct cli_command *command = p->call->command;
    const struct cli_option *option = NULL;
    void *base = p->options;
    if (word[1] == '\0' && command != NULL)
        option = find_letter(command->options, command->option_count, word[0]);
    if (word[1] == '\0' && option == NULL) {
        option = find_letter(cli_global_options, CLI_GLOBAL_OPTIONS, word[0]);
        base = &p->call->globals;
    }
    if (option != NULL)
        return read_option(p, option, base, NULL);
    struct sceau_slice hint = near_option(p, sceau_slice_from(word));
    return FAIL(p, "no option -{option}{hint}", THEIRS("option", word),
                LANGUAGE_OURS("hint", hint));
}

/* -- the command's name -- */

/* The part of a two-word name behind "group "; NULL when it is not of that group. */
static const char *
second_word(const struct cli_command *command, struct sceau_slice group)
{
    struct sceau_slice name = sceau_slice_from(command->name);
    bool is_of_group = name.len > group.len + 1 && name.ptr[group.len] == ' ' &&
                       slice_eq(slice_sub(name, 0, group.len), group);
    return is_of_group ? command->name + group.len + 1 : NULL;
}

static bool
use_command(struct parser *p, const struct cli_command *command)
{
    p->call->command = command;
    p->options = sceau_arena_alloc(p->arena, command->options_size + 1);
    p->call->options = p->options;
    if (p->options == NULL)
        return FAIL_TEXT(p, "the command line is too long");
    for (size_t i = 0; i < command->option_count; i++) {
        const struct cli_option *option = &command->options[i];
        if (option->fallback != NULL && !store(p, option, p->options, option->fallback))
            return false;
        if (option->fallback != NULL && option->type == CLI_NUMBER)
            ((struct cli_number *)member(p->options, option))->is_given = false;
    }
    return true;
}

/* "config" alone, or with a wrong second word. */
static bool
wrong_second_word(struct parser *p, const char *word)
{
    struct text known = text_new(p->arena, SIZE_MAX);
    struct sceau_slice group = sceau_slice_from(p->group);
    const struct cli_command *command;
    for (size_t i = 0; (command = cli_command_at(p->call->program, i)) != NULL; i++) {
        const char *second = second_word(command, group);
        if (second != NULL)
            text_format(&known, "%s%s", known.len > 0 ? ", " : "", second);
    }
    struct sceau_slice list = text_done(&known);
    if (word == NULL)
        return FAIL(p, "\"{group}\" wants one of: {list}", THEIRS("group", p->group),
                    LANGUAGE_OURS("list", list));
    return FAIL(p, "no command \"{group} {word}\"; there are: {list}",
                THEIRS("group", p->group), THEIRS("word", word),
                LANGUAGE_OURS("list", list));
}

static bool
read_second_word(struct parser *p, const char *word)
{
    const struct cli_command *command;
    for (size_t i = 0; (command = cli_command_at(p->call->program, i)) != NULL; i++) {
        const char *second = second_word(command, sceau_slice_from(p->group));
        if (second != NULL &&
            slice_eq(sceau_slice_from(second), sceau_slice_from(word)))
            return use_command(p, command);
    }
    return wrong_second_word(p, word);
}

static bool
read_command(struct parser *p, const char *word)
{
    const struct cli_command *command;
    struct sceau_slice name = sceau_slice_from(word);
    struct nearest n = nearest_to(name);
    if (p->group != NULL)
        return read_second_word(p, word);
    for (size_t i = 0; (command = cli_command_at(p->call->program, i)) != NULL; i++) {
        if (slice_eq(sceau_slice_from(command->name), name))
            return use_command(p, command);
        if (second_word(command, name) != NULL) {
            p->group = word;
            return true;
        }
        nearest_try(&n, sceau_slice_from(command->name));
    }
    if (slice_eq(name, SCEAU_SLICE("help"))) {
        p->call->globals.help = true;
        return true;
    }
    struct sceau_slice hint = nearest_hint(p->arena, cli_language(p->call), &n, "");
    return FAIL(p, "no command \"{word}\"{hint}", THEIRS("word", word),
                LANGUAGE_OURS("hint", hint));
}

/* -- the whole line -- */

static bool
read_word(struct parser *p, const char *word, bool *options_are_over)
{
    bool is_option = !*options_are_over && word[0] == '-' && word[1] != '\0';
    if (is_option && word[1] == '-' && word[2] == '\0') {
        *options_are_over = true;
        return true;
    }
    if (is_option)
        return word[1] == '-' ? read_long(p, word + 2) : read_short(p, word + 1);
    if (p->call->command == NULL)
        return read_command(p, word);
    p->operands[p->call->operands.count++] = word;
    return true;
}

static bool
check_operands(struct parser *p)
{
    const struct cli_command *command = p->call->command;
    size_t count = p->call->operands.count;
    if (count < command->operands_min)
        return FAIL(p, "something is missing: {operands}",
                    OURS("operands", command->operands));
    if (count > command->operands_max)
        return command->operands_max > 0
                   ? FAIL(p, "\"{word}\" is one too many; wanted: {operands}",
                          THEIRS("word", p->operands[command->operands_max]),
                          OURS("operands", command->operands))
                   : FAIL(p, "\"{word}\" is one too many",
                          THEIRS("word", p->operands[0]));
    return true;
}

static struct sceau_slice
version_line(struct sceau_arena *arena, const struct cli_program *program)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_format(&t, "%s %s\n", program->name, sceau_version());
    return text_done(&t);
}

/* The language that --lang names anywhere on the line: a mistake in front of it is told in
 * that one too. */
static enum language
language_on_line(const struct parser *p, enum language otherwise)
{
    const struct cli_option *lang =
        find_option(cli_global_options, CLI_GLOBAL_OPTIONS, SCEAU_SLICE("lang"));
    for (int i = 1; i < p->argc && strcmp(p->argv[i], "--") != 0; i++) {
        const char *word = p->argv[i], *value = NULL;
        if (strncmp(word, "--lang=", 7) == 0)
            value = word + 7;
        else if (strcmp(word, "--lang") == 0 && i + 1 < p->argc)
            value = p->argv[i + 1];
        if (value != NULL && lang->choices != NULL &&
            nearest_is_listed(lang->choices, sceau_slice_from(value)))
            return language_choose(&value, 1);
    }
    return otherwise;
}

enum cli_outcome
cli_parse(struct sceau_arena *arena, const struct cli_program *program,
          enum language language, int argc, const char *const *argv,
          struct cli_call *call, struct sceau_slice *text)
{
    *call = (struct cli_call){.program = program, .language = language};
    *text = SLICE_NONE;
    struct parser p = {
        .arena = arena, .call = call, .argc = argc, .argv = argv, .error = text};
    call->language = language_on_line(&p, language);
    p.operands = sceau_arena_alloc(arena, (size_t)argc * sizeof *p.operands + 1);
    call->operands.items = p.operands;
    if (p.operands == NULL) {
        *text =
            cli_usage_error(arena, call, N_("the command line is too long"), NULL, 0);
        return CLI_USAGE;
    }
    bool options_are_over = false;
    if (program->commands[0].name[0] == '\0' && !use_command(&p, &program->commands[0]))
        return CLI_USAGE;
    for (p.next = 1; p.next < argc;) {
        if (!read_word(&p, argv[p.next++], &options_are_over))
            return CLI_USAGE;
    }
    if (call->globals.version) {
        *text = version_line(arena, program);
        return CLI_TOLD;
    }
    if (call->globals.help) {
        *text = (p.is_man ? cli_man : cli_help)(arena, program, call->command);
        return CLI_TOLD;
    }
    if (call->command == NULL && p.group == NULL) {
        *text = cli_help(arena, program, NULL);
        return CLI_USAGE;
    }
    if (call->command == NULL)
        return wrong_second_word(&p, NULL) ? CLI_RUN : CLI_USAGE;
    return check_operands(&p) ? CLI_RUN : CLI_USAGE;
}
