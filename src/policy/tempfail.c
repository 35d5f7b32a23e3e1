/* The table is made of sets of eight entries; a hash names its set. So looking, adding and
 * forgetting cost the same whatever strangers send, and the memory is taken once. */
#include "tempfail.h"

#include <stdlib.h>

#define SET_SIZE 8

struct entry {
    uint64_t hash; /* 0: free */
    int64_t first; /* when the first tempfail was given */
    uint32_t count;
};

struct tempfail_table {
    struct hash_key key;
    size_t sets;
    struct entry *entries; /* sets * SET_SIZE */
};

static const char heading[] = "sceau-tempfail 1";

/* -- marks -- */

static void
put_part(struct text *out, struct sceau_slice part)
{
    text_format(out, "%zu:", part.len);
    text_slice(out, part);
}

struct tempfail_mark
tempfail_mark_of(struct sceau_arena *arena, const struct sceau_header *header,
                 const struct policy_facts *facts)
{
    static const char *const names[] = {"Message-ID", "From", "Date"};
    struct text out = text_new(arena, SIZE_MAX);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct sceau_field *field =
            sceau_header_find(header, sceau_slice_from(names[i]), 0);
        put_part(&out, field != NULL ? slice_trim(field->body) : SLICE_NONE);
    }
    for (size_t i = 0; i < facts->recipients_known; i++)
        put_part(&out, facts->recipients[i]);
    return (struct tempfail_mark){text_done(&out)};
}

/* 0 means free. */
static uint64_t
hash_of(const struct tempfail_table *table, const struct tempfail_mark *mark)
{
    uint64_t hash = hash_octets(&table->key, mark->text);
    return hash != 0 ? hash : 1;
}

/* -- entries -- */

static struct entry *
set_of(const struct tempfail_table *table, uint64_t hash)
{
    return &table->entries[hash % table->sets * SET_SIZE];
}

/* A clock that went back makes no entry immortal. */
static bool
is_older(const struct entry *entry, int64_t now, int64_t seconds)
{
    return entry->first > now || now - entry->first >= seconds;
}

static struct entry *
find(const struct tempfail_table *table, uint64_t hash, int64_t now)
{
    struct entry *set = set_of(table, hash);
    for (size_t i = 0; i < SET_SIZE; i++) {
        if (set[i].hash == hash && !is_older(&set[i], now, TEMPFAIL_KEEP_S))
            return &set[i];
    }
    return NULL;
}

/* Room for a new entry: a free one, or the oldest whose hour is over. NULL: there is none. */
static struct entry *
find_room(const struct tempfail_table *table, uint64_t hash, int64_t now)
{
    struct entry *set = set_of(table, hash), *room = NULL;
    for (size_t i = 0; i < SET_SIZE; i++) {
        if (set[i].hash == 0)
            return &set[i];
        if (is_older(&set[i], now, TEMPFAIL_WINDOW_S) &&
            (room == NULL || set[i].first < room->first))
            room = &set[i];
    }
    return room;
}

unsigned
tempfail_count(const struct tempfail_table *table, const struct tempfail_mark *mark,
               int64_t now)
{
    if (mark->text.len == 0)
        return TEMPFAIL_SPENT;
    uint64_t hash = hash_of(table, mark);
    const struct entry *entry = find(table, hash, now);
    if (entry == NULL)
        return find_room(table, hash, now) != NULL ? 0 : TEMPFAIL_SPENT;
    return is_older(entry, now, TEMPFAIL_WINDOW_S) ? TEMPFAIL_SPENT : entry->count;
}

void
tempfail_note(struct tempfail_table *table, const struct tempfail_mark *mark,
              int64_t now)
{
    if (mark->text.len == 0)
        return;
    uint64_t hash = hash_of(table, mark);
    struct entry *entry = find(table, hash, now);
    if (entry == NULL) {
        entry = find_room(table, hash, now);
        if (entry == NULL)
            return; /* tempfail_count says SPENT */
        *entry = (struct entry){.hash = hash, .first = now};
    }
    if (entry->count < TEMPFAIL_SPENT)
        entry->count++;
}

/* -- the saved text -- */

void
tempfail_save(const struct tempfail_table *table, int64_t now, struct text *out)
{
    text_format(out, "%s\n%016llx %016llx\n", heading,
                (unsigned long long)table->key.k0, (unsigned long long)table->key.k1);
    for (size_t i = 0; i < table->sets * SET_SIZE; i++) {
        const struct entry *e = &table->entries[i];
        if (e->hash != 0 && !is_older(e, now, TEMPFAIL_KEEP_S))
            text_format(out, "%016llx %lld %u\n", (unsigned long long)e->hash,
                        (long long)e->first, e->count);
    }
}

/* 16 hexadecimal digits. */
static bool
parse_hex(struct sceau_slice text, uint64_t *value)
{
    if (text.len != 16)
        return false;
    *value = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = ascii_lower(text.ptr[i]);
        if (!ascii_is_digit(c) && (c < 'a' || c > 'f'))
            return false;
        *value = *value << 4 | (uint64_t)(ascii_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    return true;
}

static bool
load_key(struct tempfail_table *table, struct sceau_slice line)
{
    struct hash_key key;
    struct sceau_slice first;
    if (line.len != 33 || !slice_next(&line, ' ', &first) ||
        !parse_hex(first, &key.k0) || !parse_hex(line, &key.k1))
        return false;
    table->key = key;
    return true;
}

static bool
load_entry(struct tempfail_table *table, struct sceau_slice line, int64_t now)
{
    struct sceau_slice hash_text, first_text;
    uint64_t hash, first, count;
    if (line.len == 0 || !slice_next(&line, ' ', &hash_text) || line.len == 0 ||
        !slice_next(&line, ' ', &first_text) || line.len == 0 ||
        !parse_hex(hash_text, &hash) || hash == 0 ||
        !slice_decimal(first_text, INT64_MAX, &first) ||
        !slice_decimal(line, UINT32_MAX, &count))
        return false;
    const struct entry read = {hash, (int64_t)first, (uint32_t)count};
    struct entry *room = find_room(table, hash, now);
    if (!is_older(&read, now, TEMPFAIL_KEEP_S) && find(table, hash, now) == NULL &&
        room != NULL)
        *room = read;
    return true;
}

enum sceau_status
tempfail_load(struct tempfail_table *table, struct sceau_slice text, int64_t now)
{
    struct sceau_slice line;
    bool is_good = text.len > 0 && text.ptr[text.len - 1] == '\n' &&
                   slice_next(&text, '\n', &line) &&
                   slice_eq(line, sceau_slice_from(heading)) && text.len > 0 &&
                   slice_next(&text, '\n', &line) && load_key(table, line);
    while (is_good && text.len > 0 && slice_next(&text, '\n', &line))
        is_good = load_entry(table, line, now);
    if (!is_good)
        memset(table->entries, 0, table->sets * SET_SIZE * sizeof *table->entries);
    return is_good ? SCEAU_OK : SCEAU_E_SYNTAX;
}

struct tempfail_table *
tempfail_new(unsigned capacity, const struct hash_key *key)
{
    struct tempfail_table *table = calloc(1, sizeof *table);
    if (table == NULL)
        return NULL;
    table->key = *key;
    table->sets = ((size_t)capacity + SET_SIZE - 1) / SET_SIZE;
    if (table->sets == 0)
        table->sets = 1;
    table->entries = calloc(table->sets * SET_SIZE, sizeof *table->entries);
    if (table->entries == NULL) {
        free(table);
        return NULL;
    }
    return table;
}

void
tempfail_free(struct tempfail_table *table)
{
    if (table == NULL)
        return;
    free(table->entries);
    free(table);
}
