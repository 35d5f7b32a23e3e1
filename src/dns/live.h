/* Answers from the network, by libunbound: one thread serves the questions of all others.
 *
 * Opens sockets, reads /etc/resolv.conf and the clock. It keeps no answers for longer than
 * libunbound's small cache does: put a dns_cache in front. Many threads may ask at once. */
#ifndef DNS_LIVE_H
#define DNS_LIVE_H

#include "sceau/dns.h"

#include "language/problem.h"

/* Questions under way at once, if the limit on open files allows; more wait their turn. */
#define DNS_LIVE_QUESTIONS_MAX 1024

#define DNS_LIVE_SERVERS_MAX 8

/* Where questions go. */
enum dns_live_mode {
    DNS_LIVE_SYSTEM,    /* to the servers of resolv.conf */
    DNS_LIVE_FORWARD,   /* to the servers named */
    DNS_LIVE_RECURSIVE, /* to the servers of each zone, from the root on */
};

struct dns_live_options {
    enum dns_live_mode mode;
    const char *servers[DNS_LIVE_SERVERS_MAX]; /* FORWARD: "ADDR[@PORT]" */
    size_t server_count;
    const char *resolv_conf; /* SYSTEM: NULL is /etc/resolv.conf */
    /* DNSKEY or DS records in master-file form. NULL: answers are not validated, none is
     * secure or bogus. Validation needs servers that pass DNSSEC records on. */
    const char *trust_anchor_file;
};

/* Start the thread. NULL when that cannot be done: the problem says why. */
struct sceau_resolver *dns_live_new(const struct dns_live_options *options,
                                    struct problem *problem);

/* Forget what libunbound remembers of names and servers; resolv.conf is read again.
 * Questions asked from now on are put anew; those under way are still answered. */
void dns_live_flush(struct sceau_resolver *resolver);

/* Stop the thread and wait for it. Lookups under way end with SERVFAIL first; none may
 * begin. NULL is fine. */
void dns_live_free(struct sceau_resolver *resolver);

#endif
