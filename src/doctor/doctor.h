/* `sceau doctor`: is this host set up so that mail authentication can work? A table of
 * checks over facts that were gathered first; each finding comes with the command that
 * mends it. Reads files, runs postconf(1), connects to the milter's sockets. */
#ifndef DOCTOR_DOCTOR_H
#define DOCTOR_DOCTOR_H

#include "sceau/dns.h"

#include "clients.h"
#include "config/config.h"
#include "language/language.h"
#include "outbox/selftest.h"
#include "postfix.h"

#define DOCTOR_FINDINGS_MAX 256

/* As far back as the journal is looked at: a week. */
#define DOCTOR_JOURNAL_SECONDS ((int64_t)7 * 86400)

enum doctor_outcome {
    DOCTOR_OK,
    DOCTOR_INFO,
    DOCTOR_WARNING,
    DOCTOR_PROBLEM,
    DOCTOR_UNKNOWN, /* could not be told; never a fault of the set-up */
    DOCTOR_SKIPPED, /* there is nothing to look at; `found` says why */
};

/* "ok", "info", "warning", "problem", "unknown", "skipped". */
const char *doctor_outcome_name(enum doctor_outcome outcome);

struct doctor;

struct doctor_check {
    const char *id;
    const char *title;             /* what holds when all is well */
    const char *why;               /* it matters; a sentence */
    void (*run)(struct doctor *d); /* tells one finding or more */
};

extern const struct doctor_check doctor_checks[];
extern const size_t doctor_check_count;

struct doctor_finding {
    const struct doctor_check *check;
    enum doctor_outcome outcome;
    struct sceau_slice found; /* a sentence in the person's language */
    struct sceau_slice fix;   /* the command that mends it; empty: none is needed */
};

enum doctor_journal {
    DOCTOR_JOURNAL_NONE, /* there is none */
    DOCTOR_JOURNAL_READ,
    DOCTOR_JOURNAL_UNREADABLE,
};

enum doctor_store {
    DOCTOR_STORE_NONE, /* there is none yet */
    DOCTOR_STORE_READ,
    DOCTOR_STORE_TROUBLE, /* store_error says why */
};

/* What the checks look at. */
struct doctor {
    struct sceau_context *context; /* arena, resolver, now */
    enum language language;
    const struct sceau_config *config;
    const char *config_file; /* where it stands, or would */
    const char *state;       /* the state directory */
    const char *resolv_conf; /* NULL: /etc/resolv.conf */
    const char *zimbra;      /* NULL: /opt/zimbra */
    bool has_zone;           /* DNS answers come from a file: no resolver to look at */
    int clock;               /* 1 synchronised, 0 not, -1 unknown */
    enum doctor_journal journal;
    uint64_t *claims; /* of the journal's messages: how many claimed each of
                                    * policy.own_domains unproven (P10) */
    struct doctor_clients clients; /* of the same */
    enum doctor_store store;
    const char *store_error;         /* in the person's language */
    const struct selftest *selftest; /* of reports that are sent; NULL: none are */
    uint64_t failures_taken; /* failure reports of the last 7 days, by mailbox */
    uint64_t failures_lost;  /* and those that were refused, came back, were given up */
    struct postfix postfix;  /* gathered by postfix_read */
    const struct doctor_check *check; /* the one at hand */
    struct doctor_finding *findings;  /* room for DOCTOR_FINDINGS_MAX, the owner's */
    size_t count;
};

/* Is the kernel's clock kept by NTP? As doctor.clock. */
int doctor_clock(void);

/* Run the checks that are wanted: those named in `only` (all when it is empty), less those
 * in `skip`. A name may end in ".": then it stands for all that begin with it. */
void doctor_run(struct doctor *d, const struct sceau_slice *only, size_t only_count,
                const struct sceau_slice *skip, size_t skip_count);

/* Is it an id, or the beginning of one up to its dot? */
bool doctor_is_id(struct sceau_slice name);

/* The exit status that the findings ask for: 2 a problem, 1 a warning, 3 something could
 * not be told, else 0. */
int doctor_exit_status(const struct doctor *d);

/* ---- for the checks -------------------------------------------------------------- */

#define DOCTOR_WORDS(...)                                  \
 (const struct language_word[]){__VA_ARGS__},              \
     sizeof((const struct language_word[]){__VA_ARGS__}) / \
         sizeof(struct language_word)
#define DOCTOR_NO_WORDS NULL, 0

/* Add a finding. `found` and `fix` (NULL: none) are marked with N_ and have the holes that
 * the words fill. */
void doctor_tell(struct doctor *d, enum doctor_outcome outcome, const char *found,
                 const char *fix, const struct language_word *words, size_t count);

/* Has the check at hand told anything but this since `count` findings? */
bool doctor_has_told(const struct doctor *d, size_t count);

/* Is there a Postfix to look at? If not, the check at hand has told so. */
bool doctor_has_postfix(struct doctor *d);

/* Is there a journal that could be read? If not, the check at hand has told so. */
bool doctor_has_journal(struct doctor *d);

/* The checks, by what they look at. */
void doctor_postfix_present(struct doctor *d);
void doctor_milter_asked(struct doctor *d);
void doctor_milter_local(struct doctor *d);
void doctor_milter_socket(struct doctor *d);
void doctor_milter_access(struct doctor *d);
void doctor_milter_answers(struct doctor *d);
void doctor_milter_order(struct doctor *d);
void doctor_milter_macros(struct doctor *d);
void doctor_milter_protocol(struct doctor *d);
void doctor_milter_timeouts(struct doctor *d);
void doctor_milter_outage(struct doctor *d);
void doctor_milter_bounces(struct doctor *d);
void doctor_postfix_content_filter(struct doctor *d);
void doctor_postfix_line_length(struct doctor *d);
void doctor_postfix_conversion(struct doctor *d);
void doctor_postfix_generic(struct doctor *d);
void doctor_postfix_masquerade(struct doctor *d);
void doctor_postfix_rewriting(struct doctor *d);
void doctor_postfix_hostname(struct doctor *d);
void doctor_postfix_mynetworks(struct doctor *d);
void doctor_postfix_relayhost(struct doctor *d);
void doctor_postfix_lifetime(struct doctor *d);
void doctor_postfix_hold(struct doctor *d);
void doctor_resolver_answers(struct doctor *d);
void doctor_resolver_local(struct doctor *d);
void doctor_resolver_edns(struct doctor *d);
void doctor_resolver_tcp(struct doctor *d);
void doctor_resolver_validates(struct doctor *d);
void doctor_resolver_anchor(struct doctor *d);
void doctor_clock_synchronised(struct doctor *d);
void doctor_state_present(struct doctor *d);
void doctor_state_disk(struct doctor *d);
void doctor_keys_modes(struct doctor *d);
void doctor_journal_complete(struct doctor *d);
void doctor_journal_written(struct doctor *d);
void doctor_journal_clients(struct doctor *d);
void doctor_journal_folded(struct doctor *d);
void doctor_metrics_fresh(struct doctor *d);
void doctor_policy_own_domains(struct doctor *d);
void doctor_tempfail_file(struct doctor *d);
void doctor_outbox_selftest(struct doctor *d);
void doctor_failure_reports(struct doctor *d);
void doctor_store_answers(struct doctor *d);
void doctor_zimbra(struct doctor *d);

#endif
