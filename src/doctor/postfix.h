/* A Postfix configuration as Postfix itself reads it: what postconf(1) prints. */
#ifndef DOCTOR_POSTFIX_H
#define DOCTOR_POSTFIX_H

#include "core/slice.h"

struct postfix_pair {
    struct sceau_slice name, value;
};

/* A line of master.cf. */
struct postfix_service {
    struct sceau_slice name, type, command;
    bool is_chrooted;
};

struct postfix {
    const char *dir;                       /* of main.cf; NULL: Postfix's own */
    bool has_postconf;                     /* the program is here */
    bool is_readable;                      /* and could read the configuration */
    struct sceau_slice problem;            /* what it said when it could not */
    const struct postfix_pair *parameters; /* defaults included, $names expanded */
    size_t parameter_count;
    const struct postfix_service *services;
    size_t service_count;
    const struct postfix_pair *overrides; /* "smtp/inet/NAME": -o of master.cf */
    size_t override_count;
};

/* Run postconf for the configuration in `dir`. Everything is in the arena. */
void postfix_read(struct sceau_arena *arena, const char *dir, struct postfix *postfix);

/* A parameter of main.cf, empty when there is none such. */
struct sceau_slice postfix_get(const struct postfix *postfix, const char *name);

/* As this service has it: -o beats main.cf. */
struct sceau_slice postfix_get_for(const struct postfix *postfix,
                                   const struct postfix_service *service,
                                   const char *name);

/* Has the service an -o of that name? */
bool postfix_is_overridden(const struct postfix *postfix,
                           const struct postfix_service *service, const char *name);

/* Does its command run this daemon ("smtpd")? */
bool postfix_runs(const struct postfix_service *service, struct sceau_slice daemon);

/* Do own users hand mail in here: submission, submissions, smtps, or what a -o says? */
bool postfix_is_submission(const struct postfix *postfix,
                           const struct postfix_service *service);

/* A time with Postfix's units (s m h d w); `unit` counts when there is none. False when it
 * is none. */
bool postfix_seconds(struct sceau_slice text, uint64_t unit, uint64_t *seconds);

/* Step through a list: words by blanks and commas; what stands in braces is one word,
 * without them. */
bool postfix_next(struct sceau_slice *rest, struct sceau_slice *word);

/* One milter of a list: "unix:path", or "{ unix:path, default_action=accept }". */
struct postfix_milter {
    struct sceau_slice endpoint;
    struct sceau_slice default_action; /* empty: milter_default_action */
    struct sceau_slice command_timeout, content_timeout; /* empty: main.cf's */
};

struct postfix_milter postfix_milter_of(struct sceau_slice word);

#endif
