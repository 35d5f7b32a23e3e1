/* DMARC Reporting URIs: where rua= and ruf= ask reports to go (RFC 9989 sections 4.6
 * and 4.8, RFC 3986, RFC 6068). */
#ifndef DMARC_URI_H
#define DMARC_URI_H

#include "core/slice.h"

struct dmarc_uri {
    struct sceau_slice text;   /* as published, without the obsolete size ("!10m") */
    struct sceau_slice scheme; /* as written */
    struct sceau_slice host;   /* A-labels, lower case; empty: no domain names a host */
    bool is_mailto;
    struct sceau_slice mailbox; /* mailto: local-part@host, percent-decoded: letters,
                                 * digits and atext only, so never CR, LF or a blank */
};

/* Parse one dmarc-uri or obs-dmarc-uri, the whole text. Commas and exclamation points
 * of the URI itself must be percent-encoded. A mailto names exactly one mailbox, its
 * local part a dot-atom. Returns SCEAU_OK, SCEAU_E_SYNTAX, or SCEAU_E_LIMIT when the
 * arena is full. Linear. */
enum sceau_status dmarc_uri_parse(struct sceau_arena *arena, struct sceau_slice text,
                                  struct dmarc_uri *uri);

/* Parse a dmarc-urilist, keeping what is a URI: RFC 9990 section 3.5 lets a receiver
 * ignore the malformed ones.
 *
 * uris       texts of the good ones, in order, sizes removed; they borrow `value`
 * malformed  how many were left out; may be NULL
 *
 * Returns SCEAU_OK, SCEAU_E_SYNTAX when no URI is left (count is 0), SCEAU_E_LIMIT when
 * the arena is full. */
enum sceau_status dmarc_urilist_parse(struct sceau_arena *arena,
                                      struct sceau_slice value,
                                      const struct sceau_slice **uris, size_t *count,
                                      size_t *malformed);

#endif
