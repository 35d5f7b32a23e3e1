/* A reply packet in, asked for with the question it holds. Records out are whole, within
 * the limit, and survive being packed for a table and unpacked again. */
#include "answer.h"

#include "name.h"
#include "rdata.h"
#include "rrset.h"

#include <stdlib.h>

static void
check(bool holds)
{
    if (!holds)
        abort();
}

static void
check_records(struct sceau_arena *arena, uint16_t type,
              const struct sceau_dns_answer *answer)
{
    size_t octets = 0;
    struct sceau_dns_answer again;
    for (size_t i = 0; i < answer->count; i++) {
        check(dns_rdata_is_valid(type, answer->rrs[i].rdata));
        check(answer->rrs[i].ttl == answer->ttl && answer->ttl <= INT32_MAX);
        octets += answer->rrs[i].rdata.len;
    }
    check(octets <= SCEAU_DNS_ANSWER_MAX);
    char *packed = malloc(dns_rrset_size(answer) + 1);
    check(packed != NULL);
    dns_rrset_pack(answer, packed);
    struct dns_rrset set = {
        type, answer->ttl, answer->count, {packed, dns_rrset_size(answer)}
    };
    dns_rrset_answer(&set, arena, &again);
    check(again.status == SCEAU_DNS_LIMIT || again.count == answer->count);
    for (size_t i = 0; i < again.count; i++) {
        check(slice_eq(again.rrs[i].rdata, answer->rrs[i].rdata));
        check(slice_eq(again.rrs[i].name, answer->rrs[i].name));
        check(slice_eq(again.rrs[i].text, answer->rrs[i].text));
    }
    free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sceau_slice packet = {(const char *)data, size};
    struct sceau_arena *arena = sceau_arena_new(SCEAU_MESSAGE_MEMORY);
    struct sceau_dns_answer answer;
    size_t name_len = size > 12 ? dns_name_length(slice_skip(packet, 12)) : 0;
    if (arena != NULL && name_len > 0 && size >= 12 + name_len + 2) {
        struct sceau_slice name =
            dns_name_to_asked(arena, slice_sub(packet, 12, name_len));
        uint16_t type = (uint16_t)(data[12 + name_len] << 8 | data[13 + name_len]);
        dns_answer_decode(arena, packet, name, type, &answer);
        check((answer.status == SCEAU_DNS_OK) == (answer.count > 0));
        check(answer.status == SCEAU_DNS_OK || answer.status == SCEAU_DNS_NODATA ||
              answer.status == SCEAU_DNS_NXDOMAIN || answer.reason != NULL);
        if (answer.status == SCEAU_DNS_OK)
            check_records(arena, type, &answer);
    }
    sceau_arena_free(arena);
    return 0;
}
