/* One reply of an SMTP server (RFC 5321 section 4.2), out of octets as they came. The
 * server is a stranger: it may be slow, lie, or send anything. */
#ifndef CHECK_SMTP_REPLY_H
#define CHECK_SMTP_REPLY_H

#include "core/slice.h"

/* RFC 5321 section 4.5.3.1.5 has 512; servers with long greetings are read all the same. */
#define SMTP_REPLY_LINE_MAX  2048 /* octets of a line, with its end */
#define SMTP_REPLY_LINES_MAX 100
#define SMTP_REPLY_MAX       ((size_t)16 * 1024) /* octets of a whole reply */

struct smtp_reply {
    unsigned code;    /* 200..559 */
    size_t octets;    /* of the whole reply: what comes behind is the next one's */
    bool has_bare_lf; /* a line ended in LF alone */
    size_t line_count;
    struct sceau_slice
        lines[SMTP_REPLY_LINES_MAX]; /* texts behind the code: any octet */
};

enum smtp_reading {
    SMTP_READING_WHOLE, /* `reply` is set */
    SMTP_READING_MORE,  /* so far it may become one */
    SMTP_READING_BROKEN /* it is none, whatever follows */
};

/* Read the reply at the start of `in`.
 *
 * reply     borrows `in`; set when it is WHOLE
 * expected  static text, set when it is BROKEN: what should have stood there
 *
 * Linear in what it reads. */
enum smtp_reading smtp_reply_read(struct sceau_slice in, struct smtp_reply *reply,
                                  const char **expected);

/* Does a line of an EHLO reply offer this extension (RFC 5321 section 4.1.1.1)? The first
 * line is the greeting; letter case is ignored. */
bool smtp_reply_offers(const struct smtp_reply *reply, struct sceau_slice keyword);

/* The first word of the first line: in greetings and EHLO replies the server's name. */
struct sceau_slice smtp_reply_name(const struct smtp_reply *reply);

#endif
