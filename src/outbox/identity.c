/* The id is the beginning of a SHA-256 over the parts, each with its length in front, so
 * that no two identities are the same text. */
#include "identity.h"

#include "core/text.h"

#include <stdio.h>

#include <openssl/evp.h>

static void
part(EVP_MD_CTX *context, struct sceau_slice s)
{
    uint64_t len = s.len;
    EVP_DigestUpdate(context, &len, sizeof len);
    EVP_DigestUpdate(context, s.ptr, s.len);
}

void
outbox_id(const struct outbox_identity *identity, char id[OUTBOX_ID_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE] = {0};
    const int64_t period[] = {identity->begin, identity->end};
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1) {
        part(context, identity->receiver);
        part(context, identity->policy_domain);
        part(context, (struct sceau_slice){(const char *)period, sizeof period});
        part(context, identity->policy_hash);
        part(context, identity->store);
        EVP_DigestFinal_ex(context, digest, NULL);
    }
    EVP_MD_CTX_free(context);
    for (size_t i = 0; i < (OUTBOX_ID_SIZE - 1) / 2; i++)
        snprintf(id + 2 * i, 3, "%02x", digest[i]);
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
