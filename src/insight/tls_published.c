/* Beside what senders report. Nothing is asked for here. */
#include "tls_published.h"

#include "certificates.h"
#include "core/text.h"
#include "scope.h"
#include "store/meta.h"

#include <string.h>

#define SECONDS_A_DAY 86400
#define FRESH         (3 * (int64_t)SECONDS_A_DAY)
#define FORGOTTEN     (30 * (int64_t)SECONDS_A_DAY)

static const struct table_column columns[] = {
    {"domain",            TABLE_TEXT, N_("domain"),          24},
    {"mta_sts",           TABLE_TEXT, N_("MTA-STS"),         24},
    {"tls_rpt",           TABLE_TEXT, N_("TLS-RPT"),         24},
    {"mx",                TABLE_TEXT, N_("Mail host"),       0 },
    {"certificate_until", TABLE_DAY,  N_("Its certificate"), 0 },
    {"seen",              TABLE_TIME, N_("Seen"),            0 },
};

static const struct analysis_certificate *
first_to_end(const struct analysis_certificate *all, size_t count,
             struct sceau_slice domain)
{
    const struct analysis_certificate *first = NULL;
    for (size_t i = 0; i < count; i++)
        if (slice_eq(all[i].domain, domain) &&
            (first == NULL || all[i].not_after < first->not_after))
            first = &all[i];
    return first;
}

static bool
count_domains(struct insight *in, const struct filter *f, struct insight_part *part)
{
    struct statement *st = database_prepare(
        in->db, "SELECT count(DISTINCT domain) FROM dns_record WHERE type = 'MX' "
                "AND name = domain AND last >= ?1 AND (?2 = '' OR domain = ?2)");
    bind_int(st, 1, in->now - FRESH);
    bind_text(st, 2, f->domain);
    if (statement_step(st) != 1)
        return scope_fail(in);
    insight_part_of(part, (uint64_t)column_int(st, 0));
    statement_reset(st);
    return true;
}

/* A record that was looked for and is absent is an empty text. */
static bool
add_row(struct insight *in, struct growing *list, struct statement *st)
{
    struct insight_tls_published *p = growing_add(list);
    if (p == NULL)
        return scope_full(in);
    p->domain = scope_text(in, st, 0);
    p->mta_sts = scope_text(in, st, 1);
    p->tls_rpt = scope_text(in, st, 2);
    p->seen = column_int(st, 3);
    mtasts_look_parse(scope_text(in, st, 4), &p->look);
    if (in->now - p->look.seen >= MTASTS_LOOK_KEPT)
        p->look = (struct mtasts_look){0};
    return p->domain.ptr != NULL || scope_full(in);
}

/* One question for a page: a server may be far away. */
static bool
read_rows(struct insight *in, const struct filter *f, const struct insight_part *part,
          struct growing *list)
{
    int step;
    struct statement *st = database_prepare(
        in->db,
        "SELECT d.domain, coalesce((SELECT text FROM dns_record WHERE name = '_mta-sts.' "
        "|| d.domain AND type = 'TXT' AND last >= ?1 ORDER BY last DESC, text DESC LIMIT "
        "1), ''), coalesce((SELECT text FROM dns_record WHERE name = '_smtp._tls.' || "
        "d.domain AND type = 'TXT' AND last >= ?1 ORDER BY last DESC, text DESC LIMIT 1), "
        "''), coalesce((SELECT max(last) FROM dns_record WHERE type = 'TXT' AND last >= ?1 "
        "AND name IN ('_mta-sts.' || d.domain, '_smtp._tls.' || d.domain)), 0), "
        "coalesce((SELECT value FROM meta WHERE name = 'mta_sts/' || d.domain), '') FROM "
        "(SELECT DISTINCT domain FROM dns_record WHERE type = 'MX' AND name = domain AND "
        "last >= ?1 AND (?2 = '' OR domain = ?2) ORDER BY domain LIMIT ?3 OFFSET ?4) AS d "
        "ORDER BY d.domain");
    bind_int(st, 1, in->now - FRESH);
    bind_text(st, 2, f->domain);
    bind_int(st, 3, (int64_t)part->most);
    bind_int(st, 4, (int64_t)part->from);
    while ((step = statement_step(st)) > 0)
        if (!add_row(in, list, st)) {
            statement_reset(st);
            return false;
        }
    statement_reset(st);
    return step == 0 || scope_fail(in);
}

bool
insight_tls_published(struct insight *in, const struct filter *f,
                      struct insight_part *part,
                      const struct insight_tls_published **published, size_t *count)
{
    struct growing list = {.arena = in->arena,
                           .size = sizeof(struct insight_tls_published)};
    const struct analysis_certificate *certificates;
    size_t certificate_count;
    if (!count_domains(in, f, part) || !read_rows(in, f, part, &list) ||
        !insight_certificates(in, &certificates, &certificate_count))
        return false;
    struct insight_tls_published *items = list.items;
    for (size_t i = 0; i < list.count; i++) {
        const struct analysis_certificate *first =
            first_to_end(certificates, certificate_count, items[i].domain);
        if (first == NULL)
            continue;
        items[i].mail_host = first->host;
        items[i].certificate_until = first->not_after / SECONDS_A_DAY;
    }
    *published = items;
    *count = list.count;
    return true;
}

struct table
insight_tls_published_table(struct sceau_arena *arena,
                            const struct insight_tls_published *published, size_t count)
{
    struct table_maker m =
        table_new(arena, "tls_published", columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < count; i++) {
        const struct insight_tls_published *p = &published[i];
        table_text(&m, p->domain);
        table_text(&m, p->mta_sts);
        table_text(&m, p->tls_rpt);
        table_text(&m, p->mail_host);
        if (p->mail_host.len > 0)
            table_signed(&m, p->certificate_until);
        else
            table_none(&m);
        table_signed(&m, p->seen);
    }
    return table_done(&m);
}

/* ---- the look at a policy file ---- */

#define OF_POLICY "mta_sts/"

static struct sceau_slice
kept_name(struct insight *in, struct sceau_slice domain)
{
    struct text name = text_new(in->arena, SIZE_MAX);
    text_string(&name, OF_POLICY);
    text_slice(&name, domain);
    return text_done(&name);
}

bool
insight_mtasts_look(struct insight *in, struct sceau_slice domain,
                    struct mtasts_look *look)
{
    struct text value = text_new(in->arena, SIZE_MAX);
    *look = (struct mtasts_look){0};
    int found = meta_read(in->db, kept_name(in, domain), &value);
    if (found == 1)
        mtasts_look_parse(text_done(&value), look);
    return found >= 0 || scope_fail(in);
}

bool
insight_mtasts_keep(struct insight *in, struct sceau_slice domain,
                    const struct mtasts_look *look)
{
    struct sceau_slice text = mtasts_look_format(in->arena, look);
    return text.ptr != NULL ? scope_note(in, kept_name(in, domain), text)
                            : scope_full(in);
}

/* Values begin with the time of the look: ten digits until the year 2286. */
static struct sceau_slice
time_text(char digits[32], int64_t time)
{
    struct text t = text_in(digits, 32);
    text_format(&t, "%010lld", (long long)time);
    return text_done(&t);
}

bool
insight_mtasts_due(struct insight *in, const struct sceau_slice *domains, size_t count,
                   int64_t age, bool *is_due)
{
    int step;
    char from[32], to[32];
    struct statement *st = database_prepare(
        in->db, "SELECT name FROM meta WHERE name >= 'mta_sts/' AND name < 'mta_sts0' "
                "AND value >= ?1 AND value < ?2");
    bind_text(st, 1, time_text(from, in->now - age + 1));
    bind_text(st, 2, time_text(to, in->now + 1));
    memset(is_due, true, count * sizeof *is_due);
    while ((step = statement_step(st)) == 1) {
        struct sceau_slice fresh = slice_skip(column_text(st, 0), strlen(OF_POLICY));
        for (size_t i = 0; i < count; i++)
            is_due[i] = is_due[i] && !slice_eq(domains[i], fresh);
    }
    statement_reset(st);
    return step == 0 || scope_fail(in);
}

bool
insight_mtasts_forget(struct insight *in)
{
    char before[32];
    struct statement *st =
        database_prepare(in->db, "DELETE FROM meta WHERE name >= 'mta_sts/' AND "
                                 "name < 'mta_sts0' AND value < ?1");
    bind_text(st, 1, time_text(before, in->now - FORGOTTEN));
    return statement_step(st) == 0 || scope_fail(in);
}
