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
    bool is_finished; /* the verdict stands: octets that come now are nobody's */
    struct sceau_spf_query spf_mail_from; /* set when the verdict has_spf */
    struct sceau_spf_query spf_helo;
    bool is_over_memory; /* the arena was full: envelope or signatures are not whole */
    struct sceau_body_hashes *hashes; /* these three may be NULL then */
    struct sceau_dkim *dkim;
    struct sceau_arc *arc;
    struct sceau_verdict verdict;
};

#endif
