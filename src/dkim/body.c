/* Body hashes: each canonicalisation runs once over the body, whatever number of hashes
 * hangs on it. Memory: what was asked for before the first octet, then none. */
#include "body.h"

#include "canon.h"

#include <assert.h>

struct body_stream;

struct body_hash {
    struct body_hash *next;
    const struct body_stream *stream;
    int64_t length; /* BODY_WHOLE, or l= */
    uint64_t left;  /* octets still to be hashed */
    struct crypto_hash *hash;
    uint8_t digest[SHA256_OCTETS];
};

/* One canonicalisation of the body and the hashes over it. */
struct body_stream {
    struct canon_body canon;
    struct body_hash *hashes;
};

struct sceau_body_hashes {
    struct sceau_arena *arena;
    struct body_stream *streams[2]; /* by enum sceau_canonicalization; NULL: unwanted */
    size_t count;
    bool has_finished;
};

struct sceau_body_hashes *
sceau_body_hashes_new(struct sceau_arena *arena)
{
    struct sceau_body_hashes *hashes = sceau_arena_alloc(arena, sizeof *hashes);
    if (hashes != NULL)
        hashes->arena = arena;
    return hashes;
}

void
sceau_body_hashes_free(struct sceau_body_hashes *hashes)
{
    for (size_t i = 0; hashes != NULL && i < 2; i++) {
        if (hashes->streams[i] == NULL)
            continue;
        for (struct body_hash *h = hashes->streams[i]->hashes; h != NULL; h = h->next) {
            crypto_hash_free(h->hash);
            h->hash = NULL;
        }
    }
}

/* Canonical octets for all hashes of one stream, each up to its length. */
static void
write_to_hashes(void *self, struct sceau_slice octets)
{
    const struct body_stream *stream = self;
    for (struct body_hash *h = stream->hashes; h != NULL; h = h->next) {
        struct sceau_slice part = octets;
        if (part.len > h->left)
            part.len = (size_t)h->left;
        if (part.len > 0)
            crypto_hash_update(h->hash, part);
        h->left -= part.len;
    }
}

static struct body_stream *
stream_of(struct sceau_body_hashes *hashes, enum sceau_canonicalization how)
{
    struct body_stream **stream = &hashes->streams[how == SCEAU_RELAXED];
    if (*stream == NULL) {
        *stream = sceau_arena_alloc(hashes->arena, sizeof **stream);
        if (*stream != NULL)
            canon_body_init(&(*stream)->canon, how, write_to_hashes, *stream);
    }
    return *stream;
}

struct body_hash *
body_hashes_want(struct sceau_body_hashes *hashes, enum sceau_canonicalization how,
                 int64_t length)
{
    struct body_stream *stream = stream_of(hashes, how);
    if (stream == NULL)
        return NULL;
    assert(!hashes->has_finished && stream->canon.octets == 0);
    for (struct body_hash *h = stream->hashes; h != NULL; h = h->next) {
        if (h->length == length)
            return h;
    }
    if (hashes->count == BODY_HASHES_MAX)
        return NULL;
    struct body_hash *made = sceau_arena_alloc(hashes->arena, sizeof *made);
    if (made == NULL)
        return NULL;
    *made = (struct body_hash){
        .stream = stream,
        .length = length,
        .left = length == BODY_WHOLE ? UINT64_MAX : (uint64_t)length,
        .hash = crypto_hash_new(),
    };
    if (made->hash == NULL)
        return NULL;
    made->next = stream->hashes;
    stream->hashes = made;
    hashes->count++;
    return made;
}

void
sceau_body_hashes_update(struct sceau_body_hashes *hashes, struct sceau_slice chunk)
{
    assert(!hashes->has_finished);
    for (size_t i = 0; i < 2; i++) {
        if (hashes->streams[i] != NULL)
            canon_body_update(&hashes->streams[i]->canon, chunk);
    }
}

void
sceau_body_hashes_finish(struct sceau_body_hashes *hashes)
{
    if (hashes->has_finished)
        return;
    hashes->has_finished = true;
    for (size_t i = 0; i < 2; i++) {
        if (hashes->streams[i] == NULL)
            continue;
        canon_body_finish(&hashes->streams[i]->canon);
        for (struct body_hash *h = hashes->streams[i]->hashes; h != NULL; h = h->next)
            crypto_hash_finish(h->hash, h->digest);
    }
}

const uint8_t *
body_hash_digest(const struct body_hash *hash)
{
    return hash->digest;
}

uint64_t
body_hash_octets(const struct body_hash *hash)
{
    return hash->stream->canon.octets;
}
