/* What everybody may know of this host's keys goes into the store, for pages and findings:
 * from STATE/keys.public; sceau-reportd has no right to the keys themselves. */
#include "insight/key_facts.h"
#include "reportd.h"

#include <stdio.h>
#include <unistd.h>

#define KEYS_MEMORY ((size_t)64 * 1024 * 1024) /* a ceiling */

/* A store of an earlier version has no copy until its next change: whoever may look at it
 * itself does. */
static struct keys_place
readable_place(const struct reportd *r, char *keys, char *open, size_t size)
{
    snprintf(keys, size, "%s/keys", r->state);
    const struct keys_place place = {.folder = keys};
    const struct keys_place copy = keys_public_place(&place, open, size);
    return copy.folder != NULL && access(open, F_OK) == 0 ? copy : place;
}

bool
step_keys(struct reportd *r)
{
    char keys[REPORTD_PATH + 16], open[REPORTD_PATH + 32];
    struct problem problem = {0};
    const struct keys_place place = readable_place(r, keys, open, sizeof keys);
    struct insight in = {.db = r->db,
                         .arena = sceau_arena_new(KEYS_MEMORY),
                         .now = reportd_now(r)};
    bool is_good = in.arena != NULL && key_facts_note(&in, &place, &problem);
    if (!is_good)
        reportd_trouble(r, "%s", in.error != NULL ? in.error : "out of memory");
    sceau_arena_free(in.arena);
    return is_good;
}
