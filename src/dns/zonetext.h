/* The meaning of single words of a master file: names, numbers, times, octets. Each
 * reader says on failure what should have stood there, and at which octet of the word. */
#ifndef DNS_ZONETEXT_H
#define DNS_ZONETEXT_H

#include "core/cursor.h"
#include "name.h"

#define ZONE_TTL_MAX 2147483647U /* RFC 2181 section 8 */

/* One octet of a word or quoted text: itself, \DDD or \X (RFC 1035 section 5.1). *escaped
 * says which, since an escaped dot divides nothing. */
char zone_text_octet(struct cursor *c, bool *escaped);

/* A name: "@" for the origin, absolute with a final dot, else below the origin. */
void zone_text_name(struct cursor *c, const struct dns_name *origin,
                    struct dns_name *name);

/* A count of seconds up to 2^32 - 1, or a sum with units as BIND writes them: 1h30m. */
uint32_t zone_text_seconds(struct cursor *c);

/* The octets of a word with its escapes resolved, at most `max`, added to out[*len]. */
void zone_text_octets(struct cursor *c, char *out, size_t max, size_t *len);

#endif
