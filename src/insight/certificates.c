/* Hosts and addresses are those of the daily look at our records. */
#include "certificates.h"

#include "core/text.h"
#include "scope.h"

#define SECONDS_A_DAY 86400
#define FRESH         (7 * (int64_t)SECONDS_A_DAY)
#define HOSTS_MAX     200

bool
insight_mail_hosts(struct insight *in, struct sceau_slice domain,
                   const struct insight_mail_host **hosts, size_t *count)
{
    struct growing list = {.arena = in->arena,
                           .size = sizeof(struct insight_mail_host)};
    struct statement *st = database_prepare(
        in->db,
        "SELECT name, text FROM dns_record WHERE domain = ?1 AND text <> '' "
        "AND type IN ('A', 'AAAA') AND last >= ?2 ORDER BY name, text LIMIT ?3");
    struct ip_network network;
    int step;
    bind_text(st, 1, domain);
    bind_int(st, 2, in->now - 3 * (int64_t)SECONDS_A_DAY);
    bind_int(st, 3, HOSTS_MAX);
    while ((step = statement_step(st)) > 0) {
        if (!ip_network_parse(column_text(st, 1), &network))
            continue;
        struct insight_mail_host *h = growing_add(&list);
        if (h == NULL) {
            statement_reset(st);
            return scope_full(in);
        }
        *h = (struct insight_mail_host){slice_copy(in->arena, domain),
                                        scope_text(in, st, 0), network.address};
    }
    *hosts = list.items;
    *count = list.count;
    return step == 0 || scope_fail(in);
}

bool
insight_certificate_write(struct insight *in, struct sceau_slice host,
                          int64_t not_before, int64_t not_after)
{
    struct text name = text_new(in->arena, SIZE_MAX),
                value = text_new(in->arena, SIZE_MAX);
    text_string(&name, "certificate/");
    text_slice(&name, host);
    text_format(&value, "%lld %lld %lld", (long long)in->now, (long long)not_before,
                (long long)not_after);
    return scope_note(in, text_done(&name), text_done(&value));
}

static bool
read_times(struct sceau_slice value, int64_t times[3])
{
    struct sceau_slice word;
    for (size_t i = 0; i < 3; i++) {
        uint64_t number;
        if (!slice_next(&value, ' ', &word) || !slice_decimal(word, INT64_MAX, &number))
            return false;
        times[i] = (int64_t)number;
    }
    return true;
}

bool
insight_certificates(struct insight *in,
                     const struct analysis_certificate **certificates, size_t *count)
{
    struct growing list = {.arena = in->arena,
                           .size = sizeof(struct analysis_certificate)};
    struct statement *st = database_prepare(
        in->db,
        "SELECT substr(m.name, 13), m.value, (SELECT min(d.domain) FROM dns_record d "
        "WHERE d.name = substr(m.name, 13) AND d.type IN ('A', 'AAAA')) FROM meta m "
        "WHERE m.name >= 'certificate/' AND m.name < 'certificate0' ORDER BY m.name");
    int64_t times[3];
    int step;
    while ((step = statement_step(st)) > 0) {
        if (!read_times(column_text(st, 1), times) || in->now - times[0] > FRESH)
            continue;
        struct analysis_certificate *c = growing_add(&list);
        if (c == NULL) {
            statement_reset(st);
            return scope_full(in);
        }
        *c = (struct analysis_certificate){.host = scope_text(in, st, 0),
                                           .domain = scope_text(in, st, 2),
                                           .not_before = times[1],
                                           .not_after = times[2]};
    }
    *certificates = list.items;
    *count = list.count;
    return step == 0 || scope_fail(in);
}
