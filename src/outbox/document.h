/* The rows of one policy domain, configuration and day as a report. */
#ifndef OUTBOX_DOCUMENT_H
#define OUTBOX_DOCUMENT_H

#include "plan.h"
#include "report/aggregate_write.h"

struct outbox_document {
    struct database *db;
    const struct outbox_settings *settings;
    enum aggregate_flavour flavour;
    struct sceau_slice policy_domain, policy_hash;
    int64_t day;
    const char *id;
    /* Set by outbox_document_write: */
    uint64_t records, messages;
    struct sceau_slice record; /* of the policy, as published; in the arena */
    size_t last_len;           /* 0: there is no row */
    char last[64]; /* row_hash of the last row that was read, in the order of it */
};

/* Write it: of its rows the first that settings->records has room for. False when the database or `put` failed, or no row makes a record. */
bool outbox_document_write(struct outbox_document *document, struct sceau_arena *arena,
                           struct aggregate_writer *writer,
                           bool (*put)(struct aggregate_writer *, struct sceau_slice));

/* A relay inside this site is nobody else's business; a report may not leave it out, so it
 * is the unspecified address (FEATURES G4; X.X.X.X would be none, RFC 9990 section 3.1.1.8). */
void outbox_hide_reserved(struct sceau_ip *ip);

/* The record's text as published, in the arena; empty when it is not known. */
struct sceau_slice outbox_policy_record(struct database *db, struct sceau_arena *arena,
                                        struct sceau_slice policy_hash);

#endif
