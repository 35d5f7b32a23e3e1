/* Any octets as a request and as an answer: refused, or read, and then written again as the
 * same octets. */
#include "protocol.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct keys_request request;
    static struct keys_answer answer;
    uint8_t again[KEYS_REQUEST_OCTETS + KEYS_ANSWER_OCTETS];
    if (keys_request_parse(data, size, &request)) {
        assert(request.domain_len > 0 && request.domain_len <= KEYS_DOMAIN_MAX);
        assert(memchr(request.domain, '/', request.domain_len) == NULL);
        assert(memchr(request.selector, '/', request.selector_len) == NULL);
        keys_request_format(&request, again);
        assert(memcmp(again, data, size) == 0);
    }
    if (keys_answer_parse(data, size, &answer)) {
        assert(answer.active.count <= KEYRING_KEYS_MAX);
        assert(answer.signature_len <= SCEAU_SIGNATURE_OCTETS_MAX);
        keys_answer_format(&answer, again);
        assert(memcmp(again, data, size) == 0);
    }
    return 0;
}
