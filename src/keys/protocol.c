/* The codec of the signer's protocol. */
#include "protocol.h"

#include "core/domain.h"

#define KEY_OCTETS ((size_t)(4 + KEYRING_SELECTOR_MAX))

enum {
    REQUEST_DOMAIN = 12,
    REQUEST_SELECTOR = REQUEST_DOMAIN + 256,
    REQUEST_DIGEST = REQUEST_SELECTOR + KEYRING_SELECTOR_MAX,
    ANSWER_BODY = 12,
};

_Static_assert(KEYRING_KEYS_MAX *KEY_OCTETS <= SCEAU_SIGNATURE_OCTETS_MAX,
               "the keys fit where a signature fits");

static void
put_number(uint8_t *at, size_t octets, uint64_t value)
{
    while (octets > 0) {
        at[--octets] = (uint8_t)value;
        value >>= 8;
    }
}

static uint64_t
get_number(const uint8_t *at, size_t octets)
{
    uint64_t value = 0;
    for (size_t i = 0; i < octets; i++)
        value = value << 8 | at[i];
    return value;
}

static bool
is_zero(const uint8_t *at, size_t len)
{
    uint8_t any = 0;
    for (size_t i = 0; i < len; i++)
        any |= at[i];
    return any == 0;
}

/* A name of `len` octets at `at`, in a place for `room`; the rest is zero. It becomes a
 * file's name: nothing that domain_is_ldh lets through leaves its folder. */
static bool
get_name(const uint8_t *at, size_t len, size_t room, char *name)
{
    if (len == 0 || len > room || !is_zero(at + len, room - len) ||
        !domain_is_ldh((struct sceau_slice){(const char *)at, len}))
        return false;
    memcpy(name, at, len);
    return true;
}

/* ---- requests ---- */

void
keys_request_format(const struct keys_request *request,
                    uint8_t octets[KEYS_REQUEST_OCTETS])
{
    memset(octets, 0, KEYS_REQUEST_OCTETS);
    put_number(octets, 8, request->id);
    octets[8] = (uint8_t)request->kind;
    octets[9] = (uint8_t)request->domain_len;
    octets[10] = (uint8_t)request->selector_len;
    memcpy(octets + REQUEST_DOMAIN, request->domain, request->domain_len);
    memcpy(octets + REQUEST_SELECTOR, request->selector, request->selector_len);
    if (request->kind == KEYS_ASK_SIGNATURE)
        memcpy(octets + REQUEST_DIGEST, request->digest, sizeof request->digest);
}

bool
keys_request_parse(const uint8_t *octets, size_t len, struct keys_request *request)
{
    *request = (struct keys_request){0};
    if (len != KEYS_REQUEST_OCTETS || octets[11] != 0 ||
        (octets[8] != KEYS_ASK_ACTIVE && octets[8] != KEYS_ASK_SIGNATURE))
        return false;
    request->id = get_number(octets, 8);
    request->kind = (enum keys_request_kind)octets[8];
    request->domain_len = octets[9];
    request->selector_len = octets[10];
    if (!get_name(octets + REQUEST_DOMAIN, request->domain_len, 256, request->domain))
        return false;
    if (request->kind == KEYS_ASK_ACTIVE)
        return request->selector_len == 0 &&
               is_zero(octets + REQUEST_SELECTOR, KEYRING_SELECTOR_MAX + 32);
    memcpy(request->digest, octets + REQUEST_DIGEST, sizeof request->digest);
    return get_name(octets + REQUEST_SELECTOR, request->selector_len,
                    KEYRING_SELECTOR_MAX, request->selector);
}

/* ---- answers ---- */

void
keys_answer_format(const struct keys_answer *answer, uint8_t octets[KEYS_ANSWER_OCTETS])
{
    memset(octets, 0, KEYS_ANSWER_OCTETS);
    put_number(octets, 8, answer->id);
    octets[8] = (uint8_t)answer->status;
    octets[9] = (uint8_t)answer->active.count;
    put_number(octets + 10, 2, answer->signature_len);
    if (answer->signature_len > 0)
        memcpy(octets + ANSWER_BODY, answer->signature, answer->signature_len);
    for (size_t i = 0; i < answer->active.count; i++) {
        const struct keyring_key *key = &answer->active.keys[i];
        uint8_t *at = octets + ANSWER_BODY + i * KEY_OCTETS;
        at[0] = (uint8_t)key->algorithm;
        at[1] = (uint8_t)key->selector_len;
        put_number(at + 2, 2, key->bits);
        memcpy(at + 4, key->selector, key->selector_len);
    }
}

static bool
get_key(const uint8_t *at, struct keyring_key *key)
{
    if (at[0] != SCEAU_DKIM_RSA_SHA256 && at[0] != SCEAU_DKIM_ED25519_SHA256)
        return false;
    key->algorithm = (enum sceau_dkim_algorithm)at[0];
    key->selector_len = at[1];
    key->bits = (unsigned)get_number(at + 2, 2);
    return get_name(at + 4, key->selector_len, KEYRING_SELECTOR_MAX, key->selector);
}

bool
keys_answer_parse(const uint8_t *octets, size_t len, struct keys_answer *answer)
{
    *answer = (struct keys_answer){0};
    if (len != KEYS_ANSWER_OCTETS || octets[8] < KEYS_ANSWER_FINE ||
        octets[8] > KEYS_ANSWER_LOST)
        return false;
    size_t count = octets[9], signature_len = (size_t)get_number(octets + 10, 2);
    size_t used = signature_len > 0 ? signature_len : count * KEY_OCTETS;
    if (count > KEYRING_KEYS_MAX || signature_len > SCEAU_SIGNATURE_OCTETS_MAX ||
        (count > 0 && signature_len > 0) ||
        !is_zero(octets + ANSWER_BODY + used, SCEAU_SIGNATURE_OCTETS_MAX - used))
        return false;
    answer->id = get_number(octets, 8);
    answer->status = (enum keys_answer_status)octets[8];
    answer->signature_len = signature_len;
    if (signature_len > 0)
        memcpy(answer->signature, octets + ANSWER_BODY, signature_len);
    for (; answer->active.count < count; answer->active.count++) {
        if (!get_key(octets + ANSWER_BODY + answer->active.count * KEY_OCTETS,
                     &answer->active.keys[answer->active.count]))
            return false;
    }
    return true;
}
