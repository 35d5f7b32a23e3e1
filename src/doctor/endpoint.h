/* Which milters Postfix asks, service by service, and where their sockets really are. */
#ifndef DOCTOR_ENDPOINT_H
#define DOCTOR_ENDPOINT_H

#include "doctor.h"

#define ENDPOINTS_MAX 64
#define ENDPOINT_PATH 512

/* One milter that one service asks. */
struct endpoint {
    const struct postfix_service *service; /* the one that connects; NULL: unknown */
    struct sceau_slice name;               /* "smtp/inet", "non_smtpd_milters" */
    bool is_submission;
    bool is_local; /* of non_smtpd_milters */
    bool is_ours;
    struct sceau_slice word; /* as it stands in the list, braces aside */
    struct postfix_milter milter;
    size_t place, count; /* in the service's list */
    bool is_unix;
    char path[ENDPOINT_PATH]; /* Unix: as this host sees it, chroot applied */
    struct sceau_ip address;  /* TCP; version 0 when it is a name */
    uint16_t port;
};

/* Every milter of every service that takes mail in from outside or from users, and those
 * for local mail. In the arena; NULL, and count 0, when there is none. */
const struct endpoint *endpoints(struct doctor *d, size_t *count);

/* Services that take mail in again from a content filter are no outside. */
bool endpoint_is_reinjection(const struct doctor *d,
                             const struct postfix_service *service);

/* An smtpd that listens for others. */
bool endpoint_is_entrance(const struct doctor *d,
                          const struct postfix_service *service);

/* The list that `e` stands in, with that default_action for it; without blanks, as
 * postconf -P wants it. */
struct sceau_slice endpoint_list_with(struct doctor *d, const struct endpoint *e,
                                      const char *action);

/* The list of a service (NULL and is_local: that for local mail) with ours in front. */
struct sceau_slice endpoint_list_and_ours(struct doctor *d, const struct endpoint *all,
                                          size_t count,
                                          const struct postfix_service *service,
                                          bool is_local);

/* "NAME/TYPE" of a service. */
struct sceau_slice endpoint_service_name(struct doctor *d,
                                         const struct postfix_service *service);

/* "postconf", with -c when Postfix is another than the system's: for commands. */
struct sceau_slice endpoint_postconf(struct doctor *d);

#endif
