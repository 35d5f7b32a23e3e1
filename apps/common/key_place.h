/* Where the private keys of this host are, by the configuration. */
#ifndef APP_KEY_PLACE_H
#define APP_KEY_PLACE_H

#include "environment.h"
#include "keys/store.h"

/* STATE/keys, STATE being `state` (--state), else milter.state; and keys.passphrase_file.
 * In the environment's arena. False, with a message, when memory is exhausted. */
bool environment_keys(struct environment *env, const char *state,
                      struct keys_place *place);

#endif
