/* One function for each struct walks its members, for writing and for reading alike, so
 * that the two cannot differ. */
#include "wire.h"

#include <stdlib.h>

enum frame {
    FRAME_BEGIN,
    FRAME_RECORD,
    FRAME_TLS_POLICY,
    FRAME_TLS_FAILURE,
    FRAME_REPAIR,
    FRAME_AGGREGATE,
    FRAME_TLS,
    FRAME_FAILURE,
    FRAME_REFUSED,
    FRAME_END,
};

/* Octets being written, or read. */
struct wire {
    struct wire_writer *writer; /* NULL: reading */
    struct sceau_slice in;
    size_t pos;
    bool has_failed;
};

/* ---- numbers and texts ---- */

static bool
grow(struct wire *w, size_t more)
{
    struct wire_writer *writer = w->writer;
    size_t capacity = writer->capacity > 0 ? writer->capacity : 4096;
    while (capacity - w->pos < more)
        capacity *= 2;
    char *buffer = realloc(writer->buffer, capacity);
    w->has_failed = w->has_failed || buffer == NULL;
    if (buffer == NULL)
        return false;
    writer->buffer = buffer;
    writer->capacity = capacity;
    return true;
}

static inline bool
has_room(struct wire *w, size_t more)
{
    return w->writer->capacity - w->pos >= more || grow(w, more);
}

/* `size` octets, least first: this machine's own order, or turned around. */
static uint64_t
least_first(uint64_t value)
{
    return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? value : __builtin_bswap64(value);
}

/* So many octets as they are. */
static inline void
wire_raw(struct wire *w, void *octets, size_t size)
{
    if (w->has_failed)
        return;
    if (w->writer == NULL) {
        w->has_failed = w->in.len - w->pos < size;
        if (w->has_failed)
            return;
        memcpy(octets, w->in.ptr + w->pos, size);
    } else {
        if (!has_room(w, size))
            return;
        memcpy(w->writer->buffer + w->pos, octets, size);
    }
    w->pos += size;
}

static inline void
wire_octets(struct wire *w, uint64_t *value, size_t size)
{
    uint64_t number = w->writer != NULL ? least_first(*value) : 0;
    wire_raw(w, &number, size);
    if (w->writer == NULL)
        *value = least_first(number);
}

static void
wire_number(struct wire *w, uint64_t *value)
{
    wire_octets(w, value, 8);
}

static void
wire_time(struct wire *w, int64_t *value)
{
    uint64_t number = (uint64_t)*value;
    wire_number(w, &number);
    *value = (int64_t)number;
    w->has_failed = w->has_failed || *value < 0;
}

/* A number below `end`. */
static unsigned
wire_below(struct wire *w, unsigned value, unsigned end)
{
    uint64_t number = value;
    wire_octets(w, &number, 2);
    w->has_failed = w->has_failed || number >= end;
    return w->has_failed ? 0 : (unsigned)number;
}

static bool
wire_flag(struct wire *w, bool value)
{
    return wire_below(w, value, 2) != 0;
}

static size_t
wire_count(struct wire *w, size_t count, size_t max)
{
    return wire_below(w, (unsigned)count, (unsigned)max + 1);
}

static void
wire_text(struct wire *w, struct sceau_slice *text)
{
    uint64_t len = text->len;
    wire_octets(w, &len, 4);
    if (w->has_failed)
        return;
    if (w->writer == NULL) {
        w->has_failed = w->in.len - w->pos < len;
        if (!w->has_failed)
            *text = slice_sub(w->in, w->pos, (size_t)len);
        w->pos += w->has_failed ? 0 : (size_t)len;
    } else if (has_room(w, text->len)) {
        if (text->len > 0)
            memcpy(w->writer->buffer + w->pos, text->ptr, text->len);
        w->pos += text->len;
    }
}

static void
wire_texts(struct wire *w, struct sceau_slice *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        wire_text(w, texts[i]);
}

#define TEXTS(w, ...)                                            \
 wire_texts((w), (struct sceau_slice *const[]){__VA_ARGS__},     \
            sizeof((struct sceau_slice *const[]){__VA_ARGS__}) / \
                sizeof(struct sceau_slice *))

static void
wire_ip(struct wire *w, struct sceau_ip *ip)
{
    ip->version = (uint8_t)wire_below(w, ip->version, 7);
    w->has_failed =
        w->has_failed || (ip->version != 0 && ip->version != 4 && ip->version != 6);
    wire_raw(w, ip->octets, sizeof ip->octets);
}

/* ---- structs ---- */

static void
wire_auth(struct wire *w, struct report_auth *a)
{
    if (w->writer == NULL)
        *a = (struct report_auth){0};
    a->scope = wire_below(w, a->scope, REPORT_SCOPE_HELO + 1);
    a->result = wire_below(w, a->result, REPORT_RESULT_PERMERROR + 1);
    TEXTS(w, &a->domain, &a->selector, &a->human_result);
}

static void
wire_record(struct wire *w, struct report_record *r)
{
    wire_ip(w, &r->ip);
    wire_number(w, &r->count);
    w->has_failed = w->has_failed || r->count > REPORT_COUNT_MAX;
    r->disposition = wire_below(w, r->disposition, REPORT_DISPOSITIONS);
    r->dkim = wire_below(w, r->dkim, REPORT_ALIGNED_FAIL + 1);
    r->spf = wire_below(w, r->spf, REPORT_ALIGNED_FAIL + 1);
    TEXTS(w, &r->source, &r->header_from, &r->envelope_from, &r->envelope_to);
    r->reason_count = wire_count(w, r->reason_count, REPORT_REASONS_MAX);
    for (size_t i = 0; i < r->reason_count; i++) {
        if (w->writer == NULL)
            r->reasons[i] = (struct report_reason){0};
        r->reasons[i].type = wire_below(w, r->reasons[i].type, REPORT_REASON_OTHER + 1);
        wire_text(w, &r->reasons[i].comment);
    }
    r->dkim_count = wire_count(w, r->dkim_count, REPORT_DKIM_MAX);
    for (size_t i = 0; i < r->dkim_count; i++)
        wire_auth(w, &r->dkim_results[i]);
    r->spf_count = wire_count(w, r->spf_count, REPORT_SPF_MAX);
    for (size_t i = 0; i < r->spf_count; i++)
        wire_auth(w, &r->spf_results[i]);
}

static void
wire_policy(struct wire *w, struct report_policy *p)
{
    TEXTS(w, &p->domain, &p->fo, &p->pct);
    p->p = wire_below(w, p->p, REPORT_DISPOSITIONS);
    p->sp = wire_below(w, p->sp, REPORT_DISPOSITIONS);
    p->np = wire_below(w, p->np, REPORT_DISPOSITIONS);
    p->adkim = wire_below(w, p->adkim, REPORT_MODE_STRICT + 1);
    p->aspf = wire_below(w, p->aspf, REPORT_MODE_STRICT + 1);
    p->testing = wire_below(w, p->testing, REPORT_TESTING_YES + 1);
    p->discovery = wire_below(w, p->discovery, REPORT_DISCOVERY_TREEWALK + 1);
}

static void
wire_totals(struct wire *w, struct report_totals *t)
{
    uint64_t *const numbers[] = {&t->records, &t->messages,  &t->left_out,
                                 &t->both,    &t->dkim_only, &t->spf_only,
                                 &t->neither, &t->unknown};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        wire_number(w, numbers[i]);
    for (size_t i = 0; i < REPORT_DISPOSITIONS; i++)
        wire_number(w, &t->dispositions[i]);
}

static void
wire_aggregate(struct wire *w, struct report_aggregate *a)
{
    TEXTS(w, &a->version, &a->org_name, &a->email, &a->extra_contact_info,
          &a->report_id, &a->error, &a->generator);
    wire_time(w, &a->begin);
    wire_time(w, &a->end);
    a->is_rfc9990 = wire_flag(w, a->is_rfc9990);
    a->is_whole = wire_flag(w, a->is_whole);
    wire_policy(w, &a->policy);
    wire_totals(w, &a->totals);
    wire_number(w, &a->repairs);
}

static void
wire_tls_policy(struct wire *w, struct report_tls_policy *p)
{
    TEXTS(w, &p->type, &p->domain, &p->mx_host, &p->text);
    wire_number(w, &p->successful);
    wire_number(w, &p->failed);
}

static void
wire_tls_failure(struct wire *w, struct report_tls_failure *f)
{
    TEXTS(w, &f->result_type, &f->sending_mta_ip, &f->receiving_mx_hostname,
          &f->receiving_mx_helo, &f->receiving_ip, &f->additional_information,
          &f->reason_code);
    wire_number(w, &f->count);
}

static void
wire_tls(struct wire *w, struct report_tls *r)
{
    TEXTS(w, &r->organization, &r->contact, &r->report_id);
    wire_time(w, &r->begin);
    wire_time(w, &r->end);
    wire_number(w, &r->policies);
    wire_number(w, &r->successful);
    wire_number(w, &r->failed);
    wire_number(w, &r->repairs);
}

static void
wire_failure(struct wire *w, struct report_failure *r)
{
    TEXTS(w, &r->feedback_type, &r->version, &r->user_agent, &r->auth_failure,
          &r->authentication_results, &r->reported_domain, &r->identity_alignment,
          &r->delivery_result, &r->original_mail_from, &r->original_rcpt_to,
          &r->original_envelope_id, &r->arrival_date, &r->reporting_mta,
          &r->dkim_domain, &r->dkim_identity, &r->dkim_selector, &r->spf_dns,
          &r->source, &r->from, &r->subject, &r->message_id);
    wire_ip(w, &r->ip);
    wire_number(w, &r->incidents);
    r->has_message = wire_flag(w, r->has_message);
    wire_number(w, &r->repairs);
}

static void
wire_repair(struct wire *w, struct report_repair *r)
{
    r->kind = wire_below(w, r->kind, REPORT_REPAIR_KINDS);
    wire_number(w, &r->line);
    wire_text(w, &r->found);
}

static void
wire_refusal(struct wire *w, struct report_refusal *r)
{
    r->kind = wire_below(w, r->kind, REPORT_REFUSAL_KINDS);
    wire_number(w, &r->line);
    wire_text(w, &r->detail);
}

/* ---- writing ---- */

static struct wire
frame_open(struct wire_writer *writer)
{
    struct wire w = {.writer = writer, .pos = 0};
    if (has_room(&w, WIRE_HEAD))
        w.pos = WIRE_HEAD;
    return w;
}

static void
frame_close(struct wire *w, enum frame type)
{
    struct wire_writer *writer = w->writer;
    size_t end = w->pos;
    uint64_t kind = type, len = end - WIRE_HEAD;
    if (w->has_failed || len > WIRE_FRAME_MAX) {
        writer->has_failed = true;
        return;
    }
    w->pos = 0;
    wire_octets(w, &kind, 1);
    wire_octets(w, &len, 4);
    writer->write(writer, (struct sceau_slice){writer->buffer, end});
}

/* Writing changes nothing, but the functions read as well. */
#define WRITER(name, type, frame)                                      \
 static void write_##name(struct report_sink *self, const type *value) \
 {                                                                     \
  struct wire w = frame_open((struct wire_writer *)self);              \
  wire_##name(&w, (type *)(uintptr_t)value);                           \
  frame_close(&w, (frame));                                            \
 }

WRITER(record, struct report_record, FRAME_RECORD)
WRITER(tls_policy, struct report_tls_policy, FRAME_TLS_POLICY)
WRITER(tls_failure, struct report_tls_failure, FRAME_TLS_FAILURE)
WRITER(repair, struct report_repair, FRAME_REPAIR)
WRITER(aggregate, struct report_aggregate, FRAME_AGGREGATE)
WRITER(tls, struct report_tls, FRAME_TLS)
WRITER(failure, struct report_failure, FRAME_FAILURE)
WRITER(refusal, struct report_refusal, FRAME_REFUSED)

static void
write_begin(struct report_sink *self, struct sceau_slice name)
{
    struct wire w = frame_open((struct wire_writer *)self);
    wire_text(&w, &name);
    frame_close(&w, FRAME_BEGIN);
}

void
wire_writer_init(struct wire_writer *w,
                 void (*write)(struct wire_writer *, struct sceau_slice))
{
    *w = (struct wire_writer){
        .sink = {write_begin, write_record, write_tls_policy, write_tls_failure,
                 write_repair, write_aggregate, write_tls, write_failure, write_refusal,
                 NULL},
        .write = write,
    };
}

void
wire_writer_clear(struct wire_writer *w)
{
    free(w->buffer);
    w->buffer = NULL;
    w->capacity = 0;
}

void
wire_write_end(struct wire_writer *writer)
{
    struct wire w = frame_open(writer);
    frame_close(&w, FRAME_END);
}

/* ---- reading ---- */

/* All of it was read, and nothing is left. */
static bool
is_whole(const struct wire *w)
{
    return !w->has_failed && w->pos == w->in.len;
}

#define READER(name, type, member)                                 \
 static bool read_##name(struct wire *w, struct report_sink *sink) \
 {                                                                 \
  type value = {0};                                                \
  wire_##name(w, &value);                                          \
  if (is_whole(w))                                                 \
   sink->member(sink, &value);                                     \
  return is_whole(w);                                              \
 }

READER(tls_policy, struct report_tls_policy, tls_policy)
READER(tls_failure, struct report_tls_failure, tls_failure)
READER(repair, struct report_repair, repair)
READER(aggregate, struct report_aggregate, aggregate)
READER(tls, struct report_tls, tls)
READER(failure, struct report_failure, failure)
READER(refusal, struct report_refusal, refused)

/* The arrays of a record are as large as hostility wants them: what was not read of them is
 * not wiped either. */
static bool
take_record(struct wire *w, struct report_record *record)
{
    record->ip = (struct sceau_ip){0};
    record->source = record->header_from = SLICE_NONE;
    record->envelope_from = record->envelope_to = SLICE_NONE;
    record->count = 0;
    record->disposition = REPORT_DISPOSITION_UNKNOWN;
    record->dkim = record->spf = REPORT_ALIGNED_UNKNOWN;
    record->reason_count = record->dkim_count = record->spf_count = 0;
    wire_record(w, record);
    return is_whole(w);
}

static bool
read_record(struct wire *w, struct report_sink *sink)
{
    struct report_record record;
    if (!take_record(w, &record))
        return false;
    sink->record(sink, &record);
    return true;
}

/* Checked, and told to nobody yet. */
static bool
is_record(struct wire *w)
{
    struct report_record record;
    return take_record(w, &record);
}

static bool
read_begin(struct wire *w, struct report_sink *sink)
{
    struct sceau_slice name = SLICE_NONE;
    wire_text(w, &name);
    if (is_whole(w))
        sink->begin(sink, name);
    return is_whole(w);
}

static bool (*const readers[])(struct wire *, struct report_sink *) = {
    [FRAME_BEGIN] = read_begin,
    [FRAME_RECORD] = read_record,
    [FRAME_TLS_POLICY] = read_tls_policy,
    [FRAME_TLS_FAILURE] = read_tls_failure,
    [FRAME_REPAIR] = read_repair,
    [FRAME_AGGREGATE] = read_aggregate,
    [FRAME_TLS] = read_tls,
    [FRAME_FAILURE] = read_failure,
    [FRAME_REFUSED] = read_refusal,
};

enum wire_step
wire_read(struct sceau_slice octets, size_t *taken, struct report_sink *sink)
{
    struct wire head = {.in = octets};
    uint64_t type = 0, len = 0;
    *taken = 0;
    if (octets.len < WIRE_HEAD)
        return WIRE_MORE;
    wire_octets(&head, &type, 1);
    wire_octets(&head, &len, 4);
    if (type > FRAME_END || len > WIRE_FRAME_MAX || (type == FRAME_END && len > 0))
        return WIRE_BROKEN;
    if (octets.len - WIRE_HEAD < len)
        return WIRE_MORE;
    *taken = WIRE_HEAD + (size_t)len;
    if (type == FRAME_END)
        return WIRE_END;
    struct wire w = {.in = slice_sub(octets, WIRE_HEAD, (size_t)len)};
    if (type != FRAME_RECORD || sink->keep == NULL)
        return readers[type](&w, sink) ? WIRE_FRAME : WIRE_BROKEN;
    if (!is_record(&w))
        return WIRE_BROKEN;
    sink->keep(sink, slice_sub(octets, 0, *taken));
    return WIRE_FRAME;
}
