/* Reports for programs. JSON: one object a line, records while they come and the report
 * they are of behind them; CSV: one line for each record, each policy of a TLS report. */
#include "core/csv.h"
#include "core/date.h"
#include "core/json.h"
#include "report.h"
#include "report/words.h"

static struct report_printer *
printer_of(struct report_sink *self)
{
    return (struct report_printer *)self;
}

/* ---- JSON ---- */

static struct json
open_line(struct report_printer *p, const char *type)
{
    sceau_arena_clear(p->arena);
    struct json j = json_new(p->arena);
    json_open(&j, '{');
    json_key_string(&j, "type", type);
    json_key_slice(&j, "file", p->file);
    json_key_string(&j, "name", p->name);
    return j;
}

static void
close_line(struct report_printer *p, struct json *j)
{
    json_close(j, '}');
    struct sceau_slice line = json_done(j);
    if (line.ptr == NULL)
        COMPLAIN(p->env->language, "{name}: out of memory",
                 LANGUAGE_THEIRS("name", sceau_slice_from(p->name)));
    else if (!p->is_quiet)
        print_line(stdout, line);
}

/* Empty is null. */
static void
put_text(struct json *j, const char *key, struct sceau_slice text)
{
    json_key_slice(j, key, text.len > 0 ? text : SLICE_NONE);
}

static void
put_word(struct json *j, const char *key, enum word_set set, unsigned value)
{
    json_key_string(j, key, word_name(set, value));
}

static void
put_count(struct json *j, const char *key, uint64_t count)
{
    json_key_number(j, key, count > INT64_MAX ? INT64_MAX : (int64_t)count);
}

static void
put_time(struct json *j, struct sceau_arena *arena, const char *key, int64_t seconds)
{
    struct text t = text_new(arena, SIZE_MAX);
    date_format(&t, seconds);
    text_format(&t, "T%02d:%02d:%02dZ", (int)(seconds / 3600 % 24),
                (int)(seconds / 60 % 60), (int)(seconds % 60));
    json_key_slice(j, key, seconds > 0 ? text_done(&t) : SLICE_NONE);
}

static void
put_source(struct json *j, const struct sceau_ip *ip, struct sceau_slice source)
{
    char text[SCEAU_IP_TEXT];
    size_t len = sceau_ip_format(ip, text);
    put_text(j, "source_ip",
             ip->version != 0 ? (struct sceau_slice){text, len} : source);
}

static void
on_begin(struct report_sink *self, struct sceau_slice name)
{
    report_printer_begin(printer_of(self), name);
}

static void
put_auth(struct json *j, const char *key, const struct report_auth *results,
         size_t count, enum word_set set)
{
    json_key(j, key);
    json_open(j, '[');
    for (size_t i = 0; i < count; i++) {
        json_open(j, '{');
        put_text(j, "domain", results[i].domain);
        if (set == WORDS_DKIM)
            put_text(j, "selector", results[i].selector);
        else
            put_word(j, "scope", WORDS_SCOPE, results[i].scope);
        put_word(j, "result", set, results[i].result);
        put_text(j, "human_result", results[i].human_result);
        json_close(j, '}');
    }
    json_close(j, ']');
}

static void
put_reasons(struct json *j, const struct report_record *r)
{
    json_key(j, "reasons");
    json_open(j, '[');
    for (size_t i = 0; i < r->reason_count; i++) {
        json_open(j, '{');
        put_word(j, "type", WORDS_REASON, r->reasons[i].type);
        put_text(j, "comment", r->reasons[i].comment);
        json_close(j, '}');
    }
    json_close(j, ']');
}

/* Both mechanisms taken together; NULL: the record does not say. */
static const char *
dmarc_word(const struct report_record *r)
{
    static const char *const words[] = {"pass", "pass", NULL, "fail"};
    return words[report_rank(r)];
}

static void
json_record(struct report_sink *self, const struct report_record *r)
{
    struct report_printer *p = printer_of(self);
    struct json j = open_line(p, "record");
    put_source(&j, &r->ip, r->source);
    put_count(&j, "count", r->count);
    json_key_string(&j, "dmarc", dmarc_word(r));
    put_word(&j, "dkim", WORDS_ALIGNED, r->dkim);
    put_word(&j, "spf", WORDS_ALIGNED, r->spf);
    put_word(&j, "disposition", WORDS_DISPOSITION, r->disposition);
    put_reasons(&j, r);
    put_text(&j, "header_from", r->header_from);
    put_text(&j, "envelope_from", r->envelope_from);
    put_text(&j, "envelope_to", r->envelope_to);
    put_auth(&j, "dkim_results", r->dkim_results, r->dkim_count, WORDS_DKIM);
    put_auth(&j, "spf_results", r->spf_results, r->spf_count, WORDS_SPF);
    close_line(p, &j);
}

static void
json_repair(struct report_sink *self, const struct report_repair *r)
{
    struct report_printer *p = printer_of(self);
    struct json j = open_line(p, "repair");
    put_count(&j, "line", r->line);
    json_key_string(&j, "text", report_repair_text(r->kind));
    put_text(&j, "found", r->found);
    close_line(p, &j);
}

static void
put_policy(struct json *j, const struct report_policy *policy)
{
    json_key(j, "policy");
    json_open(j, '{');
    put_word(j, "p", WORDS_POLICY, policy->p);
    put_word(j, "sp", WORDS_POLICY, policy->sp);
    put_word(j, "np", WORDS_POLICY, policy->np);
    put_word(j, "adkim", WORDS_MODE, policy->adkim);
    put_word(j, "aspf", WORDS_MODE, policy->aspf);
    put_text(j, "fo", policy->fo);
    put_text(j, "pct", policy->pct);
    put_word(j, "testing", WORDS_TESTING, policy->testing);
    put_word(j, "discovery_method", WORDS_DISCOVERY, policy->discovery);
    json_close(j, '}');
}

static void
put_totals(struct json *j, const struct report_totals *t)
{
    put_count(j, "records", t->records);
    put_count(j, "messages", t->messages);
    put_count(j, "left_out", t->left_out);
    json_key(j, "aligned");
    json_open(j, '{');
    put_count(j, "both", t->both);
    put_count(j, "dkim", t->dkim_only);
    put_count(j, "spf", t->spf_only);
    put_count(j, "neither", t->neither);
    put_count(j, "unknown", t->unknown);
    json_close(j, '}');
    json_key(j, "dispositions");
    json_open(j, '{');
    for (unsigned i = 1; i < REPORT_DISPOSITIONS; i++)
        put_count(j, word_name(WORDS_DISPOSITION, i), t->dispositions[i]);
    put_count(j, "unknown", t->dispositions[REPORT_DISPOSITION_UNKNOWN]);
    json_close(j, '}');
}

static void
note_aggregate(struct report_printer *p, const struct report_aggregate *a)
{
    p->has_failed = p->has_failed || a->totals.neither > 0;
    p->has_told = p->has_told || a->totals.messages > a->totals.unknown;
}

static void
json_aggregate(struct report_sink *self, const struct report_aggregate *a)
{
    struct report_printer *p = printer_of(self);
    struct json j = open_line(p, "aggregate");
    note_aggregate(p, a);
    json_key_string(&j, "schema", a->is_rfc9990 ? "RFC 9990" : "RFC 7489");
    put_text(&j, "version", a->version);
    put_text(&j, "org_name", a->org_name);
    put_text(&j, "email", a->email);
    put_text(&j, "extra_contact_info", a->extra_contact_info);
    put_text(&j, "report_id", a->report_id);
    put_text(&j, "generator", a->generator);
    put_text(&j, "error", a->error);
    put_text(&j, "domain", a->policy.domain);
    put_time(&j, p->arena, "begin", a->begin);
    put_time(&j, p->arena, "end", a->end);
    put_policy(&j, &a->policy);
    put_totals(&j, &a->totals);
    json_key_bool(&j, "is_whole", a->is_whole);
    put_count(&j, "repairs", a->repairs);
    close_line(p, &j);
}

static void
json_tls_policy(struct report_sink *self, const struct report_tls_policy *policy)
{
    struct report_printer *p = printer_of(self);
    struct json j = open_line(p, "tls_policy");
    put_text(&j, "policy_type", policy->type);
    put_text(&j, "policy_domain", policy->domain);
    put_text(&j, "mx_host", policy->mx_host);
    put_text(&j, "policy_string", policy->text);
    put_count(&j, "successful", policy->successful);
    put_count(&j, "failed", policy->failed);
    close_line(p, &j);
}

static void
json_tls_failure(struct report_sink *self, const struct report_tls_failure *f)
{
    struct report_printer *p = printer_of(self);
    struct json j = open_line(p, "tls_failure");
    put_text(&j, "result_type", f->result_type);
    put_count(&j, "count", f->count);
    put_text(&j, "sending_mta_ip", f->sending_mta_ip);
    put_text(&j, "receiving_mx_hostname", f->receiving_mx_hostname);
    put_text(&j, "receiving_mx_helo", f->receiving_mx_helo);
    put_text(&j, "receiving_ip", f->receiving_ip);
    put_text(&j, "additional_information", f->additional_information);
    put_text(&j, "failure_reason_code", f->reason_code);
    close_line(p, &j);
}

static void
note_tls(struct report_printer *p, const struct report_tls *r)
{
    p->has_failed = p->has_failed || r->failed > 0;
    p->has_told = p->has_told || r->policies > 0;
}

static void
json_tls(struct report_sink *self, const struct report_tls *r)
{
    struct report_printer *p = printer_of(self);
    struct json j = open_line(p, "tls");
    note_tls(p, r);
    put_text(&j, "organization_name", r->organization);
    put_text(&j, "contact_info", r->contact);
    put_text(&j, "report_id", r->report_id);
    put_time(&j, p->arena, "begin", r->begin);
    put_time(&j, p->arena, "end", r->end);
    put_count(&j, "policies", r->policies);
    put_count(&j, "successful", r->successful);
    put_count(&j, "failed", r->failed);
    put_count(&j, "repairs", r->repairs);
    close_line(p, &j);
}

static void
json_failure(struct report_sink *self, const struct report_failure *r)
{
    struct report_printer *p = printer_of(self);
    struct json j = open_line(p, "failure");
    p->has_failed = p->has_told = true;
    const struct {
        const char *key;
        struct sceau_slice text;
    } texts[] = {
        {"feedback_type",          r->feedback_type         },
        {"auth_failure",           r->auth_failure          },
        {"reported_domain",        r->reported_domain       },
        {"identity_alignment",     r->identity_alignment    },
        {"delivery_result",        r->delivery_result       },
        {"authentication_results", r->authentication_results},
        {"original_mail_from",     r->original_mail_from    },
        {"original_rcpt_to",       r->original_rcpt_to      },
        {"original_envelope_id",   r->original_envelope_id  },
        {"arrival_date",           r->arrival_date          },
        {"reporting_mta",          r->reporting_mta         },
        {"user_agent",             r->user_agent            },
        {"dkim_domain",            r->dkim_domain           },
        {"dkim_identity",          r->dkim_identity         },
        {"dkim_selector",          r->dkim_selector         },
        {"spf_dns",                r->spf_dns               },
        {"from",                   r->from                  },
        {"subject",                r->subject               },
        {"message_id",             r->message_id            },
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        put_text(&j, texts[i].key, texts[i].text);
    put_source(&j, &r->ip, r->source);
    put_count(&j, "incidents", r->incidents);
    put_count(&j, "repairs", r->repairs);
    close_line(p, &j);
}

static void
note_refusal(struct report_printer *p, const struct report_refusal *r)
{
    p->has_refused = true;
    p->is_broken = p->is_broken || r->kind == REPORT_REFUSAL_PROCESS;
}

static void
json_refused(struct report_sink *self, const struct report_refusal *r)
{
    struct report_printer *p = printer_of(self);
    struct json j = open_line(p, "refused");
    note_refusal(p, r);
    put_count(&j, "line", r->line);
    json_key_string(&j, "text",
                    language_text(p->env->language, report_refusal_text(r->kind)));
    close_line(p, &j);
}

void
report_json_sink(struct report_printer *p)
{
    p->sink = (struct report_sink){on_begin,        json_record,
                                   json_tls_policy, json_tls_failure,
                                   json_repair,     json_aggregate,
                                   json_tls,        json_failure,
                                   json_refused,    NULL};
}

/* ---- CSV ---- */

static void
cell_word(struct text *t, enum word_set set, unsigned value, const char *end)
{
    csv_cell(t, sceau_slice_from(word_name(set, value)), end);
}

/* "example.org/s1 pass; ..." in one cell. */
static void
cell_auth(struct report_printer *p, struct text *t, const struct report_auth *results,
          size_t count, enum word_set set)
{
    struct text cell = text_new(p->arena, SIZE_MAX);
    for (size_t i = 0; i < count; i++) {
        text_string(&cell, i > 0 ? "; " : "");
        text_slice(&cell, results[i].domain);
        text_string(&cell, results[i].selector.len > 0 ? "/" : "");
        text_slice(&cell, results[i].selector);
        text_format(&cell, " %s",
                    results[i].result != 0 ? word_name(set, results[i].result) : "?");
    }
    csv_cell(t, text_done(&cell), ",");
}

static void
cell_reasons(struct report_printer *p, struct text *t, const struct report_record *r)
{
    struct text cell = text_new(p->arena, SIZE_MAX);
    for (size_t i = 0; i < r->reason_count; i++) {
        const char *word = word_name(WORDS_REASON, r->reasons[i].type);
        text_format(&cell, "%s%s", i > 0 ? "; " : "", word != NULL ? word : "?");
        if (r->reasons[i].comment.len > 0) {
            text_string(&cell, ": ");
            text_slice(&cell, r->reasons[i].comment);
        }
    }
    csv_cell(t, text_done(&cell), "\r\n");
}

static void
csv_print(struct report_printer *p, struct text *t)
{
    struct sceau_slice line = text_done(t);
    if (!p->is_quiet)
        fwrite(line.ptr, 1, line.len, stdout);
}

static void
csv_record(struct report_sink *self, const struct report_record *r)
{
    struct report_printer *p = printer_of(self);
    char ip[SCEAU_IP_TEXT];
    size_t len = sceau_ip_format(&r->ip, ip);
    sceau_arena_clear(p->arena);
    struct text t = text_new(p->arena, SIZE_MAX);
    if (!p->has_heading)
        text_string(&t,
                    "name,source_ip,count,dmarc,dkim,spf,disposition,header_from,"
                    "envelope_from,envelope_to,dkim_results,spf_results,reasons\r\n");
    p->has_heading = true;
    csv_cell(&t, sceau_slice_from(p->name), ",");
    csv_cell(&t, r->ip.version != 0 ? (struct sceau_slice){ip, len} : r->source, ",");
    text_decimal(&t, r->count);
    text_octet(&t, ',');
    csv_cell(&t, sceau_slice_from(dmarc_word(r)), ",");
    cell_word(&t, WORDS_ALIGNED, r->dkim, ",");
    cell_word(&t, WORDS_ALIGNED, r->spf, ",");
    cell_word(&t, WORDS_DISPOSITION, r->disposition, ",");
    csv_cell(&t, r->header_from, ",");
    csv_cell(&t, r->envelope_from, ",");
    csv_cell(&t, r->envelope_to, ",");
    cell_auth(p, &t, r->dkim_results, r->dkim_count, WORDS_DKIM);
    cell_auth(p, &t, r->spf_results, r->spf_count, WORDS_SPF);
    cell_reasons(p, &t, r);
    csv_print(p, &t);
}

static void
csv_tls_policy(struct report_sink *self, const struct report_tls_policy *policy)
{
    struct report_printer *p = printer_of(self);
    sceau_arena_clear(p->arena);
    struct text t = text_new(p->arena, SIZE_MAX);
    if (!p->has_heading)
        text_string(&t, "name,policy_type,policy_domain,successful,failed\r\n");
    p->has_heading = true;
    csv_cell(&t, sceau_slice_from(p->name), ",");
    csv_cell(&t, policy->type, ",");
    csv_cell(&t, policy->domain, ",");
    text_decimal(&t, policy->successful);
    text_octet(&t, ',');
    text_decimal(&t, policy->failed);
    text_string(&t, "\r\n");
    csv_print(p, &t);
}

static void
csv_tls_failure(struct report_sink *self, const struct report_tls_failure *f)
{
    (void)self, (void)f;
}

static void
csv_repair(struct report_sink *self, const struct report_repair *r)
{
    (void)self, (void)r;
}

static void
csv_aggregate(struct report_sink *self, const struct report_aggregate *a)
{
    note_aggregate(printer_of(self), a);
}

static void
csv_tls(struct report_sink *self, const struct report_tls *r)
{
    note_tls(printer_of(self), r);
}

static void
csv_failure(struct report_sink *self, const struct report_failure *r)
{
    struct report_printer *p = printer_of(self);
    char ip[SCEAU_IP_TEXT];
    size_t len = sceau_ip_format(&r->ip, ip);
    p->has_failed = p->has_told = true;
    sceau_arena_clear(p->arena);
    struct text t = text_new(p->arena, SIZE_MAX);
    if (!p->has_heading)
        text_string(&t, "name,feedback_type,auth_failure,reported_domain,source_ip,"
                        "incidents,from,subject\r\n");
    p->has_heading = true;
    csv_cell(&t, sceau_slice_from(p->name), ",");
    csv_cell(&t, r->feedback_type, ",");
    csv_cell(&t, r->auth_failure, ",");
    csv_cell(&t, r->reported_domain, ",");
    csv_cell(&t, r->ip.version != 0 ? (struct sceau_slice){ip, len} : r->source, ",");
    text_decimal(&t, r->incidents);
    text_octet(&t, ',');
    csv_cell(&t, r->from, ",");
    csv_cell(&t, r->subject, "\r\n");
    csv_print(p, &t);
}

/* A refusal is no row. */
static void
csv_refused(struct report_sink *self, const struct report_refusal *r)
{
    struct report_printer *p = printer_of(self);
    note_refusal(p, r);
    sceau_arena_clear(p->arena);
    struct text t = text_new(p->arena, SIZE_MAX);
    text_escaped(&t, sceau_slice_from(p->name));
    complain("%s: %s", text_done(&t).ptr,
             language_text(p->env->language, report_refusal_text(r->kind)));
}

void
report_csv_sink(struct report_printer *p)
{
    p->sink = (struct report_sink){on_begin,       csv_record,
                                   csv_tls_policy, csv_tls_failure,
                                   csv_repair,     csv_aggregate,
                                   csv_tls,        csv_failure,
                                   csv_refused,    NULL};
}
