/* Each rule is a function that looks at one source or one domain. A day that fails is one
 * on which more than 2 % do, the border of dashboard alerts: below it a source of ours is
 * well. */
#include "findings.h"

#include "core/date.h"
#include "core/hash.h"
#include "core/text.h"

#define SECONDS_A_DAY 86400
#define LAST          (ANALYSIS_SPARK_DAYS - 1) /* of a spark: to_day */
#define WEEK          7
#define FRESH_MIN     10 /* messages of a source that is new, or to fix */

/* ---- making one ---- */

/* Where findings go that have no room. */
static struct analysis_finding *
room(struct analysis_finder *finder)
{
    if (finder->count == finder->capacity) {
        size_t capacity = finder->capacity > 0 ? finder->capacity * 2 : 32;
        struct analysis_finding *items =
            sceau_arena_alloc(finder->arena, capacity * sizeof *items);
        if (items == NULL) {
            finder->is_full = true;
            finder->count -= finder->count > 0;
            return finder->capacity > 0 ? &finder->items[finder->count++] : NULL;
        }
        if (finder->count > 0)
            memcpy(items, finder->items, finder->count * sizeof *items);
        finder->items = items;
        finder->capacity = capacity;
    }
    return &finder->items[finder->count++];
}

static struct sceau_slice
make_id(struct analysis_finder *finder, enum analysis_finding_rule rule,
        struct sceau_slice domain, struct sceau_slice source, struct sceau_slice extra)
{
    static const struct hash_key key = {UINT64_C(0x5363656175), UINT64_C(0x66696e64)};
    struct text t = text_new(finder->arena, SIZE_MAX),
                id = text_new(finder->arena, SIZE_MAX);
    text_string(&t, analysis_finding_word(rule));
    text_octet(&t, '\n');
    text_slice(&t, domain);
    text_octet(&t, '\n');
    text_slice(&t, source);
    text_octet(&t, '\n');
    text_slice(&t, extra);
    text_format(&id, "%016llx", (unsigned long long)hash_octets(&key, text_done(&t)));
    return text_done(&id);
}

struct analysis_finding *
analysis_finding_add(struct analysis_finder *finder, enum analysis_finding_rule rule,
                     enum analysis_severity severity, struct sceau_slice domain,
                     struct sceau_slice source, struct sceau_slice extra)
{
    struct analysis_finding *f = room(finder);
    if (f == NULL)
        return NULL;
    *f = (struct analysis_finding){
        .id = make_id(finder, rule, domain, source, extra),
        .rule = rule,
        .domain = domain,
        .source = source,
        .severity = severity,
        .first = finder->now,
        .last = finder->now,
    };
    return f;
}

void
analysis_finding_text(struct analysis_finding *f, const char *name,
                      struct sceau_slice value)
{
    if (f != NULL && f->argument_count < ANALYSIS_ARGUMENTS_MAX)
        f->arguments[f->argument_count++] = (struct analysis_argument){name, value};
}

void
analysis_finding_number(struct analysis_finder *finder, struct analysis_finding *f,
                        const char *name, uint64_t number)
{
    struct text t = text_new(finder->arena, SIZE_MAX);
    text_decimal(&t, number);
    analysis_finding_text(f, name, text_done(&t));
}

void
analysis_finding_day(struct analysis_finder *finder, struct analysis_finding *f,
                     const char *name, int day)
{
    struct text t = text_new(finder->arena, SIZE_MAX);
    date_format(&t, (int64_t)day * SECONDS_A_DAY);
    analysis_finding_text(f, name, text_done(&t));
}

void
analysis_finding_since(struct analysis_finder *finder, struct analysis_finding *f,
                       int day)
{
    analysis_finding_day(finder, f, "since", day);
    if (f != NULL)
        f->since = (int64_t)day * SECONDS_A_DAY;
}

/* ---- one source ---- */

static bool
is_bad_day(const struct analysis_source *s, size_t at)
{
    return s->spark_fails[at] * 50 > s->spark[at];
}

/* The days at the end of which every one with mail failed. */
struct streak {
    size_t since; /* of the spark; ANALYSIS_SPARK_DAYS: there is none */
    uint64_t fails, messages;
};

static struct streak
streak_of(const struct analysis_source *s)
{
    struct streak k = {.since = ANALYSIS_SPARK_DAYS};
    for (size_t at = ANALYSIS_SPARK_DAYS; at-- > 0;) {
        if (s->spark[at] == 0)
            continue;
        if (!is_bad_day(s, at))
            break;
        k.since = at;
        k.fails += s->spark_fails[at];
        k.messages += s->spark[at];
    }
    return k;
}

static uint64_t
sum(const uint64_t *days, size_t from, size_t count)
{
    uint64_t total = 0;
    for (size_t i = from; i < from + count; i++)
        total += days[i];
    return total;
}

/* What most of its failures have. */
static enum analysis_cause
main_cause(const struct analysis_source *s)
{
    size_t worst = ANALYSIS_CAUSE_NOTHING;
    for (size_t i = ANALYSIS_CAUSE_UNSIGNED; i < ANALYSIS_CAUSES; i++)
        if (s->counts.causes[i] > s->counts.causes[worst])
            worst = i;
    return (enum analysis_cause)worst;
}

static struct sceau_slice
author_of(const struct analysis_domain_facts *facts, const struct analysis_source *s)
{
    return s->fail_domain.len > 0 ? s->fail_domain : facts->domain;
}

/* "web1.example.org (192.0.2.80)": name and, of a single address, that. */
static struct sceau_slice
source_text(struct analysis_finder *finder, const struct analysis_source *s)
{
    char ip[SCEAU_IP_TEXT];
    struct text t = text_new(finder->arena, SIZE_MAX);
    size_t len = s->address_count == 1 ? sceau_ip_format(&s->addresses[0].ip, ip) : 0;
    struct sceau_slice address = {ip, len};
    text_slice(&t, s->name);
    if (len > 0 && !slice_eq(address, s->name)) {
        text_string(&t, " (");
        text_slice(&t, address);
        text_octet(&t, ')');
    }
    return text_done(&t);
}

/* The day of a place in sparks. */
static int
day_of(const struct analysis_domain_facts *facts, size_t at)
{
    return facts->to_day - (int)(LAST - at);
}

static struct analysis_finding *
add_for_source(struct analysis_finder *finder,
               const struct analysis_domain_facts *facts,
               const struct analysis_source *s, enum analysis_finding_rule rule,
               enum analysis_severity severity)
{
    struct analysis_finding *f =
        analysis_finding_add(finder, rule, severity, facts->domain, s->key, SLICE_NONE);
    analysis_finding_text(f, "author", author_of(facts, s));
    analysis_finding_text(f, "source", source_text(finder, s));
    if (f != NULL)
        f->cause = main_cause(s);
    return f;
}

/* What is usual on that weekday, in thousandths; of all days before when too little is
 * known of it; -1: nothing is known. */
static int
usual_share(const struct analysis_source *s, size_t at)
{
    uint64_t fails = 0, messages = 0;
    for (size_t i = at; i >= WEEK; i -= WEEK) {
        fails += s->spark_fails[i - WEEK];
        messages += s->spark[i - WEEK];
    }
    if (messages < ANALYSIS_ALARM_MESSAGES) {
        fails = sum(s->spark_fails, 0, at);
        messages = sum(s->spark, 0, at);
    }
    return messages >= ANALYSIS_ALARM_MESSAGES ? analysis_share(fails, messages) : -1;
}

/* Did it begin to fail within the last three days? Then that is the finding, not that it
 * fails. */
static bool
starts_failing(struct analysis_finder *finder,
               const struct analysis_domain_facts *facts,
               const struct analysis_source *s, const struct streak *k)
{
    if (k->since > LAST || k->since + 3 <= LAST || k->fails < ANALYSIS_ALARM_MESSAGES)
        return false;
    int usual = usual_share(s, k->since), share = analysis_share(k->fails, k->messages);
    if (usual < 0 || share < usual * ANALYSIS_ALARM_FACTOR)
        return false;
    struct analysis_finding *f =
        add_for_source(finder, facts, s, ANALYSIS_FINDING_STARTS, ANALYSIS_PROBLEM);
    analysis_finding_number(finder, f, "fails", k->fails);
    analysis_finding_number(finder, f, "messages", k->messages);
    analysis_finding_number(finder, f, "usual", (uint64_t)usual);
    analysis_finding_since(finder, f, day_of(facts, k->since));
    if (f != NULL)
        f->weight = k->fails;
    return true;
}

static bool
fails_of_ours(struct analysis_finder *finder, const struct analysis_domain_facts *facts,
              const struct analysis_source *s, const struct streak *k)
{
    if (s->class != ANALYSIS_OURS || k->fails < FRESH_MIN)
        return false;
    enum analysis_severity severity = analysis_share(k->fails, k->messages) >= 200
                                          ? ANALYSIS_PROBLEM
                                          : ANALYSIS_WARNING;
    struct analysis_finding *f =
        add_for_source(finder, facts, s, ANALYSIS_FINDING_OURS_FAILS, severity);
    analysis_finding_number(finder, f, "fails", k->fails);
    analysis_finding_number(finder, f, "messages", k->messages);
    analysis_finding_since(finder, f, day_of(facts, k->since));
    if (f != NULL)
        f->weight = k->fails;
    return true;
}

static void
is_to_fix(struct analysis_finder *finder, const struct analysis_domain_facts *facts,
          const struct analysis_source *s)
{
    uint64_t fails =
        sum(s->spark_fails, ANALYSIS_SPARK_DAYS - 2 * (size_t)WEEK, 2 * (size_t)WEEK);
    if (s->class != ANALYSIS_TO_FIX || fails < FRESH_MIN)
        return;
    struct analysis_finding *f =
        add_for_source(finder, facts, s, ANALYSIS_FINDING_TO_FIX, ANALYSIS_WARNING);
    analysis_finding_number(finder, f, "fails", fails);
    size_t begin = 0;
    while (begin < LAST && s->spark_fails[begin] == 0)
        begin++;
    analysis_finding_since(finder, f, day_of(facts, begin));
    if (f != NULL)
        f->weight = fails;
}

static void
is_new(struct analysis_finder *finder, const struct analysis_domain_facts *facts,
       const struct analysis_source *s)
{
    uint64_t compliant = analysis_compliant(&s->counts);
    bool is_recent = s->first_seen > facts->to_day - WEEK;
    bool was_known =
        facts->known_since > 0 && facts->known_since < facts->to_day - 2 * WEEK;
    if (!is_recent || !was_known || s->counts.messages < FRESH_MIN ||
        (s->class != ANALYSIS_OURS && compliant == 0))
        return;
    struct analysis_finding *f =
        add_for_source(finder, facts, s, ANALYSIS_FINDING_NEW, ANALYSIS_INFO);
    analysis_finding_since(finder, f, s->first_seen);
    analysis_finding_number(finder, f, "messages", s->counts.messages);
    analysis_finding_number(finder, f, "share",
                            (uint64_t)analysis_share(compliant, s->counts.messages));
    if (f != NULL)
        f->weight = s->counts.messages;
}

/* ---- one domain ---- */

/* Messages of ours in the week that ends there, and those that fail; is it under 98 %? */
static bool
is_bad_week(const struct analysis_domain_facts *facts, size_t end, uint64_t *messages,
            uint64_t *fails)
{
    *messages = *fails = 0;
    for (size_t i = 0; i < facts->source_count; i++) {
        const struct analysis_source *s = facts->sources[i];
        if (s->class != ANALYSIS_OURS)
            continue;
        *messages += sum(s->spark, end + 1 - WEEK, WEEK);
        *fails += sum(s->spark_fails, end + 1 - WEEK, WEEK);
    }
    return *fails * 50 > *messages && *fails >= FRESH_MIN;
}

/* Of a week; a single source that fails is told already. */
static void
ours_together(struct analysis_finder *finder, const struct analysis_domain_facts *facts,
              bool is_explained)
{
    uint64_t messages, fails, earlier[2];
    size_t begin = LAST;
    if (is_explained || !is_bad_week(facts, LAST, &messages, &fails))
        return;
    while (begin >= WEEK && is_bad_week(facts, begin - 1, &earlier[0], &earlier[1]))
        begin--;
    struct analysis_finding *f =
        analysis_finding_add(finder, ANALYSIS_FINDING_COMPLIANCE, ANALYSIS_WARNING,
                             facts->domain, SLICE_NONE, SLICE_NONE);
    analysis_finding_number(finder, f, "share",
                            (uint64_t)analysis_share(messages - fails, messages));
    analysis_finding_since(finder, f, day_of(facts, begin));
    if (f != NULL)
        f->weight = fails;
}

/* A report about a day is here two days later at the latest. */
static void
no_reports(struct analysis_finder *finder, const struct analysis_domain_facts *facts)
{
    if (facts->last_day == 0 || facts->last_day > facts->to_day - 2 ||
        facts->known_since == 0 || facts->last_day - facts->known_since < WEEK)
        return;
    struct analysis_finding *f =
        analysis_finding_add(finder, ANALYSIS_FINDING_NO_REPORTS, ANALYSIS_WARNING,
                             facts->domain, SLICE_NONE, SLICE_NONE);
    analysis_finding_since(finder, f, facts->last_day);
}

static const char *
policy_word(enum report_disposition policy)
{
    switch (policy) {
    case REPORT_DISPOSITION_NONE: return "none";
    case REPORT_DISPOSITION_QUARANTINE: return "quarantine";
    case REPORT_DISPOSITION_REJECT: return "reject";
    case REPORT_DISPOSITION_UNKNOWN:
    case REPORT_DISPOSITION_PASS: break;
    }
    return "?";
}

static void
is_forged(struct analysis_finder *finder, const struct analysis_domain_facts *facts)
{
    uint64_t fails = 0, before = 0, daily[WEEK] = {0};
    size_t begin = 0;
    for (size_t i = 0; i < facts->source_count; i++) {
        const struct analysis_source *s = facts->sources[i];
        if (s->class != ANALYSIS_NOT_YOURS && s->class != ANALYSIS_TOO_LITTLE)
            continue;
        fails += sum(s->spark_fails, ANALYSIS_SPARK_DAYS - WEEK, WEEK);
        for (size_t n = 0; n < WEEK; n++)
            daily[n] += s->spark_fails[ANALYSIS_SPARK_DAYS - WEEK + n];
        before +=
            sum(s->spark_fails, ANALYSIS_SPARK_DAYS - 4 * WEEK, 3 * (size_t)WEEK) / 3;
    }
    if (fails < 50 || fails < before * ANALYSIS_ALARM_FACTOR)
        return;
    /* the wave begins with its first day above what such weeks have */
    while (begin + 1 < WEEK &&
           (daily[begin] == 0 || daily[begin] * WEEK < before * ANALYSIS_ALARM_FACTOR))
        begin++;
    bool is_refused = facts->policy == REPORT_DISPOSITION_REJECT;
    struct analysis_finding *f =
        analysis_finding_add(finder, ANALYSIS_FINDING_FORGED,
                             is_refused ? ANALYSIS_INFO : ANALYSIS_WARNING,
                             facts->domain, SLICE_NONE, SLICE_NONE);
    analysis_finding_number(finder, f, "fails", fails);
    analysis_finding_number(finder, f, "usual", before);
    analysis_finding_since(finder, f,
                           day_of(facts, ANALYSIS_SPARK_DAYS - WEEK + begin));
    analysis_finding_text(f, "policy", sceau_slice_from(policy_word(facts->policy)));
    if (f != NULL)
        f->weight = fails;
}

static void
is_ready(struct analysis_finder *finder, const struct analysis_domain_facts *facts)
{
    const struct analysis_readiness *r = facts->readiness;
    if (r == NULL || !r->is_ready || r->next <= REPORT_DISPOSITION_PASS)
        return;
    struct analysis_finding *f =
        analysis_finding_add(finder, ANALYSIS_FINDING_READY, ANALYSIS_INFO,
                             facts->domain, SLICE_NONE, SLICE_NONE);
    analysis_finding_text(f, "next", sceau_slice_from(policy_word(r->next)));
}

void
analysis_find(struct analysis_finder *finder, const struct analysis_domain_facts *facts)
{
    bool is_explained = false;
    for (size_t i = 0; i < facts->source_count; i++) {
        const struct analysis_source *s = facts->sources[i];
        struct streak k = streak_of(s);
        bool is_known = s->class == ANALYSIS_OURS || s->class == ANALYSIS_SENDS_WELL ||
                        s->class == ANALYSIS_TO_FIX;
        if (is_known && (starts_failing(finder, facts, s, &k) ||
                         fails_of_ours(finder, facts, s, &k))) {
            is_explained = true;
            continue;
        }
        is_to_fix(finder, facts, s);
        is_new(finder, facts, s);
    }
    ours_together(finder, facts, is_explained);
    no_reports(finder, facts);
    is_forged(finder, facts);
    is_ready(finder, facts);
}

/* ---- keys ---- */

#define SPARE_DAYS 14 /* before its end: time enough to do something */

/* One that is on its way, its record seen: sceau key rotate does the rest. */
static bool
has_successor(const struct analysis_ours *ours, const struct analysis_own_key *key)
{
    for (size_t i = 0; i < ours->key_count; i++) {
        const struct analysis_own_key *other = &ours->keys[i];
        if (slice_eq(other->state, SCEAU_SLICE("next")) && other->published > 0 &&
            slice_eq(other->domain, key->domain) && slice_eq(other->type, key->type))
            return true;
    }
    return false;
}

void
analysis_find_keys(struct analysis_finder *finder, const struct analysis_ours *ours)
{
    for (size_t i = 0; i < ours->key_count; i++) {
        const struct analysis_own_key *key = &ours->keys[i];
        int64_t end = key->active + ours->key_lifetime;
        int64_t warned = end - SPARE_DAYS * (int64_t)SECONDS_A_DAY;
        if (ours->key_lifetime <= 0 || !slice_eq(key->state, SCEAU_SLICE("active")) ||
            key->active <= 0 || finder->now < warned || has_successor(ours, key))
            continue;
        struct analysis_finding *f =
            analysis_finding_add(finder, ANALYSIS_FINDING_KEY_END,
                                 finder->now >= end ? ANALYSIS_WARNING : ANALYSIS_INFO,
                                 key->domain, SLICE_NONE, key->selector);
        analysis_finding_text(f, "selector", key->selector);
        analysis_finding_day(finder, f, "until", (int)(end / SECONDS_A_DAY));
        analysis_finding_since(finder, f,
                               (int)((warned > key->active ? warned : key->active) /
                                     SECONDS_A_DAY));
    }
}

/* ---- reporters ---- */

void
analysis_find_reporters(struct analysis_finder *finder,
                        const struct analysis_reporter *reporters, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct analysis_reporter *r = &reporters[i];
        if (r->is_ignored)
            continue;
        if (r->is_usual && r->silent_days >= 3) {
            struct analysis_finding *f =
                analysis_finding_add(finder, ANALYSIS_FINDING_SILENT, ANALYSIS_WARNING,
                                     SLICE_NONE, SLICE_NONE, r->name);
            analysis_finding_text(f, "reporter", r->name);
            analysis_finding_since(finder, f, r->last_day);
        }
        if (r->contradictions > 0) {
            struct analysis_finding *f =
                analysis_finding_add(finder, ANALYSIS_FINDING_CONTRADICTS,
                                     ANALYSIS_INFO, SLICE_NONE, SLICE_NONE, r->name);
            analysis_finding_text(f, "reporter", r->name);
            analysis_finding_number(finder, f, "count", r->contradictions);
        }
    }
}
