/* SMTP as a sending server would speak it, up to the point where mail would begin: connect,
 * greeting, EHLO, STARTTLS, EHLO, QUIT. No message is ever sent.
 *
 * One thread speaks to many servers at once (poll), each with its own deadlines: a slow one
 * takes nobody else's time. Opens sockets and reads a clock. */
#ifndef CHECK_SMTP_PROBE_H
#define CHECK_SMTP_PROBE_H

#include "smtp_reply.h"

#define SMTP_PROBE_REPLY_MS 30000 /* one step; RFC 5321 section 4.5.3.2 has minutes */
#define SMTP_PROBE_TOTAL_MS 60000 /* one server */
#define SMTP_PROBE_QUIT_MS  2000
#define SMTP_PROBE_PARALLEL 32 /* servers at a time */
#define SMTP_CHAIN_MAX      20 /* certificates of one server */

struct smtp_target {
    struct sceau_ip address;
    struct sceau_slice
        host;        /* asked for in the handshake (SNI); the certificate's name */
    bool is_own;     /* the administrator's: it may be asked whether it relays */
    bool is_old_tls; /* offer TLS 1.0 and 1.1 alone */
};

struct smtp_probe_options {
    struct sceau_slice ehlo; /* our name */
    uint16_t port;           /* 0: 25 */
    bool allow_private; /* else an address that is not public is not connected to */
    uint32_t reply_ms;  /* 0: as above */
    uint32_t total_ms;
    const char *trust_file; /* PEM; NULL: the system's */
    int64_t now;            /* at which certificates must be valid */
};

/* How far it came. */
enum smtp_step {
    SMTP_CONNECT,
    SMTP_GREETING,
    SMTP_EHLO,
    SMTP_STARTTLS,
    SMTP_HANDSHAKE,
    SMTP_EHLO_TLS,
    SMTP_MAIL,
    SMTP_RCPT,
    SMTP_RSET,
    SMTP_QUIT,
    SMTP_DONE,
};

/* Why it went no further. */
enum smtp_failure {
    SMTP_FINE,
    SMTP_NOT_PUBLIC,  /* never connected to */
    SMTP_REFUSED,     /* nobody listens, or a firewall says no */
    SMTP_UNREACHABLE, /* no way there from here */
    SMTP_TIMEOUT,
    SMTP_CLOSED,   /* in the middle */
    SMTP_BROKEN,   /* what came is no SMTP: `detail` says what was expected */
    SMTP_NEGATIVE, /* an honest no: `reply` */
    SMTP_NO_TLS,   /* the handshake failed: `detail` */
    SMTP_SYSTEM,   /* our own trouble: memory, sockets */
};

const char *smtp_failure_sentence(enum smtp_failure failure);

enum smtp_relay {
    SMTP_RELAY_NOT_ASKED,
    SMTP_RELAY_REFUSED,
    SMTP_RELAY_ACCEPTED,
    SMTP_RELAY_UNCLEAR, /* a temporary no, or it hung up */
};

/* What was found. Texts and certificates are in the arena; texts are the server's. */
struct smtp_outcome {
    enum smtp_failure failure;
    enum smtp_step failed_at;
    const char *detail;       /* static text, or NULL */
    struct sceau_slice reply; /* of a negative one: code and first line */
    struct sceau_ip local;    /* whom the server saw */
    struct sceau_slice banner, banner_name, ehlo_name;
    bool has_greeting; /* 220 */
    bool offers_starttls;
    uint32_t connect_ms, greeting_ms, handshake_ms, total_ms;
    bool has_tls;
    const char *tls_version, *cipher;                /* OpenSSL's static text */
    struct sceau_slice certificates[SMTP_CHAIN_MAX]; /* DER, the server's own first */
    size_t certificate_count;
    const char *chain_problem; /* NULL: it leads to a trusted root; static text */
    bool is_named;             /* the certificate is for `host` */
    struct sceau_slice names;  /* that it is for, by blanks */
    int64_t not_before, not_after;
    enum smtp_relay relay;
    struct sceau_slice relay_reply;
};

/* Speak to all of them; `outcomes` has room for `count`. Returns SCEAU_OK whatever the
 * servers do; SCEAU_E_SYSTEM when OpenSSL or the trust file gives out; SCEAU_E_LIMIT when
 * the arena is full. Ends within total_ms for each SMTP_PROBE_PARALLEL targets. */
enum sceau_status smtp_probe(struct sceau_arena *arena,
                             const struct smtp_probe_options *options,
                             const struct smtp_target *targets, size_t count,
                             struct smtp_outcome *outcomes);

#endif
