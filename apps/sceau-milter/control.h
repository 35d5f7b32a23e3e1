/* The control socket STATE/control.sock: what `sceau cache` asks of the running milter. Whoever
 * may open it (mode 0600: the milter's user, and root) is served, one at a time. */
#ifndef APP_CONTROL_H
#define APP_CONTROL_H

#include "milter/listener.h"
#include "setup.h"

struct control {
    struct setup_holder *setups;
    struct milter_listener listener; /* fd -1: there is none */
    pthread_t thread;
    int stop; /* eventfd */
    bool is_running;
};

/* Open the socket in `state`, before the user changes and files are confined. Without it the
 * milter works as well: says why on standard error. */
void control_open(struct control *control, const char *state);

/* Serve it. Setups live until control_close. */
void control_start(struct control *control, struct setup_holder *setups);

/* Stop, and remove the socket. Harmless when nothing was opened. */
void control_close(struct control *control);

#endif
