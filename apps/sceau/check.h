/* `sceau check`: what is wrong with how a name is published, and the line that mends it. */
#ifndef APP_CHECK_H
#define APP_CHECK_H

#include "check/check.h"
#include "config/cli.h"
#include "environment.h"

struct check_command {
    bool summary, all, passed, csv, smtp, http, blocklists, allow_private;
    struct cli_list only, skip, selector, sender, own;
    const char *explain;
    const char *file;     /* names, one a line */
    const char *parallel; /* how many at a time */
    const char *zone;     /* a zone file in place of the DNS */
    const char *origin;   /* its name */
};

/* A text of the command line as the name to check: a domain or a host; an address gives
 * its domain, "mx:" and a URL's other parts are left out, U-labels become A-labels. False
 * when it cannot be a name. In the arena. */
bool check_name_of(struct sceau_arena *arena, const char *text,
                   struct sceau_slice *name);

/* What the selectors of --selector and the journal are: fills the options. */
void check_learn_selectors(struct environment *env, struct check_options *options);

/* The resolver that validates DNSSEC by check.trust_anchor, or why there is none: fills the
 * options. */
void check_open_secure(struct environment *env, struct check_options *options);

/* One name's outcome as text. */
void check_put_people(struct text *out, struct check_subject *s,
                      const struct check_command *command, bool is_colored);
void check_put_summary(struct text *out, struct check_subject *s, bool is_one_of_many);
void check_put_json(struct text *out, struct check_subject *s);
void check_put_csv(struct text *out, struct check_subject *s);

#define CHECK_CSV_HEADER \
 "name,id,outcome,found,why,fix,zone_line,file,line,column,hosts"

/* Words of `text`, wrapped at 80 columns behind `indent` blanks; the first line has `used`
 * columns already. A word that is longer than a line stays whole, so that it can be
 * copied. */
void check_put_wrapped(struct text *out, struct sceau_slice text, size_t indent,
                       size_t used);

/* The mail hosts: a table; the key "hosts" of a JSON object; "10 HOST ADDRESS TTL
 * (NETWORK); …". */
struct json;
void check_put_table(struct text *out, struct check_subject *s);
void check_put_hosts_json(struct json *j, struct check_subject *s);
struct sceau_slice check_hosts_text(struct check_subject *s);

/* "More Info": a rule in full. */
void check_put_rule(struct text *out, enum language language,
                    const struct check_rule *rule);

/* Run the names, in parallel; gives the exit status. `origin` and zone as in options. */
struct check_names {
    const struct sceau_slice *items;
    size_t count;
};

struct check_batch {
    struct environment *env;
    const struct check_command *command;
    const struct check_options *options;
    const struct check_zone *zone; /* NULL: live DNS */
    struct sceau_resolver *resolver;
    struct sceau_resolver *live; /* beside a zone: the DNS in service */
    struct check_names names;
};

int check_batch_run(const struct check_batch *batch);

int check_run_command(const struct cli_call *call);

#endif
