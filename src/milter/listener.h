/* Where the milter listens: "unix:PATH" or "inet:PORT@ADDRESS", each with a role.
 *
 *     unix:/run/sceau/milter.sock[,role=verify][,mode=0660][,owner=sceau][,group=postfix]
 *     inet:8891@127.0.0.1[,role=verify]        as Sendmail spells it; inet6: too
 *     inet:127.0.0.1:8891                      as Postfix spells it
 *     local:PATH                               another word for unix:
 *
 * Macros come from whoever connects, so a TCP listener verifies only, unless its peer is
 * named in milter.tcp_sign_peers (the server checks that). */
#ifndef MILTER_LISTENER_H
#define MILTER_LISTENER_H

#include "core/slice.h"
#include "milter/session.h"

#define LISTENER_PATH_MAX \
 107 /* octets of a Unix socket's path, sun_path less its NUL */

struct milter_listener {
    bool is_unix;
    char path[LISTENER_PATH_MAX + 1]; /* Unix */
    struct sceau_ip address;          /* TCP */
    uint16_t port;
    enum milter_role role;
    bool has_role;  /* said, not the default */
    unsigned mode;  /* of the socket file; 0: 0660 */
    char owner[64]; /* user that owns it; empty: as it comes */
    char group[64]; /* the same */
    int fd;         /* -1 until it is open */
    bool is_ours;   /* the socket file was made by us: ours to remove */
};

/* "verify", "sign" or "both"; false, and `role` as it was, for any other word. */
bool milter_role_parse(struct sceau_slice word, enum milter_role *role);

/* Read one listener. False with a sentence for a person in `error`. Pure. */
bool milter_listener_parse(struct sceau_slice text, struct milter_listener *listener,
                           char error[256]);

/* Open it: a stale socket file (nobody listens there) is replaced, a live one is an
 * error. Close-on-exec, non-blocking. False with a sentence in `error`. */
bool milter_listener_open(struct milter_listener *listener, char error[256]);

/* Connect to it, as an MTA does. -1 with a sentence in `error`. */
int milter_listener_reach(const struct milter_listener *listener, char error[256]);

/* Stop listening and remove the socket file. Harmless when it is not open. */
void milter_listener_close(struct milter_listener *listener);

#endif
