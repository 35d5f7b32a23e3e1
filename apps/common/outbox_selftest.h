/* The self-test that comes before the first report (src/outbox/selftest.h), with the settings
 * at hand and over the same way as reports. */
#ifndef APP_OUTBOX_SELFTEST_H
#define APP_OUTBOX_SELFTEST_H

#include "outbox/selftest.h"
#include "outbox_send.h"

/* Texts are in env->arena. */
struct selftest_settings outbox_selftest_settings(
    struct environment *env, const struct outbox_settings *settings);

/* What is known of the settings at hand. False when the database fails; so below. */
bool outbox_selftest_known(struct environment *env, struct database *db,
                           const struct outbox_settings *settings, int64_t now,
                           struct selftest *test);

/* Go on with it: the host's names, unless they are known to be well, and a mail when the last
 * one is a day old (`is_asked`: at once). Nothing when it has passed lately and is not asked for. A
 * problem of the database is in s->problem. */
bool outbox_selftest_go(struct outbox_sending *s, struct outbox_sender *sender,
                        const uint8_t secret[OUTBOX_SECRET], int64_t now, bool is_asked,
                        struct selftest *test);

#endif
