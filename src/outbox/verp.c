#include "verp.h"

#include "core/text.h"

#include <stdio.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#define NUMBER_HEX 16
#define HMAC_HEX   24

void
outbox_token(const uint8_t secret[OUTBOX_SECRET], uint64_t delivery,
             char token[OUTBOX_TOKEN])
{
    unsigned char mac[EVP_MAX_MD_SIZE] = {0};
    snprintf(token, NUMBER_HEX + 1, "%016llx", (unsigned long long)delivery);
    HMAC(EVP_sha256(), secret, OUTBOX_SECRET, (const unsigned char *)token, NUMBER_HEX,
         mac, NULL);
    for (size_t i = 0; i < HMAC_HEX / 2; i++)
        snprintf(token + NUMBER_HEX + 2 * i, 3, "%02x", mac[i]);
}

struct sceau_slice
outbox_return_path(struct sceau_arena *arena, const uint8_t secret[OUTBOX_SECRET],
                   struct sceau_slice address, uint64_t delivery)
{
    char token[OUTBOX_TOKEN];
    struct text t = text_new(arena, SIZE_MAX);
    size_t at = slice_find_last(address, '@');
    if (at == 0 || at == address.len || at > OUTBOX_LOCAL_MAX)
        return (struct sceau_slice){NULL, 0};
    outbox_token(secret, delivery, token);
    text_format(&t, "%.*s+%s%.*s", (int)at, address.ptr, token, (int)(address.len - at),
                address.ptr + at);
    return text_done(&t);
}

static bool
hex_digit(char c, unsigned *value)
{
    if (c >= '0' && c <= '9')
        *value = (unsigned)(c - '0');
    else if (c >= 'a' && c <= 'f')
        *value = (unsigned)(c - 'a') + 10;
    else
        return false;
    return true;
}

static bool
number_of(const char *token, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < NUMBER_HEX; i++) {
        unsigned digit;
        if (!hex_digit(token[i], &digit))
            return false;
        *number = *number << 4 | digit;
    }
    return true;
}

bool
outbox_delivery(const uint8_t secret[OUTBOX_SECRET], struct sceau_slice recipient,
                uint64_t *delivery)
{
    char found[OUTBOX_TOKEN] = "", right[OUTBOX_TOKEN];
    struct sceau_slice local = slice_sub(recipient, 0, slice_find_last(recipient, '@'));
    size_t plus = slice_find_last(local, '+');
    if (plus == local.len || local.len - plus - 1 != OUTBOX_TOKEN - 1)
        return false;
    for (size_t i = 0; i < OUTBOX_TOKEN - 1; i++)
        found[i] = ascii_lower(local.ptr[plus + 1 + i]);
    uint64_t number;
    if (!number_of(found, &number))
        return false;
    outbox_token(secret, number, right);
    if (CRYPTO_memcmp(found, right, OUTBOX_TOKEN - 1) != 0)
        return false;
    *delivery = number;
    return true;
}
