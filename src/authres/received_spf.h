/* Received-SPF (RFC 7208 section 9.1): the trace field for readers that do not know
 * Authentication-Results. Written only: a field that came with the message proves nothing. */
#ifndef AUTHRES_RECEIVED_SPF_H
#define AUTHRES_RECEIVED_SPF_H

#include "core/slice.h"

/* What is known of one check; what is empty is left out. */
struct received_spf {
    const char *result;         /* "pass", "fail", … of section 2.6 */
    struct sceau_slice comment; /* for people */
    const char *identity;       /* "mailfrom" or "helo" */
    struct sceau_ip ip;
    struct sceau_slice envelope_from; /* addr-spec, local part unquoted */
    struct sceau_slice helo;
    struct sceau_slice receiver;
    struct sceau_slice mechanism; /* "default" when none matched */
    struct sceau_slice problem;   /* of an error */
};

/* The field body, folded like authres_end's. Empty when the arena is full. */
struct sceau_slice received_spf_write(struct sceau_arena *arena,
                                      const struct received_spf *spf, bool is_smtputf8);

#endif
