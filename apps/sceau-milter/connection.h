/* One milter connection: octets between its socket and its session; log and journal for
 * each message that is answered. */
#ifndef APP_CONNECTION_H
#define APP_CONNECTION_H

#include "milter/listener.h"

struct daemon;

/* Serve until the MTA goes away. The pool calls this with its own thread. */
void connection_serve(void *self, int fd, const struct milter_listener *listener);

#endif
