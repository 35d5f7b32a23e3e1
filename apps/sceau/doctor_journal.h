/* What doctor takes from the milter's journal, in one pass over its last days. */
#ifndef APP_DOCTOR_JOURNAL_H
#define APP_DOCTOR_JOURNAL_H

#include "doctor/doctor.h"

/* Fill d->journal, d->claims and d->clients. */
void doctor_read_journal(struct doctor *d);

#endif
