/* MTA-STS (RFC 8461): the TXT record at _mta-sts, and the policy file behind HTTPS. */
#ifndef CHECK_MTASTS_H
#define CHECK_MTASTS_H

#include "core/slice.h"

#define MTASTS_POLICY_MAX  ((size_t)64 * 1024) /* octets, RFC 8461 section 3.3 */
#define MTASTS_MX_MAX      128                 /* patterns of one policy */
#define MTASTS_MAX_AGE_MAX 31557600            /* seconds, section 3.2 */

/* Does a TXT record at _mta-sts claim to be one? Others there are left aside. */
bool mtasts_is_record(struct sceau_slice text);

/* Parse one record. `id` borrows it. SCEAU_OK, or SCEAU_E_SYNTAX with diag. */
enum sceau_status mtasts_record_parse(struct sceau_slice text, struct sceau_slice *id,
                                      struct sceau_diag *diag);

enum mtasts_mode {
    MTASTS_NONE,
    MTASTS_TESTING,
    MTASTS_ENFORCE,
};

/* "none", "testing", "enforce". */
const char *mtasts_mode_name(enum mtasts_mode mode);

struct mtasts_policy {
    enum mtasts_mode mode;
    uint32_t max_age; /* seconds */
    const struct sceau_slice
        *mx; /* patterns in lower case: "mx.example", "*.example" */
    size_t mx_count;
};

/* Parse a policy file (section 3.2). Lines may end in CRLF or LF; of a key that may stand
 * once the first counts.
 *
 * arena   owns the patterns
 * diag    set on SCEAU_E_SYNTAX
 *
 * Returns SCEAU_OK, SCEAU_E_SYNTAX (a sender then has no policy) or SCEAU_E_LIMIT (over
 * MTASTS_POLICY_MAX or MTASTS_MX_MAX, or the arena is full). Linear. */
enum sceau_status mtasts_policy_parse(struct sceau_arena *arena,
                                      struct sceau_slice text,
                                      struct mtasts_policy *policy,
                                      struct sceau_diag *diag);

/* The policy as a file with CRLF line ends; {NULL, 0} when the arena is full. */
struct sceau_slice mtasts_policy_format(struct sceau_arena *arena,
                                        const struct mtasts_policy *policy);

/* Is this MX allowed (section 4.1)? A wildcard stands for exactly one leftmost label.
 * `host` in lower case without a final dot. */
bool mtasts_covers(const struct mtasts_policy *policy, struct sceau_slice host);

#endif
