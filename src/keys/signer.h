/* The signer process: the only reader of private keys. It is forked before there are
 * threads, reads no mail and no DNS, and answers requests of one size (protocol.h).
 *
 *     milter --socketpairs--> signer         a thread and a socket pair each: signatures
 *        \                      ^            use all cores
 *         fork -> guard -- fork/             starts the signer anew when it dies
 *
 * The guard holds the sockets too, so requests wait while a new signer starts; those that
 * were lost with the old one are told so, and put again. Guard and signer die with whoever
 * started them. */
#ifndef KEYS_SIGNER_H
#define KEYS_SIGNER_H

#include "keys/keyring.h"
#include "keys/store.h"

#include <sys/types.h>

#define KEYS_CHANNELS_MAX 64

enum keys_part {
    KEYS_GUARD,  /* has to fork and to wait; hands on what it gave up */
    KEYS_SIGNER, /* reads keys and answers; after KEYS_GUARD */
};

struct keys_signer_options {
    struct keys_place place;
    size_t channels; /* 1..KEYS_CHANNELS_MAX */
    /* Give up what that part does not need. */
    void (*confine)(void *self, enum keys_part part);
    void *self;
    void (*tell)(const char *sentence); /* to the administrator */
};

/* A good number of channels for this machine: signatures use its cores, and a key that is
 * read from a slow disk holds up nobody. */
size_t keys_signer_channels(void);

/* Fork the guard, which forks the signer. Call it before there are threads.
 *
 * ends  this process's ends of the socket pairs, options->channels of them
 *
 * Returns the guard's process id; -1 with errno. */
pid_t keys_signer_start(const struct keys_signer_options *options, int *ends);

/* ---- the milter's side ---- */

struct keys_client;

/* Owns the ends from now on. NULL when memory is exhausted. */
struct keys_client *keys_client_new(const int *ends, size_t count,
                                    void (*tell)(const char *sentence));

struct keyring *keys_client_keyring(struct keys_client *client);

/* Is somebody at the other end? False for good once the guard is gone. */
bool keys_client_is_alive(struct keys_client *client);

/* Close: guard and signer end. NULL is fine. */
void keys_client_free(struct keys_client *client);

#endif
