/* Ranges of reports become days. */
#include "days.h"

struct days
days_of(int64_t begin, int64_t end, int64_t now)
{
    int64_t today = now / DAY_SECONDS;
    if (begin <= 0 || end < begin || end > now + 2 * DAY_SECONDS)
        begin = end = end <= 0 || end > now + 2 * DAY_SECONDS ? now : end;
    int64_t length = end - begin;
    if (length > DAYS_SPREAD * (int64_t)DAY_SECONDS + 3600)
        begin = end;
    if (length <= DAY_SECONDS + 3600 || begin == end) {
        int64_t day = (begin + (end - begin) / 2) / DAY_SECONDS;
        return (struct days){day < today ? day : today, 1};
    }
    int64_t first = begin / DAY_SECONDS, last = (end - 1) / DAY_SECONDS;
    if (last > today)
        last = today > first ? today : first;
    return (struct days){first, (unsigned)(last - first) + 1};
}

int64_t
days_part(const struct days *days, unsigned n, int64_t count, uint64_t turn)
{
    int64_t all = days->count, at = (int64_t)((n + turn) % days->count);
    /* Whole shares first: the product of the rest cannot overflow. */
    int64_t rest = count % all;
    return count / all + (rest * (at + 1) / all - rest * at / all);
}
