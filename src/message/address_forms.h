/* The forms in which an address stands in a message, many of which most programs do not see: for
 * redact.c, which hides them all. Pure; linear but where it says otherwise. */
#ifndef MESSAGE_ADDRESS_FORMS_H
#define MESSAGE_ADDRESS_FORMS_H

#include "core/slice.h"

/* Does it stand in an address beside its "@", or in a link? */
bool address_octet(char c);

/* The octets of such at the start of `s`. */
size_t address_word(struct sceau_slice s);

/* The octets of an "@" in whatever form at the start of `s`; 0: there is none. */
size_t address_sign(struct sceau_slice s);

/* Does `s` begin with a word for the sign, a blank, and what may be a domain: "at a.test", "at a dot
 * test"? Letter case is ignored; in English and French. */
bool address_spoken_at(struct sceau_slice s);

/* The octets of a word for a dot at the start of `s`: "dot ", "(dot)", "[.]"; 0: there is none. */
size_t address_spoken_dot(struct sceau_slice s);

/* Does the left part of an identifier say an address: encoded, in base64, or with "=" for the
 * sign? */
bool address_in_identifier(struct sceau_slice left);

/* Where the last sign of `word` stands; *behind is what follows it. word.len: there is none. */
size_t address_last_sign(struct sceau_slice word, size_t *behind);

/* Encoded words (RFC 2047) that, taken together, say an address: from the word before the first
 * to the last. s.len both: none do. The end is s.len, too, when the last does not end. */
void address_hidden(struct sceau_slice s, size_t *begin, size_t *end);

/* Does part of the word say an address in base64? */
bool address_in_base64(struct sceau_slice word);

/* Is it an X.500 name, which tells the mailbox without an "@"? */
bool address_of_exchange(struct sceau_slice word);

#endif
