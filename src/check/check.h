/* The engine of `sceau check`: a catalogue of rules, a name under examination, and the
 * findings about it.
 *
 * A rule is a row and a function. The function looks at the facts, and reports what is not
 * as it should be; when it reports nothing the engine writes down "ok". It is the same
 * function for live DNS and for a zone file: only the resolver differs.
 *
 *     static void
 *     check_mx_ipv6(struct check_subject *s)
 *     {
 *         const struct check_mx *mx = check_mx(s);
 *         if (!check_has_mail_hosts(s, mx))
 *             return;                          // skipped or unknown, said there
 *         ...
 *         check_report(s, CHECK_SAY(s, N_("{host} has no IPv6 address"),
 *                                   LANGUAGE_THEIRS("host", host)));
 *     }
 *
 * Whatever DNS could not tell goes to check_unknown, never to check_report. */
#ifndef CHECK_CHECK_H
#define CHECK_CHECK_H

#include "sceau/dmarc.h"
#include "sceau/dns.h"

#include "core/ip.h"
#include "core/slice.h"
#include "core/text.h"
#include "language/language.h"
#include "outcome.h"

/* ---- the catalogue --------------------------------------------------------------- */

/* What a rule has to reach, as the catalogue says. DNS and ZONE are two sources of
 * records: one is enough. SMTP and HTTP are probes: each has to be allowed. */
enum check_needs {
    CHECK_DNS = 1,
    CHECK_ZONE = 2,
    CHECK_SMTP = 4,
    CHECK_HTTP = 8,
};

struct check_subject;
struct check_networks;
struct https_answer;

struct check_rule {
    const char *id;    /* of the catalogue: "dmarc.pct" */
    const char *title; /* N_(): what is tested, in a few words */
    unsigned needs;    /* enum check_needs, or-ed */
    unsigned
        optional; /* probes of these that it can do without; CHECK_ZONE: what it asks
                        * of DNS may stand in a zone file, which then decides */
    enum check_outcome severity; /* what it comes to when the test is not met */
    const char *test;            /* N_(): the test, for --explain */
    const char *why;             /* N_(): why it matters, one sentence */
    const char *fix; /* N_(): how to mend it; {holes} as the rule fills them */
    void (*run)(struct check_subject *s);
};

/* The rules of one file, id order as in the catalogue. */
struct check_family {
    const struct check_rule *rules;
    size_t count;
};

#define CHECK_FAMILY(rows)              \
 {                                      \
  (rows), sizeof(rows) / sizeof *(rows) \
 }

extern const struct check_family check_mx_family;
extern const struct check_family check_host_family;
extern const struct check_family check_spf_family;
extern const struct check_family check_dkim_family;
extern const struct check_family check_dmarc_family;
extern const struct check_family check_zone_family;

/* All families, in the order of the catalogue. */
const struct check_family *const *check_families(size_t *count);

/* The rule of that id, or NULL. */
const struct check_rule *check_rule_find(struct sceau_slice id);

/* ---- findings -------------------------------------------------------------------- */

/* A place in a zone file. Line and column from 1; line 0: no place. */
struct check_place {
    struct sceau_slice file;
    size_t line, column;
};

struct check_finding {
    const struct check_rule *rule;
    enum check_outcome outcome;
    struct sceau_slice
        found;              /* what is there: the record as seen, or what is missing */
    struct sceau_slice why; /* one sentence */
    struct sceau_slice fix; /* one or two sentences; may be empty */
    struct sceau_slice zone_line; /* ready to paste; may be empty or several lines */
    struct check_place place;
    struct check_finding *next;
};

/* ---- a name under examination ---------------------------------------------------- */

struct check_words {
    const struct sceau_slice *items;
    size_t count;
};

/* A selector that something knows of. */
struct check_selector {
    struct sceau_slice domain, selector; /* lower case */
    const char *source;                  /* N_(): who knows it ("the journal") */
    int64_t last_seen;                   /* seconds since the epoch; 0: not known */
};

/* What became of the trust anchor of DNSSEC. */
enum check_trust_state {
    CHECK_TRUST_NONE,       /* there is no file of anchors: nothing validates */
    CHECK_TRUST_STRIPPED,   /* the resolver answers without signatures */
    CHECK_TRUST_SILENT,     /* it does not answer about the anchor's keys */
    CHECK_TRUST_UNREADABLE, /* the file: `reason` */
    CHECK_TRUST_NO_KEY,     /* it has no DS or DNSKEY record */
    CHECK_TRUST_FAILS,      /* the owner's keys do not validate by it */
};

struct check_trust {
    enum check_trust_state state;
    struct sceau_slice file, owner;
    int error; /* UNREADABLE: of errno */
};

/* What is wanted and what this installation knows of itself. Shared by all names. */
struct check_options {
    enum language language;
    struct check_words only, skip; /* ids, or families ("dmarc"); none: all */
    unsigned probes;               /* CHECK_SMTP, CHECK_HTTP: allowed */
    bool wants_blocklists;
    bool allow_private;           /* probes may go to addresses that are not public */
    struct check_words selectors; /* --selector */
    const struct check_selector *known_selectors; /* journal, key store, reports */
    size_t known_selector_count;
    const struct sceau_ip *senders; /* addresses that send for the names */
    size_t sender_count;
    const struct ip_network *own; /* ours: the relay test may go there */
    size_t own_count;
    struct check_words blocklists; /* zones of DNSBLs */
    bool is_offline; /* DNS answers come from a file: no server is asked by itself */
    uint16_t smtp_port, dns_port, https_port; /* 0: 25, 53, 443 */
    const char *trust_file;                   /* authorities, PEM; NULL: the system's */
    const struct https_answer
        *mtasts_page; /* what the policy's host answered before; NULL: it is asked */
    const struct mtasts_left *mtasts_left; /* the policy before that; NULL: not known */
    struct sceau_slice ehlo;               /* our name for mail servers */
    struct sceau_resolver *secure; /* validates DNSSEC itself; NULL: nothing does */
    struct check_trust trust;      /* why not, then */
    struct check_words machine_domains; /* names that send machine mail only */
    struct check_words parked_domains;  /* names that send and get no mail */
    struct check_networks *networks;    /* names of networks; NULL: no database */
    enum sceau_dmarc_discovery discovery;
    const struct sceau_psl *psl; /* NULL when there is none to ask */
};

struct zone_document;
struct zone_lint;

/* The zone file that stands in for DNS. The owner embeds it. */
struct check_zone {
    struct sceau_slice origin; /* no final dot */
    const struct zone_document *document;
    const struct zone_lint *lint;
    struct sceau_slice
        told_at;     /* the name whose findings tell what is wrong with the file:
                                 * one of those that are checked */
    bool is_partial; /* a script: it says only what changes */
    /* Where the record (owner, type, rdata) stands; rdata with NULL ptr: the first one of
     * that owner and type. False when the file has none such. */
    bool (*locate)(const struct check_zone *self, struct sceau_slice owner,
                   uint16_t type, struct sceau_slice rdata, struct check_place *place);
};

/* What was asked about the name so far (facts.h). */
struct check_facts;

struct check_subject {
    struct sceau_context *context; /* arena, resolver (the session), now */
    const struct check_options *options;
    struct sceau_slice name;       /* A-labels, lower case, no final dot */
    const struct check_zone *zone; /* NULL: live DNS */
    struct sceau_resolver *live;   /* beside a zone: the DNS in service, or NULL */
    const struct check_rule *rule; /* at work */
    struct check_facts *facts;
    struct check_finding *findings; /* in the order of the catalogue */
    struct check_finding **last;
    size_t reported;            /* findings of the rule at work */
    bool has_failed;            /* the arena is full: nothing is certain */
    struct check_finding spare; /* for what does not fit there any more */
    struct sceau_context own_context;
    struct sceau_dns_session session; /* asks each question once, within CHECK_DNS_MS */
};

/* Ready to be run, about `name` (A-labels, lower case, no final dot). Set zone and live
 * afterwards. False when the arena is full. */
bool check_subject_init(struct check_subject *s, struct sceau_arena *arena,
                        struct sceau_resolver *resolver, int64_t now,
                        const struct check_options *options, struct sceau_slice name);

#define CHECK_MEMORY ((size_t)32 * 1024 * 1024) /* ceiling of the arena of one name */
#define CHECK_DNS_MS 18000                      /* all waiting for DNS about one name */

/* Run the rules that the options ask for. The findings come worst first; each rule has one
 * at least. */
void check_run(struct check_subject *s);

/* The worst of them as an exit status: 0 fine, 1 warning, 2 problem, 3 could not tell and
 * nothing worse. */
int check_exit_status(const struct check_finding *findings);

/* Is that rule asked for by `only` and `skip`? */
bool check_is_wanted(const struct check_options *options,
                     const struct check_rule *rule);

/* ---- for the rules --------------------------------------------------------------- */

/* A sentence in the subject's language. The words are LANGUAGE_THEIRS and _OURS. */
struct sceau_slice check_say(struct check_subject *s, const char *english,
                             const struct language_word *words, size_t count);

#define CHECK_SAY(s, english, ...)                                      \
 check_say((s), (english), (const struct language_word[]){__VA_ARGS__}, \
           sizeof((const struct language_word[]){__VA_ARGS__}) /        \
               sizeof(struct language_word))

/* The same without holes. */
struct sceau_slice check_tell(struct check_subject *s, const char *english);

/* Report what the rule found, with its severity; the rule's `why` stands until replaced.
 * Fill in fix, zone_line and place. Never NULL. */
struct check_finding *check_report(struct check_subject *s, struct sceau_slice found);

/* The same with another outcome. */
struct check_finding *check_report_as(struct check_subject *s,
                                      enum check_outcome outcome,
                                      struct sceau_slice found);

/* A record is shown, with a sentence on it (empty: without), and where it stands in the zone
 * file. */
struct check_finding *check_report_record(struct check_subject *s,
                                          struct sceau_slice owner, uint16_t type,
                                          const struct sceau_dns_rr *rr,
                                          enum check_outcome outcome,
                                          struct sceau_slice sentence);

/* The test is met: say what was seen (may be left out). */
void check_ok(struct check_subject *s, struct sceau_slice found);

/* The premise is false. */
void check_skip(struct check_subject *s, const char *reason);

/* DNS could not tell: `answer` is trouble. */
void check_unknown(struct check_subject *s, struct sceau_slice name, uint16_t type,
                   const struct sceau_dns_answer *answer);

/* Something else could not: the sentence says what. */
void check_unknown_because(struct check_subject *s, struct sceau_slice found);

/* Ask DNS; trouble stays trouble. The session asks each question once. */
struct sceau_dns_answer check_ask(struct check_subject *s, struct sceau_slice name,
                                  uint16_t type);

/* "owner. TTL IN TYPE rdata", as published, on one line. */
struct sceau_slice check_seen(struct check_subject *s, struct sceau_slice owner,
                              uint16_t type, const struct sceau_dns_rr *rr);

/* Lines to paste: "owner. 3600 IN TYPE data"; a TXT is quoted, and split where a string
 * would be longer than 255 octets. */
struct sceau_slice check_line(struct check_subject *s, struct sceau_slice owner,
                              uint32_t ttl, uint16_t type, struct sceau_slice data);
struct sceau_slice check_txt_line(struct check_subject *s, struct sceau_slice owner,
                                  uint32_t ttl, struct sceau_slice text);

/* Where it stands in the zone file, if there is one. */
void check_locate(struct check_subject *s, struct check_finding *finding,
                  struct sceau_slice owner, uint16_t type, struct sceau_slice rdata);

/* printf into the arena, for names and numbers; no text for people. */
struct sceau_slice check_format(struct check_subject *s, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
