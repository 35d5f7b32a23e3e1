/* Lines of one key are added up. */
#include "tls_write.h"

#include "cut.h"

#define RESULT_TYPE_MAX 64 /* octets; those of RFC 8460 section 4.3 have up to 28 */

static size_t
keep(char *out, size_t size, struct sceau_slice text)
{
    text = cut_text(text, size);
    for (size_t i = 0; i < text.len; i++)
        out[i] = ascii_lower(text.ptr[i]);
    return text.len;
}

bool
tls_has_domain(const struct tls_writer *w)
{
    return w->domain_len > 0;
}

void
tls_set_domain(struct tls_writer *w, struct sceau_slice domain)
{
    w->domain_len = keep(w->domain, sizeof w->domain, domain);
}

struct sceau_slice
tls_domain(const struct tls_writer *w)
{
    return (struct sceau_slice){w->domain, w->domain_len};
}

void
tls_write_begin(struct tls_writer *w, struct database *db, int64_t day,
                struct sceau_slice organization)
{
    w->db = db;
    w->day = day;
    w->organization = organization;
}

static bool
add(struct tls_writer *w, struct sceau_slice mx, struct sceau_slice result,
    uint64_t successful, uint64_t failed)
{
    struct statement *s = database_prepare(
        w->db,
        "INSERT INTO tls_day (domain, day, policy_type, organization, mx, "
        "result_type, successful, failed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) "
        "ON CONFLICT (domain, day, policy_type, organization, mx, result_type) "
        "DO UPDATE SET successful = tls_day.successful + excluded.successful, "
        "failed = tls_day.failed + excluded.failed");
    bind_text(s, 1, tls_domain(w));
    bind_int(s, 2, w->day);
    bind_text(s, 3, (struct sceau_slice){w->type, w->type_len});
    bind_text(s, 4, w->organization);
    bind_text(s, 5, mx);
    bind_text(s, 6, result);
    bind_int(s, 7, (int64_t)successful);
    bind_int(s, 8, (int64_t)failed);
    return statement_step(s) == 0;
}

bool
tls_write_policy(struct tls_writer *w, const struct report_tls_policy *policy)
{
    tls_set_domain(w, policy->domain);
    w->type_len = keep(w->type, sizeof w->type, policy->type);
    return add(w, SLICE_NONE, SLICE_NONE, policy->successful, policy->failed);
}

bool
tls_write_failure(struct tls_writer *w, const struct report_tls_failure *failure)
{
    return add(w, cut_text(failure->receiving_mx_hostname, DOMAIN_MAX),
               cut_text(failure->result_type, RESULT_TYPE_MAX), 0, failure->count);
}
