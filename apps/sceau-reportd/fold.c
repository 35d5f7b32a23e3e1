/* Segments of the journal into the store; samples of failed messages into failure reports. */
#include "outbox/failure.h"
#include "outbox_place.h"
#include "reportd.h"

#include <stdio.h>

/* Takes samples while failure reports are on. */
struct sample_taker {
    struct fold_samples samples;
    struct outbox_settings settings;
    struct outbox_failures failures;
};

static bool
take_sample(struct fold_samples *self, struct sceau_slice payload)
{
    return outbox_failure_take(&((struct sample_taker *)self)->failures, payload);
}

static void
end_samples(struct fold_samples *self, bool is_kept)
{
    outbox_failure_end(&((struct sample_taker *)self)->failures, is_kept);
}

static bool
is_told(const struct reportd *r)
{
    return r->env.config.failure.send && outbox_is_wanted(&r->env);
}

static bool
begin_taking(struct reportd *r, struct sample_taker *t)
{
    *t = (struct sample_taker){
        .samples = {take_sample, end_samples}
    };
    fold_report_refused(r->fold, r->env.config.report.refused_too);
    fold_give_samples(r->fold, NULL);
    if (!is_told(r))
        return true; /* samples of a time when they were on are passed over */
    if (!outbox_place(&r->env, r->state, &t->settings))
        return false;
    t->failures = (struct outbox_failures){.db = r->db,
                                           .settings = &t->settings,
                                           .now = reportd_now(r)};
    fold_give_samples(r->fold, &t->samples);
    return true;
}

static void
tell(struct reportd *r, const struct outbox_failures *f)
{
    if (f->counts.reported > 0)
        complain("failure reports: %llu built, %llu messages only counted",
                 (unsigned long long)f->counts.reported,
                 (unsigned long long)f->counts.counted);
    if (f->problem[0] != '\0')
        reportd_trouble(r, "%s", f->problem);
}

static bool
is_stopping(void *self)
{
    return reportd_stops(self);
}

bool
step_fold(struct reportd *r)
{
    char folder[REPORTD_PATH + 16];
    struct fold_look look;
    struct sample_taker taker;
    int64_t keep = (int64_t)r->env.config.store.keep_journal;
    snprintf(folder, sizeof folder, "%s/journal", r->state);
    if (!begin_taking(r, &taker))
        return false;
    fold_give_end(r->fold, is_stopping, r);
    bool is_good = fold_folder(r->fold, folder, reportd_now(r), keep, &look);
    tell(r, &taker.failures);
    fold_give_samples(r->fold, NULL);
    if (!is_good)
        reportd_trouble(r, "%s: %s", folder, database_error(r->db));
    else if (look.problem[0] != '\0')
        reportd_trouble(r, "%s", look.problem);
    if (look.counts.skipped > 0)
        complain("%s: %llu octets or records are no message", folder,
                 (unsigned long long)look.counts.skipped);
    return is_good && look.problem[0] == '\0';
}
