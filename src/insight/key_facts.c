/* One row a key, written again once a day: what is no longer written is gone. */
#include "key_facts.h"

#include "core/text.h"
#include "store/meta.h"

#define SECONDS_A_DAY 86400
#define FORGOTTEN     (INT64_C(7) * SECONDS_A_DAY)
#define FIELDS        6 /* times: seen, created, published, active, retiring, revoked */

/* ---- writing ---- */

static bool
write_key(struct insight *in, struct sceau_slice domain, const struct keys_key *key)
{
    struct text name = text_new(in->arena, SIZE_MAX),
                value = text_new(in->arena, SIZE_MAX);
    const int64_t times[FIELDS] = {in->now,     key->created,  key->published,
                                   key->active, key->retiring, key->revoked};
    text_string(&name, "key/");
    text_slice(&name, domain);
    text_octet(&name, '/');
    text_slice(&name, key->selector);
    text_format(&value, "%s %s", keys_state_name(key->state),
                keys_type_name(key->algorithm));
    for (size_t i = 0; i < FIELDS; i++)
        text_format(&value, " %lld", (long long)times[i]);
    return scope_note(in, text_done(&name), text_done(&value));
}

static bool
note_domain(struct insight *in, const struct keys_place *place,
            struct sceau_slice domain, struct problem *problem)
{
    struct keys_domain keys;
    if (keys_read(place, in->arena, domain, &keys, problem) != SCEAU_OK)
        return true;
    for (size_t i = 0; i < keys.count; i++)
        if (!write_key(in, domain, &keys.keys[i]))
            return false;
    return true;
}

/* "STATE TYPE SEEN CREATED PUBLISHED ACTIVE RETIRING REVOKED" */
static bool
read_value(struct sceau_slice value, struct sceau_slice words[2], int64_t times[FIELDS])
{
    struct sceau_slice word;
    for (size_t i = 0; i < 2; i++)
        if (!slice_next(&value, ' ', &words[i]))
            return false;
    for (size_t i = 0; i < FIELDS; i++) {
        uint64_t number;
        if (!slice_next(&value, ' ', &word) || !slice_decimal(word, INT64_MAX, &number))
            return false;
        times[i] = (int64_t)number;
    }
    return true;
}

#define EVERY_KEY                                                       \
 "SELECT name, value FROM meta WHERE name >= 'key/' AND name < 'key0' " \
 "ORDER BY name"

static bool
forget_old(struct insight *in)
{
    struct growing old = {.arena = in->arena, .size = sizeof(struct sceau_slice)};
    struct statement *st = database_prepare(in->db, EVERY_KEY);
    struct sceau_slice words[2], *name;
    int64_t times[FIELDS];
    int step;
    while ((step = statement_step(st)) > 0) {
        if (read_value(column_text(st, 1), words, times) &&
            in->now - times[0] < FORGOTTEN)
            continue;
        name = growing_add(&old);
        if (name != NULL)
            *name = slice_copy(in->arena, column_text(st, 0));
    }
    name = old.items;
    for (size_t i = 0; step == 0 && i < old.count; i++)
        if (!meta_remove(in->db, name[i]))
            return scope_fail(in);
    return step == 0 || scope_fail(in);
}

static bool
note_all(struct insight *in, const struct keys_place *place,
         const struct sceau_slice *names, size_t count, struct problem *problem)
{
    for (size_t i = 0; i < count; i++)
        if (!note_domain(in, place, names[i], problem))
            return false;
    return forget_old(in);
}

bool
key_facts_note(struct insight *in, const struct keys_place *place,
               struct problem *problem)
{
    struct sceau_slice *names;
    size_t count;
    problem->text[0] = '\0';
    if (keys_domains(place, in->arena, &names, &count, problem) != SCEAU_OK)
        return true;
    if (!database_begin(in->db))
        return scope_fail(in);
    if (!note_all(in, place, names, count, problem)) {
        database_rollback(in->db);
        return false;
    }
    return database_commit(in->db) || scope_fail(in);
}

/* ---- reading ---- */

static bool
take_key(struct sceau_arena *arena, struct sceau_slice name, struct sceau_slice value,
         struct growing *keys)
{
    struct sceau_slice words[2], domain;
    int64_t times[FIELDS];
    name = slice_skip(name, 4); /* "key/" */
    if (!read_value(value, words, times) || !slice_next(&name, '/', &domain))
        return true;
    struct analysis_own_key *key = growing_add(keys);
    if (key == NULL)
        return false;
    *key = (struct analysis_own_key){.domain = slice_copy(arena, domain),
                                     .selector = slice_copy(arena, name),
                                     .state = slice_copy(arena, words[0]),
                                     .type = slice_copy(arena, words[1]),
                                     .created = times[1],
                                     .published = times[2],
                                     .active = times[3],
                                     .retiring = times[4]};
    return key->domain.ptr != NULL && key->selector.ptr != NULL &&
           key->state.ptr != NULL && key->type.ptr != NULL;
}

bool
key_facts_read(struct sceau_arena *arena, struct database *db, struct growing *keys)
{
    struct statement *st = database_prepare(db, EVERY_KEY);
    int step;
    while ((step = statement_step(st)) > 0)
        if (!take_key(arena, column_text(st, 0), column_text(st, 1), keys)) {
            statement_reset(st);
            return false;
        }
    return step == 0;
}
