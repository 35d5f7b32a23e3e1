/* Elements become the fields of a record; a record is handed on where it ends. What both
 * schemas leave out, or reporters do, is told as a repair and read on; what the schema
 * says stands in schema.c, what the words mean in words.c. */
#include "aggregate.h"

#include "schema.h"
#include "values.h"
#include "words.h"
#include "xml.h"

#include <assert.h>
#include <stdlib.h>

#define METADATA_MEMORY ((size_t)128 * 1024)
#define RECORD_MEMORY   ((size_t)2 * 1024 * 1024)

/* An element that is open. */
struct open_element {
    const struct schema_child *child;
    enum element element;
    unsigned rank; /* of the last element inside it */
    uint64_t seen; /* the elements inside it, a bit for each */
};

struct aggregate_reader {
    struct xml_events events;
    struct report_sink *sink;
    struct xml_reader *xml;
    struct sceau_arena *metadata, *texts; /* of the report; of the record at hand */
    struct open_element stack[REPORT_XML_DEPTH];
    unsigned depth;
    unsigned wrappers; /* elements that were open before the report's */
    bool has_root;
    unsigned skipped; /* depth inside an element that is passed over */
    unsigned told[REPORT_REPAIR_KINDS];
    struct report_aggregate report;
    struct report_record record;
    bool has_count;
    struct report_auth *auth;     /* the result at hand; NULL: one too many */
    struct report_reason *reason; /* the same */
};

static struct aggregate_reader *
reader_of(struct xml_events *events)
{
    return (struct aggregate_reader *)events;
}

static void
tell(struct aggregate_reader *a, enum report_repair_kind kind, struct sceau_slice found)
{
    a->report.repairs++;
    if (a->told[kind]++ >= REPORT_REPAIRS_TOLD)
        return;
    struct report_repair repair = {kind, xml_line(a->xml), found};
    a->sink->repair(a->sink, &repair);
}

static void
on_repair(struct xml_events *events, enum report_repair_kind kind,
          struct sceau_slice found)
{
    tell(reader_of(events), kind, found);
}

/* ---- values ---- */

/* A copy that lives as long as the report, or the record. */
static struct sceau_slice
keep(struct aggregate_reader *a, struct sceau_arena *arena, struct sceau_slice text)
{
    struct sceau_slice s = slice_trim(text);
    struct sceau_slice copy = s.len > 0 ? slice_copy(arena, s) : SCEAU_SLICE("");
    if (copy.ptr == NULL)
        xml_refuse(a->xml, REPORT_REFUSAL_MEMORY);
    return copy;
}

static unsigned
take_word(struct aggregate_reader *a, enum word_set set, struct sceau_slice text)
{
    unsigned value;
    switch (word_read(set, text, &value)) {
    case WORD_EXACT: break;
    case WORD_REPAIRED: tell(a, REPORT_REPAIR_SPELLING, slice_trim(text)); break;
    case WORD_UNKNOWN:
        if (slice_trim(text).len > 0)
            tell(a, REPORT_REPAIR_WORD, slice_trim(text));
        break;
    }
    return value;
}

static struct sceau_slice
take_domain(struct aggregate_reader *a, struct sceau_arena *arena,
            struct sceau_slice text)
{
    struct sceau_slice domain;
    if (slice_trim(text).len == 0)
        return SCEAU_SLICE("");
    if (value_domain(arena, text, &domain) == VALUE_NONE)
        tell(a, REPORT_REPAIR_DOMAIN, slice_trim(text));
    if (domain.ptr == NULL)
        xml_refuse(a->xml, REPORT_REFUSAL_MEMORY);
    return domain;
}

static int64_t
take_time(struct aggregate_reader *a, struct sceau_slice text)
{
    int64_t seconds = 0;
    enum report_repair_kind repair;
    switch (value_time(text, &seconds, &repair)) {
    case VALUE_EXACT: break;
    case VALUE_REPAIRED: tell(a, repair, slice_trim(text)); break;
    case VALUE_NONE:
        if (slice_trim(text).len > 0)
            tell(a, REPORT_REPAIR_DATE, slice_trim(text));
        return 0;
    }
    return seconds;
}

static void
take_source(struct aggregate_reader *a, struct sceau_slice text)
{
    a->record.source = keep(a, a->texts, text);
    switch (value_ip(text, &a->record.ip)) {
    case VALUE_EXACT: break;
    case VALUE_REPAIRED: tell(a, REPORT_REPAIR_IP_FORM, a->record.source); break;
    case VALUE_NONE:
        if (a->record.source.len > 0)
            tell(a, REPORT_REPAIR_IP, a->record.source);
        break;
    }
}

static void
take_count(struct aggregate_reader *a, struct sceau_slice text)
{
    a->has_count = value_count(text, &a->record.count);
    if (!a->has_count && slice_trim(text).len > 0)
        tell(a, REPORT_REPAIR_NUMBER, slice_trim(text));
}

/* ---- elements with text, family by family ---- */

static void
take_metadata(struct aggregate_reader *a, enum element element, struct sceau_slice text)
{
    struct report_aggregate *r = &a->report;
    switch ((int)element) {
    case ELEMENT_VERSION: r->version = keep(a, a->metadata, text); break;
    case ELEMENT_ORG_NAME: r->org_name = keep(a, a->metadata, text); break;
    case ELEMENT_EMAIL: r->email = keep(a, a->metadata, text); break;
    case ELEMENT_CONTACT: r->extra_contact_info = keep(a, a->metadata, text); break;
    case ELEMENT_REPORT_ID: r->report_id = keep(a, a->metadata, text); break;
    case ELEMENT_GENERATOR: r->generator = keep(a, a->metadata, text); break;
    case ELEMENT_ERROR:
        if (r->error.len == 0) /* RFC 7489 has many; the first tells what it is about */
            r->error = keep(a, a->metadata, text);
        break;
    case ELEMENT_BEGIN: r->begin = take_time(a, text); break;
    case ELEMENT_END: r->end = take_time(a, text); break;
    default: break;
    }
}

static void
take_policy(struct aggregate_reader *a, enum element element, struct sceau_slice text)
{
    struct report_policy *p = &a->report.policy;
    switch ((int)element) {
    case ELEMENT_POLICY_DOMAIN: p->domain = take_domain(a, a->metadata, text); break;
    case ELEMENT_P: p->p = take_word(a, WORDS_POLICY, text); break;
    case ELEMENT_SP: p->sp = take_word(a, WORDS_POLICY, text); break;
    case ELEMENT_NP: p->np = take_word(a, WORDS_POLICY, text); break;
    case ELEMENT_ADKIM: p->adkim = take_word(a, WORDS_MODE, text); break;
    case ELEMENT_ASPF: p->aspf = take_word(a, WORDS_MODE, text); break;
    case ELEMENT_TESTING: p->testing = take_word(a, WORDS_TESTING, text); break;
    case ELEMENT_DISCOVERY: p->discovery = take_word(a, WORDS_DISCOVERY, text); break;
    case ELEMENT_PCT: p->pct = keep(a, a->metadata, text); break;
    case ELEMENT_FO: p->fo = keep(a, a->metadata, text); break;
    default: break;
    }
}

static void
take_row(struct aggregate_reader *a, enum element element, struct sceau_slice text)
{
    struct report_record *r = &a->record;
    switch ((int)element) {
    case ELEMENT_SOURCE_IP: take_source(a, text); break;
    case ELEMENT_COUNT: take_count(a, text); break;
    case ELEMENT_DISPOSITION:
        r->disposition = take_word(a, WORDS_DISPOSITION, text);
        break;
    case ELEMENT_ALIGNED_DKIM: r->dkim = take_word(a, WORDS_ALIGNED, text); break;
    case ELEMENT_ALIGNED_SPF: r->spf = take_word(a, WORDS_ALIGNED, text); break;
    case ELEMENT_REASON_TYPE:
        if (a->reason != NULL)
            a->reason->type = take_word(a, WORDS_REASON, text);
        break;
    case ELEMENT_REASON_COMMENT:
        if (a->reason != NULL)
            a->reason->comment = keep(a, a->texts, text);
        break;
    case ELEMENT_HEADER_FROM: r->header_from = take_domain(a, a->texts, text); break;
    case ELEMENT_ENVELOPE_FROM:
        r->envelope_from = take_domain(a, a->texts, text);
        break;
    case ELEMENT_ENVELOPE_TO: r->envelope_to = take_domain(a, a->texts, text); break;
    default: break;
    }
}

static void
take_auth(struct aggregate_reader *a, enum element element, struct sceau_slice text)
{
    struct report_auth *r = a->auth;
    if (r == NULL)
        return;
    switch ((int)element) {
    case ELEMENT_AUTH_DOMAIN: r->domain = take_domain(a, a->texts, text); break;
    case ELEMENT_AUTH_SELECTOR: r->selector = keep(a, a->texts, text); break;
    case ELEMENT_AUTH_SCOPE: r->scope = take_word(a, WORDS_SCOPE, text); break;
    case ELEMENT_DKIM_RESULT: r->result = take_word(a, WORDS_DKIM, text); break;
    case ELEMENT_SPF_RESULT: r->result = take_word(a, WORDS_SPF, text); break;
    case ELEMENT_AUTH_HUMAN: r->human_result = keep(a, a->texts, text); break;
    default: break;
    }
}

/* A part of a text is shown; a part of a value is another value. */
static bool
is_for_people(enum element element)
{
    switch ((int)element) {
    case ELEMENT_ORG_NAME:
    case ELEMENT_EMAIL:
    case ELEMENT_CONTACT:
    case ELEMENT_ERROR:
    case ELEMENT_GENERATOR:
    case ELEMENT_REASON_COMMENT:
    case ELEMENT_AUTH_HUMAN: return true;
    default: return false;
    }
}

static void
take_text(struct aggregate_reader *a, enum element element, struct sceau_slice text,
          bool is_cut, struct sceau_slice name)
{
    if (is_cut) {
        tell(a, is_for_people(element) ? REPORT_REPAIR_LONG : REPORT_REPAIR_LONG_NAME,
             name);
        if (!is_for_people(element))
            text = SLICE_NONE;
    }
    if (element >= ELEMENT_AUTH_DOMAIN)
        take_auth(a, element, text);
    else if (element >= ELEMENT_SOURCE_IP)
        take_row(a, element, text);
    else if (element >= ELEMENT_POLICY_DOMAIN)
        take_policy(a, element, text);
    else
        take_metadata(a, element, text);
}

/* ---- elements with others inside ---- */

static void
begin_record(struct aggregate_reader *a)
{
    /* The arrays are as large as hostility wants them: only what was used is wiped. */
    struct report_record *r = &a->record;
    memset(r->dkim_results, 0, r->dkim_count * sizeof *r->dkim_results);
    memset(r->spf_results, 0, r->spf_count * sizeof *r->spf_results);
    memset(r->reasons, 0, r->reason_count * sizeof *r->reasons);
    r->ip = (struct sceau_ip){0};
    r->source = r->header_from = r->envelope_from = r->envelope_to = SLICE_NONE;
    r->count = 0;
    r->disposition = REPORT_DISPOSITION_UNKNOWN;
    r->dkim = r->spf = REPORT_ALIGNED_UNKNOWN;
    r->dkim_count = r->spf_count = r->reason_count = 0;
    a->has_count = false;
    sceau_arena_clear(a->texts);
}

static void
begin_container(struct aggregate_reader *a, enum element element)
{
    struct report_record *r = &a->record;
    if (element == ELEMENT_RECORD) {
        begin_record(a);
    } else if (element == ELEMENT_REASON) {
        a->reason = r->reason_count < REPORT_REASONS_MAX
                        ? &r->reasons[r->reason_count++]
                        : NULL;
        if (a->reason == NULL)
            tell(a, REPORT_REPAIR_MANY, SCEAU_SLICE("reason"));
    } else if (element == ELEMENT_DKIM) {
        a->auth =
            r->dkim_count < REPORT_DKIM_MAX ? &r->dkim_results[r->dkim_count++] : NULL;
        if (a->auth == NULL)
            tell(a, REPORT_REPAIR_MANY, SCEAU_SLICE("dkim"));
    } else if (element == ELEMENT_SPF) {
        a->auth =
            r->spf_count < REPORT_SPF_MAX ? &r->spf_results[r->spf_count++] : NULL;
        if (a->auth == NULL)
            tell(a, REPORT_REPAIR_MANY, SCEAU_SLICE("spf"));
    }
}

/* How the record adds to the totals. False when a sum would wrap. */
static bool
add_up(struct report_totals *t, const struct report_record *r)
{
    if (__builtin_add_overflow(t->messages, r->count, &t->messages))
        return false;
    bool is_known =
        r->dkim != REPORT_ALIGNED_UNKNOWN || r->spf != REPORT_ALIGNED_UNKNOWN;
    bool dkim = r->dkim == REPORT_ALIGNED_PASS, spf = r->spf == REPORT_ALIGNED_PASS;
    /* Parts of a sum that fits. */
    *(!is_known ? &t->unknown
      : dkim    ? (spf ? &t->both : &t->dkim_only)
      : spf     ? &t->spf_only
                : &t->neither) += r->count;
    t->dispositions[r->disposition] += r->count;
    t->records++;
    return true;
}

static void
end_record(struct aggregate_reader *a)
{
    if (!a->has_count) {
        tell(a, REPORT_REPAIR_COUNT, SLICE_NONE);
        a->report.totals.left_out++;
        return;
    }
    if (a->record.count == 0)
        tell(a, REPORT_REPAIR_NO_MESSAGE, SLICE_NONE);
    if (a->report.totals.records == REPORT_RECORDS_MAX)
        xml_refuse(a->xml, REPORT_REFUSAL_RECORDS);
    else if (!add_up(&a->report.totals, &a->record))
        xml_refuse(a->xml, REPORT_REFUSAL_SUM);
    else
        a->sink->record(a->sink, &a->record);
}

static void
tell_missing(struct aggregate_reader *a, const struct open_element *open)
{
    size_t count;
    const struct schema_child *children = schema_children(open->element, &count);
    for (size_t i = 0; i < count; i++) {
        bool is_required =
            children[i].occurrence == REQUIRED ||
            (children[i].occurrence == REQUIRED_9990 && xml_is_rfc9990(a->xml));
        if (is_required && (open->seen >> children[i].element & 1) == 0)
            tell(a, REPORT_REPAIR_MISSING, children[i].name);
    }
}

/* ---- events ---- */

static void
push(struct aggregate_reader *a, enum element element, const struct schema_child *child)
{
    assert(a->depth < REPORT_XML_DEPTH);
    a->stack[a->depth++] = (struct open_element){.child = child, .element = element};
}

/* Reporters have put a schema around the report. */
static void
open_root(struct aggregate_reader *a, struct sceau_slice name)
{
    struct sceau_slice right = SCEAU_SLICE("feedback");
    if (!slice_eq_ci(name, right)) {
        a->wrappers++;
        return;
    }
    if (a->wrappers > 0)
        tell(a, REPORT_REPAIR_WRAPPER, SLICE_NONE);
    if (!slice_eq(name, right))
        tell(a, REPORT_REPAIR_CASE, name);
    push(a, ELEMENT_FEEDBACK, NULL);
    a->has_root = true;
}

/* The element of that name inside the one that is open; NULL when it is passed over. */
static const struct schema_child *
find_child(struct aggregate_reader *a, struct open_element *parent,
           struct sceau_slice name)
{
    bool is_exact;
    const struct schema_child *child = schema_find(parent->element, name, &is_exact);
    if (child == NULL) {
        if (parent->element != ELEMENT_EXTENSION)
            tell(a, REPORT_REPAIR_ELEMENT, name);
        return NULL;
    }
    if (!is_exact)
        tell(a, REPORT_REPAIR_CASE, name);
    if (child->rank > 0 && child->rank < parent->rank)
        tell(a, REPORT_REPAIR_ORDER, name);
    if (child->rank > parent->rank)
        parent->rank = child->rank;
    if (child->occurrence != REPEATED && parent->seen >> child->element & 1) {
        tell(a, REPORT_REPAIR_TWICE, name);
        return NULL;
    }
    return child;
}

static void
on_open(struct xml_events *events, struct sceau_slice name, bool is_foreign)
{
    struct aggregate_reader *a = reader_of(events);
    if (a->depth == 0 && !a->has_root) {
        open_root(a, name);
        return;
    }
    if (a->depth == 0) { /* behind it */
        a->skipped++;
        return;
    }
    struct open_element *parent = &a->stack[a->depth - 1];
    const struct schema_child *child =
        a->skipped > 0 || is_foreign ? NULL : find_child(a, parent, name);
    if (child == NULL) {
        a->skipped++;
        return;
    }
    parent->seen |= UINT64_C(1) << child->element;
    push(a, child->element, child);
    begin_container(a, child->element);
}

static void
on_close(struct xml_events *events, struct sceau_slice text, bool is_cut)
{
    struct aggregate_reader *a = reader_of(events);
    if (a->skipped > 0) {
        a->skipped--;
        return;
    }
    if (a->depth == 0)
        return;
    struct open_element *open = &a->stack[--a->depth];
    size_t count;
    schema_children(open->element, &count);
    if (count > 0) {
        tell_missing(a, open);
        if (open->element == ELEMENT_RECORD)
            end_record(a);
        return;
    }
    take_text(a, open->element, text, is_cut, open->child->name);
    if (slice_trim(text).len == 0 && !open->child->may_be_empty) /* as if not there */
        a->stack[a->depth - 1].seen &= ~(UINT64_C(1) << open->element);
}

/* ---- entry points ---- */

static struct aggregate_reader *
reader_new(struct report_sink *sink, bool is_strict, const char *repeated)
{
    static_assert(ELEMENT_COUNT_OF <= 64, "`seen` has a bit for each");
    struct aggregate_reader *a = malloc(sizeof *a);
    if (a == NULL)
        return NULL;
    memset(a, 0, sizeof *a);
    a->events = (struct xml_events){on_open, on_close, on_repair};
    a->sink = sink;
    a->metadata = sceau_arena_new(METADATA_MEMORY);
    a->texts = sceau_arena_new(RECORD_MEMORY);
    a->xml = is_strict ? xml_new_strict(&a->events)
                       : xml_new(&a->events, "feedback", repeated);
    if (a->metadata != NULL && a->texts != NULL && a->xml != NULL)
        return a;
    aggregate_free(a);
    return NULL;
}

struct aggregate_reader *
aggregate_new(struct report_sink *sink)
{
    return reader_new(sink, false, "<record>");
}

struct aggregate_reader *
aggregate_new_by_expat(struct report_sink *sink)
{
    return reader_new(sink, false, "");
}

struct aggregate_reader *
aggregate_new_strict(struct report_sink *sink)
{
    return reader_new(sink, true, "");
}

void
aggregate_free(struct aggregate_reader *a)
{
    if (a == NULL)
        return;
    xml_free(a->xml);
    sceau_arena_free(a->metadata);
    sceau_arena_free(a->texts);
    free(a);
}

bool
aggregate_feed(struct aggregate_reader *a, struct sceau_slice octets)
{
    return xml_feed(a->xml, octets);
}

void
aggregate_repair(struct aggregate_reader *a, enum report_repair_kind kind)
{
    tell(a, kind, SLICE_NONE);
}

static void
refuse(struct aggregate_reader *a, enum report_refusal_kind why)
{
    struct report_refusal refusal = {.kind = why, .line = xml_line(a->xml)};
    a->sink->refused(a->sink, &refusal);
}

/* The end of a report that broke off: what its elements lack was perhaps still to come. */
static void
end_report(struct aggregate_reader *a)
{
    struct report_aggregate *r = &a->report;
    r->is_rfc9990 = xml_is_rfc9990(a->xml);
    if (r->begin > 0 && r->end > 0 && r->end < r->begin)
        tell(a, REPORT_REPAIR_DATE_ORDER, SLICE_NONE);
    if (r->totals.records == 0)
        tell(a, REPORT_REPAIR_NO_RECORD, SLICE_NONE);
    r->repairs += xml_untold(a->xml);
    a->sink->aggregate(a->sink, r);
}

void
aggregate_end(struct aggregate_reader *a)
{
    enum xml_end end = xml_end(a->xml);
    a->report.is_whole = end == XML_WHOLE;
    if (end == XML_REFUSED)
        refuse(a, xml_refusal(a->xml));
    else if (a->report.totals.records == 0 && a->report.policy.domain.len == 0)
        refuse(a, REPORT_REFUSAL_NOTHING);
    else
        end_report(a);
}
