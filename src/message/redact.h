/* A header block as it may be told to others: the words of a stranger's message without the
 * names of people (RFC 6590, RFC 9991 section 7.3). Each local part becomes a keyed hash, the
 * same for the same address, so that two reports can be told to be about one person and nobody
 * without the key can find out which. Pure. */
#ifndef MESSAGE_REDACT_H
#define MESSAGE_REDACT_H

#include "sceau/message.h"

#include "core/text.h"

#define REDACT_KEY  32 /* octets */
#define REDACT_HASH 16 /* characters that a local part becomes */
#define REDACT_HASHES \
 500 /* of one text; local parts beyond become zeros: they cost time */
#define REDACT_LINE 990 /* octets of a line that is written; RFC 5322 admits 998 */

enum redact_level {
    /* As it came. */
    REDACT_NOTHING,
    /* Local parts are hashed wherever an address stands; fields that name a recipient in other
     * ways, and links by which one unsubscribes, are left out; links do not work. */
    REDACT_ADDRESSES,
    /* And only the fields by which mail is authenticated and found again remain, without the
     * names beside addresses. */
    REDACT_MOST,
};

struct redaction {
    enum redact_level level;
    const uint8_t *key; /* REDACT_KEY octets */
    /* What Content-Type and Content-Transfer-Encoding say of the body as it is told; empty: what
     * came (redact_parts.h). */
    struct sceau_slice type, encoding;
};

/* The hash of local@domain: lower-case hexadecimal, REDACT_HASH of it; the domain's letter case
 * does not count. False when memory is exhausted. */
bool redact_hash(const uint8_t key[REDACT_KEY], struct sceau_slice local,
                 struct sceau_slice domain, char hash[REDACT_HASH + 1]);

/* The header as lines: printable ASCII, tabs, CRLF; UTF-8 becomes encoded words (RFC 2047), and
 * what is none of that "?"; each line
 * begins with a name and a colon or with a blank, none is empty or over REDACT_LINE octets. At
 * most `max` octets: whole fields, the top ones. {NULL, 0} when memory is exhausted. */
struct sceau_slice redact_header(struct sceau_arena *arena,
                                 const struct redaction *redaction,
                                 const struct sceau_header *header, size_t max);

/* What an address is: also one whose sign is encoded (links, HTML, RFC 2047 over several words,
 * base64), obsolete forms (RFC 5322 section 4.4), copies in "z=" of a signature, logins and
 * local users in trace fields, and what people say for it ("ann at a dot test"). What stands for a
 * person in a database of others is found by its look (opaque.h). Message-ID is told at
 * REDACT_ADDRESSES unless it holds an address: its sender finds his mail by it (RFC 6590 appendix
 * A). In-Reply-To and References are of other people's mail: their left parts are hashed. Not
 * found: names in other words, short numbers outside of links, what is written backwards. */

/* A body of plain text, likewise, but with "?" for UTF-8; it may have empty lines. At most `max`
 * octets. */
struct sceau_slice redact_body(struct sceau_arena *arena,
                               const struct redaction *redaction,
                               struct sceau_slice body, size_t max);

/* The text of a part, likewise, but for the lines, which are as long as they were, and 8-bit
 * octets, which stay: what is no valid UTF-8 becomes "?" with `is_utf8`. */
struct sceau_slice redact_text(struct sceau_arena *arena,
                               const struct redaction *redaction,
                               struct sceau_slice text, bool is_utf8);

/* An address, or a reverse path without its brackets. */
struct sceau_slice redact_address(struct sceau_arena *arena,
                                  const struct redaction *redaction,
                                  struct sceau_slice address);

#endif
