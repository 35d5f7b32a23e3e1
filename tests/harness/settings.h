/* How the host of a case is configured. */
#ifndef HARNESS_SETTINGS_H
#define HARNESS_SETTINGS_H

#include "harness.h"
#include "policy/policy.h"

struct settings {
    struct policy_config policy;
    struct sceau_verify_options verify;
    struct sceau_psl *psl; /* spelled out by the case; else NULL */
};

/* Read `in.config`; what it does not say has the default. False with c->error set. */
bool settings_read(struct harness_case *c, struct settings *settings);

void settings_clear(struct settings *settings);

#endif
