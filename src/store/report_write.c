/* A report is spooled until it is known what it was, then told again, row by row: its key
 * is the key of its rows, and the policy that its rows are judged by may stand behind
 * them. */
#include "report_write.h"

#include "core/domain.h"
#include "core/ip.h"
#include "cut.h"
#include "failure_write.h"
#include "report_pack.h"
#include "report_spool.h"
#include "rollup.h"
#include "tls_write.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SCRATCH ((size_t)8 * 1024 * 1024) /* octets, for one record at a time */

struct report_writer {
    struct report_sink sink; /* first */
    struct report_sink rows; /* hears the spool again */
    struct database *db;
    const struct sceau_psl *psl;
    struct analysis_pairs pairs; /* what the list said */
    struct report_spool *spool;
    struct rollup rollup;
    struct report_pack pack;
    struct sceau_arena *scratch; /* of one record */
    struct sceau_arena *arena;   /* of one report */
    const struct report_origin *origin;
    struct report_written written;
    uint64_t intake_rows;
    char name[256]; /* of the report at hand: a member, an attachment */
    size_t name_len;
    /* of the report that is being written */
    const struct report_aggregate *aggregate;
    const struct report_tls *tls;
    struct tls_writer tls_writer;
    int64_t id;
    bool is_counted; /* in the roll-ups */
    bool is_proven;  /* authenticated: its reporter's line has it, and sums of TLS */
    uint64_t repair, contradictions;
    bool has_failed;
    char error[DATABASE_ERROR_MAX];
    void (*tell)(void *self, enum report_outcome outcome, struct sceau_slice name,
                 const struct report_refusal *refusal);
    void *told;
};

static const char *const outcome_words[REPORT_OUTCOMES] = {"accepted", "repaired",
                                                           "duplicate", "refused",
                                                           "unauthenticated"};

const char *
report_outcome_word(enum report_outcome outcome)
{
    return outcome_words[outcome];
}

static struct report_writer *
of_sink(struct report_sink *self)
{
    return (struct report_writer *)self;
}

static struct report_writer *
of_rows(struct report_sink *self)
{
    return (struct report_writer *)((char *)self -
                                    offsetof(struct report_writer, rows));
}

static void
note_failure(struct report_writer *w, const char *why)
{
    if (!w->has_failed)
        snprintf(w->error, sizeof w->error, "%s", why);
    w->has_failed = true;
}

static void
done(struct report_writer *w, struct statement *s)
{
    if (statement_step(s) != 0)
        note_failure(w, database_error(w->db));
}

/* ---- the log ---- */

static struct sceau_slice
name_of(const struct report_writer *w)
{
    return (struct sceau_slice){w->name, w->name_len};
}

/* Why, in English: what is shown is translated there. */
static struct sceau_slice
detail_of(struct report_writer *w, enum report_outcome outcome,
          const struct report_refusal *refusal)
{
    if (outcome == REPORT_APART)
        return sceau_slice_from(N_("the mail does not prove who sent it"));
    if (refusal == NULL)
        return SLICE_NONE;
    struct text t = text_new(w->arena, SIZE_MAX);
    text_string(&t, report_refusal_text(refusal->kind));
    if (refusal->detail.len > 0) {
        text_string(&t, ": ");
        text_slice(&t, refusal->detail);
    }
    return text_done(&t);
}

static void
write_intake(struct report_writer *w, enum report_outcome outcome, int64_t reason,
             const struct report_refusal *refusal, int64_t id)
{
    const struct report_origin *o = w->origin;
    struct statement *s = database_prepare(
        w->db,
        "INSERT INTO intake (time_us, n, place, name, outcome, reason, detail, "
        "line, report, octets) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    bind_int(s, 1, o->now_us);
    bind_int(s, 2, (int64_t)w->intake_rows++);
    bind_text(s, 3, o->place);
    bind_text(s, 4, w->name_len > 0 ? name_of(w) : o->name);
    bind_text(s, 5, sceau_slice_from(outcome_words[outcome]));
    bind_int(s, 6, reason);
    bind_text(s, 7, detail_of(w, outcome, refusal));
    bind_int(s, 8, refusal != NULL ? (int64_t)refusal->line : 0);
    bind_int(s, 9, id);
    bind_int(s, 10, (int64_t)o->octets);
    done(w, s);
    w->written.outcomes[outcome]++;
    if (w->tell != NULL)
        w->tell(w->told, outcome, w->name_len > 0 ? name_of(w) : o->name, refusal);
}

static void
hear_begin(struct report_sink *self, struct sceau_slice name)
{
    struct report_writer *w = of_sink(self);
    w->name_len = name.len < sizeof w->name ? name.len : sizeof w->name;
    if (w->name_len > 0)
        memcpy(w->name, name.ptr, w->name_len);
    report_spool_reset(w->spool);
}

static void
hear_refused(struct report_sink *self, const struct report_refusal *refusal)
{
    struct report_writer *w = of_sink(self);
    write_intake(w, REPORT_REFUSED, refusal->kind, refusal, 0);
    report_spool_reset(w->spool);
}

/* ---- was it here before? ---- */

/* The same report by another way counts as well: the file that somebody gave us, and the
 * mail it came in. One that is not authenticated stands in nobody's way. */
static bool
is_known(struct report_writer *w, const struct report_identity *r,
         struct sceau_slice key_text)
{
    struct statement *s = database_prepare(
        w->db,
        "SELECT 1 FROM report WHERE report_id = ?1 AND policy_domain = ?2 AND "
        "(key_text = ?3 OR (format = ?4 AND org_name = ?5 AND begin_time = ?6 AND "
        "end_time = ?7 AND ?8 < 2 AND authenticated < 2 AND (authenticated = 0 OR ?8 = 0)))");
    bind_text(s, 1, r->report_id);
    bind_text(s, 2, r->policy_domain);
    bind_text(s, 3, key_text);
    bind_int(s, 4, r->format);
    bind_text(s, 5, r->org_name);
    bind_int(s, 6, r->begin);
    bind_int(s, 7, r->end);
    bind_int(s, 8, r->authenticated);
    int step = statement_step(s);
    statement_reset(s);
    if (step < 0)
        note_failure(w, database_error(w->db));
    return step == 1;
}

static bool
is_ignored(struct report_writer *w, struct sceau_slice org_name)
{
    struct statement *s =
        database_prepare(w->db, "SELECT is_ignored FROM reporter WHERE name = ?1");
    bind_text(s, 1, org_name);
    bool is = statement_step(s) == 1 && column_int(s, 0) != 0;
    statement_reset(s);
    return is;
}

/* The author's domain of its mail, else the domain of the address in it, else its name. */
static struct sceau_slice
reporter_of(const struct report_writer *w, struct sceau_slice email,
            struct sceau_slice org_name)
{
    size_t at = slice_find_last(email, '@');
    if (w->origin->sender.len > 0)
        return w->origin->sender;
    struct sceau_slice domain =
        at < email.len ? slice_trim(slice_skip(email, at + 1)) : SLICE_NONE;
    return domain_is_ldh(domain) ? slice_copy_lower(w->arena, domain) : org_name;
}

/* ---- rows ---- */

static void
take_record(struct report_sink *self, const struct report_record *record)
{
    struct report_writer *w = of_rows(self);
    const struct report_policy *policy = &w->aggregate->policy;
    struct analysis_judgement judgement;
    if (w->has_failed)
        return;
    sceau_arena_clear(w->scratch);
    analysis_judge(w->scratch, w->psl, &w->pairs, policy, record, &judgement);
    struct sceau_slice domain =
        domain_is_ldh(record->header_from) ? record->header_from : policy->domain;
    w->contradictions += (judgement.flags & ANALYSIS_FLAG_CONTRADICTS) != 0;
    if (!report_pack_add(&w->pack, domain, record, &judgement))
        note_failure(w, database_error(w->db));
    if (w->is_counted)
        rollup_record(&w->rollup, record, domain, &judgement);
}

static void
take_repair(struct report_sink *self, const struct report_repair *repair)
{
    struct report_writer *w = of_rows(self);
    struct statement *s =
        database_prepare(w->db,
                         "INSERT INTO report_repair (report, n, kind, line, found) "
                         "VALUES (?1, ?2, ?3, ?4, ?5)");
    bind_int(s, 1, w->id);
    bind_int(s, 2, (int64_t)w->repair++);
    bind_int(s, 3, repair->kind);
    bind_int(s, 4, (int64_t)repair->line);
    bind_text(s, 5, repair->found);
    done(w, s);
}

/* ---- the file as it came ---- */

/* Octets of the file; what is missing is zero: it has become shorter. NULL without memory. */
static char *
read_raw(const struct report_origin *o)
{
    char *octets = calloc(1, o->octets);
    for (uint64_t at = 0; octets != NULL && at < o->octets;) {
        ssize_t n = pread(o->fd, octets + at, o->octets - at, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        at += (uint64_t)n;
    }
    return octets;
}

static void
keep_raw(struct report_writer *w)
{
    const struct report_origin *o = w->origin;
    if (o->fd < 0 || o->octets == 0 || o->octets > REPORT_RAW_MAX)
        return;
    char *octets = read_raw(o);
    if (octets == NULL) {
        note_failure(w, "out of memory");
        return;
    }
    struct statement *s = database_prepare(
        w->db, "INSERT INTO report_raw (report, name, octets) VALUES (?1, ?2, ?3)");
    bind_int(s, 1, w->id);
    bind_text(s, 2, o->name);
    bind_blob(s, 3, (struct sceau_slice){octets, o->octets});
    done(w, s);
    free(octets);
}

/* ---- the line of a report ---- */

struct line {
    struct report_identity identity;
    struct sceau_slice key_text;
    struct sceau_slice email, contact;
    uint64_t repairs;
    struct days days;
    const struct report_aggregate *aggregate; /* NULL: another kind */
};

static void
bind_numbers(struct statement *s, int from, const int64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bind_int(s, from + (int)i, numbers[i]);
}

static void
bind_what_it_says(struct statement *s, const struct report_aggregate *a)
{
    const struct report_policy *p = &a->policy;
    const struct report_totals *t = &a->totals;
    const int64_t policy[] = {a->is_rfc9990, a->is_whole, p->p,
                              p->sp,         p->np,       p->adkim,
                              p->aspf,       p->testing,  p->discovery};
    const struct sceau_slice texts[] = {p->fo, p->pct, a->version, a->generator,
                                        a->error};
    const int64_t totals[] = {(int64_t)t->records,
                              (int64_t)t->messages,
                              (int64_t)t->left_out,
                              (int64_t)t->both,
                              (int64_t)t->dkim_only,
                              (int64_t)t->spf_only,
                              (int64_t)t->neither,
                              (int64_t)t->unknown,
                              (int64_t)t->dispositions[REPORT_DISPOSITION_NONE],
                              (int64_t)t->dispositions[REPORT_DISPOSITION_PASS],
                              (int64_t)t->dispositions[REPORT_DISPOSITION_QUARANTINE],
                              (int64_t)t->dispositions[REPORT_DISPOSITION_REJECT]};
    bind_numbers(s, 15, policy, sizeof policy / sizeof *policy);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        bind_text(s, 24 + (int)i, texts[i]);
    bind_numbers(s, 29, totals, sizeof totals / sizeof *totals);
}

static void
write_report(struct report_writer *w, const struct line *line)
{
    static const struct report_aggregate nothing = {.is_whole = true};
    const struct report_identity *r = &line->identity;
    struct statement *s = database_prepare(
        w->db,
        "INSERT INTO report (id, key_text, format, reporter, org_name, email, contact, "
        "report_id, policy_domain, begin_time, end_time, day, days, received, "
        "is_rfc9990, is_whole, p, sp, np, adkim, aspf, testing, discovery, fo, pct, "
        "version, generator, error, records, messages, left_out, both_pass, dkim_only, "
        "spf_only, neither, unknown, disp_none, disp_pass, disp_quarantine, "
        "disp_reject, repairs, contradictions, authenticated, counted, origin, "
        "container) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
        "?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, "
        "?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38, ?39, ?40, ?41, ?42, ?43, "
        "?44, ?45, ?46)");
    const struct sceau_slice texts[] = {reporter_of(w, line->email, r->org_name),
                                        r->org_name,
                                        line->email,
                                        line->contact,
                                        r->report_id,
                                        r->policy_domain};
    const int64_t times[] = {r->begin, r->end, line->days.first, line->days.count,
                             w->origin->now_us / 1000000};
    const int64_t state[] = {(int64_t)line->repairs, (int64_t)w->contradictions,
                             r->authenticated, w->is_counted};
    bind_int(s, 1, w->id);
    bind_text(s, 2, line->key_text);
    bind_int(s, 3, r->format);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        bind_text(s, 4 + (int)i, texts[i]);
    bind_numbers(s, 10, times, sizeof times / sizeof *times);
    bind_what_it_says(s, line->aggregate != NULL ? line->aggregate : &nothing);
    bind_numbers(s, 41, state, sizeof state / sizeof *state);
    bind_text(s, 45, w->origin->place);
    bind_text(s, 46, w->name_len > 0 ? name_of(w) : w->origin->name);
    done(w, s);
}

/* The key, and whether it is new; a duplicate has its line in the log then. */
static bool
begin_report(struct report_writer *w, struct line *line)
{
    struct report_identity *r = &line->identity;
    r->authenticated = w->origin->authenticated;
    r->sender = w->origin->sender;
    line->key_text = report_key_text(w->arena, r);
    w->id = report_key_id(line->key_text);
    w->repair = w->contradictions = 0;
    w->is_proven = r->authenticated != REPORT_UNAUTHENTICATED;
    w->is_counted = w->is_proven && !is_ignored(w, r->org_name);
    line->days = days_of(r->begin, r->end, w->origin->now_us / 1000000);
    if (!is_known(w, r, line->key_text))
        return !w->has_failed;
    write_intake(w, REPORT_DUPLICATE, 0, NULL, w->id);
    report_spool_reset(w->spool);
    return false;
}

static void
replay(struct report_writer *w)
{
    if (!report_spool_replay(w->spool, &w->rows))
        note_failure(w, strerror(errno));
    report_spool_reset(w->spool);
}

static void
end_report(struct report_writer *w, const struct line *line)
{
    const struct report_identity *r = &line->identity;
    bool is_apart = r->authenticated == REPORT_UNAUTHENTICATED;
    write_report(w, line);
    keep_raw(w);
    write_intake(w,
                 is_apart            ? REPORT_APART
                 : line->repairs > 0 ? REPORT_REPAIRED
                                     : REPORT_ACCEPTED,
                 is_apart ? (int64_t)w->origin->dmarc : 0, NULL, w->id);
    w->written.formats[r->format]++;
    sceau_arena_clear(w->arena);
    sceau_arena_clear(w->scratch);
}

/* So many messages that sums over all reports could run over: nobody's report is that. */
static bool
is_beyond_belief(struct report_writer *w, uint64_t a, uint64_t b)
{
    const struct report_refusal refusal = {.kind = REPORT_REFUSAL_SUM};
    if (a <= REPORT_COUNT_MAX && b <= REPORT_COUNT_MAX)
        return false;
    write_intake(w, REPORT_REFUSED, refusal.kind, &refusal, 0);
    report_spool_reset(w->spool);
    return true;
}

/* ---- the three kinds ---- */

/* What is in keys is cut before anything is asked or written, so that the report, its sums and its
 * reporter have one name. The document that is kept has all of it. */
static struct report_aggregate
cut_aggregate(const struct report_aggregate *heard)
{
    struct report_aggregate a = *heard;
    a.org_name = cut_text(a.org_name, REPORT_ORG_NAME_MAX);
    a.report_id = cut_text(a.report_id, REPORT_ID_MAX);
    a.policy.domain = cut_text(a.policy.domain, DOMAIN_MAX);
    return a;
}

static struct report_tls
cut_tls(const struct report_tls *heard)
{
    struct report_tls tls = *heard;
    tls.organization = cut_text(tls.organization, REPORT_ORG_NAME_MAX);
    tls.report_id = cut_text(tls.report_id, REPORT_ID_MAX);
    return tls;
}

/* Fields of mails may hold octets that are no UTF-8: the store makes three of each. */
static struct sceau_slice
cut_field(struct sceau_slice text, size_t most)
{
    return cut_text(text, slice_is_utf8(text) ? most : most / 3);
}

static struct report_failure
cut_failure(const struct report_failure *heard)
{
    struct report_failure f = *heard;
    f.reporting_mta = cut_field(f.reporting_mta, REPORT_ORG_NAME_MAX);
    f.reported_domain = cut_field(f.reported_domain, DOMAIN_MAX);
    return f;
}

static void
hear_aggregate(struct report_sink *self, const struct report_aggregate *heard)
{
    struct report_writer *w = of_sink(self);
    const struct report_aggregate cut = cut_aggregate(heard), *a = &cut;
    struct line line = {
        .identity = {.format = REPORT_AGGREGATE,
                     .org_name = a->org_name,
                     .report_id = a->report_id,
                     .policy_domain = a->policy.domain,
                     .begin = a->begin,
                     .end = a->end},
        .email = a->email,
        .contact = a->extra_contact_info,
        .repairs = a->repairs,
        .aggregate = a,
    };
    if (w->has_failed || is_beyond_belief(w, a->totals.messages, 0) ||
        !begin_report(w, &line))
        return;
    w->aggregate = a;
    report_pack_begin(&w->pack, w->db, w->id, a->policy.domain);
    rollup_begin(&w->rollup, a, &line.days, w->origin->now_us / 1000000);
    replay(w);
    if (!w->has_failed && !report_pack_end(&w->pack))
        note_failure(w, database_error(w->db));
    if (w->is_counted)
        rollup_end(&w->rollup, a);
    if (w->is_proven && !w->has_failed && !rollup_reporter(&w->rollup, a))
        note_failure(w, database_error(w->db));
    w->written.records += a->totals.records;
    w->written.messages += w->is_counted ? a->totals.messages : 0;
    end_report(w, &line);
}

static void
take_tls_policy(struct report_sink *self, const struct report_tls_policy *policy)
{
    struct report_writer *w = of_rows(self);
    if (w->is_proven && !tls_write_policy(&w->tls_writer, policy))
        note_failure(w, database_error(w->db));
}

static void
take_tls_failure(struct report_sink *self, const struct report_tls_failure *failure)
{
    struct report_writer *w = of_rows(self);
    if (w->is_proven && !tls_write_failure(&w->tls_writer, failure))
        note_failure(w, database_error(w->db));
}

/* A TLS report may be about several domains; it is filed under its first. */
static void
note_tls_domain(struct report_sink *self, const struct report_tls_policy *policy)
{
    struct report_writer *w = of_sink(self);
    report_spool_sink(w->spool)->tls_policy(report_spool_sink(w->spool), policy);
    if (!tls_has_domain(&w->tls_writer))
        tls_set_domain(&w->tls_writer, policy->domain);
}

static void
hear_tls(struct report_sink *self, const struct report_tls *heard)
{
    struct report_writer *w = of_sink(self);
    const struct report_tls cut = cut_tls(heard), *tls = &cut;
    struct line line = {
        .identity = {.format = REPORT_TLS,
                     .org_name = tls->organization,
                     .report_id = tls->report_id,
                     .policy_domain = tls_domain(&w->tls_writer),
                     .begin = tls->begin,
                     .end = tls->end},
        .email = tls->contact,
        .contact = tls->contact,
        .repairs = tls->repairs,
    };
    if (!w->has_failed && !is_beyond_belief(w, tls->successful, tls->failed) &&
        begin_report(w, &line)) {
        tls_write_begin(&w->tls_writer, w->db, line.days.first, tls->organization);
        replay(w);
        end_report(w, &line);
    }
    tls_set_domain(&w->tls_writer, SLICE_NONE);
}

static void
hear_failure(struct report_sink *self, const struct report_failure *heard)
{
    struct report_writer *w = of_sink(self);
    const struct report_failure cut = cut_failure(heard), *f = &cut;
    struct line line = {
        .identity = {.format = REPORT_FAILURE,
                     .org_name = f->reporting_mta,
                     .report_id = failure_identity(w->arena, f),
                     .policy_domain = f->reported_domain},
        .repairs = f->repairs,
    };
    if (w->has_failed || !begin_report(w, &line))
        return;
    replay(w);
    if (!failure_write(w->db, w->arena, w->id, w->origin->now_us / 1000000,
                       reporter_of(w, SLICE_NONE, f->reporting_mta), f))
        note_failure(w, database_error(w->db));
    end_report(w, &line);
}

/* ---- what the spool keeps ---- */

static void
hear_record(struct report_sink *self, const struct report_record *record)
{
    struct report_sink *spool = report_spool_sink(of_sink(self)->spool);
    spool->record(spool, record);
}

static void
hear_frame(struct report_sink *self, struct sceau_slice frame)
{
    report_spool_keep(of_sink(self)->spool, frame);
}

static void
hear_tls_failure(struct report_sink *self, const struct report_tls_failure *failure)
{
    struct report_sink *spool = report_spool_sink(of_sink(self)->spool);
    spool->tls_failure(spool, failure);
}

static void
hear_repair(struct report_sink *self, const struct report_repair *repair)
{
    struct report_sink *spool = report_spool_sink(of_sink(self)->spool);
    spool->repair(spool, repair);
}

/* ---- its life ---- */

struct report_writer *
report_writer_new(struct database *db, const struct report_writer_options *options)
{
    struct report_writer *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    *w = (struct report_writer){
        .sink = {hear_begin,      hear_record, note_tls_domain, hear_tls_failure,
                 hear_repair, hear_aggregate, hear_tls, hear_failure, hear_refused,
                 hear_frame},
        .rows = {.record = take_record,
                 .tls_policy = take_tls_policy,
                 .tls_failure = take_tls_failure,
                 .repair = take_repair          },
        .db = db,
        .psl = options->psl,
        .spool = report_spool_new(options->spool_folder),
        .scratch = sceau_arena_new(SCRATCH),
        .arena = sceau_arena_new(SCRATCH),
    };
    rollup_init(&w->rollup, db);
    if (w->spool != NULL && w->scratch != NULL && w->arena != NULL)
        return w;
    report_writer_free(w);
    return NULL;
}

void
report_writer_free(struct report_writer *w)
{
    if (w == NULL)
        return;
    rollup_clear(&w->rollup);
    report_pack_clear(&w->pack);
    report_spool_free(w->spool);
    sceau_arena_free(w->scratch);
    sceau_arena_free(w->arena);
    free(w);
}

void
report_writer_from(struct report_writer *w, const struct report_origin *origin)
{
    w->origin = origin;
    w->name_len = 0;
    tls_set_domain(&w->tls_writer, SLICE_NONE);
    report_spool_reset(w->spool);
}

struct report_sink *
report_writer_sink(struct report_writer *w)
{
    return &w->sink;
}

void
report_writer_tell(struct report_writer *w,
                   void (*tell)(void *self, enum report_outcome outcome,
                                struct sceau_slice name,
                                const struct report_refusal *refusal),
                   void *self)
{
    w->tell = tell;
    w->told = self;
}

bool
report_writer_flush(struct report_writer *w, const char **error)
{
    bool is_good = rollup_flush(&w->rollup);
    *error = is_good ? "" : rollup_error(&w->rollup);
    return is_good;
}

bool
report_writer_failed(struct report_writer *w, const char **error)
{
    bool has_failed = w->has_failed;
    *error = w->error;
    w->has_failed = false;
    return has_failed;
}

const struct report_written *
report_writer_written(const struct report_writer *w)
{
    return &w->written;
}

void
report_writer_forget(struct report_writer *w, const struct report_written *was)
{
    w->written = *was;
    rollup_drop(&w->rollup);
}
