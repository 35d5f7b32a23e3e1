/* Each way by itself: a webhook that is down keeps no mail back. */
#include "alert.h"

#include "core/date.h"
#include "insight/words.h"

#include <stdio.h>

#define DAY    86400
#define MONDAY 4 /* 1970-01-01 was a Thursday: day 4 of the epoch is a Monday */

struct run {
    const struct alert_settings *settings;
    struct database *db;
    struct sceau_arena *arena;
    const struct alert_world *world;
    int64_t now;
    struct alert_result *result;
    const struct alert_way *way;
};

/* ---- what there is ---- */

bool
alert_world_make(struct insight *in, const struct alert_settings *settings,
                 struct alert_world *world)
{
    const struct analysis_finding *findings = NULL;
    size_t count = 0;
    *world = (struct alert_world){.in = in};
    if (!insight_findings(in, SLICE_NONE, false, &findings, &count))
        return false;
    struct letter_item *items =
        sceau_arena_alloc(in->arena, (count + 1) * sizeof *items);
    for (size_t i = 0; items != NULL && i < count; i++) {
        const struct analysis_finding *f = &findings[i];
        if (f->is_muted)
            continue;
        if (settings->is_left_out[f->rule]) {
            world->left_out++;
            continue;
        }
        struct words_finding words = words_finding(in->arena, settings->language, f);
        items[world->item_count++] = (struct letter_item){
            .id = f->id,
            .rule = analysis_finding_word(f->rule),
            .severity = f->severity,
            .first = f->first,
            .domain = f->domain,
            .what = words.what,
            .remedy = words.remedy,
            .evidence = words.evidence,
        };
    }
    world->items = items;
    return items != NULL;
}

bool
alert_figures(struct insight *in, struct letter *letter)
{
    struct filter filter;
    struct insight_today today;
    filter_init(&filter, letter->time);
    filter.days = 0;
    filter.to_day = (int)(letter->time / DAY) - 1;
    filter.from_day = filter.to_day - (letter->kind == LETTER_WEEKLY ? 6 : 0);
    letter->from_day = filter.from_day;
    letter->to_day = filter.to_day;
    if (in == NULL)
        return true;
    if (!insight_today(in, &filter, &today))
        return false;
    letter->lines = today.domains;
    letter->line_count = today.domain_count;
    return true;
}

/* ---- one letter ---- */

static bool
is_at_once(const struct run *r, const struct letter_item *item)
{
    enum analysis_finding_rule rule;
    return analysis_finding_read(sceau_slice_from(item->rule), &rule) &&
           r->settings->at_once[rule];
}

/* Items for a letter, those that are due first and marked. False: the store. */
static bool
choose(struct run *r, bool only_at_once, struct letter *letter, size_t *new_count)
{
    size_t count = r->world->item_count;
    struct letter_item *items =
        sceau_arena_alloc(r->arena, (count + 1) * sizeof *items);
    bool *is_due = sceau_arena_alloc(r->arena, count + 1), is_fine = true;
    if (items == NULL || is_due == NULL)
        return false;
    *new_count = letter->item_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct letter_item *item = &r->world->items[i];
        is_due[i] = state_is_due(r->db, r->way->name, item, &is_fine);
        if (!is_fine)
            return false;
        if (!is_due[i] || (only_at_once && !is_at_once(r, item)))
            continue;
        items[letter->item_count] = *item;
        items[letter->item_count++].is_new = true;
    }
    *new_count = letter->item_count;
    for (size_t i = 0; i < count && !only_at_once; i++) {
        if (!is_due[i])
            items[letter->item_count++] = r->world->items[i];
    }
    letter->items = items;
    return true;
}

static void
at(const struct run *r, const char *point)
{
    if (r->settings->at != NULL)
        r->settings->at(point);
}

static bool
send_and_record(struct run *r, const char *name, const struct letter *letter)
{
    struct problem problem = {0};
    at(r, "claimed");
    enum sending end = r->way->send(r->settings, r->arena, letter, &problem);
    at(r, "sent");
    bool is_taken = end == SENDING_DONE || end == SENDING_UNKNOWN;
    if (!is_taken) {
        r->result->failed++;
        PROBLEM(&r->result->problem, AS_IS("{way}: {words}"), OURS("way", r->way->name),
                OURS("words", problem.text));
    } else if (letter->kind == LETTER_ALERT) {
        r->result->alerts++;
    } else {
        r->result->digests++;
    }
    return state_end(r->db, r->way->name, name, is_taken ? STATE_SENT : STATE_FAILED,
                     sceau_slice_from(problem.text), letter->items, letter->item_count,
                     r->now);
}

static struct letter
new_letter(const struct run *r, enum letter_kind kind)
{
    return (struct letter){
        .kind = kind,
        .language = r->settings->language,
        .time = r->now,
        .from_day = (int)(r->now / DAY),
        .to_day = (int)(r->now / DAY),
        .url = r->settings->url,
        .left_out = kind == LETTER_ALERT ? 0 : r->world->left_out,
    };
}

static bool
alert_now(struct run *r)
{
    struct letter letter = new_letter(r, LETTER_ALERT);
    size_t new_count;
    if (!choose(r, true, &letter, &new_count))
        return false;
    if (new_count == 0)
        return true;
    switch (state_claim(r->db, r->way->name, "now", true, r->now)) {
    case STATE_MINE: return send_and_record(r, "now", &letter);
    case STATE_NOT_NOW: return true;
    case STATE_BROKEN: break;
    }
    return false;
}

/* ---- the digest ---- */

/* Is one due today: its hour has come, and for weekly ones its day? */
static bool
is_digest_time(const struct run *r)
{
    bool is_monday = r->now / DAY % 7 == MONDAY;
    if (r->settings->digest == ALERT_DIGEST_NEVER ||
        (r->settings->digest == ALERT_DIGEST_WEEKLY && !is_monday))
        return false;
    return r->now % DAY >= (int64_t)r->settings->digest_hour * 3600;
}

static bool
digest(struct run *r)
{
    bool is_weekly = r->now / DAY % 7 == MONDAY;
    struct letter letter = new_letter(r, is_weekly ? LETTER_WEEKLY : LETTER_DAILY);
    struct text t = text_new(r->arena, SIZE_MAX);
    size_t new_count;
    text_string(&t, "digest:");
    date_format(&t, r->now);
    const char *name = text_done(&t).ptr;
    if (name == NULL || !choose(r, false, &letter, &new_count))
        return false;
    switch (state_claim(r->db, r->way->name, name, false, r->now)) {
    case STATE_MINE: break;
    case STATE_NOT_NOW: return true;
    case STATE_BROKEN: return false;
    }
    if (new_count == 0 && !is_weekly)
        return state_end(r->db, r->way->name, name, STATE_NOTHING, SLICE_NONE, NULL, 0,
                         r->now);
    return alert_figures(r->world->in, &letter) && send_and_record(r, name, &letter);
}

bool
alert_run(const struct alert_settings *settings, struct database *db,
          struct sceau_arena *arena, const struct alert_world *world, int64_t now,
          struct alert_result *result)
{
    struct run r = {.settings = settings,
                    .db = db,
                    .arena = arena,
                    .world = world,
                    .now = now,
                    .result = result};
    *result = (struct alert_result){0};
    for (size_t i = 0; i < ALERT_WAYS; i++) {
        r.way = &alert_ways[i];
        if (!r.way->is_wanted(settings))
            continue;
        if (!alert_now(&r) || (is_digest_time(&r) && !digest(&r)))
            return false;
    }
    return state_tidy(db, now);
}
