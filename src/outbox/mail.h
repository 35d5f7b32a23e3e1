/* The mail that carries a report: RFC 9990 section 3.5.2, RFC 5322, RFC 2045. Seven-bit
 * throughout, no line over 998 octets, so that it arrives as it was signed.
 *
 * Nothing that comes from DNS or from reports reaches the header unchecked: addresses are
 * those that dmarc_uri_parse let through, names are domain names, and a configured text
 * that is not printable ASCII is encoded (RFC 2047). */
#ifndef OUTBOX_MAIL_H
#define OUTBOX_MAIL_H

#include "identity.h"

#define OUTBOX_LINE 76 /* characters of base64 in a line, RFC 2045 section 6.8 */

struct outbox_mail {
    const struct outbox_identity *identity;
    const char *id;                  /* that the report has */
    struct sceau_slice from;         /* report.from: local@domain */
    struct sceau_slice organization; /* display name, for people; may be empty */
    struct sceau_slice to;           /* the mailbox of one URI */
    struct sceau_slice contact;      /* a line of the text for people; may be empty */
    int64_t date; /* when the report was built: the same on a resend */
    uint64_t messages;
    bool is_bulk; /* Precedence: bulk */
};

/* The header of a mail that carries something else, up to its Content-Type. `identity`,
 * `id` and `messages` are not looked at. {NULL, 0} when the arena is full.
 *
 * id       of the report: its Message-ID follows from it
 * subject  folded, printable ASCII */
struct sceau_slice outbox_mail_header(struct sceau_arena *arena,
                                      const struct outbox_mail *mail, const char *id,
                                      struct sceau_slice subject);

/* Takes octets. False: writing has failed. */
struct outbox_writer {
    bool (*put)(struct outbox_writer *self, struct sceau_slice octets);
    bool has_failed;
    size_t pending; /* octets of the attachment that fill no line yet */
    uint8_t rest[OUTBOX_LINE / 4 * 3];
};

/* The header and the text for people, up to where the attachment's base64 begins. */
void outbox_mail_begin(struct outbox_writer *w, struct sceau_arena *arena,
                       const struct outbox_mail *mail);

/* The next octets of the packed report, in pieces of any size. */
void outbox_mail_attach(struct outbox_writer *w, struct sceau_slice octets);

/* The end. False when anything could not be written. */
bool outbox_mail_end(struct outbox_writer *w, const struct outbox_mail *mail);

#endif
