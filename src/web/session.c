/* Sessions as digests, tokens as HMAC-SHA256 (RFC 2104). */
#include "web/session.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

void
session_hex(const uint8_t octets[SESSION_SECRET], char text[SESSION_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < SESSION_SECRET; i++) {
        text[2 * i] = digits[octets[i] >> 4];
        text[2 * i + 1] = digits[octets[i] & 15];
    }
    text[SESSION_TEXT - 1] = '\0';
}

static void
digest_of(struct sceau_slice text, uint8_t digest[SESSION_SECRET])
{
    SHA256((const unsigned char *)(text.len > 0 ? text.ptr : ""), text.len, digest);
}

void
sessions_init(struct sessions *s, const uint8_t random[SESSION_SECRET])
{
    *s = (struct sessions){.key = {0}};
    memcpy(s->key, random, sizeof s->key);
}

void
session_begin(struct sessions *s, const uint8_t random[SESSION_SECRET], int64_t until,
              char cookie[SESSION_TEXT])
{
    struct session *oldest = &s->items[0];
    for (size_t i = 1; i < SESSIONS_MAX; i++) {
        if (s->items[i].until < oldest->until)
            oldest = &s->items[i];
    }
    session_hex(random, cookie);
    digest_of(sceau_slice_from(cookie), oldest->digest);
    oldest->until = until;
}

static const struct session *
find(const struct sessions *s, struct sceau_slice cookie)
{
    uint8_t digest[SESSION_SECRET];
    if (cookie.len != SESSION_TEXT - 1)
        return NULL;
    digest_of(cookie, digest);
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        const struct session *item = &s->items[i];
        if (item->until > 0 && CRYPTO_memcmp(item->digest, digest, sizeof digest) == 0)
            return item;
    }
    return NULL;
}

bool
session_holds(const struct sessions *s, struct sceau_slice cookie, int64_t now)
{
    const struct session *item = find(s, cookie);
    return item != NULL && now < item->until;
}

void
session_end(struct sessions *s, struct sceau_slice cookie)
{
    const struct session *item = find(s, cookie);
    if (item != NULL)
        s->items[item - s->items] = (struct session){.until = 0};
}

void
session_token(const struct sessions *s, struct sceau_slice who,
              char token[SESSION_TEXT])
{
    uint8_t mac[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    HMAC(EVP_sha256(), s->key, sizeof s->key,
         (const unsigned char *)(who.len > 0 ? who.ptr : ""), who.len, mac, &len);
    session_hex(mac, token);
}

bool
session_token_fits(const struct sessions *s, struct sceau_slice who,
                   struct sceau_slice token)
{
    char wanted[SESSION_TEXT];
    session_token(s, who, wanted);
    return token.len == SESSION_TEXT - 1 &&
           CRYPTO_memcmp(token.ptr, wanted, token.len) == 0;
}

void
session_link_name(struct sceau_slice token, char name[SESSION_TEXT])
{
    uint8_t digest[SESSION_SECRET];
    digest_of(token, digest);
    session_hex(digest, name);
}
