/* The reply packet of a resolver as an answer to the question that was put. */
#ifndef DNS_ANSWER_H
#define DNS_ANSWER_H

#include "sceau/dns.h"

/* Read a whole reply (RFC 1035 section 4). `name` is the asked form.
 *
 * Only what answers this question counts: its question section must repeat name, type and
 * class IN; records of other names, types and classes are passed over; CNAME links are
 * followed, at most SCEAU_DNS_CNAME_MAX. Status: NXDOMAIN and REFUSED from the header's
 * RCODE, any other error SERVFAIL; without records NODATA; a packet that is cut, damaged
 * or loops SERVFAIL; more rdata than SCEAU_DNS_ANSWER_MAX, or a full arena, LIMIT.
 *
 * ttl is the lowest of the chain and the records; of a negative answer the lower of the
 * SOA's TTL and its MINIMUM (RFC 2308 section 5), 0 without SOA. `secure` and `elapsed_ms`
 * are the caller's to set. Time: at most 9 walks over the packet. */
void dns_answer_decode(struct sceau_arena *arena, struct sceau_slice packet,
                       struct sceau_slice name, uint16_t type,
                       struct sceau_dns_answer *answer);

#endif
