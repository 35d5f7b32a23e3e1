/* What records of the journal are made of: fields of a number u8, a length u16 and octets; all
 * numbers big-endian. A field at its default (0, empty) is not written. One table writes and
 * reads the fields of a type. */
#ifndef STORE_RECORD_FIELD_H
#define STORE_RECORD_FIELD_H

#include "core/slice.h"
#include "core/text.h"

#define RECORD_FIELD_MAX ((size_t)UINT16_MAX) /* octets; a longer text is cut there */

enum record_field_kind {
    RECORD_FIELD_U8,
    RECORD_FIELD_U64,
    RECORD_FIELD_TEXT, /* struct sceau_slice */
    RECORD_FIELD_IP,   /* struct sceau_ip */
    RECORD_FIELD_OWN,  /* the table's functions know it; it may be repeated */
};

/* Numbers are for ever: add at the end, never reuse one. */
struct record_field {
    uint8_t number;
    enum record_field_kind kind;
    size_t offset; /* in the record */
};

struct record_table {
    const struct record_field *fields;
    size_t count;
    void (*put_own)(struct text *out, uint8_t number, const void *record);
    /* False when the value is broken. */
    bool (*read_own)(uint8_t number, struct sceau_slice value, void *record);
};

/* All fields of a record. */
void record_fields_put(struct text *out, const struct record_table *table,
                       const void *record);

/* Read `fields` into a record that holds the defaults; slices borrow them. Fields that the table
 * does not know are skipped. False when they are broken. Linear. */
bool record_fields_read(struct sceau_slice fields, const struct record_table *table,
                        void *record);

/* ---- for put_own ---- */

/* The head alone; `len` octets have to follow. */
void record_field_put_head(struct text *out, uint8_t number, size_t len);
void record_field_put_text(struct text *out, uint8_t number, struct sceau_slice value);

#endif
