/* One DKIM-Signature, ARC-Message-Signature or ARC-Seal field as its tags say
 * (RFC 6376 section 3.5, RFC 8617 sections 4.1.2 and 4.1.3). */
#ifndef DKIM_SIGNATURE_H
#define DKIM_SIGNATURE_H

#include "sceau/dkim.h"

#include "core/slice.h"
#include "crypto.h"

/* Three fields, one grammar; or-ed where a tag belongs to several. */
enum signature_kind {
    DKIM_SIGNATURE = 1,
    ARC_MESSAGE_SIGNATURE = 2,
    ARC_SEAL = 4,
};

/* Chain validation status of a seal (RFC 8617 section 4.4). */
enum signature_cv {
    CV_NONE,
    CV_PASS,
    CV_FAIL
};

/* What one field says. When `refusal` is set the rest is what could be read: for the
 * report, never for a verdict. */
struct dkim_signature {
    enum signature_kind kind;
    const struct sceau_field *field;
    const char
        *refusal; /* why the field is no signature: static text; NULL: it is one */
    enum sceau_dkim_algorithm algorithm;    /* a= */
    enum sceau_canonicalization header_how; /* c= */
    enum sceau_canonicalization body_how;   /* c= */
    struct sceau_slice domain;              /* d=, normal form */
    struct sceau_slice selector;            /* s=, normal form */
    struct sceau_slice question;            /* where the key stands */
    struct sceau_slice identity;            /* i= as written, without FWS */
    struct sceau_slice identity_domain;     /* i= behind the "@", normal form */
    const struct sceau_slice *names;        /* h= */
    size_t name_count;
    uint8_t body_hash[SHA256_OCTETS];  /* bh= */
    struct sceau_slice signature;      /* b=, decoded */
    struct sceau_slice signature_text; /* b= without FWS */
    size_t gap;                        /* where b='s value stands in field->body */
    size_t gap_length;
    int64_t timestamp;    /* t=; -1 when absent */
    int64_t expiration;   /* x=; -1 when absent */
    int64_t body_length;  /* l=; -1 when absent */
    unsigned instance;    /* i= of ARC; 0 when it is none */
    enum signature_cv cv; /* cv=; CV_FAIL when it is none */
};

/* Read one field. Always gives a signature or a refusal; what it points to lives in the
 * arena or borrows the field. Linear in the field. */
void dkim_signature_parse(struct sceau_arena *arena, enum signature_kind kind,
                          const struct sceau_field *field,
                          struct dkim_signature *signature);

/* Has x= passed (section 3.5)? */
bool dkim_signature_has_expired(const struct dkim_signature *signature, int64_t now);

/* Does t= lie further ahead than SCEAU_DKIM_CLOCK_SKEW allows (section 3.5)? */
bool dkim_signature_is_from_future(const struct dkim_signature *signature, int64_t now);

#endif
