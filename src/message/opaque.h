/* Words that stand for a person in a database of others: the numbers of subscribers, tokens of
 * links and of bounces, keys of mailers. RFC 6590 section 5.3 leaves to who reports to find
 * them. Told by their look, so that no list of services has to be kept. Pure; linear. */
#ifndef MESSAGE_OPAQUE_H
#define MESSAGE_OPAQUE_H

#include "core/slice.h"

/* The octets at the start of `s` that belong to one such word: letters, digits, "-" and "_"; in a
 * link also what stands for octets there. */
size_t opaque_length(struct sceau_slice s, bool is_link);

/* Is this word one? In a link each with a digit and six octets, or so long that nobody reads it;
 * elsewhere letters and digits of sixteen octets, or nine digits. */
bool opaque_is(struct sceau_slice word, bool is_link);

/* At a "://": the octets of it and of the host behind it; 0: there is none. */
size_t opaque_link_begin(struct sceau_slice s);

#endif
