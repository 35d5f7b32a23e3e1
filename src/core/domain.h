/* Domain names as text: one normal form, labels counted from the right. */
#ifndef CORE_DOMAIN_H
#define CORE_DOMAIN_H

#include "slice.h"

#define DOMAIN_MAX       253 /* octets of presentation form without the final dot */
#define DOMAIN_LABEL_MAX 63

/* Can this be asked in DNS: labels of 1..63 octets, at most 253 in all, no final dot.
 * Any octet may stand in a label (RFC 2181 section 11). */
bool domain_is_askable(struct sceau_slice name);

/* Only letters, digits, hyphens and underscores, and askable. One label is enough. */
bool domain_is_ldh(struct sceau_slice name);

/* The one form in which an identifier goes to DNS, alignment, header and report (rule R1):
 * U-labels to A-labels (UTS 46 mapping, so a fullwidth dot is a dot), lower case, one
 * final dot dropped. False when the result is not domain_is_ldh, is no valid UTF-8, or
 * the arena is full. A text of A-labels costs one copy. */
bool domain_normal(struct sceau_arena *arena, struct sceau_slice text,
                   struct sceau_slice *name);

/* Labels of a name without final dot; 0 for the empty one. */
size_t domain_labels(struct sceau_slice name);

/* The last `count` labels; the whole name when it has no more. Borrows. */
struct sceau_slice domain_last_labels(struct sceau_slice name, size_t count);

/* Without the leftmost label; empty for a single label. Borrows. */
struct sceau_slice domain_parent(struct sceau_slice name);

/* Is `name` `ancestor` or below it? Letter case ignored. */
bool domain_is_within(struct sceau_slice name, struct sceau_slice ancestor);

/* "prefix.name"; {NULL, 0} when the arena is full. Its length is not checked: DNS does. */
struct sceau_slice domain_join(struct sceau_arena *arena, struct sceau_slice prefix,
                               struct sceau_slice name);

#endif
