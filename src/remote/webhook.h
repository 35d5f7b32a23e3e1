/* JSON posted to an address of the administrator's (RFC 9110 section 9.3.3): HTTPS alone,
 * no redirect, and only to public addresses unless that was allowed. */
#ifndef REMOTE_WEBHOOK_H
#define REMOTE_WEBHOOK_H

#include "secret.h"
#include "transfer.h"

struct webhook_options {
    const char *url;        /* "https://host/path" */
    const char *token_file; /* NULL or "": none; sent as Authorization: Bearer */
    const char *trust_file;
    bool allow_private; /* it may connect to addresses that are not public */
    unsigned patience;  /* seconds of the whole transfer */
};

/* Post it. The problem tells what is wrong unless it is DONE. */
enum sending webhook_post(const struct webhook_options *options,
                          struct sceau_slice json, struct problem *problem);

#endif
