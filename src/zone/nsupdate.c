/* Scripts of nsupdate as a zone that says only what changes: the records that `update add`
 * adds, and what `update delete` takes. One command on a line, names from the root, a semicolon a comment only where it
 * begins a line; as BIND 9's nsupdate has them (RFC 2136 is what it sends). */
#include "nsupdate.h"

#include "reader.h"

enum {
    ZONES_MAX = 100 /* of one script: each name is looked for in them */
};

enum command_kind {
    COMMAND_OTHER, /* changes no record: its words are not looked at */
    COMMAND_UPDATE,
    COMMAND_ADD,
    COMMAND_DELETE,
    COMMAND_PREREQ,
    COMMAND_CONDITION, /* of a prereq, which may be left out */
    COMMAND_ZONE,
    COMMAND_TTL,
};

static const struct command {
    const char *name;
    enum command_kind kind;
} commands[] = {
    {"update",      COMMAND_UPDATE   },
    {"add",         COMMAND_ADD      },
    {"delete",      COMMAND_DELETE   },
    {"del",         COMMAND_DELETE   },
    {"prereq",      COMMAND_PREREQ   },
    {"nxdomain",    COMMAND_CONDITION},
    {"yxdomain",    COMMAND_CONDITION},
    {"nxrrset",     COMMAND_CONDITION},
    {"yxrrset",     COMMAND_CONDITION},
    {"zone",        COMMAND_ZONE     },
    {"ttl",         COMMAND_TTL      },
    {"server",      COMMAND_OTHER    },
    {"local",       COMMAND_OTHER    },
    {"class",       COMMAND_OTHER    },
    {"key",         COMMAND_OTHER    },
    {"send",        COMMAND_OTHER    },
    {"show",        COMMAND_OTHER    },
    {"answer",      COMMAND_OTHER    },
    {"debug",       COMMAND_OTHER    },
    {"check-names", COMMAND_OTHER    },
    {"gsstsig",     COMMAND_OTHER    },
    {"oldgsstsig",  COMMAND_OTHER    },
    {"realm",       COMMAND_OTHER    },
    {"quit",        COMMAND_OTHER    },
};

static const struct command *
find_command(struct sceau_slice word)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (slice_eq_ci(word, sceau_slice_from(commands[i].name)))
            return &commands[i];
    }
    return NULL;
}

/* The line's command; false when it has none, being empty or a comment. */
static bool
first_word(struct sceau_slice line, struct sceau_slice *word)
{
    size_t len = 0;
    line = slice_trim(line);
    while (len < line.len && line.ptr[len] > ' ')
        len++;
    *word = slice_sub(line, 0, len);
    return len > 0 && word->ptr[0] != ';';
}

bool
zone_nsupdate_is(struct sceau_slice text)
{
    struct sceau_slice line, word;
    bool changes = false;
    while (text.ptr != NULL && slice_next(&text, '\n', &line)) {
        if (!first_word(line, &word))
            continue;
        const struct command *command = find_command(word);
        if (command == NULL)
            return false;
        changes |= command->kind != COMMAND_OTHER && command->kind != COMMAND_ZONE &&
                   command->kind != COMMAND_TTL;
    }
    return changes;
}

/* ---- commands ---------------------------------------------------------------------------- */

/* The entry behind the words of the command: its name stands first. False when it has none,
 * after noting an error. */
static bool
skip_command(struct zone_reader *r, const struct zone_entry *entry,
             struct zone_entry *behind)
{
    struct zone_field missing = zone_reader_behind(entry);
    *behind = *entry;
    if (entry->field_count <= r->skip) {
        zone_reader_error_at(r, &missing, 0, N_("a domain name"), true);
        return false;
    }
    behind->kind = ZONE_ENTRY_RECORD;
    behind->has_owner = true;
    behind->fields += r->skip;
    behind->field_count -= r->skip;
    return true;
}

/* name [ttl] [class] type data, behind r->skip words: read like a zone's entry. */
static bool
read_add(struct zone_reader *r, const struct zone_entry *entry)
{
    struct zone_entry record;
    size_t before = r->records.count;
    r->has_ttl = false; /* nsupdate asks for it on each line, or for "ttl" before */
    r->has_owner = false;
    if (!r->has_default_ttl)
        r->default_source = ZONE_TTL_STATED;
    bool is_read = skip_command(r, entry, &record) && zone_reader_record(r, &record);
    if (r->records.count == before)
        zone_reader_lose(r);
    return is_read;
}

/* A deletion that cannot be read may take anything of its name. */
static bool
read_delete(struct zone_reader *r, const struct zone_entry *entry)
{
    struct zone_entry behind;
    struct zone_deletion deletion;
    r->has_owner = false;
    if (!skip_command(r, entry, &behind) ||
        !zone_reader_deletion(r, &behind, &deletion)) {
        zone_reader_lose(r);
        return false;
    }
    struct zone_deletion *slot = zone_array_add(r, &r->deletions, sizeof *slot);
    if (slot != NULL)
        *slot = deletion;
    return slot != NULL;
}

/* The name that is asked for; what stands behind it changes nothing. */
static bool
read_named(struct zone_reader *r, const struct zone_entry *entry, struct dns_name *name)
{
    struct zone_entry behind;
    return skip_command(r, entry, &behind) &&
           zone_reader_name(r, &behind.fields[0], name);
}

/* A script may go through several zones, with a `send` between. */
static bool
read_zone(struct zone_reader *r, const struct zone_entry *entry)
{
    struct dns_name name = {0};
    const struct sceau_slice *zones = r->zones.items;
    if (!read_named(r, entry, &name))
        return false;
    for (size_t i = 0; i < r->zones.count; i++) {
        if (dns_name_equal(zones[i], dns_name_slice(&name)))
            return true;
    }
    if (r->zones.count == ZONES_MAX) {
        zone_reader_error_at(r, &entry->fields[r->skip], 0,
                             N_("at most 100 zones in one script"), true);
        return false;
    }
    struct sceau_slice *slot = zone_array_add(r, &r->zones, sizeof *slot);
    if (slot == NULL)
        return false;
    *slot = slice_copy(r->arena, dns_name_slice(&name));
    r->has_failed |= slot->ptr == NULL;
    return true;
}

static bool
read_ttl(struct zone_reader *r, const struct zone_entry *entry)
{
    struct zone_field behind = zone_reader_behind(entry);
    if (entry->field_count < 2) {
        zone_reader_error_at(r, &behind, 0, N_("a time to live"), true);
        return false;
    }
    r->default_source = ZONE_TTL_DEFAULT;
    return r->has_default_ttl = zone_reader_ttl(r, &entry->fields[1], &r->default_ttl);
}

/* False after noting an error. */
static bool
read_command(struct zone_reader *r, struct zone_entry *entry)
{
    struct dns_name name = {0};
    const struct command *command = find_command(entry->fields[0].text);
    bool is_group = command != NULL && (command->kind == COMMAND_UPDATE ||
                                        command->kind == COMMAND_PREREQ);
    r->skip = 1;
    if (is_group && entry->field_count > 1) {
        command = find_command(entry->fields[1].text);
        r->skip = 2;
    }
    switch (command != NULL ? command->kind : COMMAND_UPDATE) {
    case COMMAND_ADD: entry->kind = ZONE_ENTRY_RECORD; return read_add(r, entry);
    case COMMAND_DELETE: return read_delete(r, entry);
    case COMMAND_CONDITION: return read_named(r, entry, &name);
    case COMMAND_ZONE: return read_zone(r, entry);
    case COMMAND_TTL: return read_ttl(r, entry);
    case COMMAND_OTHER: return true;
    default: break;
    }
    r->has_lost_names = true;
    zone_reader_error_at(r, &entry->fields[r->skip - 1], 0,
                         N_("a command of nsupdate, such as \"update add\""), true);
    return false;
}

/* One line, with its end. */
static void
read_line(struct zone_reader *r, struct zone_entry *entry)
{
    struct sceau_slice word;
    struct zone_entry split;
    struct zone_field at = {0};
    const char *problem = NULL;
    struct zone_lexer lexer = zone_lexer_over(entry->text);
    lexer.line = entry->line;
    lexer.no_comments = true;
    if (!first_word(entry->text, &word) ||
        !zone_reader_entry(r, &lexer, &split, &problem, &at))
        return;
    entry->fields = split.fields;
    entry->field_count = split.field_count;
    entry->has_owner = split.has_owner;
    entry->kind = ZONE_ENTRY_DIRECTIVE;
    if (problem != NULL) {
        zone_reader_error(r, at.line, at.column, problem, false);
        r->has_lost_names = true;
    }
    if (problem != NULL || split.field_count == 0 || !read_command(r, entry))
        entry->kind = ZONE_ENTRY_BROKEN;
}

void
zone_reader_script(struct zone_reader *r, struct zone_file *file)
{
    struct zone_array entries = {0};
    struct sceau_slice rest = file->text;
    for (size_t line = 1; rest.len > 0 && !r->has_failed; line++) {
        size_t len = slice_find(rest, '\n');
        struct zone_entry *entry = sceau_arena_alloc(r->arena, sizeof *entry);
        struct zone_entry **slot = zone_array_add(r, &entries, sizeof(void *));
        if (entry == NULL || slot == NULL) {
            r->has_failed = true;
            return;
        }
        len = len < rest.len && !r->is_cut ? len + 1 : rest.len;
        *slot = entry;
        *entry = (struct zone_entry){.kind = ZONE_ENTRY_EMPTY,
                                     .text = slice_sub(rest, 0, len),
                                     .line = line};
        rest = slice_skip(rest, len);
        r->file = file;
        r->entry = entry;
        if (r->is_cut)
            entry->kind = ZONE_ENTRY_BROKEN;
        else
            read_line(r, entry);
    }
    file->entries = entries.items;
    file->entry_count = entries.count;
}
