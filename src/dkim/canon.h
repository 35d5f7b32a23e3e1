/* Canonicalisation (RFC 6376 section 3.4): one code for signing and verifying, DKIM and
 * ARC. Octets go out as they are known: nothing of a body is kept. */
#ifndef DKIM_CANON_H
#define DKIM_CANON_H

#include "sceau/dkim.h"

#include "core/slice.h"

enum {
    CANON_BUFFER = 1024 /* gathers small pieces: a hash dislikes them */
};

/* Where canonical octets go. */
struct canon_out {
    void (*write)(void *self, struct sceau_slice octets);
    void *self;
    size_t used;
    char buffer[CANON_BUFFER];
};

void canon_out_init(struct canon_out *out,
                    void (*write)(void *self, struct sceau_slice octets), void *self);

/* Hand on what is still in the buffer. */
void canon_out_flush(struct canon_out *out);

/* One header field and the CRLF behind it (sections 3.4.1, 3.4.2). */
void canon_field(struct canon_out *out, enum sceau_canonicalization how,
                 const struct sceau_field *field);

/* One header field without `gap_length` octets from `gap` of its body, and without the
 * CRLF: how a signature field enters its own hash, b= emptied (section 3.7). */
void canon_field_without(struct canon_out *out, enum sceau_canonicalization how,
                         const struct sceau_field *field, size_t gap,
                         size_t gap_length);

/* A body on its way, cut anywhere (sections 3.4.3, 3.4.4). */
struct canon_body {
    enum sceau_canonicalization how;
    uint64_t octets;        /* canonical ones so far */
    uint64_t pending_crlfs; /* line ends held back: they go if nothing follows */
    bool pending_wsp;       /* relaxed: white space held back */
    bool pending_cr;        /* a CR: the LF may be in the next chunk */
    struct canon_out out;
};

void canon_body_init(struct canon_body *body, enum sceau_canonicalization how,
                     void (*write)(void *self, struct sceau_slice octets), void *self);

/* The next octets. Linear, no memory. */
void canon_body_update(struct canon_body *body, struct sceau_slice chunk);

/* The body is over: the final CRLF is settled, everything is written. */
void canon_body_finish(struct canon_body *body);

/* "simple", "relaxed". */
const char *canon_name(enum sceau_canonicalization how);

#endif
