/* A delivery status notification (RFC 3464) about one of our reports, out of a mail that
 * came to the return path: who it was sent to, whether that is final, and why. The mail is a
 * stranger's; only the token in the address says whether it counts (verp.h). */
#ifndef OUTBOX_BOUNCE_H
#define OUTBOX_BOUNCE_H

#include "core/slice.h"

#define BOUNCE_ADDRESSES 16 /* of one mail that are looked at */

struct outbox_bounce {
    /* Addresses that the mail was to: To, Delivered-To, X-Original-To, Envelope-To, as far
     * as they have a local part with a plus sign in it. */
    struct sceau_slice to[BOUNCE_ADDRESSES];
    size_t to_count;
    bool has_failed; /* Action: failed (section 2.3.3): no further try */
    bool is_final; /* and of class 5: another mail will fail as well (section 2.3.4) */
    struct sceau_slice status; /* "5.1.1"; may be empty */
    struct sceau_slice reason; /* Diagnostic-Code without its type, else the status */
};

/* Read a whole mail. Slices borrow it. Linear. False when it holds no delivery status. */
bool outbox_bounce_read(struct sceau_slice mail, struct outbox_bounce *bounce);

#endif
