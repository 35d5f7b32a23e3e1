/* What one report says, record by record. For the files of this folder alone. */
#ifndef INSIGHT_REPORTED_H
#define INSIGHT_REPORTED_H

#include "insight/reports.h"

/* INSIGHT_RECORDS_MAX of them: those of which nothing is aligned first, then by messages. Costs two
 * readings of the report's rows. */
bool reported_records(struct insight *in, int64_t report, struct table *records);

#endif
