/* A configuration as text: what is in force, what could be, and the manual page. */
#include "core/text.h"
#include "instance.h"
#include "roff.h"
#include "value.h"

#define WIDTH 79

static struct sceau_slice
value_text(struct sceau_arena *arena, const struct config_instance *instance,
           const struct config_option *option)
{
    struct text t = text_new(arena, SIZE_MAX);
    value_format(&t, option, (const char *)instance->values + option->offset);
    return text_done(&t);
}

const struct config_setting *
config_settings(struct sceau_arena *arena, const struct sceau_config *config,
                size_t *count)
{
    *count = 0;
    for (const struct config_instance *i = config->instances; i != NULL; i = i->next)
        *count += i->section->option_count;
    struct config_setting *settings =
        sceau_arena_alloc(arena, *count * sizeof *settings + 1);
    size_t n = 0;
    if (settings == NULL)
        return NULL;
    for (const struct config_instance *i = config->instances; i != NULL; i = i->next) {
        for (size_t k = 0; k < i->section->option_count; k++) {
            const struct config_option *option = &i->section->options[k];
            settings[n++] = (struct config_setting){
                .section = i->section->name,
                .name = i->name,
                .key = option->key,
                .value = value_text(arena, i, option),
                .layer = i->slots[k].layer,
                .line = i->slots[k].line,
            };
            if (settings[n - 1].value.ptr == NULL)
                return NULL;
        }
    }
    return settings;
}

/* -- config show -- */

static void
section_line(struct text *t, const char *section, struct sceau_slice name)
{
    text_format(t, "[%s", section);
    if (name.len > 0)
        text_format(t, " \"%.*s\"", SLICE_ARG(name));
    text_string(t, "]\n");
}

static void
setting_line(struct text *t, const struct config_setting *s)
{
    size_t start = t->len;
    text_format(t, "%s = ", s->key);
    text_slice(t, s->value);
    size_t written = t->len - start;
    text_format(t, "%*s", written < 40 ? (int)(40 - written) : 1, "");
    switch (s->layer) {
    case CONFIG_DEFAULT: text_string(t, "# default\n"); return;
    case CONFIG_FILE: text_format(t, "# line %zu\n", s->line); return;
    case CONFIG_SET: text_string(t, "# --set\n"); return;
    }
}

struct sceau_slice
config_show(struct sceau_arena *arena, const struct sceau_config *config)
{
    struct text t = text_new(arena, SIZE_MAX);
    size_t count;
    const struct config_setting *s = config_settings(arena, config, &count);
    if (s == NULL)
        return SLICE_NONE;
    for (size_t i = 0; i < count; i++) {
        bool is_new = i == 0 || strcmp(s[i].section, s[i - 1].section) != 0 ||
                      !slice_eq(s[i].name, s[i - 1].name);
        if (is_new && i > 0)
            text_octet(&t, '\n');
        if (is_new)
            section_line(&t, s[i].section, s[i].name);
        setting_line(&t, &s[i]);
    }
    return text_done(&t);
}

/* -- config sample -- */

/* A sentence as comment lines. */
static void
comment(struct text *t, const char *sentence)
{
    struct sceau_slice rest = sceau_slice_from(sentence), word;
    size_t column = WIDTH;
    while (slice_next(&rest, ' ', &word)) {
        if (column + 1 + word.len > WIDTH) {
            text_string(t, column < WIDTH || t->ptr[t->len - 1] != '\n' ? "\n#" : "#");
            column = 1;
        }
        text_octet(t, ' ');
        text_slice(t, word);
        column += 1 + word.len;
    }
    text_octet(t, '\n');
}

struct sceau_slice
config_sample(struct sceau_arena *arena)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_string(&t, "# sceau.conf: every setting with its default. "
                    "See sceau.conf(5).\n");
    for (size_t i = 0; i < config_section_count; i++) {
        const struct config_section *section = &config_sections[i];
        text_octet(&t, '\n');
        comment(&t, section->sentence);
        text_string(&t, section->naming == CONFIG_UNNAMED ? "" : "#");
        section_line(&t, section->name, sceau_slice_from(section->example));
        for (size_t k = 0; k < section->option_count; k++) {
            const struct config_option *option = &section->options[k];
            text_octet(&t, '\n');
            comment(&t, option->sentence);
            struct sceau_slice wanted = value_wanted(arena, LANGUAGE_EN, option);
            text_format(&t, "# Takes %.*s.\n", SLICE_ARG(wanted));
            text_format(&t, "#%s =%s%s\n", option->key, *option->fallback ? " " : "",
                        option->fallback);
        }
    }
    return text_done(&t);
}

/* -- sceau.conf(5) -- */

static const char grammar[] =
    "The file is /etc/sceau/sceau.conf, or what --config names. Where it is absent the "
    "defaults hold. Each line is empty, a section, or a setting below its section; "
    "--set section.key=value beats the file.\n"
    "\n"
    "Text behind a # at the start of a line or after a blank is a comment. Lists take "
    "their items by blanks, or one key on several lines; an empty value empties a list. "
    "A value that holds a # or blanks at its ends stands in double quotes, where \\\" and "
    "\\\\ stand for themselves. Sizes take KiB and MiB. Secrets have no place in it: keys "
    "ending in _file name the file, mode 0600, that holds one.\n"
    "\n"
    "An unknown section, key or value is an error with its line and column, and nothing "
    "starts with it. sceau config check says what is wrong, sceau config show what is in "
    "force and where it was set, sceau config sample prints a file to begin with.\n";

static void
man_option(struct sceau_arena *arena, struct text *t,
           const struct config_option *option)
{
    struct text sentence = text_new(arena, SIZE_MAX);
    struct sceau_slice wanted = value_wanted(arena, LANGUAGE_EN, option);
    text_format(&sentence, "%s Takes %.*s. ", option->sentence, SLICE_ARG(wanted));
    if (*option->fallback != '\0')
        text_format(&sentence, "Default: %s.", option->fallback);
    else
        text_string(&sentence, "Empty by default.");
    roff_entry(t, option->key, NULL, text_done(&sentence));
}

struct sceau_slice
config_man(struct sceau_arena *arena)
{
    struct text t = text_new(arena, SIZE_MAX);
    roff_head(&t, "sceau.conf", 5, "settings of the sceau programs");
    roff_section(&t, "synopsis");
    roff_verbatim(&t, SCEAU_SLICE("[section]\nkey = value        # comment\n"
                                  "[section \"name\"]\nkey = value value\n"));
    roff_section(&t, "description");
    roff_paragraphs(&t, sceau_slice_from(grammar));
    roff_section(&t, "settings");
    for (size_t i = 0; i < config_section_count; i++) {
        const struct config_section *section = &config_sections[i];
        struct text title = text_new(arena, SIZE_MAX);
        if (section->naming == CONFIG_UNNAMED)
            text_format(&title, "[%s]", section->name);
        else
            text_format(&title, "[%s \"%s\"]", section->name, section->example);
        struct sceau_slice heading = text_done(&title);
        if (heading.ptr == NULL)
            return SLICE_NONE;
        roff_subsection(&t, heading.ptr);
        roff_paragraphs(&t, sceau_slice_from(section->sentence));
        for (size_t k = 0; k < section->option_count; k++)
            man_option(arena, &t, &section->options[k]);
    }
    roff_section(&t, "files");
    roff_entry(&t, "/etc/sceau/sceau.conf", NULL, SCEAU_SLICE("the settings"));
    roff_section(&t, "see also");
    text_string(&t, ".BR sceau (1)\n");
    return text_done(&t);
}
