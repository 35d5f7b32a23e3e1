/* What needs a look is worked out when reports came in, and told as [alert] says. */
#include "alert/alert.h"
#include "insight/findings.h"
#include "insight/ours.h"
#include "reportd.h"

#include <stdio.h>

#define ANSWER_MEMORY   ((size_t)256 * 1024 * 1024) /* a ceiling: no page needs it */
#define SETTINGS_MEMORY ((size_t)1024 * 1024)
#define FINDINGS_AGE    3600 /* seconds: some findings come of silence */

static bool
tell_store(struct reportd *r, const struct insight *in)
{
    reportd_trouble(r, "%s", in != NULL ? insight_error(in) : database_error(r->db));
    return false;
}

/* False: out of memory, told. */
static bool
open_insight(struct reportd *r, struct insight *in)
{
    *in = (struct insight){.db = r->db,
                           .arena = sceau_arena_new(ANSWER_MEMORY),
                           .now = reportd_now(r)};
    if (in->arena != NULL)
        in->ours = ours_make(in->arena, &r->env.config, r->db);
    if (in->ours != NULL)
        return true;
    reportd_trouble(r, "out of memory");
    sceau_arena_free(in->arena);
    return false;
}

/* When something was last read; -1: the store cannot tell. */
static int64_t
last_intake(struct reportd *r)
{
    struct statement *s =
        database_prepare(r->db, "SELECT coalesce(max(time_us), 0) FROM intake");
    int64_t time_us = statement_step(s) == 1 ? column_int(s, 0) : -1;
    statement_reset(s);
    return time_us;
}

bool
step_findings(struct reportd *r)
{
    struct insight in;
    int64_t intake = last_intake(r), now = reportd_now(r);
    if (intake < 0)
        return tell_store(r, NULL);
    if (intake == r->findings_intake && now - r->findings_made < FINDINGS_AGE)
        return true;
    if (!open_insight(r, &in))
        return false;
    bool is_good = findings_run(&in) || tell_store(r, &in);
    sceau_arena_free(in.arena);
    if (is_good) {
        r->findings_intake = intake;
        r->findings_made = now;
    }
    return is_good;
}

static bool
is_wanted(const struct alert_settings *settings)
{
    for (size_t i = 0; i < ALERT_WAYS; i++) {
        if (alert_ways[i].is_wanted(settings))
            return true;
    }
    return false;
}

static bool
tell(struct reportd *r, const struct alert_settings *settings)
{
    struct insight in;
    struct alert_world world;
    struct alert_result result;
    if (!open_insight(r, &in))
        return false;
    bool is_good = alert_world_make(&in, settings, &world) || tell_store(r, &in);
    if (is_good)
        is_good = alert_run(settings, r->db, in.arena, &world, in.now, &result) ||
                  tell_store(r, NULL);
    if (is_good && result.failed > 0)
        reportd_trouble(r, "alert by %s", result.problem.text);
    sceau_arena_free(in.arena);
    return is_good;
}

bool
wants_alerts(struct reportd *r)
{
    struct problem problem = {0};
    struct alert_settings settings;
    struct sceau_arena *arena = sceau_arena_new(SETTINGS_MEMORY);
    bool is_made = arena != NULL &&
                   alert_settings_make(&r->env.config, arena, &settings, &problem);
    bool is_silent = is_made && !is_wanted(&settings);
    sceau_arena_free(arena);
    return !is_silent;
}

bool
step_alerts(struct reportd *r)
{
    struct problem problem = {0};
    struct alert_settings settings;
    struct sceau_arena *arena = sceau_arena_new(SETTINGS_MEMORY);
    bool is_good = arena != NULL &&
                   alert_settings_make(&r->env.config, arena, &settings, &problem);
    if (!is_good)
        reportd_trouble(r, "%s", arena != NULL ? problem.text : "out of memory");
    else if (is_wanted(&settings))
        is_good = tell(r, &settings);
    sceau_arena_free(arena);
    return is_good;
}
