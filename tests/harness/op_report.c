/* `report-parse`: a file as `sceau report show` reads it. Of several reports in one file
 * the first is told; `records` and `messages` are sums over all. */
#include "harness.h"
#include "report/intake.h"

#include <stdlib.h>

struct told {
    struct report_sink sink;
    json_t *result;
    uint64_t records, messages;
    bool has_report;
    enum report_refusal_kind refusal;
    bool is_refused;
};

static struct told *
told_of(struct report_sink *self)
{
    return (struct told *)self;
}

static void
on_begin(struct report_sink *self, struct sceau_slice name)
{
    (void)self, (void)name;
}

static void
on_record(struct report_sink *self, const struct report_record *record)
{
    (void)self, (void)record;
}

static void
on_tls_policy(struct report_sink *self, const struct report_tls_policy *policy)
{
    (void)self, (void)policy;
}

static void
on_tls_failure(struct report_sink *self, const struct report_tls_failure *failure)
{
    (void)self, (void)failure;
}

static void
on_repair(struct report_sink *self, const struct report_repair *repair)
{
    (void)self, (void)repair;
}

/* True for the first report of the file. */
static bool
take(struct told *t, const char *format)
{
    bool is_first = !t->has_report;
    t->has_report = true;
    if (is_first)
        harness_put(t->result, "format", harness_word(format));
    return is_first;
}

static json_t *
text_of(struct sceau_slice text)
{
    return json_stringn(text.len > 0 ? text.ptr : "", text.len);
}

static void
on_aggregate(struct report_sink *self, const struct report_aggregate *report)
{
    struct told *t = told_of(self);
    t->records += report->totals.records;
    t->messages += report->totals.messages;
    if (!take(t, "aggregate"))
        return;
    harness_put(t->result, "org_name", text_of(report->org_name));
    harness_put(t->result, "report_id", text_of(report->report_id));
    harness_put(t->result, "domain", text_of(report->policy.domain));
}

static void
on_tls(struct report_sink *self, const struct report_tls *report)
{
    (void)report;
    take(told_of(self), "tls");
}

static void
on_failure(struct report_sink *self, const struct report_failure *report)
{
    (void)report;
    take(told_of(self), "failure");
}

static void
on_refused(struct report_sink *self, const struct report_refusal *refusal)
{
    struct told *t = told_of(self);
    if (!t->is_refused)
        t->refusal = refusal->kind;
    t->is_refused = true;
}

json_t *
op_report_parse(struct harness_case *c)
{
    static bool is_ready;
    const char *path = json_string_value(json_object_get(c->in, "file"));
    struct told t = {
        .sink = {on_begin, on_record, on_tls_policy, on_tls_failure, on_repair,
                 on_aggregate, on_tls, on_failure, on_refused, NULL}
    };
    if (path == NULL)
        return harness_fail(c, "`file` is missing");
    struct sceau_slice file = harness_read(c, path);
    if (file.ptr == NULL)
        return NULL;
    if (!is_ready)
        report_intake_init();
    is_ready = true;
    t.result = json_object();
    struct memory_source source;
    memory_source_init(&source, file);
    report_intake(&source.source, sceau_slice_from(path), &t.sink);
    free((void *)(uintptr_t)file.ptr);
    harness_put(t.result, "parses", json_boolean(t.has_report));
    harness_put(t.result, "error",
                harness_word(t.has_report ? NULL : report_refusal_text(t.refusal)));
    if (json_object_get(t.result, "org_name") != NULL) {
        harness_put(t.result, "records", json_integer((json_int_t)t.records));
        harness_put(t.result, "messages", json_integer((json_int_t)t.messages));
    }
    return t.result;
}
