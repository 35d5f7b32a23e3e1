/* Days of the Gregorian calendar, counted one year after the other. */
#include "date.h"

#define DAY      86400
#define YEAR_MIN 1970
#define YEAR_MAX 9999

static bool
is_leap(uint64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t
days_of_month(uint64_t year, uint64_t month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year) ? 1 : 0);
}

static int64_t
days_of_year(uint64_t year)
{
    return is_leap(year) ? 366 : 365;
}

bool
date_parse(struct sceau_slice text, int64_t *seconds)
{
    uint64_t year, month, day;
    if (text.len != 10 || text.ptr[4] != '-' || text.ptr[7] != '-' ||
        !slice_decimal(slice_sub(text, 0, 4), YEAR_MAX, &year) || year < YEAR_MIN ||
        !slice_decimal(slice_sub(text, 5, 2), 12, &month) || month < 1 ||
        !slice_decimal(slice_sub(text, 8, 2), (uint64_t)days_of_month(year, month),
                       &day) ||
        day < 1)
        return false;
    int64_t days = (int64_t)day - 1;
    for (uint64_t y = YEAR_MIN; y < year; y++)
        days += days_of_year(y);
    for (uint64_t m = 1; m < month; m++)
        days += days_of_month(year, m);
    *seconds = days * DAY;
    return true;
}

struct date
date_of(int64_t seconds)
{
    uint64_t year = YEAR_MIN, month = 1;
    int64_t day = seconds > 0 ? seconds / DAY : 0;
    for (; year < YEAR_MAX && day >= days_of_year(year); year++)
        day -= days_of_year(year);
    for (; month < 12 && day >= days_of_month(year, month); month++)
        day -= days_of_month(year, month);
    if (day >= days_of_month(year, month))
        day = days_of_month(year, month) - 1;
    return (struct date){(unsigned)year, (unsigned)month, (unsigned)day + 1};
}

void
date_format(struct text *t, int64_t seconds)
{
    struct date d = date_of(seconds);
    text_format(t, "%04u-%02u-%02u", d.year, d.month, d.day);
}
