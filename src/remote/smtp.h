/* One mail handed to a mail server (RFC 5321): the local MTA, or a relay with TLS and a
 * login. */
#ifndef REMOTE_SMTP_H
#define REMOTE_SMTP_H

#include "secret.h"
#include "transfer.h"

enum smtp_security {
    SMTP_AUTO, /* as TLS on a connection that leaves this host, else none */
    SMTP_TLS,  /* STARTTLS, or nothing is sent */
    SMTP_IN_CLEAR,
};

/* Texts are NUL-terminated; NULL or "": none. */
struct smtp_options {
    const char *url; /* "smtp://host[:port]", or "smtps://" */
    enum smtp_security security;
    const char *user, *password_file;
    const char *trust_file;
    const char *helo;  /* this host's name */
    unsigned patience; /* seconds of the whole transfer */
};

struct smtp_mail {
    const char *from;      /* "local@domain"; "": the null sender */
    const char *const *to; /* the same */
    size_t to_count;
    struct sceau_slice octets; /* with CRLF */
    /* Asked before the first octet of it is sent, before the last (`is_end`: behind it the server may
     * have it), and in between: false ends the connection, and nothing was taken. NULL: nobody asks. */
    bool (*may_go)(void *self, bool is_end);
    void *may_go_self;
};

/* Send it. The problem tells what is wrong, and with what, unless it is DONE. An address with
 * a blank, a bracket or a control character is refused here. */
enum sending smtp_send(const struct smtp_options *options, const struct smtp_mail *mail,
                       struct problem *problem);

/* Does the server of this URL stand on this host? */
bool smtp_is_local(const char *url);

/* Is it a path of SMTP: printable ASCII with one @ or more, no blank, no bracket? */
bool smtp_address_is_clean(const char *address);

#endif
