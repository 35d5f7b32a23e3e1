/* The hosts that share a store, as `sceau status` tells them. */
#ifndef APP_STATUS_HOSTS_H
#define APP_STATUS_HOSTS_H

#include "environment.h"

struct status_host {
    struct sceau_slice name, version; /* of sceau */
    struct sceau_slice leases;        /* what it does for all: words, blanks between */
    int64_t silent;  /* seconds since it said that it is there, by its clock */
    int64_t waiting; /* octets of its journal that are not folded */
};

#define STATUS_HOSTS_MAX 64

struct status_hosts {
    bool is_shared; /* the store is on a server */
    struct status_host hosts[STATUS_HOSTS_MAX];
    size_t count;
    struct sceau_slice problem; /* why the store does not tell; empty: it does */
};

/* All of it lives in the arena of `env`. */
void status_hosts_read(const struct environment *env, const char *state, int64_t now,
                       struct status_hosts *hosts);

#endif
