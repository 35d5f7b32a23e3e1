/* One conversation of the SMTP probe: a socket, perhaps TLS over it, and where it stands. */
#ifndef CHECK_SMTP_CONNECTION_H
#define CHECK_SMTP_CONNECTION_H

#include "smtp_probe.h"

#include <openssl/ssl.h>

/* What the conversations of one probe share. */
struct smtp_world {
    struct sceau_arena *arena;
    const struct smtp_probe_options *options;
    SSL_CTX *tls;     /* versions of today */
    SSL_CTX *old_tls; /* 1.0 and 1.1 */
    bool is_full;     /* the arena */
};

struct smtp_connection {
    struct smtp_world *world;
    const struct smtp_target *target;
    struct smtp_outcome *outcome;
    enum smtp_step step;
    int fd; /* -1: none */
    SSL *ssl;
    short events; /* what to poll for */
    int64_t started_ms, step_ms;
    int64_t deadline_ms; /* of this step */
    size_t in_len, out_len, out_sent;
    char in[SMTP_REPLY_MAX + SMTP_REPLY_LINE_MAX];
    char out[600]; /* one command: EHLO and a name of 253 octets is the longest */
};

/* Start to connect. Afterwards it waits for `events` on fd until deadline_ms, or is done. */
void smtp_connection_open(struct smtp_connection *c, int64_t now_ms);

/* Go on as far as the server lets it. */
void smtp_connection_advance(struct smtp_connection *c, int64_t now_ms);

/* The deadline has passed. */
void smtp_connection_expire(struct smtp_connection *c, int64_t now_ms);

static inline bool
smtp_connection_is_done(const struct smtp_connection *c)
{
    return c->step == SMTP_DONE;
}

/* smtp_tls.c: contexts for both, or false. */
bool smtp_tls_init(struct smtp_world *world);
void smtp_tls_clear(struct smtp_world *world);

/* Write down version, chain, names and dates of a handshake that is over. */
void smtp_tls_note(struct smtp_connection *c);

#endif
