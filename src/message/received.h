/* What a Received field says of the hop that wrote it (RFC 5321 section 4.4): who came, from
 * which address, to which host. For `verify --border` and other readers of stored mail
 * only; the daemons know the client from the connection and never read this. */
#ifndef MESSAGE_RECEIVED_H
#define MESSAGE_RECEIVED_H

#include "core/slice.h"

struct received {
    struct sceau_slice
        helo;           /* the word after "from", or Exim's "helo=…"; may be empty */
    struct sceau_ip ip; /* version 0 when no address is given */
    struct sceau_slice by; /* the word after "by"; may be empty */
};

/* Read a field body, folds included. What cannot be found stays empty; slices borrow
 * `body`. False when there is neither "from" nor "by". Linear. */
bool received_parse(struct sceau_slice body, struct received *out);

#endif
