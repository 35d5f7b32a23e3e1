/* One message between MAIL and its end. Nothing outlives milter_mail_reset: what must not
 * reach the next message stands here and nowhere else. */
#ifndef MILTER_MESSAGE_H
#define MILTER_MESSAGE_H

#include "signing.h"

#define MILTER_MACRO_MAX \
 256 /* octets of a macro that we use; a longer one is not used */

struct milter_macro {
    char text[MILTER_MACRO_MAX];
    size_t len;
};

/* Recipients whose addresses are kept: their number is the peer's choice. A message with more
 * is known to no rule about recipients. */
#define MILTER_RECIPIENTS_MAX 1000

enum milter_mail_state {
    MILTER_MAIL_NONE,
    MILTER_MAIL_ENVELOPE, /* MAIL was there */
    MILTER_MAIL_HEADER,
    MILTER_MAIL_BODY, /* the header is over */
};

struct milter_mail {
    enum milter_mail_state state;
    const char *fault; /* why it cannot be judged, static text; else NULL */
    bool has_macros; /* those of its MAIL were there: reset and set before MAIL comes */
    struct milter_macro queue_id;
    struct milter_macro login;
    struct milter_macro auth_type;
    struct milter_macro envelope_id; /* a parameter of MAIL, kept as macros are */
    size_t recipient_count;
    struct sceau_slice *recipients; /* the first MILTER_RECIPIENTS_MAX, as addresses */
    size_t recipients_known;
    size_t recipients_room;
    bool needs_body;  /* there is a signature over it */
    struct text body; /* the beginning of it, as the options ask */
    bool is_body_whole;
    struct sceau_context context;
    struct sceau_verify *verify; /* NULL in role sign, and when the arena is full */
    struct sceau_header header;  /* role sign */
    struct policy_facts facts;
    struct policy_decision decision;
    struct milter_signing *signing; /* NULL: nothing is signed */
    bool may_sign;                  /* of this listener: `told` is set at the end */
    struct milter_signed told;
    struct milter_dress dress;
};

/* What a message needs to know of its connection. */
struct milter_client {
    struct sceau_ip ip;
    bool is_local_socket;
    bool is_submitted_here; /* no SMTP: sendmail(1) */
    uint16_t port;          /* 0: not known */
    struct sceau_slice helo;
    struct sceau_slice mta_name;
};

void milter_macro_set(struct milter_macro *macro, struct sceau_slice value);
struct sceau_slice milter_macro_value(const struct milter_macro *macro);

/* Forget the message, its macros included, and clear its arena. */
void milter_mail_reset(struct milter_mail *mail, struct sceau_arena *arena);

/* MAIL. `mail` was reset (macros for this MAIL may have come since).
 *
 * path, parameters  borrowed for the call */
void milter_mail_begin(struct milter_mail *mail,
                       const struct milter_session_options *options,
                       struct sceau_arena *arena, struct sceau_resolver *resolver,
                       int64_t now, const struct milter_client *client,
                       struct sceau_slice path, struct sceau_slice parameters);

/* "local@domain", the domain as policy compares it; empty when the path is none. */
struct sceau_slice milter_mail_address(struct sceau_arena *arena,
                                       struct sceau_slice path);

/* RCPT. `path` is borrowed for the call. */
void milter_mail_recipient(struct milter_mail *mail, struct sceau_arena *arena,
                           struct sceau_slice path);

/* A header field. `value` as the MTA gave it; with_space: it has the space after the colon.*/
void milter_mail_field(struct milter_mail *mail, struct sceau_arena *arena,
                       struct sceau_slice name, struct sceau_slice value,
                       bool with_space);

void milter_mail_end_header(struct milter_mail *mail,
                            const struct milter_session_options *options,
                            const struct milter_client *client);
void milter_mail_body(struct milter_mail *mail,
                      const struct milter_session_options *options,
                      const struct milter_client *client, struct sceau_slice chunk);

/* Does anybody need what is still to come of the body? */
bool milter_mail_wants_body(const struct milter_mail *mail);

/* The end: verify, decide. mail->decision is set whatever came before. Returns the verdict,
 * or NULL when there is none. */
const struct sceau_verdict *milter_mail_finish(
    struct milter_mail *mail, const struct milter_session_options *options,
    struct sceau_arena *arena, const struct milter_client *client,
    struct milter_owner *owner, int64_t now);

#endif
