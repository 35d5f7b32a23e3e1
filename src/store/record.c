/* Journal records: one table of fields writes and reads them (record_field.h). */
#include "store/record.h"

#include "record_field.h"

#define FIELD(number, kind, member)                                    \
 {                                                                     \
  number, RECORD_FIELD_##kind, offsetof(struct record_message, member) \
 }

/* Fields of our own making. */
enum {
    SIGNATURES = 17,
    SELECTORS = 32,
    DIFFERENCES = 36
};

/* Numbers are for ever: add at the end, never reuse one. */
static const struct record_field fields[] = {
    FIELD(1, U64, time_us),
    FIELD(2, TEXT, host),
    FIELD(3, U64, boot),
    FIELD(4, U64, sequence),
    FIELD(5, TEXT, queue_id),
    FIELD(6, IP, client),
    FIELD(7, TEXT, helo),
    FIELD(8, TEXT, mail_from_domain),
    FIELD(9, TEXT, mail_from_local),
    FIELD(10, U64, recipients),
    FIELD(11, TEXT, author_domain),
    FIELD(12, U8, has_spf),
    FIELD(13, U8, spf_mail_from_result),
    FIELD(14, TEXT, spf_mail_from_domain),
    FIELD(15, U8, spf_helo_result),
    FIELD(16, TEXT, spf_helo_domain),
    FIELD(SIGNATURES, OWN, signatures),
    FIELD(18, U8, arc_result),
    FIELD(19, U8, arc_instances),
    FIELD(20, U8, dmarc_result),
    FIELD(21, U8, dmarc_policy),
    FIELD(22, U8, dmarc_asked),
    FIELD(23, U8, applied_tag),
    FIELD(24, U8, discovery),
    FIELD(25, U8, spf_aligned),
    FIELD(26, U8, dkim_aligned),
    FIELD(27, TEXT, policy_domain),
    FIELD(28, TEXT, record),
    FIELD(29, U8, action),
    FIELD(30, U8, override),
    FIELD(31, TEXT, override_comment),
    FIELD(SELECTORS, OWN, selectors),
    FIELD(33, U8, is_held),
    FIELD(34, U8, is_shadow),
    FIELD(35, U8, shadow_compared),
    FIELD(DIFFERENCES, OWN, differences),
    FIELD(37, U64, differences_more),
    FIELD(38, U8, claims_own_domain),
    FIELD(39, U8, is_unverified),
    FIELD(40, TEXT, signing_domain),
};

enum {
    NAME_MAX_OCTETS = UINT8_MAX /* domain and selector inside a signature */
};

/* ---- writing ---- */

static struct sceau_slice
at_most(struct sceau_slice s, size_t max)
{
    return s.len > max ? slice_sub(s, 0, max) : s;
}

/* result u8, algorithm u8, length of the domain u8, domain, selector */
static void
put_signatures(struct text *out, uint8_t number, const struct record_message *m)
{
    for (size_t i = 0; i < m->signature_count && i < RECORD_SIGNATURES_MAX; i++) {
        const struct record_signature *s = &m->signatures[i];
        struct sceau_slice domain = at_most(s->domain, NAME_MAX_OCTETS);
        struct sceau_slice selector = at_most(s->selector, NAME_MAX_OCTETS);
        char head[3] = {(char)s->result, (char)s->algorithm, (char)domain.len};
        record_field_put_head(out, number, sizeof head + domain.len + selector.len);
        text_slice(out, (struct sceau_slice){head, sizeof head});
        text_slice(out, domain);
        text_slice(out, selector);
    }
}

static void
put_selectors(struct text *out, uint8_t number, const struct record_message *m)
{
    for (size_t i = 0; i < m->selector_count && i < RECORD_SELECTORS_MAX; i++)
        record_field_put_text(out, number, m->selectors[i]);
}

/* method u8, length of theirs u8, length of ours u8, theirs, ours, domain */
static void
put_differences(struct text *out, uint8_t number, const struct record_message *m)
{
    for (size_t i = 0; i < m->difference_count && i < RECORD_SHADOW_MAX; i++) {
        const struct record_difference *d = &m->differences[i];
        struct sceau_slice theirs = at_most(d->theirs, NAME_MAX_OCTETS);
        struct sceau_slice ours = at_most(d->ours, NAME_MAX_OCTETS);
        struct sceau_slice domain = at_most(d->domain, NAME_MAX_OCTETS);
        char head[3] = {(char)d->method, (char)theirs.len, (char)ours.len};
        record_field_put_head(out, number,
                              sizeof head + theirs.len + ours.len + domain.len);
        text_slice(out, (struct sceau_slice){head, sizeof head});
        text_slice(out, theirs);
        text_slice(out, ours);
        text_slice(out, domain);
    }
}

static void
put_own(struct text *out, uint8_t number, const void *record)
{
    const struct record_message *m = record;
    switch (number) {
    case SIGNATURES: put_signatures(out, number, m); break;
    case SELECTORS: put_selectors(out, number, m); break;
    case DIFFERENCES: put_differences(out, number, m); break;
    }
}

/* ---- reading ---- */

static bool
read_signature(struct sceau_slice value, struct record_message *m)
{
    if (value.len < 3 || value.len - 3 < (uint8_t)value.ptr[2])
        return false;
    if (m->signature_count == RECORD_SIGNATURES_MAX)
        return true;
    size_t domain = (uint8_t)value.ptr[2];
    m->signatures[m->signature_count++] = (struct record_signature){
        .result = (uint8_t)value.ptr[0],
        .algorithm = (uint8_t)value.ptr[1],
        .domain = slice_sub(value, 3, domain),
        .selector = slice_skip(value, 3 + domain),
    };
    return true;
}

static bool
read_difference(struct sceau_slice value, struct record_message *m)
{
    if (value.len < 3 ||
        value.len - 3 < (size_t)(uint8_t)value.ptr[1] + (uint8_t)value.ptr[2])
        return false;
    if (m->difference_count == RECORD_SHADOW_MAX)
        return true;
    size_t theirs = (uint8_t)value.ptr[1], ours = (uint8_t)value.ptr[2];
    m->differences[m->difference_count++] = (struct record_difference){
        .method = (uint8_t)value.ptr[0],
        .theirs = slice_sub(value, 3, theirs),
        .ours = slice_sub(value, 3 + theirs, ours),
        .domain = slice_skip(value, 3 + theirs + ours),
    };
    return true;
}

static bool
read_own(uint8_t number, struct sceau_slice value, void *record)
{
    struct record_message *m = record;
    switch (number) {
    case SIGNATURES: return read_signature(value, m);
    case DIFFERENCES: return read_difference(value, m);
    case SELECTORS:
        if (m->selector_count < RECORD_SELECTORS_MAX)
            m->selectors[m->selector_count++] = value;
        return true;
    }
    return false;
}

static const struct record_table table = {fields, sizeof fields / sizeof *fields,
                                          put_own, read_own};

/* ---- the interface ---- */

bool
record_write(struct text *out, const struct record_message *m)
{
    text_octet(out, RECORD_MESSAGE);
    text_octet(out, RECORD_VERSION);
    record_fields_put(out, &table, m);
    return !out->has_failed;
}

struct sceau_slice
record_signing_domain(const struct record_message *m)
{
    return m->signing_domain.len > 0 ? m->signing_domain : m->author_domain;
}

uint8_t
record_type(struct sceau_slice payload)
{
    return payload.len >= 2 ? (uint8_t)payload.ptr[0] : 0;
}

enum sceau_status
record_read(struct sceau_slice payload, struct record_message *m)
{
    *m = (struct record_message){0};
    if (record_type(payload) != RECORD_MESSAGE)
        return SCEAU_E_SYNTAX;
    return record_fields_read(slice_skip(payload, 2), &table, m) ? SCEAU_OK
                                                                 : SCEAU_E_SYNTAX;
}
