/* All reports of one file: XML, TLS reports, failure reports; plain, gzip, zip; in a mail,
 * a mail in a mail, an mbox. */
#ifndef REPORT_INTAKE_H
#define REPORT_INTAKE_H

#include "report.h"
#include "source.h"

/* Before the process is confined: what the libraries load when they feel like it. */
void report_intake_init(void);

/* Read to the end. Whatever it is, `sink` hears of at least one report or refusal.
 *
 * name  that of the file, for people; that of a member or attachment is told instead
 *
 * Memory: a mail at most (REPORT_MAIL_MAX) and what its parts decode to. */
void report_intake(struct report_source *source, struct sceau_slice name,
                   struct report_sink *sink);

#endif
