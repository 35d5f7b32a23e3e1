/* From lines to typed values: defaults, then the file, then --set, each beating what came
 * before. Every problem is told with its place and its remedy, not only the first. */
#include "config/config.h"

#include "core/domain.h"
#include "core/text.h"
#include "instance.h"
#include "nearest.h"
#include "reader.h"
#include "value.h"

struct loader {
    struct sceau_arena *arena;
    enum language language;
    struct sceau_config *config;
    struct config_instance *instances;
    struct config_instance **last; /* where the next is hung */
    size_t named_count;
    struct config_problem *problems;
    size_t problem_count;
    bool is_full; /* the arena */
    enum config_layer layer;
    struct sceau_slice source;
};

/* A place in what is being read: columns count from the start of `text`. */
struct place {
    struct sceau_slice text;
    size_t line;
};

/* -- problems -- */

/* Always false, for `return refuse(…)`. `at` points into place->text. What the file says is
 * a word of others: it may hold anything. */
static bool
refuse(struct loader *l, const struct place *place, const char *at, const char *english,
       const struct language_word *words, size_t count)
{
    if (l->problem_count >= CONFIG_PROBLEMS_MAX)
        return false;
    l->problems[l->problem_count++] = (struct config_problem){
        .source = l->source,
        .line = place->line,
        .column = (size_t)(at - place->text.ptr) + 1,
        .text = language_sentence(l->arena, l->language, english, words, count),
    };
    return false;
}

#define REFUSE(loader, place, at, english, ...) \
 refuse((loader), (place), (at), (english), LANGUAGE_WORDS(__VA_ARGS__))

/* The same without holes. */
#define REFUSE_TEXT(loader, place, at, english) \
 refuse((loader), (place), (at), (english), NULL, 0)

static bool
out_of_memory(struct loader *l)
{
    l->is_full = true;
    return false;
}

/* Give up reading? */
static bool
is_enough(const struct loader *l)
{
    return l->is_full || l->problem_count >= CONFIG_PROBLEMS_MAX;
}

/* -- values -- */

static void *
member_of(const struct config_instance *instance, const struct config_option *option)
{
    return (char *)instance->values + option->offset;
}

/* scheme://user:password@host: what would be readable to all who read the file. */
static bool
holds_password(struct sceau_slice value)
{
    size_t colon = slice_find(value, ':');
    if (value.len < colon + 3 ||
        !slice_starts_ci(slice_skip(value, colon), SCEAU_SLICE("://")))
        return false;
    struct sceau_slice authority = slice_skip(value, colon + 3);
    authority.len = slice_find(authority, '/');
    size_t at = slice_find_last(authority, '@');
    return at < authority.len && slice_find(slice_sub(authority, 0, at), ':') < at;
}

static bool
put_word(struct loader *l, const struct place *place, const char *at,
         struct config_instance *instance, const struct config_option *option,
         struct sceau_slice word)
{
    if (word.ptr == NULL)
        return out_of_memory(l);
    if (value_parse(l->arena, option, word, member_of(instance, option)))
        return true;
    struct sceau_slice wanted = value_wanted(l->arena, l->language, option);
    if (wanted.ptr == NULL)
        return out_of_memory(l);
    struct nearest n = nearest_to(word);
    if (option->choices != NULL)
        nearest_try_words(&n, option->choices);
    struct sceau_slice hint = nearest_hint(l->arena, l->language, &n, "");
    return REFUSE(l, place, at, "{key} = \"{value}\": expected {wanted}{hint}",
                  OURS("key", option->key), LANGUAGE_THEIRS("value", word),
                  LANGUAGE_OURS("wanted", wanted), LANGUAGE_OURS("hint", hint));
}

/* A value of one word, or of all the words of a list. */
static bool
put_words(struct loader *l, const struct place *place, struct config_instance *instance,
          const struct config_option *option, struct sceau_slice value)
{
    struct sceau_slice rest = value, word;
    const char *problem;
    size_t count = 0;
    for (;;) {
        rest = slice_trim(rest);
        const char *at = rest.ptr;
        if (!reader_word(l->arena, &rest, &word, &problem))
            break;
        if (problem != NULL)
            return REFUSE_TEXT(l, place, at, problem);
        if (count++ > 0 && !value_is_list(option->type))
            return REFUSE(l, place, at, "{key} takes one value",
                          OURS("key", option->key));
        if (!put_word(l, place, at, instance, option, word))
            return false;
    }
    if (count > 0 || value_is_list(option->type))
        return true;
    return put_word(l, place, value.ptr, instance, option, SCEAU_SLICE(""));
}

/* A value that is the rest of the line, quoted or not. */
static bool
put_line(struct loader *l, const struct place *place, struct config_instance *instance,
         const struct config_option *option, struct sceau_slice value)
{
    if (value.len == 0 || value.ptr[0] != '"')
        return put_word(l, place, value.ptr, instance, option, value);
    return put_words(l, place, instance, option, value);
}

/* The first value of a layer replaces the layer below; a list then grows. */
static bool
put_value(struct loader *l, const struct place *place, struct config_instance *instance,
          const struct config_option *option, struct sceau_slice value)
{
    struct config_slot *slot = &instance->slots[option - instance->section->options];
    bool is_first = slot->layer != l->layer;
    if (!is_first && !value_is_list(option->type) && l->layer == CONFIG_FILE)
        return REFUSE(l, place, place->text.ptr, "{key} is already set on line {line}",
                      OURS("key", option->key),
                      LANGUAGE_OURS("line", DECIMAL(slot->line)));
    if (holds_password(value))
        return REFUSE(l, place, value.ptr,
                      "a password has no place here: put it into a file of mode 0600 "
                      "and name that file with {section}.password_file",
                      OURS("section", instance->section->name));
    if (is_first || !value_is_list(option->type)) {
        memset(member_of(instance, option), 0, value_size(option->type));
        slot->layer = l->layer;
        slot->line = place->line;
    }
    if (value_is_line(option->type))
        return put_line(l, place, instance, option, value);
    return put_words(l, place, instance, option, value);
}

/* -- sections -- */

/* [sign] and [sign "example.org"] are two kinds of section; where there is one kind only it
 * is the one that was meant, with or without its name. */
static const struct config_section *
find_section(struct sceau_slice name, bool is_named)
{
    const struct config_section *found = NULL;
    for (size_t i = 0; i < config_section_count; i++) {
        const struct config_section *section = &config_sections[i];
        bool is_kind = (section->naming != CONFIG_UNNAMED) == is_named;
        if (slice_eq(sceau_slice_from(section->name), name) &&
            (found == NULL || is_kind))
            found = section;
    }
    return found;
}

static const struct config_option *
find_key(const struct config_section *section, struct sceau_slice key)
{
    for (size_t i = 0; i < section->option_count; i++) {
        if (slice_eq(sceau_slice_from(section->options[i].key), key))
            return &section->options[i];
    }
    return NULL;
}

static bool
unknown_section(struct loader *l, const struct place *place, struct sceau_slice name)
{
    struct nearest n = nearest_to(name);
    for (size_t i = 0; i < config_section_count; i++)
        nearest_try(&n, sceau_slice_from(config_sections[i].name));
    struct sceau_slice hint = nearest_hint(l->arena, l->language, &n, "");
    return REFUSE(l, place, name.ptr, "no section [{section}]{hint}",
                  LANGUAGE_THEIRS("section", name), LANGUAGE_OURS("hint", hint));
}

static bool
names_secret(struct sceau_slice key)
{
    static const char *const words[] = {"password", "passwd", "secret", "token"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (slice_ends_ci(key, sceau_slice_from(words[i])))
            return true;
    }
    return false;
}

/* The nearest key of this section, or the section that has this key. */
static bool
unknown_key(struct loader *l, const struct place *place,
            const struct config_section *section, struct sceau_slice key)
{
    if (names_secret(key))
        return REFUSE(l, place, key.ptr,
                      "secrets are not kept here: put it into a file of mode 0600 and "
                      "name that file with {key}_file",
                      LANGUAGE_THEIRS("key", key));
    for (size_t i = 0; i < config_section_count; i++) {
        if (find_key(&config_sections[i], key) != NULL)
            return REFUSE(l, place, key.ptr,
                          "[{section}] has no key \"{key}\"; [{other}] has",
                          OURS("section", section->name), LANGUAGE_THEIRS("key", key),
                          OURS("other", config_sections[i].name));
    }
    struct nearest n = nearest_to(key);
    for (size_t i = 0; i < section->option_count; i++)
        nearest_try(&n, sceau_slice_from(section->options[i].key));
    struct sceau_slice hint = nearest_hint(l->arena, l->language, &n, "");
    return REFUSE(l, place, key.ptr, "[{section}] has no key \"{key}\"{hint}",
                  OURS("section", section->name), LANGUAGE_THEIRS("key", key),
                  LANGUAGE_OURS("hint", hint));
}

/* The defaults. They are ours and parse: a test reads every one. */
static bool
set_defaults(struct loader *l, struct config_instance *instance)
{
    const struct config_section *section = instance->section;
    struct place nowhere = {SCEAU_SLICE(""), 0};
    for (size_t i = 0; i < section->option_count; i++) {
        const struct config_option *option = &section->options[i];
        struct sceau_slice value = sceau_slice_from(option->fallback);
        bool is_set = value_is_line(option->type)
                          ? put_word(l, &nowhere, "", instance, option, value)
                          : put_words(l, &nowhere, instance, option, value);
        if (!is_set)
            return false;
    }
    return true;
}

/* A section with its defaults, at the end of the list. NULL when the arena is full. */
static struct config_instance *
add_instance(struct loader *l, const struct config_section *section,
             struct sceau_slice name, void *values)
{
    struct config_instance *instance = sceau_arena_alloc(l->arena, sizeof *instance);
    struct config_slot *slots =
        sceau_arena_alloc(l->arena, section->option_count * sizeof *slots);
    if (instance == NULL || slots == NULL || values == NULL) {
        l->is_full = true;
        return NULL;
    }
    *instance = (struct config_instance){section, name, values, slots, NULL};
    if (name.len > 0) /* a named section's struct begins with it */
        memcpy(values, &name, sizeof name);
    *l->last = instance;
    l->last = &instance->next;
    return set_defaults(l, instance) ? instance : NULL;
}

#define WORD_MAX 64 /* octets of a name that is a word */

static bool
is_word(struct sceau_slice text)
{
    bool is_fine = text.len > 0 && text.len <= WORD_MAX;
    for (size_t i = 0; i < text.len && is_fine; i++)
        is_fine =
            ascii_is_alnum(text.ptr[i]) || text.ptr[i] == '-' || text.ptr[i] == '_';
    return is_fine;
}

/* The name in the quotes in the form in which it is compared. */
static bool
normal_name(struct loader *l, const struct place *place, const char *at,
            const struct config_section *section, struct sceau_slice text,
            struct sceau_slice *name)
{
    switch (section->naming) {
    case CONFIG_UNNAMED:
        return text.len == 0 || REFUSE(l, place, at, "[{section}] has no name",
                                       OURS("section", section->name));
    case CONFIG_NAMED_DOMAIN:
        return domain_normal(l->arena, text, name) ||
               REFUSE(l, place, at, "expected a domain: [{section} \"{example}\"]",
                      OURS("section", section->name),
                      OURS("example", section->example));
    case CONFIG_NAMED_ADDRESS:
        return value_address(l->arena, text, name) ||
               REFUSE(l, place, at, "expected an address: [{section} \"{example}\"]",
                      OURS("section", section->name),
                      OURS("example", section->example));
    case CONFIG_NAMED_WORD:
        *name = text;
        return is_word(text) ||
               REFUSE(l, place, at,
                      "expected a name of letters, digits, - and _: [{section} "
                      "\"{example}\"]",
                      OURS("section", section->name),
                      OURS("example", section->example));
    }
    return false;
}

/* The section of that name, made when it is new. NULL after a problem. */
static struct config_instance *
enter_section(struct loader *l, const struct place *place, struct sceau_slice section,
              const char *name_at, struct sceau_slice name)
{
    const struct config_section *found = find_section(section, name.len > 0);
    struct sceau_slice normal = SLICE_NONE;
    if (found == NULL) {
        unknown_section(l, place, section);
        return NULL;
    }
    if (!normal_name(l, place, name_at, found, name, &normal))
        return NULL;
    for (struct config_instance *i = l->instances; i != NULL; i = i->next) {
        if (i->section == found && slice_eq(i->name, normal))
            return i;
    }
    if (l->named_count++ >= CONFIG_SECTIONS_MAX) {
        REFUSE(l, place, section.ptr, "more than {count} named sections",
               LANGUAGE_OURS("count", DECIMAL(CONFIG_SECTIONS_MAX)));
        return NULL;
    }
    return add_instance(l, found, normal, sceau_arena_alloc(l->arena, found->size));
}

static bool
set_key(struct loader *l, const struct place *place, struct config_instance *instance,
        struct sceau_slice key, struct sceau_slice value)
{
    const struct config_option *option = find_key(instance->section, key);
    if (option == NULL)
        return unknown_key(l, place, instance->section, key);
    return put_value(l, place, instance, option, value);
}

/* -- the file -- */

static struct config_instance *
read_section(struct loader *l, const struct place *place,
             const struct reader_line *line)
{
    struct sceau_slice rest = line->value, name = SLICE_NONE;
    const char *problem;
    if (rest.len > 0)
        reader_word(l->arena, &rest, &name, &problem); /* the reader saw its end */
    return enter_section(l, place, line->name,
                         line->value.len > 0 ? line->value.ptr : line->name.ptr, name);
}

/* Settings below a section that was refused are not looked at: one problem is enough. */
static void
load_file(struct loader *l, const struct config_source *file)
{
    struct reader reader = reader_over(file->text);
    struct config_instance *section = NULL;
    bool is_in_section = false;
    struct place top = {file->text, 1};
    l->layer = CONFIG_FILE;
    l->source = file->name;
    if (file->text.len > CONFIG_TEXT_MAX) {
        REFUSE(l, &top, file->text.ptr, "a configuration has at most {count} octets",
               LANGUAGE_OURS("count", DECIMAL(CONFIG_TEXT_MAX)));
        return;
    }
    while (!is_enough(l)) {
        struct reader_line line = reader_next(&reader);
        struct place place = {line.text, line.number};
        if (line.kind == READER_END)
            return;
        if (line.kind == READER_PROBLEM) {
            REFUSE_TEXT(l, &place, line.text.ptr + line.at, line.problem);
        } else if (line.kind == READER_SECTION) {
            section = read_section(l, &place, &line);
            is_in_section = true;
        } else if (section != NULL) {
            set_key(l, &place, section, line.name, line.value);
        } else if (!is_in_section) {
            REFUSE(l, &place, line.name.ptr,
                   "\"{key}\" stands before the first [section]",
                   LANGUAGE_THEIRS("key", line.name));
        }
    }
}

/* -- --set -- */

/* "section.key=value" or "section.name.key=value": keys hold no dot, names may. */
static void
load_set(struct loader *l, struct sceau_slice text)
{
    struct place place = {text, 0};
    size_t at, equals = slice_find(text, '=');
    const char *problem = reader_refuses(text, &at);
    struct sceau_slice path = slice_trim(slice_sub(text, 0, equals));
    size_t first = slice_find(path, '.'), last = slice_find_last(path, '.');
    if (problem != NULL) {
        REFUSE_TEXT(l, &place, text.ptr + at, problem);
        return;
    }
    if (equals == text.len || first == path.len) {
        REFUSE(l, &place, text.ptr, "expected section.key=value, not \"{text}\"",
               LANGUAGE_THEIRS("text", text));
        return;
    }
    struct sceau_slice name = SLICE_NONE;
    if (last > first)
        name = slice_sub(path, first + 1, last - first - 1);
    struct config_instance *instance =
        enter_section(l, &place, slice_sub(path, 0, first),
                      last > first ? name.ptr : path.ptr, name);
    if (instance != NULL)
        set_key(l, &place, instance, slice_skip(path, last + 1),
                slice_trim(slice_skip(text, equals + 1)));
}

/* -- the whole -- */

static bool
begin(struct loader *l)
{
    for (size_t i = 0; i < config_section_count; i++) {
        const struct config_section *section = &config_sections[i];
        if (section->naming == CONFIG_UNNAMED &&
            add_instance(l, section, SLICE_NONE, (char *)l->config + section->offset) ==
                NULL)
            return false;
    }
    return true;
}

/* The named sections of one kind as an array in struct sceau_config. */
static bool
gather(struct loader *l, const struct config_section *section)
{
    size_t count = 0;
    for (struct config_instance *i = l->instances; i != NULL; i = i->next)
        count += i->section == section;
    char *array = sceau_arena_alloc(l->arena, count * section->size + 1);
    if (array == NULL)
        return out_of_memory(l);
    memcpy((char *)l->config + section->offset, &array, sizeof array);
    memcpy((char *)l->config + section->count_offset, &count, sizeof count);
    for (struct config_instance *i = l->instances; i != NULL; i = i->next) {
        if (i->section == section) {
            memcpy(array, i->values, section->size);
            i->values = array;
            array += section->size;
        }
    }
    return true;
}

enum sceau_status
config_load(struct sceau_arena *arena, enum language language,
            const struct config_source *file, const char *const *sets, size_t set_count,
            struct sceau_config *config, const struct config_problem **problems,
            size_t *problem_count)
{
    struct loader l = {.arena = arena, .language = language, .config = config};
    l.last = &l.instances;
    *config = (struct sceau_config){0};
    *problem_count = 0;
    l.problems = sceau_arena_alloc(arena, CONFIG_PROBLEMS_MAX * sizeof *l.problems);
    *problems = l.problems;
    if (l.problems == NULL || !begin(&l))
        return SCEAU_E_LIMIT;
    if (file != NULL)
        load_file(&l, file);
    l.layer = CONFIG_SET;
    l.source = SCEAU_SLICE("--set");
    for (size_t i = 0; i < set_count && !is_enough(&l); i++)
        load_set(&l, sceau_slice_from(sets[i]));
    for (size_t i = 0; i < config_section_count; i++) {
        if (config_sections[i].naming != CONFIG_UNNAMED)
            gather(&l, &config_sections[i]);
    }
    config->instances = l.instances;
    *problem_count = l.problem_count;
    if (l.is_full)
        return SCEAU_E_LIMIT;
    return l.problem_count > 0 ? SCEAU_E_SYNTAX : SCEAU_OK;
}

struct sceau_slice
config_problem_line(struct sceau_arena *arena, const struct config_problem *problem)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_escaped(&t, problem->source);
    if (problem->line > 0)
        text_format(&t, ":%zu", problem->line);
    text_format(&t, ":%zu: ", problem->column);
    text_slice(&t, problem->text);
    return text_done(&t);
}
