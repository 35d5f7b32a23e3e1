/* P4: may I go on? */
#include "readiness.h"

#include "core/text.h"
#include "report/words.h"

/* The policy that most reports saw on the last day. */
static bool
read_policy(struct scope *s, struct analysis_readiness_facts *facts)
{
    struct statement *st = database_prepare(
        s->in->db,
        "SELECT p, testing, pct FROM day_policy WHERE policy_domain = ?1 "
        "ORDER BY policy_domain DESC, day DESC, reports DESC, p DESC LIMIT 1");
    bind_text(st, 1, s->policy_domain);
    int step = statement_step(st);
    if (step > 0) {
        int64_t p = column_int(st, 0);
        struct sceau_slice pct = column_text(st, 2);
        if (p > 0 && p < REPORT_DISPOSITIONS)
            facts->policy = (enum report_disposition)p;
        facts->is_testing = column_int(st, 1) == REPORT_TESTING_YES ||
                            (pct.len > 0 && !slice_eq(pct, SCEAU_SLICE("100")));
    }
    statement_reset(st);
    return step >= 0 || scope_fail(s->in);
}

static bool
read_reporters(struct scope *s, struct analysis_readiness_facts *facts)
{
    struct statement *st = database_prepare(
        s->in->db,
        "SELECT count(DISTINCT day), count(DISTINCT reporter_name) FROM day_reporter "
        "WHERE policy_domain = ?1 AND day BETWEEN ?2 AND ?3 "
        "AND reporter_name NOT IN (SELECT name FROM reporter WHERE is_ignored <> 0)");
    bind_text(st, 1, s->policy_domain);
    bind_int(st, 2, s->from_day);
    bind_int(st, 3, s->to_day);
    int step = statement_step(st);
    if (step > 0) {
        facts->days = (unsigned)column_int(st, 0);
        facts->reporters = (unsigned)column_int(st, 1);
    }
    statement_reset(st);
    return step >= 0 || scope_fail(s->in);
}

bool
readiness_read(struct scope *s, struct analysis_source *const *list, size_t count,
               const struct insight_check *check, struct analysis_readiness *out)
{
    struct analysis_readiness_facts facts = {.sources = list,
                                             .source_count = count,
                                             .from_day = s->from_day,
                                             .to_day = s->to_day,
                                             .known_since = s->question.known_since};
    if (check != NULL) {
        facts.is_checked = check->is_known;
        facts.problems = check->problems;
        facts.warnings = check->warnings;
        facts.check_example = check->example;
    }
    if (!read_policy(s, &facts) || !read_reporters(s, &facts))
        return false;
    return analysis_readiness_make(s->in->arena, &facts, out) || scope_full(s->in);
}

/* ---- the record to publish ---- */

static bool
read_record(struct scope *s, struct sceau_slice *record)
{
    struct statement *st = database_prepare(
        s->in->db, "SELECT text FROM dns_record WHERE name = '_dmarc.' || ?1 "
                   "AND type = 'TXT' ORDER BY last DESC, first DESC, text LIMIT 1");
    bind_text(st, 1, s->policy_domain);
    int step = statement_step(st);
    if (step > 0)
        *record = scope_text(s->in, st, 0);
    statement_reset(st);
    return step >= 0 || scope_fail(s->in);
}

/* The record with another p=, and without t= and pct= when those held it back. */
static struct sceau_slice
next_record(struct sceau_arena *arena, struct sceau_slice record,
            const struct analysis_readiness *r)
{
    struct text t = text_new(arena, SIZE_MAX);
    struct sceau_slice rest = record, tag;
    bool is_first = true;
    while (rest.ptr != NULL && slice_next(&rest, ';', &tag)) {
        struct sceau_slice trimmed = slice_trim(tag);
        struct sceau_slice name =
            slice_trim(slice_sub(trimmed, 0, slice_find(trimmed, '=')));
        bool is_policy = slice_eq_ci(name, SCEAU_SLICE("p"));
        if (trimmed.len == 0 || slice_eq_ci(name, SCEAU_SLICE("t")) ||
            slice_eq_ci(name, SCEAU_SLICE("pct")))
            continue;
        text_string(&t, is_first ? "" : "; ");
        if (is_policy)
            text_format(&t, "p=%s", word_name(WORDS_POLICY, r->next));
        else
            text_slice(&t, trimmed);
        is_first = false;
    }
    return text_done(&t);
}

bool
insight_readiness(struct insight *in, const struct filter *f,
                  const struct insight_check *check, struct insight_readiness *out)
{
    struct scope s;
    struct analysis_source *const *list;
    size_t count;
    struct insight_check kept;
    struct filter plain;
    filter_init(&plain, in->now);
    plain.domain = f->domain;
    *out = (struct insight_readiness){0};
    if (!scope_open(&s, in, &plain))
        return false;
    scope_days(&s, f->today - ANALYSIS_READY_DAYS, f->today - 1);
    if (scope_sources(&s, &list, &count) == NULL ||
        (check == NULL && !readiness_check(in, s.policy_domain, &kept)) ||
        !readiness_read(&s, list, count, check != NULL ? check : &kept,
                        &out->readiness) ||
        !read_record(&s, &out->record))
        return false;
    if (out->record.len > 0 && out->readiness.next > REPORT_DISPOSITION_PASS)
        out->next = next_record(in->arena, out->record, &out->readiness);
    return true;
}
