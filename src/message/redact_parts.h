/* The body of a message as it may be told to others: its texts, without the names of people
 * (redact.h), and of all else only what it was (RFC 9991 section 7.3: attachments are removed).
 *
 * Plain text and HTML are told, in whatever encoding they came, HTML as the text that a person
 * reads; in a body of parts, each in its place. What is told is seven-bit: UTF-8 and other
 * charsets in which ASCII is ASCII go as quoted-printable. No field of a part is told as it
 * came, and the texts before the first and behind the last part are not. Pure. */
#ifndef MESSAGE_REDACT_PARTS_H
#define MESSAGE_REDACT_PARTS_H

#include "redact.h"

#define REDACT_PARTS 64 /* of a body; the rest is withheld */
#define REDACT_DEPTH 8  /* of parts in parts */

struct redacted_body {
    struct sceau_slice text; /* lines with CRLF; {NULL, 0}: none of it may be told */
    /* What the message's header has to say of it, for struct redaction; empty: what came. */
    struct sceau_slice type, encoding;
    unsigned told, withheld; /* parts */
};

/* At most `max` octets: of what is longer whole lines, and whole parts' ends. The body may be cut.
 * At REDACT_NOTHING parts are told as they came, with "?" for 8-bit octets: they could only be
 * kept by encoding anew what is to be seen as it is. At REDACT_MOST nothing is told. False when
 * memory is exhausted. */
bool redact_parts(struct sceau_arena *arena, const struct redaction *redaction,
                  const struct sceau_header *header, struct sceau_slice body,
                  size_t max, struct redacted_body *redacted);

#endif
