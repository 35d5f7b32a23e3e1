/* What the milter and its signer process say to each other over a SOCK_SEQPACKET pair: one
 * request, one answer, each of a fixed size. No I/O here.
 *
 *     request  id u64, kind u8, three lengths u8, domain 256, selector 200, digest 32
 *     answer   id u64, status u8, count u8, length u16, then 1024 octets: the signature, or
 *              `count` keys of 204 octets (algorithm u8, selector length u8, bits u16,
 *              selector 200)
 *
 * Numbers are big-endian; what is not used is zero. Each side checks what the other says. */
#ifndef KEYS_PROTOCOL_H
#define KEYS_PROTOCOL_H

#include "keys/keyring.h"

#define KEYS_DOMAIN_MAX     253
#define KEYS_REQUEST_OCTETS ((size_t)(8 + 4 + 256 + KEYRING_SELECTOR_MAX + 32))
#define KEYS_ANSWER_OCTETS  ((size_t)(8 + 4 + 1024))

enum keys_request_kind {
    KEYS_ASK_ACTIVE = 1,
    KEYS_ASK_SIGNATURE = 2,
};

struct keys_request {
    uint64_t id; /* repeated in the answer */
    enum keys_request_kind kind;
    size_t domain_len; /* A-labels, lower case */
    char domain[256];
    size_t selector_len; /* of KEYS_ASK_SIGNATURE */
    char selector[KEYRING_SELECTOR_MAX];
    uint8_t digest[32]; /* the same */
};

enum keys_answer_status {
    KEYS_ANSWER_FINE = 1,
    KEYS_ANSWER_BROKEN = 2,
    KEYS_ANSWER_GONE = 3,
    KEYS_ANSWER_LOST = 4, /* the signer was started anew: what it was asked is lost */
};

struct keys_answer {
    uint64_t id; /* 0 with KEYS_ANSWER_LOST */
    enum keys_answer_status status;
    struct keyring_keys active;
    size_t signature_len;
    uint8_t signature[SCEAU_SIGNATURE_OCTETS_MAX];
};

void keys_request_format(const struct keys_request *request,
                         uint8_t octets[KEYS_REQUEST_OCTETS]);

/* False when it is none: another length, an unknown kind, a domain or selector that is no
 * name (letters, digits, hyphens, underscores, dots between them), octets that should be
 * zero. */
bool keys_request_parse(const uint8_t *octets, size_t len,
                        struct keys_request *request);

void keys_answer_format(const struct keys_answer *answer,
                        uint8_t octets[KEYS_ANSWER_OCTETS]);
bool keys_answer_parse(const uint8_t *octets, size_t len, struct keys_answer *answer);

#endif
