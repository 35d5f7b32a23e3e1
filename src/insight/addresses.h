/* What the store knows of addresses, for the sources of a scope. */
#ifndef INSIGHT_ADDRESSES_H
#define INSIGHT_ADDRESSES_H

#include "scope.h"

#define ADDRESSES_AT_ONCE 120 /* of one question to the store */

/* The describer of a scope: analysis_describer.describe. */
void addresses_describe(struct analysis_describer *self, struct analysis_address *a);

/* These addresses are about to be described: a server is asked for all of them at once. They
 * take the place of those of the last call. False: the store, or the arena. */
bool addresses_expect(struct scope *s, const struct sceau_ip *ips, size_t count);

#endif
