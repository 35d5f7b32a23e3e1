/* One question to one server, over UDP or TCP as the caller says, and what its reply's header
 * tells: for checks that compare servers, or look at a resolver itself.
 *
 * Opens a socket and waits; no cache, no retry. A reply with another id, from another
 * address, or to another question is passed over. */
#ifndef DNS_DIRECT_H
#define DNS_DIRECT_H

#include "sceau/dns.h"

#define DNS_DIRECT_UDP_SIZE 1232 /* that EDNS offers */

struct dns_direct_options {
    struct sceau_ip server;
    uint16_t port; /* 0: 53 */
    bool is_tcp;
    bool wants_recursion; /* RD */
    bool wants_dnssec;    /* DO: signatures come along, and AD is honest */
    uint32_t timeout_ms;  /* 0: SCEAU_DNS_QUERY_MS */
};

struct dns_direct_reply {
    struct sceau_dns_answer
        answer;                 /* TIMEOUT when nobody answered, LIMIT when cut (TC) */
    bool has_reply;             /* whatever it says */
    bool is_refused_connection; /* nobody listens there */
    bool is_authoritative;      /* AA */
    bool is_truncated;          /* TC */
    bool is_recursive;          /* RA */
    bool is_authenticated;      /* AD: the server says it validated */
    bool has_edns;              /* an OPT record came back (RFC 6891) */
};

/* Ask. The answer is in the arena; `name` in the asked form. */
void dns_direct_ask(struct sceau_arena *arena, const struct dns_direct_options *options,
                    struct sceau_slice name, uint16_t type,
                    struct dns_direct_reply *reply);

#endif
