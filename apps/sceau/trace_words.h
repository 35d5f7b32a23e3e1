/* The steps of a verdict (`verify --explain`) for a reader of another language. */
#ifndef APP_TRACE_WORDS_H
#define APP_TRACE_WORDS_H

#include "language/problem.h"

/* One step as libsceau tells it, in told->language; what no sentence of ours fits is told
 * part by part (problem_retell). */
void trace_retell(struct sceau_slice step, struct problem *told);

#endif
