#include "report_pack.h"

#include "database_backend.h"

void
report_pack_begin(struct report_pack *pack, struct database *db, int64_t report,
                  struct sceau_slice policy_domain)
{
    pack->db = db;
    pack->report = report;
    pack->written = 0;
    report_rows_begin(&pack->rows, policy_domain);
}

void
report_pack_clear(struct report_pack *pack)
{
    report_rows_clear(&pack->rows);
}

static bool
write_piece(struct report_pack *pack)
{
    struct report_rows_writer *w = &pack->rows;
    struct statement *s = database_prepare(
        pack->db,
        "INSERT INTO report_pack (report, n, row_count, messages, authors, octets) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    bind_int(s, 1, pack->report);
    bind_int(s, 2, pack->written);
    bind_int(s, 3, (int64_t)w->rows);
    bind_int(s, 4, (int64_t)w->messages);
    bind_text(s, 5, (struct sceau_slice){w->authors, w->authors_len});
    bind_blob(s, 6, (struct sceau_slice){w->octets, w->len});
    pack->written += (int64_t)w->rows;
    bool is_written = statement_step(s) == 0;
    report_rows_begin(w, w->policy_domain);
    return is_written;
}

bool
report_pack_add(struct report_pack *pack, struct sceau_slice domain,
                const struct report_record *record,
                const struct analysis_judgement *judgement)
{
    struct report_rows_writer *w = &pack->rows;
    if (report_rows_add(w, domain, record, judgement))
        return true;
    if (w->rows > 0 && !write_piece(pack))
        return false;
    return report_rows_add(w, domain, record, judgement) ||
           database_note(pack->db, DATABASE_ERROR, "out of memory");
}

bool
report_pack_end(struct report_pack *pack)
{
    return pack->rows.rows == 0 || write_piece(pack);
}
