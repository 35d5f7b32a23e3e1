/* The table report_pack: what reports say, rows of one report together (report_rows.h). Who reads it
 * asks for octets and takes the rows out of them. */
#ifndef STORE_REPORT_PACK_H
#define STORE_REPORT_PACK_H

#include "database.h"
#include "report_rows.h"

struct report_pack {
    struct database *db;
    int64_t report;
    int64_t written; /* rows of that report */
    struct report_rows_writer rows;
};

/* Rows of a report, from the first on, within a transaction. Zeroed before the first report; the
 * policy domain is the caller's until report_pack_end. */
void report_pack_begin(struct report_pack *pack, struct database *db, int64_t report,
                       struct sceau_slice policy_domain);

/* False: the store failed, or there is no memory: database_error says. */
bool report_pack_add(struct report_pack *pack, struct sceau_slice domain,
                     const struct report_record *record,
                     const struct analysis_judgement *judgement);

/* The last rows. */
bool report_pack_end(struct report_pack *pack);

void report_pack_clear(struct report_pack *pack);

#define REPORT_PACK_VERSION 16

/* Within the migration to that version, which makes the table: all rows that a store of version 15
 * has, and the table they were in goes. Memory: a thousand rows. */
bool report_pack_migrate(struct database *db);

#endif
