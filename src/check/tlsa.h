/* TLSA records (RFC 6698) and how a mail server's certificates meet them (RFC 7672).
 *
 * Of the four usages SMTP has two: 2 (DANE-TA, a trust anchor) and 3 (DANE-EE, the
 * server's own). 0 and 1 lean on public CAs; RFC 7672 section 3.1.3 leaves them out. */
#ifndef CHECK_TLSA_H
#define CHECK_TLSA_H

#include "core/text.h"

#define TLSA_DATA_MAX ((size_t)16 * 1024) /* a whole certificate may stand in it */

struct tlsa {
    uint8_t usage;           /* 0..3 */
    uint8_t selector;        /* 0 the certificate, 1 its public key */
    uint8_t matching;        /* 0 the octets, 1 SHA-256, 2 SHA-512 */
    struct sceau_slice data; /* borrows the rdata */
};

/* Read rdata in wire form. SCEAU_OK; SCEAU_E_SYNTAX when a number is unknown, the data is
 * empty or no digest of its kind; SCEAU_E_LIMIT over TLSA_DATA_MAX. */
enum sceau_status tlsa_parse(struct sceau_slice rdata, struct tlsa *record,
                             struct sceau_diag *diag);

/* As it stands in a zone: "3 1 1 0f…". */
void tlsa_present(struct text *t, const struct tlsa *record);

/* Certificates as the server sent them, DER, its own first. */
struct tlsa_chain {
    const struct sceau_slice *certificates;
    size_t count;
};

enum tlsa_match {
    TLSA_MATCHES,
    TLSA_UNUSABLE,  /* usage 0 or 1 */
    TLSA_DIFFERS,   /* no certificate fits the record */
    TLSA_UNTRUSTED, /* one fits, but the chain does not lead there in good order */
    TLSA_MISNAMED,  /* one fits, but the certificate is for another host (usage 2) */
    TLSA_ABSENT,    /* no certificate, or none that can be read */
};

/* A sentence for a person. Static text. */
const char *tlsa_match_sentence(enum tlsa_match match);

/* Does the chain fit the record (RFC 7672 section 3.1)? Usage 3 asks for nothing but the
 * server's own certificate or key: neither name nor dates count. Usage 2 asks for a chain
 * to the certificate that fits, valid at `now`, and for one of the names. */
enum tlsa_match tlsa_judge(const struct tlsa *record, const struct tlsa_chain *chain,
                           const struct sceau_slice *names, size_t name_count,
                           int64_t now);

/* The record that fits this certificate: usage 3, selector 1, matching 1. `out` has room
 * for its data. False when the certificate cannot be read. */
#define TLSA_DIGEST 32
bool tlsa_for(struct sceau_slice certificate, uint8_t out[TLSA_DIGEST],
              struct tlsa *record);

#endif
