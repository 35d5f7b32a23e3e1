/* What our domains publish for who sends to them over TLS, as last seen in DNS, and the end
 * of the first certificate to end: beside what senders report. Nothing is asked for here. */
#include "certificates.h"
#include "core/text.h"
#include "scope.h"

#define SECONDS_A_DAY 86400
#define FRESH_DAYS    3
#define DOMAINS_MAX   1000

static const struct table_column columns[] = {
    {"domain",            TABLE_TEXT, N_("Domain"),          24},
    {"mta_sts",           TABLE_TEXT, N_("MTA-STS"),         24},
    {"tls_rpt",           TABLE_TEXT, N_("TLS-RPT"),         24},
    {"mx",                TABLE_TEXT, N_("Mail host"),       0 },
    {"certificate_until", TABLE_DAY,  N_("Its certificate"), 0 },
    {"seen",              TABLE_TIME, N_("Seen"),            0 },
};

/* The text of a name as it was last seen; empty: there is none. */
static bool
read_text(struct insight *in, const char *below, struct sceau_slice domain,
          struct sceau_slice *text, int64_t *seen)
{
    struct text name = text_new(in->arena, SIZE_MAX);
    struct statement *st = database_prepare(
        in->db, "SELECT text, last FROM dns_record WHERE name = ?1 AND type = 'TXT' "
                "AND last >= ?2 ORDER BY last DESC, text DESC LIMIT 1");
    text_string(&name, below);
    text_slice(&name, domain);
    *text = SLICE_NONE;
    bind_text(st, 1, text_done(&name));
    bind_int(st, 2, in->now - FRESH_DAYS * (int64_t)SECONDS_A_DAY);
    int step = statement_step(st);
    if (step > 0) {
        *text = scope_text(in, st, 0);
        *seen = column_int(st, 1);
    }
    statement_reset(st);
    return step >= 0 || scope_fail(in);
}

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
put_row(struct insight *in, struct table_maker *m, struct sceau_slice domain,
        const struct analysis_certificate *certificate)
{
    struct sceau_slice sts, rpt;
    int64_t seen = 0;
    if (!read_text(in, "_mta-sts.", domain, &sts, &seen) ||
        !read_text(in, "_smtp._tls.", domain, &rpt, &seen))
        return false;
    table_text(m, domain);
    table_text(m, sts);
    table_text(m, rpt);
    table_text(m, certificate != NULL ? certificate->host : SLICE_NONE);
    if (certificate != NULL)
        table_signed(m, certificate->not_after / SECONDS_A_DAY);
    else
        table_none(m);
    table_signed(m, seen);
    return true;
}

bool
insight_tls_published(struct insight *in, const struct filter *f, struct table *table)
{
    struct growing domains = {.arena = in->arena, .size = sizeof(struct sceau_slice)};
    const struct analysis_certificate *certificates;
    size_t count;
    int step;
    struct table_maker m = table_new(in->arena, "tls_published", columns,
                                     sizeof columns / sizeof *columns);
    if (!insight_certificates(in, &certificates, &count))
        return false;
    struct statement *st = database_prepare(
        in->db, "SELECT DISTINCT domain FROM dns_record WHERE type = 'MX' "
                "AND name = domain AND last >= ?1 AND (?2 = '' OR domain = ?2) "
                "ORDER BY domain LIMIT ?3");
    bind_int(st, 1, in->now - FRESH_DAYS * (int64_t)SECONDS_A_DAY);
    bind_text(st, 2, f->domain.len > 0 ? f->domain : SCEAU_SLICE(""));
    bind_int(st, 3, DOMAINS_MAX);
    while ((step = statement_step(st)) > 0) {
        struct sceau_slice *domain = growing_add(&domains);
        if (domain != NULL)
            *domain = scope_text(in, st, 0);
    }
    if (step < 0)
        return scope_fail(in);
    const struct sceau_slice *names = domains.items;
    for (size_t i = 0; i < domains.count; i++)
        if (!put_row(in, &m, names[i], first_to_end(certificates, count, names[i])))
            return false;
    *table = table_done(&m);
    return true;
}
