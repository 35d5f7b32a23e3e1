/* Messages signed with a secret that both sides know: TSIG, RFC 8945; keys in BIND's form.
 * Pure; the HMAC is OpenSSL's. */
#ifndef ZONE_TSIG_H
#define ZONE_TSIG_H

#include "dns/name.h"

#define ZONE_TSIG_SECRET_MAX 512
#define ZONE_TSIG_MAC_MAX    64
#define ZONE_TSIG_FUDGE      300 /* seconds, RFC 8945 section 10 */

/* Wipe it when it is no longer needed: zone_tsig_clear. */
struct zone_tsig_key {
    struct dns_name name; /* lower case */
    const struct zone_tsig_algorithm *algorithm;
    uint8_t secret[ZONE_TSIG_SECRET_MAX];
    size_t secret_len;
};

/* Read the first key of a text: key "name" { algorithm hmac-sha256; secret "..."; }; with
 * comments as BIND has them.
 *
 * diag  set on SCEAU_E_SYNTAX: also for an algorithm that is not taken (MD5, SHA-1) */
enum sceau_status zone_tsig_key_parse(struct sceau_slice text,
                                      struct zone_tsig_key *key,
                                      struct sceau_diag *diag);
void zone_tsig_clear(struct zone_tsig_key *key);

/* A MAC, as what answers it needs it. */
struct zone_tsig_mac {
    uint8_t octets[ZONE_TSIG_MAC_MAX];
    size_t len;
};

/* The message with a TSIG record behind it; *mac is its MAC. {NULL, 0} when the arena is
 * full or the result larger than 65535 octets. */
struct sceau_slice zone_tsig_sign(struct sceau_arena *arena, struct sceau_slice message,
                                  const struct zone_tsig_key *key, int64_t now,
                                  struct zone_tsig_mac *mac);

enum zone_tsig_result {
    ZONE_TSIG_GOOD,
    ZONE_TSIG_ABSENT,  /* no TSIG record, or no message at all */
    ZONE_TSIG_OTHER,   /* another key or algorithm */
    ZONE_TSIG_BADKEY,  /* the server does not know the key: error 17 */
    ZONE_TSIG_BADSIG,  /* the server's MAC is another: error 16, the secrets differ */
    ZONE_TSIG_BADTIME, /* the clocks differ: error 18 */
    ZONE_TSIG_REFUSED, /* another error of the server's */
    ZONE_TSIG_FORGED,  /* the reply's MAC is wrong */
    ZONE_TSIG_OLD,     /* signed at another time than now */
};

/* Verify a reply to the message whose MAC is `request` (sections 4.3 and 5.3). */
enum zone_tsig_result zone_tsig_verify(struct sceau_slice reply,
                                       const struct zone_tsig_key *key, int64_t now,
                                       const struct zone_tsig_mac *request);

#endif
