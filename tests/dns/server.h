/* DNS servers for tests: one of a few lines inside the test, which misbehaves on demand,
 * and nsd with the zones of tests/dns/zones. Both on 127.0.0.1. */
#ifndef TESTS_DNS_SERVER_H
#define TESTS_DNS_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* What the small server does with a question. */
enum server_mode {
    SERVER_ANSWERS, /* A 192.0.2.9, TTL 300 */
    SERVER_SERVFAIL,
    SERVER_REFUSED,
    SERVER_SILENT,
    SERVER_GARBAGE,   /* octets that are no reply */
    SERVER_WRONG_ID,  /* as ANSWERS, under another id */
    SERVER_TRUNCATED, /* TC, and nobody listens on its TCP port */
    SERVER_LOOP,      /* each name is an alias of itself */
    SERVER_PICKY,     /* answers, but is silent for names that begin with "black" */
};

struct server {
    char address[32]; /* "127.0.0.1@PORT" */
    atomic_int mode;
    atomic_uint delay_ms; /* before each reply */
    atomic_uint questions;
    atomic_uint losses; /* so many of the next questions are lost */
    int fd;
    unsigned long thread;
};

void server_start(struct server *server, enum server_mode mode);
void server_stop(struct server *server);

/* Stands before `upstream` and passes datagrams both ways, but drops questions for names
 * with "black" in them. It runs until the process ends. */
void relay_start(const char *upstream, char address[32]);

struct nsd {
    char address[32];
    char dir[64]; /* its temporary directory */
    int pid;
};

#define NSD_BULK_NAMES 1000 /* n0.bulk and so on, each with MX, SPF and DMARC records */

/* False, with a reason on standard output, when nsd is not installed. */
bool nsd_start(struct nsd *nsd, const char *zones_dir);
void nsd_stop(struct nsd *nsd);

#endif
