/* What this installation knows of DKIM selectors: those of its key store, and those that
 * the milter's journal has seen or signed with. Read only. */
#include "check.h"
#include "key_place.h"
#include "selectors_seen.h"

#define SEEN_MAX 4096 /* pairs of domain and selector */

struct seen {
    struct environment *env;
    struct check_selector *items;
    size_t count;
};

static void
note(struct seen *seen, struct sceau_slice domain, struct sceau_slice selector,
     const char *source, int64_t when)
{
    for (size_t i = 0; i < seen->count; i++) {
        struct check_selector *known = &seen->items[i];
        if (slice_eq_ci(known->domain, domain) &&
            slice_eq_ci(known->selector, selector)) {
            known->last_seen = when > known->last_seen ? when : known->last_seen;
            return;
        }
    }
    if (seen->count == SEEN_MAX)
        return;
    struct check_selector fresh = {slice_copy_lower(seen->env->arena, domain),
                                   slice_copy_lower(seen->env->arena, selector), source,
                                   when};
    if (fresh.domain.ptr != NULL && fresh.selector.ptr != NULL)
        seen->items[seen->count++] = fresh;
}

static void
note_use(void *self, const struct selector_use *use)
{
    note(self, use->domain, use->selector,
         use->is_own ? N_("this host signs with it")
                     : N_("seen in the milter's journal"),
         use->when);
}

/* Keys of this host whose records are to be there: `next` ones only once they were seen.
 * Whoever may not look into the key store learns nothing. */
static void
note_keys(struct seen *seen, const struct keys_place *place)
{
    struct problem problem = {0};
    struct sceau_slice *names;
    size_t count;
    struct sceau_arena *scratch = sceau_arena_new(2 * KEYS_STATE_FILE_MAX);
    if (keys_domains(place, seen->env->arena, &names, &count, &problem) != SCEAU_OK)
        count = 0;
    for (size_t i = 0; scratch != NULL && i < count && seen->count < SEEN_MAX; i++) {
        struct keys_domain keys;
        sceau_arena_clear(scratch);
        if (keys_read(place, scratch, names[i], &keys, &problem) != SCEAU_OK)
            continue;
        for (size_t k = 0; k < keys.count; k++) {
            const struct keys_key *key = &keys.keys[k];
            if (key->state == KEYS_ACTIVE || key->state == KEYS_RETIRING ||
                (key->state == KEYS_NEXT && key->published > 0))
                note(seen, names[i], key->selector, N_("in this host's key store"), 0);
        }
    }
    sceau_arena_free(scratch);
}

void
check_learn_selectors(struct environment *env, struct check_options *options)
{
    struct seen seen = {.env = env};
    struct keys_place place;
    struct selectors_journal journal; /* some selectors are better than none */
    seen.items = sceau_arena_alloc(env->arena, SEEN_MAX * sizeof *seen.items);
    if (seen.items == NULL)
        return;
    if (environment_keys(env, NULL, &place))
        note_keys(&seen, &place);
    selectors_seen(env->config.milter.state, 0, LANGUAGE_EN, note_use, &seen, &journal);
    options->known_selectors = seen.items;
    options->known_selector_count = seen.count;
}
