/* The store, where the configuration has it. */
#ifndef APP_STORE_PLACE_H
#define APP_STORE_PLACE_H

#include "environment.h"
#include "store/database.h"

#include <sys/types.h>

/* The folder of all that is kept: `state` (--state), else milter.state. */
void store_state(const struct environment *env, const char *state, char *path,
                 size_t size);

/* The folder `path` in the folder `state`, made when it is absent; made by root, it belongs to
 * whom `state` does, now or by an earlier version. False, and errno. */
bool store_make_folder(const char *state, const char *path, mode_t mode);

#define STORE_PLACE_MAX 12288 /* octets: a URL and two paths */

/* The place of store.url as database_open takes it. False with a message on standard
 * error. */
bool store_place(const struct environment *env, const char *state,
                 char place[STORE_PLACE_MAX]);

/* Open store.url; a relative place is in that folder. NULL with a message on standard
 * error and *exit_status set: 75 for another version, a store that is busy or away, or a full disk,
 * 65 when there is none to read. */
struct database *store_open(const struct environment *env, const char *state,
                            enum database_mode mode, int *exit_status);

/* And *why, where there is none. */
struct database *store_open_why(const struct environment *env, const char *state,
                                enum database_mode mode, int *exit_status,
                                enum database_status *why);

/* The same to read, for whoever can do without: NULL with an empty `error` when there is no
 * store, with a sentence when it cannot be read. */
struct database *store_look(const struct environment *env, const char *state,
                            char error[DATABASE_ERROR_MAX]);

#endif
