/* Collecting ARC Sets and checking that they form a chain: steps 1 and 3 of RFC 8617
 * section 5.2. No cryptography, no question. */
#include "chain.h"

#include "core/text.h"
#include "message/lexical.h"

unsigned
arc_results_instance(struct sceau_slice body, struct sceau_slice *payload)
{
    struct cursor c = cursor_over(body);
    lexical_skip_cfws(&c);
    cursor_expect(&c, 'i', "\"i\""); /* %s"i": in lower case only */
    lexical_skip_cfws(&c);
    cursor_expect(&c, '=', "\"=\"");
    lexical_skip_cfws(&c);
    struct sceau_slice position = cursor_take_while(&c, ascii_is_digit);
    lexical_skip_cfws(&c);
    cursor_expect(&c, ';', "\";\"");
    uint64_t instance;
    if (!cursor_ok(&c) || position.len > 2 ||
        !slice_decimal(position, SCEAU_ARC_SETS_MAX, &instance) || instance == 0)
        return 0;
    *payload = slice_trim(slice_skip(body, c.pos));
    return (unsigned)instance;
}

/* Put a field in its place, `*slot` of the set. NULL, or the defect. */
static const char *
place(const struct sceau_field **slot, const struct sceau_field *field,
      const char *already)
{
    if (*slot != NULL)
        return already;
    *slot = field;
    return NULL;
}

static struct arc_set *
set_of(struct arc_chain *chain, unsigned instance)
{
    if (instance > chain->highest)
        chain->highest = instance;
    return &chain->sets[instance - 1];
}

static const char *
add_results(struct arc_chain *chain, const struct sceau_field *field)
{
    struct sceau_slice payload;
    unsigned instance = arc_results_instance(field->body, &payload);
    if (instance == 0)
        return N_("an ARC-Authentication-Results has no instance from 1 to 50");
    struct arc_set *set = set_of(chain, instance);
    set->results = payload;
    return place(&set->results_field, field,
                 N_("two ARC-Authentication-Results have one instance"));
}

static const char *
add_signature(struct sceau_arena *arena, struct arc_chain *chain,
              const struct sceau_field *field)
{
    struct dkim_signature parsed;
    dkim_signature_parse(arena, ARC_MESSAGE_SIGNATURE, field, &parsed);
    if (parsed.instance == 0)
        return N_("an ARC-Message-Signature has no instance from 1 to 50");
    struct arc_set *set = set_of(chain, parsed.instance);
    set->signature = parsed;
    return place(&set->signature_field, field,
                 N_("two ARC-Message-Signatures have one instance"));
}

static const char *
add_seal(struct sceau_arena *arena, struct arc_chain *chain,
         const struct sceau_field *field)
{
    struct dkim_signature parsed;
    dkim_signature_parse(arena, ARC_SEAL, field, &parsed);
    if (parsed.instance == 0)
        return N_("an ARC-Seal has no instance from 1 to 50");
    struct arc_set *set = set_of(chain, parsed.instance);
    set->seal = parsed;
    return place(&set->seal_field, field, N_("two ARC-Seals have one instance"));
}

static const char *
add_field(struct sceau_arena *arena, struct arc_chain *chain,
          const struct sceau_field *field)
{
    if (slice_eq_ci(field->name, SCEAU_SLICE("ARC-Seal")))
        return add_seal(arena, chain, field);
    if (slice_eq_ci(field->name, SCEAU_SLICE("ARC-Message-Signature")))
        return add_signature(arena, chain, field);
    return add_results(chain, field);
}

static bool
is_arc_field(struct sceau_slice name)
{
    return slice_eq_ci(name, SCEAU_SLICE("ARC-Seal")) ||
           slice_eq_ci(name, SCEAU_SLICE("ARC-Message-Signature")) ||
           slice_eq_ci(name, SCEAU_SLICE("ARC-Authentication-Results"));
}

/* Step 3 A, B and C for one set. */
static const char *
find_set_defect(const struct arc_set *set, bool is_first)
{
    if (set->seal_field == NULL && set->signature_field == NULL &&
        set->results_field == NULL)
        return N_("an instance is missing");
    if (set->results_field == NULL)
        return N_("a set has no ARC-Authentication-Results");
    if (set->signature_field == NULL)
        return N_("a set has no ARC-Message-Signature");
    if (set->seal_field == NULL)
        return N_("a set has no ARC-Seal");
    if (is_first && set->seal.cv != CV_NONE)
        return N_("cv= of the first seal is not none");
    if (!is_first && set->seal.cv != CV_PASS)
        return N_("cv= of a later seal is not pass");
    return NULL;
}

bool
arc_chain_read(struct sceau_arena *arena, const struct sceau_header *header,
               struct arc_chain *chain)
{
    *chain = (struct arc_chain){.sets = NULL};
    for (size_t i = 0; i < header->count && chain->defect == NULL; i++) {
        const struct sceau_field *field = &header->fields[i];
        if (!is_arc_field(field->name))
            continue;
        if (!chain->is_present)
            chain->sets =
                sceau_arena_alloc(arena, SCEAU_ARC_SETS_MAX * sizeof *chain->sets);
        if (chain->sets == NULL)
            return false;
        chain->is_present = true;
        chain->defect = add_field(arena, chain, field);
    }
    for (unsigned i = 0; i < chain->highest && chain->defect == NULL; i++)
        chain->defect = find_set_defect(&chain->sets[i], i == 0);
    return true;
}
