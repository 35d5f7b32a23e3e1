/* Key records: which TXT texts are one, and which of these we use.
 *
 * A text is a key record when it is a tag-list that begins with "v=DKIM1", or has no v=
 * but a p=. Everything else at the name (a wildcard's SPF record, somebody's site token)
 * is ignored, as RFC 6376 section 6.1.2 asks for malformed records. A key record that we
 * cannot use is refused by name, in the order of sections 3.6.1 and 6.1.2. */
#include "key.h"

#include "core/base64.h"
#include "core/taglist.h"
#include "core/text.h"
#include "der.h"

#include <stdlib.h>

enum {
    /* A wide exponent costs the verifier, not the forger (RFC 6376 section 8.13). */
    EXPONENT_BITS_MAX = 64,
    ED25519_BITS = 256,
    /* A record's tags and its decoded key. */
    SCRATCH = SCEAU_DKIM_KEY_RECORD_MAX * 2
};

static const struct sceau_slice any_service = {"*", 1};

/* Is `word` in a colon-separated list? FWS around the colons does not count. */
static bool
list_has(struct sceau_slice list, struct sceau_slice word)
{
    for (struct sceau_slice item; slice_next(&list, ':', &item);) {
        if (slice_eq(slice_trim(item), word))
            return true;
    }
    return false;
}

/* Is `word` in the list of that tag, or is the tag absent? */
static bool
admits(const struct taglist *tags, struct sceau_slice name, struct sceau_slice word)
{
    const struct tag *tag = taglist_find(tags, name);
    return tag == NULL || list_has(tag->value, word);
}

static bool
has_flag(const struct taglist *tags, struct sceau_slice flag)
{
    const struct tag *t = taglist_find(tags, SCEAU_SLICE("t"));
    return t != NULL && list_has(t->value, flag);
}

static const char *
read_rsa(struct dkim_key *key, struct sceau_slice octets)
{
    struct der_rsa rsa;
    if (!der_rsa_read(octets, &rsa))
        return N_("p= is not an RSA public key");
    key->bits = (unsigned)der_bits(rsa.modulus);
    if (key->bits < SCEAU_DKIM_RSA_BITS_MIN)
        return N_("the RSA key has less than 1024 bits");
    if (key->bits > SCEAU_DKIM_RSA_BITS_MAX)
        return N_("the RSA key has more than 8192 bits");
    bool is_odd = (rsa.exponent.ptr[rsa.exponent.len - 1] & 1) != 0;
    size_t exponent_bits = der_bits(rsa.exponent);
    if (!is_odd || exponent_bits < 2 || exponent_bits > EXPONENT_BITS_MAX)
        return N_("the RSA key has an exponent that no signer chooses");
    key->crypto = crypto_rsa_key_new(rsa.modulus, rsa.exponent);
    return key->crypto != NULL ? NULL : N_("p= is not a usable RSA public key");
}

static const char *
read_ed25519(struct dkim_key *key, struct sceau_slice octets)
{
    if (octets.len != ED25519_KEY_OCTETS)
        return N_("p= is not an Ed25519 public key of 32 octets");
    key->bits = ED25519_BITS;
    key->crypto = crypto_ed25519_key_new((const uint8_t *)octets.ptr);
    return key->crypto != NULL ? NULL : N_("p= is not a usable Ed25519 public key");
}

/* A key record's tags: NULL when there is a key in it, or why not. */
static const char *
read_key_record(struct sceau_arena *arena, struct dkim_key *key,
                const struct taglist *tags)
{
    const struct tag *k = taglist_find(tags, SCEAU_SLICE("k"));
    const struct tag *p = taglist_find(tags, SCEAU_SLICE("p"));
    key->is_testing = has_flag(tags, SCEAU_SLICE("y"));
    key->is_strict = has_flag(tags, SCEAU_SLICE("s"));
    if (p == NULL)
        return N_("the key record has no p=");
    if (!admits(tags, SCEAU_SLICE("s"), any_service) &&
        !admits(tags, SCEAU_SLICE("s"), SCEAU_SLICE("email")))
        return N_("the key is for another service (s=)");
    if (!admits(tags, SCEAU_SLICE("h"), SCEAU_SLICE("sha256")))
        return N_("the key does not admit SHA-256 (h=)");
    if (p->value.len == 0)
        return N_("the key is revoked");
    struct sceau_slice octets = base64_decoded(arena, p->value);
    if (octets.len == 0)
        return N_("p= is not base64");
    if (k == NULL || slice_eq(k->value, SCEAU_SLICE("rsa")))
        return read_rsa(key, octets);
    if (slice_eq(k->value, SCEAU_SLICE("ed25519"))) {
        key->type = DKIM_KEY_ED25519;
        return read_ed25519(key, octets);
    }
    return N_("k= names no key type we know");
}

/* Does the tag-list claim to be a key record? v= comes first, or nowhere. */
static bool
is_key_record(const struct taglist *tags)
{
    const struct tag *v = taglist_find(tags, SCEAU_SLICE("v"));
    if (v != NULL)
        return v == tags->tags && slice_eq(v->value, SCEAU_SLICE("DKIM1"));
    return taglist_find(tags, SCEAU_SLICE("p")) != NULL;
}

bool
dkim_key_init(struct dkim_key *key, struct sceau_slice text)
{
    struct taglist tags;
    *key = (struct dkim_key){.refusal = N_("the record is no key record")};
    if (text.len > SCEAU_DKIM_KEY_RECORD_MAX) {
        key->refusal = N_("the record is longer than 4096 octets");
        return true;
    }
    struct sceau_arena *arena = sceau_arena_new(SCRATCH);
    if (arena == NULL)
        return false;
    if (taglist_parse(arena, text, &tags, NULL) == SCEAU_OK && is_key_record(&tags)) {
        key->is_record = true;
        key->refusal = read_key_record(arena, key, &tags);
    }
    sceau_arena_free(arena);
    return true;
}

void
dkim_key_clear(struct dkim_key *key)
{
    crypto_key_free(key->crypto);
    key->crypto = NULL;
}

const char *
dkim_key_type_name(enum dkim_key_type type)
{
    switch (type) {
    case DKIM_KEY_RSA: return "rsa";
    case DKIM_KEY_ED25519: return "ed25519";
    }
    return "unknown";
}
