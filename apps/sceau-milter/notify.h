/* The protocol of systemd (sd_notify(3), sd_listen_fds(3)) without its library. Whoever
 * speaks it may start us: nothing here asks who. */
#ifndef APP_NOTIFY_H
#define APP_NOTIFY_H

#include "milter/listener.h"

/* Tell the service manager, as "READY=1". Nothing when there is none. */
void notify_say(const char *state);

/* "RELOADING=1" with the time it wants beside it. */
void notify_reloading(void);

/* µs between two signs of life that the manager waits for; 0: it does not. */
uint64_t notify_watchdog_us(void);

/* Take the listening sockets that were passed to us, once. The name of each (FileDescriptorName=
 * of its unit) gives its role: verify, sign or both; any other verifies.
 *
 * listeners  room for `max`
 *
 * Returns their number; -1, with a sentence in `error`, when they cannot be used. */
int notify_listeners(struct milter_listener *listeners, size_t max, char error[256]);

#endif
