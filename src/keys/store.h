/* The private keys on disk, and the state of each (state.h):
 *
 *     STATE/keys/                  0700; made when the first key is
 *         example.org/             0700; a domain in A-labels, lower case
 *             state                0600; absent: no key
 *             SELECTOR.pem         0600; PKCS #8, under a pass phrase if one is configured
 *
 * Every file is written as ".new" beside it, fsynced and renamed; the state comes last, so
 * a crash leaves at worst a .pem that no state names. Writers hold a lock (flock) on the
 * domain's folder; readers need none. Files made by root get the owner of the folder above,
 * so that the signer can read them. A key that anybody else may read is refused.
 *
 * When a call gives no SCEAU_OK the problem is a sentence with its remedy. */
#ifndef KEYS_STORE_H
#define KEYS_STORE_H

#include "keys/pem.h"
#include "keys/state.h"
#include "language/problem.h"

#include <sys/stat.h>

#define KEYS_PATH_MAX 4096

/* Where keys are. */
struct keys_place {
    const char *folder; /* STATE/keys */
    const char
        *passphrase_file; /* 0600; its first line opens and locks the keys; NULL or
                                    "": they lie in clear */
};

/* ---- reading: for the signer, and whoever prints records ---- */

/* The state of one domain, in the arena. No folder or no state file: SCEAU_OK with no key.
 *
 * domain  A-labels, lower case, no final dot
 *
 * SCEAU_OK; SCEAU_E_SYNTAX (a broken state file); SCEAU_E_LIMIT; SCEAU_E_SYSTEM (it cannot
 * be read, or others may write it). Costs one open and one read. */
enum sceau_status keys_read(const struct keys_place *place, struct sceau_arena *arena,
                            struct sceau_slice domain, struct keys_domain *keys,
                            struct problem *problem);

/* What changes whenever the state does: the modification time of the state file, else of
 * nothing (zero). Costs one stat. */
struct timespec keys_changed(const struct keys_place *place, struct sceau_slice domain);

/* One private key, checked against the public key that the state has. NULL, and the
 * problem: absent, a mode that lets others in, a pass phrase, another key. Free it with
 * sceau_private_key_free, which wipes it. */
struct sceau_signer *keys_private(const struct keys_place *place,
                                  struct sceau_slice domain, const struct keys_key *key,
                                  struct problem *problem);

/* The same as PEM text in clear; wipe it. */
bool keys_private_pem(const struct keys_place *place, struct sceau_slice domain,
                      const struct keys_key *key, struct keys_pem *pem,
                      struct problem *problem);

/* Names of the domains that have a folder, sorted, in the arena. */
enum sceau_status keys_domains(const struct keys_place *place,
                               struct sceau_arena *arena, struct sceau_slice **names,
                               size_t *count, struct problem *problem);

/* The copy of the states, as a place of its own: keys_domains and keys_read read it, and
 * there is no private key in it. `folder` keeps its path; a NULL folder when that is too
 * long. */
struct keys_place keys_public_place(const struct keys_place *place, char *folder,
                                    size_t size);

/* ---- changing ---- */

/* One domain under its lock: change `domain`, then commit. */
struct keys_edit {
    const struct keys_place *place;
    struct sceau_arena *arena;
    struct sceau_slice name;
    struct keys_domain domain; /* room for KEYS_PER_DOMAIN_MAX keys */
    size_t committed;          /* keys in front that the state file has */
    int fd;                    /* of the folder, locked; -1: none */
};

/* Make the folder if it is not there, lock it (waits), read the state. End it in either
 * case. */
enum sceau_status keys_edit_begin(const struct keys_place *place,
                                  struct sceau_arena *arena, struct sceau_slice domain,
                                  struct keys_edit *edit, struct problem *problem);

/* Write SELECTOR.pem and add the key as KEYS_NEXT, created `now`. NULL, and the problem,
 * when it cannot be used (the selector is in use, not RSA of 1024 bits or more nor
 * Ed25519) or written. */
struct keys_key *keys_edit_add(struct keys_edit *edit, struct sceau_slice selector,
                               const struct keys_pem *pem, int64_t now,
                               struct problem *problem);

/* Write the state; then remove the private keys of what is revoked. All or nothing: when
 * it fails, what keys_edit_add wrote is removed again and the state is as it was. */
enum sceau_status keys_edit_commit(struct keys_edit *edit, struct problem *problem);

/* Give up the lock. Keys added and not committed are removed. */
void keys_edit_end(struct keys_edit *edit);

#endif
