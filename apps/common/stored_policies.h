/* MTA-STS of domains by their records and policy files as they were seen last: the rules of
 * src/check, and no server is asked. */
#ifndef APP_STORED_POLICIES_H
#define APP_STORED_POLICIES_H

#include "insight/tls_policies.h"
#include "stored_check.h"

/* One row for each of `published`, in the insight's arena. False when that is full, or the
 * store cannot be read. */
bool stored_policies(struct insight *in, const struct stored_check_options *options,
                     const struct insight_tls_published *published, size_t count,
                     const struct insight_tls_policy **policies);

#endif
