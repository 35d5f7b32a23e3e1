/* One-time links into the dashboard: a file in STATE/web for each, made by `sceau web
 * login`, taken by sceau-web. The file's name is the digest of the link's secret, so who can
 * list the folder has no link; taking removes it, so it opens once. */
#ifndef APP_WEB_LINK_H
#define APP_WEB_LINK_H

#include "web/session.h"

#define WEB_LINK_SECONDS 600
#define WEB_LINK_FOLDER  "web"     /* in the state directory; made by sceau-web, 0700 */
#define WEB_LINK_ADDRESS "address" /* in that: where browsers go, while it runs */

/* Random octets; false without. */
bool web_random(uint8_t octets[SESSION_SECRET]);

/* Make one that lasts until then, owned by whom the folder belongs to. False: errno. */
bool web_link_make(const char *state, int64_t until, char secret[SESSION_TEXT]);

/* Take it: true once, in its time. */
bool web_link_take(const char *state, struct sceau_slice secret, int64_t now);

/* Remove those whose time is over. */
void web_link_tidy(const char *state, int64_t now);

/* Where browsers go ("http://127.0.0.1:8460"): written by sceau-web, read by `sceau web
 * login`. False when it cannot be. */
bool web_address_write(const char *state, const char *address);
bool web_address_read(const char *state, char address[256]);
void web_address_remove(const char *state);

#endif
