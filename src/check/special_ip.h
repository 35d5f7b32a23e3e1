/* Addresses that nobody on the Internet reaches: the special-purpose registries of IANA. */
#ifndef CHECK_SPECIAL_IP_H
#define CHECK_SPECIAL_IP_H

#include "sceau/core.h"

/* What is special about it ("private", "loopback", "documentation", …), or NULL for a public
 * address. Static text. */
const char *ip_special(const struct sceau_ip *ip);

#endif
