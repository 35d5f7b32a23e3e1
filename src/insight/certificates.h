/* Certificates of mail hosts, as sceau-reportd sees them once a day: table meta,
 * "certificate/HOST" = "SEEN NOT-BEFORE NOT-AFTER". */
#ifndef INSIGHT_CERTIFICATES_H
#define INSIGHT_CERTIFICATES_H

#include "core/ip.h"
#include "insight.h"

/* A mail host of a domain, with one of its addresses as last seen in DNS. */
struct insight_mail_host {
    struct sceau_slice domain, host;
    struct sceau_ip address;
};
bool insight_mail_hosts(struct insight *in, struct sceau_slice domain,
                        const struct insight_mail_host **hosts, size_t *count);

bool insight_certificate_write(struct insight *in, struct sceau_slice host,
                               int64_t not_before, int64_t not_after);

/* Those seen in the last week. `domain` is of whom it is a mail host, the first by name. */
bool insight_certificates(struct insight *in,
                          const struct analysis_certificate **certificates,
                          size_t *count);

#endif
