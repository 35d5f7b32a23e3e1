/* Whose clients mail had, by the journal: behind a proxy or a filter that tells nobody who
 * is in front of it, all mail has one address. */
#ifndef DOCTOR_CLIENTS_H
#define DOCTOR_CLIENTS_H

#include "store/record.h"

enum {
    DOCTOR_CLIENT_MESSAGES = 50, /* fewer may come from one address by chance */
    DOCTOR_CLIENT_AUTHORS =
        3, /* domains; a host that gets its own mail alone has less */
};

/* Mail of one kind of client. */
struct doctor_tally {
    uint64_t messages;
    struct sceau_ip first;
    bool is_mixed;                                     /* another address as well */
    struct sceau_slice authors[DOCTOR_CLIENT_AUTHORS]; /* the first, in the arena */
    size_t author_count;
};

struct doctor_clients {
    struct doctor_tally remote, loopback;
};

/* Count a message. Verified mail counts that this host did not sign: what own users and
 * programs send may well come from one address. */
void doctor_clients_add(struct doctor_clients *clients, struct sceau_arena *arena,
                        const struct record_message *message);

/* The address that hides all others; NULL when there is none, or too little was seen. */
const struct sceau_ip *doctor_clients_only(const struct doctor_clients *clients);

/* Messages that decided. */
uint64_t doctor_clients_messages(const struct doctor_clients *clients);

#endif
