/* What is ours, for analysis: addresses of the configuration ([domain]'s servers, gateways
 * and senders; sign.networks) and literal ones of our SPF and MX as they were last seen in
 * DNS (table dns_record), and the selectors that sign. */
#ifndef INSIGHT_OURS_H
#define INSIGHT_OURS_H

#include "analysis/analysis.h"
#include "config/config.h"
#include "store/database.h"

/* In the arena, which also keeps what the store gave; the configuration is borrowed.
 * `config` and `db` may be NULL. NULL when the arena is full. */
const struct analysis_ours *ours_make(struct sceau_arena *arena,
                                      const struct sceau_config *config,
                                      struct database *db);

#endif
