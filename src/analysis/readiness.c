/* The lines in their order. What to fix and what is new is looked at in the last 14 days,
 * classes are those of all 28. A share is never a reason: a domain that is forged may be at
 * 20 % and ready, one at 99 % not. */
#include "readiness.h"

#include <stdlib.h>

static uint64_t
recent_messages(const struct analysis_source *s)
{
    uint64_t sum = 0;
    for (size_t i = ANALYSIS_SPARK_DAYS - ANALYSIS_READY_RECENT;
         i < ANALYSIS_SPARK_DAYS; i++)
        sum += s->spark[i];
    return sum;
}

static void
answer(struct analysis_readiness *r, enum analysis_line line, bool is_met,
       uint64_t first, uint64_t second)
{
    struct analysis_readiness_line *l = &r->lines[line];
    l->answer = is_met ? ANALYSIS_MET : ANALYSIS_NOT_MET;
    l->numbers[0] = first;
    l->numbers[1] = second;
}

/* a */
static void
look_at_reports(const struct analysis_readiness_facts *f, struct analysis_readiness *r)
{
    answer(r, ANALYSIS_LINE_REPORTS,
           f->days >= ANALYSIS_READY_REPORTED &&
               f->reporters >= ANALYSIS_READY_REPORTERS,
           f->days, f->reporters);
    if (f->days == 0)
        r->lines[ANALYSIS_LINE_REPORTS].answer = ANALYSIS_NO_DATA;
}

/* b */
static void
look_at_to_fix(const struct analysis_readiness_facts *f, struct analysis_readiness *r)
{
    uint64_t to_fix = 0, all = 0, worst = 0;
    struct sceau_slice example = {0};
    for (size_t i = 0; i < f->source_count; i++) {
        uint64_t messages = recent_messages(f->sources[i]);
        all += messages;
        if (f->sources[i]->class != ANALYSIS_TO_FIX)
            continue;
        to_fix += messages;
        if (messages > worst) {
            worst = messages;
            example = f->sources[i]->name;
        }
    }
    if (all > 0)
        answer(r, ANALYSIS_LINE_TO_FIX,
               to_fix < ANALYSIS_READY_TO_FIX || to_fix < all / 1000, to_fix, all);
    r->lines[ANALYSIS_LINE_TO_FIX].example = example;
}

/* c: nothing is new where all is. */
static void
look_at_new(const struct analysis_readiness_facts *f, struct analysis_readiness *r)
{
    int since = f->to_day - ANALYSIS_READY_RECENT + 1;
    uint64_t count = 0;
    struct sceau_slice example = {0};
    if (f->known_since == 0 || f->known_since >= since || f->source_count == 0)
        return;
    for (size_t i = 0; i < f->source_count; i++) {
        const struct analysis_source *s = f->sources[i];
        if ((s->class != ANALYSIS_OURS && s->class != ANALYSIS_TO_FIX) ||
            s->first_seen < since)
            continue;
        if (count++ == 0)
            example = s->name;
    }
    answer(r, ANALYSIS_LINE_NEW, count == 0, count, 0);
    r->lines[ANALYSIS_LINE_NEW].example = example;
}

/* d: SPF alone breaks when mail is passed on. */
static void
look_at_dkim(const struct analysis_readiness_facts *f, struct analysis_readiness *r)
{
    uint64_t ours = 0, without = 0, worst = 0;
    struct sceau_slice example = {0};
    for (size_t i = 0; i < f->source_count; i++) {
        const struct analysis_source *s = f->sources[i];
        if (s->class != ANALYSIS_OURS)
            continue;
        ours++;
        if (analysis_share(analysis_dkim(&s->counts), s->counts.messages) >=
            ANALYSIS_READY_DKIM)
            continue;
        without++;
        if (s->counts.messages > worst) {
            worst = s->counts.messages;
            example = s->name;
        }
    }
    if (ours > 0)
        answer(r, ANALYSIS_LINE_DKIM, without == 0, without, ours);
    r->lines[ANALYSIS_LINE_DKIM].example = example;
}

/* e */
static void
look_at_check(const struct analysis_readiness_facts *f, struct analysis_readiness *r)
{
    if (f->is_checked)
        answer(r, ANALYSIS_LINE_CHECK, f->problems == 0, f->problems, f->warnings);
    r->lines[ANALYSIS_LINE_CHECK].example = f->check_example;
}

static uint64_t *
share_of(struct analysis_what_if *w, enum analysis_class class)
{
    switch (class) {
    case ANALYSIS_OURS:
    case ANALYSIS_SENDS_WELL:
    case ANALYSIS_TO_FIX: return &w->yours;
    case ANALYSIS_FORWARDER: return &w->forwarders;
    case ANALYSIS_NOT_YOURS: return &w->not_yours;
    case ANALYSIS_TOO_LITTLE: return &w->unknown;
    }
    return &w->unknown;
}

/* Yours first, then what nobody knows, forwarders, strangers; the largest first. */
static int
by_loss(const void *a, const void *b)
{
    static const int order[ANALYSIS_CLASSES] = {
        [ANALYSIS_OURS] = 0,       [ANALYSIS_SENDS_WELL] = 0, [ANALYSIS_TO_FIX] = 0,
        [ANALYSIS_TOO_LITTLE] = 1, [ANALYSIS_FORWARDER] = 2,  [ANALYSIS_NOT_YOURS] = 3,
    };
    const struct analysis_source *x = *(struct analysis_source *const *)a,
                                 *y = *(struct analysis_source *const *)b;
    if (order[x->class] != order[y->class])
        return order[x->class] - order[y->class];
    return (x->counts.neither < y->counts.neither) -
           (x->counts.neither > y->counts.neither);
}

/* f */
static bool
look_at_losses(struct sceau_arena *arena, const struct analysis_readiness_facts *f,
               struct analysis_readiness *r)
{
    const struct analysis_source **losers =
        sceau_arena_alloc(arena, (f->source_count + 1) * sizeof *losers);
    if (losers == NULL)
        return false;
    for (size_t i = 0; i < f->source_count; i++) {
        const struct analysis_source *s = f->sources[i];
        r->what_if.messages += s->counts.messages;
        *share_of(&r->what_if, s->class) += s->counts.neither;
        if (s->counts.neither > 0)
            losers[r->loser_count++] = s;
    }
    qsort(losers, r->loser_count, sizeof *losers, by_loss);
    r->losers = losers;
    if (r->what_if.messages > 0)
        answer(r, ANALYSIS_LINE_WHAT_IF, r->what_if.yours == 0, r->what_if.yours,
               r->what_if.messages);
    if (r->what_if.yours > 0)
        r->lines[ANALYSIS_LINE_WHAT_IF].example = losers[0]->name;
    return true;
}

static enum report_disposition
next_of(enum report_disposition policy)
{
    switch (policy) {
    case REPORT_DISPOSITION_NONE: return REPORT_DISPOSITION_QUARANTINE;
    case REPORT_DISPOSITION_QUARANTINE: return REPORT_DISPOSITION_REJECT;
    case REPORT_DISPOSITION_REJECT:
    case REPORT_DISPOSITION_PASS: return REPORT_DISPOSITION_NONE;
    case REPORT_DISPOSITION_UNKNOWN: break;
    }
    return REPORT_DISPOSITION_UNKNOWN;
}

bool
analysis_readiness_make(struct sceau_arena *arena,
                        const struct analysis_readiness_facts *f,
                        struct analysis_readiness *r)
{
    *r = (struct analysis_readiness){.policy = f->policy,
                                     .next = next_of(f->policy),
                                     .is_testing = f->is_testing,
                                     .is_ready = true,
                                     .is_known = true,
                                     .from_day = f->from_day,
                                     .to_day = f->to_day};
    look_at_reports(f, r);
    look_at_to_fix(f, r);
    look_at_new(f, r);
    look_at_dkim(f, r);
    look_at_check(f, r);
    if (!look_at_losses(arena, f, r))
        return false;
    for (size_t i = 0; i < ANALYSIS_LINES; i++) {
        r->is_ready = r->is_ready && r->lines[i].answer == ANALYSIS_MET;
        r->is_known = r->is_known && r->lines[i].answer != ANALYSIS_NO_DATA;
    }
    return true;
}
