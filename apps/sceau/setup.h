/* `sceau setup DOMAIN`: from nothing to "DMARC valid", and back. */
#ifndef APP_SETUP_H
#define APP_SETUP_H

#include "doctor/postfix.h"
#include "environment.h"
#include "records/records.h"
#include "setup/named.h"
#include "setup/touched.h"
#include "setup/zimbra.h"

struct setup_options {
    struct cli_list servers, gateways, senders; /* as in [domain "..."] */
    const char *policy;
    const char *rua;
    const char *zone; /* file, or "none" */
    const char *selector;
    const char *mta;     /* postfix, zimbra, none; NULL: found */
    const char *postfix; /* folder of main.cf */
    const char *zimbra;  /* instead of /opt/zimbra */
    const char *named_conf;
    const char *state;
    bool yes, dry_run, undo;
};

/* What was found and what was answered. */
struct setup {
    struct environment env;
    const struct setup_options *options;
    struct cli_call call; /* whose --config may not be there yet */
    char config_file[PATH_MAX];
    char state[PATH_MAX], folder[PATH_MAX]; /* of the journal: STATE/setup */
    struct sceau_slice domain;
    bool is_described; /* in the configuration already */
    struct postfix postfix;
    struct zimbra zimbra;
    struct named_zone zone;
    /* As they stand in the configuration. */
    struct sceau_slice servers, gateways, senders, policy, rua, zone_file;
    struct problem problem;
};

/* A sentence in the person's language, with its {holes}; printed as a line. */
void setup_say(struct setup *s, const char *english, const struct language_word *words,
               size_t count);

/* Text that is no sentence; nothing with --json. */
void setup_print(struct setup *s, struct sceau_slice text);

#define SETUP_SAY(s, english, ...)                                      \
 setup_say((s), (english), (const struct language_word[]){__VA_ARGS__}, \
           sizeof((const struct language_word[]){__VA_ARGS__}) /        \
               sizeof(struct language_word))

/* setup_find.c: what this host has, and what it makes likely. */
void setup_find(struct setup *s);

/* setup_write.c: the configuration, keys. 0 or an exit status. With --dry-run they say what would
 * be done. */
int setup_write_config(struct setup *s);
int setup_write_keys(struct setup *s);

/* For what changes a file: to be called before and after; nothing with --dry-run. False, and
 * s->problem says why. */
bool setup_before_write(struct setup *s, const char *path);
bool setup_after_write(struct setup *s, const char *path);

/* A folder and those above it. */
bool setup_make_folder(struct setup *s, const char *path, mode_t mode);

/* Complains of s->problem. The exit status. */
int setup_failed(const struct setup *s);

/* The domain in the configuration, NULL when it is not there. */
const struct config_domain *setup_described(const struct setup *s);

/* setup_mta.c: Postfix or Zimbra. As setup_write_config. */
int setup_write_mta(struct setup *s);

/* Which one it is, as asked for or as found. */
bool setup_is_postfix(const struct setup *s);
bool setup_is_zimbra(const struct setup *s);

/* Where they find the milter: sockets below Postfix's queue; of Zimbra, whose Postfix finds none
 * there, a port. */
#define SETUP_MILTER_PORT   "8892"
#define SETUP_MILTER_SOCKET "sceau/milter.sock"
#define SETUP_SIGNER_SOCKET "sceau/submission.sock"

/* setup_steps.c: the five steps, each proven by DNS. The exit status. */
int setup_show_steps(struct setup *s, const struct records_set *set);

/* The same path from the root. */
void setup_absolute(const char *path, char absolute[PATH_MAX]);

int setup_run(const struct cli_call *call);

#endif
