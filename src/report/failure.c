/* Fields as in a header: a table says which goes where. Of a field that may stand there
 * several times the first counts, but Authentication-Results, which are joined. */
#include "failure.h"

#include "core/text.h"
#include "message/encoded_word.h"
#include "values.h"

#include <stddef.h>

#define FAILURE_MEMORY ((size_t)1024 * 1024)

struct failure_reader {
    struct report_sink *sink;
    struct sceau_arena *arena;
    struct report_failure report;
    unsigned told[REPORT_REPAIR_KINDS];
};

struct field {
    const char *name;
    size_t offset; /* of a slice in struct report_failure */
};

#define MEMBER(name) offsetof(struct report_failure, name)

static const struct field fields[] = {
    {"Feedback-Type",          MEMBER(feedback_type)         },
    {"Version",                MEMBER(version)               },
    {"User-Agent",             MEMBER(user_agent)            },
    {"Auth-Failure",           MEMBER(auth_failure)          },
    {"Authentication-Results", MEMBER(authentication_results)},
    {"Reported-Domain",        MEMBER(reported_domain)       },
    {"Identity-Alignment",     MEMBER(identity_alignment)    },
    {"Delivery-Result",        MEMBER(delivery_result)       },
    {"Original-Mail-From",     MEMBER(original_mail_from)    },
    {"Original-Rcpt-To",       MEMBER(original_rcpt_to)      },
    {"Original-Envelope-Id",   MEMBER(original_envelope_id)  },
    {"Arrival-Date",           MEMBER(arrival_date)          },
    {"Received-Date",          MEMBER(arrival_date)          }, /* RFC 5965's older name */
    {"Reporting-MTA",          MEMBER(reporting_mta)         },
    {"DKIM-Domain",            MEMBER(dkim_domain)           },
    {"DKIM-Identity",          MEMBER(dkim_identity)         },
    {"DKIM-Selector",          MEMBER(dkim_selector)         },
    {"SPF-DNS",                MEMBER(spf_dns)               },
    {"Source-IP",              MEMBER(source)                },
};
static const struct field original_fields[] = {
    {"From",       MEMBER(from)      },
    {"Subject",    MEMBER(subject)   },
    {"Message-ID", MEMBER(message_id)},
};
/* What mails without a message/feedback-report say in their text. */
static const struct field told_fields[] = {
    {"Sender Domain",     MEMBER(reported_domain)},
    {"Sender IP Address", MEMBER(source)         },
    {"Received date",     MEMBER(arrival_date)   },
    {"DMARC Results",     MEMBER(delivery_result)},
};

static void
tell(struct failure_reader *f, enum report_repair_kind kind, struct sceau_slice found)
{
    f->report.repairs++;
    if (f->told[kind]++ >= REPORT_REPAIRS_TOLD)
        return;
    struct report_repair repair = {kind, 0, found};
    f->sink->repair(f->sink, &repair);
}

/* The next line with those that continue it, without its line end. */
static bool
next_field(struct sceau_slice *rest, struct sceau_slice *field)
{
    size_t end = 0;
    if (rest->len == 0)
        return false;
    do
        end += slice_find(slice_skip(*rest, end), '\n') + 1;
    while (end < rest->len && ascii_is_wsp(rest->ptr[end]));
    if (end > rest->len)
        end = rest->len;
    *field = slice_trim(slice_sub(*rest, 0, end));
    *rest = slice_skip(*rest, end);
    return true;
}

/* One line of it, at most REPORT_TEXT_MAX octets. */
static struct sceau_slice
unfolded(struct failure_reader *f, struct sceau_slice body, const char *name)
{
    struct text t = text_new(f->arena, SIZE_MAX);
    for (size_t i = 0; i < body.len && t.len < REPORT_TEXT_MAX; i++) {
        bool is_blank = ascii_is_fws(body.ptr[i]);
        if (!is_blank)
            text_octet(&t, body.ptr[i]);
        else if (t.len > 0 && t.ptr[t.len - 1] != ' ')
            text_octet(&t, ' ');
    }
    if (t.len == REPORT_TEXT_MAX)
        tell(f, REPORT_REPAIR_LONG, sceau_slice_from(name));
    return text_done(&t);
}

static void
take(struct failure_reader *f, const struct field *field, struct sceau_slice body)
{
    struct sceau_slice *member =
        (struct sceau_slice *)(void *)((char *)&f->report + field->offset);
    bool is_joined = member == &f->report.authentication_results && member->len > 0;
    if (member->len > 0 && !is_joined)
        return;
    struct sceau_slice text = unfolded(f, slice_trim(body), field->name);
    if (is_joined && member->len + text.len < REPORT_TEXT_MAX) {
        struct text both = text_new(f->arena, SIZE_MAX);
        text_slice(&both, *member);
        text_string(&both, " | ");
        text_slice(&both, text);
        text = text_done(&both);
    }
    *member = text.ptr != NULL ? text : *member;
}

static void
read_fields(struct failure_reader *f, struct sceau_slice rest,
            const struct field *table, size_t count)
{
    struct sceau_slice line;
    while (next_field(&rest, &line)) {
        size_t colon = slice_find(line, ':');
        struct sceau_slice name = slice_trim(slice_sub(line, 0, colon));
        for (size_t i = 0; colon < line.len && i < count; i++)
            if (slice_eq_ci(name, sceau_slice_from(table[i].name)))
                take(f, &table[i], slice_skip(line, colon + 1));
        if (colon < line.len && slice_eq_ci(name, SCEAU_SLICE("Incidents")) &&
            table == fields &&
            !value_count(slice_skip(line, colon + 1), &f->report.incidents))
            tell(f, REPORT_REPAIR_NUMBER, name);
    }
}

bool
failure_is_told(struct sceau_slice text)
{
    struct sceau_slice line;
    bool has_domain = false, has_address = false;
    while (text.ptr != NULL && slice_next(&text, '\n', &line)) {
        line = slice_trim(line); /* they are indented */
        has_domain = has_domain || slice_starts_ci(line, SCEAU_SLICE("Sender Domain:"));
        has_address =
            has_address || slice_starts_ci(line, SCEAU_SLICE("Sender IP Address:"));
    }
    return has_domain && has_address;
}

static void
read_told(struct failure_reader *f, struct sceau_slice text)
{
    struct sceau_slice line;
    tell(f, REPORT_REPAIR_PLAIN_TEXT, SLICE_NONE);
    f->report.feedback_type = SCEAU_SLICE("auth-failure");
    while (slice_next(&text, '\n', &line))
        read_fields(f, slice_trim(line), told_fields,
                    sizeof told_fields / sizeof *told_fields);
}

static void
check_required(struct failure_reader *f)
{
    const struct report_failure *r = &f->report;
    bool is_failure = slice_eq_ci(r->feedback_type, SCEAU_SLICE("auth-failure"));
    bool is_dmarc = slice_eq_ci(r->auth_failure, SCEAU_SLICE("dmarc"));
    const struct {
        const char *name;
        struct sceau_slice value;
        bool is_required;
    } rules[] = {
        {"User-Agent",             r->user_agent,             true      }, /* RFC 5965 3.1 */
        {"Version",                r->version,                true      },
        {"Auth-Failure",           r->auth_failure,           is_failure}, /* RFC 6591 3.1 */
        {"Authentication-Results", r->authentication_results, is_failure},
        {"Identity-Alignment",     r->identity_alignment,     is_dmarc  }, /* RFC 9991 */
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].is_required && rules[i].value.len == 0)
            tell(f, REPORT_REPAIR_MISSING, sceau_slice_from(rules[i].name));
    if (!r->has_message)
        tell(f, REPORT_REPAIR_MISSING, SCEAU_SLICE("message/rfc822"));
}

static void
finish(struct failure_reader *f, bool is_told)
{
    struct report_failure *r = &f->report;
    struct sceau_slice domain;
    if (!is_told)
        check_required(f);
    if (r->incidents == 0)
        r->incidents = 1; /* RFC 5965 section 3.2 */
    switch (value_ip(r->source, &r->ip)) {
    case VALUE_EXACT: break;
    case VALUE_REPAIRED: tell(f, REPORT_REPAIR_IP_FORM, r->source); break;
    case VALUE_NONE:
        if (r->source.len > 0)
            tell(f, REPORT_REPAIR_IP, r->source);
        break;
    }
    if (r->reported_domain.len > 0 &&
        value_domain(f->arena, r->reported_domain, &domain) != VALUE_NONE)
        r->reported_domain = domain;
    if (encoded_words_begin(r->subject)) {
        struct sceau_slice decoded = encoded_words_decoded(f->arena, r->subject);
        r->subject = decoded.ptr != NULL ? decoded : r->subject;
    }
}

void
failure_read(const struct failure_parts *parts, struct report_sink *sink)
{
    struct failure_reader f = {.sink = sink, .arena = sceau_arena_new(FAILURE_MEMORY)};
    struct report_refusal refusal = {.kind = REPORT_REFUSAL_MEMORY};
    bool is_told = parts->fields.ptr == NULL;
    if (f.arena == NULL) {
        sink->refused(sink, &refusal);
        return;
    }
    f.report.has_message = parts->original.len > 0;
    read_fields(&f, parts->original, original_fields,
                sizeof original_fields / sizeof *original_fields);
    if (is_told)
        read_told(&f, parts->text);
    else
        read_fields(&f, parts->fields, fields, sizeof fields / sizeof *fields);
    refusal.kind = REPORT_REFUSAL_FAILURE;
    if (f.report.feedback_type.len > 0) {
        finish(&f, is_told);
        sink->failure(sink, &f.report);
    } else {
        sink->refused(sink, &refusal);
    }
    sceau_arena_free(f.arena);
}
