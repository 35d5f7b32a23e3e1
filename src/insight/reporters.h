/* Reporters of TLS sessions; those of mail are insight_reporters. */
#ifndef INSIGHT_REPORTERS_H
#define INSIGHT_REPORTERS_H

#include "filter.h"
#include "insight.h"
#include "table.h"

/* Each organization of the range and what it told, by name. False: insight_error tells. */
bool insight_tls_reporters(struct insight *in, const struct filter *f,
                           struct table *table);

#endif
