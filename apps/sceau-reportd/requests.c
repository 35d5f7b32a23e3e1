/* Marks and mutes that the dashboard left, and the findings made anew when there is news. */
#include "insight/findings.h"
#include "insight/ours.h"
#include "reportd.h"
#include "web_request.h"

#include <stdlib.h>

#define REQUESTS_MEMORY ((size_t)64 * 1024 * 1024) /* a ceiling */

static bool
open_insight(struct reportd *r, struct insight *in)
{
    *in = (struct insight){.db = r->db, .now = reportd_now(r)};
    in->arena = sceau_arena_new(REQUESTS_MEMORY);
    if (in->arena != NULL)
        in->ours = ours_make(in->arena, &r->env.config, r->db);
    return in->ours != NULL;
}

bool
step_requests(struct reportd *r)
{
    struct insight in;
    size_t done = 0;
    if (!web_request_waits(r->state))
        return true;
    bool is_good = open_insight(r, &in) && web_request_take_up(r->state, &in, &done);
    if (!is_good)
        reportd_trouble(r, "requests of the dashboard: %s", database_error(r->db));
    sceau_arena_free(in.arena);
    return is_good;
}
