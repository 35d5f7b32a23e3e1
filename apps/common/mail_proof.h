/* Who sent a mail that lies in a file, by our own engine: its author's domain, and whether
 * DMARC proves it. No connection is known any more, so a signature has to. */
#ifndef APP_MAIL_PROOF_H
#define APP_MAIL_PROOF_H

#include "environment.h"

struct mail_proof {
    enum sceau_dmarc_result result;
    bool is_proven; /* DMARC passes, or the author's own signature does where
                                * the domain publishes no policy */
    struct sceau_slice
        domain; /* the author's; in the arena; empty when there is none */
};

/* The octets of an open file, from its start to its end; CRLF is made of lone LF. Its
 * position does not move. False when it could not be read, or memory is out. */
bool mail_proof_of(struct environment *env, struct sceau_arena *arena, int fd,
                   int64_t now, struct mail_proof *proof);

#endif
