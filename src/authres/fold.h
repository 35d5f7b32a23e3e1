/* A structured header field body under construction: words, folded as they come, and the
 * forms in which a stranger's text may stand in one. */
#ifndef AUTHRES_FOLD_H
#define AUTHRES_FOLD_H

#include "core/text.h"

#define FOLD_LINE  78  /* octets wanted on a line, RFC 5322 section 2.1.1 */
#define FOLD_VALUE 900 /* octets of one word: with it no line reaches 998 */

struct fold {
    struct text out;
    size_t line; /* octets on the line so far */
    bool is_smtputf8;
};

/* `name_octets`: what stands before the body on its first line, colon and space included. */
struct fold fold_begin(struct sceau_arena *arena, size_t name_octets, bool is_smtputf8);

/* Make room for a word of `octets`: a space, or CRLF and a tab where the line would grow
 * too long. The word follows by fold_glue. */
void fold_space(struct fold *f, size_t octets);

/* CRLF and a tab. */
void fold_break(struct fold *f);

/* Right behind what stands there. */
void fold_glue(struct fold *f, struct sceau_slice word);

/* ---- a stranger's text; {NULL, 0} when nothing clean is left of it, or when it is longer
 * than FOLD_VALUE. When the arena is full they make `out` fail. ---------------------- */

/* A token (RFC 2045 section 5.1), or a quoted string. 8-bit text that is a domain name
 * becomes A-labels; another octet that may not stand there becomes "?". */
struct sceau_slice fold_value(struct fold *f, struct sceau_slice text);

/* A domain as A-labels; or local-part "@" domain, the local part quoted where it is no
 * token, and left out with its "@" where it is 8-bit and the message is not SMTPUTF8
 * (RFC 8601 section 2.2, pvalue). Text that is neither is written as fold_value does. */
struct sceau_slice fold_mailbox(struct fold *f, struct sceau_slice text);

/* Always a quoted string. */
struct sceau_slice fold_quoted(struct fold *f, struct sceau_slice text);

/* " (text)", folded at its spaces; cut after FOLD_VALUE octets; nothing when it is empty. */
void fold_comment(struct fold *f, struct sceau_slice text);

#endif
