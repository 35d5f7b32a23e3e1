/* Aggregate reports: RFC 9990, RFC 7489, and what reporters really send. Octets in, records
 * out as they are read; memory does not grow with the report. */
#ifndef REPORT_AGGREGATE_H
#define REPORT_AGGREGATE_H

#include "report.h"

struct aggregate_reader;

/* NULL when memory is exhausted. `sink` gets records, repairs and, at the end, the report
 * or its refusal. */
struct aggregate_reader *aggregate_new(struct report_sink *sink);

/* The same, slower: nothing is read past expat. For tests that hold one against the other. */
struct aggregate_reader *aggregate_new_by_expat(struct report_sink *sink);

/* Of a report that aggregate_write.h wrote, before it leaves: no other form is read (xml_lines.h),
 * and every repair is a fault. */
struct aggregate_reader *aggregate_new_strict(struct report_sink *sink);

void aggregate_free(struct aggregate_reader *a);

/* The next octets of the XML. False when no more are wanted. */
bool aggregate_feed(struct aggregate_reader *a, struct sceau_slice octets);

/* Something about the container, before the end. */
void aggregate_repair(struct aggregate_reader *a, enum report_repair_kind kind);

/* No more octets: sink->aggregate or sink->refused. Call once. */
void aggregate_end(struct aggregate_reader *a);

#endif
