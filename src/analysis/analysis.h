/* The nouns of analysis: sources and their classes, readiness, failures, keys, reporters,
 * TLS, findings. Days are UTC days since the epoch; counts are messages; texts are those
 * of reports and of DNS, unchecked: escape them wherever they are written. All of it lives
 * in the arena of who asked. */
#ifndef ANALYSIS_ANALYSIS_H
#define ANALYSIS_ANALYSIS_H

#include "cause.h"
#include "core/ip.h"

#define ANALYSIS_SPARK_DAYS   30 /* of a spark: the last ones of the range */
#define ANALYSIS_WEEK         7  /* days */
#define ANALYSIS_FINDINGS_MAX 10 /* shown on Today */

/* Messages, by what they came to. */
struct analysis_counts {
    uint64_t messages;
    uint64_t both, dkim_only, spf_only, neither; /* aligned passes; not told: neither */
    uint64_t dispositions[REPORT_DISPOSITIONS];
    uint64_t forwarded; /* the reporter says so */
    uint64_t causes[ANALYSIS_CAUSES];
};

/* Compliant: DKIM or SPF aligned. */
uint64_t analysis_compliant(const struct analysis_counts *c);
uint64_t analysis_dkim(const struct analysis_counts *c);
uint64_t analysis_spf(const struct analysis_counts *c);
/* In thousandths, rounded down, so that 1000 means all; -1 of nothing. */
int analysis_share(uint64_t part, uint64_t whole);
/* The same for who reads it: to the nearest, but 1000 of all alone and 0 of none alone. */
int analysis_share_shown(uint64_t part, uint64_t whole);

/* ---- sources ---------------------------------------------------------------------- */

enum analysis_class {
    ANALYSIS_OURS,
    ANALYSIS_SENDS_WELL,
    ANALYSIS_FORWARDER,
    ANALYSIS_TO_FIX,
    ANALYSIS_NOT_YOURS,
    ANALYSIS_TOO_LITTLE,
};
#define ANALYSIS_CLASSES (ANALYSIS_TOO_LITTLE + 1)

/* What decided the class. */
enum analysis_rule {
    ANALYSIS_RULE_MARK,          /* the administrator's */
    ANALYSIS_RULE_CONFIGURED,    /* an address of our configuration */
    ANALYSIS_RULE_RECORD,        /* an address of our SPF or MX */
    ANALYSIS_RULE_COMPLIANT,     /* share, messages */
    ANALYSIS_RULE_DKIM_SURVIVES, /* share DKIM, share SPF */
    ANALYSIS_RULE_OVERRIDES,     /* messages with such a reason */
    ANALYSIS_RULE_BROKEN_ON_WAY, /* messages whose own signature is broken, messages */
    ANALYSIS_RULE_SERVICE, /* a known service: messages that authenticate, messages */
    ANALYSIS_RULE_STEADY_SIGNER, /* signs as itself: messages so signed, days */
    ANALYSIS_RULE_STRICT, /* aligned but for the strict mode: messages, messages */
    ANALYSIS_RULE_SWINGS, /* days that pass, days that fail */
    ANALYSIS_RULE_NEVER_ALIGNED, /* messages, reports */
    ANALYSIS_RULE_TOO_LITTLE,    /* messages */
};
#define ANALYSIS_RULES (ANALYSIS_RULE_TOO_LITTLE + 1)

enum analysis_source_kind {
    ANALYSIS_SOURCE_OWN, /* an address of ours; the key is its name, else it itself */
    ANALYSIS_SOURCE_SERVICE, /* "google" */
    ANALYSIS_SOURCE_NAME,    /* the organisation of a confirmed PTR: "example.org" */
    ANALYSIS_SOURCE_SIGNER, /* d= of who else signs its mail, where no name tells more */
    ANALYSIS_SOURCE_AS,     /* "AS64500" */
    ANALYSIS_SOURCE_NETWORK, /* "203.0.113.0/24", "2001:db8::/48" */
};

/* What is known of an address besides reports; empty and 0: not yet. */
struct analysis_address {
    struct sceau_ip ip;
    struct sceau_slice ptr, ptr_domain; /* confirmed forward */
    uint32_t asn;
    struct sceau_slice as_name, country;
    struct sceau_slice
        signer; /* of most of its messages, not of the domain; or empty */
    struct analysis_counts counts; /* of the rows at hand */
    int first_day, last_day;       /* the same */
    int first_seen;                /* ever, in this domain */
};

/* Failing messages of a week that lies before the spark, at least in part. */
struct analysis_fails {
    const struct analysis_fails *next;
    int day; /* its first */
    uint64_t counts[ANALYSIS_WEEK];
};

struct analysis_source {
    enum analysis_source_kind kind;
    struct sceau_slice key;  /* for URLs, marks and commands */
    struct sceau_slice name; /* for people */
    enum analysis_class class;
    enum analysis_rule rule;
    uint64_t rule_numbers[2];
    struct sceau_slice note, author; /* of the mark */
    struct analysis_counts counts;
    uint64_t reports; /* how many tell of it, at most one a day and row */
    int first_day, last_day, first_seen;
    bool is_new; /* first seen in the range, and the domain was known before */
    struct sceau_slice country;               /* of its largest address */
    const struct analysis_address *addresses; /* the largest first */
    size_t address_count;
    uint64_t spark[ANALYSIS_SPARK_DAYS], spark_fails[ANALYSIS_SPARK_DAYS];
    const struct analysis_fails *fails_before; /* the spark; in no order */
    unsigned days_passing, days_failing;
    struct sceau_slice fail_domain; /* From of what fails; empty: of several, of none */
};

/* "ours", "sends-well", "forwarder", "to-fix", "not-yours", "too-little". */
const char *analysis_class_word(enum analysis_class class);
bool analysis_class_read(struct sceau_slice word, enum analysis_class *class);
const char *analysis_class_text(enum analysis_class class); /* for people, English */

/* ---- readiness -------------------------------------------------------------------- */

enum analysis_answer {
    ANALYSIS_NO_DATA,
    ANALYSIS_MET,
    ANALYSIS_NOT_MET,
};

/* The lines a to f of readiness. */
enum analysis_line {
    ANALYSIS_LINE_REPORTS, /* days with reports of 28, reporters */
    ANALYSIS_LINE_TO_FIX,  /* messages of sources to fix, messages, of 14 days */
    ANALYSIS_LINE_NEW,     /* new sources of ours or to fix in 14 days */
    ANALYSIS_LINE_DKIM,    /* sources of ours without aligned DKIM, sources of ours */
    ANALYSIS_LINE_CHECK,   /* problems, warnings */
    ANALYSIS_LINE_WHAT_IF, /* messages of ours that would be lost, messages */
};
#define ANALYSIS_LINES (ANALYSIS_LINE_WHAT_IF + 1)

struct analysis_readiness_line {
    enum analysis_answer answer;
    uint64_t numbers[2];
    struct sceau_slice example; /* a source, a finding of the checker; may be empty */
};

/* With p=reject on these 28 days, these messages would have been lost. */
struct analysis_what_if {
    uint64_t not_yours;  /* n1 */
    uint64_t forwarders; /* n2 */
    uint64_t yours;      /* n3: ours, sends well, to fix */
    uint64_t unknown;    /* too little to tell */
    uint64_t messages;   /* all */
};

struct analysis_readiness {
    enum report_disposition
        policy;                   /* in force, as reporters saw it last; 0: not known */
    enum report_disposition next; /* NONE: there is no further step */
    bool is_ready;                /* every line is met */
    bool is_known;                /* no line is without data */
    bool is_testing;              /* t=y or pct below 100: the step changes that too */
    struct analysis_readiness_line lines[ANALYSIS_LINES];
    struct analysis_what_if what_if;
    const struct analysis_source *const
        *losers; /* sources that would lose, worst first */
    size_t loser_count;
    int from_day, to_day;
};

/* ---- failures, keys, reporters, TLS ------------------------------------------------ */

/* Messages without an aligned pass, of one cause. */
struct analysis_failure_group {
    enum analysis_cause cause;
    bool is_spoof; /* of sources that are not yours: the cause does not matter then */
    uint64_t messages;
    uint64_t passed_on; /* of these, by forwarders and lists */
    size_t source_count;
    const struct analysis_source *const *sources; /* the worst first, at most 20 */
    size_t shown;
};

struct analysis_key_day {
    int day;
    uint64_t pass, fail;
};

/* A selector in use, as reporters tell. */
struct analysis_key {
    struct sceau_slice signer, selector;
    uint64_t pass, fail, signed_here;     /* the last from the journal */
    int first_day, last_day, last_signed; /* last_signed 0: never */
    size_t reporters;
    struct sceau_slice
        state;       /* in the key store: "active", "retiring" ...; empty: none */
    int retired_day; /* it signs no more since then; 0: it does, or nobody knows */
    const struct analysis_key_day
        *days; /* of the range, in order, without empty ones */
    size_t day_count;
    int safe_day; /* nothing used it lately: from here on it may go; 0: it is in use, or
                     nobody can tell */
    bool is_safe_to_remove; /* that day has come */
};

struct analysis_reporter {
    struct sceau_slice name;
    uint64_t messages, fails, reports, contradictions, repairs, duplicates;
    int first_day, last_day;
    int delay; /* seconds from the end of a range to its report, the median of days */
    unsigned days;        /* with a report, of the range */
    unsigned gaps;        /* days without one between the first and the last */
    unsigned silent_days; /* since the last, 0: none */
    bool is_usual;        /* on 7 of 10 days at least before it fell silent */
    bool is_ignored;
};

struct analysis_tls {
    struct sceau_slice domain, policy_type, organization, mx, result_type;
    uint64_t successful, failed;
    int first_day, last_day;
};

/* ---- findings ---------------------------------------------------------------------- */

enum analysis_severity {
    ANALYSIS_INFO,
    ANALYSIS_WARNING,
    ANALYSIS_PROBLEM,
};

enum analysis_finding_rule {
    ANALYSIS_FINDING_OURS_FAILS,  /* a source of ours is under 98 % */
    ANALYSIS_FINDING_STARTS,      /* 3 times its usual failures, 20 messages at least */
    ANALYSIS_FINDING_TO_FIX,      /* a service authenticates and does not align */
    ANALYSIS_FINDING_NEW,         /* a new source, ours or with compliant mail */
    ANALYSIS_FINDING_COMPLIANCE,  /* ours of a domain under 98 % together */
    ANALYSIS_FINDING_NO_REPORTS,  /* none at all for 2 days */
    ANALYSIS_FINDING_SILENT,      /* a usual reporter, for 3 days */
    ANALYSIS_FINDING_RECORD,      /* a DNS record changed */
    ANALYSIS_FINDING_CONTRADICTS, /* a reporter denies its own results */
    ANALYSIS_FINDING_INTAKE,      /* reports that could not be read */
    ANALYSIS_FINDING_FORGED,      /* a wave from sources that are not yours */
    ANALYSIS_FINDING_OLD_KEY,     /* a retired key is still used */
    ANALYSIS_FINDING_KEY_END,     /* a key is at its end, and none takes its place */
    ANALYSIS_FINDING_CERTIFICATE, /* one of a mail host is near its end */
    ANALYSIS_FINDING_TLS,         /* sessions fail */
    ANALYSIS_FINDING_READY,       /* the next step of the policy may be taken */
};
#define ANALYSIS_FINDING_RULES (ANALYSIS_FINDING_READY + 1)

#define ANALYSIS_ARGUMENTS_MAX 10

struct analysis_argument {
    const char *name; /* as in the sentence's hole */
    struct sceau_slice value;
};

struct analysis_finding {
    struct sceau_slice id; /* the same as long as it is about the same: 16 hex digits */
    enum analysis_finding_rule rule;
    struct sceau_slice domain, source; /* either may be empty */
    enum analysis_cause cause;
    enum analysis_severity severity;
    uint64_t weight;     /* messages concerned: what is worse among equals */
    int64_t first, last; /* times: found first, and last */
    int64_t since;       /* the day from which the data says so; 0: not known */
    struct analysis_argument arguments[ANALYSIS_ARGUMENTS_MAX];
    size_t argument_count;
    bool is_muted;
    int64_t muted_until;
};

const char *analysis_finding_word(enum analysis_finding_rule rule); /* "ours-fails" */
bool analysis_finding_read(struct sceau_slice word, enum analysis_finding_rule *rule);

/* ---- what is ours ------------------------------------------------------------------ */

/* An address or network of ours. */
struct analysis_own {
    struct ip_network network;
    struct sceau_slice name;   /* of the host; empty: the network itself */
    struct sceau_slice domain; /* which may send from it; empty: all */
    bool is_record;            /* from a record in DNS, not from the configuration */
};

/* A signing key of ours. Times in seconds; 0: not yet. */
struct analysis_own_key {
    struct sceau_slice domain, selector;
    struct sceau_slice state, type; /* "active", "rsa" */
    int64_t created, published, active, retiring;
};

/* What a mail host of ours shows who sends to it. */
struct analysis_certificate {
    struct sceau_slice domain, host;
    int64_t not_before, not_after;
};

struct analysis_ours {
    const struct analysis_own *addresses;
    size_t address_count;
    const struct analysis_own_key *keys;
    size_t key_count;
    int64_t key_lifetime; /* seconds that a key is to sign; 0: no such rule */
    int64_t key_grace;    /* seconds that the record of one stays behind its last use */
};

/* Which entry says that `ip` may send for `domain`; NULL: none. */
const struct analysis_own *analysis_own_find(const struct analysis_ours *ours,
                                             const struct sceau_ip *ip,
                                             struct sceau_slice domain);

#endif
