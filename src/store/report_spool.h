/* A report that is kept until it is known what it was: its records come first, and what
 * they are about, whether it was there before, and whether it counts at all, at its end.
 * A little memory, then a file without a name. */
#ifndef STORE_REPORT_SPOOL_H
#define STORE_REPORT_SPOOL_H

#include "report/report.h"

struct report_spool;

/* folder  where the file is made, should there have to be one. NULL: no memory */
struct report_spool *report_spool_new(const char *folder);
void report_spool_free(struct report_spool *spool);

/* What hears the records, TLS policies and failures, and repairs. */
struct report_sink *report_spool_sink(struct report_spool *spool);

/* A record as a frame of report/wire.h, checked there. */
void report_spool_keep(struct report_spool *spool, struct sceau_slice frame);

/* Tell all of it to another sink, in its order. False when it could not be kept whole, or
 * cannot be read again: errno says why. */
bool report_spool_replay(struct report_spool *spool, struct report_sink *sink);

/* Forget it. */
void report_spool_reset(struct report_spool *spool);

#endif
