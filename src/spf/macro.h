/* Macros (RFC 7208 section 7): the grammar of domain-spec, macro-string and
 * explain-string, and what they expand to. No DNS: %{p} is a value like the others. */
#ifndef SPF_MACRO_H
#define SPF_MACRO_H

#include "sceau/spf.h"

#include "core/cursor.h"

/* Longer explanations are not used (section 6.2 lets us choose): four lines of an SMTP
 * reply say enough. */
#define SPF_EXPLANATION_MAX 1024

/* What one expansion may read: some twenty times what a name and the longest honest
 * sender need. A record of 16 KiB could name a long HELO four thousand times. */
#define SPF_EXPANSION_MAX ((size_t)64 * 1024)

/* What the macro letters stand for (section 7.2). Borrowed. */
struct spf_macro_values {
    struct sceau_slice sender;         /* s */
    struct sceau_slice local_part;     /* l */
    struct sceau_slice sender_domain;  /* o */
    struct sceau_slice domain;         /* d */
    struct sceau_ip ip;                /* i, c, v */
    struct sceau_slice validated_name; /* p; empty: "unknown" */
    struct sceau_slice helo;           /* h */
    struct sceau_slice receiver;       /* r; empty: "unknown" */
    int64_t now;                       /* t, seconds since the epoch */
};

/* Read a domain-spec that fills the cursor to its end (section 7.1). */
void spf_domain_spec_parse(struct cursor *c);

/* Read the macro-string of an unknown modifier, to the cursor's end. */
void spf_macro_string_parse(struct cursor *c);

/* Does a parsed domain-spec, or an explain-string, hold this macro letter (given in lower
 * case)? What is no valid macro-string holds it up to its first error. */
bool spf_macro_uses(struct sceau_slice text, char letter);

/* The target-name of a parsed domain-spec: at most SCEAU_SPF_MACRO_MAX octets, without one
 * final dot, labels dropped from the left until it fits (section 7.3). It may still be no
 * DNS name; domain_is_askable tells. The empty slice (with ptr) when nothing fits, when a
 * macro stands for text that is not ASCII (RFC 8616 section 4: such a term matches
 * nothing), or at SPF_EXPANSION_MAX. {NULL, 0} when the arena is full. Time is linear in
 * what the macros stand for, memory is not: only the right end is kept. */
struct sceau_slice spf_domain_spec_expand(struct sceau_arena *arena,
                                          struct sceau_slice domain_spec,
                                          const struct spf_macro_values *values);

/* The explanation that an explain-string yields. {NULL, 0} when it breaks its grammar, is
 * longer than SPF_EXPLANATION_MAX, takes more than SPF_EXPANSION_MAX, holds anything but printable ASCII once expanded
 * (section 6.2), or when the arena is full. */
struct sceau_slice spf_explanation_expand(struct sceau_arena *arena,
                                          struct sceau_slice explain_string,
                                          const struct spf_macro_values *values);

#endif
