/* TLS reports into tls_day: a line for the sums of each policy, one for each kind of
 * failure at each host. */
#ifndef STORE_TLS_WRITE_H
#define STORE_TLS_WRITE_H

#include "core/domain.h"
#include "database.h"
#include "report/report.h"

struct tls_writer {
    struct database *db;
    int64_t day;
    struct sceau_slice organization;
    char domain[DOMAIN_MAX], type[32]; /* of the policy at hand */
    size_t domain_len, type_len;
};

bool tls_has_domain(const struct tls_writer *writer);
void tls_set_domain(struct tls_writer *writer, struct sceau_slice domain);
struct sceau_slice tls_domain(const struct tls_writer *writer);

/* A report; `organization` lives until its end. */
void tls_write_begin(struct tls_writer *writer, struct database *db, int64_t day,
                     struct sceau_slice organization);

/* False on an error of the database. A failure belongs to the policy before it. */
bool tls_write_policy(struct tls_writer *writer,
                      const struct report_tls_policy *policy);
bool tls_write_failure(struct tls_writer *writer,
                       const struct report_tls_failure *failure);

#endif
