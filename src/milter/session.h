/* One milter connection: packets in, verification and policy, packets out. No socket, no
 * clock, no thread; nothing of one message reaches the next.
 *
 *     struct milter_session *s = milter_session_new(&options, resolver, &owner);
 *     while (milter_session_feed(s, now, octets) == MILTER_MORE)
 *         octets = read(…);
 *     milter_session_free(s);
 */
#ifndef MILTER_SESSION_H
#define MILTER_SESSION_H

#include "sceau/verify.h"

#include "keys/keyring.h"
#include "packet.h"
#include "policy/policy.h"
#include "policy/signing.h"

/* What a listener is for (DESIGN.md section 3): macros come from whoever connects, so only
 * a listener that the configuration says so may sign. */
enum milter_role {
    MILTER_ROLE_VERIFY,
    MILTER_ROLE_SIGN, /* nothing is verified; forged result fields are still removed */
    MILTER_ROLE_BOTH,
};

/* Nothing here is owned by the session; it all lives longer. */
struct milter_session_options {
    const struct policy_config *policy;
    const struct sceau_verify_options *verify;
    enum milter_role role;
    const struct policy_signing_config *signing; /* NULL: nothing is signed */
    struct keyring *keyring;                     /* the same */
    size_t memory; /* octets one message may take; 0: SCEAU_MESSAGE_MEMORY */
    size_t
        body_kept; /* octets of a body that is verified, from its beginning, that are told
                       * to the owner; 0: none */
};

/* What was signed, or why nothing was. */
struct milter_signed {
    struct policy_signing ruling;
    struct sceau_slice
        domain; /* d=; of a message that is not signed: whose keys were wanted */
    struct sceau_slice selectors[KEYRING_KEYS_MAX];
    size_t count;    /* signatures */
    unsigned sealed; /* instance of the ARC set that was added; 0: none */
    const char
        *unsealed;   /* why a seal was wanted and is not there, static text; or NULL */
    size_t refolded; /* header fields whose lines were over 998 octets */
    bool has_long_lines; /* in its body */
};

/* A message that was answered, told to the owner before the answer leaves: for log and
 * journal. Valid until the call returns. */
struct milter_message {
    const struct policy_facts *facts;
    const struct sceau_verdict *verdict; /* NULL: refused before it could be judged */
    const struct policy_decision *decision;
    const struct milter_signed *signing; /* NULL: this listener does not sign */
    struct sceau_slice envelope_id; /* ENVID of MAIL (RFC 3461 section 4.4), as given */
    uint16_t client_port;           /* 0: not known */
    struct sceau_slice body;        /* its beginning (body_kept) */
    bool is_body_whole;
};

/* Who owns the connection. Embed it as the first member of your own struct. */
struct milter_owner {
    /* Octets for the MTA: all packets that answer one command. Copy or write them. */
    void (*send)(struct milter_owner *self, struct sceau_slice packets);
    void (*message)(struct milter_owner *self, const struct milter_message *message);
    /* How many tempfails this message got for a temperror (V6). NULL: always 0. */
    unsigned (*tempfails_so_far)(struct milter_owner *self,
                                 const struct policy_facts *facts,
                                 const struct sceau_verdict *verdict);
};

enum milter_next {
    MILTER_MORE,  /* feed more octets */
    MILTER_CLOSE, /* QUIT, or the peer broke the protocol: close the connection */
};

struct milter_session;

/** A new connection. NULL when memory is exhausted. */
struct milter_session *milter_session_new(const struct milter_session_options *options,
                                          struct sceau_resolver *resolver,
                                          struct milter_owner *owner);

/** NULL is fine. */
void milter_session_free(struct milter_session *session);

/** Octets from the MTA, cut anywhere: the replies are the same wherever the cuts are.
 * Blocks while DNS is awaited at the end of a message. After MILTER_CLOSE every call
 * returns MILTER_CLOSE.
 *
 * now  seconds since the epoch, UTC: the time of what arrives with these octets */
enum milter_next milter_session_feed(struct milter_session *session, int64_t now,
                                     struct sceau_slice octets);

/** Why the session asked to close, static text; NULL after QUIT and before. */
const char *milter_session_error(const struct milter_session *session);

#endif
