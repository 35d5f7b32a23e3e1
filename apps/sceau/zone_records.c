/* A described domain of the configuration, its keys, and the records made from both. */
#include "core/domain.h"
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

int
zone_make_records(struct environment *env, size_t index, struct records_set *set)
{
    struct sceau_slice problem;
    switch (records_make(env->arena, &env->config, index, NULL, 0, env->language, set,
                         &problem)) {
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
