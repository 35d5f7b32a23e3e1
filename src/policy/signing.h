/* Which message this host signs, and for which domain (S1, S10): whoever hands it over must
 * be known, and must own the author's domain. Macros come from whoever connects, so a
 * listener has to be of role sign or both before anybody asks.
 *
 * Pure: configuration, facts and author in, a ruling out. Keys are asked for afterwards. */
#ifndef POLICY_SIGNING_H
#define POLICY_SIGNING_H

#include "logins.h"
#include "policy.h"

/* sign.owner_check (S10). */
enum policy_owner_check {
    POLICY_OWNER_ON,
    POLICY_OWNER_LOG, /* told, and signed all the same */
    POLICY_OWNER_OFF,
};

/* sign.long_lines (S11): a body line over 998 octets is broken by the MTAs on its way. */
enum policy_long_lines {
    POLICY_LONG_UNSIGNED,
    POLICY_LONG_REFUSE,
    POLICY_LONG_SIGN,
};

/* sign.on_error: a message that should be signed, and cannot be. */
enum policy_sign_error {
    POLICY_SIGN_ERROR_TEMPFAIL,
    POLICY_SIGN_ERROR_UNSIGNED,
};

/* sign.algorithms (S2): which of a domain's active keys sign. */
enum policy_algorithms {
    POLICY_ALGORITHMS_BOTH,
    POLICY_ALGORITHMS_RSA,
    POLICY_ALGORITHMS_ED25519,
};

/* sign.canonicalization: header/body. */
enum policy_canonicalization {
    POLICY_RELAXED_RELAXED,
    POLICY_RELAXED_SIMPLE,
    POLICY_SIMPLE_RELAXED,
    POLICY_SIMPLE_SIMPLE,
};

/* [sign "example.org"]: what is particular about one signing domain. */
struct policy_signing_domain {
    struct sceau_slice domain;       /* A-labels, lower case */
    bool subdomains;                 /* its keys sign for all below it */
    bool identity;                   /* i= names the author's domain */
    struct policy_networks networks; /* clients that may send as this domain */
    struct policy_names selectors;   /* of its active keys only these; empty: all */
    enum policy_algorithms algorithms;
    enum policy_canonicalization canonicalization;
    struct policy_names headers; /* h=; empty: the library's choice */
};

struct policy_signing_config {
    enum policy_owner_check owner_check;
    enum policy_long_lines long_lines;
    enum policy_sign_error on_error;
    struct policy_networks networks;     /* clients whose mail may be signed */
    struct policy_names network_domains; /* what those may send as, and all below */
    struct policy_names
        local_domains; /* what sendmail(1) may send as beside the host */
    struct policy_names login_domains;           /* of logins that name no domain */
    const struct policy_logins *logins;          /* the login map; NULL: none */
    uint64_t expire;                             /* seconds from t= to x=; 0: no x= */
    struct policy_signing_domain rest;           /* every domain that has no section */
    const struct policy_signing_domain *domains; /* sorted by policy_signing_compare */
    size_t domain_count;
    struct sceau_slice arc_domain;      /* who seals; empty: nobody */
    struct policy_names arc_recipients; /* mail to these is sealed on its way in */
};

/* The order of `domains`. */
int policy_signing_compare(struct sceau_slice a, struct sceau_slice b);

/* Why a message is signed or not: exactly one, always. */
enum policy_signing_rule {
    /* signed */
    POLICY_SIGN_LOGIN_DOMAIN,
    POLICY_SIGN_LOGIN_MAP,
    POLICY_SIGN_NETWORK,
    POLICY_SIGN_HOST,
    POLICY_SIGN_LIST,
    POLICY_SIGN_UNCHECKED,
    POLICY_SIGN_NOT_OWNER,
    /* not signed: decided here */
    POLICY_UNSIGNED_SHADOW,
    POLICY_UNSIGNED_STRANGER,
    POLICY_UNSIGNED_AUTHOR,
    POLICY_UNSIGNED_LOGIN,
    POLICY_UNSIGNED_NETWORK,
    POLICY_UNSIGNED_LOCAL,
    /* not signed: found later */
    POLICY_UNSIGNED_NO_KEY,
    POLICY_UNSIGNED_NOT_DELIVERED,
    POLICY_UNSIGNED_LONG_LINES,
    POLICY_UNSIGNED_HEADER,
    POLICY_UNSIGNED_BROKEN_KEY,
    POLICY_UNSIGNED_NO_SIGNER,
    POLICY_UNSIGNED_MEMORY,
};
#define POLICY_SIGNING_RULES (POLICY_UNSIGNED_MEMORY + 1)

/** "login-domain", "stranger", … for logs and metrics. Static text. */
const char *policy_signing_rule_name(enum policy_signing_rule rule);
/** The same for people. Static text. */
const char *policy_signing_rule_text(enum policy_signing_rule rule);
/** Does that rule sign? */
bool policy_signing_rule_signs(enum policy_signing_rule rule);

/** Is this message ARC-sealed (L4)? Mail from outside whose recipients are forwarded; mail
 * from inside, a list's or a forwarder's, that came here before and says so: results of
 * ours that a trusted client brings back. */
bool policy_sealing_wanted(struct sceau_arena *arena,
                           const struct policy_signing_config *config,
                           const struct policy_config *policy,
                           const struct policy_facts *facts,
                           const struct sceau_header *header);

/** Is it trouble of ours: a message that should be signed, and cannot be (sign.on_error)? */
bool policy_signing_rule_is_trouble(enum policy_signing_rule rule);

/* What was decided. Borrows from author and configuration. */
struct policy_signing {
    enum policy_signing_rule rule;
    /* Of a message that is to be signed. */
    struct sceau_slice author;                  /* the author's domain */
    const struct policy_signing_domain *domain; /* whose options hold for it */
    /* Whose key signs when the author's domain has none of its own; empty: nobody's. */
    const struct policy_signing_domain *above;
};

/** Who may have this signed, and for which domain?
 *
 * lists   this host's: mail from inside whose author is one of their addresses is theirs
 *
 * Asks nobody. O(log of the domains with a section and of the login map, times labels). */
void policy_signing_decide(const struct policy_signing_config *config,
                           const struct policy_config *lists,
                           const struct policy_facts *facts,
                           const struct sceau_author *author,
                           struct policy_signing *signing);

/** The decision for a message that is not signed for that reason: as it was, or refused, or
 * a tempfail, as sign.long_lines and sign.on_error say. */
void policy_cannot_sign(struct sceau_arena *arena, const struct policy_config *config,
                        const struct policy_signing_config *signing,
                        const struct policy_facts *facts, enum policy_signing_rule rule,
                        struct policy_decision *decision);

/* What the log line says of it. */
struct policy_signing_words {
    enum policy_signing_rule rule;
    struct sceau_slice author;           /* domain; may be empty */
    struct sceau_slice domain;           /* d= */
    const struct sceau_slice *selectors; /* of the signatures made */
    size_t count;
    unsigned sealed;      /* ARC instance; 0: none */
    const char *unsealed; /* why a seal is missing; or NULL */
    size_t refolded;      /* header fields */
    bool has_long_lines;
};

/** The log line with what became of signing at its end; `line` when the arena is full. */
struct sceau_slice policy_log_signing(struct sceau_arena *arena,
                                      struct sceau_slice line,
                                      const struct policy_signing_words *words);

/** Is that key to be used? */
bool policy_signing_wants(const struct policy_signing_domain *domain,
                          struct sceau_slice selector,
                          enum sceau_dkim_algorithm algorithm);

enum sceau_canonicalization policy_header_canonicalization(
    enum policy_canonicalization canonicalization);
enum sceau_canonicalization policy_body_canonicalization(
    enum policy_canonicalization canonicalization);

#endif
