/* Mails that any reader of MIME takes for the same: one part, or parts of a multipart/mixed one
 * behind the other, each as it is or in base64 without a fault. Nearly every mail with a report
 * is one, and GMime makes a hundred objects of it, which cost more than all that is read in
 * them. What is not is left to GMime, from its first octet (mail.c), so this need not know more;
 * mail_plain_fuzz.c holds one against the other. */
#ifndef REPORT_MAIL_PLAIN_H
#define REPORT_MAIL_PLAIN_H

#include "core/slice.h"

#define MAIL_PLAIN_PARTS 8

struct mail_plain_part {
    struct sceau_slice name;   /* of its file; empty: it has none */
    struct sceau_slice octets; /* without its transfer encoding */
    bool is_text, is_html;     /* text/plain, text/html */
};

struct mail_plain {
    struct mail_plain_part parts[MAIL_PLAIN_PARTS];
    size_t count;
    char *decoded; /* what slices of `parts` are of, where not of the mail; free it */
};

/* False: it is not plain, or memory is out; nothing to free then. Costs a look at each octet,
 * and memory of the mail's size at most. */
bool mail_plain_read(struct sceau_slice mail, struct mail_plain *m);

#endif
