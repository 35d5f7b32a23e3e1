/* The translations, in the octet order of the English texts. tools/make-messages writes
 * the table from po/fr.d at build time. */
#ifndef LANGUAGE_MESSAGES_H
#define LANGUAGE_MESSAGES_H

#include <stddef.h>

struct language_message {
    const char *english, *french;
};

extern const struct language_message language_messages[];
extern const size_t language_message_count;

#endif
