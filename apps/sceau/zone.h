/* `sceau zone show`, `zone apply` and `zone push`. */
#ifndef APP_ZONE_H
#define APP_ZONE_H

#include "environment.h"
#include "records/records.h"
#include "zone/edit.h"

struct zone_show_options {
    const char *format; /* bind, nsupdate, json */
};

struct zone_apply_options {
    const char *domain;
    bool yes, dry_run, reload;
    struct cli_number wait; /* seconds */
};

struct zone_push_options {
    bool yes, dry_run;
    struct cli_number wait; /* seconds */
};

/* The description of a domain of the configuration. 0, or an exit status with the message
 * told. */
int zone_find_domain(struct environment *env, const char *name, size_t *index);

/* The records of a described domain, with the keys of the key store. As above. */
int zone_make_records(struct environment *env, size_t index, struct records_set *set);

/* The records and claims of every described domain whose records go into this zone (A-labels);
 * `only` is one domain of them, or NULL. As above. */
int zone_make_wish(struct environment *env, struct sceau_slice zone, const char *only,
                   struct zone_wish *wish);

int zone_show_run(const struct cli_call *call);
int zone_apply_run(const struct cli_call *call);
int zone_push_run(const struct cli_call *call);

#define ZONE_COMMAND_COUNT 3
extern const struct cli_command zone_commands[ZONE_COMMAND_COUNT];

#endif
