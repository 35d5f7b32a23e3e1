/* TLS-RPT (RFC 8460): who gets reports about TLS. */
#ifndef CHECK_TLSRPT_H
#define CHECK_TLSRPT_H

#include "core/slice.h"

#define TLSRPT_URIS_MAX 16

struct tlsrpt_record {
    struct sceau_slice rua[TLSRPT_URIS_MAX]; /* mailto: and https: URIs, as published */
    size_t rua_count;
    size_t unusable; /* URIs of another scheme, or none at all */
};

/* Does a TXT record at _smtp._tls claim to be one? Others there are left aside. */
bool tlsrpt_is_record(struct sceau_slice text);

/* Parse one record (RFC 8460 section 3); the result borrows it.
 *
 * Returns SCEAU_OK also when no URI can be used (rua_count is 0), SCEAU_E_SYNTAX with
 * diag, or SCEAU_E_LIMIT (more than TLSRPT_URIS_MAX URIs, or the arena is full). */
enum sceau_status tlsrpt_record_parse(struct sceau_arena *arena,
                                      struct sceau_slice text,
                                      struct tlsrpt_record *record,
                                      struct sceau_diag *diag);

#endif
