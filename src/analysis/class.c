/* First rule that holds. What a source sent is looked at as a whole: one message that went
 * wrong makes nobody suspect. A source that only ever fails is not ours unless something
 * of ours is on its mail; that its host has no name means nothing. */
#include "class.h"

static bool
decide(struct analysis_source *s, enum analysis_class class, enum analysis_rule rule,
       uint64_t first, uint64_t second)
{
    s->class = class;
    s->rule = rule;
    s->rule_numbers[0] = first;
    s->rule_numbers[1] = second;
    return true;
}

static uint64_t
share(uint64_t part, uint64_t whole)
{
    int thousandths = analysis_share(part, whole);
    return thousandths > 0 ? (uint64_t)thousandths : 0;
}

/* 1: ours. */
static bool
is_ours(struct analysis_source *s, const struct analysis_own *own)
{
    return own != NULL &&
           decide(s, ANALYSIS_OURS,
                  own->is_record ? ANALYSIS_RULE_RECORD : ANALYSIS_RULE_CONFIGURED, 0,
                  0);
}

/* 2: sends well. */
static bool
sends_well(struct analysis_source *s)
{
    const struct analysis_counts *c = &s->counts;
    uint64_t compliant = share(analysis_compliant(c), c->messages);
    return compliant >= ANALYSIS_WELL_SHARE && c->messages >= ANALYSIS_WELL_MESSAGES &&
           decide(s, ANALYSIS_SENDS_WELL, ANALYSIS_RULE_COMPLIANT, compliant,
                  c->messages);
}

/* 3: forwarder or list. A signature of ours that is broken, where SPF is not ours either,
 * was ours once: somebody changed the mail on its way. */
static bool
passes_on(struct analysis_source *s)
{
    const struct analysis_counts *c = &s->counts;
    uint64_t dkim = share(analysis_dkim(c), c->messages),
             spf = share(analysis_spf(c), c->messages);
    uint64_t broken = c->causes[ANALYSIS_CAUSE_BROKEN];
    if (dkim >= ANALYSIS_SURVIVES_SHARE && spf <= ANALYSIS_SURVIVES_SPF)
        return decide(s, ANALYSIS_FORWARDER, ANALYSIS_RULE_DKIM_SURVIVES, dkim, spf);
    if (share(c->forwarded, c->messages) >= ANALYSIS_OVERRIDE_SHARE)
        return decide(s, ANALYSIS_FORWARDER, ANALYSIS_RULE_OVERRIDES, c->forwarded,
                      c->messages);
    return share(broken, c->messages) >= ANALYSIS_BROKEN_SHARE &&
           spf <= ANALYSIS_SURVIVES_SPF &&
           decide(s, ANALYSIS_FORWARDER, ANALYSIS_RULE_BROKEN_ON_WAY, broken,
                  c->messages);
}

/* 4: to fix. Mail that is signed, validly and day after day, by somebody who signs as
 * himself comes from a service, listed here or not: a forger has no need of it. */
static bool
is_to_fix(struct analysis_source *s)
{
    const struct analysis_counts *c = &s->counts;
    uint64_t signed_by_other = c->causes[ANALYSIS_CAUSE_OTHER_SIGNER];
    uint64_t authentic = signed_by_other + c->causes[ANALYSIS_CAUSE_OTHER_SPF];
    uint64_t strict = c->causes[ANALYSIS_CAUSE_STRICT];
    if (s->kind == ANALYSIS_SOURCE_SERVICE && authentic * 2 >= c->messages)
        return decide(s, ANALYSIS_TO_FIX, ANALYSIS_RULE_SERVICE, authentic,
                      c->messages);
    if (strict > 0)
        return decide(s, ANALYSIS_TO_FIX, ANALYSIS_RULE_STRICT, strict, c->messages);
    if (share(signed_by_other, c->messages) >= ANALYSIS_STEADY_SHARE &&
        c->messages >= ANALYSIS_STEADY_MESSAGES && s->reports >= 2 &&
        s->days_passing + s->days_failing >= ANALYSIS_STEADY_DAYS)
        return decide(s, ANALYSIS_TO_FIX, ANALYSIS_RULE_STEADY_SIGNER, signed_by_other,
                      s->days_passing + s->days_failing);
    return s->days_passing >= ANALYSIS_SWING_DAYS &&
           s->days_failing >= ANALYSIS_SWING_DAYS &&
           decide(s, ANALYSIS_TO_FIX, ANALYSIS_RULE_SWINGS, s->days_passing,
                  s->days_failing);
}

/* 5: not yours. */
static bool
is_foreign(struct analysis_source *s)
{
    const struct analysis_counts *c = &s->counts;
    uint64_t own = c->causes[ANALYSIS_CAUSE_BROKEN] + c->causes[ANALYSIS_CAUSE_STRICT] +
                   c->causes[ANALYSIS_CAUSE_DNS];
    return analysis_compliant(c) == 0 && own == 0 &&
           s->reports >= ANALYSIS_FOREIGN_REPORTS &&
           decide(s, ANALYSIS_NOT_YOURS, ANALYSIS_RULE_NEVER_ALIGNED, c->messages,
                  s->reports);
}

void
analysis_classify(struct analysis_source *s, const struct analysis_own *own,
                  const struct analysis_mark *mark)
{
    if (mark != NULL) {
        s->note = mark->note;
        s->author = mark->author;
        decide(s, mark->class, ANALYSIS_RULE_MARK, 0, 0);
        return;
    }
    if (!is_ours(s, own) && !sends_well(s) && !passes_on(s) && !is_to_fix(s) &&
        !is_foreign(s)) /* 6 */
        decide(s, ANALYSIS_TOO_LITTLE, ANALYSIS_RULE_TOO_LITTLE, s->counts.messages, 0);
}
