/* A published SPF record with all it includes, as its owner should see it: what each
 * branch costs of the ten lookups (RFC 7208 section 4.6.4), what is void, what loops, and
 * which addresses it names. Unlike check_host() it asks for everything, also behind the
 * limits, so that the whole bill is seen. */
#ifndef CHECK_SPFTREE_H
#define CHECK_SPFTREE_H

#include "sceau/dns.h"

#include "spf/record.h"

#define SPFTREE_RECORDS_MAX   64  /* records read: six times what any receiver would */
#define SPFTREE_QUESTIONS_MAX 512 /* put in all */
#define SPFTREE_ADDRESSES_MAX 64  /* of one a or mx term; more are counted, not kept */

/* What stands where a record was looked for. */
enum spftree_state {
    SPFTREE_OK,
    SPFTREE_ABSENT,   /* the name has no SPF record: an include of it is a permerror */
    SPFTREE_MULTIPLE, /* two or more: a permerror */
    SPFTREE_SYNTAX,   /* `diag` says where: a permerror */
    SPFTREE_LOOP,     /* the name stands above itself: the limit ends it, a permerror */
    SPFTREE_TROUBLE,  /* DNS gave no usable answer: nobody knows */
    SPFTREE_MESSAGE,  /* the name depends on the message (macros): not followed */
    SPFTREE_CUT,      /* beyond SPFTREE_RECORDS_MAX or SPFTREE_QUESTIONS_MAX */
};

struct spftree_record;

/* One term of a record, and what is behind it. */
struct spftree_term {
    const struct spf_term *term;
    struct sceau_slice target;     /* the name asked; empty: none, or it depends on the
                                * message */
    struct spftree_record *record; /* include, redirect: what stands there */
    enum sceau_dns_status status;  /* a, mx, exists: the first answer; else OK */
    bool is_unreached;       /* it stands behind all: never evaluated, costs nothing */
    bool depends_on_message; /* its macros need a sender or a client */
    bool is_void;            /* it is NXDOMAIN or empty for clients of both versions */
    bool has_trouble;        /* some answer of its own was no answer */
    bool is_plain;           /* what passes it is a list of networks, all known */
    unsigned cost;           /* lookup terms: its own and all below */
    unsigned voids;          /* void terms: itself and all below */
    size_t host_count;       /* mx: hosts found */
    struct sceau_ip *addresses; /* a, mx: what it allows, IPv4 and IPv6 */
    size_t address_count;
    bool is_cut; /* it has more addresses than were kept */
};

/* The record of one name. */
struct spftree_record {
    struct sceau_slice domain;
    enum spftree_state state;
    enum sceau_dns_status status; /* of the TXT question */
    uint32_t ttl;
    struct sceau_slice text;         /* the record as published; OK and SYNTAX */
    struct sceau_diag diag;          /* SYNTAX */
    const struct spf_record *parsed; /* OK */
    struct spftree_term *terms;      /* one for each of parsed->terms */
    const struct spftree_term *by; /* the term that led here; NULL: the first record */
    struct spftree_record *parent; /* the record it stands in */
    struct spftree_record *next;   /* in the order they were found */
    unsigned depth;
    unsigned cost;  /* lookup terms of its own and below */
    unsigned voids; /* void terms of its own and below */
    bool is_plain;  /* its pass is a list of networks, all known */
};

struct spftree {
    struct spftree_record *root; /* and all others behind its `next` */
    size_t record_count;
    size_t questions;
    bool has_trouble;        /* some answer was no answer: sums are at least so much */
    bool depends_on_message; /* some term does */
    bool is_cut;             /* a limit of this module ended it */
};

/* Ask for the tree of a name. `domain` is a name as DNS is asked (A-labels).
 *
 * All of it lies in context->arena. Costs at most SPFTREE_QUESTIONS_MAX questions.
 * Returns SCEAU_OK, whatever is published, or SCEAU_E_LIMIT when the arena is full. */
enum sceau_status spftree_read(struct sceau_context *context, struct sceau_slice domain,
                               struct spftree *tree);

/* The same for a record that is not published (yet). */
enum sceau_status spftree_read_text(struct sceau_context *context,
                                    struct sceau_slice domain, struct sceau_slice text,
                                    struct spftree *tree);

/* The terms of a record and of all records below it, in the order of evaluation. */
struct spftree_walk {
    const struct spftree_record *top;
    const struct spftree_record *record; /* where the walk stands */
    size_t next;                         /* the term of it that comes next */
};

/* A walk of this record and all below. */
struct spftree_walk spftree_walk_from(const struct spftree_record *record);

/* The next term; NULL at the end. Those of an included record follow the term that
 * includes it. `record` is the one it stands in. */
const struct spftree_term *spftree_walk_next(struct spftree_walk *walk,
                                             const struct spftree_record **record);

/* The dearest term of the first record; NULL when none costs a lookup. */
const struct spftree_term *spftree_dearest(const struct spftree *tree);

#endif
