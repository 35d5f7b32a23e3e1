/* Parts are escaped, so that none can look like two. */
#include "report_key.h"

#include <openssl/evp.h>

static struct sceau_slice
digest_of(struct sceau_arena *arena, struct sceau_slice key_text)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    struct text t = text_new(arena, SIZE_MAX);
    EVP_Digest(key_text.ptr, key_text.len, digest, NULL, EVP_sha256(), NULL);
    text_string(&t, "sha256\t");
    for (size_t i = 0; i < 32; i++)
        text_format(&t, "%02x", digest[i]);
    return text_done(&t);
}

struct sceau_slice
report_key_text(struct sceau_arena *arena, const struct report_identity *identity)
{
    static const char *const formats[] = {"aggregate", "tls", "failure"};
    struct text t = text_new(arena, SIZE_MAX);
    text_string(&t, formats[identity->format]);
    text_octet(&t, '\t');
    if (identity->authenticated == REPORT_UNAUTHENTICATED)
        text_octet(&t, '!');
    text_escaped(&t, identity->sender);
    const struct sceau_slice parts[] = {identity->org_name, identity->report_id,
                                        identity->policy_domain};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        text_octet(&t, '\t');
        text_escaped(&t, parts[i]);
    }
    text_format(&t, "\t%lld\t%lld", (long long)identity->begin,
                (long long)identity->end);
    struct sceau_slice key_text = text_done(&t);
    return key_text.len > REPORT_KEY_MAX ? digest_of(arena, key_text) : key_text;
}

int64_t
report_key_id(struct sceau_slice key_text)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    uint64_t id = 0;
    EVP_Digest(key_text.ptr, key_text.len, digest, NULL, EVP_sha256(), NULL);
    for (size_t i = 0; i < 8; i++)
        id = id << 8 | digest[i];
    return (int64_t)(id >> 1);
}
