/* How a transfer of libcurl ended, and what a person is told of it. */
#ifndef REMOTE_TRANSFER_H
#define REMOTE_TRANSFER_H

#include "check/curl_rules.h"
#include "language/problem.h"

/* The host of "scheme://host:port/...", with its port. */
struct sceau_slice transfer_host(const char *url);

/* How sending something ended. */
enum sending {
    SENDING_DONE,    /* the other side took it */
    SENDING_LATER,   /* it did not; again later */
    SENDING_REFUSED, /* it did not, and will not as things are */
    SENDING_UNKNOWN, /* all was sent, and no answer came: it may have it */
    SENDING_NOBODY, /* a mail server that takes nothing from us, whoever it is to: it was not
                      * reached, or does not know us */
};

/* The part that a failed transfer has in that: nothing was taken, unless all was sent. */
enum sending transfer_sending(CURLcode code, bool is_all_sent);

/* "HOST: " and what went wrong, with libcurl's own words behind it: `said` is its error
 * buffer, and may be empty. */
void transfer_tell(struct problem *problem, const char *url, CURLcode code,
                   const char *said);

#endif
