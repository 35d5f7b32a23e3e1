/* A report for people: who reports on whom, when, under which policy, what became of how
 * many messages, and the sources, the worst first. 80 columns. */
#include "core/date.h"
#include "insight/words.h"
#include "report.h"
#include "report/words.h"

#include <stdlib.h>

#define COLUMNS   80
#define LABEL     12  /* columns of a label */
#define TEXT_MAX  200 /* octets of a text of theirs that are shown */
#define HIDDEN_AT 40  /* repairs that are shown */

static struct report_printer *
printer_of(struct report_sink *self)
{
    return (struct report_printer *)self;
}

static const char *
ours(const struct report_printer *p, const char *english)
{
    return language_text(p->env->language, english);
}

/* ---- words and lines ---- */

/* Text of theirs: escaped, and cut when it is long. */
static void
put_theirs(struct text *t, struct sceau_slice text)
{
    bool is_cut = text.len > TEXT_MAX;
    if (is_cut)
        text.len = TEXT_MAX;
    text_escaped(t, text);
    if (is_cut)
        text_string(t, "...");
}

/* Words from the column `indent` on, then the end of the line. */
static void
put_wrapped(struct text *t, struct sceau_slice text, size_t indent)
{
    language_wrap(t, text, COLUMNS, indent, indent);
    text_octet(t, '\n');
}

static void
put_labelled(struct report_printer *p, struct text *t, const char *label,
             struct sceau_slice text)
{
    if (text.len == 0)
        return;
    text_string(t, "  ");
    language_cell(t, sceau_slice_from(ours(p, label)), LABEL);
    text_octet(t, ' ');
    put_wrapped(t, text, LABEL + 3);
}

/* A line that is theirs. */
static void
put_labelled_theirs(struct report_printer *p, struct text *t, const char *label,
                    struct sceau_slice text)
{
    struct text escaped = text_new(p->arena, SIZE_MAX);
    put_theirs(&escaped, text);
    put_labelled(p, t, label, text_done(&escaped));
}

static void
put_moment(struct text *t, int64_t seconds)
{
    if (seconds <= 0) {
        text_octet(t, '?');
        return;
    }
    date_format(t, seconds);
    text_format(t, " %02d:%02d:%02d", (int)(seconds / 3600 % 24),
                (int)(seconds / 60 % 60), (int)(seconds % 60));
}

static void
put_period(struct report_printer *p, struct text *t, int64_t begin, int64_t end)
{
    struct text line = text_new(p->arena, SIZE_MAX);
    put_moment(&line, begin);
    text_string(&line, " - ");
    put_moment(&line, end);
    text_string(&line, " UTC");
    put_labelled(p, t, N_("period"), text_done(&line));
}

static void
print(const struct report_printer *p, struct text *t)
{
    struct sceau_slice text = text_done(t);
    if (text.ptr == NULL)
        complain_text(p->env->language, "out of memory");
    else if (!p->is_quiet)
        fwrite(text.ptr, 1, text.len, stdout);
}

static struct sceau_slice
number(const struct report_printer *p, uint64_t n)
{
    return words_number(p->arena, p->env->language, n);
}

/* ---- rows ---- */

static const char *
aligned_word(enum report_aligned aligned)
{
    const char *word = word_name(WORDS_ALIGNED, aligned);
    return word != NULL ? word : "?";
}

static const char *
dmarc_word(const struct report_record *r)
{
    static const char *const words[] = {"pass", "pass", "?", "fail"};
    return words[report_rank(r)];
}

static void
put_auth(struct text *t, const char *label, const struct report_auth *a,
         enum word_set set)
{
    const char *result = word_name(set, a->result),
               *scope = word_name(WORDS_SCOPE, a->scope);
    text_format(t, "; %s ", label);
    put_theirs(t, a->domain);
    if (a->selector.len > 0) {
        text_octet(t, '/');
        put_theirs(t, a->selector);
    }
    if (scope != NULL && a->scope == REPORT_SCOPE_HELO)
        text_format(t, " (%s)", scope);
    text_format(t, " %s", result != NULL ? result : "?");
}

/* What stood behind a row that is not all well. */
static struct sceau_slice
detail(struct report_printer *p, const struct report_record *r)
{
    struct text t = text_new(p->arena, SIZE_MAX);
    text_string(&t, "From ");
    put_theirs(&t, r->header_from);
    if (r->envelope_from.len > 0) {
        text_format(&t, "; %s ", ours(p, N_("envelope")));
        put_theirs(&t, r->envelope_from);
    }
    for (size_t i = 0; i < r->dkim_count; i++)
        put_auth(&t, "DKIM", &r->dkim_results[i], WORDS_DKIM);
    for (size_t i = 0; i < r->spf_count; i++)
        put_auth(&t, "SPF", &r->spf_results[i], WORDS_SPF);
    for (size_t i = 0; i < r->reason_count; i++) {
        const char *word = word_name(WORDS_REASON, r->reasons[i].type);
        text_format(&t, "; %s %s", ours(p, N_("reason")), word != NULL ? word : "?");
        if (r->reasons[i].comment.len > 0) {
            text_string(&t, ": ");
            put_theirs(&t, r->reasons[i].comment);
        }
    }
    return text_done(&t);
}

static struct sceau_slice
row_text(struct report_printer *p, const struct report_record *r)
{
    struct text t = text_new(p->arena, SIZE_MAX), source = text_new(p->arena, SIZE_MAX);
    const char *done = word_name(WORDS_DISPOSITION, r->disposition);
    char ip[SCEAU_IP_TEXT];
    sceau_ip_format(&r->ip, ip);
    if (r->ip.version != 0)
        text_string(&source, ip);
    else
        put_theirs(&source, r->source);
    struct sceau_slice place = text_done(&source);
    text_string(&t, "  ");
    language_cell(&t, place, 39);
    if (place.len > 39)
        text_format(&t, "\n%41s", "");
    struct sceau_slice count = number(p, r->count);
    size_t columns = language_columns(count);
    text_format(&t, " %*s%s  %-5s  %-4s  %-4s  %s\n",
                columns < 9 ? (int)(9 - columns) : 0, "", count.ptr, dmarc_word(r),
                aligned_word(r->dkim), aligned_word(r->spf), done != NULL ? done : "?");
    if (report_rank(r) > 0 || r->reason_count > 0) {
        text_string(&t, "    ");
        put_wrapped(&t, detail(p, r), 4);
    }
    return text_done(&t);
}

static void
on_record(struct report_sink *self, const struct report_record *r)
{
    struct report_printer *p = printer_of(self);
    struct report_row row = {report_rank(r), r->count, p->records++, NULL, 0};
    if (!report_worst_admits(&p->worst, &row))
        return;
    sceau_arena_clear(p->arena);
    struct sceau_slice text = row_text(p, r);
    row.text = malloc(text.len + 1);
    if (row.text == NULL || text.ptr == NULL) {
        complain_text(p->env->language, "out of memory");
        free(row.text);
        return;
    }
    memcpy(row.text, text.ptr, text.len);
    row.len = text.len;
    report_worst_add(&p->worst, row);
}

static void
put_rows(struct report_printer *p, struct text *t)
{
    if (p->worst.count == 0)
        return;
    report_worst_sort(&p->worst);
    text_octet(t, '\n');
    text_string(t, "  ");
    language_cell(t, sceau_slice_from(ours(p, N_("source, the worst first"))), 39);
    text_octet(t, ' ');
    struct sceau_slice messages = sceau_slice_from(ours(p, N_("messages")));
    for (size_t used = language_columns(messages); used < 9; used++)
        text_octet(t, ' ');
    text_slice(t, messages);
    text_format(t, "  DMARC  DKIM  SPF   %s\n", ours(p, N_("applied")));
    for (size_t i = 0; i < p->worst.count; i++)
        text_slice(t,
                   (struct sceau_slice){p->worst.rows[i].text, p->worst.rows[i].len});
    if (p->records > p->worst.count) {
        struct sceau_slice more = number(p, p->records - p->worst.count);
        const struct language_word words[] = {LANGUAGE_OURS("count", more)};
        text_string(t, "  ");
        put_wrapped(
            t,
            language_sentence(
                p->arena, p->env->language,
                "and {count} milder {count|record|records}; --csv and --json have all",
                words, 1),
            2);
    }
}

/* ---- repairs ---- */

static void
on_repair(struct report_sink *self, const struct report_repair *r)
{
    struct report_printer *p = printer_of(self);
    sceau_arena_clear(p->arena);
    struct text line = text_new(p->arena, SIZE_MAX);
    if (r->line > 0)
        text_format(&line, "%s %llu: ", ours(p, N_("line")),
                    (unsigned long long)r->line);
    text_string(&line, ours(p, report_repair_text(r->kind)));
    if (r->found.len > 0) {
        text_string(&line, ": ");
        put_theirs(&line, r->found);
    }
    text_string(&p->lines, "    ");
    put_wrapped(&p->lines, text_done(&line), 6);
}

static void
put_repairs(struct report_printer *p, struct text *t, uint64_t count)
{
    struct sceau_slice lines = text_done(&p->lines);
    struct sceau_slice repairs = number(p, count);
    const struct language_word words[] = {LANGUAGE_OURS("count", repairs)};
    if (count == 0)
        return;
    text_string(t, "\n  ");
    put_wrapped(t,
                language_sentence(
                    p->arena, p->env->language,
                    "read otherwise than it stands there, {count} {count|time|times}:",
                    words, 1),
                2);
    text_slice(t, lines);
}

/* ---- the report ---- */

static void
begin_lines(struct report_printer *p)
{
    sceau_arena_clear(p->lines_arena);
    p->lines = text_new(p->lines_arena, SIZE_MAX);
}

static void
on_begin(struct report_sink *self, struct sceau_slice name)
{
    struct report_printer *p = printer_of(self);
    report_printer_begin(p, name);
    report_text_clear(p);
    begin_lines(p);
}

/* "Report of {reporter} on {domain}", a line of its own. */
static struct text
open_report(struct report_printer *p, const char *english, struct sceau_slice reporter,
            struct sceau_slice domain)
{
    sceau_arena_clear(p->arena);
    struct text t = text_new(p->arena, SIZE_MAX);
    struct text who = text_new(p->arena, SIZE_MAX),
                whose = text_new(p->arena, SIZE_MAX);
    put_theirs(&who, reporter.len > 0 ? reporter : SCEAU_SLICE("?"));
    put_theirs(&whose, domain.len > 0 ? domain : SCEAU_SLICE("?"));
    const struct language_word words[] = {LANGUAGE_OURS("reporter", text_done(&who)),
                                          LANGUAGE_OURS("domain", text_done(&whose))};
    if (p->has_heading)
        text_octet(&t, '\n');
    p->has_heading = true;
    put_wrapped(&t, language_sentence(p->arena, p->env->language, english, words, 2),
                0);
    return t;
}

static void
put_setting(struct text *t, const char *tag, const char *value)
{
    if (value != NULL)
        text_format(t, "%s%s=%s", t->len > 0 ? " " : "", tag, value);
}

static void
put_policy(struct report_printer *p, struct text *t, const struct report_policy *policy)
{
    struct text line = text_new(p->arena, SIZE_MAX);
    put_setting(&line, "p", word_name(WORDS_POLICY, policy->p));
    put_setting(&line, "sp", word_name(WORDS_POLICY, policy->sp));
    put_setting(&line, "np", word_name(WORDS_POLICY, policy->np));
    put_setting(&line, "adkim", word_name(WORDS_MODE, policy->adkim));
    put_setting(&line, "aspf", word_name(WORDS_MODE, policy->aspf));
    put_setting(&line, "t", word_name(WORDS_TESTING, policy->testing));
    if (policy->fo.len > 0) {
        text_string(&line, " fo=");
        put_theirs(&line, policy->fo);
    }
    if (policy->pct.len > 0) {
        text_string(&line, " pct=");
        put_theirs(&line, policy->pct);
    }
    put_labelled(p, t, N_("policy"), text_done(&line));
}

/* "2,900 (95.2%)" */
static void
put_share(const struct report_printer *p, struct text *t, uint64_t part, uint64_t all)
{
    text_slice(t, number(p, part));
    if (all == 0)
        return;
    text_string(t, " (");
    text_slice(t, words_share(p->arena, p->env->language,
                              analysis_share_shown(part, all)));
    text_octet(t, ')');
}

static void
put_totals(struct report_printer *p, struct text *t, const struct report_totals *a)
{
    struct text pass = text_new(p->arena, SIZE_MAX),
                fail = text_new(p->arena, SIZE_MAX);
    struct text applied = text_new(p->arena, SIZE_MAX);
    const struct language_word words[] = {LANGUAGE_OURS("messages",
                                                        number(p, a->messages)),
                                          LANGUAGE_OURS("records",
                                                        number(p, a->records))};
    put_labelled(p, t, N_("messages"),
                 language_sentence(p->arena, p->env->language,
                                   "{messages} in {records} {records|record|records}",
                                   words, 2));
    put_share(p, &pass, a->both + a->dkim_only + a->spf_only, a->messages);
    const struct language_word parts[] = {LANGUAGE_OURS("both", number(p, a->both)),
                                          LANGUAGE_OURS("dkim",
                                                        number(p, a->dkim_only)),
                                          LANGUAGE_OURS("spf", number(p, a->spf_only))};
    const struct language_word whole[] = {
        LANGUAGE_OURS("share", text_done(&pass)),
        LANGUAGE_OURS(
            "parts",
            language_sentence(p->arena, p->env->language,
                              "DKIM and SPF {both}, DKIM alone {dkim}, SPF alone {spf}",
                              parts, 3))};
    put_labelled(p, t, N_("DMARC pass"),
                 language_sentence(p->arena, p->env->language, "{share}: {parts}",
                                   whole, 2));
    put_share(p, &fail, a->neither, a->messages);
    put_labelled(p, t, N_("DMARC fail"), text_done(&fail));
    if (a->unknown > 0)
        put_labelled(p, t, N_("not told"), number(p, a->unknown));
    for (unsigned i = 1; i < REPORT_DISPOSITIONS; i++)
        if (a->dispositions[i] > 0)
            text_format(&applied, "%s%s %s", applied.len > 0 ? ", " : "",
                        word_name(WORDS_DISPOSITION, i),
                        number(p, a->dispositions[i]).ptr);
    put_labelled(p, t, N_("applied"), text_done(&applied));
}

static void
put_reporter(struct report_printer *p, struct text *t, struct sceau_slice name,
             struct sceau_slice email)
{
    struct text line = text_new(p->arena, SIZE_MAX);
    put_theirs(&line, name);
    if (email.len > 0) {
        text_string(&line, " <");
        put_theirs(&line, email);
        text_octet(&line, '>');
    }
    put_labelled(p, t, N_("reporter"), text_done(&line));
}

static void
on_aggregate(struct report_sink *self, const struct report_aggregate *a)
{
    struct report_printer *p = printer_of(self);
    struct text t = open_report(p, N_("Aggregate report of {reporter} on {domain}"),
                                a->org_name, a->policy.domain);
    p->has_failed = p->has_failed || a->totals.neither > 0;
    p->has_told = p->has_told || a->totals.messages > a->totals.unknown;
    put_reporter(p, &t, a->org_name, a->email);
    put_labelled_theirs(p, &t, N_("contact"), a->extra_contact_info);
    put_labelled_theirs(p, &t, N_("report id"), a->report_id);
    put_period(p, &t, a->begin, a->end);
    put_policy(p, &t, &a->policy);
    put_labelled_theirs(p, &t, N_("error"), a->error);
    put_totals(p, &t, &a->totals);
    put_rows(p, &t);
    put_repairs(p, &t, a->repairs);
    print(p, &t);
}

/* ---- TLS reports ---- */

static void
on_tls_policy(struct report_sink *self, const struct report_tls_policy *policy)
{
    struct report_printer *p = printer_of(self);
    sceau_arena_clear(p->arena);
    struct text *t = &p->lines, line = text_new(p->arena, SIZE_MAX);
    put_theirs(&line, policy->domain.len > 0 ? policy->domain : SCEAU_SLICE("?"));
    text_string(&line, ", ");
    const char *type = report_tls_policy_text(policy->type);
    if (type != NULL)
        text_string(&line, language_text(p->env->language, type));
    else
        put_theirs(&line, policy->type.len > 0 ? policy->type : SCEAU_SLICE("?"));
    const struct language_word words[] = {LANGUAGE_OURS("policy", text_done(&line)),
                                          LANGUAGE_OURS("good",
                                                        number(p, policy->successful)),
                                          LANGUAGE_OURS("failed",
                                                        number(p, policy->failed))};
    text_string(t, "  ");
    put_wrapped(
        t,
        language_sentence(
            p->arena, p->env->language,
            "{policy}: {good} {good|session|sessions} encrypted, {failed} failed",
            words, 3),
        2);
}

static void
on_tls_failure(struct report_sink *self, const struct report_tls_failure *f)
{
    struct report_printer *p = printer_of(self);
    const struct sceau_slice texts[] = {f->receiving_mx_hostname, f->receiving_ip,
                                        f->sending_mta_ip, f->reason_code,
                                        f->additional_information};
    const char *result = report_tls_result_text(f->result_type);
    sceau_arena_clear(p->arena);
    struct text line = text_new(p->arena, SIZE_MAX);
    text_decimal(&line, f->count);
    text_octet(&line, ' ');
    if (result != NULL)
        text_string(&line, language_text(p->env->language, result));
    else
        put_theirs(&line, f->result_type);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (texts[i].len > 0)
            text_string(&line, ", ");
        put_theirs(&line, texts[i]);
    }
    text_string(&p->lines, "    ");
    put_wrapped(&p->lines, text_done(&line), 6);
}

static void
on_tls(struct report_sink *self, const struct report_tls *r)
{
    struct report_printer *p = printer_of(self);
    struct text t =
        open_report(p, N_("TLS report of {reporter}"), r->organization, SLICE_NONE);
    p->has_failed = p->has_failed || r->failed > 0;
    p->has_told = p->has_told || r->policies > 0;
    put_reporter(p, &t, r->organization, r->contact);
    put_labelled_theirs(p, &t, N_("report id"), r->report_id);
    put_period(p, &t, r->begin, r->end);
    struct text sessions = text_new(p->arena, SIZE_MAX);
    put_share(p, &sessions, r->failed, r->successful + r->failed);
    put_labelled(p, &t, N_("failed"), text_done(&sessions));
    text_octet(&t, '\n');
    text_slice(&t, text_done(&p->lines));
    print(p, &t);
}

/* ---- failure reports ---- */

static void
on_failure(struct report_sink *self, const struct report_failure *r)
{
    struct report_printer *p = printer_of(self);
    struct text t =
        open_report(p, N_("Failure report of {reporter} on {domain}"),
                    r->reporting_mta.len > 0 ? r->reporting_mta : r->user_agent,
                    r->reported_domain);
    char ip[SCEAU_IP_TEXT];
    sceau_ip_format(&r->ip, ip);
    p->has_failed = p->has_told = true;
    const struct {
        const char *label;
        struct sceau_slice text;
    } lines[] = {
        {N_("kind"),        r->feedback_type                                     },
        {N_("failed"),      r->auth_failure                                      },
        {N_("unaligned"),   r->identity_alignment                                },
        {N_("source"),      r->ip.version != 0 ? sceau_slice_from(ip) : r->source},
        {N_("arrived"),     r->arrival_date                                      },
        {N_("delivery"),    r->delivery_result                                   },
        {N_("results"),     r->authentication_results                            },
        {N_("mail from"),   r->original_mail_from                                },
        {N_("recipient"),   r->original_rcpt_to                                  },
        {N_("DKIM domain"), r->dkim_domain                                       },
        {N_("From"),        r->from                                              },
        {N_("subject"),     r->subject                                           },
        {N_("message id"),  r->message_id                                        },
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        put_labelled_theirs(p, &t, lines[i].label, lines[i].text);
    put_labelled(p, &t, N_("incidents"), number(p, r->incidents));
    put_repairs(p, &t, r->repairs);
    print(p, &t);
}

static void
on_refused(struct report_sink *self, const struct report_refusal *r)
{
    struct report_printer *p = printer_of(self);
    p->has_refused = true;
    p->is_broken = p->is_broken || r->kind == REPORT_REFUSAL_PROCESS;
    sceau_arena_clear(p->arena);
    struct text name = text_new(p->arena, SIZE_MAX),
                line = text_new(p->arena, SIZE_MAX);
    put_theirs(&name, sceau_slice_from(p->name[0] != '\0' ? p->name : p->file.ptr));
    text_slice(&line, text_done(&name));
    if (r->line > 0)
        text_format(&line, ":%llu", (unsigned long long)r->line);
    text_format(&line, ": %s", ours(p, report_refusal_text(r->kind)));
    complain("%s", text_done(&line).ptr);
}

void
report_text_clear(struct report_printer *p)
{
    report_worst_clear(&p->worst);
    p->records = 0;
}

void
report_text_sink(struct report_printer *p)
{
    begin_lines(p);
    p->sink =
        (struct report_sink){on_begin,   on_record,    on_tls_policy, on_tls_failure,
                             on_repair,  on_aggregate, on_tls,        on_failure,
                             on_refused, NULL};
}
