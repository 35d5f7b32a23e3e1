/* Files of reports: packed (RFC 1952) while they are written, under a name of their own until
 * they are whole and on the disk. The very octets that go to the disk are unpacked again and
 * read with the strict reader (report/aggregate.h) on the way: what it does not understand
 * never leaves.
 *
 * Many are made before the disk is waited for, once for all of them: each report by itself
 * would take as long as a hundred. */
#ifndef OUTBOX_PACKED_H
#define OUTBOX_PACKED_H

#include "identity.h"
#include "report/aggregate_write.h"

#define PACKED_NAME \
 (OUTBOX_ID_SIZE + 8) /* octets of a report's id, and what may follow it */

struct packed;

/* For reports in this folder, which is borrowed, and locked until packed_free: another process
 * waits. NULL, and errno. */
struct packed *packed_new(const char *folder);
void packed_free(struct packed *p);

/* ---- one after the other ---- */

/* Begin FOLDER/ID.xml.gz under another name; what goes to the writer goes there. NULL, and
 * errno. */
struct aggregate_writer *packed_open(struct packed *p, const char *id);

/* For aggregate_write_begin. */
bool packed_put(struct aggregate_writer *writer, struct sceau_slice octets);

/* All of it is written; *octets is its size. False, and errno. */
bool packed_close(struct packed *p, uint64_t *octets);

/* What was closed last says so many records and messages to the strict reader, and it found
 * nothing to repair, in the standard that it was written by. */
bool packed_is_valid(const struct packed *p, uint64_t records, uint64_t messages);

/* Read what was closed as `id`; the caller closes it. -1, and errno. */
int packed_reopen(struct packed *p, const char *id);

/* It is not wanted. */
void packed_drop(struct packed *p, const char *id);

/* ---- all of them ---- */

/* What was closed is on the disk. False, and errno. */
bool packed_sync(struct packed *p);

/* One gets its name. False, and errno. */
bool packed_publish(struct packed *p, const char *id);

/* The names are on the disk. False, and errno. */
bool packed_settle(struct packed *p);

#endif
