#include "identity.h"

#include "core/text.h"

#include <openssl/evp.h>

static void
digest_part(EVP_MD_CTX *context, struct sceau_slice s)
{
    uint64_t len = s.len;
    EVP_DigestUpdate(context, &len, sizeof len);
    EVP_DigestUpdate(context, s.ptr, s.len);
}

void
outbox_digest(const struct sceau_slice *parts, size_t count, char *hex, size_t size)
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1) {
        for (size_t i = 0; i < count; i++)
            digest_part(context, parts[i]);
        EVP_DigestFinal_ex(context, digest, NULL);
    }
    EVP_MD_CTX_free(context);
    size_t len = (size - 1) / 2;
    for (size_t i = 0; i < len; i++) {
        hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    hex[2 * len] = '\0';
}

void
outbox_id(const struct outbox_identity *identity, char id[OUTBOX_ID_SIZE])
{
    const int64_t period[] = {identity->begin, identity->end};
    const struct sceau_slice parts[] = {
        identity->receiver,
        identity->policy_domain,
        {(const char *)period, sizeof period},
        identity->policy_hash,
        identity->store,
    };
    outbox_digest(parts, sizeof parts / sizeof *parts, id, OUTBOX_ID_SIZE);
}

struct sceau_slice
outbox_file_name(struct sceau_arena *arena, const struct outbox_identity *identity,
                 const char *id)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_format(&t, "%.*s!%.*s!%lld!%lld!%s.xml.gz", SLICE_ARG(identity->receiver),
                SLICE_ARG(identity->policy_domain), (long long)identity->begin,
                (long long)identity->end, id);
    return text_done(&t);
}

struct sceau_slice
outbox_subject(struct sceau_arena *arena, const struct outbox_identity *identity,
               const char *id)
{
    struct text t = text_new(arena, SIZE_MAX);
    text_format(&t, "Report Domain: %.*s\r\n Submitter: %.*s\r\n Report-ID: %s",
                SLICE_ARG(identity->policy_domain), SLICE_ARG(identity->receiver), id);
    return text_done(&t);
}
