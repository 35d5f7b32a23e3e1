/* Every domain is looked at in the 28 days that ended yesterday, then reporters, TLS and
 * intake of all; what comes of it takes the place of what was known. The store is read
 * before the transaction begins, so that nobody waits for the reading. */
#include "findings.h"

#include "analysis/findings.h"
#include "analysis/reporters.h"
#include "certificates.h"
#include "core/text.h"
#include "enrich/records.h"
#include "finding_store.h"
#include "readiness.h"
#include "store/meta.h"

#define SECONDS_A_DAY 86400
#define DOMAIN_MEMORY ((size_t)256 * 1024 * 1024) /* of one domain's sources */

/* What is written besides the findings. */
struct verdict {
    struct sceau_slice domain;
    enum analysis_answer answer;
};

struct run {
    struct insight *in; /* its arena keeps what is found */
    struct analysis_finder finder;
    struct growing verdicts;
};

/* ---- a domain ---- */

static int
last_day_of(struct insight *in, struct sceau_slice domain)
{
    struct statement *st =
        database_prepare(in->db,
                         "SELECT day FROM day_reporter WHERE policy_domain = ?1 "
                         "ORDER BY policy_domain DESC, day DESC LIMIT 1");
    bind_text(st, 1, domain);
    int day = statement_step(st) > 0 ? (int)column_int(st, 0) : 0;
    statement_reset(st);
    return day;
}

/* Findings outlive the arena of the domain's sources: their texts are copied. */
static bool
keep(struct run *run, const struct analysis_finder *found)
{
    struct sceau_arena *arena = run->in->arena;
    for (size_t i = 0; i < found->count; i++) {
        const struct analysis_finding *f = &found->items[i];
        struct analysis_finding *k =
            analysis_finding_add(&run->finder, f->rule, f->severity,
                                 slice_copy(arena, f->domain),
                                 slice_copy(arena, f->source), SLICE_NONE);
        if (k == NULL)
            return scope_full(run->in);
        k->id = slice_copy(arena, f->id);
        k->cause = f->cause;
        k->weight = f->weight;
        k->since = f->since;
        k->argument_count = f->argument_count;
        for (size_t n = 0; n < f->argument_count; n++)
            k->arguments[n] =
                (struct analysis_argument){f->arguments[n].name,
                                           slice_copy(arena, f->arguments[n].value)};
    }
    return !found->is_full || scope_full(run->in);
}

static enum analysis_answer
verdict_of(const struct analysis_readiness *r)
{
    if (r->next <= REPORT_DISPOSITION_PASS)
        return r->next == REPORT_DISPOSITION_NONE ? ANALYSIS_MET : ANALYSIS_NO_DATA;
    if (r->is_ready)
        return ANALYSIS_MET;
    for (size_t i = 0; i < ANALYSIS_LINES; i++)
        if (r->lines[i].answer == ANALYSIS_NOT_MET)
            return ANALYSIS_NOT_MET;
    return ANALYSIS_NO_DATA;
}

/* Mail signed with it before it retired is under way for a day or two: the first day that
 * counts, and the messages from then on. */
static uint64_t
used_late(const struct analysis_key *key, int *since)
{
    uint64_t messages = 0;
    for (size_t i = 0; i < key->day_count; i++) {
        if (key->days[i].day <= key->retired_day + 2 || key->days[i].pass == 0)
            continue;
        *since = messages == 0 ? key->days[i].day : *since;
        messages += key->days[i].pass;
    }
    return messages;
}

static void
find_old_keys(struct analysis_finder *finder, const struct analysis_key *keys,
              size_t count, struct sceau_slice domain)
{
    for (size_t i = 0; i < count; i++) {
        bool is_old = slice_eq(keys[i].state, SCEAU_SLICE("retiring")) ||
                      slice_eq(keys[i].state, SCEAU_SLICE("revoked"));
        int since = 0;
        uint64_t messages = is_old ? used_late(&keys[i], &since) : 0;
        if (messages == 0)
            continue;
        struct analysis_finding *f =
            analysis_finding_add(finder, ANALYSIS_FINDING_OLD_KEY, ANALYSIS_WARNING,
                                 domain, SLICE_NONE, keys[i].selector);
        analysis_finding_text(f, "selector", keys[i].selector);
        analysis_finding_text(f, "state", keys[i].state);
        analysis_finding_number(finder, f, "messages", messages);
        analysis_finding_since(finder, f, since);
    }
}

static bool
look_at_keys(struct insight *in, struct analysis_finder *finder, struct filter *f)
{
    const struct analysis_key *keys;
    size_t count;
    if (in->ours->key_count == 0)
        return true;
    f->from_day = f->today - 7;
    if (!insight_keys(in, f, &keys, &count))
        return false;
    find_old_keys(finder, keys, count, f->domain);
    return true;
}

static bool
look_at(struct run *run, struct insight *in, struct sceau_slice domain)
{
    struct scope s;
    struct filter f;
    struct analysis_source *const *list;
    struct analysis_readiness readiness;
    struct insight_check check;
    size_t count;
    filter_init(&f, in->now);
    f.domain = domain;
    if (!scope_open(&s, in, &f))
        return false;
    scope_days(&s, f.today - ANALYSIS_READY_DAYS, f.today - 1);
    if (scope_sources(&s, &list, &count) == NULL ||
        !readiness_check(in, domain, &check) ||
        !readiness_read(&s, list, count, &check, &readiness))
        return false;
    struct analysis_domain_facts facts = {.domain = domain,
                                          .to_day = s.to_day,
                                          .known_since = s.question.known_since,
                                          .last_day = last_day_of(in, domain),
                                          .policy = readiness.policy,
                                          .sources = list,
                                          .source_count = count,
                                          .readiness = &readiness};
    struct analysis_finder finder = {.arena = in->arena, .now = in->now};
    analysis_find(&finder, &facts);
    struct verdict *v = growing_add(&run->verdicts);
    if (v == NULL)
        return scope_full(run->in);
    *v = (struct verdict){domain, verdict_of(&readiness)};
    return look_at_keys(in, &finder, &f) && keep(run, &finder);
}

static bool
look_at_domains(struct run *run)
{
    const struct sceau_slice *domains;
    size_t count;
    if (!scope_policy_domains(run->in, &domains, &count))
        return false;
    struct insight one = *run->in;
    one.arena = sceau_arena_new(DOMAIN_MEMORY);
    bool is_fine = one.arena != NULL || scope_full(run->in);
    for (size_t i = 0; is_fine && i < count; i++) {
        sceau_arena_clear(one.arena);
        is_fine = look_at(run, &one, domains[i]);
    }
    if (!is_fine && one.error != NULL)
        run->in->error = one.error;
    sceau_arena_free(one.arena);
    return is_fine;
}

/* ---- all together ---- */

static bool
look_at_reporters(struct run *run)
{
    struct filter f;
    const struct analysis_reporter *reporters;
    size_t count;
    filter_init(&f, run->in->now);
    f.from_day = f.today - 27;
    if (!insight_reporters(run->in, &f, &reporters, &count))
        return false;
    analysis_find_reporters(&run->finder, reporters, count);
    return true;
}

static bool
look_at_records(struct run *run)
{
    size_t count;
    bool is_fine;
    const struct records_change *changes =
        records_changes(run->in->db, run->in->arena,
                        run->in->now - 7 * (int64_t)SECONDS_A_DAY, &count, &is_fine);
    if (!is_fine)
        return scope_fail(run->in);
    for (size_t i = 0; i < count; i++) {
        struct analysis_finding *f =
            analysis_finding_add(&run->finder, ANALYSIS_FINDING_RECORD, ANALYSIS_INFO,
                                 changes[i].domain, SLICE_NONE, changes[i].name);
        analysis_finding_text(f, "name", changes[i].name);
        analysis_finding_text(f, "type", changes[i].type);
        analysis_finding_text(f, "before", changes[i].before);
        analysis_finding_text(f, "after", changes[i].after);
        analysis_finding_since(&run->finder, f,
                               (int)(changes[i].first / SECONDS_A_DAY));
    }
    return true;
}

static bool
look_at_intake(struct run *run)
{
    struct statement *st =
        database_prepare(run->in->db, "SELECT count(*), min(time_us) FROM intake "
                                      "WHERE time_us >= ?1 AND outcome = 'refused'");
    bind_int(st, 1, (run->in->now - 7 * (int64_t)SECONDS_A_DAY) * 1000000);
    int step = statement_step(st);
    uint64_t count = step > 0 ? (uint64_t)column_int(st, 0) : 0;
    int since = step > 0 ? (int)(column_int(st, 1) / 1000000 / SECONDS_A_DAY) : 0;
    statement_reset(st);
    if (count > 0) {
        struct analysis_finding *f =
            analysis_finding_add(&run->finder, ANALYSIS_FINDING_INTAKE, ANALYSIS_INFO,
                                 SLICE_NONE, SLICE_NONE, SLICE_NONE);
        analysis_finding_number(&run->finder, f, "count", count);
        analysis_finding_since(&run->finder, f, since);
    }
    return step >= 0 || scope_fail(run->in);
}

static bool
look_at_tls(struct run *run)
{
    struct filter f;
    struct insight_tls tls;
    filter_init(&f, run->in->now);
    f.from_day = f.today - 7;
    if (!insight_tls(run->in, &f, &tls))
        return false;
    analysis_find_tls(&run->finder,
                      &(struct analysis_tls_facts){tls.policies, tls.policy_count,
                                                   tls.failures, tls.failure_count});
    return true;
}

static bool
look_at_ends(struct run *run)
{
    const struct analysis_certificate *certificates;
    size_t count;
    if (!insight_certificates(run->in, &certificates, &count))
        return false;
    analysis_find_certificates(&run->finder, certificates, count);
    analysis_find_keys(&run->finder, run->in->ours);
    return true;
}

/* ---- writing ---- */

static bool
write_all(struct run *run)
{
    struct insight *in = run->in;
    const struct verdict *verdicts = run->verdicts.items;
    if (!finding_store_replace(in, run->finder.items, run->finder.count))
        return false;
    if (!meta_write_number(in->db, SCEAU_SLICE("findings_made"), in->now))
        return scope_fail(in);
    for (size_t i = 0; i < run->verdicts.count; i++) {
        struct text name = text_new(in->arena, SIZE_MAX);
        text_string(&name, "readiness/");
        text_slice(&name, verdicts[i].domain);
        if (!meta_write_number(in->db, text_done(&name), verdicts[i].answer))
            return scope_fail(in);
    }
    return true;
}

bool
findings_run(struct insight *in)
{
    struct run run = {
        .in = in,
        .finder = {.arena = in->arena, .now = in->now                },
        .verdicts = {.arena = in->arena, .size = sizeof(struct verdict)},
    };
    if (!look_at_domains(&run) || !look_at_reporters(&run) || !look_at_records(&run) ||
        !look_at_intake(&run) || !look_at_tls(&run) || !look_at_ends(&run))
        return false;
    if (run.finder.is_full)
        return scope_full(in);
    if (!database_begin(in->db))
        return scope_fail(in);
    if (!write_all(&run)) {
        database_rollback(in->db);
        return false;
    }
    return database_commit(in->db) || scope_fail(in);
}
