/* Which files sceau-milter and its signer keep, for sandbox.h. */
#ifndef APP_CONFINE_H
#define APP_CONFINE_H

#include "environment.h"
#include "keys/signer.h"
#include "milter/listener.h"

/* milter.user, and the state directory (NULL: none) with its journal made its own. Only root
 * changes; others stay who they are. False with a message. */
bool confine_user(const struct environment *env, const char *state);

/* The signer's part: the keys to read, and the calls that part makes. */
void confine_signer(const struct environment *env, const char *keys,
                    enum keys_part part);

/* Files: the state directory (its keys cannot be read), the configuration and what it names, what DNS needs. Before
 * there are threads. Says so, and goes on, where the kernel cannot. */
void confine_files(const struct environment *env, const char *state,
                   const struct milter_listener *listeners, size_t count);

/* System calls; once all is open. */
void confine_calls(const struct environment *env);

#endif
