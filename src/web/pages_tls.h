/* P8: is mail to us encrypted, and who could not deliver? */
#ifndef WEB_PAGES_TLS_H
#define WEB_PAGES_TLS_H

#include "insight/tls_policies.h"
#include "web/page.h"

struct pages_tls {
    struct insight_tls tls;
    const struct insight_tls_published *published;
    const struct insight_tls_policy *policies; /* of the same domains */
    size_t count;
    struct insight_part domains, sums, failures;
};

struct sceau_slice pages_tls(struct page *p, const struct filter *f,
                             const struct pages_tls *tls);

#endif
