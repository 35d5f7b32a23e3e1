/* Reading reports of strangers in a process that has nothing: one file and one pipe, no
 * network, no other file, little memory. What it found comes back as struct report_sink
 * says, checked again on this side. */
#ifndef APP_READER_H
#define APP_READER_H

#include "report/report.h"

#define READER_MEMORY ((size_t)96 * 1024 * 1024) /* octets it may allocate */
#define READER_CPU    60                         /* seconds */

#define READER_FILES    500 /* that one process reads, one after the other */
#define READER_NAME_MAX 256

struct reader;

/* Starts the process: what this one has in memory later, that one need not copy when it
 * changes. NULL: no memory. */
struct reader *reader_new(void);
void reader_free(struct reader *reader);

/* Read all of a file that is open.
 *
 * fd    left open; read from where it stands
 * name  for people
 *
 * `sink` hears all of it; of a process that breaks down, a refusal (REPORT_REFUSAL_PROCESS)
 * of what it was at. False when there could be no process: errno says why.
 *
 * The same process reads the next file, but not after one that was refused: what broke it
 * could tell lies about what comes. */
bool reader_read(struct reader *reader, int fd, struct sceau_slice name,
                 struct report_sink *sink);

/* The same with a process of its own. */
bool reader_run(int fd, struct sceau_slice name, struct report_sink *sink);

#endif
