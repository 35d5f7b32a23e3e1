/* What the probes found about one name: asked once, for all rules. */
#ifndef CHECK_SMTP_FACTS_H
#define CHECK_SMTP_FACTS_H

#include "factstate.h"
#include "mtasts.h"
#include "smtp_probe.h"

#define CHECK_SMTP_ADDRESSES_MAX 32 /* of all mail hosts of one name */

/* One address of one mail host. */
struct check_smtp_item {
    const struct check_host *host;
    struct sceau_ip ip;
    bool is_own;                        /* the administrator calls it so */
    struct sceau_slice address;         /* the same as text */
    const struct smtp_outcome *outcome; /* TLS of today */
    const struct smtp_outcome *old_tls; /* TLS 1.0 and 1.1 alone */
};

struct check_smtp {
    const struct check_smtp_item *items;
    size_t count;
    bool has_failed; /* this host could not ask */
};

/* Every mail host's addresses, spoken to. Never NULL. Connects. */
const struct check_smtp *check_smtp(struct check_subject *s);

/* Addresses that greeted; else the rule at work is told to be skipped or unknown. */
bool check_has_smtp(struct check_subject *s, const struct check_smtp *smtp);

/* The records of `owner`, validated here. False, told as skipped or unknown, when nothing can
 * validate or DNS could not tell; a bogus answer is `answer->status`. */
bool check_secure_ask(struct check_subject *s, struct sceau_slice owner, uint16_t type,
                      struct sceau_dns_answer *answer);

/* The same, and nothing is told. */
bool check_secure_try(struct check_subject *s, struct sceau_slice owner, uint16_t type,
                      struct sceau_dns_answer *answer);

/* Does a secure DANE-EE record fit what this address showed? Then its name and dates do not
 * count (RFC 7672 section 3.1.1). Tells nothing. */
bool check_dane_ee_fits(struct check_subject *s, const struct check_smtp_item *item);

extern const struct check_family check_ns_family, check_blocklist_family,
    check_smtp_family, check_tlsrpt_family, check_dnssec_family, check_dane_family,
    check_bimi_family;

#endif
