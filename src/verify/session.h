/* The state of one message between its envelope and its verdict. */
#ifndef VERIFY_SESSION_H
#define VERIFY_SESSION_H

#include "sceau/verify.h"

struct sceau_verify {
    struct sceau_context
        context; /* the caller's, with `dns` in front of its resolver */
    const struct sceau_verify_options *options;
    struct sceau_dns_session dns;
    struct sceau_message_reader reader; /* keeps the header, however it comes */
    bool takes_octets; /* the reader also finds the end of the header */
    bool header_ended;
    struct sceau_spf_query spf_mail_from; /* set when the verdict has_spf */
    struct sceau_spf_query spf_helo;
    struct sceau_body_hashes *hashes; /* these three are NULL when the arena was full */
    struct sceau_dkim *dkim;
    struct sceau_arc *arc;
    struct sceau_verdict verdict;
};

#endif
