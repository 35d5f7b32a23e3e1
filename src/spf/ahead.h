/* Questions put before their turn, so that their answers travel at the same time. */
#ifndef SPF_AHEAD_H
#define SPF_AHEAD_H

#include "evaluation.h"

/* Put the question of each term of the innermost record that may come to its turn: those
 * before one that matches without DNS, as many as lookup terms are left. Nothing is counted
 * or decided; it costs nothing when the resolver cannot ask ahead. */
void spf_ahead_terms(struct spf_evaluation *e);

/* The addresses of an answer's names: MX hosts, names of the client. */
void spf_ahead_names(struct spf_evaluation *e, const struct sceau_dns_answer *answer);

#endif
