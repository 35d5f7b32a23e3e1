/* What this host does with a verdict: deliver, mark, hold, refuse or ask to come again,
 * which fields it adds and removes, what it answers, what it logs (RFC 9989 sections 5.3.6
 * and 7.4, RFC 8601 sections 4 and 5).
 *
 * Pure functions of configuration, facts and verdict: no file, no clock, no log is
 * written here. Everything a decision points to lives in the arena, in the verdict, in the
 * configuration, or is static. */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "sceau/verify.h"

#include "core/ip.h"

/* policy.mode (P1), mildest first. RFC 9989 section 7.4 asks a receiver without other
 * knowledge to treat p=reject as quarantine: the default. */
enum policy_mode {
    POLICY_MODE_MONITOR,    /* tag only */
    POLICY_MODE_QUARANTINE, /* p=quarantine and p=reject are suspect */
    POLICY_MODE_REJECT_DIRECT, /* p=reject refuses when nothing suggests an indirect path */
    POLICY_MODE_REJECT,        /* p=reject refuses */
};

/* policy.invalid_from: what becomes of a message without exactly one author domain. */
enum policy_invalid_from {
    POLICY_INVALID_FROM_TAG,    /* suspect, as failing mail under p=quarantine */
    POLICY_INVALID_FROM_REFUSE, /* 550, in every mode: the administrator asked for it */
};

/* policy.quarantine: how suspect mail is set apart (P2). */
enum policy_quarantine {
    POLICY_QUARANTINE_HEADER, /* fields that filters match */
    POLICY_QUARANTINE_HOLD,   /* the MTA's hold queue */
    POLICY_QUARANTINE_BOTH,
};

/* policy.on_temperror (V6). */
enum policy_on_temperror {
    POLICY_TEMPERROR_TEMPFAIL, /* policy.temperror_tries times, then accept */
    POLICY_TEMPERROR_ACCEPT,
};

enum policy_action {
    POLICY_ACCEPT,
    POLICY_REJECT,
    POLICY_QUARANTINE,
    POLICY_TEMPFAIL,
};

/* Domains ("example.com", and all below it) or addresses ("ann@example.com"): A-labels,
 * lower case but for the local part. */
struct policy_names {
    const struct sceau_slice *items;
    size_t count;
};

struct policy_networks {
    const struct ip_network *items;
    size_t count;
};

/* A host whose ARC seals we believe (P6): [sealer "lists.example.org"]. */
struct policy_sealer {
    struct sceau_slice domain;      /* A-labels, lower case; equal to the seal's d= */
    int64_t until;                  /* first second without trust; INT64_MAX: no end */
    struct policy_names recipients; /* for mail to these only; empty: to anybody */
};

/* A host that forwards to us and is believed to have taken genuine mail only (P6):
 * [forwarder "example.edu"]. Known by what it cannot forge: SPF or a signature. */
struct policy_forwarder {
    struct sceau_slice domain;       /* A-labels, lower case; names below it count */
    int64_t until;                   /* first second without trust; INT64_MAX: no end */
    struct policy_networks networks; /* clients from here only; empty: from anywhere */
    struct policy_names recipients;  /* for mail to these only; empty: to anybody */
};

/* list.rewrite_from (L1). */
enum policy_rewrite_from {
    POLICY_REWRITE_NEVER,
    POLICY_REWRITE_ALWAYS,
    POLICY_REWRITE_DMARC, /* when the author's domain asks to quarantine or reject */
};

/* A mailing list of this host: [list "dev@example.org"], known by its recipient address. */
struct policy_list {
    struct sceau_slice address; /* its domain as A-labels, lower case */
    struct sceau_slice name;    /* for people; empty: the local part */
    enum policy_rewrite_from rewrite_from;
    bool refuse_restrictive; /* L2: beats rewriting */
};

#define POLICY_ORIGINAL_FIELD "X-Original-From" /* where a list keeps the author's */

#define POLICY_MUNGED_WARNING \
 "the list's own software rewrites From too: turn one of the two off"

#define POLICY_FAIL_FIELD "X-DMARC-Fail-Policy" /* the default name (P2) */
#define POLICY_SUSPECT_FIELD \
 "X-Spam-Flag" /* the same; what Zimbra, Sieve scripts and spam folders match */
#define POLICY_SUSPECT_VALUE "YES"

/* [policy] and [sealer] of sceau.conf. Start from policy_config_init. Lives longer than
 * every decision made with it. */
struct policy_config {
    struct sceau_slice authserv_id; /* empty: the MTA's {j} */
    enum policy_mode mode;
    enum policy_invalid_from invalid_from;
    enum policy_quarantine quarantine;
    enum policy_on_temperror on_temperror;
    unsigned temperror_tries; /* tempfails one message may get */

    bool exempt_authenticated;                 /* SMTP AUTH sessions (P4) */
    bool exempt_local_socket;                  /* clients on a Unix socket */
    const struct ip_network *trusted_networks; /* exempt, and their fields are kept */
    size_t trusted_network_count;

    /* Whose mail is judged and tagged, and never punished (P4). */
    struct policy_names exempt_senders; /* author domains: nobody has to prove them */
    struct policy_names exempt_recipients;  /* all of a message's must be listed */
    struct policy_networks exempt_networks; /* their fields are not kept */
    struct policy_names exempt_dkim;        /* d= of a passing signature */

    const struct policy_sealer *sealers;
    size_t sealer_count;
    const struct policy_forwarder *forwarders;
    size_t forwarder_count;
    const struct policy_list *lists;
    size_t list_count;

    bool refuse_spf_fail;            /* whatever DMARC says (P9) */
    struct policy_names own_domains; /* of this host's users (P10) */
    bool refuse_own_domains;         /* else the log tells what it would have refused */

    struct sceau_slice fail_field;    /* name; says "quarantine" or "reject" */
    struct sceau_slice suspect_field; /* name; empty: none. A copy from outside with the
                                       * very value speaks against itself, and stays */
    struct sceau_slice suspect_value;
    const struct sceau_slice *private_fields; /* further result fields of this host */
    size_t private_field_count;

    struct sceau_slice url; /* put at the end of a refusal; empty: none (P7) */

    bool is_shadow; /* decisions are told, and none is carried out (P8) */
    struct sceau_slice
        shadow_authserv_id; /* of the filter to compare with; empty: ours */
};

/** The defaults of sceau.conf. */
void policy_config_init(struct policy_config *config);

/* What the session knows beside the verdict. */
struct policy_facts {
    struct sceau_slice queue_id;  /* the MTA's {i}; empty: not known */
    struct sceau_slice mta_name;  /* the MTA's {j}; empty: not known */
    struct sceau_slice login;     /* {auth_authen}; empty: not authenticated */
    struct sceau_slice auth_type; /* {auth_type}: a session may have no login's name */
    struct sceau_ip client;       /* version 0: not known */
    bool is_submitted_here;       /* by sendmail(1), not over SMTP */
    bool is_local_socket;         /* the client came over a Unix socket */
    size_t recipient_count;
    /* The same as addresses, domain as policy_names has it, an empty slice for what is
     * none. Fewer than recipient_count: the rest is not known. */
    const struct sceau_slice *recipients;
    size_t recipients_known;
    unsigned tempfails_so_far; /* that this message got for a temperror */
    int64_t now;               /* seconds since the epoch, UTC */
};

/* Reason types of RFC 9990 section 3.1.6: why a policy was not applied as published. */
enum policy_override_type {
    POLICY_OVERRIDE_NONE,
    POLICY_OVERRIDE_LOCAL_POLICY,
    POLICY_OVERRIDE_MAILING_LIST,
    POLICY_OVERRIDE_OTHER,
    POLICY_OVERRIDE_POLICY_TEST_MODE,
    POLICY_OVERRIDE_TRUSTED_FORWARDER,
};

struct policy_override {
    enum policy_override_type type;
    struct sceau_slice comment; /* printable ASCII; may be empty */
};

/* A field to add. The value has no leading space; its folds are CRLF and a tab. */
struct policy_added_field {
    struct sceau_slice name;
    struct sceau_slice value;
};

/* A field to remove: the nth of that name, from 1, in the message as it came; letter case
 * and white space before the colon do not count. */
struct policy_removed_field {
    struct sceau_slice name;
    size_t nth;
};

/* A field to change: the first of that name. The value as that of an added field. */
struct policy_changed_field {
    struct sceau_slice name; /* empty: nothing is changed */
    struct sceau_slice value;
};

struct policy_decision {
    enum policy_action action;
    const char
        *reason; /* what decided, static text: "the author domain asks to reject" */
    struct sceau_slice
        reply; /* reject, tempfail: "550 5.7.1 text", printable ASCII, one line of at most
                * 510 octets without its CRLF; else empty */
    bool is_shadow;         /* told only: the caller lets the message go as it is */
    bool hold;              /* put the message into the MTA's hold queue */
    bool claims_own_domain; /* from outside, and nothing proves it (P10) */
    bool
        is_list_mail; /* somebody's list or forwarder, two signs, one of them proven (L5) */

    /* For a delivered message (accept, quarantine). The fields are added as one block in
     * this order: on top of the header, or behind its last field when its first line
     * begins with white space (that line would continue ours). */
    const struct policy_added_field *added;
    size_t added_count;
    bool added_at_end;
    const struct policy_removed_field *removed; /* top field first */
    size_t removed_count;
    struct policy_changed_field changed;
    const struct policy_list *list; /* that rewrote or refused it; else NULL */
    const struct policy_list
        *munged; /* whose own software rewrote From once more (L1); else NULL */

    struct policy_override override;
    struct sceau_slice log; /* one line, printable ASCII, without a line end */
};

/** The name this host signs its results with: as configured, else the MTA's. */
struct sceau_slice policy_authserv_id(const struct policy_config *config,
                                      const struct policy_facts *facts);

/** "monitor", "quarantine", … Static text. */
const char *policy_mode_name(enum policy_mode mode);
/** "accept", "reject", "quarantine", "tempfail". Static text. */
const char *policy_action_name(enum policy_action action);
/** "local_policy", … as in RFC 9990; "none". Static text. */
const char *policy_override_name(enum policy_override_type type);

/** Decide about one message.
 *
 * arena     owns what the decision points to
 * decision  always set: a full arena gives tempfail (never a policy action, rule R7)
 *
 * Asks no DNS. Time is linear in the header block. */
void policy_decide(struct sceau_arena *arena, const struct policy_config *config,
                   const struct policy_facts *facts,
                   const struct sceau_verdict *verdict,
                   struct policy_decision *decision);

/** The decision for a message that this listener does not verify: deliver, without the
 * fields that claim to be of this host. */
void policy_pass_through(struct sceau_arena *arena, const struct policy_config *config,
                         const struct policy_facts *facts,
                         const struct sceau_header *header,
                         struct policy_decision *decision);

/** The decision for a message that could not be judged for a reason of ours or the MTA's
 * ("MAIL is missing"): tempfail, whatever the mode.
 *
 * reason  static text, put into reply and log */
void policy_cannot_judge(struct sceau_arena *arena, const struct policy_config *config,
                         const struct policy_facts *facts, const char *reason,
                         struct policy_decision *decision);

#endif
