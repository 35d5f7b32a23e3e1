/* Lines of an IMAP server (RFC 9051 section 7, RFC 3501 section 7), as far as a mailbox of
 * reports needs them. The server is a stranger: any octet may stand anywhere. */
#ifndef REMOTE_IMAP_LINE_H
#define REMOTE_IMAP_LINE_H

#include "core/slice.h"

#define IMAP_LINE_MAX ((size_t)64 * 1024) /* octets, with the line's end */

enum imap_kind {
    IMAP_BROKEN,   /* no line of the protocol */
    IMAP_UNTAGGED, /* "* 12 FETCH (...)", "* OK ...", "* BYE ..." */
    IMAP_TAGGED,   /* "A7 OK ...": the end of an answer */
    IMAP_CONTINUE, /* "+ ..." */
};

enum imap_status {
    IMAP_STATUS_NONE,
    IMAP_STATUS_OK,
    IMAP_STATUS_NO,
    IMAP_STATUS_BAD,
    IMAP_STATUS_BYE,
};

/* All slices lie in the line. */
struct imap_line {
    enum imap_kind kind;
    struct sceau_slice tag;
    enum imap_status status;
    struct sceau_slice code; /* between the brackets behind OK, NO, BAD; may be empty */
    bool has_number;
    uint32_t number;         /* 12 of "* 12 FETCH" */
    struct sceau_slice word; /* "FETCH", "CAPABILITY", ... */
    struct sceau_slice rest; /* what stands behind all that */
};

/* One line without its end. Linear. */
struct imap_line imap_line_read(struct sceau_slice text);

/* Does it end in "{123}": so many octets follow that are no lines? */
bool imap_line_literal(struct sceau_slice line, uint64_t *octets);

/* Is this word among those by blanks in `rest`, in any letter case? */
bool imap_has_word(struct sceau_slice rest, struct sceau_slice word);

/* "UIDVALIDITY 12345" in a response code: false when it is another one. */
bool imap_code_number(struct sceau_slice code, struct sceau_slice name,
                      uint32_t *number);

/* What a FETCH response says of one mail. */
struct imap_fetched {
    bool has_uid, has_size, is_deleted;
    bool has_body; /* its literal is the mail: BODY[] */
    uint32_t uid;
    uint64_t size;
};

/* Add what stands in one part of a FETCH response: up to a literal, or behind it. False
 * when it breaks the grammar; what was read before stays. */
bool imap_fetched_read(struct sceau_slice part, struct imap_fetched *fetched);

#endif
