/* The reports that we send, for people: what waits, what did not arrive and why, which
 * addresses are left alone, and whether reports may leave at all. */
#ifndef INSIGHT_OUTBOX_H
#define INSIGHT_OUTBOX_H

#include "insight.h"
#include "outbox/queue.h"
#include "outbox/selftest.h"

/* "waiting", "come back", ...: of its delivery, or of the report as long as it has none. */
const char *insight_outgoing_word(const struct outbox_entry *entry);

/* One row. `queue_next` may go on afterwards: texts are copied. */
struct table_maker insight_outgoing_new(struct sceau_arena *arena);
void insight_outgoing_row(struct table_maker *m, const struct outbox_entry *entry);

/* Destinations that are left alone. False: the store. */
bool insight_suppressed_table(struct insight *in, struct table *table);

struct insight_outbox {
    uint64_t waiting;      /* reports that are not finished */
    uint64_t sent, failed; /* deliveries of the last 7 days: taken; not arrived */
    uint64_t suppressed;
    struct selftest test;
    struct table outgoing; /* what waits, by day and domain, at most 500 */
    struct table failures; /* what did not arrive, the latest first, at most 200 */
    struct table suppressed_table;
};
bool insight_outbox(struct insight *in, struct insight_outbox *outbox);

#endif
