/* A parsed SPF record (RFC 7208 section 4.6.1): its terms, in order, each with the text it
 * was made from. What evaluates, draws or checks a record reads these. */
#ifndef SPF_RECORD_H
#define SPF_RECORD_H

#include "sceau/spf.h"

#include "core/slice.h"

/* The terms a record may hold: section 5, then section 6, each in its order. */
enum spf_term_kind {
    SPF_ALL,
    SPF_INCLUDE,
    SPF_A,
    SPF_MX,
    SPF_PTR,
    SPF_IP4,
    SPF_IP6,
    SPF_EXISTS,
    SPF_REDIRECT,
    SPF_EXP,
    SPF_UNKNOWN_MODIFIER, /* ignored, section 6 */
};

/* A directive or a modifier. Slices lie in the record's text. */
struct spf_term {
    struct sceau_slice text;     /* as written, with its qualifier */
    struct sceau_slice argument; /* domain-spec, or a modifier's value; empty: none */
    enum sceau_spf_result qualifier; /* directives: what a match means, section 4.6.2 */
    uint8_t kind;                    /* enum spf_term_kind */
    uint8_t ip4_prefix;              /* a, mx, ip4: bits; 32 when not given */
    uint8_t ip6_prefix;              /* a, mx, ip6: bits; 128 when not given */
    struct sceau_ip network;         /* ip4, ip6: as written, host bits and all */
};

struct spf_record {
    struct sceau_slice text; /* the whole record; borrowed */
    const struct spf_term *terms;
    size_t count;
    const struct spf_term *all; /* the first one, or NULL */
    const struct spf_term
        *redirect;              /* or NULL; void when there is an all, section 5.1 */
    const struct spf_term *exp; /* or NULL */
};

/* Does the text begin with a version section of exactly "v=spf1", in any letter case,
 * closed by a space or the end (section 4.5)? */
bool spf_record_has_version(struct sceau_slice text);

/* Parse one SPF record, whole: an error anywhere makes all of it void (section 4.6).
 *
 * arena   owns the terms; the record borrows `text`
 * text    the TXT strings, joined with nothing between (section 3.3)
 * diag    set on SCEAU_E_SYNTAX: offset and what should have stood there; may be NULL
 *
 * Returns SCEAU_OK; SCEAU_E_SYNTAX (for check_host() a "permerror"; a text longer than
 * SCEAU_SPF_RECORD_MAX too); SCEAU_E_LIMIT (the arena is full). Makes no DNS query. Time
 * is linear in text.len. */
enum sceau_status spf_record_parse(struct sceau_arena *arena, struct sceau_slice text,
                                   const struct spf_record **record,
                                   struct sceau_diag *diag);

/* "include", "redirect", …; "" for an unknown modifier. Static text. */
const char *spf_term_name(enum spf_term_kind kind);

/* Is it one of section 6, not of section 5? */
bool spf_term_is_modifier(enum spf_term_kind kind);

/* Does it count toward SCEAU_SPF_TERMS_MAX (section 4.6.4)? */
bool spf_term_costs_lookup(enum spf_term_kind kind);

#endif
