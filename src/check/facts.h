/* What the rules ask about a name, asked once: its mail hosts with their addresses, the
 * texts at a name, the DMARC policy, the DKIM keys. */
#ifndef CHECK_FACTS_H
#define CHECK_FACTS_H

#include "check.h"

/* ---- hosts ---- */

#define CHECK_HOST_ADDRESSES_MAX 64 /* of one host; the rest is left out */

struct check_host {
    struct sceau_slice name;
    struct sceau_dns_answer cname, a, aaaa; /* the last two follow an alias */
    const struct sceau_ip *addresses;       /* IPv4 first */
    const uint32_t *ttls;                   /* of each */
    size_t address_count;
};

/* Its addresses. Never NULL. */
const struct check_host *check_host(struct check_subject *s, struct sceau_slice name);

/* The answer of A or AAAA that is trouble, so that an absent address is not certain; NULL
 * when both are certain. *type is set with it. */
const struct sceau_dns_answer *check_host_trouble(const struct check_host *host,
                                                  uint16_t *type);

/* Report that an address of this host could not be told; false when all were. */
bool check_host_unknown(struct check_subject *s, const struct check_host *host);

#define CHECK_MX_MAX 64 /* mail hosts of one name looked at */

struct check_mx_host {
    const struct sceau_dns_rr *rr;
    const struct check_host *host; /* NULL for the null MX and for a literal address */
};

struct check_mx {
    struct sceau_dns_answer answer;
    const struct check_mx_host *hosts; /* by preference, then as answered */
    size_t count;
    bool is_null;     /* `MX 0 .` is among them */
    bool is_implicit; /* no MX, but the name has an address: RFC 5321 section 5.1 */
    const struct check_host *self; /* the name itself, when it has no MX */
};

/* The mail hosts of the name. Never NULL. */
const struct check_mx *check_mx(struct check_subject *s);

/* Are there mail hosts to look at? When not, reports why: unknown or skipped. */
bool check_has_mail_hosts(struct check_subject *s, const struct check_mx *mx);

/* ---- texts ---- */

/* TXT records of one kind at a name. */
struct check_texts {
    struct sceau_slice owner;
    struct sceau_dns_answer answer;        /* all TXT of the owner */
    const struct sceau_dns_rr *const *rrs; /* those that begin with the version */
    size_t count;
};

/* TXT records at `owner` whose first term is `version` ("v=spf1" before a blank or the
 * end, "v=DMARC1" as RFC 9989 reads it). Never NULL. */
const struct check_texts *check_spf_texts(struct check_subject *s,
                                          struct sceau_slice owner);
const struct check_texts *check_dmarc_texts(struct check_subject *s,
                                            struct sceau_slice owner);

/* The SPF record of the name itself: set when there is exactly one. */
struct check_spf {
    const struct check_texts *texts;
    struct sceau_slice text; /* NULL ptr: none, several, or DNS could not tell */
};
const struct check_spf *check_spf(struct check_subject *s);

/* ---- DMARC ---- */

struct check_dmarc {
    struct sceau_dmarc_outcome
        walk;                       /* RFC 9989; result none, permerror, temperror, else
                                      * fail: nothing was presented */
    struct sceau_dmarc_outcome psl; /* RFC 7489; only when has_psl */
    bool has_psl;
    struct sceau_slice organizational_domain; /* by the walk; empty: could not tell */
    bool is_own;                              /* the record stands at the name itself */
    const struct check_texts *own;            /* what stands at _dmarc.NAME */
    struct sceau_slice owner; /* of the record in force: "_dmarc.example.org" */
};
const struct check_dmarc *check_dmarc(struct check_subject *s);

/* ---- DKIM ---- */

#define CHECK_KEYS_MAX 64 /* selectors looked at */

struct check_key {
    struct sceau_slice selector, owner;
    const char *source; /* N_(): who knows the selector */
    bool is_guess;      /* a common name, tried */
    bool is_found;      /* a key record stands there */
    int64_t last_seen;
    struct sceau_dns_answer answer;
    const struct sceau_dns_rr *rr; /* the key record; NULL when none */
    size_t record_count;           /* key records at the owner */
};

struct check_keys {
    const struct check_key *items; /* known ones all; guesses only when found */
    size_t count;
    size_t found;
    bool none_exists; /* nothing stands below _domainkey: no selector can have a key */
    const struct sceau_dns_answer *trouble; /* some guess got no usable answer */
    struct sceau_slice trouble_owner;
};
const struct check_keys *check_keys(struct check_subject *s);

/* The i-th selector that is tried as a guess; NULL behind the last. */
const char *check_common_selector(size_t i);

#endif
