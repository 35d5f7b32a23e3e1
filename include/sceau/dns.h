/* DNS as the verifiers see it: one blocking question, one answer that keeps its name.
 *
 * NXDOMAIN, NODATA, SERVFAIL, time-out and bogus are different answers all the way up to
 * the word in Authentication-Results. Answers are copied into the caller's arena. */
#ifndef SCEAU_DNS_H
#define SCEAU_DNS_H

#include "sceau/core.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Record types by their IANA numbers. Any other number may be asked too. */
enum sceau_dns_type {
    SCEAU_DNS_A = 1,
    SCEAU_DNS_NS = 2,
    SCEAU_DNS_CNAME = 5,
    SCEAU_DNS_SOA = 6,
    SCEAU_DNS_PTR = 12,
    SCEAU_DNS_MX = 15,
    SCEAU_DNS_TXT = 16,
    SCEAU_DNS_AAAA = 28,
    SCEAU_DNS_SPF = 99, /* retired, RFC 7208 section 3.1: looked up by people only */
};

enum sceau_dns_status {
    SCEAU_DNS_OK,       /* at least one record */
    SCEAU_DNS_NODATA,   /* the name exists, without that type */
    SCEAU_DNS_NXDOMAIN, /* the name does not exist, nor anything below it (RFC 8020) */
    SCEAU_DNS_SERVFAIL, /* the servers could not tell; CNAME loops too */
    SCEAU_DNS_REFUSED,  /* the server does not answer us */
    SCEAU_DNS_TIMEOUT,  /* nobody answered in time, or the message's budget is spent */
    SCEAU_DNS_BOGUS,    /* DNSSEC validation failed */
    SCEAU_DNS_INVALID,  /* not a DNS name (label 1..63, total <= 253): never asked */
    SCEAU_DNS_LIMIT, /* the answer is larger than SCEAU_DNS_ANSWER_MAX or the arena */
};

#define SCEAU_DNS_ANSWER_MAX ((size_t)64 * 1024) /* octets of rdata in one answer */
#define SCEAU_DNS_CNAME_MAX  8                   /* links followed */
#define SCEAU_DNS_QUERY_MS   5000                /* one question */
#define SCEAU_DNS_MESSAGE_MS 12000               /* all waiting for one message */

/** "NOERROR", "NODATA", "NXDOMAIN", … Static text. */
SCEAU_API
const char *sceau_dns_status_name(enum sceau_dns_status status);

/** "A", "TXT", "TYPE65280", … written into `out` for unknown types. */
SCEAU_API
const char *sceau_dns_type_name(uint16_t type, char out[16]);

/** The number of a type's name ("txt", "TYPE99", "SPF"); 0 when there is none such. */
SCEAU_API
uint16_t sceau_dns_type_parse(struct sceau_slice name);

/** True for the statuses that say nothing about the record (SERVFAIL, REFUSED, TIMEOUT,
 * BOGUS, LIMIT): a verdict that needed this answer is temperror. */
SCEAU_API
bool sceau_dns_is_trouble(enum sceau_dns_status status);

/* One record. `rdata` is always the wire form without compression; the other members
 * are set for the types that name them, else empty. */
struct sceau_dns_rr {
    uint32_t ttl; /* seconds */
    struct sceau_slice rdata;
    struct sceau_ip address; /* A, AAAA */
    uint16_t preference;     /* MX */
    /* MX, PTR, NS, CNAME: ready to be asked: labels joined by dots, octets as they are
     * (escape before showing), no final dot; "." for the root (null MX, RFC 7505). A dot
     * or backslash inside a label is \046 or \092, so that it never splits one. */
    struct sceau_slice name;
    struct sceau_slice text; /* TXT, SPF: the strings joined with nothing between */
    const struct sceau_slice *strings; /* TXT, SPF: as published */
    size_t string_count;
};

struct sceau_dns_answer {
    enum sceau_dns_status status;
    const struct sceau_dns_rr *rrs; /* in the order of the answer */
    size_t count;
    uint32_t ttl;        /* seconds this answer may be kept */
    bool secure;         /* DNSSEC validated */
    uint32_t elapsed_ms; /* how long the caller waited: 0 from a cache */
    const char *reason;  /* static text for a person, or NULL ("our deadline passed") */
};

/* Something that answers DNS questions. Embed it as the first member of your own. */
struct sceau_resolver {
    /* Answer (name, type) into `arena`, waiting at most timeout_ms. `name` was checked
     * by sceau_dns_lookup and has no final dot. */
    void (*lookup)(struct sceau_resolver *self, struct sceau_arena *arena,
                   struct sceau_slice name, uint16_t type, uint32_t timeout_ms,
                   struct sceau_dns_answer *answer);
    /* Start asking; lookup awaits the answer later. NULL when there is no such thing. */
    void (*prefetch)(struct sceau_resolver *self, struct sceau_slice name,
                     uint16_t type);
};

/** Ask one question. A name that cannot be a DNS name (empty label, label over 63, over
 * 253 in all; one final dot is forgiven) is INVALID and not asked. Blocks for at most
 * SCEAU_DNS_QUERY_MS. */
SCEAU_API
void sceau_dns_lookup(struct sceau_context *context, struct sceau_slice name,
                      uint16_t type, struct sceau_dns_answer *answer);

/** Say that this question will come, so that its answer travels while the message does. */
SCEAU_API
void sceau_dns_prefetch(struct sceau_context *context, struct sceau_slice name,
                        uint16_t type);

/* ---- one message's questions ----------------------------------------------------- */

/* A question as it was put to the resolver behind a session. */
struct sceau_dns_question {
    struct sceau_slice name; /* in the arena, letter case as asked */
    uint16_t type;
    enum sceau_dns_status status; /* the answer's; OK while a prefetch is under way */
    bool is_prefetch;             /* asked ahead; its lookup is not listed again */
    struct sceau_dns_question *next;
};

/* A resolver in front of another for the length of one message: the same question is
 * put once, the total wait stays under a budget (a question after that is TIMEOUT, and may
 * be put again when the reserve is let go), and
 * what was asked is remembered for `--explain` and the journal. Not for threads. */
struct sceau_dns_session {
    struct sceau_resolver resolver; /* pass &session.resolver as context.resolver */
    struct sceau_resolver *upstream;
    struct sceau_arena *arena;
    uint32_t budget_ms;  /* what is left */
    uint32_t reserve_ms; /* of it, kept for later: the owner sets it as it goes on */
    struct sceau_dns_question *questions;  /* in order */
    struct sceau_dns_question **last_next; /* where the next one is hung */
    size_t question_count;
    struct sceau_dns_memo *memo; /* answers so far, by name and type */
};

/** Make `session` a resolver over `upstream`, allocating from `arena`. Nothing to free. */
SCEAU_API
void sceau_dns_session_init(struct sceau_dns_session *session,
                            struct sceau_resolver *upstream, struct sceau_arena *arena,
                            uint32_t budget_ms);

/* ---- answers from a zone file ------------------------------------------------------ */

/* A resolver that answers from master-file text (RFC 1035 section 5) and nothing else:
 * tests, and `--dns FILE`. Records of any number of zones; absolute names unless
 * $ORIGIN says otherwise. `$FAIL OWNER TYPE OUTCOME` (ours) plays trouble: OUTCOME is
 * SERVFAIL TIMEOUT REFUSED NXDOMAIN NODATA BOGUS, TYPE may be ANY. No wildcards. */
struct sceau_zone_resolver;

/* Where a zone text was refused, and why. */
struct sceau_zone_error {
    size_t line;   /* from 1 */
    size_t column; /* from 1, octets */
    char text[160];
};

/** Read master-file text; the resolver owns copies of what it needs.
 *
 * error   set when NULL is returned: line, column and what should have stood there
 *
 * Returns the resolver (free it), or NULL. Linear in text.len. The result may be shared
 * by threads: it never changes. */
SCEAU_API
struct sceau_resolver *sceau_zone_resolver_new(struct sceau_slice text,
                                               struct sceau_zone_error *error);

/** NULL is fine. */
SCEAU_API
void sceau_zone_resolver_free(struct sceau_resolver *resolver);

#ifdef __cplusplus
}
#endif
#endif
