/* What milter.prom says, in Prometheus' text format. */
#ifndef DOCTOR_FIGURES_H
#define DOCTOR_FIGURES_H

#include "core/slice.h"

/* The sum of all samples of a metric, labels aside. */
uint64_t figures_sum(struct sceau_slice text, const char *name);

#endif
