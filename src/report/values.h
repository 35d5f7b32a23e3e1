/* Numbers, times, addresses and domains of reports, read as tolerantly as can be done
 * without guessing. */
#ifndef REPORT_VALUES_H
#define REPORT_VALUES_H

#include "report.h"

enum value_fit {
    VALUE_EXACT,
    VALUE_REPAIRED, /* *repair says how */
    VALUE_NONE,     /* of no use */
};

/* Messages of a record: 0 .. REPORT_COUNT_MAX. */
bool value_count(struct sceau_slice text, uint64_t *count);

/* A time in seconds since 1970; in milliseconds, microseconds or nanoseconds, or as text
 * of RFC 3339 and its relatives, it is repaired. */
enum value_fit value_time(struct sceau_slice text, int64_t *seconds,
                          enum report_repair_kind *repair);

/* An address. Brackets, "IPv6:", a zone, a prefix length that holds one address and
 * leading zeros are repaired; IPv4 inside IPv6 is IPv4. */
enum value_fit value_ip(struct sceau_slice text, struct sceau_ip *ip);

/* The domain in its normal form (rule R1), or as it came when it is none. */
enum value_fit value_domain(struct sceau_arena *arena, struct sceau_slice text,
                            struct sceau_slice *domain);

#endif
