/* Who reports on TLS sessions, those too that are ignored: their line is where they count
 * again. */
#include "reporters.h"
#include "scope.h"
#include "tls_domains.h"

#define REPORTERS_MAX 1000

static const struct table_column columns[] = {
    {"reporter",   TABLE_TEXT,   N_("reporter"),   24},
    {"successful", TABLE_NUMBER, N_("successful"), 10},
    {"failed",     TABLE_NUMBER, N_("failed"),     8 },
    {"first_seen", TABLE_DAY,    N_("first seen"), 10},
    {"last_seen",  TABLE_DAY,    N_("last seen"),  10},
    {"ignored",    TABLE_FLAG,   N_("ignored"),    7 },
};

bool
insight_tls_reporters(struct insight *in, const struct filter *f, struct table *table)
{
    struct table_maker m = table_new(in->arena, "tls_reporters", columns,
                                     sizeof columns / sizeof *columns);
    struct statement *st = database_prepare(
        in->db,
        TLS_DOMAINS "SELECT t.organization, sum(t.successful), sum(t.failed), "
                    "min(t.day), max(t.day), (SELECT count(*) FROM reporter r WHERE "
                    "r.name = t.organization AND r.is_ignored <> 0) FROM domains d "
                    "JOIN tls_day t ON t.domain = d.domain WHERE t.result_type = '' "
                    "AND t.day BETWEEN ?1 AND ?2 AND (?3 = '' OR t.domain = ?3) "
                    "GROUP BY t.organization ORDER BY t.organization LIMIT ?4");
    int step;
    bind_int(st, 1, f->from_day);
    bind_int(st, 2, f->to_day);
    bind_text(st, 3, f->domain.len > 0 ? f->domain : SCEAU_SLICE(""));
    bind_int(st, 4, REPORTERS_MAX);
    while ((step = statement_step(st)) > 0) {
        table_text(&m, scope_text(in, st, 0));
        for (int column = 1; column <= 5; column++)
            table_signed(&m, column_int(st, column));
    }
    statement_reset(st);
    *table = table_done(&m);
    return step == 0 || scope_fail(in);
}
