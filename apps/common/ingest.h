/* Files with reports into the store: each is read by a process that has nothing, its
 * mail's sender is proven by our own engine, and what it says is written. Many files are
 * one transaction. */
#ifndef APP_INGEST_H
#define APP_INGEST_H

#include "environment.h"
#include "outbox_incoming.h"
#include "store/report_write.h"

struct ingest;

struct ingest_options {
    const char *spool_folder;
    bool counts_all;      /* what nobody vouches for counts as well */
    int64_t clock_offset; /* --now: seconds added to the real time */
    /* A mail that came back to the return path of our reports; NULL: nobody asks. */
    void (*tell_back)(const struct outbox_mail_back *mail, enum outbox_taken taken);
};

struct ingest_source {
    struct sceau_slice place; /* folder or mailbox, for the log */
    struct sceau_slice name;  /* of the file in it */
    bool waits; /* a mail whose sender DNS cannot tell us now may wait: INGEST_LATER */
};

enum ingest_outcome {
    INGEST_TAKEN,   /* something of it is in the store, or was before */
    INGEST_REFUSED, /* nothing in it is of use */
    INGEST_LATER,   /* DNS has trouble: try again */
    INGEST_FAILED, /* the store has: all since the last commit is taken back (ingest_again) */
    INGEST_UNREADABLE, /* no file that can be opened: errno, 0 when it is no regular one */
};

/* The environment is connected with the first mail (unless it is already). NULL: no
 * memory. */
struct ingest *ingest_new(struct environment *env, struct database *db,
                          const struct ingest_options *options);
void ingest_free(struct ingest *ingest);

/* One file with whatever is in it. It can be read again (a pipe cannot: ingest_copy). */
enum ingest_outcome ingest_file(struct ingest *ingest, int fd,
                                const struct ingest_source *source);

/* The same, given a path: an mbox is taken mail by mail. */
enum ingest_outcome ingest_path(struct ingest *ingest, const char *path,
                                const struct ingest_source *source);

/* A path that is taken later, after those that were expected before it: its reports are read while
 * the store works. Path and name stay as they are until then; a file that changed meanwhile is
 * opened again. False: it has to wait for those before it. */
bool ingest_expect(struct ingest *ingest, const char *path, struct sceau_slice name);

/* Is any? None is behind a file that changed or went: they are to be expected anew. */
bool ingest_expects(const struct ingest *ingest);

/* Those that are still expected do not come. */
void ingest_expect_none(struct ingest *ingest);

/* A copy of what comes out of a pipe, in a file without a name. -1, and errno. */
int ingest_copy(struct ingest *ingest, int fd);

/* Has enough come together for a commit? */
bool ingest_is_full(const struct ingest *ingest);

/* On the disk, when it returns. False: all since the last commit is taken back. Fine when
 * there is nothing. */
bool ingest_commit(struct ingest *ingest);

/* Something of what was taken back is unfit for the store, and which file is not known: all since
 * the last commit is to be taken once more, from the first on. Each is a transaction of its own
 * then, and the unfit one is refused. False: the store itself has trouble. */
bool ingest_again(const struct ingest *ingest);

/* Why it failed. */
const char *ingest_error(const struct ingest *ingest);

struct report_writer *ingest_writer(struct ingest *ingest);

#endif
