/* Journal records: one table of fields writes and reads them. */
#include "store/record.h"

#include "core/cursor.h"

enum field_kind {
    FIELD_U8,
    FIELD_U64,
    FIELD_TEXT,
    FIELD_IP,
    FIELD_SIGNATURE,  /* repeated */
    FIELD_SELECTOR,   /* repeated */
    FIELD_DIFFERENCE, /* repeated */
};

#define FIELD(number, kind, member)                     \
 {                                                      \
  number, kind, offsetof(struct record_message, member) \
 }

/* Numbers are for ever: add at the end, never reuse one. */
static const struct field {
    uint8_t number;
    enum field_kind kind;
    size_t offset;
} fields[] = {
    FIELD(1, FIELD_U64, time_us),
    FIELD(2, FIELD_TEXT, host),
    FIELD(3, FIELD_U64, boot),
    FIELD(4, FIELD_U64, sequence),
    FIELD(5, FIELD_TEXT, queue_id),
    FIELD(6, FIELD_IP, client),
    FIELD(7, FIELD_TEXT, helo),
    FIELD(8, FIELD_TEXT, mail_from_domain),
    FIELD(9, FIELD_TEXT, mail_from_local),
    FIELD(10, FIELD_U64, recipients),
    FIELD(11, FIELD_TEXT, author_domain),
    FIELD(12, FIELD_U8, has_spf),
    FIELD(13, FIELD_U8, spf_mail_from_result),
    FIELD(14, FIELD_TEXT, spf_mail_from_domain),
    FIELD(15, FIELD_U8, spf_helo_result),
    FIELD(16, FIELD_TEXT, spf_helo_domain),
    FIELD(17, FIELD_SIGNATURE, signatures),
    FIELD(18, FIELD_U8, arc_result),
    FIELD(19, FIELD_U8, arc_instances),
    FIELD(20, FIELD_U8, dmarc_result),
    FIELD(21, FIELD_U8, dmarc_policy),
    FIELD(22, FIELD_U8, dmarc_asked),
    FIELD(23, FIELD_U8, applied_tag),
    FIELD(24, FIELD_U8, discovery),
    FIELD(25, FIELD_U8, spf_aligned),
    FIELD(26, FIELD_U8, dkim_aligned),
    FIELD(27, FIELD_TEXT, policy_domain),
    FIELD(28, FIELD_TEXT, record),
    FIELD(29, FIELD_U8, action),
    FIELD(30, FIELD_U8, override),
    FIELD(31, FIELD_TEXT, override_comment),
    FIELD(32, FIELD_SELECTOR, selectors),
    FIELD(33, FIELD_U8, is_held),
    FIELD(34, FIELD_U8, is_shadow),
    FIELD(35, FIELD_U8, shadow_compared),
    FIELD(36, FIELD_DIFFERENCE, differences),
    FIELD(37, FIELD_U64, differences_more),
    FIELD(38, FIELD_U8, claims_own_domain),
    FIELD(39, FIELD_U8, is_unverified),
    FIELD(40, FIELD_TEXT, signing_domain),
};

enum {
    FIELD_COUNT = sizeof fields / sizeof *fields,
    TEXT_MAX = UINT16_MAX,
    NAME_MAX_OCTETS = UINT8_MAX /* domain and selector inside a signature */
};

/* ---- writing ---- */

static void
put_head(struct text *out, uint8_t number, size_t len)
{
    char head[3] = {(char)number, (char)(len >> 8), (char)len};
    text_slice(out, (struct sceau_slice){head, sizeof head});
}

static void
put_number(struct text *out, const struct field *f, uint64_t value)
{
    char octets[8];
    size_t len = f->kind == FIELD_U8 ? 1 : 8;
    if (value == 0)
        return;
    for (size_t i = 0; i < len; i++)
        octets[i] = (char)(value >> 8 * (len - 1 - i));
    put_head(out, f->number, len);
    text_slice(out, (struct sceau_slice){octets, len});
}

static void
put_text(struct text *out, uint8_t number, struct sceau_slice value)
{
    if (value.len > TEXT_MAX)
        value.len = TEXT_MAX;
    if (value.len == 0)
        return;
    put_head(out, number, value.len);
    text_slice(out, value);
}

static void
put_ip(struct text *out, uint8_t number, const struct sceau_ip *ip)
{
    size_t len = ip->version == 4 ? 4 : 16;
    if (ip->version != 0)
        put_text(out, number, (struct sceau_slice){(const char *)ip->octets, len});
}

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
        put_head(out, number, sizeof head + domain.len + selector.len);
        text_slice(out, (struct sceau_slice){head, sizeof head});
        text_slice(out, domain);
        text_slice(out, selector);
    }
}

static void
put_selectors(struct text *out, uint8_t number, const struct record_message *m)
{
    for (size_t i = 0; i < m->selector_count && i < RECORD_SELECTORS_MAX; i++)
        put_text(out, number, m->selectors[i]);
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
        put_head(out, number, sizeof head + theirs.len + ours.len + domain.len);
        text_slice(out, (struct sceau_slice){head, sizeof head});
        text_slice(out, theirs);
        text_slice(out, ours);
        text_slice(out, domain);
    }
}

bool
record_write(struct text *out, const struct record_message *m)
{
    text_octet(out, RECORD_MESSAGE);
    text_octet(out, RECORD_VERSION);
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        const struct field *f = &fields[i];
        const void *member = (const char *)m + f->offset;
        switch (f->kind) {
        case FIELD_U8: put_number(out, f, *(const uint8_t *)member); break;
        case FIELD_U64: put_number(out, f, *(const uint64_t *)member); break;
        case FIELD_TEXT:
            put_text(out, f->number, *(const struct sceau_slice *)member);
            break;
        case FIELD_IP: put_ip(out, f->number, member); break;
        case FIELD_SIGNATURE: put_signatures(out, f->number, m); break;
        case FIELD_SELECTOR: put_selectors(out, f->number, m); break;
        case FIELD_DIFFERENCE: put_differences(out, f->number, m); break;
        }
    }
    return !out->has_failed;
}

/* ---- reading ---- */

static bool
read_number(struct sceau_slice value, size_t len, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < value.len && i < len; i++)
        *number = *number << 8 | (uint8_t)value.ptr[i];
    return value.len == len;
}

static bool
read_ip(struct sceau_slice value, struct sceau_ip *ip)
{
    if (value.len != 4 && value.len != 16)
        return false;
    *ip = (struct sceau_ip){.version = value.len == 4 ? 4 : 6};
    memcpy(ip->octets, value.ptr, value.len);
    return true;
}

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
read_value(const struct field *f, struct sceau_slice value, struct record_message *m)
{
    void *member = (char *)m + f->offset;
    uint64_t number;
    switch (f->kind) {
    case FIELD_U8:
        if (!read_number(value, 1, &number))
            return false;
        *(uint8_t *)member = (uint8_t)number;
        return true;
    case FIELD_U64: return read_number(value, 8, member);
    case FIELD_TEXT: *(struct sceau_slice *)member = value; return true;
    case FIELD_IP: return read_ip(value, member);
    case FIELD_SIGNATURE: return read_signature(value, m);
    case FIELD_SELECTOR:
        if (m->selector_count < RECORD_SELECTORS_MAX)
            m->selectors[m->selector_count++] = value;
        return true;
    case FIELD_DIFFERENCE: return read_difference(value, m);
    }
    return false;
}

static const struct field *
field_of(uint8_t number)
{
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (fields[i].number == number)
            return &fields[i];
    }
    return NULL;
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
    for (size_t at = 2; at < payload.len;) {
        struct sceau_slice rest = slice_skip(payload, at);
        if (rest.len < 3)
            return SCEAU_E_SYNTAX;
        size_t len = (size_t)(uint8_t)rest.ptr[1] << 8 | (uint8_t)rest.ptr[2];
        if (len > rest.len - 3)
            return SCEAU_E_SYNTAX;
        const struct field *f = field_of((uint8_t)rest.ptr[0]);
        if (f != NULL && !read_value(f, slice_sub(rest, 3, len), m))
            return SCEAU_E_SYNTAX;
        at += 3 + len;
    }
    return SCEAU_OK;
}
