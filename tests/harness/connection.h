/* One MTA connection to the milter session, as the operations receive, receive-sequence
 * and milter play it: commands go in as packets, and what an MTA would make of the replies
 * comes out as results. */
#ifndef HARNESS_CONNECTION_H
#define HARNESS_CONNECTION_H

#include "harness.h"
#include "milter/mta.h"
#include "milter/session.h"
#include "settings.h"

struct connection {
    struct milter_owner owner; /* first: the session calls back with its address */
    struct harness_case *c;
    struct settings settings;
    struct milter_session_options options;
    struct milter_session *session;

    uint32_t steps;            /* negotiated */
    struct text replies;       /* packets that answered the command at hand */
    struct sceau_slice *names; /* of the header fields sent, top first */
    size_t name_count, name_capacity;
    json_t *told;    /* what the session said about the message it answered */
    json_t *refusal; /* {"action","smtp_reply"} from before the end of message */
    bool is_refused_for_good; /* at CONNECT: for all messages */
    json_t *messages;         /* results so far */
};

/* Read `in.config` and begin a session. False with c->error set. */
bool connection_open(struct connection *connection, struct harness_case *c);

/* End it. Gives the results, which the caller owns. */
json_t *connection_close(struct connection *connection);

/* Each sends one command and reads its answer. After an error of the protocol c->error is
 * set. */
void connection_negotiate(struct connection *connection, uint32_t version,
                          bool offers_leading_space);
void connection_macros(struct connection *connection, enum milter_command command,
                       const struct sceau_slice *pairs, size_t count);
void connection_connect(struct connection *connection, struct sceau_slice host,
                        struct sceau_slice address);
/* HELO, MAIL, RCPT */
void connection_strings(struct connection *connection, enum milter_command command,
                        const struct sceau_slice *strings, size_t count);
/* value  as the MTA sends it: folds are LF */
void connection_header(struct connection *connection, struct sceau_slice name,
                       struct sceau_slice value);
void connection_body(struct connection *connection, struct sceau_slice octets);
/* DATA, END_HEADER, QUIT */
void connection_plain(struct connection *connection, enum milter_command command);
/* The message ends: one more result. */
void connection_end(struct connection *connection);
/* The message is given up. */
void connection_abort(struct connection *connection);

#endif
