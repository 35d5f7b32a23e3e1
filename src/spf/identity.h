/* Who is checked: the HELO and MAIL FROM identities (RFC 7208 sections 2.3 and 2.4) as
 * check_host() takes them (sections 4.1 and 4.3). */
#ifndef SPF_IDENTITY_H
#define SPF_IDENTITY_H

#include "sceau/spf.h"

#include "core/slice.h"

struct spf_identity {
    struct sceau_slice sender;     /* local_part "@" domain */
    struct sceau_slice local_part; /* "postmaster" when the sender has none */
    struct sceau_slice domain;     /* A-labels, lower case; empty: no valid one */
    struct sceau_slice helo;       /* A-labels when it is a name, else as said */
    bool is_ascii;                 /* the local part, and so the sender */
};

/* False when the arena is full. */
bool spf_identity_init(struct spf_identity *identity, struct sceau_arena *arena,
                       const struct sceau_spf_query *query);

#endif
