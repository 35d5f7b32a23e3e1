/* One document over HTTPS, from a server that may lie: https alone, no redirect, the
 * certificate verified, bounded in size and time, and only from addresses that were allowed. */
#ifndef CHECK_HTTPS_H
#define CHECK_HTTPS_H

#include "check.h"

#define HTTPS_BODY_MAX ((size_t)64 * 1024)
#define HTTPS_TOTAL_MS 15000

enum https_failure {
    HTTPS_FINE, /* an answer came, whatever its status */
    HTTPS_BAD_URL,
    HTTPS_NO_ADDRESS,
    HTTPS_DNS, /* it could not tell the addresses */
    HTTPS_NOT_PUBLIC,
    HTTPS_REFUSED,
    HTTPS_TIMEOUT,
    HTTPS_UNREACHABLE, /* from here */
    HTTPS_CERTIFICATE, /* not trusted, out of date, or another name's */
    HTTPS_TOO_LARGE,
    HTTPS_BROKEN, /* TLS or HTTP fails */
    HTTPS_SYSTEM, /* our own trouble */
};

const char *https_failure_sentence(enum https_failure failure);

/* Nothing is known then of the document. */
bool https_is_unknown(enum https_failure failure);

struct https_answer {
    enum https_failure failure;
    long status;                   /* 200 */
    struct sceau_slice type, body; /* Content-Type as sent; in the arena */
};

/* Is it no answer about the document: refused, none in time, or trouble of the server's own
 * (5xx)? A firewall of ours does the first two as well, and others may fare better. */
bool https_is_unreached(const struct https_answer *answer);

/* "https://host/path": a host name, no user, no port but 443. False when it is none. */
bool https_url_parse(struct sceau_slice url, struct sceau_slice *host,
                     struct sceau_slice *path);

/* Fetch it. Addresses come from the subject's DNS; those that are not public are left out
 * unless the options allow them. Connects. */
struct https_answer https_get(struct check_subject *s, struct sceau_slice url);

#endif
