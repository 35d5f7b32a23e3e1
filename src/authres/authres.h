/* Authentication-Results (RFC 8601): written for our verdicts, read for removal, sealing
 * and comparing. The verifiers never read one (rule R2 of ARCHITECTURE.md). */
#ifndef AUTHRES_AUTHRES_H
#define AUTHRES_AUTHRES_H

#include "authres/fold.h"

#define AUTHRES_RESULTS_MAX    100 /* read in one field */
#define AUTHRES_PROPERTIES_MAX 100 /* read of one result */

/* ---- writing --------------------------------------------------------------------------
 * A field body under construction, without a space in front. Every value is checked: what
 * is no token is quoted (RFC 2045 section 5.1, RFC 5322 section 3.2.4); a control octet
 * becomes "?", and so does an 8-bit one unless is_smtputf8; a value that is longer than
 * FOLD_VALUE is left out. Each result begins a line; lines stay under 78 octets where they
 * can and under 998 always. */
struct authres_writer {
    struct fold fold;
    bool has_result;
};

/* "authserv-id"; version is not written (RFC 8601 section 2.2). "unknown" when nothing of
 * the name can be written. */
void authres_begin(struct authres_writer *w, struct sceau_arena *arena,
                   struct sceau_slice authserv_id, bool is_smtputf8);

/* "; method=result" */
void authres_result(struct authres_writer *w, const char *method, const char *result);

/* " (comment)": parentheses and backslashes escaped. */
void authres_comment(struct authres_writer *w, struct sceau_slice text);

/* " reason=\"…\"" */
void authres_reason(struct authres_writer *w, struct sceau_slice text);

/* " ptype.property=value", left out when the value is empty. A value that
 * is an address is written as local-part "@" domain-name: the domain in A-labels, the local
 * part quoted where it is no token, dropped where it is 8-bit and the message is not
 * SMTPUTF8. A domain in U-labels is written in A-labels. */
void authres_property(struct authres_writer *w, const char *ptype, const char *property,
                      struct sceau_slice value);

/* The body, "; none" when there was no result (RFC 8601 section 2.2). Empty when the arena is full. */
struct sceau_slice authres_end(struct authres_writer *w);

/* ---- reading -------------------------------------------------------------------------- */

struct authres_property_read {
    struct sceau_slice ptype, property, value; /* unquoted, in the arena */
};

struct authres_result_read {
    struct sceau_slice method; /* lower case */
    unsigned method_version;
    struct sceau_slice result; /* lower case */
    struct sceau_slice reason; /* unquoted */
    const struct authres_property_read *properties;
    size_t property_count;
    struct sceau_slice text; /* the resinfo as it stood, without the semicolon */
};

struct authres {
    struct sceau_slice authserv_id; /* unquoted, comments gone, as written */
    unsigned version;               /* 1 when absent */
    const struct authres_result_read *results;
    size_t result_count;
};

/* Parse a whole field body. Returns SCEAU_OK, SCEAU_E_SYNTAX with diag, SCEAU_E_LIMIT. */
enum sceau_status authres_parse(struct sceau_arena *arena, struct sceau_slice body,
                                struct authres *out, struct sceau_diag *diag);

/* Only the authserv-id, however broken, long or strange the rest is. Unquoted, lower case,
 * without a final dot; U-labels made A-labels when they can be. Empty when there is none. */
struct sceau_slice authres_read_id(struct sceau_arena *arena, struct sceau_slice body);

/* Would any reader behind us take this field body for one of `authserv_id`? Removal of
 * forged fields rests on this: it reads the id in each way that a strict or a careless
 * reader could. Letter case and final dots do not count. Linear. */
bool authres_is_from(struct sceau_arena *arena, struct sceau_slice body,
                     struct sceau_slice authserv_id);

#endif
