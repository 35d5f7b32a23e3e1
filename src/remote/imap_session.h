/* One connection to an IMAP server. libcurl connects, verifies the certificate and logs in;
 * then commands and answers are ours (CURLOPT_CONNECT_ONLY): what libcurl does with custom
 * commands loses literals and may read a mail's text as the server's answer. */
#ifndef REMOTE_IMAP_SESSION_H
#define REMOTE_IMAP_SESSION_H

#include "imap.h"
#include "imap_line.h"

struct imap_session;

/* Who hears an answer. Embed it. */
struct imap_hearer {
    /* An untagged line, or the first part of one that has a literal. */
    void (*line)(struct imap_hearer *self, const struct imap_line *line);
    /* What stands behind a literal; NULL: not wanted. */
    void (*part)(struct imap_hearer *self, struct sceau_slice part);
    /* Room for the literal whose announcement was just heard: at least `octets`; NULL, or no
     * function: it is read over. */
    char *(*literal)(struct imap_hearer *self, uint64_t octets);
};

/* Connect and log in. NULL with the reason in `result`. */
struct imap_session *imap_session_open(const struct imap_options *options,
                                       struct imap_taker *taker,
                                       struct imap_result *result);

/* Send a command and hear its answer to the end. OK, NO or BAD with the server's words in
 * the result; NONE when the session is broken, with the end set. `code` is the response
 * code's first word, may be NULL. */
enum imap_status imap_command(struct imap_session *session, const char *command,
                              struct imap_hearer *hearer);

/* LOGOUT unless it is broken, and close. NULL is fine. */
void imap_session_close(struct imap_session *session);

#endif
