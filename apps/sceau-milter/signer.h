/* The signer process and this daemon's end of it. */
#ifndef APP_SIGNER_H
#define APP_SIGNER_H

#include "environment.h"
#include "keys/signer.h"
#include "milter/listener.h"

struct signer {
    struct keys_client *client; /* NULL: nothing is signed */
    pid_t guard;
};

/* Does any listener sign? */
bool signer_is_wanted(const struct milter_listener *listeners, size_t count);

/* Start it, before there are threads and before files are confined. False with a message. */
bool signer_open(struct signer *signer, const struct environment *env,
                 const char *state);

/* Who to ask for signatures; NULL: nobody. */
struct keyring *signer_keyring(const struct signer *signer);

enum signer_state {
    SIGNER_NONE,
    SIGNER_GONE,
    SIGNER_ALIVE,
};

/* The first time that it is gone is told. */
enum signer_state signer_state(const struct signer *signer);

/* Guard and signer end. */
void signer_close(struct signer *signer);

#endif
