/* The state of one domain's keys: what the file STATE/keys/DOMAIN/state says.
 *
 *     # comment
 *     SELECTOR next|active|retiring|revoked rsa|ed25519 BITS created=EPOCH ... p=BASE64
 *
 * A line a key. Behind BITS stand fields in any order: the times of struct keys_key, those
 * that are known, and p=, the public key as the record has it, so that the record can be
 * printed and compared without the private key. Pure: store.h reads and writes the file. */
#ifndef KEYS_STATE_H
#define KEYS_STATE_H

#include "sceau/dkim.h"

#include "core/text.h"

#define KEYS_PER_DOMAIN_MAX 64                   /* keys, revoked ones among them */
#define KEYS_STATE_FILE_MAX ((size_t)128 * 1024) /* octets */
#define KEYS_SELECTOR_MAX   200 /* octets: "SELECTOR.pem" is a file's name */

enum keys_state {
    KEYS_NEXT,     /* its record is to be published; signs nothing yet */
    KEYS_ACTIVE,   /* signs */
    KEYS_RETIRING, /* signs no more; its record stays for what is under way */
    KEYS_REVOKED,  /* nothing uses it: the record may go; the private key is gone */
};

struct keys_key {
    struct sceau_slice selector; /* letter case as made; compare without it */
    enum keys_state state;
    enum sceau_dkim_algorithm algorithm; /* rsa-sha256 or ed25519-sha256 */
    unsigned bits;
    /* Seconds since the epoch; 0: not yet. */
    int64_t created;
    int64_t published; /* since then every server was seen to have the record */
    int64_t confirmed; /* last time that was so */
    int64_t active, retiring, revoked; /* since then */
    struct sceau_slice public_key;     /* base64: p= of the record */
};

struct keys_domain {
    struct keys_key *keys; /* in the order of the file; NULL without any */
    size_t count;
};

/* "next", ...; "rsa", "ed25519". Static text. */
const char *keys_state_name(enum keys_state state);
const char *keys_type_name(enum sceau_dkim_algorithm algorithm);

/* "rsa" or "ed25519"; false when it is neither. */
bool keys_type_parse(struct sceau_slice name, enum sceau_dkim_algorithm *algorithm);

/* Can it stand in front of "._domainkey." in DNS, and be the name of a file? */
bool keys_is_selector(struct sceau_slice selector);

/* Read a state file.
 *
 * arena   owns the keys; the slices borrow `text`
 * domain  set on SCEAU_OK only
 * diag    set on SCEAU_E_SYNTAX: a line that is no key, a selector twice, two active keys
 *         of one type
 *
 * SCEAU_OK, SCEAU_E_SYNTAX or SCEAU_E_LIMIT (KEYS_PER_DOMAIN_MAX, the arena). */
enum sceau_status keys_state_parse(struct sceau_arena *arena, struct sceau_slice text,
                                   struct keys_domain *domain, struct sceau_diag *diag);

/* Write one; what is read of it is the same. */
void keys_state_format(struct text *t, struct sceau_slice name,
                       const struct keys_domain *domain);

/* The key of that selector, or NULL. */
struct keys_key *keys_find(const struct keys_domain *domain,
                           struct sceau_slice selector);

/* The key of that state and type, the newest; NULL when there is none. */
struct keys_key *keys_in_state(const struct keys_domain *domain, enum keys_state state,
                               enum sceau_dkim_algorithm algorithm);

/* The text of its record: "v=DKIM1; k=rsa; p=..." (RFC 6376 section 3.6.1, RFC 8463
 * section 4.2). {NULL, 0} when the arena is full. */
struct sceau_slice keys_record(struct sceau_arena *arena, const struct keys_key *key);

#endif
