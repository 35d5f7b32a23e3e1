/* The MTA's side of the milter protocol, for tests, benches and the harness: commands as
 * octets, and what an MTA would do with the replies. No I/O. */
#ifndef MILTER_MTA_H
#define MILTER_MTA_H

#include "packet.h"

/* ---- commands: each appends one packet --------------------------------------------------- */

void mta_negotiate(struct text *out, const struct milter_negotiation *n);

/* pairs  name, value, name, value, …: `count` slices */
void mta_macros(struct text *out, enum milter_command command,
                const struct sceau_slice *pairs, size_t count);

/* host, and an address as text: IPv4, IPv6 (with or without "IPv6:"), "local:PATH" for a Unix
 * socket, "unknown". */
void mta_connect(struct text *out, struct sceau_slice host, struct sceau_slice address,
                 uint16_t port);

/* HELO, MAIL, RCPT, UNKNOWN: `count` strings; NULs inside go out as they are. */
void mta_strings(struct text *out, enum milter_command command,
                 const struct sceau_slice *strings, size_t count);

/* value  as the negotiation wants it: with the leading space or without; folds are LF */
void mta_header(struct text *out, struct sceau_slice name, struct sceau_slice value);

/* BODY, END: `data` as it is. */
void mta_data(struct text *out, enum milter_command command, struct sceau_slice data);

/* DATA, END_HEADER, ABORT, QUIT, QUIT_NEW, END without data. */
void mta_plain(struct text *out, enum milter_command command);

/* ---- replies ------------------------------------------------------------------------------- */

struct mta_added_field {
    struct sceau_slice name;
    struct sceau_slice value; /* without the leading space; folds are LF */
    size_t place; /* in the header block as delivered: 0 = on top. Fields that the MTA
                   * itself adds are not counted. */
};

struct mta_removed_field {
    struct sceau_slice name; /* as the reply named it */
    size_t nth;              /* of that name, from 1, in the message as it came */
};

/* What was asked for in answer to one command. */
struct mta_outcome {
    bool is_final; /* a reply that ends the answer was there */
    enum milter_reply
        end; /* CONTINUE, ACCEPT, REJECT, TEMPFAIL, CODE, DISCARD, SKIP, … */
    struct sceau_slice code; /* CODE: "550 5.7.1 text", percent signs halved */
    bool is_held;            /* quarantine was asked for */
    struct sceau_slice hold_reason;
    bool body_replaced;
    struct sceau_slice body;
    struct sceau_slice from; /* change of the envelope sender; empty: none */
    size_t added_rcpt_count;
    size_t deleted_rcpt_count;
    const struct mta_added_field *added; /* top first */
    size_t added_count;
    const struct mta_removed_field *removed; /* in the order of the replies */
    size_t removed_count;
    struct milter_negotiation negotiation; /* the answer to NEGOTIATE */
    bool has_negotiation;
};

/** Read all packets that answered one command, as Postfix does.
 *
 * names  of the header fields of the message as it came, top first: what deletions and
 *        places count by
 * steps  what was negotiated: MILTER_LEADING_SPACE says whether values carry the space
 *
 * Returns SCEAU_OK; SCEAU_E_SYNTAX when a packet is malformed, a reply is unknown, something
 * follows the final reply, or a removal names no field; SCEAU_E_LIMIT. */
enum sceau_status mta_outcome_read(struct sceau_arena *arena,
                                   struct sceau_slice packets,
                                   const struct sceau_slice *names, size_t name_count,
                                   uint32_t steps, struct mta_outcome *outcome);

#endif
