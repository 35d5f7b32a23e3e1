/* The MTA's part of a milter connection over a real socket: one message is handed over
 * and the answer read. What Postfix does, as far as one message shows it. */
#ifndef APP_MTA_CLIENT_H
#define APP_MTA_CLIENT_H

#include "sceau/verify.h"

#include "milter/listener.h"
#include "milter/mta.h"

#define MTA_CLIENT_BODY \
 65535 /* octets of a body packet: what Postfix and Sendmail send */

struct mta_client {
    struct sceau_arena *arena; /* its own; the outcome lives there */
    int fd;                    /* -1: not connected */
    uint32_t steps;            /* as negotiated */
    const struct sceau_slice *names;
    size_t name_count;
    char *body; /* the next packet; malloc */
    size_t body_len;
    bool is_body_unwanted;
    bool is_over; /* the milter has decided, or is gone */
    struct mta_outcome outcome;
    char error[256]; /* empty: all went well */
};

/* Connect and negotiate. False with a sentence in client->error. Close in either case. */
bool mta_client_open(struct mta_client *client, const struct milter_listener *where);

/* From CONNECT to the end of the header.
 *
 * host      this machine's name: the MTA's {j}
 * queue_id  its {i} */
void mta_client_header(struct mta_client *client, struct sceau_slice host,
                       struct sceau_slice queue_id,
                       const struct sceau_envelope *envelope,
                       const struct sceau_header *header);

void mta_client_body(struct mta_client *client, struct sceau_slice chunk);

/* The message is over: its answer, or NULL with a sentence in client->error. */
const struct mta_outcome *mta_client_end(struct mta_client *client);

void mta_client_close(struct mta_client *client);

/* What becomes of the message: "accept", "quarantine", "reject", "tempfail", "discard".
 *
 * fail_field  the name of policy.fail_field, which marks quarantined mail */
const char *mta_outcome_action(const struct mta_outcome *outcome,
                               struct sceau_slice fail_field);

/* The value of a field that was added; NULL ptr when none of that name was. */
struct sceau_slice mta_outcome_field(const struct mta_outcome *outcome,
                                     struct sceau_slice name);

#endif
