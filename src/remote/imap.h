/* Report mails out of a mailbox over IMAP (RFC 9051, RFC 3501): each is handed over whole,
 * and moved to another folder only after the caller said that it is on disk.
 *
 * Killed at any moment nothing is lost: what was not moved is fetched again, and the store
 * knows what it has. Without MOVE (RFC 6851) a mail is copied, then marked as deleted, then
 * expunged by its UID (RFC 4315); killed between the first two, the other folder holds it
 * twice. Mails marked as deleted are left alone, for they are on their way out, ours or
 * another's; without UID EXPUNGE that is how they stay. */
#ifndef REMOTE_IMAP_H
#define REMOTE_IMAP_H

#include "language/language.h"
#include "secret.h"

#define IMAP_WORDS       256   /* room for what a server says */
#define IMAP_LIST_MAX    10000 /* mails of one run; the rest is the next one's */
#define IMAP_RUN_SECONDS 600   /* of one run, whatever the server does */

/* Texts are NUL-terminated; NULL or "": none. */
struct imap_options {
    const char *url; /* "imaps://host[:port]", or "imap://": STARTTLS */
    const char *user;
    const char *password_file; /* mode 0600 */
    const char *token_command; /* prints an OAuth 2.0 token: then no password is sent */
    const char *folder, *done_folder, *refused_folder; /* UTF-8 */
    const char *trust_file;                            /* PEM; none: the system's */
    bool is_plain;     /* imap:// goes without TLS when the server has none */
    unsigned batch;    /* mails between two commits */
    unsigned patience; /* seconds that the server may be silent */
    size_t mail_max;   /* octets; a larger mail is not fetched */
};

struct imap_mail {
    uint32_t uid;
    uint64_t size; /* as the server says */
    struct sceau_slice
        name; /* "imap:user@host/INBOX;UIDVALIDITY=1/;UID=2" (RFC 5092) */
};

/* What becomes of a mail after the commit. */
enum imap_fate {
    IMAP_LEAVE, /* it stays, and comes again */
    IMAP_DONE,
    IMAP_REFUSED,
};

/* Who takes mails. Embed it. */
struct imap_taker {
    /* `octets` live until the call returns; empty for a mail that is too large */
    enum imap_fate (*mail)(struct imap_taker *self, const struct imap_mail *mail,
                           struct sceau_slice octets);
    /* All mails so far have to be on disk when it returns true; false ends the run, and
     * those of this batch stay where they are. */
    bool (*commit)(struct imap_taker *self);
    /* Before a command is sent; NULL: nobody asks. */
    void (*step)(struct imap_taker *self, const char *command);
    bool (*is_stopping)(struct imap_taker *self); /* NULL: never */
};

enum imap_end {
    IMAP_END_FINE,
    IMAP_END_SETTINGS, /* a value cannot be used */
    IMAP_END_SECRET,   /* the password file, or the token command */
    IMAP_END_NO_HOST,
    IMAP_END_REFUSED,
    IMAP_END_UNREACHABLE,
    IMAP_END_TIMEOUT,
    IMAP_END_CERTIFICATE,
    IMAP_END_TRUST_FILE,
    IMAP_END_NO_TLS,
    IMAP_END_LOGIN,
    IMAP_END_NO_FOLDER,
    IMAP_END_NO_TARGET, /* the other folder is not there and cannot be made */
    IMAP_END_BROKEN,    /* what it sends is not IMAP */
    IMAP_END_CLOSED,
    IMAP_END_SAID_NO, /* to anything else */
    IMAP_END_NOT_COMMITTED,
    IMAP_END_STOPPED, /* the taker wanted it */
    IMAP_END_SYSTEM,
};
#define IMAP_ENDS (IMAP_END_SYSTEM + 1)

struct imap_result {
    enum imap_end end;
    char words[IMAP_WORDS];  /* the server's, or ours; not escaped */
    char folder[IMAP_WORDS]; /* that it is about */
    unsigned found, done, refused, left, too_large;
};

/* One run: all that is in the folder now. True when it came to its end. */
bool imap_run(const struct imap_options *options, struct imap_taker *taker,
              struct imap_result *result);

/* What went wrong and what to do, in the arena; escaped for a terminal. */
struct sceau_slice imap_sentence(struct sceau_arena *arena, enum language language,
                                 const struct imap_options *options,
                                 const struct imap_result *result);

/* A folder's name as the protocol has it: quoted, in modified UTF-7 (RFC 3501 section
 * 5.1.3). False when it is too long, empty, not UTF-8, or holds control characters. */
bool imap_folder_name(const char *name, char *out, size_t size);

#endif
