/* Who asks, and what he may see. */
#ifndef WEB_VISITOR_H
#define WEB_VISITOR_H

#include "config/config.h"
#include "web/session.h"

enum visitor_role {
    VISITOR_NOBODY,
    VISITOR_READER,        /* of some domains; changes nothing */
    VISITOR_ADMINISTRATOR, /* all of it */
};

struct visitor {
    enum visitor_role role;
    struct sceau_slice who;     /* cookie or user name: what tokens are made for */
    struct sceau_slice name;    /* of the user; empty: came by a link */
    struct sceau_slice domains; /* of a reader: by commas */
    bool is_by_link;
};

/* What is known of a request when its header is read. */
struct visitor_request {
    bool is_unix;              /* came over a Unix socket */
    struct sceau_ip peer;      /* else from here */
    struct sceau_slice cookie; /* the field */
    struct sceau_slice user;   /* the field that web.user_field names */
};

/* Who that is. A user of the trusted proxy beats a session. */
void visitor_find(const struct config_web *config, const struct sessions *sessions,
                  const struct visitor_request *request, int64_t now,
                  struct visitor *visitor);

/* May this address talk to us at all: loopback, or a trusted proxy. */
bool visitor_may_connect(const struct config_web *config, const struct sceau_ip *peer);

/* Is the Host field, with or without a port, one of web.hosts? */
bool visitor_host_fits(const struct config_web *config, struct sceau_slice host);

/* May he see that domain? An administrator sees all; a reader his own and what is below. */
bool visitor_sees(const struct visitor *visitor, struct sceau_slice domain);

/* The first domain that he sees; empty: all. */
struct sceau_slice visitor_first(const struct visitor *visitor);

#endif
