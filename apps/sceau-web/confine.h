/* What sceau-web gives up once it listens: its user, files, system calls. */
#ifndef APP_WEB_CONFINE_H
#define APP_WEB_CONFINE_H

#include "web.h"

/* web.user, and the folder of links made its own. Only root changes. False with a message. */
bool confine_web_user(const struct environment *env, const char *state);

/* Files, before there are threads. Says so, and goes on, where the kernel cannot. */
void confine_web_files(struct web *web);

/* System calls; once all is open but connections to a server that keeps the store. */
void confine_web_calls(const struct web *web);

#endif
