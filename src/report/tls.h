/* TLS reports (RFC 8460 section 4.4), read whole: they are small. */
#ifndef REPORT_TLS_H
#define REPORT_TLS_H

#include "report.h"

/* sink gets policies, failures, repairs, then the report or its refusal. */
void tls_read(struct sceau_slice json, struct report_sink *sink);

#endif
