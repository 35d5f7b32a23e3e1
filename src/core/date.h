/* Days of the calendar as seconds since the epoch, UTC, without the C library's time
 * zone: 1970-01-01 to 9999-12-31. */
#ifndef CORE_DATE_H
#define CORE_DATE_H

#include "text.h"

struct date {
    unsigned year, month, day; /* month and day from 1 */
};

/* The day that holds this second; the first or last day of the range for one outside. */
struct date date_of(int64_t seconds);

/* "2027-01-01": the day's first second. False when there is no such day. */
bool date_parse(struct sceau_slice text, int64_t *seconds);

/* The day that holds this second. */
void date_format(struct text *t, int64_t seconds);

#endif
