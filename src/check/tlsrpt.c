/* The record of RFC 8460 section 3. URIs are those of DMARC, but for the sizes that DMARC
 * once had: "!" is percent-encoded here. */
#include "tlsrpt.h"

#include "dmarc/uri.h"
#include "fields.h"

#define VERSION SCEAU_SLICE("v=TLSRPTv1")

bool
tlsrpt_is_record(struct sceau_slice text)
{
    return fields_has_version(text, VERSION);
}

/* Can a report go there? */
static bool
is_usable(struct sceau_arena *arena, struct sceau_slice text)
{
    struct dmarc_uri uri;
    return slice_find(text, '!') == text.len &&
           dmarc_uri_parse(arena, text, &uri) == SCEAU_OK &&
           (uri.is_mailto ||
            (slice_eq_ci(uri.scheme, SCEAU_SLICE("https")) && uri.host.len > 0));
}

/* tlsrpt-rua = %s"rua=" tlsrpt-uri *(*WSP "," *WSP tlsrpt-uri) */
static enum sceau_status
take_rua(struct sceau_arena *arena, struct sceau_slice value,
         struct tlsrpt_record *record)
{
    struct sceau_slice part;
    while (slice_next(&value, ',', &part)) {
        part = slice_trim(part);
        if (!is_usable(arena, part))
            record->unusable++;
        else if (record->rua_count < TLSRPT_URIS_MAX)
            record->rua[record->rua_count++] = part;
        else
            return SCEAU_E_LIMIT;
    }
    return SCEAU_OK;
}

enum sceau_status
tlsrpt_record_parse(struct sceau_arena *arena, struct sceau_slice text,
                    struct tlsrpt_record *record, struct sceau_diag *diag)
{
    struct fields f = fields_of(text, VERSION);
    bool has_rua = false;
    *record = (struct tlsrpt_record){0};
    while (fields_next(&f)) {
        if (slice_eq(f.name, SCEAU_SLICE("rua"))) {
            has_rua = true;
            if (take_rua(arena, f.value, record) != SCEAU_OK)
                return SCEAU_E_LIMIT;
        } else if (!fields_is_extension(&f)) {
            f.cursor.pos = f.value_at;
            cursor_fail(&f.cursor, "printable text without a blank or \"=\"");
        }
    }
    if (!has_rua)
        cursor_fail(&f.cursor, "rua=");
    return cursor_status(&f.cursor, diag);
}
