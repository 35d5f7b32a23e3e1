/* `sceau lookup`: what a name publishes, as published and as a receiver reads it. */
#ifndef APP_LOOKUP_H
#define APP_LOOKUP_H

#include "config/cli.h"
#include "core/slice.h"
#include "environment.h"

struct lookup_options {
    bool is_short;
};

/* One question of a person. */
struct lookup {
    struct environment env;
    const struct lookup_options *options;
    struct sceau_context context;
    struct sceau_slice name; /* as a DNS name in A-labels */
};

/* What an answer is, for a sentence. */
const char *lookup_status_sentence(enum sceau_dns_status status);

/* An answer that is no answer, in words or as an object; gives the exit status. OK is not
 * asked for. With --short trouble goes to standard error. */
int lookup_tell_absent(const struct lookup *l, struct sceau_slice name, uint16_t type,
                       const struct sceau_dns_answer *answer);

/* "name. ttl IN TYPE rdata", or rdata alone with --short. */
void lookup_print_records(const struct lookup *l, struct sceau_slice name,
                          uint16_t type, const struct sceau_dns_answer *answer);

/* A line when DNSSEC proved the answer, and nothing when not. */
void lookup_print_secure(const struct lookup *l, bool is_secure);

/* The records that have a reader of their own. Each gives the exit status. */
int lookup_spf(struct lookup *l);
int lookup_dmarc(struct lookup *l);
int lookup_dkim(struct lookup *l, struct sceau_slice selector);

/* The command. */
int lookup_run(const struct cli_call *call);

#endif
