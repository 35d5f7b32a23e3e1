/* `in.config` of a case as sceau.conf would say it: its words and the options they stand
 * for (DESIGN.md section 9). */
#include "settings.h"

#include "core/text.h"

#include <limits.h>

static struct sceau_slice *
read_list(struct harness_case *c, const json_t *list, size_t *count)
{
    struct sceau_slice *items =
        sceau_arena_alloc(c->inputs, (json_array_size(list) + 1) * sizeof *items);
    *count = items != NULL ? json_array_size(list) : 0;
    for (size_t i = 0; i < *count; i++)
        items[i] = harness_octets(c, json_array_get(list, i));
    return items;
}

/* DESIGN.md section 9: the words of a case and the options they stand for. */
static void
read_policy(struct harness_case *c, const json_t *config, struct policy_config *policy)
{
    struct sceau_slice profile = harness_text(json_object_get(config, "profile"));
    struct sceau_slice enforcement =
        harness_text(json_object_get(config, "dmarc_enforcement"));
    size_t sealer_count;
    struct sceau_slice *sealers =
        read_list(c, json_object_get(config, "trusted_arc_sealers"), &sealer_count);
    struct policy_sealer *trusted =
        sceau_arena_alloc(c->inputs, (sealer_count + 1) * sizeof *trusted);

    policy_config_init(policy);
    policy->authserv_id = harness_octets(c, json_object_get(config, "authserv_id"));
    if (slice_eq(profile, SCEAU_SLICE("strict")))
        policy->invalid_from = POLICY_INVALID_FROM_REFUSE;
    if (slice_eq(enforcement, SCEAU_SLICE("as-published")))
        policy->mode = POLICY_MODE_REJECT;
    if (slice_eq(enforcement, SCEAU_SLICE("monitor")))
        policy->mode = POLICY_MODE_MONITOR;
    policy->private_fields = read_list(c, json_object_get(config, "private_fields"),
                                       &policy->private_field_count);
    for (size_t i = 0; trusted != NULL && i < sealer_count; i++)
        trusted[i] = (struct policy_sealer){.domain = sealers[i], .until = INT64_MAX};
    policy->sealers = trusted;
    policy->sealer_count = trusted != NULL ? sealer_count : 0;
}

static void
write_suffixes(struct harness_case *c, struct text *list, const json_t *suffixes)
{
    for (size_t i = 0; i < json_array_size(suffixes); i++) {
        text_slice(list, harness_octets(c, json_array_get(suffixes, i)));
        text_octet(list, '\n');
    }
}

/* The suffix list that `config` spells out, in the format of publicsuffix.org. */
static struct sceau_psl *
make_psl(struct harness_case *c, const json_t *config)
{
    struct text list = text_new(c->inputs, SIZE_MAX);
    text_string(&list, "// ===BEGIN ICANN DOMAINS===\n");
    write_suffixes(c, &list, json_object_get(config, "psl"));
    text_string(&list, "// ===END ICANN DOMAINS===\n// ===BEGIN PRIVATE DOMAINS===\n");
    write_suffixes(c, &list, json_object_get(config, "psl_private"));
    text_string(&list, "// ===END PRIVATE DOMAINS===\n");
    return sceau_psl_new(text_done(&list));
}

/* A limit of SPF: absent is the RFC's, and 0 is what the module calls UINT_MAX. */
static unsigned
read_limit(const json_t *value)
{
    json_int_t limit = json_integer_value(value);
    if (!json_is_integer(value) || limit < 0 || limit > INT_MAX)
        return 0;
    return limit == 0 ? UINT_MAX : (unsigned)limit;
}

/* RFC 9989's tree walk, or RFC 7489's list where a case asks for it. */
static bool
read_discovery(struct harness_case *c, const json_t *config, struct settings *settings)
{
    struct sceau_slice discovery = harness_text(json_object_get(config, "discovery"));
    settings->verify.discovery = SCEAU_DMARC_TREEWALK;
    if (!slice_eq(discovery, SCEAU_SLICE("psl")))
        return true;
    settings->verify.discovery = SCEAU_DMARC_PSL;
    settings->verify.psl = settings->psl = make_psl(c, config);
    if (settings->psl == NULL)
        harness_fail(c, "in.config.psl makes no suffix list");
    return settings->psl != NULL;
}

bool
settings_read(struct harness_case *c, struct settings *settings)
{
    const json_t *config = json_object_get(c->in, "config");
    *settings = (struct settings){0};
    read_policy(c, config, &settings->policy);
    settings->verify.receiver = settings->policy.authserv_id;
    settings->verify.spf_terms_max =
        read_limit(json_object_get(config, "spf_max_terms"));
    settings->verify.spf_void_max = read_limit(json_object_get(config, "spf_max_void"));
    return read_discovery(c, config, settings);
}

void
settings_clear(struct settings *settings)
{
    sceau_psl_free(settings->psl);
}
