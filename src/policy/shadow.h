/* Shadow mode (P8): our verdict and decision beside what another filter wrote on the message
 * before us. This is the one place of the milter where header text is read as a verdict
 * (rule R2): nothing is decided by it, it is only compared.
 *
 * The other filter is known by its authserv-id. Fields that claim that id and are not its
 * own are for it to remove: of each method the topmost result counts. */
#ifndef POLICY_SHADOW_H
#define POLICY_SHADOW_H

#include "policy.h"

#define SHADOW_FIELDS_MAX      16 /* Authentication-Results of the other filter read */
#define SHADOW_DIFFERENCES_MAX 16 /* told of one message */
#define SHADOW_WORD_MAX        32 /* octets of a result; a longer one is no result */

enum shadow_method {
    SHADOW_SPF,
    SHADOW_DKIM,
    SHADOW_ARC,
    SHADOW_DMARC,
    SHADOW_ACTION, /* what became of it: "accept", or "quarantine" by its marks */
    SHADOW_METHODS,
};

struct shadow_difference {
    enum shadow_method method;
    struct sceau_slice theirs,
        ours;                  /* results, lower case; "none" when one says nothing */
    struct sceau_slice domain; /* it is about; may be empty */
};

struct shadow_report {
    bool has_results;              /* the other filter wrote on this message */
    bool compared[SHADOW_METHODS]; /* it said something about this method */
    struct shadow_difference differences[SHADOW_DIFFERENCES_MAX];
    size_t difference_count; /* told */
    size_t difference_more;  /* beyond the limit */
};

/** "spf", "dkim", "arc", "dmarc", "action"; "unknown" for any other number. Static text. */
const char *shadow_method_name(unsigned method);

/** Compare. Slices of the report live in the arena, in the verdict, or are static. `out` is
 * large for a stack.
 *
 * Returns SCEAU_OK, or SCEAU_E_LIMIT: the arena is full and the report says nothing.
 * Linear in the header block and in the number of results times signatures. */
enum sceau_status shadow_compare(struct sceau_arena *arena,
                                 const struct policy_config *config,
                                 const struct policy_facts *facts,
                                 const struct sceau_verdict *verdict,
                                 const struct policy_decision *decision,
                                 struct shadow_report *out);

/** The log line of one difference: queue id first, values quoted and escaped. Empty when the
 * arena is full. */
struct sceau_slice shadow_log_line(struct sceau_arena *arena,
                                   const struct policy_facts *facts,
                                   const struct shadow_difference *difference);

#endif
