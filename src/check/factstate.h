/* The facts gathered so far about one name. */
#ifndef CHECK_FACTSTATE_H
#define CHECK_FACTSTATE_H

#include "facts.h"

#define CHECK_HOSTS_KEPT 128 /* remembered; more are asked again (the session knows) */

struct check_smtp;
struct check_mtasts;

struct check_facts {
    const struct check_host *hosts[CHECK_HOSTS_KEPT];
    size_t host_count;
    const struct check_mx *mx;
    const struct check_spf *spf;
    const struct spftree *spf_tree;
    const struct check_dmarc *dmarc;
    const struct check_keys *keys;
    const struct check_smtp *smtp;
    const struct check_mtasts *mtasts;
};

/* Those of the subject. Never NULL. */
struct check_facts *check_facts(struct check_subject *s);

/* From the subject's arena; NULL, and has_failed, when it is full. */
void *check_alloc(struct check_subject *s, size_t size);

#endif
