/* A TLS report is a JSON object; jansson reads it, this file looks into it. What is no
 * string where a string belongs is as if it were not there. */
#include "tls.h"

#include "core/text.h"
#include "values.h"

#include <jansson.h>

#define TEXT_MEMORY ((size_t)64 * 1024)

struct tls_reader {
    struct report_sink *sink;
    struct sceau_arena *arena; /* of the policy at hand */
    struct report_tls report;
    unsigned told[REPORT_REPAIR_KINDS];
    bool is_countable;
};

static void
tell(struct tls_reader *t, enum report_repair_kind kind, const char *found)
{
    t->report.repairs++;
    if (t->told[kind]++ >= REPORT_REPAIRS_TOLD)
        return;
    struct report_repair repair = {kind, 0, sceau_slice_from(found)};
    t->sink->repair(t->sink, &repair);
}

/* At most REPORT_TEXT_MAX octets of a string; none when it is none. */
static struct sceau_slice
text_of(struct tls_reader *t, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    struct sceau_slice text = {json_string_value(value), json_string_length(value)};
    if (value != NULL && !json_is_null(value) && !json_is_string(value))
        tell(t, REPORT_REPAIR_WORD, key);
    if (text.len <= REPORT_TEXT_MAX)
        return text;
    tell(t, REPORT_REPAIR_LONG, key);
    text.len = REPORT_TEXT_MAX;
    while (text.len > 0 && ((unsigned char)text.ptr[text.len] & 0xc0) == 0x80)
        text.len--; /* not inside a character */
    return text;
}

static struct sceau_slice
required(struct tls_reader *t, const json_t *object, const char *key)
{
    struct sceau_slice text = text_of(t, object, key);
    if (slice_trim(text).len == 0)
        tell(t, REPORT_REPAIR_MISSING, key);
    return text;
}

/* A list of strings joined by blanks; reporters write a lone string too. */
static struct sceau_slice
list_of(struct tls_reader *t, const json_t *object, const char *key)
{
    const json_t *list = json_object_get(object, key);
    struct text joined = text_new(t->arena, REPORT_TEXT_MAX);
    if (!json_is_array(list))
        return text_of(t, object, key);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        if (i > 0)
            text_octet(&joined, ' ');
        text_slice(&joined, (struct sceau_slice){json_string_value(item),
                                                 json_string_length(item)});
    }
    if (joined.has_failed)
        tell(t, REPORT_REPAIR_LONG_NAME, key);
    return text_done(&joined);
}

/* A number, or one in quotes. */
static uint64_t
count_of(struct tls_reader *t, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    uint64_t count = 0;
    if (value == NULL || json_is_null(value)) {
        tell(t, REPORT_REPAIR_MISSING, key);
    } else if (json_is_integer(value) && json_integer_value(value) >= 0 &&
               (uint64_t)json_integer_value(value) <= REPORT_COUNT_MAX) {
        count = (uint64_t)json_integer_value(value);
    } else if (json_is_string(value) &&
               value_count((struct sceau_slice){json_string_value(value),
                                                json_string_length(value)},
                           &count)) {
        tell(t, REPORT_REPAIR_SPELLING, key);
    } else {
        tell(t, REPORT_REPAIR_NUMBER, key);
    }
    return count;
}

static int64_t
time_of(struct tls_reader *t, const json_t *object, const char *key)
{
    struct sceau_slice text = required(t, object, key);
    enum report_repair_kind repair;
    int64_t seconds = 0;
    /* Text of RFC 3339 is the rule here. */
    if (text.len > 0 && value_time(text, &seconds, &repair) == VALUE_NONE)
        tell(t, REPORT_REPAIR_DATE, key);
    return seconds;
}

static void
add(struct tls_reader *t, uint64_t *sum, uint64_t count)
{
    t->is_countable = t->is_countable && !__builtin_add_overflow(*sum, count, sum);
}

static void
read_failures(struct tls_reader *t, const json_t *list, uint64_t failed)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *f = json_array_get(list, i);
        struct report_tls_failure failure = {
            .result_type = required(t, f, "result-type"),
            .sending_mta_ip = text_of(t, f, "sending-mta-ip"),
            .receiving_mx_hostname = text_of(t, f, "receiving-mx-hostname"),
            .receiving_mx_helo = text_of(t, f, "receiving-mx-helo"),
            .receiving_ip = text_of(t, f, "receiving-ip"),
            .additional_information = text_of(t, f, "additional-information"),
            .reason_code = text_of(t, f, "failure-reason-code"),
            .count = count_of(t, f, "failed-session-count"),
        };
        add(t, &sum, failure.count);
        t->sink->tls_failure(t->sink, &failure);
    }
    if (sum != failed)
        tell(t, REPORT_REPAIR_SUM, "total-failure-session-count");
}

static void
read_policy(struct tls_reader *t, const json_t *item)
{
    const json_t *policy = json_object_get(item, "policy");
    const json_t *summary = json_object_get(item, "summary");
    sceau_arena_clear(t->arena);
    struct report_tls_policy p = {
        .type = required(t, policy, "policy-type"),
        .domain = text_of(t, policy, "policy-domain"),
        .text = list_of(t, policy, "policy-string"),
        .mx_host = list_of(t, policy, "mx-host"),
        .successful = count_of(t, summary, "total-successful-session-count"),
        .failed = count_of(t, summary, "total-failure-session-count"),
    };
    struct sceau_slice domain;
    if (p.domain.len > 0 && value_domain(t->arena, p.domain, &domain) != VALUE_NONE)
        p.domain = domain;
    else if (p.domain.len > 0)
        tell(t, REPORT_REPAIR_DOMAIN, "policy-domain");
    t->report.policies++;
    add(t, &t->report.successful, p.successful);
    add(t, &t->report.failed, p.failed);
    t->sink->tls_policy(t->sink, &p);
    read_failures(t, json_object_get(item, "failure-details"), p.failed);
}

static void
read_report(struct tls_reader *t, const json_t *root)
{
    const json_t *range = json_object_get(root, "date-range");
    const json_t *policies = json_object_get(root, "policies");
    struct report_tls *r = &t->report;
    r->organization = required(t, root, "organization-name");
    r->contact = text_of(t, root, "contact-info");
    r->report_id = required(t, root, "report-id");
    r->begin = time_of(t, range, "start-datetime");
    r->end = time_of(t, range, "end-datetime");
    if (r->begin > 0 && r->end > 0 && r->end < r->begin)
        tell(t, REPORT_REPAIR_DATE_ORDER, "date-range");
    for (size_t i = 0; i < json_array_size(policies); i++)
        read_policy(t, json_array_get(policies, i));
    if (r->policies == 0)
        tell(t, REPORT_REPAIR_MISSING, "policies");
}

static void
refuse(struct report_sink *sink, enum report_refusal_kind kind, int line)
{
    struct report_refusal refusal = {.kind = kind,
                                     .line = line > 0 ? (uint64_t)line : 0};
    sink->refused(sink, &refusal);
}

/* An object that has what no other JSON has. */
static bool
is_report(const json_t *root)
{
    return json_is_array(json_object_get(root, "policies")) ||
           (json_object_get(root, "organization-name") != NULL &&
            json_object_get(root, "report-id") != NULL);
}

void
tls_read(struct sceau_slice json, struct report_sink *sink)
{
    json_error_t error;
    if (slice_starts_ci(json, SCEAU_SLICE("\xef\xbb\xbf")))
        json = slice_skip(json, 3);
    struct tls_reader t = {.sink = sink, .is_countable = true};
    json_t *root = json_loadb(json.ptr, json.len, JSON_ALLOW_NUL, &error);
    t.arena = sceau_arena_new(TEXT_MEMORY);
    if (t.arena == NULL ||
        (root == NULL && json_error_code(&error) == json_error_out_of_memory))
        refuse(sink, REPORT_REFUSAL_MEMORY, 0);
    else if (!is_report(root))
        refuse(sink, REPORT_REFUSAL_JSON, root == NULL ? error.line : 0);
    else {
        read_report(&t, root);
        if (t.is_countable)
            sink->tls(sink, &t.report);
        else
            refuse(sink, REPORT_REFUSAL_SUM, 0);
    }
    sceau_arena_free(t.arena);
    json_decref(root);
}
