/* A described domain of the configuration, its keys, and the records made from both. */
#include "core/domain.h"
#include "keys/store.h"
#include "zone.h"

static void
tell_unconfigured(struct environment *env, struct sceau_slice name)
{
    const struct language_word words[] = {
        LANGUAGE_THEIRS("domain", name),
        LANGUAGE_OURS("file", sceau_slice_from(env->config_place)),
    };
    struct sceau_slice text = language_sentence(
        env->arena, env->language,
        N_("{domain} is not described in {file}. Write there, for example:\n"
           "[domain \"{domain}\"]\n"
           "servers = mail=ADDRESS,ADDRESS\n"
           "rua = dmarc-reports@{domain}"),
        words, 2);
    complain("%.*s", SLICE_ARG(text));
}

int
zone_find_domain(struct environment *env, const char *name, size_t *index)
{
    struct sceau_slice normal;
    if (!domain_normal(env->arena, sceau_slice_from(name), &normal)) {
        complain("%s is no domain", name);
        return CLI_EXIT_USAGE;
    }
    for (size_t i = 0; i < env->config.domain_count; i++) {
        if (slice_eq(env->config.domains[i].domain, normal)) {
            *index = i;
            return 0;
        }
    }
    tell_unconfigured(env, normal);
    return CLI_EXIT_PROBLEM;
}

#define KEYS_MAX 1024 /* of a domain and its sending names */

struct key_list {
    struct keys_place place;
    struct records_key *items;
    size_t count;
};

/* The keys of one name: what is revoked has no text, and goes. */
static bool
add_keys(struct environment *env, struct key_list *list, struct sceau_slice name)
{
    struct keys_domain keys;
    struct keys_problem problem;
    if (keys_read(&list->place, env->arena, name, &keys, &problem) != SCEAU_OK) {
        complain("%s", problem.text);
        return false;
    }
    for (size_t i = 0; i < keys.count && list->count < KEYS_MAX; i++) {
        const struct keys_key *key = &keys.keys[i];
        list->items[list->count++] = (struct records_key){
            .domain = name,
            .selector = key->selector,
            .text = key->state == KEYS_REVOKED ? SCEAU_SLICE("")
                                               : keys_record(env->arena, key),
            .state = keys_state_name(key->state),
        };
    }
    return true;
}

static bool
read_keys(struct environment *env, const struct config_domain *domain,
          struct key_list *list)
{
    struct text folder = text_new(env->arena, SIZE_MAX);
    text_format(&folder, "%.*s/keys", SLICE_ARG(env->config.milter.state));
    list->items = sceau_arena_alloc(env->arena, KEYS_MAX * sizeof *list->items);
    list->place.folder = text_done(&folder).ptr;
    if (list->items == NULL || list->place.folder == NULL ||
        !add_keys(env, list, domain->domain))
        return false;
    for (size_t i = 0; i < domain->senders.count; i++) {
        struct sceau_slice name =
            records_name(env->arena, domain->domain, domain->senders.items[i].name);
        if (name.ptr == NULL || !add_keys(env, list, name))
            return false;
    }
    return true;
}

int
zone_make_records(struct environment *env, size_t index, struct records_set *set)
{
    struct sceau_slice problem;
    struct key_list keys = {.count = 0};
    if (!read_keys(env, &env->config.domains[index], &keys))
        return CLI_EXIT_INPUT;
    switch (records_make(env->arena, &env->config, index, keys.items, keys.count,
                         env->language, set, &problem)) {
    case SCEAU_OK: return 0;
    case SCEAU_E_SYNTAX:
        complain("%s: [domain \"%.*s\"]: %.*s", env->config_place,
                 SLICE_ARG(env->config.domains[index].domain), SLICE_ARG(problem));
        return CLI_EXIT_INPUT;
    case SCEAU_E_LIMIT:
    case SCEAU_E_SYSTEM: break;
    }
    complain("the records need more memory than there is");
    return CLI_EXIT_TEMPORARY;
}
