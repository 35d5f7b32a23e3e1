/* What the configuration says of reports that we send, as src/outbox takes it. */
#ifndef APP_OUTBOX_PLACE_H
#define APP_OUTBOX_PLACE_H

#include "environment.h"
#include "outbox/deliver.h"

/* Texts are in env->arena; `folder` is STATE/outbox, which need not be there: for who only looks.
 * False, with a message, when memory is exhausted. */
bool outbox_look(struct environment *env, const char *state,
                 struct outbox_settings *settings);

/* The same, and the folder is made when it is absent; made by root, it belongs to whom the
 * state directory does. False, with a message, when it cannot be. */
bool outbox_place(struct environment *env, const char *state,
                  struct outbox_settings *settings);

/* Are reports to be sent: report.organisation and report.from are set? */
bool outbox_is_wanted(const struct environment *env);

/* report.domain, else this host. */
struct sceau_slice outbox_receiver(struct environment *env);

/* report.return_path, else report.from. */
struct sceau_slice outbox_bounces_to(const struct environment *env);

#endif
