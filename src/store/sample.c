/* One table of fields writes and reads them, as record.c has it. */
#include "sample.h"

#include "record.h"
#include "record_field.h"

#define FIELD(number, kind, member)                                  \
 {                                                                   \
  number, RECORD_FIELD_##kind, offsetof(struct store_sample, member) \
 }

/* Numbers are for ever: add at the end, never reuse one. */
static const struct record_field fields[] = {
    FIELD(1, U64, time_us),
    FIELD(2, TEXT, host),
    FIELD(3, U64, boot),
    FIELD(4, U64, sequence),
    FIELD(5, U8, kind),
    FIELD(6, U8, cause),
    FIELD(7, TEXT, policy_domain),
    FIELD(8, TEXT, record),
    FIELD(9, TEXT, header),
    FIELD(10, TEXT, body),
    FIELD(11, U8, has_body),
    FIELD(12, TEXT, authserv_id),
    FIELD(13, TEXT, author_domain),
    FIELD(14, IP, client),
    FIELD(15, U64, port),
    FIELD(16, U8, dmarc_result),
    FIELD(17, U8, dkim_aligned),
    FIELD(18, U8, spf_aligned),
    FIELD(19, U8, action),
    FIELD(20, U8, is_held),
    FIELD(21, TEXT, mail_from),
    FIELD(22, TEXT, envelope_id),
    FIELD(23, U8, has_signature),
    FIELD(24, U8, dkim_result),
    FIELD(25, U8, dkim_fault),
    FIELD(26, TEXT, dkim_domain),
    FIELD(27, TEXT, dkim_selector),
    FIELD(28, TEXT, dkim_identity),
    FIELD(29, TEXT, canonical_header),
    FIELD(30, TEXT, canonical_body),
    FIELD(31, U8, spf_result),
    FIELD(32, TEXT, spf_domain),
    FIELD(33, OWN, spf_records),
};

/* length of the domain u8, domain, text */
static void
put_spf(struct text *out, uint8_t number, const void *record)
{
    const struct store_sample *s = record;
    size_t left = SAMPLE_SPF_RECORDS_MAX;
    for (size_t i = 0; i < s->spf_count && i < SAMPLE_SPF_MAX; i++) {
        const struct sample_spf_record *r = &s->spf_records[i];
        if (r->domain.len > UINT8_MAX || r->text.len > left)
            continue;
        char len = (char)r->domain.len;
        left -= r->text.len;
        record_field_put_head(out, number, 1 + r->domain.len + r->text.len);
        text_octet(out, len);
        text_slice(out, r->domain);
        text_slice(out, r->text);
    }
}

static bool
read_spf(uint8_t number, struct sceau_slice value, void *record)
{
    struct store_sample *s = record;
    size_t domain = value.len > 0 ? (uint8_t)*value.ptr : 0;
    (void)number;
    if (value.len < 1 + domain)
        return false;
    if (s->spf_count < SAMPLE_SPF_MAX)
        s->spf_records[s->spf_count++] =
            (struct sample_spf_record){slice_sub(value, 1, domain),
                                       slice_skip(value, 1 + domain)};
    return true;
}

static const struct record_table table = {fields, sizeof fields / sizeof *fields,
                                          put_spf, read_spf};

bool
sample_write(struct text *out, const struct store_sample *s)
{
    text_octet(out, RECORD_FAILURE_SAMPLE);
    text_octet(out, SAMPLE_VERSION);
    record_fields_put(out, &table, s);
    return !out->has_failed;
}

enum sceau_status
sample_read(struct sceau_slice payload, struct store_sample *s)
{
    *s = (struct store_sample){0};
    if (record_type(payload) != RECORD_FAILURE_SAMPLE)
        return SCEAU_E_SYNTAX;
    return record_fields_read(slice_skip(payload, 2), &table, s) ? SCEAU_OK
                                                                 : SCEAU_E_SYNTAX;
}
