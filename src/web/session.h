/* Sessions that began with a one-time link, and the tokens that prove that a form came from
 * a page of ours. Kept in memory only, as digests: nothing here opens a door that was
 * copied. Randomness and time are arguments. */
#ifndef WEB_SESSION_H
#define WEB_SESSION_H

#include "core/slice.h"

#define SESSIONS_MAX   64 /* the oldest one goes */
#define SESSION_SECRET 32 /* octets */
#define SESSION_TEXT   65 /* a secret as hexadecimal digits, and a NUL */
#define SESSION_COOKIE "sceau"

struct session {
    uint8_t digest[SESSION_SECRET]; /* SHA-256 of the cookie */
    int64_t until;                  /* 0: free */
};

struct sessions {
    struct session items[SESSIONS_MAX];
    uint8_t key[SESSION_SECRET]; /* of the tokens */
};

/* `random` is of this process alone. */
void sessions_init(struct sessions *s, const uint8_t random[SESSION_SECRET]);

/* A new one; `cookie` is what the browser keeps. */
void session_begin(struct sessions *s, const uint8_t random[SESSION_SECRET],
                   int64_t until, char cookie[SESSION_TEXT]);

/* Is it one that lasts? */
bool session_holds(const struct sessions *s, struct sceau_slice cookie, int64_t now);

void session_end(struct sessions *s, struct sceau_slice cookie);

/* What a form of `who` (a session's cookie, or a user's name) carries. */
void session_token(const struct sessions *s, struct sceau_slice who,
                   char token[SESSION_TEXT]);
bool session_token_fits(const struct sessions *s, struct sceau_slice who,
                        struct sceau_slice token);

/* The name of the file that stands for a one-time link, by its token: who can list files
 * cannot use them. */
void session_link_name(struct sceau_slice token, char name[SESSION_TEXT]);

/* Octets as hexadecimal digits. */
void session_hex(const uint8_t octets[SESSION_SECRET], char text[SESSION_TEXT]);

#endif
