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
        COMPLAIN(env->language, "{name} is no domain",
                 LANGUAGE_THEIRS("name", sceau_slice_from(name)));
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

/* ---- keys ---- */

static int
out_of_memory(const struct environment *env)
{
    complain_text(env->language, "the records need more memory than there is");
    return CLI_EXIT_TEMPORARY;
}

/* The keys of one name that signs, behind those that are there. */
static int
add_keys(struct environment *env, const struct keys_place *place,
         struct sceau_slice name, struct records_key **keys, size_t *count)
{
    struct keys_domain domain;
    struct problem problem = {.language = env->language};
    enum sceau_status status = keys_read(place, env->arena, name, &domain, &problem);
    if (status == SCEAU_E_LIMIT)
        return out_of_memory(env);
    if (status != SCEAU_OK) {
        complain_of(&problem);
        return CLI_EXIT_INPUT;
    }
    struct records_key *all =
        sceau_arena_alloc(env->arena, (*count + domain.count + 1) * sizeof *all);
    if (all == NULL)
        return out_of_memory(env);
    if (*count > 0)
        memcpy(all, *keys, *count * sizeof *all);
    for (size_t i = 0; i < domain.count; i++) {
        const struct keys_key *key = &domain.keys[i];
        struct sceau_slice text = SLICE_NONE;
        if (key->state != KEYS_REVOKED) {
            text = keys_record(env->arena, key);
            if (text.ptr == NULL)
                return out_of_memory(env);
        }
        all[(*count)++] = (struct records_key){name, key->selector, text,
                                               keys_state_name(key->state)};
    }
    *keys = all;
    return 0;
}

static int
read_keys(struct environment *env, const struct config_domain *domain,
          struct records_key **keys, size_t *count)
{
    char folder[KEYS_PATH_MAX];
    const struct keys_place place = {.folder = folder};
    snprintf(folder, sizeof folder, "%.*s/keys", SLICE_ARG(env->config.milter.state));
    int status = add_keys(env, &place, domain->domain, keys, count);
    for (size_t i = 0; status == 0 && i < domain->senders.count; i++) {
        struct sceau_slice name =
            records_name(env->arena, domain->domain, domain->senders.items[i].name);
        status = name.ptr == NULL ? out_of_memory(env)
                                  : add_keys(env, &place, name, keys, count);
    }
    return status;
}

/* ---- records ---- */

int
zone_make_records(struct environment *env, size_t index, struct records_set *set)
{
    const struct config_domain *domain = &env->config.domains[index];
    struct sceau_slice problem;
    struct records_key *keys = NULL;
    size_t key_count = 0;
    int status = read_keys(env, domain, &keys, &key_count);
    if (status != 0)
        return status;
    switch (records_make(env->arena, &env->config, index, keys, key_count,
                         env->language, set, &problem)) {
    case SCEAU_OK: return 0;
    case SCEAU_E_SYNTAX:
        complain("%s: [domain \"%.*s\"]: %.*s", env->config_place,
                 SLICE_ARG(domain->domain), SLICE_ARG(problem));
        return CLI_EXIT_INPUT;
    case SCEAU_E_LIMIT:
    case SCEAU_E_SYSTEM: break;
    }
    return out_of_memory(env);
}

/* ---- what a zone is to hold ---- */

/* Add the records of one domain to a wish. */
static int
add_wish(struct environment *env, size_t index, struct zone_wish *wish)
{
    struct records_set set;
    int status = zone_make_records(env, index, &set);
    if (status != 0)
        return status;
    struct zone_wanted *wanted =
        sceau_arena_alloc(env->arena,
                          (wish->wanted_count + set.count + 1) * sizeof *wanted);
    struct zone_claim *claims =
        sceau_arena_alloc(env->arena,
                          (wish->claim_count + set.claim_count + 1) * sizeof *claims);
    if (wanted == NULL || claims == NULL)
        return out_of_memory(env);
    if (wish->wanted_count > 0)
        memcpy(wanted, wish->wanted, wish->wanted_count * sizeof *wanted);
    if (wish->claim_count > 0)
        memcpy(claims, wish->claims, wish->claim_count * sizeof *claims);
    for (size_t i = 0; i < set.count; i++) {
        const struct records_record *record = &set.records[i];
        if (record->is_foreign)
            continue;
        wanted[wish->wanted_count++] = (struct zone_wanted){
            .owner = record->owner,
            .type = record->type,
            .has_ttl = record->has_ttl,
            .ttl = record->ttl,
            .rdata = record->rdata,
            .data = records_data(env->arena, record),
            .comment = record->comment,
            .heading = records_section_name(record->section),
            .part = (unsigned)record->section,
        };
        if (wanted[wish->wanted_count - 1].data.ptr == NULL)
            return out_of_memory(env);
    }
    for (size_t i = 0; i < set.claim_count; i++)
        claims[wish->claim_count++] =
            (struct zone_claim){set.claims[i].owner, set.claims[i].type,
                                set.claims[i].prefix};
    wish->wanted = wanted;
    wish->claims = claims;
    return 0;
}

int
zone_make_wish(struct environment *env, struct sceau_slice zone, const char *only,
               struct zone_wish *wish)
{
    size_t one = 0, found = 0;
    int status = only != NULL ? zone_find_domain(env, only, &one) : 0;
    for (size_t i = 0; status == 0 && i < env->config.domain_count; i++) {
        const struct config_domain *domain = &env->config.domains[i];
        struct sceau_slice goes = domain->domain;
        if (domain->zone.len > 0 && !domain_normal(env->arena, domain->zone, &goes))
            goes = domain->zone; /* records_make says what is wrong with it */
        if (only != NULL ? i != one : !slice_eq_ci(goes, zone))
            continue;
        found++;
        status = add_wish(env, i, wish);
    }
    if (status != 0 || found > 0)
        return status;
    tell_unconfigured(env, zone);
    return CLI_EXIT_PROBLEM;
}
