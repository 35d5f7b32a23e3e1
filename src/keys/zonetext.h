/* The record of a key as text for a zone file, in the form of opendkim-genkey and
 * zmdkimkeyutil. */
#ifndef KEYS_ZONETEXT_H
#define KEYS_ZONETEXT_H

#include "keys/state.h"

#define KEYS_STRING_MAX 250 /* octets of p= in one string; a string holds 255 */

/* The record's owner as it is written in `zone`: "s._domainkey" when that is `domain`, or
 * empty; "s._domainkey.sub" when the domain is sub.ZONE. False when the domain is not in
 * the zone. Domains are A-labels in lower case. */
bool keys_owner_in_zone(struct text *t, struct sceau_slice selector,
                        struct sceau_slice domain, struct sceau_slice zone);

/* OWNER IN TXT ( "v=DKIM1; k=rsa; " "p=..." ) ; ----- DKIM key S for D, with a line end.
 * The domain is in the zone, or that is empty. */
void keys_zone_text(struct text *t, const struct keys_key *key,
                    struct sceau_slice domain, struct sceau_slice zone);

#endif
