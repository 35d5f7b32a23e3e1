/* An RRset as octets that a table can keep, and as the answer a caller gets. */
#ifndef DNS_RRSET_H
#define DNS_RRSET_H

#include "sceau/dns.h"

#include "core/slice.h"

/* Record after record: two octets of length (network order), then the rdata. */
struct dns_rrset {
    uint16_t type;
    uint32_t ttl; /* RFC 2181 section 5.2: one for all, the lowest */
    size_t count;
    struct sceau_slice octets;
};

/* An answer without records. */
static inline void
dns_answer_without(struct sceau_dns_answer *answer, enum sceau_dns_status status,
                   uint32_t ttl, const char *reason)
{
    *answer = (struct sceau_dns_answer){.status = status, .ttl = ttl, .reason = reason};
}

/* The answer that decoding gave: records, or why there are none. */
void dns_answer_of(struct sceau_dns_answer *answer, enum sceau_status status,
                   const struct sceau_dns_rr *rrs, size_t count, uint32_t ttl);

/* Make an answer whose records borrow the octets of `set`, which live as long as `arena`:
 * OK; LIMIT when the rdata is over SCEAU_DNS_ANSWER_MAX or the arena is full; SERVFAIL
 * when a record is not in the shape of its type. An RRset without records is NODATA. */
void dns_rrset_answer(const struct dns_rrset *set, struct sceau_arena *arena,
                      struct sceau_dns_answer *answer);

/* Is the rdata of so many records, packed in so many octets, more than an answer holds? */
static inline bool
dns_rrset_is_too_large(size_t count, size_t octets)
{
    return octets - 2 * count > SCEAU_DNS_ANSWER_MAX;
}

/* No room in the arena, or more rdata than SCEAU_DNS_ANSWER_MAX. */
void dns_answer_no_memory(struct sceau_dns_answer *answer);
void dns_answer_too_large(struct sceau_dns_answer *answer, uint32_t ttl);

/* The octets that the records of an answer need in this form. */
size_t dns_rrset_size(const struct sceau_dns_answer *answer);

/* Write the records of an answer into `out`, dns_rrset_size octets. */
void dns_rrset_pack(const struct sceau_dns_answer *answer, char *out);

#endif
