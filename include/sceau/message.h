/* A message as its verifiers need it: the header block as fields, the body as a stream,
 * and the one author domain (RFC 5322, 6854, 6532; RFC 9989 section 5.3.1). */
#ifndef SCEAU_MESSAGE_H
#define SCEAU_MESSAGE_H

#include "sceau/core.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SCEAU_FIELD_MAX         ((size_t)100 * 1024)  /* octets of one header field */
#define SCEAU_HEADER_MAX        ((size_t)1024 * 1024) /* octets of the header block */
#define SCEAU_FIELDS_MAX        ((size_t)5000)        /* fields of a header block */
#define SCEAU_COMMENT_DEPTH_MAX 16
#define SCEAU_MAILBOXES_MAX     100 /* in one From field */

/* One header field, exactly as it came. */
struct sceau_field {
    struct sceau_slice raw; /* name, colon, body with its folds (CRLF), no final CRLF */
    struct sceau_slice
        name; /* without white space before the colon (RFC 5322 section 4.5) */
    struct sceau_slice body; /* all after the colon: leading space and folds included */
};

/* What is wrong with a header block. Several may be set; none stops the reading. */
enum sceau_header_defect {
    SCEAU_HEADER_LEADING_SPACE = 1 << 0, /* the first line continues nothing */
    SCEAU_HEADER_NO_COLON = 1 << 1, /* a line that is no field: the rest became body */
    SCEAU_HEADER_BAD_NAME = 1 << 2, /* empty name, or octets a name cannot have */
    SCEAU_HEADER_NUL = 1 << 3,      /* a NUL octet in a field */
    SCEAU_HEADER_BARE_CR = 1 << 4,  /* CR without LF in a field */
    SCEAU_HEADER_BARE_LF = 1 << 5,  /* LF without CR in a field, or without a fold */
    SCEAU_HEADER_LIMIT = 1 << 6,  /* a limit above was hit: fields are missing, and the
                                   * verdict is permerror */
    SCEAU_HEADER_ABSENT = 1 << 7, /* no field at all */
};

/* The header block: fields top first. Filled by sceau_header_add or by a reader. */
struct sceau_header {
    struct sceau_field *fields;
    size_t count;
    size_t capacity;
    size_t octets;    /* of all fields with their line ends */
    unsigned defects; /* enum sceau_header_defect, or-ed */
};

/** Append one field given as name and body, as a milter gets them: a lone LF in a fold
 * is made CRLF, octets are copied to the arena. What breaks a limit sets
 * SCEAU_HEADER_LIMIT and is not added. Returns SCEAU_OK or SCEAU_E_LIMIT. */
SCEAU_API
enum sceau_status sceau_header_add(struct sceau_arena *arena,
                                   struct sceau_header *header, struct sceau_slice name,
                                   struct sceau_slice body);

/** The same header with one more field on top: "name: body". `header` stays as it is, and
 * so does every pointer into it; `with` shares its octets and has fields of its own.
 * Returns as sceau_header_add. O(fields). */
SCEAU_API
enum sceau_status sceau_header_with_on_top(struct sceau_arena *arena,
                                           const struct sceau_header *header,
                                           struct sceau_slice name,
                                           struct sceau_slice body,
                                           struct sceau_header *with);

/** The n-th field of that name from the top (n from 0; letter case ignored), or NULL. */
SCEAU_API
const struct sceau_field *sceau_header_find(const struct sceau_header *header,
                                            struct sceau_slice name, size_t n);

/* Cuts a message that arrives in chunks of any size into header block and body. Where a
 * line without a colon comes before the empty line, the header ends there and the line
 * belongs to the body, as Postfix does. */
struct sceau_message_reader {
    struct sceau_arena *arena;
    struct sceau_header header;
    char *pending; /* the field being read */
    size_t pending_len;
    size_t pending_capacity;
    char last_octet;      /* of what was fed: a CR may await its LF */
    bool at_line_start;   /* the next octet begins a line */
    bool is_continuation; /* the line at hand continues a field */
    bool header_done;
    bool skipping; /* the rest of a field over the limit */
};

SCEAU_API
void sceau_message_reader_init(struct sceau_message_reader *reader,
                               struct sceau_arena *arena);

/** Feed octets. While the header lasts, everything is taken; then `*body` is the part of
 * `chunk` that belongs to the body (it borrows the chunk, or the arena when a line turned
 * out to be body). Linear. Call `_end` when the message is over. */
SCEAU_API
void sceau_message_reader_feed(struct sceau_message_reader *reader,
                               struct sceau_slice chunk, struct sceau_slice *body);

/** The input is over: a last line without CRLF becomes a field, or body. */
SCEAU_API
void sceau_message_reader_end(struct sceau_message_reader *reader,
                              struct sceau_slice *body);

/* ---- who wrote it ---------------------------------------------------------------- */

enum sceau_author_status {
    SCEAU_AUTHOR_ONE,             /* exactly one domain */
    SCEAU_AUTHOR_NO_FROM,         /* no From field */
    SCEAU_AUTHOR_SEVERAL_FROM,    /* more than one From field */
    SCEAU_AUTHOR_SYNTAX,          /* not a mailbox-list (RFC 5322 section 3.6.2) */
    SCEAU_AUTHOR_NO_DOMAIN,       /* an empty group, or a domain literal */
    SCEAU_AUTHOR_SEVERAL_DOMAINS, /* mailboxes of different domains */
    SCEAU_AUTHOR_LIMIT,           /* a named limit was hit */
    SCEAU_AUTHOR_HEADER, /* the header block is damaged: nothing in it is safe */
};

struct sceau_author {
    enum sceau_author_status status;
    struct sceau_slice domain; /* ONE: A-labels, lower case, no final dot; else empty */
    struct sceau_slice local;  /* ONE: the local part of the first mailbox, unquoted */
    struct sceau_slice display; /* ONE: its display name, as written; may be empty */
    size_t mailboxes;
    const char *reason; /* why not ONE, in a few words: static text */
    size_t offset;      /* SYNTAX: octets into the From body */
};

/** Find the one author domain, or say why there is none. Everything is parsed before a
 * word is believed; nothing of an encoded-word is decoded inside an address. Linear. */
SCEAU_API
void sceau_author_find(struct sceau_arena *arena, const struct sceau_header *header,
                       struct sceau_author *author);

/* ---- the envelope ------------------------------------------------------------------ */

/* A reverse-path or forward-path of SMTP (RFC 5321 section 4.1.2). */
struct sceau_path {
    bool is_valid;
    bool is_null;             /* <> */
    struct sceau_slice local; /* unquoted */
    struct sceau_slice
        domain; /* as given, without one final dot; "[…]" for a literal */
    struct sceau_slice text; /* between the angle brackets, source route removed */
};

/** Parse the path after MAIL FROM: or RCPT TO:, with or without angle brackets, without
 * the parameters behind it. A source route is dropped (RFC 5321 appendix C). The null path
 * is "<>", or nothing at all; whatever else is no path gives is_valid = false, with all
 * else empty. A path without a domain (`<postmaster>`) is not valid here: nothing of it
 * can be authenticated. */
SCEAU_API
void sceau_path_parse(struct sceau_arena *arena, struct sceau_slice text,
                      struct sceau_path *path);

#ifdef __cplusplus
}
#endif
#endif
