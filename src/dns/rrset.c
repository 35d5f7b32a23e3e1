/* From octets in a table to an answer in the caller's arena, and back. */
#include "rrset.h"

#include "rdata.h"

/* Take the next record's rdata off the packed form. False at its end. */
static bool
next_rdata(struct sceau_slice *packed, struct sceau_slice *rdata)
{
    if (packed->len < 2)
        return false;
    size_t len =
        (size_t)(unsigned char)packed->ptr[0] << 8 | (unsigned char)packed->ptr[1];
    *rdata = slice_sub(*packed, 2, len);
    *packed = slice_skip(*packed, 2 + len);
    return true;
}

static enum sceau_status
decode_all(const struct dns_rrset *set, struct sceau_arena *arena,
           struct sceau_dns_rr *rrs)
{
    struct sceau_slice packed = set->octets, rdata;
    enum sceau_status status = SCEAU_OK;
    for (size_t i = 0; status == SCEAU_OK && next_rdata(&packed, &rdata); i++) {
        status = dns_rdata_decode(arena, set->type, rdata, &rrs[i]);
        rrs[i].ttl = set->ttl;
    }
    return status;
}

void
dns_answer_no_memory(struct sceau_dns_answer *answer)
{
    dns_answer_without(answer, SCEAU_DNS_LIMIT, 0, "the message's memory is full");
}

void
dns_answer_too_large(struct sceau_dns_answer *answer, uint32_t ttl)
{
    dns_answer_without(answer, SCEAU_DNS_LIMIT, ttl,
                       "the answer is larger than 64 KiB");
}

void
dns_answer_of(struct sceau_dns_answer *answer, enum sceau_status status,
              const struct sceau_dns_rr *rrs, size_t count, uint32_t ttl)
{
    switch (status) {
    case SCEAU_OK:
        *answer = (struct sceau_dns_answer){.status = SCEAU_DNS_OK,
                                            .rrs = rrs,
                                            .count = count,
                                            .ttl = ttl};
        return;
    case SCEAU_E_SYNTAX:
        dns_answer_without(answer, SCEAU_DNS_SERVFAIL, 0,
                           "a record is not in the form of its type");
        return;
    case SCEAU_E_LIMIT:
    case SCEAU_E_SYSTEM:
        dns_answer_without(
            answer, SCEAU_DNS_LIMIT, 0,
            "the answer is over 64 KiB, or the message's memory is full");
        return;
    }
}

void
dns_rrset_answer(const struct dns_rrset *set, struct sceau_arena *arena,
                 struct sceau_dns_answer *answer)
{
    if (set->count == 0) {
        dns_answer_without(answer, SCEAU_DNS_NODATA, set->ttl, NULL);
        return;
    }
    if (dns_rrset_is_too_large(set->count, set->octets.len)) {
        dns_answer_too_large(answer, set->ttl);
        return;
    }
    struct sceau_dns_rr *rrs = sceau_arena_alloc(arena, set->count * sizeof *rrs);
    enum sceau_status status =
        rrs != NULL ? decode_all(set, arena, rrs) : SCEAU_E_LIMIT;
    dns_answer_of(answer, status, rrs, set->count, set->ttl);
}

size_t
dns_rrset_size(const struct sceau_dns_answer *answer)
{
    size_t size = 0;
    for (size_t i = 0; i < answer->count; i++)
        size += 2 + answer->rrs[i].rdata.len;
    return size;
}

void
dns_rrset_pack(const struct sceau_dns_answer *answer, char *out)
{
    for (size_t i = 0; i < answer->count; i++) {
        struct sceau_slice rdata = answer->rrs[i].rdata;
        *out++ = (char)(rdata.len >> 8);
        *out++ = (char)(rdata.len & 0xff);
        memcpy(out, rdata.ptr, rdata.len);
        out += rdata.len;
    }
}
