/* Reading reports of strangers in a process that has nothing: one file and one pipe, no
 * network, no other file, little memory. What it found comes back as struct report_sink
 * says, checked again on this side. */
#ifndef APP_READER_H
#define APP_READER_H

#include "report/report.h"

#define READER_MEMORY ((size_t)96 * 1024 * 1024) /* octets it may allocate */
#define READER_CPU    60                         /* seconds */

/* Read all of a file that is open.
 *
 * fd    left open; read from where it stands
 * name  for people
 *
 * `sink` hears all of it; of a process that breaks down, a refusal (REPORT_REFUSAL_PROCESS)
 * of what it was at. False when there could be no process: errno says why. */
bool reader_run(int fd, struct sceau_slice name, struct report_sink *sink);

#endif
