/* The ways out: a mail, a webhook, a command; as [alert] of sceau.conf names them. */
#ifndef ALERT_WAYS_H
#define ALERT_WAYS_H

#include "config/config.h"
#include "letter.h"
#include "remote/smtp.h"
#include "remote/webhook.h"

enum alert_digest {
    ALERT_DIGEST_DAILY, /* each day that has something new; on Mondays of the week */
    ALERT_DIGEST_WEEKLY,
    ALERT_DIGEST_NEVER,
};

struct alert_settings {
    enum language language;
    enum alert_digest digest;
    unsigned digest_hour;   /* UTC */
    struct sceau_slice url; /* of the dashboard, no final slash */
    bool at_once[ANALYSIS_FINDING_RULES], is_left_out[ANALYSIS_FINDING_RULES];
    struct smtp_options smtp;
    const char *from, *const *to;   /* addresses */
    size_t to_count;                /* 0: no mail */
    struct webhook_options webhook; /* url "": none */
    struct sceau_slice command;     /* empty: none */
    unsigned command_timeout;       /* seconds */
    void (*at)(const char *point);  /* for tests: "claimed", "sent"; NULL: nobody */
};

/* From the configuration; texts in the arena. False with what is wrong, or when the arena is
 * full. */
bool alert_settings_make(const struct sceau_config *config, struct sceau_arena *arena,
                         struct alert_settings *settings, struct problem *problem);

struct alert_way {
    const char *name; /* in the store: "mail" */
    bool (*is_wanted)(const struct alert_settings *settings);
    enum sending (*send)(const struct alert_settings *settings,
                         struct sceau_arena *arena, const struct letter *letter,
                         struct problem *problem);
};
#define ALERT_WAYS 3
extern const struct alert_way alert_ways[ALERT_WAYS];

/* The mail to other recipients, as `sceau report digest --to` asks. */
enum sending alert_mail_to(const struct alert_settings *settings,
                           struct sceau_arena *arena, const struct letter *letter,
                           const char *const *to, size_t to_count,
                           struct problem *problem);

#endif
