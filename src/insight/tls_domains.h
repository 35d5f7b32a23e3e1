/* Domains that were reported on. From one to the next by the key, and in each to the days of the
 * range: a row for each day and sender that was ever told is not read. */
#ifndef INSIGHT_TLS_DOMAINS_H
#define INSIGHT_TLS_DOMAINS_H

#define TLS_DOMAINS                                                               \
 "WITH RECURSIVE domains (domain) AS (SELECT min(domain) FROM tls_day UNION ALL " \
 "SELECT (SELECT min(x.domain) FROM tls_day x WHERE x.domain > domains.domain) "  \
 "FROM domains WHERE domains.domain IS NOT NULL) "

#endif
