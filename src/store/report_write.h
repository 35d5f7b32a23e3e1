/* Reports into the store: a sink that writes what it hears, with the roll-ups, the repairs
 * and the line of the intake log. What is refused or was there before leaves its line and
 * nothing else.
 *
 * Who calls has a transaction open, and commits when it likes: many small reports in one,
 * for instance. Memory does not grow with the report. */
#ifndef STORE_REPORT_WRITE_H
#define STORE_REPORT_WRITE_H

#include "sceau/dmarc.h"

#include "database.h"
#include "report/report.h"
#include "report_key.h"

#define REPORT_RAW_MAX REPORT_MAIL_MAX /* octets of a container that is kept */

enum report_outcome {
    REPORT_ACCEPTED,
    REPORT_REPAIRED,
    REPORT_DUPLICATE,
    REPORT_REFUSED,
    REPORT_APART, /* unauthenticated: kept, and counted nowhere */
};
#define REPORT_OUTCOMES 5

/* "accepted", "repaired", "duplicate", "refused", "unauthenticated": what intake.outcome
 * holds. */
const char *report_outcome_word(enum report_outcome outcome);

/* Where a file comes from. Lives as long as its reports are written. */
struct report_origin {
    struct sceau_slice place; /* a folder, a mailbox; place.name */
    struct sceau_slice name;  /* of the file, in that place */
    int64_t now_us;           /* since the epoch, UTC */
    uint64_t octets;          /* its size */
    int fd; /* to keep it as it came; -1: do not. Its position moves */
    enum report_authenticated authenticated;
    struct sceau_slice sender;     /* the author's domain of the mail */
    enum sceau_dmarc_result dmarc; /* of the mail */
};

struct report_writer_options {
    const struct sceau_psl *psl; /* NULL: see analysis_judge */
    const char *spool_folder;    /* for what is too long for memory */
};

struct report_writer;

struct report_written {
    uint64_t outcomes[REPORT_OUTCOMES]; /* reports */
    uint64_t formats[3];                /* of those that were stored */
    uint64_t records;                   /* of aggregate reports that were stored */
    uint64_t messages;                  /* of those that count */
};

/* NULL: no memory. The database outlives it. */
struct report_writer *report_writer_new(struct database *db,
                                        const struct report_writer_options *options);
void report_writer_free(struct report_writer *writer);

/* What comes next is from there. */
void report_writer_from(struct report_writer *writer,
                        const struct report_origin *origin);

/* Who hears it. */
struct report_sink *report_writer_sink(struct report_writer *writer);

/* Called, when set, with what became of each report. */
void report_writer_tell(struct report_writer *writer,
                        void (*tell)(void *self, enum report_outcome outcome,
                                     struct sceau_slice name,
                                     const struct report_refusal *refusal),
                        void *self);

/* Before each commit: sums of all reports since the last one go to the store. False: roll it
 * back; the sentence is in *error. */
bool report_writer_flush(struct report_writer *writer, const char **error);

/* Has anything gone wrong with the store or the spool since the last call? Then what is in
 * the transaction is not whole: roll it back. The sentence is in *error. */
bool report_writer_failed(struct report_writer *writer, const char **error);

/* What was written so far. */
const struct report_written *report_writer_written(const struct report_writer *writer);

/* What was written since it was that is undone: the transaction was rolled back. */
void report_writer_forget(struct report_writer *writer,
                          const struct report_written *was);

#endif
