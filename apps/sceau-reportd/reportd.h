/* What the steps of sceau-reportd share. One thread: a step runs from beginning to end. */
#ifndef APP_REPORTD_H
#define APP_REPORTD_H

#include "environment.h"
#include "ingest.h"
#include "store/database.h"
#include "store/fold.h"

#define REPORTD_PATH 4096

struct reportd {
    struct environment env;
    struct database *db;
    struct ingest *ingest;
    struct fold *fold;
    char state[REPORTD_PATH]; /* the state directory */
    int64_t clock_offset;     /* --now: added to the real time, seconds */
    bool is_once;
    enum database_status opened; /* the store: why it is not yet */
    bool is_stopping;            /* use reportd_stops */
    struct shared *shared;       /* with other hosts; NULL: not yet */
    bool has_lost;               /* what the step does is another host's now */
    bool has_trouble;   /* --once: some step failed, it ends with 75; else: the last */
    int64_t said_alive; /* to the service manager, in seconds of the monotonic clock */
    int64_t findings_intake, findings_made; /* of the last run */
    int64_t certificates_looked;
    size_t policies_asked;    /* hosts, since all that were due had been looked at */
    int64_t policies_reached; /* when one of them was, last */
    int64_t journal_since;    /* when it was first looked at */
    int64_t journal_letter;   /* when the next letter is due; 0: none was sent */
    int64_t journal_logged;   /* when the log was last told that it waits */
};

/* Seconds since the epoch, as this daemon sees them. */
int64_t reportd_now(const struct reportd *r);

/* Has TERM or INT come, or has another host taken over what the step does? A step that takes
 * long asks between two things, and ends. It is the sign of life as well that the service manager
 * waits for, and other hosts. */
bool reportd_stops(struct reportd *r);

/* Something went wrong, and will be tried again: a line in the log, no sooner than an hour
 * after the same one. */
void reportd_trouble(struct reportd *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Domains of the configuration, in the arena: those of [domain], and policy.own_domains. NULL: it
 * is full. */
const struct sceau_slice *reportd_domains(struct reportd *r, struct sceau_arena *arena,
                                          size_t *count);

/* The steps, in their order. False: it has to be tried again soon. */
bool step_journal(struct reportd *r); /* without the store */
bool step_requests(struct reportd *r);
bool step_fold(struct reportd *r);
bool step_intake(struct reportd *r);
bool step_mailbox(struct reportd *r);
bool step_enrich(struct reportd *r);
bool step_records(struct reportd *r);
bool step_check(struct reportd *r);
bool step_keys(struct reportd *r);
bool step_certificates(struct reportd *r);
bool step_policies(struct reportd *r);
bool step_findings(struct reportd *r);
bool step_alerts(struct reportd *r);

/* Is a step that is done once for all wanted by this host's configuration? Where not, it does
 * nothing here, and another host may hold its lease. */
bool wants_mailbox(struct reportd *r);
bool wants_certificates(struct reportd *r);
bool wants_policies(struct reportd *r);
bool wants_alerts(struct reportd *r); /* or cannot be: its run says why */
bool wants_build(struct reportd *r);

/* A bounce or the mail of the self-test was taken: a line in the log (outbox.c). */
struct outbox_mail_back;
void outbox_tell_back(const struct outbox_mail_back *mail, enum outbox_taken taken);

bool step_build(struct reportd *r);
bool step_outbox(struct reportd *r);
bool step_pack(struct reportd *r);
bool step_retain(struct reportd *r);

/* What src/check says of the records that were seen: after each look (checks.c). */
bool checks_run(struct reportd *r);

#endif
