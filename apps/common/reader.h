/* Reading reports of strangers in a process that has nothing: one file and one pipe, no
 * network, no other file, little memory. What it found comes back as struct report_sink
 * says, checked again on this side. */
#ifndef APP_READER_H
#define APP_READER_H

#include "report/report.h"

#define READER_MEMORY ((size_t)96 * 1024 * 1024) /* octets it may allocate */
#define READER_CPU    60                         /* seconds */
#define READER_SILENT 300 /* seconds without an octet of an answer */

#define READER_FILES    500 /* that one process reads, one after the other */
#define READER_AHEAD    16  /* of them handed over before they are asked for */
#define READER_NAME_MAX 256

struct reader;

/* Starts the process: what this one has in memory later, that one need not copy when it
 * changes. NULL: no memory. */
struct reader *reader_new(void);

/* Another limit than READER_SILENT: for tests. */
void reader_silent(struct reader *reader, int seconds);
void reader_free(struct reader *reader);

/* Hand over a file that is asked for later, so that it is read meanwhile: from its start, and
 * perhaps again by another process. The descriptor and the name stay as they are until then.
 * False: there are READER_AHEAD already. */
bool reader_ahead(struct reader *reader, int fd, struct sceau_slice name);

/* None of those that were handed over is asked for. */
void reader_forget(struct reader *reader);

/* Read all of a file that is open.
 *
 * fd    left open; read from where it stands. Where files were handed over: the first of them
 * name  for people
 *
 * `sink` hears all of it (NULL: nobody asks any more); of a process that breaks down, a refusal (REPORT_REFUSAL_PROCESS)
 * of what it was at. False when there could be no process: errno says why.
 *
 * The same process reads the next file, but not after one that was refused: what broke it
 * could tell lies about what comes. What it already told of files that were handed over is not
 * heard; another process reads them. */
bool reader_read(struct reader *reader, int fd, struct sceau_slice name,
                 struct report_sink *sink);

/* The same with a process of its own. */
bool reader_run(int fd, struct sceau_slice name, struct report_sink *sink);

#endif
