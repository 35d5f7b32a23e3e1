/* See values.h. What is repaired here was seen in reports; what could mean two things is
 * not repaired. */
#include "values.h"

#include "core/date.h"
#include "core/domain.h"

bool
value_count(struct sceau_slice text, uint64_t *count)
{
    struct sceau_slice s = slice_trim(text);
    if (s.len > 1 && s.ptr[0] == '+') /* xs:integer has it */
        s = slice_skip(s, 1);
    /* A program that counts in floating point writes "3.0". */
    size_t dot = slice_find(s, '.');
    bool is_whole = dot < s.len && dot > 0 && dot + 1 < s.len;
    for (size_t i = dot + 1; is_whole && i < s.len; i++)
        is_whole = s.ptr[i] == '0';
    if (is_whole)
        s.len = dot;
    return slice_decimal(s, REPORT_COUNT_MAX, count);
}

/* ---- times ---- */

#define SECONDS_MAX UINT64_C(253402300799) /* the year 9999 */
#define UNIT_FROM   UINT64_C(100000000000) /* the year 5138 in seconds, 1973 in ms */

static bool
clock_parse(struct sceau_slice s, int64_t *seconds)
{
    uint64_t hour, minute, second;
    if (s.len != 8 || s.ptr[2] != ':' || s.ptr[5] != ':' ||
        !slice_decimal(slice_sub(s, 0, 2), 23, &hour) ||
        !slice_decimal(slice_sub(s, 3, 2), 59, &minute) ||
        !slice_decimal(slice_sub(s, 6, 2), 60, &second))
        return false;
    *seconds = (int64_t)(hour * 3600 + minute * 60 + second);
    return true;
}

/* "Z", "+02:00", "+0200" or nothing, behind fractions of a second. */
static bool
zone_parse(struct sceau_slice s, int64_t *seconds)
{
    uint64_t hour, minute;
    *seconds = 0;
    if (s.len > 1 && s.ptr[0] == '.') {
        do
            s = slice_skip(s, 1);
        while (s.len > 0 && ascii_is_digit(s.ptr[0]));
    }
    s = slice_trim(s);
    if (s.len == 0 || slice_eq_ci(s, SCEAU_SLICE("Z")) ||
        slice_eq_ci(s, SCEAU_SLICE("UTC")) || slice_eq_ci(s, SCEAU_SLICE("GMT")))
        return true;
    size_t colon = s.len == 6 && s.ptr[3] == ':';
    if (s.len != 5 + colon || (s.ptr[0] != '+' && s.ptr[0] != '-') ||
        !slice_decimal(slice_sub(s, 1, 2), 14, &hour) ||
        !slice_decimal(slice_sub(s, 3 + colon, 2), 59, &minute))
        return false;
    *seconds = (int64_t)(hour * 3600 + minute * 60);
    if (s.ptr[0] == '-')
        *seconds = -*seconds;
    return true;
}

static bool
date_time_parse(struct sceau_slice s, int64_t *seconds)
{
    int64_t day, clock = 0, zone = 0;
    if (s.len < 10 || !date_parse(slice_sub(s, 0, 10), &day))
        return false;
    if (s.len > 10 &&
        (s.len < 19 || (s.ptr[10] != 'T' && s.ptr[10] != 't' && s.ptr[10] != ' ') ||
         !clock_parse(slice_sub(s, 11, 8), &clock) ||
         !zone_parse(slice_skip(s, 19), &zone)))
        return false;
    *seconds = day + clock - zone;
    return *seconds >= 0;
}

enum value_fit
value_time(struct sceau_slice text, int64_t *seconds, enum report_repair_kind *repair)
{
    struct sceau_slice s = slice_trim(text);
    uint64_t number;
    struct sceau_slice whole = {s.ptr, slice_find(s, '.')};
    if (slice_decimal(s, INT64_MAX, &number) ||
        (whole.len < s.len && slice_decimal(whole, INT64_MAX, &number))) {
        *repair = REPORT_REPAIR_DATE_UNIT;
        bool is_exact = number < UNIT_FROM && whole.len == s.len;
        while (number >= UNIT_FROM)
            number /= 1000;
        *seconds = (int64_t)number;
        return number == 0 ? VALUE_NONE : is_exact ? VALUE_EXACT : VALUE_REPAIRED;
    }
    *repair = REPORT_REPAIR_DATE_FORM;
    return date_time_parse(s, seconds) ? VALUE_REPAIRED : VALUE_NONE;
}

/* ---- addresses ---- */

/* "192.000.002.001": decimal, though C would read it as octal. At most 15 octets. */
static bool
zeros_parse(struct sceau_slice s, struct sceau_ip *ip)
{
    struct sceau_slice part;
    uint64_t number;
    size_t count = 0;
    *ip = (struct sceau_ip){.version = 4};
    while (s.ptr != NULL && slice_next(&s, '.', &part)) {
        if (count == 4 || part.len > 3 || !slice_decimal(part, 255, &number))
            return false;
        ip->octets[count++] = (uint8_t)number;
    }
    return count == 4;
}

/* Without what does not belong to it. */
static struct sceau_slice
bare_address(struct sceau_slice s)
{
    if (s.len > 2 && s.ptr[0] == '[' && s.ptr[s.len - 1] == ']')
        s = slice_sub(s, 1, s.len - 2);
    if (slice_starts_ci(s, SCEAU_SLICE("IPv6:")))
        s = slice_skip(s, 5);
    if (slice_ends_ci(s, SCEAU_SLICE("/32")) && slice_find(s, ':') == s.len)
        s.len -= 3;
    if (slice_ends_ci(s, SCEAU_SLICE("/128")))
        s.len -= 4;
    s.len = slice_find(s, '%');
    return s;
}

enum value_fit
value_ip(struct sceau_slice text, struct sceau_ip *ip)
{
    struct sceau_slice s = slice_trim(text);
    if (sceau_ip_parse(s, ip))
        return VALUE_EXACT;
    s = bare_address(s);
    if (s.len > 0 && (sceau_ip_parse(s, ip) || zeros_parse(s, ip)))
        return VALUE_REPAIRED;
    *ip = (struct sceau_ip){0};
    return VALUE_NONE;
}

enum value_fit
value_domain(struct sceau_arena *arena, struct sceau_slice text,
             struct sceau_slice *domain)
{
    struct sceau_slice s = slice_trim(text);
    if (s.len > 0 && domain_normal(arena, s, domain))
        return VALUE_EXACT;
    *domain = slice_copy(arena, s);
    return VALUE_NONE;
}
