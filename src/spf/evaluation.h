/* One check_host() under way: what its parts share, its limits, and the one way to put a
 * question (RFC 7208 sections 4.6.2 and 4.6.4). Includes and redirects are counted here as
 * one evaluation. */
#ifndef SPF_EVALUATION_H
#define SPF_EVALUATION_H

#include "sceau/dns.h"

#include "identity.h"
#include "record.h"

/* What one evaluation may add to the message's arena before a question is put: several
 * times what ten honest records and their answers need. Without it a record made of huge
 * answers would starve the verifiers that come after. */
#define SPF_MEMORY_MAX ((size_t)512 * 1024)

/* What evaluating a mechanism comes to (section 4.6.2). */
enum spf_match {
    SPF_NO_MATCH,
    SPF_MATCH,
    SPF_EXCEPTION, /* the record's result is set */
    SPF_INCLUDED,  /* the included record decides, and comes first */
};

/* One record under evaluation: the domain asked about, or one that it includes. */
struct spf_frame {
    struct spf_frame *parent;  /* where the "include" stands; NULL: the topmost */
    struct sceau_slice domain; /* <domain> of section 4.1 */
    const struct spf_record *record;
    size_t next; /* the term to evaluate next */
    bool is_decided;
    enum sceau_spf_result result;      /* once decided */
    const struct spf_term *decided_by; /* NULL: no term matched */
};

/* The validated names of the client (section 5.5). */
struct spf_validated {
    bool is_known; /* DNS was asked */
    bool is_void;  /* and some of its answers were void */
    size_t count;
    struct sceau_slice names[SCEAU_SPF_NAMES_MAX];
};

struct spf_evaluation {
    struct sceau_context *context;
    const struct sceau_spf_query *query;
    struct sceau_spf_outcome *outcome; /* its counters are the counters */
    struct sceau_spf_seen *seen;       /* of the outcome, to be written */
    struct spf_identity identity;
    struct spf_frame *frame; /* the innermost record */
    struct spf_validated validated;
    unsigned terms_max;
    unsigned void_max;
    unsigned ahead;       /* terms whose question was put before its turn */
    size_t memory_before; /* in use when the evaluation began */
    bool is_void;         /* the term at hand had a void lookup already */
    bool is_permissive;   /* the last match was by "all" or by a vast network */
    bool has_asked;
    bool is_secure;     /* every answer so far was validated */
    bool is_explaining; /* the result stands: exp= counts toward no limit */
};

/* Begin. False when the arena is full. */
bool spf_evaluation_init(struct spf_evaluation *e, struct sceau_context *context,
                         const struct sceau_spf_query *query,
                         struct sceau_spf_outcome *outcome);

/* End the innermost record with an error, or with "none". `reason` is static text. Gives
 * SPF_EXCEPTION, so that a mechanism may return it. */
enum spf_match spf_exception(struct spf_evaluation *e, enum sceau_spf_result result,
                             const char *reason);

/* Count one term that causes lookups (section 4.6.4). False after the last one allowed:
 * an exception was set. */
bool spf_spend_term(struct spf_evaluation *e, struct sceau_slice text);

/* Count the term at hand as void, unless it was already: the RFC counts terms. False when
 * it is one too many: an exception was set. */
bool spf_count_void(struct spf_evaluation *e);

/* Put a question and count its void (section 4.6.4). DNS trouble is the caller's matter.
 * False when a limit was hit: an exception was set. */
bool spf_ask(struct spf_evaluation *e, struct sceau_slice name, uint16_t type,
             struct sceau_dns_answer *answer);

/* The same, and DNS trouble is "temperror" (sections 4.4 and 5). */
bool spf_need_answer(struct spf_evaluation *e, struct sceau_slice name, uint16_t type,
                     struct sceau_dns_answer *answer);

/* The type of address record that fits the client (section 5). */
uint16_t spf_address_type(const struct spf_evaluation *e);

/* Is the client among the addresses of an answer, by that many bits? */
bool spf_has_client(const struct spf_evaluation *e,
                    const struct sceau_dns_answer *answer, unsigned prefix);

#endif
