/* Journal record of type 1: what one message was and what became of it. Written by the
 * milter, folded by reportd, printed by `sceau journal cat`.
 *
 * A payload is type u8, version u8, then fields (number u8, length u16, octets); numbers
 * are big-endian. A field at its default (0, empty) is not written. Readers skip fields
 * they do not know, so a newer milter may be read by an older reportd and the other way
 * round; a field's number and meaning never change. */
#ifndef STORE_RECORD_H
#define STORE_RECORD_H

#include "sceau/verify.h"

#include "core/slice.h"
#include "core/text.h"

enum record_type {
    RECORD_MESSAGE = 1,
    RECORD_FAILURE_SAMPLE = 2, /* only while failure reports are on */
    RECORD_DNS_ANSWERS = 3,    /* reserved: replay of past decisions */
};

#define RECORD_VERSION        1
#define RECORD_SIGNATURES_MAX 100 /* of one message; RFC 9990 reports no more */
#define RECORD_SELECTORS_MAX  8
#define RECORD_SHADOW_MAX     16 /* differences of one message */

struct record_signature {
    uint8_t result;    /* enum sceau_dkim_result */
    uint8_t algorithm; /* enum sceau_dkim_algorithm */
    struct sceau_slice domain, selector;
};

/* What the filter that we are compared with said, and what we say (P8). */
struct record_difference {
    uint8_t method; /* enum shadow_method */
    struct sceau_slice theirs, ours, domain;
};

/* Slices borrow: what is written may lie anywhere, what is read lies in the payload. */
struct record_message {
    uint64_t time_us; /* since the epoch, UTC */
    struct sceau_slice host;
    uint64_t boot;     /* of the milter process: its start, in µs since the epoch */
    uint64_t sequence; /* of the message in this boot */
    struct sceau_slice queue_id;
    struct sceau_ip client;
    struct sceau_slice helo;
    struct sceau_slice mail_from_domain;
    struct sceau_slice
        mail_from_local; /* empty unless privacy admits it; maybe a hash */
    uint64_t recipients;
    struct sceau_slice author_domain;
    uint8_t has_spf;
    uint8_t spf_mail_from_result; /* enum sceau_spf_result */
    struct sceau_slice spf_mail_from_domain;
    uint8_t spf_helo_result;
    struct sceau_slice spf_helo_domain;
    struct record_signature signatures[RECORD_SIGNATURES_MAX];
    size_t signature_count;
    uint8_t arc_result; /* enum sceau_arc_result */
    uint8_t arc_instances;
    uint8_t dmarc_result; /* enum sceau_dmarc_result */
    uint8_t dmarc_policy; /* enum sceau_dmarc_policy: what applied_tag says */
    uint8_t dmarc_asked;  /* the disposition asked for, after t= */
    uint8_t applied_tag;  /* enum sceau_dmarc_tag */
    uint8_t discovery;    /* enum sceau_dmarc_discovery */
    uint8_t spf_aligned, dkim_aligned;
    struct sceau_slice policy_domain;
    struct sceau_slice record; /* the DMARC record's text */
    uint8_t action;            /* enum policy_action: what this host did */
    uint8_t override;          /* enum policy_override_type */
    struct sceau_slice override_comment;
    struct sceau_slice selectors[RECORD_SELECTORS_MAX]; /* that signed it here */
    size_t selector_count;
    uint8_t is_held;
    uint8_t is_shadow; /* nothing of it was done: action is what would have been */
    uint8_t shadow_compared; /* a bit for each enum shadow_method that was compared */
    struct record_difference differences[RECORD_SHADOW_MAX];
    size_t difference_count;
    uint64_t differences_more; /* that were not kept */
    uint8_t claims_own_domain; /* from outside, and nothing proves it (P10) */
    uint8_t is_unverified; /* it was signed and nothing else: what stands here of SPF,
                            * signatures, ARC and DMARC is no result, and it counts for no
                            * report and no statistic of verified mail */
    struct sceau_slice signing_domain; /* d= of `selectors`; empty: author_domain */
};

/* Add the payload. Signatures and selectors beyond the limits above are left out; a text
 * over 65,535 octets is cut there. False when the text is full. */
bool record_write(struct text *out, const struct record_message *message);

/* Whose keys `selectors` are. */
struct sceau_slice record_signing_domain(const struct record_message *message);

/* Read a payload of type 1 and any version. Returns SCEAU_OK; SCEAU_E_SYNTAX when it is
 * another type or broken. Linear. */
enum sceau_status record_read(struct sceau_slice payload,
                              struct record_message *message);

/* The type of a payload; 0 when it is too short to have one. */
uint8_t record_type(struct sceau_slice payload);

#endif
