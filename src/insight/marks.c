/* What a person says of a source, of a reporter, and of a finding. */
#include "findings.h"
#include "scope.h"
#include "store/recount.h"

bool
findings_mute(struct insight *in, struct sceau_slice id, int64_t until,
              struct sceau_slice note, struct sceau_slice author)
{
    struct statement *st = database_prepare(
        in->db, "INSERT INTO mute (id, until, note, author) VALUES (?1, ?2, ?3, ?4) "
                "ON CONFLICT (id) DO UPDATE SET until = ?2, note = ?3, author = ?4");
    bind_text(st, 1, id);
    bind_int(st, 2, until);
    bind_text(st, 3, note.ptr != NULL ? note : SCEAU_SLICE(""));
    bind_text(st, 4, author.ptr != NULL ? author : SCEAU_SLICE(""));
    return statement_step(st) >= 0 || scope_fail(in);
}

bool
insight_mark(struct insight *in, struct sceau_slice domain, struct sceau_slice source,
             enum analysis_class class, struct sceau_slice note,
             struct sceau_slice author)
{
    struct statement *st = database_prepare(
        in->db,
        "INSERT INTO mark (domain, source, class, note, author, time, until) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0) ON CONFLICT (domain, source) "
        "DO UPDATE SET class = ?3, note = ?4, author = ?5, time = ?6, until = 0");
    bind_text(st, 1, domain.ptr != NULL ? domain : SCEAU_SLICE(""));
    bind_text(st, 2, source);
    bind_int(st, 3, class);
    bind_text(st, 4, note.ptr != NULL ? note : SCEAU_SLICE(""));
    bind_text(st, 5, author.ptr != NULL ? author : SCEAU_SLICE(""));
    bind_int(st, 6, in->now);
    return statement_step(st) >= 0 || scope_fail(in);
}

bool
insight_unmark(struct insight *in, struct sceau_slice domain, struct sceau_slice source)
{
    struct statement *st =
        database_prepare(in->db, "DELETE FROM mark WHERE domain = ?1 AND source = ?2");
    bind_text(st, 1, domain.ptr != NULL ? domain : SCEAU_SLICE(""));
    bind_text(st, 2, source);
    return statement_step(st) >= 0 || scope_fail(in);
}

bool
insight_ignore(struct insight *in, struct sceau_slice reporter, bool is_ignored,
               struct sceau_slice note)
{
    return (reporter_ignore(in->db, reporter, is_ignored, note) &&
            reporter_recount(in->db, reporter, NULL)) ||
           scope_fail(in);
}
