/* "v=NAME; field=value; …": the TXT records of MTA-STS and TLS-RPT have one grammar
 * (RFC 8461 section 3.1, RFC 8460 section 3). */
#ifndef CHECK_FIELDS_H
#define CHECK_FIELDS_H

#include "core/cursor.h"

/* Does the text begin with "version" and ";"? Others at the same name are no such record.
 * `version` is the whole field: "v=STSv1". */
bool fields_has_version(struct sceau_slice text, struct sceau_slice version);

/* The fields of a record one by one, behind its version. */
struct fields {
    struct cursor cursor;
    struct sceau_slice name, value; /* of the field at hand; they borrow the text */
    size_t value_at;                /* octets into the text */
    size_t count;
};

struct fields fields_of(struct sceau_slice text, struct sceau_slice version);

/* Step to the next field. False at the end, and when the record breaks its grammar: then
 * the cursor has failed. `value` is text up to the next ";" without WSP at its end: what may
 * stand in it is the field's own to say. */
bool fields_next(struct fields *f);

/* Name and value of a field that the standard does not know. */
bool fields_is_extension(const struct fields *f);

#endif
