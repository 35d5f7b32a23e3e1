/* For tests: all that a sink hears, as lines of text that a table can hold. */
#ifndef REPORT_TELLING_TESTING_H
#define REPORT_TELLING_TESTING_H

#include "../../tests/unit.h"
#include "core/text.h"
#include "report.h"
#include "words.h"

struct telling {
    struct report_sink sink;
    struct text text;
    bool has_records; /* write them too */
};

static inline struct telling *
telling_of(struct report_sink *self)
{
    return (struct telling *)self;
}

static inline void
telling_begin(struct report_sink *self, struct sceau_slice name)
{
    (void)self, (void)name;
}

static inline const char *
telling_word(enum word_set set, unsigned value)
{
    const char *name = word_name(set, value);
    return name != NULL ? name : "?";
}

static inline void
telling_auth(struct text *t, const char *name, const struct report_auth *auth,
             enum word_set set)
{
    text_format(t, " %s=%.*s/%.*s/%s/%s", name, SLICE_ARG(auth->domain),
                SLICE_ARG(auth->selector), telling_word(WORDS_SCOPE, auth->scope),
                telling_word(set, auth->result));
}

static inline void
telling_record(struct report_sink *self, const struct report_record *r)
{
    struct text *t = &telling_of(self)->text;
    char ip[SCEAU_IP_TEXT];
    if (!telling_of(self)->has_records)
        return;
    sceau_ip_format(&r->ip, ip);
    text_format(t, "%s x%llu %s dkim=%s spf=%s from=%.*s", ip,
                (unsigned long long)r->count,
                telling_word(WORDS_DISPOSITION, r->disposition),
                telling_word(WORDS_ALIGNED, r->dkim),
                telling_word(WORDS_ALIGNED, r->spf), SLICE_ARG(r->header_from));
    for (size_t i = 0; i < r->dkim_count; i++)
        telling_auth(t, "DKIM", &r->dkim_results[i], WORDS_DKIM);
    for (size_t i = 0; i < r->spf_count; i++)
        telling_auth(t, "SPF", &r->spf_results[i], WORDS_SPF);
    for (size_t i = 0; i < r->reason_count; i++)
        text_format(t, " %s(%.*s)", telling_word(WORDS_REASON, r->reasons[i].type),
                    SLICE_ARG(r->reasons[i].comment));
    text_octet(t, '\n');
}

static inline void
telling_repair(struct report_sink *self, const struct report_repair *repair)
{
    struct text *t = &telling_of(self)->text;
    text_format(t, "line %llu: %s", (unsigned long long)repair->line,
                report_repair_text(repair->kind));
    if (repair->found.len > 0)
        text_format(t, ": %.*s", SLICE_ARG(repair->found));
    text_octet(t, '\n');
}

static inline void
telling_aggregate(struct report_sink *self, const struct report_aggregate *a)
{
    text_format(&telling_of(self)->text,
                "%.*s %.*s %lld-%lld: %llu records, %llu messages%s\n",
                SLICE_ARG(a->org_name), SLICE_ARG(a->policy.domain),
                (long long)a->begin, (long long)a->end,
                (unsigned long long)a->totals.records,
                (unsigned long long)a->totals.messages,
                a->is_whole ? "" : ", not whole");
}

static inline void
telling_tls_policy(struct report_sink *self, const struct report_tls_policy *p)
{
    text_format(&telling_of(self)->text, "%.*s %.*s +%llu -%llu mx=%.*s\n",
                SLICE_ARG(p->type), SLICE_ARG(p->domain),
                (unsigned long long)p->successful, (unsigned long long)p->failed,
                SLICE_ARG(p->mx_host));
}

static inline void
telling_tls_failure(struct report_sink *self, const struct report_tls_failure *f)
{
    text_format(&telling_of(self)->text, "  %.*s x%llu %.*s\n",
                SLICE_ARG(f->result_type), (unsigned long long)f->count,
                SLICE_ARG(f->receiving_mx_hostname));
}

static inline void
telling_tls(struct report_sink *self, const struct report_tls *r)
{
    text_format(&telling_of(self)->text, "%.*s %.*s %lld-%lld: +%llu -%llu\n",
                SLICE_ARG(r->organization), SLICE_ARG(r->report_id),
                (long long)r->begin, (long long)r->end,
                (unsigned long long)r->successful, (unsigned long long)r->failed);
}

static inline void
telling_failure(struct report_sink *self, const struct report_failure *r)
{
    char ip[SCEAU_IP_TEXT];
    sceau_ip_format(&r->ip, ip);
    text_format(&telling_of(self)->text,
                "%.*s %.*s %.*s from %s, x%llu, subject: %.*s\n",
                SLICE_ARG(r->feedback_type), SLICE_ARG(r->auth_failure),
                SLICE_ARG(r->reported_domain), ip, (unsigned long long)r->incidents,
                SLICE_ARG(r->subject));
}

static inline void
telling_refused(struct report_sink *self, const struct report_refusal *r)
{
    text_format(&telling_of(self)->text, "refused at %llu: %s\n",
                (unsigned long long)r->line, report_refusal_text(r->kind));
}

/* In unit_arena. */
static inline struct telling
telling_new(bool has_records)
{
    return (struct telling){
        .sink = {telling_begin, telling_record, telling_tls_policy, telling_tls_failure,
                 telling_repair, telling_aggregate, telling_tls, telling_failure,
                 telling_refused, NULL},
        .text = text_new(unit_arena, SIZE_MAX),
        .has_records = has_records,
    };
}

#endif
