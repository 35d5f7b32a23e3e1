/* HTTP over libmicrohttpd: requests in, answers out. What is refused before anybody looks at
 * it: two lengths, a length and an encoding, two hosts, too much of anything. */
#ifndef APP_SERVER_H
#define APP_SERVER_H

#include "web.h"

struct server;

/* Serve on the listener's socket, which is open. NULL without memory or threads. */
struct server *server_start(struct web *web);

/* Answer what is asked already, then stop. NULL is fine. */
void server_stop(struct server *server);

#endif
