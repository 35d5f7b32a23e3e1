/* A row is read the same way whoever sent it, so the statements differ in what they leave out:
 * most numbers of a row are 0, and a number on its way costs more than to find that it is one. */
#include "week_page.h"

#include "core/ip.h"
#include "days.h"

#include <string.h>

/* ---- rows ---- */

enum {
    COLUMN_DOMAIN = 6,
    COLUMN_WEEK,
    COLUMN_COUNTS,
    COLUMN_REPORTS = COLUMN_COUNTS + DAYS_A_WEEK
};

static int
bounded(int64_t value, int count)
{
    return value >= 0 && value < count ? (int)value : 0;
}

static uint64_t
counted(struct statement *s, int column)
{
    int64_t value = column_int(s, column);
    return value > 0 ? (uint64_t)value : 0;
}

void
week_row_head_read(struct statement *s, struct analysis_row *row)
{
    *row = (struct analysis_row){.ip = ip_of_octets(column_blob(s, 0))};
    row->dkim = (enum report_aligned)bounded(column_int(s, 1), REPORT_ALIGNED_FAIL + 1);
    row->spf = (enum report_aligned)bounded(column_int(s, 2), REPORT_ALIGNED_FAIL + 1);
    row->disposition =
        (enum report_disposition)bounded(column_int(s, 3), REPORT_DISPOSITIONS);
    row->cause = (enum analysis_cause)bounded(column_int(s, 4), ANALYSIS_CAUSES);
    row->flags = (unsigned)column_int(s, 5);
    row->domain = column_text(s, COLUMN_DOMAIN);
}

void
week_row_read(struct statement *s, struct analysis_week *week)
{
    week_row_head_read(s, &week->row);
    week->row.day = (int)(column_int(s, COLUMN_WEEK) * DAYS_A_WEEK);
    for (int n = 0; n < DAYS_A_WEEK; n++) {
        week->counts[n] = counted(s, COLUMN_COUNTS + n);
        week->reports[n] =
            week->counts[n] > 0 ? counted(s, COLUMN_REPORTS + n) : 0; /* none else */
    }
}

/* ---- places ---- */

/* False: it has no room, which no name of ours is. */
static bool
copy(char *to, size_t size, struct sceau_slice from, size_t *len)
{
    *len = from.len <= size ? from.len : 0;
    if (*len > 0)
        memcpy(to, from.ptr, *len);
    return from.len <= size;
}

bool
week_place_note(struct week_place *place, struct statement *s)
{
    place->week = column_int(s, COLUMN_WEEK);
    for (int n = 0; n < WEEK_KEY_NUMBERS; n++)
        place->numbers[n] = column_int(s, 1 + n);
    return copy(place->domain, sizeof place->domain, column_text(s, COLUMN_DOMAIN),
                &place->domain_len) &&
           copy(place->ip, sizeof place->ip, column_blob(s, 0), &place->ip_len);
}

void
week_place_bind(const struct week_place *place, struct statement *s, int n)
{
    bind_text(s, n, (struct sceau_slice){place->domain, place->domain_len});
    bind_blob(s, n + 1, (struct sceau_slice){place->ip, place->ip_len});
    for (int i = 0; i < WEEK_KEY_NUMBERS; i++)
        bind_int(s, n + 2 + i, place->numbers[i]);
}

/* ---- pages ---- */

#define NOT_0(n) "NULLIF(" n ", 0)"
#define WEEK_COLUMNS_SENT                                                                                                                                                                             \
 "ip, dkim, spf, disposition, " NOT_0("cause") ", " NOT_0("flags") ", domain, week, " NOT_0("count0") ", " NOT_0("count1") ", " NOT_0("count2") ", " NOT_0("count3") ", " NOT_0("count4") ", " NOT_0( \
     "count5") ", " NOT_0("count6") ", " NOT_0("reports0") ", " NOT_0("reports1") ", " NOT_0("reports2") ", " NOT_0("reports3") ", " NOT_0("reports4") ", " NOT_0("reports5") ", " NOT_0("reports6") " FROM week_ip "

#define BEFORE                                                                \
 "WHERE policy_domain = ?1 AND week >= ?2 AND (week, domain, ip, dkim, spf, " \
 "disposition, cause, flags) < (?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) "
#define FALLING                                                                      \
 "ORDER BY week DESC, domain DESC, ip DESC, dkim DESC, spf DESC, disposition DESC, " \
 "cause DESC, flags DESC LIMIT ?11"
#define FAILS "AND dkim <> 1 AND spf <> 1 "

_Static_assert(REPORT_ALIGNED_PASS == 1, "what fails is told by it");

struct statement *
week_page(struct database *db, struct sceau_slice policy_domain, int64_t first,
          const struct week_place *before, bool only_fails)
{
    static const char *const statements[2][2] = {
        {"SELECT " WEEK_COLUMNS BEFORE FALLING,
         "SELECT " WEEK_COLUMNS BEFORE FAILS FALLING     },
        {"SELECT " WEEK_COLUMNS_SENT BEFORE FALLING,
         "SELECT " WEEK_COLUMNS_SENT BEFORE FAILS FALLING},
    };
    struct statement *s =
        database_prepare_few(db, statements[database_is_shared(db)][only_fails]);
    bind_text(s, 1, policy_domain);
    bind_int(s, 2, first);
    bind_int(s, 3, before->week);
    week_place_bind(before, s, 4);
    bind_int(s, 11, WEEK_PAGE_ROWS);
    return s;
}
