/* A failure report into `failure`: what went wrong with one message, and no local part of
 * any address. */
#ifndef STORE_FAILURE_WRITE_H
#define STORE_FAILURE_WRITE_H

#include "database.h"
#include "report/report.h"

/* What tells one failure report from another: they have no number of their own. A text in
 * hexadecimal; no address can be read out of it. */
struct sceau_slice failure_identity(struct sceau_arena *arena,
                                    const struct report_failure *failure);

/* False on an error of the database. */
bool failure_write(struct database *db, struct sceau_arena *arena, int64_t id,
                   int64_t received, struct sceau_slice reporter,
                   const struct report_failure *failure);

/* The text with every local part of an address in it replaced by "*". */
struct sceau_slice failure_redact(struct sceau_arena *arena, struct sceau_slice text);

#endif
