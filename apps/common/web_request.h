/* What the dashboard asks of the store: marks, mutes, reporters to ignore. One process writes the store, so
 * sceau-web leaves a file for each in STATE/requests, and sceau-reportd takes it up: a file is
 * whole when it has its name, and gone when it was done. */
#ifndef APP_WEB_REQUEST_H
#define APP_WEB_REQUEST_H

#include "insight/insight.h"
#include "web/query.h"

#define WEB_REQUEST_FOLDER "requests" /* in the state directory */
#define WEB_REQUEST_MAX    ((size_t)8192)

/* Leave one. `path` gets where; false: errno. */
bool web_request_leave(const char *state, const struct query *request, char path[4352]);

/* Is there one? */
bool web_request_waits(const char *state);

/* Do all that lie there, the oldest first. Those that are not understood are removed and
 * told. `done` counts. False when the store could not be written: they stay. */
bool web_request_take_up(const char *state, struct insight *in, size_t *done);

#endif
