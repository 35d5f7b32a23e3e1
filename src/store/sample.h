/* Journal record of type 2: a message that failed, as far as the owner of its domain may be
 * told (RFC 9991). Written by the milter while failure reports are on, right behind the record
 * of the message itself; taken by reportd. What is private in it was redacted before it came
 * here (message/redact.h): the journal holds nothing that could not leave. */
#ifndef STORE_SAMPLE_H
#define STORE_SAMPLE_H

#include "core/slice.h"
#include "core/text.h"

#define SAMPLE_VERSION         1
#define SAMPLE_HEADER_MAX      ((size_t)65535) /* octets of a header block */
#define SAMPLE_BODY_MAX        ((size_t)32 * 1024)
#define SAMPLE_SPF_MAX         11 /* records of one check: the first, and ten lookups */
#define SAMPLE_SPF_RECORDS_MAX ((size_t)8 * 1024) /* octets of all of them */

enum sample_body {
    SAMPLE_NO_BODY, /* nobody wants it */
    SAMPLE_BODY,
    SAMPLE_BODY_WITHHELD, /* it would be told, but names in it might be missed */
};

struct sample_spf_record {
    struct sceau_slice domain; /* where it stands */
    struct sceau_slice text;
};

/* Slices borrow: what is written may lie anywhere, what is read lies in the payload. */
struct store_sample {
    uint64_t time_us; /* since the epoch, UTC */
    struct sceau_slice host;
    uint64_t boot, sequence; /* as in the message's own record */
    uint8_t kind;            /* enum policy_failure_kind: what the report is about */
    uint8_t cause;           /* a number for each way to fail */
    struct sceau_slice policy_domain;
    struct sceau_slice record; /* the DMARC record's text */

    /* Without a header it only counts, and nothing behind policy_domain is set: one more of a
     * cause that was told of lately. */
    struct sceau_slice header; /* lines with CRLF, the empty one not included */
    struct sceau_slice body;
    uint8_t has_body; /* enum sample_body */

    struct sceau_slice authserv_id, author_domain;
    struct sceau_ip client;
    uint64_t port;        /* 0: not known */
    uint8_t dmarc_result; /* enum sceau_dmarc_result */
    uint8_t dkim_aligned; /* a pass and aligned */
    uint8_t spf_aligned;
    uint8_t action; /* enum policy_action */
    uint8_t is_held;
    struct sceau_slice mail_from; /* empty: not to be told */
    struct sceau_slice envelope_id;

    uint8_t has_signature; /* one that failed: */
    uint8_t dkim_result;   /* enum sceau_dkim_result */
    uint8_t dkim_fault;    /* enum policy_failure_fault */
    struct sceau_slice dkim_domain, dkim_selector, dkim_identity;
    struct sceau_slice canonical_header, canonical_body; /* empty: not to be told */

    uint8_t spf_result; /* enum sceau_spf_result, of spf_domain */
    struct sceau_slice spf_domain;
    struct sample_spf_record spf_records[SAMPLE_SPF_MAX];
    size_t spf_count;
};

/* Add the payload. A text over 65,535 octets is cut there, SPF records beyond the limits are
 * left out. False when the text is full. */
bool sample_write(struct text *out, const struct store_sample *sample);

/* Read a payload of type 2 and any version. Returns SCEAU_OK; SCEAU_E_SYNTAX when it is
 * another type or broken. Linear. */
enum sceau_status sample_read(struct sceau_slice payload, struct store_sample *sample);

#endif
