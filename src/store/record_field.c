#include "record_field.h"

#include "core/ip.h"

#define HEAD 3

/* ---- writing ---- */

void
record_field_put_head(struct text *out, uint8_t number, size_t len)
{
    char head[HEAD] = {(char)number, (char)(len >> 8), (char)len};
    text_slice(out, (struct sceau_slice){head, sizeof head});
}

void
record_field_put_text(struct text *out, uint8_t number, struct sceau_slice value)
{
    if (value.len > RECORD_FIELD_MAX)
        value.len = RECORD_FIELD_MAX;
    if (value.len == 0)
        return;
    record_field_put_head(out, number, value.len);
    text_slice(out, value);
}

/* In `len` octets. */
static void
put_number(struct text *out, uint8_t number, size_t len, uint64_t value)
{
    char octets[8];
    if (value == 0)
        return;
    for (size_t i = 0; i < len; i++)
        octets[i] = (char)(value >> 8 * (len - 1 - i));
    record_field_put_head(out, number, len);
    text_slice(out, (struct sceau_slice){octets, len});
}

static void
put_ip(struct text *out, uint8_t number, const struct sceau_ip *ip)
{
    if (ip->version != 0)
        record_field_put_text(out, number, ip_octets(ip));
}

void
record_fields_put(struct text *out, const struct record_table *table,
                  const void *record)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct record_field *f = &table->fields[i];
        const void *member = (const char *)record + f->offset;
        switch (f->kind) {
        case RECORD_FIELD_U8:
            put_number(out, f->number, 1, *(const uint8_t *)member);
            break;
        case RECORD_FIELD_U64:
            put_number(out, f->number, 8, *(const uint64_t *)member);
            break;
        case RECORD_FIELD_TEXT:
            record_field_put_text(out, f->number, *(const struct sceau_slice *)member);
            break;
        case RECORD_FIELD_IP: put_ip(out, f->number, member); break;
        case RECORD_FIELD_OWN: table->put_own(out, f->number, record); break;
        }
    }
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
    struct sceau_ip read = ip_of_octets(value);
    if (read.version != 0)
        *ip = read;
    return read.version != 0;
}

static bool
read_value(const struct record_table *table, const struct record_field *f,
           struct sceau_slice value, void *record)
{
    void *member = (char *)record + f->offset;
    uint64_t number;
    switch (f->kind) {
    case RECORD_FIELD_U8:
        if (!read_number(value, 1, &number))
            return false;
        *(uint8_t *)member = (uint8_t)number;
        return true;
    case RECORD_FIELD_U64: return read_number(value, 8, member);
    case RECORD_FIELD_TEXT: *(struct sceau_slice *)member = value; return true;
    case RECORD_FIELD_IP: return read_ip(value, member);
    case RECORD_FIELD_OWN: return table->read_own(f->number, value, record);
    }
    return false;
}

/* They are written in the order of the table: it is looked for from the last one on. */
static const struct record_field *
field_of(const struct record_table *table, uint8_t number, size_t *at)
{
    for (size_t n = 0, i = *at; n < table->count; n++, i++) {
        i = i < table->count ? i : 0;
        if (table->fields[i].number == number) {
            *at = i;
            return &table->fields[i];
        }
    }
    return NULL;
}

bool
record_fields_read(struct sceau_slice fields, const struct record_table *table,
                   void *record)
{
    size_t at = 0;
    while (fields.len > 0) {
        if (fields.len < HEAD)
            return false;
        size_t len = (size_t)(uint8_t)fields.ptr[1] << 8 | (uint8_t)fields.ptr[2];
        if (len > fields.len - HEAD)
            return false;
        const struct record_field *f = field_of(table, (uint8_t)fields.ptr[0], &at);
        if (f != NULL && !read_value(table, f, slice_sub(fields, HEAD, len), record))
            return false;
        fields = slice_skip(fields, HEAD + len);
    }
    return true;
}
